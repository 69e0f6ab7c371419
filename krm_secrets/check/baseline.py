"""A file of findings that are known: they are not shown, and those that are gone are told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from krm_secrets.check.finding import Finding, Place
from krm_secrets.check.suppression import BASELINE, Suppression
from krm_secrets.errors import Location, failure

VERSION = 1
_REASON = "is in the baseline"


def read(text: str, name: str) -> Iterator[Suppression]:
    """The findings of a baseline, each as a decision; Failure for what is none."""
    try:
        data = json.loads(text)
        entries = [(str(each["fingerprint"]), str(each["rule"])) for each in data["findings"]]
        known = data["version"] == VERSION
    except (ValueError, KeyError, TypeError):
        raise failure("is no baseline: write one with --write-baseline", Location(file=name)) from None
    if not known:
        raise failure("is a baseline of another version: write a new one with --write-baseline", Location(file=name))
    for fingerprint, rule in entries:

        def covers(finding: Finding, fingerprint: str = fingerprint) -> bool:
            return finding.fingerprint == fingerprint

        yield Suppression(BASELINE, Place(name), (rule,), _REASON, covers)


def text_of(findings: Iterable[Finding]) -> str:
    """The baseline of some findings, in an order that changes little when findings do."""
    entries = sorted({(each.rule, each.location.file, str(each.object or ""), each.fingerprint) for each in findings})
    shown = [
        {"rule": rule, "file": file, "object": object, "fingerprint": fingerprint}
        for rule, file, object, fingerprint in entries
    ]
    return json.dumps({"version": VERSION, "findings": shown}, indent=2) + "\n"
