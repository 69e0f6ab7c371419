"""ExternalSecrets that builds change after they were written: what is done to one is part of its meaning."""

from __future__ import annotations

from collections.abc import Callable

from krm_secrets.errors import Result, clean
from krm_secrets.migrate.found import Original, Search, stays
from krm_secrets.migrate.original import Reading
from krm_secrets.plain import as_map
from krm_secrets.repository.patches import CONFIGURED, DELETE, GIVEN, PATCH, READ, REPLACEMENT, RUN, Act
from krm_secrets.repository.touched import Touched

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
