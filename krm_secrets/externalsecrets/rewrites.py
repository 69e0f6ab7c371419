"""How the keys of whole items are rewritten: Go's regular expressions, and what stands in their place."""

from __future__ import annotations

import re

from krm_secrets.errors import INFO, WARNING
from krm_secrets.plain import as_list, as_map, as_text

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.shape import Node


_GLUED = re.compile(r"(?<!\$)(?:\$\$)*\$([0-9]+)[A-Za-z_]")
_BRACED = re.compile(r"(?<!\$)(?:\$\$)*\$\{[0-9]+\}")


def check_rewrites(spec: Node, substituted: bool) -> None:
    """Note expressions that Go refuses or reads otherwise; `substituted` is whether Flux fills in variables."""
    whole = 0
    for index, entry in enumerate(map(as_map, as_list(as_map(spec.value).get("dataFrom")))):
        place, steps = spec.place("dataFrom", index), as_list(entry.get("rewrite"))
        whole += "extract" in entry and not steps
        if whole > 1 and "extract" in entry and not steps:
            message = "takes whole items one after the other: a key that two of them have gets the value of the last"
            place.wrong(message, "extracts-overlap", INFO)
        for step, rewrite in enumerate(steps):
            _check(place.place("rewrite", step, "regexp"), as_map(as_map(rewrite).get("regexp")), substituted)
        _compiles(place.place("find", "name", "regexp"), as_map(as_map(entry.get("find")).get("name")).get("regexp"))


def _check(place: Node, regexp: dict[str, object], substituted: bool) -> None:
    source, target = as_text(regexp.get("source")), as_text(regexp.get("target"))
    _compiles(place.place("source"), source)
    glued = _GLUED.search(target)
    if glued and f"?P<{glued[1]}" not in source and f"?<{glued[1]}" not in source:
        message = "Go takes the letters after a group's number for its name, so that nothing is put there"
        cure = ("$${" if substituted else "${") + glued[1] + "}"
        place.place("target").wrong(f"{message}: write {cure}", "rewrite-group", WARNING)
    if substituted and _BRACED.search(target):
        message = "Flux fills in ${1} as a variable before External Secrets sees it: write $1, or $${1}"
        place.place("target").wrong(message, "rewrite-under-flux", WARNING)


def _compiles(place: Node, source: object) -> None:
    if not isinstance(source, str) or not source or "${" in source:
        return
    import re2  # only rewrites pay for it

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(source, options)
    except re2.error:
        place.wrong("is no regular expression that Go can read", "regexp-refused")
