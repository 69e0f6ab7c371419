"""The findings of a run of the function, as results for its host."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from krm_secrets.check.checking import checked
from krm_secrets.check.choosing import Choice
from krm_secrets.check.finding import Finding
from krm_secrets.check.stream import stream_subject
from krm_secrets.errors import ERROR, WARNING, Location, Result
from krm_secrets.krm.resource import Resource
from krm_secrets.stages.context import Context


def reporting(
    run: Callable[[Sequence[Resource], Context], list[Resource]],
    items: Sequence[Resource],
    context: Context,
    most: str,
) -> list[Resource]:
    """Run the stages, and report what is found in what they make; `most` is how severe that may be.

    What the stages say by themselves and rules find too is reported once, as severe as the finding.
    """
    told: list[Result] = []
    made = run(items, context._replace(report=told.append))
    subject = stream_subject(made, context._replace(report=told.append))
    choice = Choice()
    found = [_result(each, most) for each in checked(subject, choice.rules()).findings if choice.shows(each)]
    places = {(each.rule, each.location.resource, each.location.path) for each in found}
    for result in told:
        if (result.rule, result.location.resource, result.location.path) not in places:
            context.report(result)
    for result in (*found, *subject.unread):
        context.report(result)
    return made


def _result(finding: Finding, most: str) -> Result:
    place = finding.location
    severity = WARNING if finding.severity == ERROR and most == WARNING else finding.severity
    said = f"{finding.message}; {finding.hint}" if finding.hint else finding.message
    location = Location(finding.object, place.path, place.file, place.document, place.line)
    return Result(severity, said, location, finding.rule)
