"""The text of a decrypted object: its values in place, no `sops` block, and every other byte as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from krm_secrets.stages.plaintext import as_text
from krm_secrets.yamltext.emit import quoted
from krm_secrets.yamltext.load import load, parse
from tests.running import run
from tests.sops.encrypter import KEY, encrypt, secret, stream

ENV = {"SOPS_AGE_KEY": KEY.identity}
RULE = "^(data|stringData|list)$"
PLAIN = {**secret(stringData={"user": "me", "password": "p"}, data={"k": "djE="}), "list": ["one", "two"]}
(ENCRYPTED,) = encrypt(PLAIN, encrypted_regex=RULE)
USER: str = ENCRYPTED["stringData"]["user"]
PASSWORD: str = ENCRYPTED["stringData"]["password"]
SOPS = json.dumps(ENCRYPTED["sops"])

HEAD = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n"
LIST = "list:\n  - <one>\n  - <two>\n"

# Each with names for the values and the block, before, at and behind the block.
STYLES = {
    "block": (
        f"{HEAD}stringData:\n  user: <user>\n  password: <password> # c\ndata:\n  k: <data>\n{LIST}",
        "sops: <sops>\n",
        "",
    ),
    "the block first": (
        HEAD,
        "sops: <sops>\n",
        "stringData: {user: '<user>', password: '<password>'}\ndata: {k: '<data>'}\nlist: ['<one>', '<two>']\n",
    ),
    "flow": (
        "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {user: '<user>',"
        " password: '<password>'}, data: {k: '<data>'}, list: ['<one>', '<two>']",
        ", sops: <sops>",
        "}\n",
    ),
    "KYAML": (
        '---\n{\n  apiVersion: "v1",\n  kind: "Secret",\n  metadata: {\n    name: "s",\n  },\n  stringData: {\n'
        '    user: "<user>",\n    password: "<password>",\n  },\n'
        '  data: {\n    k: "<data>",\n  },\n  list: [\n    "<one>",\n    "<two>",\n  ],\n',
        "  sops: <sops>,\n",
        "}\n",
    ),
    "CRLF": (
        f"{HEAD}stringData:\n  user: <user>\n  password: <password>\ndata:\n  k: <data>\n{LIST}".replace("\n", "\r\n"),
        "sops: <sops>\r\n",
        "",
    ),
    "folded": (
        f"{HEAD}stringData:\n  user: >-\n    <user>\n  password: |-\n    <password>\n\n\n"
        f"data:\n  k:\n    <data>\n{LIST}",
        "sops: <sops>\n",
        "",
    ),
    "explicit keys": (
        f"? apiVersion\n: v1\n? kind\n: Secret\nmetadata: {{name: s}}\nstringData:\n  ? user\n  : <user>\n"
        f"  ? password\n  : <password>\ndata: {{? k : '<data>'}}\n{LIST}",
        "sops: <sops>\n",
        "",
    ),
}


def filled(text: str, *, plain: bool) -> str:
    values = {"user": "me", "one": "one", "two": "two", "password": "p", "data": "djE="}
    one, two = ENCRYPTED["list"]
    sealed = {"user": USER, "one": one, "two": two, "password": PASSWORD, "data": ENCRYPTED["data"]["k"]}
    for name, value in (values if plain else sealed).items():
        text = text.replace(f"<{name}>", value)
    return text.replace("<sops>", SOPS)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("line_end", [True, False])
def test_every_style_gives_the_same_object(style: str, line_end: bool) -> None:
    head, block, tail = STYLES[style]
    text = filled(head + block + tail, plain=False)
    done = run(text if line_end else text.rstrip("\n").rstrip("\r"), env=ENV)
    assert (done.code, done.err) == (0, "")
    (document,) = parse(done.out.decode())
    assert load(document.root) == PLAIN


@pytest.mark.parametrize("style", ["block", "the block first", "flow", "KYAML", "CRLF", "explicit keys"])
def test_every_other_byte_stays(style: str) -> None:
    head, block, tail = STYLES[style]
    done = run(filled(head + block + tail, plain=False), env=ENV)
    expected = filled(head + tail, plain=True)
    assert done.out.decode().replace('"', "") == expected.replace('"', "").replace("'", "")


def test_a_value_that_a_formatter_broke_over_lines() -> None:
    head, block, tail = STYLES["block"]
    text = filled(head + block + tail, plain=False)
    for value in (USER, PASSWORD):
        text = text.replace(value, '"' + "\\\n      ".join(value[i : i + 60] for i in range(0, len(value), 60)) + '"')
    (document,) = parse(run(text, env=ENV).out.decode())
    assert load(document.root) == PLAIN


def test_a_block_of_an_old_sops() -> None:
    old = {
        "kms": [], "gcp_kms": [], "azure_kv": [], "hc_vault": [], "age": ENCRYPTED["sops"]["age"], "lastmodified": "@",
        "mac": ENCRYPTED["sops"]["mac"], "pgp": [], "encrypted_regex": RULE, "version": "3.7.3",
    }  # fmt: skip
    head, _, tail = STYLES["block"]
    time = ENCRYPTED["sops"]["lastmodified"]
    for written in (time, f"'{time}'", time.replace("Z", ".5Z"), time.replace("Z", "+00:00"), f"!!timestamp {time}"):
        text = filled(head, plain=False) + "sops: " + json.dumps(old).replace('"@"', written) + "\n" + tail
        done = run(text, env=ENV)
        assert (done.code, done.err) == (0, "")


VALUES = st.dictionaries(
    st.text("abcAB09.-_", min_size=1, max_size=8).filter(lambda key: key != "." and key[:2] != ".."),
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.integers(-(2**63), 2**63 - 1), st.booleans()
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=60)
@given(VALUES, st.booleans(), st.booleans())
def test_what_goes_in_comes_out(values: dict[str, Any], whole: bool, block: bool) -> None:
    plain = secret(stringData=values)
    item = (encrypt(plain) if whole else encrypt(plain, encrypted_regex="^stringData$"))[0]
    text = stream(item)
    if block:
        rows = [f"  {quoted(key)}: {json.dumps(value)}\n" for key, value in item["stringData"].items()]
        lines = "".join(rows) or "  {}\n"
        text = "".join(
            f"{key}:\n{lines}" if key == "stringData" else f"{key}: {json.dumps(value)}\n"
            for key, value in item.items()
        )
    done = run(text, env=ENV)
    assert (done.code, "are quoted now" in done.err) == (
        0,
        any(not isinstance(value, str) for value in values.values()),
    )
    (document,) = parse(done.out.decode())
    assert load(document.root) == secret(stringData={key: as_text(value) for key, value in values.items()})


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (7, "7"), (1.50, "1.5"), (5.0, "5"), (1e21, "1" + "0" * 21), (-0.0, "-0"),
     (1e-7, "0.0000001"), (float("inf"), "+Inf"), (float("-inf"), "-Inf"), (float("nan"), "NaN"), ("x", "x")],
)  # fmt: skip
def test_typed_values_as_text(value: object, text: str) -> None:
    assert as_text(value) == text
