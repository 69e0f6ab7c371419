from __future__ import annotations

import pytest

from tests.starts.paths import HEAVY, imported, listed, starts


@pytest.mark.parametrize("name", starts())
def test_a_start_imports_what_is_listed(name: str) -> None:
    """A start with one more module is slower: change the list on purpose, with `python -m tests.starts`."""
    assert imported(starts()[name]) == listed(name)


def test_the_lists_say_something() -> None:
    through = listed("pass-through")
    ours = ("__main__", "_startup", "_startup.stdio", "_startup.system")
    assert through == ["krm_secrets", *(f"krm_secrets.{name}" for name in ours)]
    for name in ("one-secret", "one-generated-file"):
        assert not {*HEAVY} & {*listed(name)}
        assert "cryptography.hazmat.bindings._rust" in listed(name)
    assert "krm_secrets.secrets.effect" in listed("500-workloads")
    assert not [m for m in listed("one-mapping") if m.startswith("cryptography")]
