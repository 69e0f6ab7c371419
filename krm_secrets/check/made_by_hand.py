"""Signs that a Secret which no object here makes is made all the same: by a script, or by hand for the time being."""

from __future__ import annotations

import re

from krm_secrets._startup.patterns import pattern
from krm_secrets.plain import as_list, as_map, as_text

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject, Used
    from krm_secrets.krm.resource import Resource

_KUBECTL = pattern(r"\bsecrets?(?:[ /]+(?:generic|tls|docker-registry))?[ /]+[\"']?([a-z0-9][a-z0-9.-]*[a-z0-9])")
_ROLES = ("Role", "ClusterRole")
_WRITES = frozenset(("create", "update", "patch", "*"))


def is_made_by_hand(subject: Subject, used: Used) -> bool:
    """Whether a script of the tree names the Secret to kubectl, a Role lets somebody write it, or an object that would
    make it stands in a comment of its user's own file."""
    name = used.use.reference.name
    if name in subject.once(_scripted):
        return True
    return re.search(rf"(?m)^\s*#.*\bname: *[\"']?{re.escape(name)}[\"']?\s*$", used.item.slot.source.text) is not None


def _scripted(subject: Subject) -> frozenset[str]:
    found = set[str]()
    for item in subject.objects:
        if item.kind in _ROLES and item.slot.source.holds("resourceNames"):
            found |= _writable(item)
    for text in {id(item.slot.source): item.slot.source.text for item in subject.objects}.values():
        if "kubectl" in text:
            found.update(_KUBECTL.findall(text))
    return frozenset(found)


def _writable(role: Resource) -> set[str]:
    """The Secrets that a Role names for somebody to write."""
    found = set[str]()
    for rule in map(as_map, as_list(role.data.get("rules"))):
        kinds, verbs, names = (
            set(map(as_text, as_list(rule.get(key)))) for key in ("resources", "verbs", "resourceNames")
        )
        if "secrets" in kinds and not _WRITES.isdisjoint(verbs):
            found |= names
    return found
