"""The report of `krm-secrets sops inspect`, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from krm_secrets.check.sops_problems import SopsProblem
from krm_secrets.check.sops_rulebook import Config
from krm_secrets.cli.folding import Folded
from krm_secrets.cli.printing import grid, json_text, printed
from krm_secrets.errors import ERROR, INFO, SEVERITIES, WARNING, WORDS, Location, Result, clean, field, worst_first
from krm_secrets.sops.recipients import Recipient

TYPE_CHECKING = False


if TYPE_CHECKING:
    from krm_secrets.check.sops_entries import Entry
    from krm_secrets.cli.sops_inspect import Report

VERSION = 1
"""Of the JSON shape; it grows by fields, and changes its number when a field goes or means something else."""

_STYLES = {ERROR: "bold red", WARNING: "yellow", INFO: "dim"}
_OPENS = {True: Text("yes", style="green"), False: Text("no", style="yellow"), None: Text("?", style="dim")}
_COLUMNS = ("FILE", "RECIPIENTS", "RULE", "SOPS", "CHANGED", "OPENS", "FINDINGS")
_LEAST = ("SOPS", "CHANGED")
_NARROW = 96  # columns; below, the path gets the room of what is least needed


def as_json(report: Report) -> str:
    """The report as the JSON that `docs/reference/sops.md` describes."""
    data = {
        "version": VERSION,
        "files": [_entry(entry) for entry in report.entries],
        "configs": [_config(config) for config in report.configs],
    }
    return json_text(data)


def _entry(entry: Entry) -> dict[str, object]:
    metadata, rule = entry.metadata, entry.rule
    return {
        "file": entry.file,
        "documents": list(entry.documents),
        "format": entry.format,
        "keyGroups": [[{"kind": key.kind, "name": key.name} for key in group] for group in entry.groups],
        "threshold": metadata.threshold if metadata is not None else None,
        "selector": dict([entry.selector]) if entry.selector is not None else None,
        "macOnlyEncrypted": metadata.mac_only_encrypted if metadata is not None else None,
        "sopsVersion": _version(entry),
        "lastModified": metadata.lastmodified if metadata is not None else None,
        "opens": entry.opens,
        "rule": None
        if entry.config is None or rule is None
        else {"config": entry.config.shown, "index": rule.number, "line": rule.line, "pathRegex": rule.path_regex},
        "findings": [_problem(problem) for problem in entry.problems],
    }


def _problem(problem: SopsProblem) -> dict[str, object]:
    return {
        "severity": problem.severity,
        "code": problem.code,
        "rule": problem.rule or None,
        "message": problem.message,
        "field": field(problem.path),
        "document": problem.document,
    }


def _config(config: Config) -> dict[str, object]:
    rules = config.rules.rules if config.rules is not None else None
    findings = [
        {
            "severity": r.severity,
            "rule": r.rule,
            "message": r.message,
            "field": field(r.location.path),
            "line": r.location.line or None,
        }
        for r in config.results
    ]
    return {"file": config.shown, "rules": len(rules or ()), "findings": findings}


def _version(entry: Entry) -> str:
    version = entry.block.get("version")
    return clean(version[:20]) if isinstance(version, str) else ""


def as_table(report: Report) -> str:
    """The report as text."""

    def draw(console: Console) -> None:
        if report.entries:
            console.print(_table(report, narrow=console.width < _NARROW), "", _recipients(report))
        for line in _lines(report):
            console.print(line, soft_wrap=True)

    return printed(draw)


def _table(report: Report, narrow: bool) -> Table:
    table = grid()
    columns = [name for name in _COLUMNS if not (narrow and name in _LEAST)]
    for name in columns:
        table.add_column(name, no_wrap=name not in ("FILE", "RULE"), overflow="fold")
    for entry in report.entries:
        row = _row(entry)
        table.add_row(*(row[name] for name in columns))
    return table


def _row(entry: Entry) -> dict[str, RenderableType]:
    rule = f"{entry.config.shown}:{entry.rule.line}" if entry.config is not None and entry.rule is not None else "-"
    return {
        "FILE": Folded(clean(_file(entry))),
        "RECIPIENTS": _groups(entry),
        "RULE": Folded(clean(rule)),
        "SOPS": _version(entry) or "-",
        "CHANGED": entry.metadata.lastmodified[:10] if entry.metadata is not None else "-",
        "OPENS": _OPENS[entry.opens],
        "FINDINGS": _names(entry),
    }


def _file(entry: Entry) -> str:
    """The file, and which of its documents where not all of them are meant."""
    if len(entry.documents) in (0, entry.of):
        return entry.file
    numbers = ", ".join(str(number + 1) for number in entry.documents)
    return f"{entry.file} (document {numbers})"


def _place(entry: Entry, problem: SopsProblem) -> str:
    return entry.file if problem.document is None else _file(entry._replace(documents=(problem.document,)))


def _groups(entry: Entry) -> str:
    if len(entry.groups) < 2 or entry.metadata is None:
        return "\n".join(key.short for group in entry.groups for key in group) or "-"
    lines = [f"{entry.metadata.threshold} of {len(entry.groups)} groups:"]
    for number, group in enumerate(entry.groups, 1):
        lines += (f"{number} {key.short}" for key in group)
    return "\n".join(lines)


def _names(entry: Entry) -> Text:
    worst: dict[str, str] = {}
    for problem in worst_first(entry.problems):
        worst.setdefault(problem.rule or problem.code, problem.severity)
    if not worst:
        return Text("-", style="dim")
    return Text("\n").join(Text(name, style=_STYLES[severity]) for name, severity in worst.items())


def _recipients(report: Report) -> Table:
    """Every recipient once, in full unless nobody could read it."""
    files: Counter[Recipient] = Counter()
    for entry in report.entries:
        files.update({key for group in entry.groups for key in group})
    table = grid()
    table.add_column("FILES", justify="right")
    table.add_column("YOURS")
    table.add_column("RECIPIENT", overflow="fold")
    for key, count in sorted(files.items()):
        yours = report.is_mine(key)
        table.add_row(str(count), Text("yes", style="green") if yours else Text("-", style="dim"), Text(key.readable))
    return table


def _lines(report: Report) -> Iterator[Text]:
    told = [result for config in report.configs for result in config.results]
    for entry in report.entries:
        for problem in entry.problems:
            if problem.code != "not-opened" or problem.severity != INFO:  # the column says it
                location = Location(path=problem.path, file=_place(entry, problem))
                told.append(Result(problem.severity, problem.message, location, problem.rule))
    if told:
        yield Text("")
    for result in worst_first(told):
        yield Text.assemble((f"{WORDS[result.severity]}:", _STYLES[result.severity]), f" {result}")
    yield Text("")
    yield Text(_summary(report))


def _summary(report: Report) -> str:
    files = len({entry.file for entry in report.entries})
    if not files:
        return "no file that sops encrypted"
    counts = Counter(report.severities())
    parts = [f"{counts[s]} {WORDS[s]}{'s' if counts[s] > 1 else ''}" for s in SEVERITIES if counts[s]]
    unknown = any(entry.opens is None and entry.metadata is not None for entry in report.entries)
    opened = "; no age identity at hand, so none was opened" if unknown else ""
    return f"{files} file{'s' if files > 1 else ''}; {', '.join(parts) or 'nothing found'}{opened}"
