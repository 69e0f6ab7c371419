"""Changes to encrypted files of any format, of every kind that a mistake, a merge or an attacker makes."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from krm_secrets.sops.files.formats import Format

Mutation = Callable[[bytes, Random], bytes]

_SEALED = re.compile(rb"ENC\[AES256_GCM,data:[^\]\n]*\]")
_PART = re.compile(rb"(?:data|iv|tag|type):([^,\]\n]+)")
_WORD = re.compile(rb"[A-Za-z0-9_]+(?=\"?\s*[:=])")
_NEWS = (
    b"x", b"5", b"-1", b"1.5", b"true", b"null", b"~", b'""', b"''", b"", b"[]", b"{}", b"[1]", b"{x: 1}",
    b"2020-01-01", b"0x1F", b"ENC[]", b"ENC[AES256_GCM,data:,iv:,tag:,type:str]", b'"a\\nb"', b"*x", b"&x y",
    b"!!binary eA==", b"\xff",
)  # fmt: skip
_BYTES = (
    b" ", b"\t", b"\n", b"\n\n", b"\r", b"\r\n", b"\0", b"#", b";", b'"', b"'", b"\\", b"=", b":", b": ", b",", b"[",
    b"]", b"{", b"}", b"---\n", b"\n---\n", b"\n...\n", b"# c\n", b"\xef\xbb\xbf", b"\xff", b"\xc2\x85", b"a: 1\n",
    b"- ", b"? ", b"<<: ", b"sops", b"_unencrypted", b"\n[s]\n", b"\n[sops]\n", b"\n[DEFAULT]\n", b"\nsops_mac=\n",
    b"|\n", b"`", b'"""',
)  # fmt: skip
_TYPES = (b"str", b"int", b"float", b"bool", b"bytes", b"comment", b"time", b"x", b"Str", b"")
_FIELDS = (
    (rb"(\d{4})-(\d\d)-(\d\d)T", rb"\1-\2-0\3T"),
    (rb"(\d\d:\d\d:\d\d)Z", rb"\1.5Z"),
    (rb"(\d\d:\d\d:\d\d)Z", rb"\1+00:00"),
    (rb"(\d\d:\d\d:\d\d)Z", rb"\1+01:00"),
    (rb"(\d\d):(\d\d):(\d\d)Z", rb"\1:\2:59Z"),
    (rb"lastmodified", b"lastModified"),
    (rb"(sops_)?mac(?=\W)", b"mack"),
    (rb"mac_only_encrypted", b"mac_only"),
    (rb"(en|unen)crypted_(regex|suffix|comment_regex)(?=\W)", rb"unencrypted_\2"),
    (rb"(en|unen)crypted_(regex|suffix|comment_regex)(?=\W)", rb"encrypted_\2"),
    (rb"(en|unen)crypted_(regex|suffix|comment_regex)(?=\W)", rb"\1crypted_suffix"),
    (rb"(en|unen)crypted_(regex|suffix|comment_regex)(?=\W)", b"rule"),
    (rb"version", b"shamir_threshold"),
    (rb"3\.13\.\d", b"1"),
    (rb"recipient", b"recipients"),
    (rb"age1(.)", rb"age2\1"),
    (rb"age(?=\W)", b"pgp"),
    (rb"true", b"false"),
    (rb"BEGIN AGE", b"BEGIN PGP"),
    (rb"-----END", b"----END"),
)


def _at(data: bytes, rng: Random, pattern: re.Pattern[bytes], new: Callable[[re.Match[bytes]], bytes]) -> bytes:
    """One match of the pattern replaced."""
    found = list(pattern.finditer(data))
    if not found:
        return data
    match = rng.choice(found)
    return data[: match.start()] + new(match) + data[match.end() :]


def _flipped(data: bytes, at: int, rng: Random) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def bit(data: bytes, rng: Random) -> bytes:
    return _flipped(data, rng.randrange(len(data)), rng)


def bit_of_a_value(data: bytes, rng: Random) -> bytes:
    return _at(data, rng, _PART, lambda m: _flipped(m[0], m.start(1) - m.start() + rng.randrange(len(m[1])), rng))


def letter_of_base64(data: bytes, rng: Random) -> bytes:
    def changed(match: re.Match[bytes]) -> bytes:
        at = rng.randrange(match.start(1) - match.start(), len(match[0]))
        return match[0][:at] + rng.choice([b"A", b"+", b"=", b"", b"AA", b" ", b"_"]) + match[0][at + 1 :]

    return _at(data, rng, _PART, changed)


def type_changed(data: bytes, rng: Random) -> bytes:
    return _at(data, rng, re.compile(rb"type:[a-z]+"), lambda _: b"type:" + rng.choice(_TYPES))


def values_swapped(data: bytes, rng: Random) -> bytes:
    found = list(_SEALED.finditer(data))
    if len(found) < 2:
        return data
    a, b = sorted(rng.sample(found, 2), key=lambda m: m.start())
    return data[: a.start()] + b[0] + data[a.end() : b.start()] + a[0] + data[b.end() :]


def value_copied(data: bytes, rng: Random) -> bytes:
    other = rng.choice(_SEALED.findall(data) or [b""])
    return _at(data, rng, _SEALED, lambda _: other)


def parts_mixed(data: bytes, rng: Random) -> bytes:
    other = rng.choice(_PART.findall(data) or [b""])
    return _at(data, rng, _PART, lambda m: m[0][: m.start(1) - m.start()] + other)


def value_replaced(data: bytes, rng: Random) -> bytes:
    return _at(data, rng, re.compile(rb'"?(ENC\[AES256_GCM,data:[^\]\n]*\])"?'), lambda _: rng.choice(_NEWS))


def text_within_a_value(data: bytes, rng: Random) -> bytes:
    return _at(data, rng, _SEALED, lambda m: rng.choice([m[0] + b"x", b"x" + m[0], m[0][:-1], m[0] + m[0], m[0][1:]]))


def plain_value_changed(data: bytes, rng: Random) -> bytes:
    pattern = re.compile(rb"(?<=[:=] )(?!\"?ENC)[^\n,]+|(?<==)(?!ENC)[^\n]+")
    sealed = rng.choice(_SEALED.findall(data) or [b""])
    return _at(data, rng, pattern, lambda _: rng.choice([*_NEWS, sealed]))


def key_renamed(data: bytes, rng: Random) -> bytes:
    return _at(
        data, rng, _WORD, lambda m: rng.choice([m[0] + b"x", m[0][1:], b"a", m[0] + b"_unencrypted", b"1", b"sops"])
    )


def metadata_changed(data: bytes, rng: Random) -> bytes:
    pattern, new = rng.choice(_FIELDS)
    return re.sub(pattern, new, data, count=rng.choice([0, 1]))


def line_moved(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(True)
    line = lines.pop(rng.randrange(len(lines)))
    lines.insert(rng.randrange(len(lines) + 1), line)
    return b"".join(lines)


def neighbours_swapped(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(True)
    at = rng.randrange(max(len(lines) - 1, 1))
    lines[at : at + 2] = lines[at : at + 2][::-1]
    return b"".join(lines)


def line_doubled(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(True)
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    return b"".join(lines)


def lines_removed(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(True)
    at = rng.randrange(len(lines))
    del lines[at : at + rng.choice([1, 1, 1, 2, 5])]
    return b"".join(lines)


def indented(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(True)
    at = rng.randrange(len(lines))
    lines[at] = rng.choice([b"  ", b"    ", b"\t", b"- "]) + lines[at]
    return b"".join(lines)


def dedented(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(True)
    at = rng.randrange(len(lines))
    lines[at] = lines[at][rng.choice([1, 2, 4]) :]
    return b"".join(lines)


def cut_short(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data))]


def head_lost(data: bytes, rng: Random) -> bytes:
    return data[rng.randrange(len(data)) :]


def inserted(data: bytes, rng: Random) -> bytes:
    at = rng.choice([0, len(data), rng.randrange(len(data)), data.find(b"\n", rng.randrange(len(data))) + 1])
    return data[:at] + rng.choice(_BYTES) + data[at:]


def overwritten(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + rng.choice(_BYTES) + data[at + rng.choice([1, 1, 4, 20]) :]


def documents_shuffled(data: bytes, rng: Random) -> bytes:
    parts = data.split(b"\n---\n")
    parts = rng.sample(parts, len(parts)) if rng.random() < 0.6 else [rng.choice(parts) for _ in range(len(parts) + 1)]
    return b"\n---\n".join(parts)


def other_line_ends(data: bytes, rng: Random) -> bytes:
    return data.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n\n"]), rng.choice([1, -1]))


def other_encoding(data: bytes, rng: Random) -> bytes:
    text = data.decode(errors="replace")
    return rng.choice([data.replace(b"A", "\u00c1".encode(), 1), text.encode("utf-16"), text.encode("utf-8-sig")])


def entry_emptied(data: bytes, rng: Random) -> bytes:
    added = rng.choice([b"e: ''\n", b"e: null\n", b"e: {}\n", b"e: []\n", b"e=\n", b'"e": "",\n', b'"e": null,\n'])
    lines = data.splitlines(True)
    lines.insert(rng.choice([0, 1]), added)
    return b"".join(lines)


MUTATIONS: tuple[Mutation, ...] = (
    bit, bit_of_a_value, letter_of_base64, type_changed, values_swapped, value_copied, parts_mixed, value_replaced,
    text_within_a_value, plain_value_changed, key_renamed, metadata_changed, metadata_changed, line_moved,
    neighbours_swapped, line_doubled, lines_removed, indented, dedented, cut_short, head_lost, inserted, inserted,
    overwritten, documents_shuffled, other_line_ends, other_encoding, entry_emptied,
)  # fmt: skip

PLAIN: dict[Format, bytes] = {
    "yaml": (
        b"# head enc\nk1: text\nk2: 7\n# mark\nlist:\n    # in the list\n    - a\n    - 1.5\n    - deep: true\n"
        b"map:\n    k1: two  # beside\n    b_unencrypted: plain\n    'k 3': |\n        one\n        two\n"
        b"empty: ''\nnone: null\ntime: 2020-01-02\n---\nk1: second\nmap: {k1: x, k2: [1, 2]}\n# foot\n"
    ),
    "json": (
        b'{"k1": "text", "k2": 7, "list": ["a", 1.5, {"deep": true}], "b_unencrypted": "plain",'
        b' "map": {"k1": "two", "k2": null, "k3": ""}, "n_unencrypted": 9007199254740993}'
    ),
    "dotenv": b"# head enc\nk1=text\nk2=two\\nlines\nb_unencrypted=plain\n# mark\nk3=\nk4=a=b # c\n",
    "ini": (
        b"; head enc\nk1 = text\n[map]\nk1 = two ; beside\nk2 = 'x y'\nb_unencrypted = plain\n\n[s]\n# mark\n"
        b'k1 = """a\nb"""\n'
    ),
    "binary": b"some bytes\n\0\xff and more\n",
}
