"""What all tests share: names of test cases that two processes give alike."""

from __future__ import annotations

import pytest

_NEW_EACH_TIME = ("age1", "AGE-")


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Keys are made anew by each process: a case that holds one is called by its argument."""
    return argname if isinstance(val, str) and any(mark in val for mark in _NEW_EACH_TIME) else None
