"""Golden folders: `input.yaml` on standard input, and what must come of it.

`expected.yaml` is standard output byte for byte, `messages.txt` standard error; a case without `expected.yaml` prints
nothing. A case fails, that is exits with 1, when a message is an error. To add one, write the input, run
`python -m tests.test_cases NAME`, and read what it wrote before you believe it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir())


def run(name: str) -> tuple[int, bytes, str]:
    """Run a case without anybody's keys."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("SOPS_", "KRM_SECRETS_", "XDG_"))}
    done = subprocess.run(
        [sys.executable, "-m", "krm_secrets"],
        input=(CASES / name / "input.yaml").read_bytes(),
        capture_output=True,
        env={**environ, "HOME": "/nonexistent"},
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr.decode()


def read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def test_there_are_cases() -> None:
    assert len(NAMES) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str) -> None:
    code, output, messages = run(name)
    assert messages == read(CASES / name / "messages.txt").decode()
    assert output == read(CASES / name / "expected.yaml")
    assert code == ("krm-secrets: error: " in messages)


@pytest.mark.parametrize("name", [n for n in NAMES if b"kind: ResourceList" in read(CASES / n / "input.yaml")])
def test_a_second_run_over_a_resource_list_changes_nothing_more(name: str) -> None:
    """Under kpt the output becomes the next input; elsewhere consumed mappings leave nothing to do twice."""
    first = read(CASES / name / "expected.yaml")
    if b"results:" in first or (CASES / name / "messages.txt").exists():
        return
    again = subprocess.run([sys.executable, "-m", "krm_secrets"], input=first, capture_output=True, timeout=60)
    assert again.stderr == b""
    assert again.stdout == first


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        _, output, messages = run(name)
        for file, content in (("expected.yaml", output), ("messages.txt", messages.encode())):
            path = CASES / name / file
            path.unlink(missing_ok=True)
            if content:
                path.write_bytes(content)


if __name__ == "__main__":
    main()
