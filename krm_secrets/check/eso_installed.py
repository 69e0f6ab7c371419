"""Which release of External Secrets a repository installs, as far as its charts tell."""

from __future__ import annotations

import re

from krm_secrets.krm.resource import at, text_at
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject

Version = tuple[int, int]

CHART = "external-secrets"
PACKAGE = "external-secrets-operator"
_LAST_PACKAGE: Version = (0, 11)
"""The last release for OLM's catalogues: github.com/external-secrets/external-secrets-helm-operator/issues/81."""
_VERSION = re.compile(r"v?(\d{1,4})\.(\d{1,4})\b")


def installed(subject: Subject) -> frozenset[Version]:
    """The versions of the chart or of OLM's package, which are those of the program: several where clusters differ,
    none where it comes from elsewhere."""
    found = set[Version]()
    for item in subject.objects:
        if not item.slot.source.holds(CHART):
            continue
        spec = at(item.node, "spec")
        try:
            places = (
                (text_at(at(spec, "chart", "spec"), "chart"), text_at(at(spec, "chart", "spec"), "version")),
                (text_at(at(spec, "source"), "chart"), text_at(at(spec, "source"), "targetRevision")),
                (text_at(spec, "url").rpartition("/")[2], text_at(at(spec, "ref"), "tag")),
                (text_at(spec, "chart"), text_at(spec, "version")),
            )
        except YamlError:
            continue
        if item.kind == "Subscription" and text_at(spec, "name") == PACKAGE:
            match = _VERSION.match(text_at(spec, "startingCSV").removeprefix(f"{PACKAGE}."))
            pinned = match is not None and text_at(spec, "installPlanApproval") == "Manual"
            found.add((int(match[1]), int(match[2])) if match is not None and pinned else _LAST_PACKAGE)
        for chart, version in places:
            match = _VERSION.match(version) if chart == CHART else None
            if match is not None:
                found.add((int(match[1]), int(match[2])))
    return frozenset(found)
