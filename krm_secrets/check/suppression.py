"""Findings that somebody has decided upon: by a comment, in the configuration, by an annotation.

What suppresses nothing hides the next mistake at its place, so that it is told. Only rules that were asked count for
that.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from krm_secrets._startup.records import NamedTuple
from krm_secrets.check.finding import Finding, Place
from krm_secrets.check.places import in_text, of_field, span
from krm_secrets.errors import ResourceRef
from krm_secrets.yamltext.nodes import Document

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.krm.resource import Resource, Source
    from krm_secrets.settings.checks import Ignored

COMMENT, CONFIGURATION, ANNOTATION, BASELINE = "comment", "configuration", "annotation", "baseline"
KEY = "krm-secrets.dev/ignore"
_SIGN = "krm-secrets: ignore["
_COMMENT = re.compile(r"#\s*krm-secrets: ignore\[([^\]\n]*)\][ \t]*([^\n]*)")
_ANNOTATION = re.compile(r"([a-z0-9, -]+):[ \t]*(.*)")


class Suppressed(NamedTuple):
    """A finding that is not shown, by what, and why."""

    finding: Finding
    kind: str
    reason: str

    @property
    def sarif_kind(self) -> str:
        """SARIF's word for it."""
        return "inSource" if self.kind in (COMMENT, ANNOTATION) else "external"


class Suppression(NamedTuple):
    """One decision: where it stands, of which rules (none means all), and which places or objects it covers."""

    kind: str
    place: Place
    rules: tuple[str, ...]
    reason: str
    covers: Callable[[Finding], bool]
    object: ResourceRef | None = None

    def meets(self, finding: Finding) -> bool:
        """Whether it is about a finding."""
        return (not self.rules or finding.rule in self.rules) and self.covers(finding)


class Suppressions:
    """All decisions of a run, and which of them met something."""

    __slots__ = ("_all", "_met")

    def __init__(self, found: Iterable[Suppression]) -> None:
        self._all = tuple(found)
        self._met: set[int] = set()

    def parted(self, findings: Iterable[Finding]) -> tuple[list[Finding], list[Suppressed]]:
        """The findings that nobody decided upon, and the others."""
        left, suppressed = [], []
        for finding in findings:
            meeting = [n for n, each in enumerate(self._all) if each.meets(finding)]
            self._met.update(meeting)
            if meeting:
                first = self._all[meeting[0]]
                suppressed.append(Suppressed(finding, first.kind, first.reason))
            else:
                left.append(finding)
        return left, suppressed

    def __iter__(self) -> Iterator[Suppression]:
        return iter(self._all)

    def unmet(self, unasked: Collection[str], missed: Collection[str]) -> Iterator[Suppression]:
        """Those that met nothing, though no rule that they name was left `unasked`; of those for all rules, none that
        would be `missed`."""
        for n, each in enumerate(self._all):
            about = set(each.rules).intersection(unasked) if each.rules else missed
            if n not in self._met and not about:
                yield each


def in_comments(source: Source) -> Iterator[Suppression]:
    """The comments of a text, each for its own line or for the object below it."""
    if not source.holds(_SIGN):
        return
    from krm_secrets.yamltext.comments import comments  # few files have any

    text = source.text
    ends = [document.start for document in source.documents[1:]] + [len(text)]
    begin = 0
    for document, end in zip(source.documents, ends, strict=True):
        for comment in comments(text, document, begin, end):
            match = _COMMENT.match(comment.text)
            if match is not None:
                yield _in_comment(source, document, comment.start, match)
        begin = end


def _in_comment(source: Source, document: Document, start: int, match: re.Match[str]) -> Suppression:
    place = in_text(source, start, start + match.end())
    first, file = source.line_of(document.root.start), source.file
    above = place.line < first
    number = source.position_of(document)

    def covers(finding: Finding) -> bool:
        location = finding.location
        if location.file != file:
            return False
        if above or location.line == place.line:
            return not above or location.document == number
        start, _ = span(document.root, location.path, key=True)  # of a text with several lines, the line of its key
        return location.document == number and source.line_of(start) == place.line

    rules = tuple(filter(None, (each.strip() for each in match[1].split(","))))
    return Suppression(COMMENT, place, rules or ("",), match[2].strip(), covers)


def in_annotations(item: Resource) -> Iterator[Suppression]:
    """The decisions that an object carries itself, a line each: `rule,rule: reason`."""
    if not item.slot.source.holds(KEY):
        return
    ref, place = item.ref, of_field(item, ("metadata", "annotations", KEY))

    def covers(finding: Finding) -> bool:
        return finding.object == ref and finding.location.file == place.file

    for line in filter(None, map(str.strip, item.annotation(KEY).splitlines())):
        match = _ANNOTATION.fullmatch(line)
        names, reason = (match[1], match[2]) if match is not None else (line, "")
        rules = tuple(filter(None, (each.strip() for each in names.split(","))))
        yield Suppression(ANNOTATION, place, rules, reason.strip(), covers, ref)


def in_configuration(
    entries: Sequence[Ignored], place: Callable[[int], Place], matches: Callable[[int, str], bool]
) -> Iterator[Suppression]:
    """The entries of `check.ignore`; `place` says where one stands, `matches` whether it is for a file."""
    for number, entry in enumerate(entries):

        def covers(finding: Finding, number: int = number, entry: Ignored = entry) -> bool:
            says_nothing = not (entry.rules or entry.paths or entry.objects)  # a mistake, which hides no other
            if says_nothing or not matches(number, finding.location.file):
                return False
            return not entry.objects or _is_one_of(finding.object, entry.objects)

        yield Suppression(CONFIGURATION, place(number), entry.rules, entry.reason, covers)


def _is_one_of(ref: ResourceRef | None, patterns: Iterable[str]) -> bool:
    if ref is None:
        return False
    name = f"{ref.kind}/{ref.namespace}/{ref.name}"
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
