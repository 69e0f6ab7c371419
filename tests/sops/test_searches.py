"""Regular expressions of rules: those that Python searches for find what RE2 finds."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given, strategies as st

from krm_secrets.sops.rules import _simple

SIMPLE = [
    r"kubernetes/.*\.sops\.ya?ml",
    r"^kubernetes/.*\.sops\.ya?ml$",
    r".*\.sops\.ya?ml",
    r".*\.sops\.ya?ml$",
    r"(k8s|kube|kubernetes)\/.*\.ya?ml",
    r"^(a|b)/.+$",
    r"a.b$",
    r"\.yaml",
]
OTHERS = [
    *("kubernetes/.*/talos/.*", "a+", "[ab]", "(?i)a", "a{2}", "(a|b)*", "a|b", "(a|(b))", "(", "a**", "x.*y.*", r"\d"),
    *(r"a\z", "é"),
]


@pytest.mark.parametrize("pattern", SIMPLE)
@given(text=st.text(st.sampled_from("kubernetes8/.sopyamlAB\né$"), max_size=24))
def test_python_finds_what_re2_finds(pattern: str, text: str) -> None:
    search = _simple(pattern)
    assert search is not None
    for each in (text, f"kubernetes/{text}.sops.yaml", f"k8s/{text}.yml", f"a/{text}"):
        assert search(each) is (re2.search(pattern, each) is not None)


@pytest.mark.parametrize("pattern", OTHERS)
def test_re2_is_asked_for_all_others(pattern: str) -> None:
    assert _simple(pattern) is None
