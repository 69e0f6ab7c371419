"""ExternalSecrets that stay, since builds do something to them: what is done to one is part of its meaning, and another
object may have its name, or make its Secret."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from krm_secrets.errors import Result, clean
from krm_secrets.externalsecrets.api import KIND
from krm_secrets.migrate.mappings import Short
from krm_secrets.migrate.original import Original, Reading, Search, stays
from krm_secrets.plain import as_map
from krm_secrets.repository.builds import Build
from krm_secrets.repository.patches import CONFIGURED, DELETE, GIVEN, PATCH, READ, REPLACEMENT, RUN, Act
from krm_secrets.repository.survey import Survey
from krm_secrets.repository.touched import Touched
from krm_secrets.repository.worlds import worlds_of
from krm_secrets.secrets.clashes import clashes
from krm_secrets.settings.ownmarks import MAPPING_ANNOTATION

_HOW = {
    PATCH: "changes it by a patch",
    REPLACEMENT: "changes it by a replacement",
    READ: "takes a value out of it for a replacement",
    RUN: "runs a transformer that may change it",
    CONFIGURED: "changes it by a configuration of its transformers",
    GIVEN: "changes it",
}
_TEMPLATES = ("spec", "target", "template", "templateFrom")
"""Where names of ConfigMaps and Secrets stand, which a mapping keeps in the same place."""

_LABELS = "gives it labels or annotations, which its Secret takes over while it has no template"
_NAME = "changes its name, which its Secret takes over while spec.target has no name"


def unchanged(found: Search, touched: Touched, path_of: Callable[[Original], str]) -> Search:
    """Those that nothing changes in a way that matters; the others stay, each with the reason."""
    kept: list[Original] = []
    refused: list[Result] = []
    for original in found.originals:
        reason = hindrance(original, touched, path_of(original))
        if reason:
            refused.append(stays(original.item, reason))
        else:
            kept.append(original)
    return found._replace(originals=tuple(kept), refused=(*found.refused, *refused))


def hindrance(original: Original, touched: Touched, path: str) -> str:
    """What a build does to an ExternalSecret that would be another thing for the one of a mapping; or nothing."""
    for actor, act in touched.acts(path, original.item):
        how = _matters(act, original.reading)
        if how:
            file = f" ({clean(act.entry)})" if act.entry else ""
            return f"{clean(actor.name)} {how}{file}"
    return ""


def _matters(act: Act, reading: Reading) -> str:
    """How an act changes what the ExternalSecret means; "" where it does the same to the one that a mapping makes."""
    target = as_map(reading.spec.get("target"))
    if act.how == DELETE:
        return ""
    for path in act.paths:
        if path[:2] in (("metadata", "labels"), ("metadata", "annotations")):
            if act.how != READ and not isinstance(target.get("template"), dict):
                return _LABELS
        elif path[:2] == ("metadata", "name"):
            if act.how != READ and not target.get("name"):
                return _NAME
        elif path != ("metadata", "namespace") and not (act.how == CONFIGURED and path[:4] == _TEMPLATES):
            return _HOW[act.how]
    return ""


def alone(
    shorts: Sequence[Short], seen: Survey, builds: list[Build], touched: Touched
) -> tuple[list[Short], list[Result]]:
    """Those that are alone; the others stay, each with the other object, since render would refuse to make them."""
    # What mappings make may be these very ExternalSecrets, in a move that was not finished.
    written = (
        (path, item)
        for path, one in seen.parsed.items()
        for item in one.items
        if item.kind != KIND or not item.annotation(MAPPING_ANNOTATION)
    )
    worlds = worlds_of(written, builds, seen.kustomizations, touched)
    documents = {id(short.original.item.slot): short.original.item for short in shorts}
    refused: list[Result] = []
    while True:  # what stays is a rival of the next
        found = clashes(worlds, documents)
        if not found:
            break
        for item, problem in found:
            if documents.pop(id(item.slot), None) is not None:
                message = problem.message.replace(f"{item.ref} makes", "it makes", 1)
                refused.append(stays(item, message.replace(f"makes {item.ref}, and so does", "it meets", 1)))
    return [short for short in shorts if id(short.original.item.slot) in documents], refused
