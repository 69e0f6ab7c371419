"""Patterns of files and folders, as Argo CD reads them."""

from __future__ import annotations

import re


def glob(pattern: str, star: str = ".*") -> str:
    """A glob of Argo CD as an expression; its stars take slashes, too."""
    found, depth = "", 0
    for part in re.findall(r"\*+|\\.|\[[^\]]*\]|.", pattern, re.DOTALL):
        if part[0] == "*":
            found += star if len(part) == 1 else ".*"
        elif part == "?":
            found += "."
        elif part == "{":
            found, depth = f"{found}(?:", depth + 1
        elif part == "}" and depth:
            found, depth = f"{found})", depth - 1
        elif part == "," and depth:
            found += "|"
        elif len(part) > 1 and part[0] == "[":
            found += "[" + part[1:-1].replace("!", "^", part[1] == "!").replace("\\", "\\\\") + "]"
        else:
            found += re.escape(part[-1])
    return found + ")" * depth
