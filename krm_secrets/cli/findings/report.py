"""What a run of `check` has to say, before anybody writes it in a format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import WORDS, Result

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.finding import Finding
    from krm_secrets.check.suppression import Suppressed


class Report(NamedTuple):
    """The findings that are shown, in the order of files and lines, and what is told beside them.

    `hidden` counts those that only --pedantic or another --min-severity shows. `unread` is what could not be read.
    `texts` are the files of findings by their names, `root` is the folder from which code hosts see them.
    """

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    hidden: int = 0
    unread: tuple[Result, ...] = ()
    root: str = ""
    texts: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return "<Report>"

    def count(self, severity: str) -> int:
        """How many findings of a severity are shown."""
        return sum(finding.severity == severity for finding in self.findings)


def plural(number: int, word: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def summary(report: Report) -> str:
    """One line: how many of what."""
    if not report.findings:
        head = "nothing found"
    else:
        counts = [plural(report.count(each), word) for each, word in WORDS.items() if report.count(each)]
        head = f"{plural(len(report.findings), 'finding')}: {', '.join(counts)}"
    safe = sum(finding.fix is not None for finding in report.findings)
    more = [
        f"{safe} can be fixed" if safe else "",
        f"{report.hidden} not shown (--pedantic)" if report.hidden else "",
        f"{len(report.suppressed)} suppressed" if report.suppressed else "",
        f"{plural(len(files(report.unread)), 'file')} could not be read" if report.unread else "",
    ]
    return "; ".join((head, *filter(None, more)))


def files(results: Iterable[Result]) -> list[str]:
    """The files of results, each once."""
    return list(dict.fromkeys(result.location.file for result in results))
