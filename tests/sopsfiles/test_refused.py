"""What sops refuses in a `sops` block, and around it, although MAC and values fit: each is refused here too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from krm_secrets.errors import field
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.file import decrypt_file
from tests.sops.encrypter import encrypt, seal
from tests.sopsfiles.program import OURS, our_decrypt, run_decrypt, sops_encrypt

NO_VERSION = "and sops decrypts no file without: restore what sops wrote"
LIST = "must be a list"
STRING = "must be a string"
TIME = "must be a time as sops writes it"
QUOTED = f"{TIME}, in quotes"
FLAG = "must be true or false"
GROUPS = "must be a number of key groups"
MADE = "created_at: '2020-01-01T00:00:00Z'"

VERSIONS = (
    *(
        "'3.1'",
        "3.1.1-01",
        "3.1.1-",
        "3.1.1-a..b",
        "3.1.1-é",
        "3.1.1+",
        "3.1.1+a.",
        "03.1.1",
        "3.01.1",
        "3.1.01",
        "3..1",
    ),
    *(
        "3.1.x",
        "99999999999999999999.0.0",
        "3.0.18446744073709551616",
        "v1.5",
        "1.0",
        "3.7",
        "true",
        "2020-01-01",
        "[a]",
    ),
)
FLAGS = ("x", "'1'", "1", "'1.0'", "'TRUE'", "'yes'", "[]", "{}", "1.7", "2", "-1", "2020-01-01")
BLOCKS = {
    # field of the block: YAML of its value: where and why it is refused
    "version": {
        **dict.fromkeys(VERSIONS, ("version", f"is no version of sops, {NO_VERSION}")),
        **dict.fromkeys(("null", "''", "[]", "{}", "false"), ("version", f"is missing, {NO_VERSION}")),
    },
    "shamir_threshold": dict.fromkeys(("'1.0'", "[]", "{}", "x", "2020-01-01"), ("shamir_threshold", GROUPS)),
    "mac_only_encrypted": dict.fromkeys(FLAGS, ("mac_only_encrypted", FLAG)),
    "key_groups": {
        "''": ("key_groups", LIST), "x": ("key_groups", LIST), "5": ("key_groups", LIST), "false": ("key_groups", LIST),
        "[5]": ("key_groups[0]", "must be a mapping"),
    },
    "lastmodified": dict.fromkeys(
        ("2026-01-02T03:04:05Z", "null", "'2026-1-02T03:04:05Z'", "'2026-01-2T03:04:05Z'", "'2026-01-02 03:04:05Z'",
         "'2026-01-02t03:04:05Z'", "'2026-01-02T03:04:05z'", "'2026-01-02T03:04:05'", "'2026-01-02T03:04:05+1:00'",
         "'2026-01-02T03:04:05 Z'", "'2026-01-02T03:04:05.Z'", "'2026-02-30T03:04:05Z'", "'2026-01-02T24:04:05Z'"),
        ("lastmodified", QUOTED),
    ),
    "unencrypted_suffix": {"2020-01-01": ("unencrypted_suffix", STRING), "[]": ("unencrypted_suffix", STRING)},
    "mac": {"2020-01-01": ("mac", STRING), "[]": ("mac", STRING)},
    "Encrypted_regex": {"^x$": ("Encrypted_regex", "must be written encrypted_regex, as sops writes it")},
    **{
        kind: {
            "''": (kind, LIST), "x": (kind, LIST), "0": (kind, LIST), "false": (kind, LIST),
            "[5]": (f"{kind}[0]", "must be a mapping"), "[null]": (f"{kind}[0]", "must be a mapping"),
            "[{}]": (f"{kind}[0].created_at", TIME), "[{created_at: x}]": (f"{kind}[0].created_at", TIME),
            "[{created_at: 2020-01-01T00:00:00Z}]": (f"{kind}[0].created_at", STRING),
            f"[{{{MADE}, enc: []}}]": (f"{kind}[0].enc", STRING),
        }
        for kind in ("pgp", "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault")
    },
}  # fmt: skip
BLOCKS["kms"][f"[{{{MADE}, context: 5}}]"] = ("kms[0].context", STRING)
BLOCKS["kms"][f"[{{{MADE}, context: {{a: []}}}}]"] = ("kms[0].context", STRING)
BLOCKS["kms"][f"[{{{MADE}, context: a}}]"] = ("kms[0].context", "must be a mapping")
BLOCKS["kms"][f"[{{{MADE}, context: ''}}]"] = ("kms[0].context", "must be a mapping")
BLOCKS["hckms"][f"[{{{MADE}}}]"] = ("hckms[0].key_id", "must be of the form REGION:KEY")
BLOCKS["hckms"][f"[{{{MADE}, key_id: 'a: '}}]"] = ("hckms[0].key_id", "must be of the form REGION:KEY")
CASES = [(name, text, *why) for name, texts in BLOCKS.items() for text, why in texts.items()]

ACCEPTED = [
    *[("version", text) for text in ("'1.'", "1.x", "'1.5'", "1.5", "v3.1.1", "3.1.1-a.b-1.0+x.01")],
    ("shamir_threshold", "1"), ("shamir_threshold", "'1'"), ("shamir_threshold", "''"), ("shamir_threshold", "null"),
    ("mac_only_encrypted", "null"), ("mac_only_encrypted", "false"), ("mac_only_encrypted", "''"),
    ("pgp", "[]"), ("pgp", "null"), ("key_groups", "[]"), ("key_groups", "{}"), ("kms", "{}"),
    ("kms", f"[{{arn: a, enc: x, {MADE}, context: {{a: b, c: null}}, role: null}}]"), ("unknown", "{a: [1]}"),
]  # fmt: skip


def changed(name: str, text: str) -> bytes:
    """A file whose block has the field."""
    (document,) = encrypt({"a": "b"})
    block = {key: json.dumps(value) for key, value in document.pop("sops").items()} | {name: text}
    return (
        f"{json.dumps(document)[1:-1]}\nsops:\n{''.join(f'  {key}: {block[key]}' + chr(10) for key in block)}".encode()
    )


@pytest.mark.parametrize(("name", "text", "where", "why"), CASES)
def test_a_block_that_sops_refuses(name: str, text: str, where: str, why: str) -> None:
    with pytest.raises(SopsError) as caught:
        decrypt_file(changed(name, text), OURS, "yaml")
    assert (field(caught.value.path), caught.value.message) == (f"sops.{where}", why)


@pytest.mark.parametrize(("name", "text"), ACCEPTED)
def test_a_block_that_sops_reads(name: str, text: str) -> None:
    assert decrypt_file(changed(name, text), OURS, "yaml") == b"a: b\n"


def test_sops_judges_these_blocks_alike(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    judged = []
    for name, text in (*((name, text) for name, text, *_ in CASES), *ACCEPTED):
        path.write_bytes(changed(name, text))
        judged.append((name, text, run_decrypt(path).output is not None))
    assert [each[:2] for each in judged if each[2]] == ACCEPTED


# Text around the block

KEY = b"k" * 32
MARK = "begins with a byte order mark, which sops cannot read: take it out"
BYTES = "the encrypted value has the type bytes, at which sops crashes: encrypt the value anew"


def sealed(text: str) -> bytes:
    """A file with a value of type bytes in a place of the text."""
    (document,) = encrypt({"a": "b"}, data_key=KEY)
    return f"{text.format(seal(KEY, 'b', 'a:', 'bytes'))}\nsops: {json.dumps(document['sops'])}\n".encode()


def marked(old: str, new: str) -> bytes:
    (document,) = encrypt({"a": "b"})
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in document.items()).replace(old, new).encode()


TEXTS = {
    "a value of type bytes": (sealed("a: {}"), f"a: {BYTES}"),
    "two marks at the start": (marked("a:", "\ufeff\ufeffa:"), f"line 1: {MARK}"),
    "a mark before a line": (marked("sops:", "\ufeff# comment\nsops:"), f"line 2: {MARK}"),
    "a mark before a key": (marked("sops:", "c_unencrypted:\n\ufeff  d: e\nsops:"), f"line 3: {MARK}"),
    "a mark alone": (marked("sops:", "\ufeff\nsops:"), f"line 2: {MARK}"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_sops_refuses(name: str, tmp_path: Path) -> None:
    data, message = TEXTS[name]
    with pytest.raises(SopsError) as caught:
        decrypt_file(data, OURS, "yaml")
    error = caught.value
    assert (f"{field(error.path)}: " if error.path else "") + error.message == message
    path = tmp_path / "x.yaml"
    path.write_bytes(data)
    assert run_decrypt(path).output is None


def test_a_comment_of_type_bytes(tmp_path: Path) -> None:
    (document,) = encrypt({"a": "b"}, data_key=KEY)
    comment = seal(KEY, "words", ":", "bytes")
    data = f"#{comment}\na: {json.dumps(document['a'])}\nsops: {json.dumps(document['sops'])}\n".encode()
    with pytest.raises(SopsError, match=BYTES):
        decrypt_file(data, OURS, "yaml")
    path = tmp_path / "x.yaml"
    path.write_bytes(data)
    assert run_decrypt(path).output is None


# The data key in its armor, and lists in flat formats

ARMOURS = {
    "blank lines around": ("\n \t\n{}\n \r\n", True),
    "carriage returns": ("{}\r\n", True),
    "a space before": (" {}", False),
    "a space behind": ("{} ", False),
    "words before": ("words\n{}", False),
    "words behind": ("{}\nwords", False),
    "much before": ("\n" * 1024 + "{}", True),
    "more before": ("\n" * 1025 + "{}", False),
    "much behind": ("{}" + "\n" * 1024, True),
    "more behind": ("{}" + "\n" * 1025, False),
    "twice": ("{0}\n{0}", False),
}


@pytest.mark.parametrize("name", ARMOURS)
def test_space_around_the_armor(name: str, tmp_path: Path) -> None:
    form, accepted = ARMOURS[name]
    (document,) = encrypt({"a": "b"})
    (entry,) = document["sops"]["age"]
    entry["enc"] = form.format(entry["enc"].strip("\n"))
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document))
    assert (run_decrypt(path).output is not None, our_decrypt(path.read_bytes(), "json") is not None) == (
        accepted,
        accepted,
    )


INDEXES = {
    "0": True, "+0": True, "-0": True, "00000000": True, "x": True, "": True, "0x0": True, "0_0": True, "1": False,
    "-1": False, "+1": False, "01": False, "9" * 19: False, "9" * 30: False, "10000": False, "٠": True,
}  # fmt: skip


@pytest.mark.parametrize("index", INDEXES)
def test_a_place_in_a_list(index: str, tmp_path: Path) -> None:
    data = sops_encrypt(b"a=b\n", "dotenv", tmp_path, {})
    assert data is not None
    path = tmp_path / "x.env"
    path.write_bytes(data.replace(b"__list_0__", f"__list_{index}__".encode()))
    assert (run_decrypt(path).output is not None, our_decrypt(path.read_bytes(), "dotenv") is not None) == (
        INDEXES[index],
        INDEXES[index],
    )
