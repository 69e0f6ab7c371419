"""Where in the text a place of a scalar's value stands."""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.yamltext.nodes import Scalar


def inside(text: str, scalar: Scalar, offset: int) -> int:
    """The index into the text of what is at the offset of the value; -1 where that cannot be told.

    It can where the value is written as it is: plain or quoted on one line without escapes, and line by line after `|`.
    """
    value, first = scalar.value, scalar.start + (scalar.style in ("'", '"'))
    if text.startswith(value, first) and "\n" not in value:
        return first + offset
    if scalar.style != "|":
        return -1
    line, begin = value.count("\n", 0, offset), value.rfind("\n", 0, offset) + 1
    lines = text[text.find("\n", scalar.start) + 1 : scalar.end].split("\n")
    written = value.split("\n")
    if line >= len(lines) or not lines[line].endswith(written[line]):
        return -1
    before = sum(len(each) + 1 for each in lines[:line])
    return scalar.end - len("\n".join(lines)) + before + len(lines[line]) - len(written[line]) + offset - begin
