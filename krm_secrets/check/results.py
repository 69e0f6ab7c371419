"""The findings of a run of the function, as results for its host."""

from __future__ import annotations

from krm_secrets.check.checking import checked
from krm_secrets.check.choosing import Choice
from krm_secrets.check.stream import stream_subject
from krm_secrets.errors import ERROR, WARNING, Location, Result

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence

    from krm_secrets.check.finding import Finding
    from krm_secrets.krm.resource import Resource
    from krm_secrets.stages.context import Context


def report(items: Sequence[Resource], context: Context, most: str) -> None:
    """Report what is found in what the run makes; `most` is how severe it may be: an error fails the run."""
    choice = Choice()
    subject = stream_subject(items, context)
    for finding in checked(subject, choice.rules()).findings:
        if choice.shows(finding):
            context.report(_result(finding, most))
    for result in subject.unread:
        context.report(result)


def _result(finding: Finding, most: str) -> Result:
    place = finding.location
    severity = WARNING if finding.severity == ERROR and most == WARNING else finding.severity
    said = f"{finding.message}; {finding.hint}" if finding.hint else finding.message
    location = Location(finding.object, place.path, place.file, place.document, place.line)
    return Result(severity, said, location, finding.rule)
