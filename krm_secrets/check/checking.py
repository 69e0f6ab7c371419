"""The rules asked one by one, and what they find made into findings: each once, in the order of files and lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from krm_secrets._startup.hashes import sha256
from krm_secrets._startup.records import NamedTuple
from krm_secrets.check.finding import LOW, Finding, Hit, Place
from krm_secrets.check.root_paths import from_root
from krm_secrets.check.rule import Rule
from krm_secrets.check.rules import RULES
from krm_secrets.check.suppression import Suppressed
from krm_secrets.errors import ERROR, SEVERITIES, WARNING, field
from krm_secrets.krm.folders import is_shown
from krm_secrets.settings.checks import OFF

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject
    from krm_secrets.errors import Severity

_LENGTH = 16


class Checked(NamedTuple):
    """What was found, and what somebody has decided upon."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]


def anywhere(_: Place) -> bool:
    """For who looks at all of it."""
    return True


def checked(
    subject: Subject,
    wanted: Collection[Rule] = RULES.values(),
    within: Callable[[Place], bool] = anywhere,
    watch: Callable[[Sequence[Rule]], Iterable[Rule]] = iter,
) -> Checked:
    """What the rules find `within` some places, by files, lines and rules; `watch` is shown those that are asked."""
    asked = [rule for rule in wanted if not rule.last]
    told = _told(subject, watch(asked), within, wanted)
    told += _told(subject, [rule for rule in RULES.values() if rule.lends and rule not in asked], within, wanted)
    left, suppressed = subject.suppressions.parted(told)
    unasked = RULES.keys() - {rule.id for rule in wanted}
    usual = {rule.id for rule in RULES.values() if rule.pedantic or rule.last}
    subject.unused_suppressions = tuple(subject.suppressions.unmet(unasked, unasked - usual))
    last, more = subject.suppressions.parted(_told(subject, [rule for rule in wanted if rule.last], within, wanted))
    return Checked(tuple(sorted((*left, *last), key=_order)), (*suppressed, *more))


def _told(
    subject: Subject, rules: Iterable[Rule], within: Callable[[Place], bool], asked: Collection[Rule]
) -> list[Finding]:
    found: dict[tuple[object, ...], Finding] = {}
    for rule in rules:
        for hit in rule.look(subject):
            named = RULES.get(hit.rule, rule)
            if within(hit.place) and ((named is rule and not rule.lends) or named in asked):
                # Several worlds see one object, and say the same of it.
                found.setdefault((named.id, hit.place, hit.message), _finding(named, hit, subject.root))
    return _apart(sorted((wished for each in found.values() if (wished := _as_wished(subject, each))), key=_order))


def _order(finding: Finding) -> tuple[object, ...]:
    place = finding.location
    return place.file, place.line, place.column, SEVERITIES.index(finding.severity), finding.rule, finding.message


def _finding(rule: Rule, hit: Hit, root: str) -> Finding:
    return Finding(
        rule.id,
        _severity(rule, hit),
        _confidence(rule, hit),
        hit.message,
        hit.object,
        hit.place,
        hit.related,
        hit.hint,
        hit.fix,
        _fingerprint(rule, hit, root),
        rule.url,
    )


_ARCHIVE = re.compile(
    r"(?:^|/)[._]*(?:archived?|archives|attic|deprecated|disabled|graveyard|old|unused)/"
    r"|\.(?:bak|disabled|old|orig)$",
    re.I,
)


def _confidence(rule: Rule, hit: Hit) -> str:
    """How certain it is; of what was put away or is only shown nobody needs to hear, unless it may be read there."""
    idle = not rule.security and (_ARCHIVE.search(hit.place.file) or is_shown(hit.place.file))
    return LOW if idle else hit.confidence or rule.confidence


def _severity(rule: Rule, hit: Hit) -> Severity:
    """How bad it is; a value in plaintext among examples and tests mostly opens nothing."""
    severity = hit.severity or rule.severity
    return WARNING if rule.security and severity == ERROR and is_shown(hit.place.file) else severity


def _as_wished(subject: Subject, finding: Finding) -> Finding | None:
    """The finding as severe as its configuration wants it; None where that wants none."""
    check = subject.config_at(finding.location.file).check
    severity = check.severity.get(finding.rule, finding.severity) if check is not None else finding.severity
    return None if severity == OFF else finding._replace(severity=severity)


def _fingerprint(rule: Rule, hit: Hit, root: str) -> str:
    """What stays the same when lines move, and wherever the run is started; no value is in it."""
    ref = hit.object
    file = from_root(hit.place.file, root) if hit.place.file and root else hit.place.file
    parts = (rule.id, file, *((ref.kind, ref.namespace, ref.name) if ref else ()), field(hit.place.path))
    return _hash("\0".join((*parts, hit.other)))


def _hash(text: str) -> str:
    return sha256(text.encode(errors="surrogateescape")).hexdigest()[:_LENGTH]


def _apart(findings: Iterable[Finding]) -> list[Finding]:
    """The findings with fingerprints of their own, where one place has several of one rule."""
    count: dict[str, int] = {}
    told = []
    for finding in findings:
        number = count[finding.fingerprint] = count.get(finding.fingerprint, 0) + 1
        more = finding if number == 1 else finding._replace(fingerprint=_hash(f"{finding.fingerprint}{number}"))
        told.append(more)
    return told
