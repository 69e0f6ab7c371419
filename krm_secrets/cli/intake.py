"""What `run` takes of its paths: the objects in them, and of everything else a word."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import INFO, Failure, Location, Result
from krm_secrets.krm.files import MAX_SIZE, read_bytes, read_text
from krm_secrets.krm.folders import find
from krm_secrets.krm.kustomization import NAMES as KUSTOMIZATIONS
from krm_secrets.krm.reading import Input, read_files
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.repository import oddities
from krm_secrets.repository.oddities import CHART, LINK, SOPS, Odd
from krm_secrets.repository.worktree import CHART_FILE, OF_CHART, root_of, templates
from krm_secrets.settings.kinds import is_generator
from krm_secrets.shell import accepted, standard_input
from krm_secrets.stages.wholefile import of_document, of_lines, refuse_lines
from krm_secrets.yamltext import nodes
from krm_secrets.yamltext.encoding import decode

_STANDARD_INPUT = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")  # no folder of its generators is known


class Taken(NamedTuple):
    """All that was read, and the objects in it: a folder may hold other documents, and what is named may not."""

    given: Input
    objects: tuple[Resource, ...]

    def objects_only(self) -> Input:
        """The objects alone, for the stages."""
        return self.given._replace(items=self.objects)


def take(paths: Sequence[str], left_out: Callable[[str], bool], results: list[Result]) -> Taken:
    """Read the paths. What cannot be read and concerns us, or was named, is reported as an error, other files of
    folders by a notice; `left_out` says which of these are not even looked at."""
    sources: list[Source] = []
    items: list[Resource] = []
    others: set[int] = set()
    odd: list[Odd] = []
    for path in paths:
        in_folder = os.path.isdir(path)
        begin, count, read = len(items), len(items) - len(others), False
        for file in _files(path, left_out, odd) if in_folder else (path,):
            try:
                source = _found(file, odd) if in_folder else _named(file)
                found = read_files([source]).items if source is not None else ()
            except Failure as error:
                results += error.results
                continue
            if source is None:
                continue
            read = True
            if not found and file not in _STANDARD_INPUT:  # texts and lists, which a link may have brought here
                continue
            sources.append(source)
            items += found
            if in_folder:
                others |= _others(source, found, odd)
        if in_folder and len(items) - len(others) == count:
            results.append(Result(INFO, "no Kubernetes object is in this folder", Location(file=path)))
        elif not in_folder and path not in _STANDARD_INPUT and read and not _is_told_of(items[begin:]):
            results.append(Result(INFO, "no Kubernetes object is in this file", Location(file=path)))
    listed = {path for item in items if is_generator(item) for path in _listed(item)} if odd else set()
    results += oddities.told(each for each in odd if os.path.abspath(each.name) not in listed)
    objects = tuple(item for item in items if id(item) not in others)
    return Taken(read_files([])._replace(sources=tuple(sources), items=tuple(items)), objects)


def _files(folder: str, left_out: Callable[[str], bool], odd: list[Odd]) -> Iterator[str]:
    """The YAML and JSON files of a folder, without those of charts, which are no YAML yet, and of other repositories.

    Whoever may send a change may send a link, and what it leads to would be printed.
    """
    root = os.path.join(root_of(folder), "")

    def of_chart(above: str, folders: list[str], files: list[str]) -> Container[str]:
        names = OF_CHART.intersection(folders) if CHART_FILE in files else frozenset[str]()
        odd.extend(Odd(file, CHART) for file in templates(above, names))
        return names

    for file in find([folder], of_chart):
        real = os.path.realpath(file)
        if os.path.lexists(real) and not real.startswith(root):
            odd.append(Odd(file, LINK))
        elif not left_out(real):
            yield file


def _named(file: str) -> Source:
    """A file that somebody wants, or standard input."""
    if file in _STANDARD_INPUT:
        text = accepted(standard_input()).text
        refuse_lines(text)
        return Source(text)
    text = read_text(file)
    refuse_lines(text, file)
    return _parsed(text, file)


def _found(file: str, odd: list[Odd]) -> Source | None:
    """A file of a folder, or nothing where it is odd; Failure where it concerns us."""
    data = b""
    try:
        data = read_bytes(file)
        text = decode(data).text
        if of_lines(text) is None:
            return _parsed(text, file)
        odd.append(Odd(file, SOPS))
    except Failure as error:
        large = not data and os.path.isfile(file) and os.path.getsize(file) > MAX_SIZE
        left = oddities.odd(file, data, error) if data or large else None
        if left is None:
            raise error.in_file(file) from None
        odd.append(left)
    return None


def _parsed(text: str, file: str) -> Source:
    try:
        return Source(text, file)
    except Failure as error:
        raise error.in_file(file) from None


def _is_told_of(items: Sequence[Resource]) -> bool:
    """Whether there is an object, or a document of sops, of which a stage says more."""
    return any(item.kind or of_document(item) is not None for item in items)


def _listed(generator: Resource) -> Iterator[str]:
    """The files that a generator may list, which are used then and not left out: all its texts, behind `KEY=` too."""
    folder = os.path.dirname(generator.slot.source.file)
    for text in set(_texts(generator.node)):
        for path in (text, text.partition("=")[2]):
            yield os.path.abspath(os.path.join(folder, path))


def _texts(node: nodes.Node) -> Iterator[str]:
    if type(node) is nodes.Scalar:
        yield node.value
    elif type(node) is nodes.Mapping:
        for child in node.children:
            yield from _texts(child)
    elif type(node) is nodes.Sequence:
        for child in node.items:
            yield from _texts(child)


def _others(source: Source, items: Iterable[Resource], odd: list[Odd]) -> set[int]:
    """The documents of a file that are no objects; whole files of sops are told of. A kustomization needs no kind."""
    if os.path.basename(source.file) in KUSTOMIZATIONS:
        return set()
    others = [item for item in items if not item.kind]
    if any(of_document(item) is not None for item in others):
        odd.append(Odd(source.file, SOPS))
    return {id(item) for item in others}
