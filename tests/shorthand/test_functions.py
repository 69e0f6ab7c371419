"""Our table of template functions and our reading of templates, held against External Secrets' own engine."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, event, given, settings, strategies as st

from krm_secrets.externalsecrets import functions
from krm_secrets.externalsecrets.template import parse_template
from krm_secrets.externalsecrets.tokens import TemplateError

from .engine import Engine, engine

__all__ = ["engine"]


def test_the_table_is_what_the_engine_has(engine: Engine) -> None:
    # Later versions of the operator take from sprig what asks a name server; no proxy has their modules.
    assert set(engine.ask(ask="functions")["names"]) - {"getHostByName"} == functions.ENGINE


def test_go_itself_has_the_others(engine: Engine) -> None:
    assert [name for name in sorted(functions.GO) if engine.refuses(f"{{{{ {name} }}}}")] == []
    assert {"slice"} == functions.GO & functions.ENGINE


def test_what_changes_is_known() -> None:
    assert functions.VOLATILE | {"keys", "values"} <= functions.KNOWN


CERTIFICATE = '{{ $c := genSelfSignedCert "a.example" nil nil 30 }}'
CHANGING = {
    "randAlpha": "{{ randAlpha 20 }}",
    "randAlphaNum": "{{ randAlphaNum 20 }}",
    "randAscii": "{{ randAscii 20 }}",
    "randNumeric": "{{ randNumeric 20 }}",
    "randBytes": "{{ randBytes 20 }}",
    "randInt": "{{ randInt 0 999999999 }}",
    "uuidv4": "{{ uuidv4 }}",
    "shuffle": '{{ shuffle "abcdefghijklmnopqrstuvwxyz" }}',
    "now": "{{ now }}",
    "bcrypt": '{{ bcrypt "a" }}',
    "htpasswd": '{{ htpasswd "a" "b" }}',
    "encryptAES": '{{ encryptAES "key" "text" }}',
    "genPrivateKey": '{{ genPrivateKey "ed25519" }}',
    "genCA": '{{ (genCA "a" 30).Cert }}',
    "genSelfSignedCert": '{{ (genSelfSignedCert "a" nil nil 30).Cert }}',
    "genSignedCert": '{{ (genSignedCert "a" nil nil 30 (genCA "b" 30)).Cert }}',
    "genCAWithKey": '{{ (genCAWithKey "a" 30 (genPrivateKey "ecdsa")).Cert }}',
    "genSelfSignedCertWithKey": '{{ (genSelfSignedCertWithKey "a" nil nil 30 (genPrivateKey "ecdsa")).Cert }}',
    "genSignedCertWithKey": '{{ (genSignedCertWithKey "a" nil nil 30 (genCA "b" 30) (genPrivateKey "ecdsa")).Cert }}',
    "pemToPkcs12": "{{ pemToPkcs12 .cert .key }}",
    "pemToPkcs12Pass": '{{ pemToPkcs12Pass .cert .key "p" }}',
    "fullPemToPkcs12": "{{ fullPemToPkcs12 .cert .key }}",
    "fullPemToPkcs12Pass": '{{ fullPemToPkcs12Pass .cert .key "p" }}',
}


def test_every_function_that_changes_is_tried() -> None:
    # What came later than this engine, and what shows only from one second to the next.
    untried = {"ago", "pemTruststoreToPKCS12", "pemTruststoreToPKCS12Pass"}
    assert set(CHANGING) | untried == functions.VOLATILE


@pytest.fixture(scope="module")
def values(engine: Engine) -> dict[str, str]:
    pair = f"{CERTIFICATE}{{{{ $c.Cert }}}}===={{{{ $c.Key }}}}"
    cert, _, key = engine.render({"data": {"a": pair}}, {})["data"]["a"].partition("====")
    return {"cert": cert, "key": key}


@pytest.mark.parametrize("name", CHANGING)
def test_what_we_refuse_does_change(name: str, engine: Engine, values: dict[str, str]) -> None:
    first, second = (engine.render({"data": {"a": CHANGING[name]}}, values) for _ in range(2))
    assert "error" not in first
    assert first["data"]["a"] != second["data"]["a"]


# Pieces of which Go's grammar can be put together, or nearly.
WORDS = st.sampled_from(
    [".a", ".a.b", ".", "$", "$x", "$y", "$.a", "(", ")", "|", ":=", "=", ",", '"s"', "`r`", "'c'", "1", "-2.5", "true",
     "nil", "trim", "printf", "len", "index", "nope", "if", "else", "end", "range", "with", "define", "template",
     "block", "break", "continue", " ", " ", " ", " "]
)  # fmt: skip
ACTIONS = st.one_of(
    st.lists(WORDS, min_size=1, max_size=7).map("".join),
    st.lists(WORDS, min_size=1, max_size=7).map(" ".join),
    st.sampled_from(
        ["if .a", "range .a", "range $x, $y := .a", "with $x := .a", "else", "else if .b", "else with .b", "end", "end",
         "end", "break", "$x := .a", "$x = 1", "$x", "$y", 'define "d"', 'block "d" .', 'template "d" .', ".a | trim",
         "/* c */", "- .a -", "(.a).b", "trim .a.b | len", 'index . "a"', "printf \"%s\" (.a | trim) $.b"]
    ),
)  # fmt: skip
TEXTS = st.lists(st.tuples(st.sampled_from(["", " ", "t"]), ACTIONS), min_size=1, max_size=6).map(
    lambda parts: "".join(f"{text}{{{{{action}}}}}" for text, action in parts)
)


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_what_we_read_go_reads_and_the_other_way_round(engine: Engine, text: str) -> None:
    refused, reason = engine.refuses(text), ""
    assume("multiple definition" not in refused)  # two blocks of one name are rarer than the code to find them
    try:
        parse_template(text, go=True)
    except TemplateError as error:
        reason = error.message
    event("refused" if refused else "read")
    assert bool(reason) is bool(refused), f"{text!r}: Go says {refused!r}, we say {reason!r}"
