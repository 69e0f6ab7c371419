"""Which objects a patch, a replacement or a transformer means."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.krm.resource import Resource, group_of
from krm_secrets.plain import as_map
from krm_secrets.yamltext.nodes import YamlError


class Selector(NamedTuple):
    """Which objects are meant; what is empty takes all. `exact` where a patch names one object instead of patterns."""

    group: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    labels: str = ""
    annotations: str = ""
    exact: bool = False

    def means(self, item: Resource) -> bool:
        """Whether an object is meant as it is written."""
        return (
            self.takes_kind(group_of(item.api_version), item.kind)
            and self.takes(self.name, (item.ref.name,))
            and self.takes(self.namespace, (item.ref.namespace,))
            and self.is_labelled(item)
        )

    def takes_kind(self, group: str, kind: str) -> bool:
        """Whether objects of a kind may be meant."""
        return self.takes(self.group, (group,)) and self.takes(self.kind, (kind,))

    def takes(self, pattern: str, words: Iterable[str]) -> bool:
        """Whether one of the words is such as a pattern of it says; without a pattern all are."""
        return not pattern or any(fits(pattern, word, self.exact) for word in words)

    def is_labelled(self, item: Resource, given: Collection[tuple[str, str]] = ()) -> bool:
        """Whether labels and annotations may be such as it says; `given` are those that builds add to objects."""
        wanted = ((self.labels, "labels"), (self.annotations, "annotations"))
        metadata = top_map(item, "metadata") if self.labels or self.annotations else {}
        return all(not each or is_met(each, strings(metadata.get(key)), given) for each, key in wanted)


def selected(data: Mapping[str, object], exact: bool = False) -> Selector:
    """What the fields of a target say, or, where one object is named, its own."""
    version = str(data.get("apiVersion") or "")
    group = str(data.get("group") or (version.rpartition("/")[0] if "/" in version else ""))
    kind, name, namespace = (str(data.get(key) or "") for key in ("kind", "name", "namespace"))
    labels, annotations = ("" if exact else str(data.get(f"{key}Selector") or "") for key in ("label", "annotation"))
    return Selector(group, kind, name, namespace, labels, annotations, exact)


def top_map(item: Resource, key: str) -> dict[str, object]:
    """A map at the top of an object, empty where there is none; why one cannot be read is left to others to say."""
    try:
        return as_map(item.data.get(key))
    except YamlError:
        return {}


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
        if match is not None:  # negations, and that a key exists, are taken for met
            may_be = {value for key, value in (*own.items(), *given) if key == match[1]}
            if may_be.isdisjoint(value.strip() for value in match[2].split(",")):
                return False
    return True
