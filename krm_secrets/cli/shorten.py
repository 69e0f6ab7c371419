"""`krm-secrets shorten`: ExternalSecrets to SecretMappings, printed or moved over in their repository."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from krm_secrets._startup.records import NamedTuple
from krm_secrets._startup.stdio import write as put
from krm_secrets.cli.configurations import of_other_names
from krm_secrets.cli.printing import told_writes
from krm_secrets.cli.progress import watched
from krm_secrets.errors import ERROR, INFO, Result, clean, failure, worst
from krm_secrets.externalsecrets.target import KIND as EXTERNAL_SECRET
from krm_secrets.krm.atomic import write_all
from krm_secrets.krm.files import SUFFIXES
from krm_secrets.krm.folders import nearest
from krm_secrets.krm.kustomization import NAMES
from krm_secrets.krm.reading import read
from krm_secrets.migrate.learning import Learnt, learn
from krm_secrets.migrate.mappings import Mapped, Short, lines_after, lines_before, offered, shortened
from krm_secrets.migrate.migration import migrate
from krm_secrets.migrate.original import Original, Search, search, stays
from krm_secrets.migrate.targets import unchanged
from krm_secrets.migrate.texts import config_text
from krm_secrets.render.planning import matters
from krm_secrets.render.settings import Settings
from krm_secrets.repository.oddities import BROKEN, told
from krm_secrets.repository.survey import Survey, survey
from krm_secrets.repository.touched import Touched
from krm_secrets.repository.worktree import read_tree, root_of
from krm_secrets.settings.config import Config
from krm_secrets.shell import accepted, explain, standard_input, suggest, tell

WORD = "external-secrets.io"


class _Answer(NamedTuple):
    """What goes to stdout, and the counts."""

    text: str
    mapped: Sequence[Mapped]
    total: int


def shorten(paths: tuple[str, ...], config: str = "", write: bool = False, proven: bool = False) -> int:
    """Print the mappings, or move the files over, `proven` by kustomize's builds; returns the exit code."""
    results: list[Result] = []
    output = ""
    try:
        if "-" in paths and (write or len(paths) > 1):
            raise failure("- is standard input, which goes with no other path and cannot be written to")
        if proven and not write:
            raise failure("--prove compares what --write would change: give both")
        answer = _from_stdin(config, results) if paths == ("-",) else _from_tree(paths, config, write, results, proven)
        if worst(results) != ERROR:
            output = answer.text
            results.append(Result(INFO, _counts(answer)))
    except Exception as error:
        results += explain(error)
    tell(results)
    if worst(results) == ERROR:
        return 1
    code = put(output.encode())
    if write and output:
        where = shlex.join(paths)
        suggest("git diff  # what was moved", f"krm-secrets render --check {where}  # in CI")
    return code


def _from_stdin(named: str, results: list[Result]) -> _Answer:
    found = search(read(accepted(standard_input()).text).items)
    here = os.path.realpath(".")
    learnt = None if _config_above(named, here) else learn([each.reading for each in found.originals], here)
    config = Settings(named, results.append, planned=learnt.planned if learnt else {}).of(here)
    mapped = _offered(_shortened(found, lambda _: config, results), results)
    return _Answer(_printed(mapped, learnt), mapped, _total(found))


def _from_tree(paths: Sequence[str], named: str, write: bool, results: list[Result], proven: bool = False) -> _Answer:
    root = _root(paths)
    left_out = Settings(named, lambda _: None).leaves_out  # mistakes in a configuration are told where it counts
    tree = read_tree(root, lambda names: watched(names, "reading the repository"), (), left_out)
    seen = survey(tree, matters, lambda files: watched(files, "looking at its files"))
    selected = _below(paths)
    results += [*told(seen.odd(selected)), *of_other_names(seen, selected, named)]
    _unreadable(seen, selected, results)
    results += (result for error in tree.closed(map(os.path.realpath, paths)) for result in error.results)
    if write:
        _unlisted(seen, selected, results)
    files = {path: one for path, one in seen.parsed.items() if selected(path) and EXTERNAL_SECRET in one.source.text}
    touched = Touched(seen)
    found = search(item for path, one in files.items() if path not in touched.patches for item in one.items)
    paths_of = {id(one.source): path for path, one in files.items()}
    found = unchanged(found, touched, lambda original: paths_of[id(original.item.slot.source)])
    folder = _folder(paths, root)
    learnt = None
    if found.originals and not _config_above(named, folder):
        learnt = learn([each.reading for each in found.originals], folder)
    settings = Settings(named, results.append, planned=learnt.planned if learnt else {})

    def config_of(original: Original) -> Config:
        return settings.of(os.path.dirname(paths_of[id(original.item.slot.source)]))

    shorts = _shortened(found, config_of, results)
    if not write:
        mapped = _offered(shorts, results)
        return _Answer(_printed(mapped, learnt), mapped, _total(found))
    if not os.path.lexists(os.path.join(root, ".git")):
        raise failure(f"{clean(root)} is in no Git work tree, so nobody could take this back: commit it to one first")
    migration = migrate(shorts, seen, named, learnt, _below(map(_with_folder, paths)), watched)
    results += [result for result in migration.results if result not in results]
    if worst(results) == ERROR:
        return _Answer("", (), 0)
    if proven:
        from krm_secrets.cli.proof import prove

        results.append(prove(seen, migration.writes, migration.wired))
    write_all(
        migration.writes,
        [folder for folder in sorted(seen.tree.folders) if selected(folder)],
        partial(watched, what="writing"),
    )
    return _Answer(told_writes(migration.writes), migration.mapped, _total(found))


def _shortened(found: Search, config_of: Callable[[Original], Config], results: list[Result]) -> list[Short]:
    shorts, refused = shortened(watched(found.originals, "shortening"), config_of)
    results += [*found.refused, *refused]
    losing = [short for short in shorts if short.part.notes.lost]
    if losing:
        results.append(_lost(losing))
    return shorts


def _offered(shorts: Sequence[Short], results: list[Result]) -> list[Mapped]:
    mapped, staying = offered(shorts)
    results += [stays(short.original.item, reason) for short, reason in staying]
    return mapped


def _lost(losing: Sequence[Short]) -> Result:
    """That comments about fetches go, with the place of the first."""
    lines, more = sum(len(short.part.notes.lost) for short in losing), len(losing) - 1
    item = losing[0].original.item
    location = item.location()._replace(line=item.slot.source.line_of(losing[0].part.notes.lost[0].start))
    where = "here" if not more else "here and in one more" if more == 1 else f"here and in {more} more ExternalSecrets"
    what = "a line" if lines == 1 else f"{lines} lines"
    return Result(INFO, f"{what} of fetches that are commented out {where} have no place in a mapping", location)


def _printed(mapped: Sequence[Mapped], learnt: Learnt | None) -> str:
    texts = [config_text(learnt)] if learnt and mapped else []
    return "---\n".join([*texts, *(each.text() for each in mapped)])


def _counts(answer: _Answer) -> str:
    if not answer.total:
        return "there are no ExternalSecrets to shorten"
    short = [short for each in answer.mapped for short in each.shorts]
    with_spec = sum(each.part.has_spec for each in short)
    kind = EXTERNAL_SECRET if answer.total == 1 else "ExternalSecrets"
    if not short:
        return f"0 of {answer.total} {kind} shortened"
    text = f"{len(short)} of {answer.total} {kind} shortened, {with_spec or 'none'} with spec"
    return f"{text}; {lines_before(answer.mapped)} lines → {lines_after(answer.mapped)}"


def _total(found: Search) -> int:
    return len(found.originals) + len(found.refused)


def _root(paths: Sequence[str]) -> str:
    """The one work tree of all paths."""
    roots = set(map(root_of, paths))
    if len(roots) > 1:
        raise failure("the paths are in several repositories: run the command for each of them")
    return roots.pop()


def _folder(paths: Sequence[str], root: str) -> str:
    """Where a configuration that was learnt goes: into the folder that was given, or for files to the root."""
    folders = {os.path.realpath(path) for path in paths}
    return os.path.commonpath(folders) if all(map(os.path.isdir, folders)) else root


def _below(paths: Iterable[str]) -> Callable[[str], bool]:
    """Whether a real path is one of these, or lies below one."""
    known = tuple(map(os.path.realpath, paths))
    tops = tuple(each.rstrip(os.sep) + os.sep for each in known)
    return lambda path: path in known or path.startswith(tops)


def _with_folder(path: str) -> str:
    """What render is to look at for a path: mappings of a file make what is beside it."""
    return path if os.path.isdir(path) else os.path.dirname(path) or "."


def _config_above(named: str, folder: str) -> str:
    return named or nearest("krm-secrets.yaml", os.path.realpath(folder))


def _unlisted(seen: Survey, selected: Callable[[str], bool], results: list[Result]) -> None:
    """What lists files elsewhere and cannot be read stops a run that writes: it might list what is moved."""
    for path, error in (seen.tree.unread | seen.unread).items():
        name = os.path.basename(path)
        if not selected(path) and (name in NAMES or not name.endswith(SUFFIXES)):
            results += error.results


def _unreadable(seen: Survey, selected: Callable[[str], bool], results: list[Result]) -> None:
    """A file that may hold an ExternalSecret and cannot be read stops the run: it might share a name with another."""
    for path, error in seen.tree.unread.items():
        if selected(path):
            results += error.results
    for path, error in seen.unread.items():
        odd = seen.tree.odd.get(path)
        if selected(path) and (odd is None or (odd.kind == BROKEN and WORD in seen.tree.files[path].text)):
            results += error.results
