"""`krm-secrets render`: what mappings make is written into the tree, for builds that run no function."""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from krm_secrets._startup.stdio import write
from krm_secrets.cli.configurations import of_other_names, of_render
from krm_secrets.cli.printing import reported
from krm_secrets.cli.progress import watched
from krm_secrets.errors import ERROR, Failure, Result, worst
from krm_secrets.excerpt import is_coloured
from krm_secrets.krm.atomic import Write, write_all
from krm_secrets.render.changes import CREATED, REMOVED, UPDATED, Change, diff
from krm_secrets.render.planning import explain_tree, make_plan, which_matter
from krm_secrets.render.settings import Settings
from krm_secrets.repository.oddities import told
from krm_secrets.repository.survey import Survey, survey
from krm_secrets.repository.worktree import Worktree, read_tree, root_of
from krm_secrets.shell import explain, suggest, tell

_Predicate = Callable[[str], bool]
_TO = {CREATED: "create", UPDATED: "update", REMOVED: "remove"}
_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
_HEAD, _PLAIN = "\x1b[1m", "\x1b[0m"


def render(paths: tuple[str, ...], config: str = "", check: bool = False, show: bool = False) -> int:
    """Bring the tree up to date, or show what would change; returns the exit code."""
    results: list[Result] = []
    output, code, written = "", 0, False
    try:
        changes, unchanged, folders = _planned(paths, config, results)
        if worst(results) == ERROR:
            changes = []
        elif check or show:
            output = "".join(_coloured(diff(change)) for change in changes)
            if check and changes:
                results.append(Result(ERROR, _stale(changes, paths), rule="render-stale"))
            elif not changes:
                output = _done(changes, unchanged)
        else:
            writes = [Write(each.path, each.name, each.new, each.old, each.mode, each.step) for each in changes]
            write_all(writes, folders, partial(watched, what="writing"))
            written = bool(writes)
            output = _done(changes, unchanged)
    except Exception as error:
        results += explain(error)
    tell(results)
    if worst(results) == ERROR:
        code = 1
    code = write(output.encode("utf-8", "replace")) or code
    if written and not code:
        where = shlex.join(paths)
        suggest("git diff  # what was written", f"krm-secrets render --check {where}  # in CI")
    return code


def _planned(paths: Sequence[str], config: str, results: list[Result]) -> tuple[list[Change], int, list[str]]:
    """All changes in the work trees of the paths, how many generated files stay, and the folders that are selected."""
    settings = Settings(config, results.append, watched)
    changes: list[Change] = []
    folders: list[str] = []
    unchanged = 0
    for seen, selected in surveyed(paths, results, settings, partial(which_matter, settings)):
        plan = make_plan(seen, settings, selected)
        results += plan.contests
        changes += plan.changes
        unchanged += plan.unchanged
        folders += (folder for folder in sorted(seen.tree.folders) if selected(os.path.join(folder, ".")))
    results += of_render(settings.found(), paths)
    return changes, unchanged, folders


def explain_who(paths: tuple[str, ...], config: str = "", as_json: bool = False) -> int:
    """Print who uses which Secret in the tree, and what restarts whom; returns the exit code."""
    from krm_secrets.cli import restarts_report
    from krm_secrets.cli.run import is_applied

    def work(results: list[Result]) -> str:
        settings = Settings(config, results.append)
        found = [
            row
            for seen, selected in surveyed(paths, results, settings, lambda *_: bool)
            for row in explain_tree(seen, settings, selected, is_applied)
        ]
        results += of_render(settings.found(), paths)
        return restarts_report.as_json(found) if as_json else restarts_report.as_table(found)

    return reported(work)


def surveyed(
    paths: Sequence[str],
    results: list[Result],
    settings: Settings,
    wanted: Callable[[Worktree, _Predicate], _Predicate],
) -> Iterator[tuple[Survey, Callable[[str], bool]]]:
    """Each work tree around the paths, with what of it the paths select.

    `wanted` is given the tree and the selection, and tells of texts whether they are to be parsed.
    """
    roots: dict[str, tuple[list[str], list[str]]] = {}
    for path in paths:
        try:
            root, real = root_of(path), os.path.realpath(path)
        except Failure as error:
            results += error.results
            continue
        trees, folders = roots.setdefault(root, ([], []))
        if os.path.isdir(real):
            trees.append(real)
        else:
            folders.append(os.path.dirname(real))
    for root, (trees, folders) in roots.items():
        named = (*trees, *folders)
        tree = read_tree(root, lambda names: watched(names, "reading the repository"), named, settings.leaves_out)
        results += (result for error in tree.closed((*trees, *folders)) for result in error.results)
        selected = _selection(tuple(trees), tuple(folders))
        seen = survey(tree, wanted(tree, selected), lambda files: watched(files, "looking at its files"))
        results += [*told(seen.odd(selected)), *of_other_names(seen, selected, settings.named)]
        yield seen, selected


def _selection(trees: tuple[str, ...], folders: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a real path lies below a tree, or right in one of the folders, of which only their own files count."""
    tops = tuple(each.rstrip(os.sep) + os.sep for each in trees)
    return lambda path: path.startswith(tops) or path in trees or os.path.dirname(path) in folders


def _done(changes: Iterable[Change], unchanged: int) -> str:
    rows = [f"{change.kind} {change.name}\n" for change in changes]
    counts = Counter(change.kind for change in changes)
    if not rows:
        files = f"{unchanged} generated file{'' if unchanged == 1 else 's'}"
        return f"all is up to date: {files}\n" if unchanged else "nothing to render: no mappings here\n"
    told = [f"{counts[kind]} {kind}" for kind in (CREATED, UPDATED, REMOVED)]
    return "".join(rows) + f"{', '.join(told)}, {unchanged} unchanged\n"


def _stale(changes: Sequence[Change], paths: Sequence[str]) -> str:
    counts = Counter(change.kind for change in changes)
    told = ", ".join(f"{counts[kind]} to {_TO[kind]}" for kind in (CREATED, UPDATED, REMOVED) if counts[kind])
    files = f"{len(changes)} file is" if len(changes) == 1 else f"{len(changes)} files are"
    return f"{files} not up to date ({told}); run `krm-secrets render {' '.join(paths)}` and commit what it changes"


def _coloured(text: str) -> str:
    if not is_coloured(sys.stdout):
        return text
    rows = []
    for row in text.splitlines(keepends=True):
        colour = _HEAD if row.startswith(("--- ", "+++ ")) else _COLOURS.get(row[0], "")
        rows.append(f"{colour}{row[:-1]}{_PLAIN}\n" if colour else row)
    return "".join(rows)
