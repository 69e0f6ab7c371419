"""The other implementation: what sops encrypts we decrypt, and the other way round."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from krm_secrets.sops import mac
from krm_secrets.yamltext.emit import quoted
from tests.sops.encrypter import KEY, OTHER_KEY, encrypt, stream
from tests.sops.opening import open_file, tree
from tests.sops.real import sops_decrypt, sops_encrypt
from tests.sops.test_vectors import comparable


def flow(value: object) -> str:
    """The value on one line; a float keeps its point, from which sops takes its type."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

# What YAML cannot hold even as an escape, and what sops itself would not read back.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
KEYS = st.one_of(
    st.sampled_from(
        ["data", "stringData", "a", "metadata", "8080", "true", "a:b", "key_unencrypted", "tls.crt", "~", "=", "<", ""]
    ),
    TEXT,
).filter(lambda key: key not in ("sops", "<<"))
INTEGERS = st.integers(-(2**63), 2**63 - 1)
# Plain, sops writes -0.0 as -0, which it reads as 0: its own MAC fails.
FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0)
SCALARS = st.one_of(TEXT, INTEGERS, FLOATS, st.booleans(), st.none())
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)
RULES: tuple[dict[str, object], ...] = (
    {},
    {"encrypted_regex": "^(data|stringData)$"},
    {"encrypted_regex": "a"},
    {"unencrypted_regex": "^(metadata|[0-9]+|[[:alpha:]])$"},
    {"unencrypted_suffix": "a"},
    {"encrypted_suffix": "a"},
    {"mac_only_encrypted": True, "encrypted_regex": "(?i)^DATA$"},
    {"mac_only_encrypted": True},
)


@settings(COMMON, max_examples=40)
@given(documents=st.lists(DOCUMENTS, min_size=1, max_size=2), rule=st.sampled_from(RULES))
def test_what_sops_encrypts_comes_out(documents: list[Any], rule: dict[str, object], tmp_path: Path) -> None:
    text = "".join(f"---\n{flow(document)}\n" for document in documents)
    opened = open_file(sops_encrypt(text, tmp_path, rule).encode(), KEY.identity)
    # sops itself writes a plain 5.0 as 5.
    assert numbers([tree(document) for document in opened]) == numbers(documents)
    assert mac.verify(opened)


@settings(COMMON, max_examples=15)
@given(document=DOCUMENTS.filter(lambda document: json.dumps(document, ensure_ascii=False).isprintable()))
def test_what_sops_encrypts_as_json_comes_out(document: Any, tmp_path: Path) -> None:
    # JSON may hold DEL and the like as they are, which YAML may not: such a file is refused as no YAML.
    opened = open_file(sops_encrypt(flow(document), tmp_path, {}, "json").encode(), KEY.identity)
    assert numbers(tree(opened[0])) == numbers(document)
    assert mac.verify(opened)


@settings(COMMON, max_examples=12)
@given(
    document=DOCUMENTS,
    only=st.booleans(),
    rule=st.sampled_from([{}, {"encrypted_regex": "^data$"}, {"encrypted_suffix": "a"}]),
)
def test_sops_reads_what_our_encrypter_writes(document: Any, only: bool, rule: dict[str, Any], tmp_path: Path) -> None:
    encrypted = encrypt(document, only=only, **rule)
    text = "".join(f"---\n{flow(each)}\n" for each in encrypted)
    assert numbers(sops_decrypt(text, tmp_path)) == numbers([document])
    opened = open_file(text.encode(), KEY.identity)
    assert comparable(tree(opened[0])) == comparable(document)
    assert mac.verify(opened)


def test_sops_reads_our_key_groups(tmp_path: Path) -> None:
    document = encrypt({"a": "b"}, groups=[[KEY], [OTHER_KEY], [KEY, OTHER_KEY]], threshold=2)
    assert sops_decrypt(stream(*document), tmp_path) == [{"a": "b"}]


def numbers(value: Any) -> Any:
    """JSON's numbers have no types."""
    if isinstance(value, dict):
        return {key: numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [numbers(item) for item in value]
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


TEXTS = {
    "comments": (
        "# head\na: 1 # inline\n# between\nb:\n  # in a map\n  c: x\n  # tail of a map\n"
        "d:\n  # in a list\n  - y\n# foot\n"
    ),
    "anchors": "base: &b\n  k: v\n  n: 1\nuse: *b\nmerged:\n  <<: *b\n  z: 2\n",
    "blocks": "a: |\n  one\n  two\nb: |-\n  x\nc: >\n  folded\n  text\nd: |+\n  kept\n\ne: end\n",
    "empty": "a: ''\nb: null\nc: {}\nd: []\ne: ~\nf:\n",
    "types": (
        "i: 7\nf: 1.50\nh: 0x1F\no: 0777\nt: 2024-01-02\nu: 1_000\nx: yes\ny: 12:30:45\nz: 1e3\n"
        "big: 18446744073709551616\n"
    ),
    "binary": "a: !!binary aGVsbG8=\nb: !!binary gIGC\n",
    "kyaml": (
        '---\n{\n  apiVersion: "v1",\n  kind: "Secret",\n  stringData: {\n    key: "one \\\n     two",\n'
        '    no: "x",\n  },\n}\n'
    ),
    "documents": "a: 1\n---\n# only a comment\nb: 2\n---\nc: 3\n",
    "crlf": "a: 1\r\nb: two\r\n",
    "long": f"a: {'x' * 5000}\n",
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("rule", [{}, {"mac_only_encrypted": True}, {"unencrypted_regex": "^[bc]$"}], ids=str)
def test_real_files(name: str, rule: dict[str, object], tmp_path: Path) -> None:
    plain = [tree(document) for document in _plain(TEXTS[name])]
    opened = open_file(sops_encrypt(TEXTS[name], tmp_path, rule).encode(), KEY.identity)
    assert comparable([tree(document) for document in opened]) == comparable(plain)
    assert mac.verify(opened)


@pytest.mark.parametrize("rule", ["encrypted_comment_regex", "unencrypted_comment_regex"])
def test_rules_that_look_at_comments(rule: str, tmp_path: Path) -> None:
    text = "a: 1\n# mark\nb: two\nc:\n  # mark\n  d: x\n  e: y\n"
    opened = open_file(sops_encrypt(text, tmp_path, {rule: "mark"}).encode(), KEY.identity)
    assert [tree(document) for document in opened] == [{"a": 1, "b": "two", "c": {"d": "x", "e": "y"}}]
    assert mac.verify(opened)


def _plain(text: str) -> list[Any]:
    """The plain text opened with a rule that selects nothing of it, for its values by the same reading."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from krm_secrets.sops.document import open_document
    from krm_secrets.sops.metadata import parse
    from krm_secrets.yamltext.load import parse as parse_yaml
    from krm_secrets.yamltext.nodes import Mapping

    metadata = parse({"encrypted_regex": "^$x", "lastmodified": "2026-01-02T03:04:05Z", "version": "3.13.3"})
    roots = [document.root for document in parse_yaml(text)]
    return [open_document(r, metadata, AESGCM(bytes(32))) for r in roots if type(r) is Mapping]
