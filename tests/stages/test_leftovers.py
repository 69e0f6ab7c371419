"""What no cluster may get is seen as a value, inside a text, in keys and in base64."""

from __future__ import annotations

import gzip
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given, strategies as st

from krm_secrets import __main__
from krm_secrets.sops import marks
from krm_secrets.stages.leftovers import CIPHERTEXT, FILE, MASK, PLACEHOLDER, Leftover, _leftovers, leftover, leftovers
from tests.sops.encrypter import seal

VALUE = seal(bytes(32), "CANARY", "x:")
FILES = {
    "yaml": f"a: {VALUE}\nsops:\n    mac: {VALUE}\n",
    "yaml with a quoted key": f'"sops":\n  mac: {VALUE}\na: {VALUE}\n',
    "json": f'{{"a": "{VALUE}", "sops": {{"mac": "{VALUE}"}}}}',
    "json without spaces": f'{{"a":"{VALUE}","sops":{{"mac":"{VALUE}"}}}}',
    "json as YAML": f'---\n{{"a": "{VALUE}", "sops": {{"mac": "{VALUE}"}}}}\n',
    "broken json": f'{{"a": "{VALUE}", "sops": {{"mac": "{VALUE}"}}',
    "binary": f'{{\n\t"data": "{VALUE}",\n\t"sops": {{\n\t\t"mac": "{VALUE}"\n\t}}\n}}',
    "dotenv": f"A={VALUE}\nsops_mac={VALUE}\n",
    "ini": f"[a]\r\nb = {VALUE}\r\n\r\n[sops]\r\nmac = {VALUE}\r\n",
}
QUOTED = {
    "indented": "".join(f"  {line}\n" for line in FILES["yaml"].splitlines()),
    "nested json": f'{{"bundle": {FILES["json"]}}}',
    "json in json": '{"bundle": "' + FILES["json"].replace('"', '\\"') + '", "sops": 1}',
    "an env file in YAML": f"a: |\n  A={VALUE}\n  sops_mac={VALUE}\n",
}


def base64(text: str, encoding: str = "utf-8") -> str:
    return b64encode(text.encode(encoding)).decode()


def zipped(text: str) -> str:
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def folded(text: str, newline: str = "\n", width: int = 70) -> str:
    return newline.join(text[n : n + width] for n in range(0, len(text), width))


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_file_of_each_format(text: str) -> None:
    assert leftover(text) == Leftover(FILE)
    assert leftover(base64(text)) == leftover(folded(base64(text))) == Leftover(FILE, layers=1)
    assert marks.file_in(text, False) == marks.file_in(folded(base64(text)), True) == text.encode()


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED)
def test_a_text_that_quotes_a_file_holds_ciphertext(text: str) -> None:
    found = leftover(text)
    assert found is not None
    assert (found.kind, found.whole) == (CIPHERTEXT, False)
    assert found.quoted or "\n" not in text.strip()
    assert marks.file_in(text, False) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (VALUE, Leftover(CIPHERTEXT)),
        (f"\n {VALUE}\n", Leftover(CIPHERTEXT)),
        (VALUE.encode(), Leftover(CIPHERTEXT)),
        (base64(VALUE), Leftover(CIPHERTEXT, layers=1)),
        (base64(base64(VALUE)), Leftover(CIPHERTEXT, layers=2)),
        (base64(base64(base64(VALUE))), Leftover(CIPHERTEXT, layers=3)),
        (folded(base64(folded(base64(VALUE)))), Leftover(CIPHERTEXT, layers=2)),
        (folded(base64(VALUE), "\r\n", 20), Leftover(CIPHERTEXT, layers=1)),
        (folded(base64(VALUE), " "), Leftover(CIPHERTEXT, layers=1)),
        (base64(VALUE).rstrip("="), Leftover(CIPHERTEXT, layers=1)),
        (base64(VALUE, "utf-16"), Leftover(CIPHERTEXT, False, True, 1)),
        (base64(VALUE, "utf-16-le"), Leftover(CIPHERTEXT, layers=1)),
        (urlsafe_b64encode(f"~~?{VALUE}".encode()).decode(), Leftover(CIPHERTEXT, False, False, 1)),
        (f"pg://u:{VALUE}@db", Leftover(CIPHERTEXT, False, False)),
        (f"A={VALUE}", Leftover(CIPHERTEXT, False, False)),
        (f"{VALUE}@db", Leftover(CIPHERTEXT, False, False)),
        (f"it was {VALUE}, once", Leftover(CIPHERTEXT, False, True)),
        (f"A=1\nB={VALUE}\n", Leftover(CIPHERTEXT, False, True)),
        (folded(f"x: {VALUE}", "\\\n", 40), Leftover(CIPHERTEXT, False, True)),
        (VALUE.replace("=", "\\u003d"), Leftover(CIPHERTEXT)),
        (f"data:,{quote(VALUE)}", Leftover(CIPHERTEXT, False, False)),
        (f'{{"a": "{base64(VALUE)}"}}', Leftover(CIPHERTEXT, False, False, 1)),
        (f"a: {folded(base64(f'x{VALUE}'), chr(10) + '   ', 60)}\nb: c\n", Leftover(CIPHERTEXT, False, True, 1)),
        (f'{{"a": "{folded(base64(f"xy{VALUE}"), chr(92) + "n", 60)}"}}', Leftover(CIPHERTEXT, False, False, 1)),
        (f"word\n- {base64(FILES['yaml'])}", Leftover(FILE, False, True, 1)),
        (base64(f"a: {base64(VALUE)}\nb: c\n"), Leftover(CIPHERTEXT, False, True, 2)),
        ("..PLACEHOLDER_a b..", Leftover(PLACEHOLDER)),
        (" ..PLACEHOLDER_tls.crt..\n", Leftover(PLACEHOLDER)),
        (base64("..PLACEHOLDER_x.."), Leftover(PLACEHOLDER, layers=1)),
        (base64("..PLACEHOLDER_x..").encode(), Leftover(PLACEHOLDER, layers=1)),
        (base64(base64("..PLACEHOLDER_x..")), Leftover(PLACEHOLDER, layers=2)),
        ("registry...PLACEHOLDER_DOMAIN..", Leftover(PLACEHOLDER, False)),
        ("a: b\nc: ..PLACEHOLDER_d..\n", Leftover(PLACEHOLDER, False, True)),
        (f"a: b\nc: {base64('u:..PLACEHOLDER_d..@h')}\n", Leftover(PLACEHOLDER, False, True, 1)),
        (f"a: b\nc: {base64('..PLACEHOLDER_d..')}\n", Leftover(PLACEHOLDER, False, True, 1)),
        (zipped(VALUE), Leftover(CIPHERTEXT, False, True, 1)),
        (zipped(f"a: b\nsops:\n  mac: {VALUE}\n"), Leftover(CIPHERTEXT, False, True, 1)),
        (f"#cloud-config\nwrite_files: [{{content: {zipped(VALUE)}}}]\n", Leftover(CIPHERTEXT, False, True, 1)),
        (f"data:;base64,{zipped(VALUE)}", Leftover(CIPHERTEXT, False, True, 1)),
        (folded(zipped(VALUE)), Leftover(CIPHERTEXT, False, True, 1)),
        (base64(zipped(VALUE)), Leftover(CIPHERTEXT, False, True, 2)),
        (zipped(zipped(VALUE)), Leftover(CIPHERTEXT, False, True, 2)),
        (zipped("a: ..PLACEHOLDER_x.."), Leftover(PLACEHOLDER, False, True, 1)),
        (f"H4sI-is-how {zipped('a: b')} begins, {zipped(VALUE)}", Leftover(CIPHERTEXT, False, True, 1)),
        (f"H4sI no-gzip {zipped(VALUE)}", Leftover(CIPHERTEXT, False, True, 1)),
        (f"{'H4sI ' * 9}{zipped(VALUE)}", None),
        (zipped("**SOPS**"), None),
        (zipped("a: b"), None),
        (zipped("x" * 100_000 + VALUE), None),
        ("**SOPS**", Leftover(MASK)),
        ("KipTT1BTKio=\n", Leftover(MASK)),
        (base64("KipTT1BTKio="), Leftover(MASK, layers=1)),
        (base64('{"mask":"**SOPS**"}'), Leftover(MASK)),
    ],
)  # fmt: skip
def test_what_is_seen(text: str | bytes, expected: Leftover) -> None:
    assert leftover(text) == expected


WORDS = (
    VALUE,
    base64(VALUE),
    base64(base64(base64(VALUE))),
    "..PLACEHOLDER_a..",
    base64("..PLACEHOLDER_x.."),
    "**SOPS**",
)
TEXTS = st.sampled_from(["external-secrets-store", "a", "prose with ENC[x]", "x" * 80, *WORDS, *map(folded, WORDS)])


@given(st.recursive(TEXTS | st.none() | st.binary(), lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
def test_all_texts_searched_as_one_miss_nothing(value: object) -> None:
    assert list(leftovers(value)) == list(_leftovers(value, (), True))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "it is ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]",
        "so: ENC[AES256_GCM,data:...,iv:...,tag:...,type:str]",
        "write it as ENC[AES256_GCM,data:abc",
        "ENC[AES256_GCM] and ENC[x]",
        "..PLACEHOLDER_",
        "..PLACEHOLDER_{name}.. is what it writes",
        "see **SOPS**",
        base64("ENC[AES256_GCM, they say"),
        base64("a text of some words that nobody need fear"),
        "deployment-controller-with-a-long-name",
        "x" * 17,
        f"{base64('ENC[AES256_GCM,data:')} and more: no more",
        "sops:\n  mac: none\n",
        base64(base64(base64(base64(VALUE)))),
    ],
)
def test_what_passes(text: str) -> None:
    assert leftover(text) is None


def test_without_ciphertext_only_what_was_made_without_a_key() -> None:
    assert leftover(VALUE, False) is None
    assert leftover(f"{VALUE} ..PLACEHOLDER_x..", False) == Leftover(PLACEHOLDER, False)


def test_places() -> None:
    data = {"a": [{"b": VALUE}, b"..PLACEHOLDER_x..", 7, None], f"K{VALUE}": "x"}
    assert [(path, found.kind, in_key) for path, found, in_key in leftovers(data)] == [
        (("a", 0, "b"), CIPHERTEXT, False),
        (("a", 1), PLACEHOLDER, False),
        ((f"K{VALUE}",), CIPHERTEXT, True),
    ]


@given(st.text(max_size=9), st.text(max_size=9), st.integers(0, 3))
def test_whatever_stands_around_it(before: str, after: str, layers: int) -> None:
    text = f"{before}{VALUE}{after}"
    for _ in range(layers):
        text = base64(text)
    found = leftover(text)
    assert found is not None
    assert found.kind == CIPHERTEXT


def test_the_first_lines_of_the_program_know_the_same_signs() -> None:
    assert tuple(sign.decode() for sign in __main__._ENCODED) == marks.ENCODED
    for n in range(3):
        for cut in range(40):
            text = base64("x" * n + marks.START)
            assert any(sign in text[:cut] or sign in text[cut:] for sign in marks.ENCODED)
