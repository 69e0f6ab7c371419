"""Fuzzers: for how long, and what must hold whatever the input."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st

from tests.fuzz.changes import CANARY
from tests.running import Done
from tests.sops.encrypter import KEY

SECONDS = float(os.environ.get("KRM_SECRETS_FUZZ_SECONDS", "10"))
SEED = int(os.environ.get("KRM_SECRETS_FUZZ_SEED", "1"))
ROUND = settings(
    deadline=None,
    max_examples=50,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
ENV = {"SOPS_AGE_KEY": KEY.identity}


def fuzz(test: Callable[..., None], *drawn: st.SearchStrategy[Any]) -> None:
    """Run a test over what is drawn, with one seed after the other, until the time is over."""
    end, number = time.monotonic() + SECONDS, SEED
    while time.monotonic() < end:
        seed(number)(ROUND(given(*drawn)(test)))()
        number += 1


def check(done: Done) -> None:
    """What holds of any run: an exit code of ours, a message for a failure, no secret in it, nothing unforeseen."""
    assert done.code in (0, 1), done.code
    assert done.code == 0 or "krm-secrets: error: " in done.err
    assert "internal error" not in done.err, done.err
    assert "Traceback" not in done.err, done.err
    assert CANARY not in done.err
    assert KEY.identity not in done.err


def check_stream(done: Done) -> None:
    """Of what prints a stream: nothing where it fails, unless a change made a ResourceList of it."""
    check(done)
    assert done.code == 0 or done.out == b"" or b"ResourceList" in done.out


@contextlib.contextmanager
def inside(folder: str) -> Iterator[None]:
    """In a folder, as people are."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
