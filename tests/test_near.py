"""What is one slip away from a known word, and what is not."""

from __future__ import annotations

import pytest

from krm_secrets.errors import near


@pytest.mark.parametrize("word", ["onepasword", "onepasswword", "onepassvord", "noepassword"])
def test_one_slip(word: str) -> None:
    assert near(word, ["bitwarden", "onepassword"]) == "onepassword"


@pytest.mark.parametrize(
    "word", ["onepassword", "onepassword2", "onepassw0rd", "1password", "ones", "bitwarden-login", ""]
)
def test_no_slip(word: str) -> None:
    assert near(word, ["onepassword", "one", "bitwarden-fields"]) == ""


def test_many_words_are_not_compared() -> None:
    assert near("onepasword", ["onepassword", *map(str, range(1000))]) == ""
