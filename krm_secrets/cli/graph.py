"""`krm-secrets graph`: the way of every secret, drawn."""

from __future__ import annotations

import os
from importlib.metadata import version

from krm_secrets._startup.stdio import write
from krm_secrets.cli.printing import json_text, printed
from krm_secrets.cli.render import surveyed
from krm_secrets.cli.run import is_applied
from krm_secrets.errors import ERROR, Result, worst
from krm_secrets.graph import text_tree
from krm_secrets.graph.building import Scene, build
from krm_secrets.graph.model import Graph
from krm_secrets.graph.published import published
from krm_secrets.graph.readers import SopsFile, aliases, sops_file
from krm_secrets.render.planning import found_tree
from krm_secrets.render.settings import Settings
from krm_secrets.render.tree_subject import subject_of
from krm_secrets.shell import explain, tell
from krm_secrets.sops.recognition import recognize

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from krm_secrets.check.subject import Subject
    from krm_secrets.krm.resource import Resource
    from krm_secrets.repository.survey import Survey


def graph(paths: tuple[str, ...], config: str = "", form: str = "tree") -> int:
    """Print the graph of the trees around the paths; returns the exit code."""
    results: list[Result] = []
    output = ""
    try:
        output = _FORMS[form](_read(paths, config, results))
    except Exception as error:
        results += explain(error)
    tell(results)
    return 1 if worst(results) == ERROR else write(output.encode())


def _as_json(found: Graph) -> str:
    return json_text(published(found, f"krm-secrets {version('krm-secrets')}"))


def _as_tree(found: Graph) -> str:
    def draw(console: Console) -> None:
        for line in text_tree.lines(found):
            console.print(line, soft_wrap=True)
        console.print(text_tree.summary(found), soft_wrap=True)

    return printed(draw)


_FORMS: dict[str, Callable[[Graph], str]] = {"json": _as_json, "tree": _as_tree}


def _read(paths: Sequence[str], config: str, results: list[Result]) -> Graph:
    """The graph of the work trees around the paths, as far as these select it."""
    settings = Settings(config, results.append)
    scenes = []
    for seen, selected in surveyed(paths, results, settings, lambda *_: bool):
        scenes.append(_scene(seen, selected, settings, paths))
    found = build(scenes)
    for scene in scenes:
        results += scene.subject.unread
    return found


def _scene(seen: Survey, selected: Callable[[str], bool], settings: Settings, paths: Sequence[str]) -> Scene:
    found = found_tree(seen, settings, selected, whole=True)
    subject = subject_of(found, seen, settings, [path for path in paths if seen.tree.holds(os.path.realpath(path))])

    def own(item: Resource) -> bool:
        file = seen.tree.files.get(path := found.tree.path(item))
        return any(map(selected, file.places)) if file is not None else selected(path)

    def told(item: Resource) -> bool:
        return own(item) and is_applied(item)

    files = list(_files(subject))
    runs = any(map(seen.runs_us, seen.kustomizations))
    return Scene(subject, told, own, found.tree.path, runs, files, aliases(files))


def _files(subject: Subject) -> Iterator[SopsFile]:
    """The encrypted files of a tree."""
    for file in subject.files.committed() if subject.files is not None else ():
        found = recognize(os.path.basename(file.name), file.data)
        if found is not None:
            yield sops_file(file.name, found, file.data)
