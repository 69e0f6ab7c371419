"""Durations take Go's own form."""

from __future__ import annotations

import pytest

from krm_secrets.mapping.duration import DURATION, canonical
from krm_secrets.shape import matches

# Printed by Go's time.ParseDuration and String.
GO = {
    "0": "0s", "0s": "0s", "1h": "1h0m0s", "1h30m": "1h30m0s", "90s": "1m30s", "60m": "1h0m0s", "1.5h": "1h30m0s",
    "1500ms": "1.5s", "1.5ms": "1.5ms", "10us": "10µs", "10µs": "10µs", "1ns": "1ns", "0.1s": "100ms",
    "100h": "100h0m0s",
    "1h1h": "2h0m0s", "59.999999999s": "59.999999999s", "1h0.5s": "1h0m0.5s", "1m0.25s": "1m0.25s",
}  # fmt: skip


@pytest.mark.parametrize("text", GO)
def test_canonical_form(text: str) -> None:
    assert matches(DURATION, text)
    assert canonical(text) == GO[text]
    assert canonical(GO[text]) == GO[text]


def test_a_variable_is_left_to_flux() -> None:
    assert matches(DURATION, "${REFRESH:=1h}")
    assert canonical("${REFRESH:=1h}") == "${REFRESH:=1h}"


@pytest.mark.parametrize("text", ["", "1", "h", "1d", "-1h", "+1h", "1 h", "1h ", "1h\n", "100000h", "1h" * 7, "٣h"])
def test_no_duration(text: str) -> None:
    assert not matches(DURATION, text)
