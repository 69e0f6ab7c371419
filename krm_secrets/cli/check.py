"""`krm-secrets check`: mistakes in the way of every Secret, found before the commit."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence

from krm_secrets._startup.records import NamedTuple
from krm_secrets._startup.stdio import write
from krm_secrets.check import baseline
from krm_secrets.check.checking import checked
from krm_secrets.check.choosing import Choice
from krm_secrets.check.finding import Finding
from krm_secrets.check.rule import Rule
from krm_secrets.check.suppression import BASELINE, Suppressed
from krm_secrets.cli.check_fixes import MOST, SAFE, Fixable, changes, is_encrypted, show, store
from krm_secrets.cli.check_subjects import Look, stream_look, tree_looks
from krm_secrets.cli.findings.report import Report, summary
from krm_secrets.cli.findings.written import statistics, written
from krm_secrets.cli.printing import store as store_text
from krm_secrets.cli.progress import watched
from krm_secrets.errors import SEVERITIES, WARNING, Result
from krm_secrets.krm.files import read_text
from krm_secrets.repository.worktree import root_of
from krm_secrets.shell import explain, say, tell

CLEAN, FOUND, USAGE, UNREAD = range(4)
"""Exit codes: nothing, findings, a wrong command line, and that something could not be read."""


class Options(NamedTuple):
    """What the command line asks for. `outputs` are formats with files, "" for standard output."""

    choice: Choice = Choice()
    outputs: tuple[tuple[str, str], ...] = (("", ""),)
    fail_on: str = WARNING
    since: str = ""
    baseline: str = ""
    write_baseline: str = ""
    fix: str = ""
    diff: bool = False
    statistics: bool = False
    exit_zero: bool = False
    source: bool = True
    config: str = ""


def check(paths: tuple[str, ...], options: Options) -> int:
    """Report what is found in the paths, or in the stream where that is `-`; returns the exit code."""
    try:
        rules = options.choice.rules()
        report, files = _report(paths, options, rules)
        if options.diff:
            made = changes(report.findings, files, options.fix or SAFE)
            return show(made) or (FOUND if made and not options.exit_zero else CLEAN)
        for _ in range(MOST if options.fix else 0):
            made = changes(report.findings, files, options.fix)
            if not made:
                break
            store(made)
            report, files = _report(paths, options, rules)
        return _told(report, options)
    except Exception as error:
        tell(explain(error))
        return USAGE


def looks(paths: tuple[str, ...], config: str) -> Iterator[Look]:
    """What there is to look at: the stream, or each work tree around the paths."""
    if paths == ("-",):
        yield stream_look(config)
    else:
        yield from tree_looks(paths or (os.path.relpath(root_of(".")),), config)


def of_trees(paths: tuple[str, ...], config: str, rules: Collection[Rule], results: list[Result]) -> list[Finding]:
    """What the rules find in the work trees around the paths; `results` gets what could not be read."""
    found: list[Finding] = []
    for look in looks(paths, config):
        found += checked(look.subject, rules, look.selects).findings
        results += look.unread()
    return found


def _report(
    paths: tuple[str, ...], options: Options, rules: Sequence[Rule]
) -> tuple[Report, Callable[[str], Fixable | None]]:
    """What was found, and the files that fixes may change."""
    findings: list[Finding] = []
    suppressed: list[Suppressed] = []
    unread: list[Result] = []
    texts: dict[str, str] = {}
    files: dict[str, Fixable] = {}
    root = ""
    for look in looks(paths, options.config):
        if options.baseline:
            look.subject.decide(baseline.read(read_text(options.baseline), options.baseline))
        found = checked(look.subject, rules, look.selects, lambda asked: watched(asked, "asking the rules"))
        told: Sequence[Finding] = found.findings
        if options.since:
            from krm_secrets.cli.check_since import since

            told = since(options.since, look, told, rules, lambda folder: next(looks((folder,), options.config)))
        findings += told
        suppressed += found.suppressed
        root = root or look.root
        texts |= look.texts()
        files |= look.files()
        unread += look.unread()
    shown = tuple(filter(options.choice.shows, findings))
    if options.write_baseline:
        store_text(options.write_baseline, baseline.text_of((*shown, *_of_baseline(suppressed))))
    hidden = len(findings) - len(shown)
    report = Report(shown, tuple(suppressed), hidden, tuple(dict.fromkeys(unread)), root, texts)
    return report, lambda name: None if (file := files.get(name)) is None or is_encrypted(file.file) else file


def _of_baseline(suppressed: Sequence[Suppressed]) -> Iterator[Finding]:
    """What a baseline knew already stays in the one that is written."""
    return (each.finding for each in suppressed if each.kind == BASELINE)


def _told(report: Report, options: Options) -> int:
    """Write the report in all formats; returns the exit code."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    colour = terminal and not os.environ.get("NO_COLOR")
    code = CLEAN
    for form, file in options.outputs:
        form = form or ("full" if terminal and not file else "concise")
        text = written(form, report, colour and not file, options.source)
        if options.statistics and form in ("full", "concise"):
            text = statistics(report)
        if file:
            store_text(file, text)
        elif write(text.encode(errors="backslashreplace")):
            code = USAGE
        elif form == "concise":
            say(f"krm-secrets check: {summary(report)}")
    tell(report.unread)
    if code:
        return code
    if report.unread:
        return UNREAD
    worst = min((SEVERITIES.index(each.severity) for each in report.findings), default=len(SEVERITIES))
    sarif = any(form == "sarif" for form, _ in options.outputs)
    failed = worst <= SEVERITIES.index(options.fail_on)
    return FOUND if failed and not (options.exit_zero or sarif or options.write_baseline) else CLEAN
