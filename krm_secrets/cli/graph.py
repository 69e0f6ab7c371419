"""`krm-secrets graph`: the way of every secret, drawn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version

from krm_secrets.check.checking import checked
from krm_secrets.check.choosing import Choice
from krm_secrets.check.finding import Finding
from krm_secrets.check.rule import Rule
from krm_secrets.check.subject import Subject
from krm_secrets.cli.check_subjects import stream_look
from krm_secrets.cli.printing import json_text, printed, reported, store
from krm_secrets.cli.render import surveyed
from krm_secrets.cli.run import is_applied
from krm_secrets.errors import ERROR, Result, clean, failure, worst
from krm_secrets.graph import text_tree
from krm_secrets.graph.asking import ALL, Question, ask
from krm_secrets.graph.building import Scene, build
from krm_secrets.graph.difference import difference, moved
from krm_secrets.graph.dot import dot
from krm_secrets.graph.layout import layout
from krm_secrets.graph.mermaid import mermaid
from krm_secrets.graph.model import Graph
from krm_secrets.graph.page import page
from krm_secrets.graph.painting import painted
from krm_secrets.graph.published import published
from krm_secrets.graph.readers import SopsFile, aliases, sops_file
from krm_secrets.graph.svg import svg
from krm_secrets.krm.files import SUFFIXES
from krm_secrets.krm.kustomization import NAMES
from krm_secrets.krm.resource import Resource
from krm_secrets.render.planning import found_tree
from krm_secrets.render.settings import Settings
from krm_secrets.render.tree_subject import subject_of
from krm_secrets.repository.revisions import resolved, work_tree
from krm_secrets.repository.survey import Survey
from krm_secrets.repository.worktree import root_of, shown
from krm_secrets.sops.recognition import recognize
from krm_secrets.stages.reload import brings_charts

TYPE_CHECKING = False

if TYPE_CHECKING:
    from rich.console import Console


def graph(
    paths: tuple[str, ...],
    config: str = "",
    form: str = "tree",
    question: Question = ALL,
    since: str = "",
    file: str = "",
) -> int:
    """Print the graph of the trees around the paths, or write it into a file; returns the exit code.

    A file that cannot be read is told, and what is in the others is drawn. Where a page went is printed, so that it can
    be handed to a browser.
    """

    def work(results: list[Result]) -> str:
        found = _read(paths, config, results)
        if since:
            found = difference(_then(paths, config, since), found)
        # A file is there for others, who do not see what is missing in it; nor does an empty drawing say so.
        if worst(results) == ERROR and (file or not found.nodes):
            return ""
        output = _FORMS[form](ask(found, question))
        if not file:
            return output
        store(file, output)
        return f"{file}\n" if form == "html" else ""

    return reported(work, partly=True)


def _as_json(found: Graph) -> str:
    return json_text(published(found, f"krm-secrets {version('krm-secrets')}"))


def _as_tree(found: Graph) -> str:
    def draw(console: Console) -> None:
        for line in text_tree.lines(found):
            console.print(line, soft_wrap=True)
        console.print(text_tree.summary(found), soft_wrap=True)

    return printed(draw)


_FORMS: dict[str, Callable[[Graph], str]] = {
    "tree": _as_tree,
    "json": _as_json,
    "mermaid": mermaid,
    "dot": dot,
    "svg": lambda found: svg(layout(found)),
    "html": lambda found: page(found, os.path.basename(root_of("."))),
}


_CHOICE = Choice()
"""The rules that `check` asks, and the findings that it shows, when nobody says otherwise."""


def _read(paths: Sequence[str], config: str, results: list[Result], rules: Sequence[Rule] | None = None) -> Graph:
    """The graph of the work trees around the paths, as far as these select it, or of a stream; with what rules find."""
    rules = _CHOICE.rules() if rules is None else rules
    if "-" in paths:
        if len(paths) > 1:
            raise failure("- stands for standard input, and alone")
        look = stream_look(config)
        scene = Scene(look.subject, is_applied, lambda _: True, lambda item: item.slot.source.file)
        results += look.subject.unread
        return painted(build([scene]), filter(_CHOICE.shows, checked(look.subject, rules).findings))
    told: list[Result] = []
    settings = Settings(config, told.append)
    scenes: list[Scene] = []
    found: list[Finding] = []
    for seen, selected in surveyed(paths, results, settings, lambda *_: bool):
        scene = _scene(seen, selected, settings, paths)
        scenes.append(scene)
        found += checked(scene.subject, rules).findings
        results += (each for each in (*told, *scene.subject.unread) if _matters(each, selected, paths))
        told.clear()
    return painted(build(scenes), filter(_CHOICE.shows, found))


def _matters(result: Result, selected: Callable[[str], bool], paths: Sequence[str]) -> bool:
    """Whether something is said of what was asked for, or of what is above it, such as a configuration."""
    if not result.location.file:
        return True
    file = os.path.realpath(result.location.file)
    above = os.path.dirname(file) + os.sep
    return selected(file) or any(os.path.realpath(path).startswith(above) for path in paths)


def _then(paths: Sequence[str], config: str, revision: str) -> Graph:
    """The graph of the paths as they were at a revision."""
    root = root_of(paths[0])
    if any(root_of(path) != root for path in paths):
        raise failure("--since takes paths of one work tree")
    results: list[Result] = []
    with work_tree(root, resolved(root, revision), _counts) as tree:
        old = [os.path.join(tree, os.path.relpath(os.path.realpath(path), root)) for path in paths]
        found = _read([path for path in old if os.path.lexists(path)], config, results, ())
        if worst(results) == ERROR:
            first = next(str(result) for result in results if result.severity == ERROR)
            first = first.replace(os.path.relpath(tree), os.path.relpath(root))
            raise failure(f"what was committed at {clean(revision)} cannot be read: {first}")
        return moved(found, tree, root)


def _counts(path: str) -> bool:
    """Whether a file of a commit can have anything to do with Secrets: a manifest, or what sops may encrypt."""
    name = os.path.basename(path)
    return (
        name.endswith((*SUFFIXES, ".env", ".ini", ".sops")) or ".sops." in name or name in NAMES or name == ".gitignore"
    )


def _scene(seen: Survey, selected: Callable[[str], bool], settings: Settings, paths: Sequence[str]) -> Scene:
    found = found_tree(seen, settings, selected, whole=True)
    subject = subject_of(found, seen, settings, [path for path in paths if seen.tree.holds(os.path.realpath(path))])

    def own(item: Resource) -> bool:
        file = seen.tree.files.get(path := found.tree.path(item))
        return any(map(selected, file.places)) if file is not None else selected(path)

    def told(item: Resource) -> bool:
        return own(item) and (is_applied(item) or brings_charts(item))

    files = list(_files(subject))
    return Scene(subject, told, own, found.tree.path, files, aliases(files))


def _files(subject: Subject) -> Iterator[SopsFile]:
    """The encrypted files of a tree."""
    here = os.path.realpath(".")
    for file in subject.files.committed() if subject.files is not None else ():
        found = recognize(os.path.basename(file.name), file.data)
        if found is not None:
            yield sops_file(shown(os.path.realpath(file.name), here), found, file.data)
