"""Which release of Flux a repository installs, and whether it takes a variable that nobody sets for a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator

from krm_secrets.krm.resource import Resource, at, text_at
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject

STRICT = (2, 9)
"""The first release that fails where nobody sets a variable, unless it is told otherwise."""

_GATE = "StrictPostBuildSubstitutions"
_SIGNS = ("fluxcd", "flux")
_VERSION = re.compile(r"[v=~^ ]*(\d{1,4})\.(\d{1,4})\b")


def is_strict(subject: Subject) -> bool:
    """Whether it is certain that a variable without value fails a build: by the controller's own flag, or since all
    releases that the repository installs do that."""
    gates = {
        each.slot.source.text.partition(_GATE)[2].lstrip("=: \"'")[:4].lower() == "true"
        for each in subject.objects
        if each.slot.source.holds(_GATE)
    }
    if gates:
        return gates == {True}
    found = {version for item in subject.objects for version in _versions(item)}
    return bool(found) and min(found) >= STRICT


def _versions(item: Resource) -> Iterator[tuple[int, int]]:
    if not any(map(item.slot.source.holds, _SIGNS)):
        return
    spec, labels = at(item.node, "spec"), at(item.node, "metadata", "labels")
    try:
        told = (
            text_at(at(spec, "distribution"), "version") if item.kind == "FluxInstance" else "",
            text_at(at(spec, "values", "instance", "distribution"), "version") if item.kind == "HelmRelease" else "",
            text_at(at(spec, "ref"), "tag") if text_at(spec, "url").endswith("/flux-manifests") else "",
            text_at(labels, "app.kubernetes.io/version")
            if text_at(labels, "app.kubernetes.io/part-of") == "flux"
            else "",
        )
    except YamlError:
        return
    for text in told:
        match = _VERSION.match(text)
        if match is not None:
            yield int(match[1]), int(match[2])
