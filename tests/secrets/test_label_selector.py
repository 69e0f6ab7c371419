"""Selectors of labels, in Kubernetes' words and in Reloader's older ones."""

from __future__ import annotations

import pytest

from krm_secrets.secrets.label_selector import picks

LABELS = {"team": "home", "on": "", "size": "1"}


@pytest.mark.parametrize(
    "selector",
    ["team=home", "team==home", "team", "!gone", "team!=work", "gone!=x", "team in (work, home)", "gone notin (a)",
     "team=home,on", "team in (home),!gone,size notin (2,3)", "team:home", "team:*", "team=*", "on=", "", " team , on"],
)  # fmt: skip
def test_it_picks(selector: str) -> None:
    assert picks(selector, LABELS) is True


@pytest.mark.parametrize(
    "selector",
    ["team=work", "gone", "!team", "team!=home", "gone=x", "team in (a,b)", "gone in (a)", "size notin (1)",
     "team=home,gone", "gone:*", "Team=home", "size>1,gone"],
)  # fmt: skip
def test_it_does_not_pick(selector: str) -> None:
    assert picks(selector, LABELS) is False


@pytest.mark.parametrize("selector", ["size>0", "team=home,size<5", "${SELECTOR}"])
def test_nobody_can_tell(selector: str) -> None:
    assert picks(selector, LABELS) is None
