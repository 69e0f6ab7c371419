"""Long names in narrow columns: folded where people would break them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.style import Style
from rich.text import Text

_STEPS = {"/": re.compile(r"[^/]*/|[^/]+"), ".": re.compile(r"[^./ ]*[./ ]|[^./ ]+")}


class Folded:
    """A text that is folded behind its slashes, or also behind dots and spaces (`.`), where it must be."""

    def __init__(self, text: str, behind: str = "/", style: str = "") -> None:
        self.text = text
        self.style = style
        self._steps = _STEPS[behind].findall(text)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widths = (cell_len(step) for step in self._steps)
        return Measurement(min(max(widths, default=0), options.max_width), cell_len(self.text))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        lines = [""]
        for step in self._steps:
            if lines[-1] and cell_len(lines[-1] + step.rstrip()) > options.max_width:
                lines.append("")
            lines[-1] += step
        yield Text("\n".join(lines), Style.parse(self.style), overflow="fold")
