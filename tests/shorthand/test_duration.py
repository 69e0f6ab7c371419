"""Durations take Go's own form."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from krm_secrets.externalsecrets.duration import DURATION, REFRESH, canonical, canonical_refresh, interval, nanoseconds
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


def test_a_spread_in_both_spellings() -> None:
    for text in ("1h±10%", "1h+-10%", "60m ± 10%", "1h +- 10%"):
        assert matches(REFRESH, text)
        assert canonical_refresh(text) == "1h0m0s±10%"
        assert not matches(DURATION, text)
    assert canonical_refresh("90s") == "1m30s"
    assert canonical_refresh("${R:-1h±10%}") == "${R:-1h±10%}"


NO_SPREADS = ["0±10%", "±10%", "1h±0%", "1h±51%", "1h±5", "1h±5.5%", "1h+5%", "1h-5%", "1h±5%±5%", "${R}±5%", "1h±05%"]


@pytest.mark.parametrize("text", NO_SPREADS)
def test_no_spread(text: str) -> None:
    assert not matches(REFRESH, text)


def test_each_name_has_an_interval_of_its_own_for_ever() -> None:
    # Written down: a release that changed them would make every cluster fetch everything again.
    assert interval("1h0m0s±10%", "default/app") == "1h1m34s"
    assert interval("1h0m0s±10%", "default/other") == "1h2m11s"
    assert interval("1h0m0s", "default/app") == "1h0m0s"
    assert interval("${R:-1h±10%}", "default/app") == "${R:-1h±10%}"


@given(st.text(), st.sampled_from(["10s", "1h", "90s", "24h", "5ms", "7ns"]), st.integers(1, 50))
def test_an_interval_keeps_its_distance(name: str, middle: str, percent: int) -> None:
    chosen = interval(canonical_refresh(f"{middle}±{percent}%"), name)
    assert matches(DURATION, chosen)
    assert canonical(chosen) == chosen
    total = nanoseconds(middle)
    rounding = 1_000_000_000 if total >= 60_000_000_000 else 1_000_000
    assert total * (100 - percent) // 100 - rounding <= nanoseconds(chosen) <= total * (100 + percent) // 100


def test_intervals_are_spread_over_the_whole_range() -> None:
    seconds = [nanoseconds(interval("1h±10%", f"default/app-{i}")) // 1_000_000_000 for i in range(400)]
    assert min(seconds) < 3600 - 340
    assert max(seconds) > 3600 + 340
    assert len(set(seconds)) > 250
