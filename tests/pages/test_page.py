"""A page is read as its reader reads it, and what it says of the terminal is compared to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from .page import Commands, File, fits, needs, steps, written_anew
from .terminal import Unfinished, follow

PAGE = """# A page

**You need** `krm-secrets` ([somewhere](x.md)) and `git`.

```yaml
# a/b.yaml
x: 1
```
```sh
cat a/b.yaml; export X=$((1 + 1))
```
```text
# a/b.yaml
x: …
```
```console
$ no-such-program
```
```sh
echo $X >&2
```
```text
3
```
"""


def test_steps() -> None:
    file, first, second = steps(PAGE)
    assert file == File("a/b.yaml", "# a/b.yaml\nx: 1\n")
    assert isinstance(first, Commands)
    assert (first.line, first.text, first.seen) == (10, "cat a/b.yaml; export X=$((1 + 1))\n", "# a/b.yaml\nx: …\n")
    assert isinstance(second, Commands)
    assert (second.line, second.seen) == (20, "3\n")
    assert needs(PAGE) == ["krm-secrets", "git"]


def test_what_is_seen_is_written_only_where_the_page_says_something_else(tmp_path: Path) -> None:
    shown = follow(PAGE, tmp_path)
    assert [text for _, text in shown] == ["# a/b.yaml\nx: 1\n", "2\n"]
    assert [fits(commands.seen, text) for commands, text in shown] == [True, False]
    assert written_anew(PAGE, shown) == PAGE.replace("3\n", "2\n")


def test_the_first_command_that_fails_ends_the_page(tmp_path: Path) -> None:
    with pytest.raises(Unfinished, match=r"^line 2:\nbefore\n$"):
        follow("```sh\necho before; false\n```\n```sh\necho after\n```\n", tmp_path)


@pytest.mark.parametrize(
    ("expected", "shown", "fit"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("", "a\n", False),
        ("a…c\n", "abbc\n", True),
        ("a…c\n", "ab\nc\n", False),
        ("a.c\n", "abc\n", False),
        ("a\n…\nz\n", "a\nz\n", True),
        ("a\n…\nz\n", "a\nb\nc\nz\n", True),
        ("a\n…\nz\n", "a\nb\nc\n", False),
    ],
)
def test_fits(expected: str, shown: str, fit: bool) -> None:
    assert fits(expected, shown) is fit
