"""The rules asked one by one, and what they find made into findings: each once, in the order of files and lines."""

from __future__ import annotations

import hashlib

from krm_secrets.check.finding import Finding, Hit
from krm_secrets.check.rules import RULES
from krm_secrets.errors import SEVERITIES, field

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krm_secrets.check.rule import Rule
    from krm_secrets.check.subject import Subject

_LENGTH = 16


def findings(subject: Subject, wanted: Iterable[Rule] = RULES.values()) -> list[Finding]:
    """What the rules find, each once, by files, lines and rules."""
    found: dict[tuple[object, ...], Finding] = {}
    for rule in wanted:
        for hit in rule.look(subject):
            # Several worlds see one object, and say the same of it.
            found.setdefault((rule.id, hit.place, hit.message), _finding(rule, hit))
    return sorted(found.values(), key=_order)


def _order(finding: Finding) -> tuple[object, ...]:
    place = finding.location
    return place.file, place.line, place.column, SEVERITIES.index(finding.severity), finding.rule, finding.message


def _finding(rule: Rule, hit: Hit) -> Finding:
    return Finding(
        rule.id,
        hit.severity or rule.severity,
        hit.confidence or rule.confidence,
        hit.message,
        hit.object,
        hit.place,
        hit.related,
        hit.hint,
        hit.fix,
        _fingerprint(rule, hit),
        rule.url,
    )


def _fingerprint(rule: Rule, hit: Hit) -> str:
    """What stays the same when lines move; no value is in it."""
    ref = hit.object
    parts = (rule.id, hit.place.file, *((ref.kind, ref.namespace, ref.name) if ref else ()), field(hit.place.path))
    text = "\0".join((*parts, hit.other))
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:_LENGTH]
