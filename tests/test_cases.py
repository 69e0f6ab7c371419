"""Golden folders: `input.yaml` on standard input, and what must come of it.

`expected.yaml` is standard output byte for byte, `messages.txt` standard error; a case without `expected.yaml` prints
nothing. A case fails, that is exits with 1, when a message is an error. To add one, write the input, run
`python -m tests.test_cases NAME`, and read what it wrote before you believe it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.running import Done, run, start

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir())


def read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def test_there_are_cases() -> None:
    assert len(NAMES) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str) -> None:
    messages = read(CASES / name / "messages.txt").decode()
    failed = "krm-secrets: error: " in messages
    assert run(read(CASES / name / "input.yaml")) == Done(failed, read(CASES / name / "expected.yaml"), messages)


@pytest.mark.parametrize("name", [n for n in NAMES if b"kind: ResourceList" in read(CASES / n / "input.yaml")])
def test_a_second_run_over_a_resource_list_changes_nothing_more(name: str) -> None:
    """Under kpt the output becomes the next input; elsewhere consumed mappings leave nothing to do twice.

    In processes of their own, which import less than one that has run tests.
    """
    first = read(CASES / name / "expected.yaml")
    if b"results:" in first or (CASES / name / "messages.txt").exists():
        return
    assert start(first) == Done(0, first, "")


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        done = run(read(CASES / name / "input.yaml"))
        for file, content in (("expected.yaml", done.out), ("messages.txt", done.err.encode())):
            path = CASES / name / file
            path.unlink(missing_ok=True)
            if content:
                path.write_bytes(content)


if __name__ == "__main__":
    main()
