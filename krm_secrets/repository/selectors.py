"""Which objects a patch, a replacement or a transformer means."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.plain import as_map


class Selector(NamedTuple):
    """Which objects are meant; what is empty takes all. `exact` where a patch names one object instead of patterns."""

    group: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    labels: str = ""
    annotations: str = ""
    exact: bool = False


def selected(data: Mapping[str, object], exact: bool = False) -> Selector:
    """What the fields of a target say, or, where one object is named, its own."""
    version = str(data.get("apiVersion") or "")
    group = str(data.get("group") or (version.rpartition("/")[0] if "/" in version else ""))

    def text(key: str) -> str:
        return str(data.get(key) or "")

    found = Selector(group, text("kind"), text("name"), text("namespace"), exact=exact)
    if exact:
        return found
    return found._replace(labels=text("labelSelector"), annotations=text("annotationSelector"))


def strings(value: object) -> dict[str, str]:
    """Labels or annotations, as far as they are any."""
    return {key: str(each) for key, each in as_map(value).items()}


def fits(pattern: str, word: str, exact: bool) -> bool:
    """Whether a word of a selector may mean this one."""
    try:
        return pattern == word if exact else re.fullmatch(pattern, word) is not None
    except re.error:
        return True


def is_met(requirements: str, own: Mapping[str, str], given: Collection[tuple[str, str]]) -> bool:
    """Whether labels, or annotations, may meet a selector; `given` are those that builds add to objects."""
    for requirement in re.split(r",(?![^()]*\))", requirements):
        match = re.fullmatch(r"\s*([^\s!=()]+)\s*(?:==?|in)\s*\(?([^()=]*)\)?\s*", requirement)
        if match is None:  # negations, and that a key exists, are taken for met
            continue
        key, values = match[1], [value.strip() for value in match[2].split(",")]
        may_be = {own[key]} if key in own else set()
        may_be |= {value for name, value in given if name == key}
        if may_be.isdisjoint(values):
            return False
    return True
