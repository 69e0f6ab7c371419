"""What the generators of an ApplicationSet give to its template, as far as the tree tells.

A generator gives sets of parameters, one for each Application. Of lists and of Git's folders and files all is known; of
clusters what `values` says. Of any other there is one set, in which nothing is known. Where a merge goes by what is not
known, as by the names of clusters, there is one set for each that may be.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import TypeAlias

from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.yamltext.load import documents

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.repository.worktree import Worktree

Parameters: TypeAlias = "Mapping[str, str]"

TEMPLATE = re.compile(r"\{\{-?(.*?)-?\}\}")
_SEGMENT = re.compile(r"(?:index \.?path\.segments |path\[)([0-9]+)\]?")
_MANY = 1000
"""Applications of one set: more would take longer than what they tell is worth."""


def parameters(spec: Mapping[str, object], tree: Worktree) -> list[Parameters]:
    """The sets of all generators of an ApplicationSet."""
    return [found for each in as_list(spec.get("generators")) for found in _of(as_map(each), tree)][:_MANY]


def filled(text: str, given: Parameters) -> str:
    """A text of the template; what nobody knows is a variable."""

    def value(match: re.Match[str]) -> str:
        word = match[1].strip()
        segment = _SEGMENT.fullmatch(word)
        name = f"path[{segment[1]}]" if segment else word.removeprefix(".")
        return given.get(name, f"${{{word}}}")

    return TEMPLATE.sub(value, text)


def _of(generator: Mapping[str, object], tree: Worktree) -> list[Parameters]:
    wanted = as_map(as_map(generator.get("selector")).get("matchLabels"))
    found = [each for each in _unselected(generator, tree) if all(each.get(k, v) == v for k, v in wanted.items())]
    return found[:_MANY]


def _unselected(generator: Mapping[str, object], tree: Worktree) -> Iterable[Parameters]:
    if "list" in generator and "elements" in as_map(generator["list"]):
        return [_flat(each) for each in as_list(as_map(generator["list"])["elements"])]
    if "git" in generator:
        return _git(as_map(generator["git"]), tree)
    if "matrix" in generator:
        inner = [_of(as_map(each), tree) for each in as_list(as_map(generator["matrix"]).get("generators"))]
        return [{k: v for each in sets for k, v in each.items()} for sets in product(*inner)]
    if "merge" in generator:
        return _merged(as_map(generator["merge"]), tree)
    values = as_map(as_map(generator.get("clusters")).get("values"))
    return [{f"values.{key}": str(value) for key, value in values.items() if "{{" not in str(value)}]


def _merged(merge: Mapping[str, object], tree: Worktree) -> list[Parameters]:
    """The sets of the first generator, each with what the later ones have for it."""
    found, *others = [_of(as_map(each), tree) for each in as_list(merge.get("generators"))] or [[]]
    keys = [as_text(key) for key in as_list(merge.get("mergeKeys"))]
    for other in others:
        found = [merged for given in found for merged in _overridden(given, other, keys)][:_MANY]
    return found


def _overridden(given: Parameters, others: list[Parameters], keys: list[str]) -> Iterable[Parameters]:
    """A set with what others of the same keys say in its place; all that may be, where a key is not known."""
    known = [given.get(key) for key in keys]
    if None not in known:
        same = next((each for each in others if [each.get(key) for key in keys] == known), None)
        if same is not None:
            return [{**given, **same}]
    alike = [each for each in others if all(given.get(key, value) == value for key in keys if (value := each.get(key)))]
    return [given, *({**given, **each} for each in alike)]


def _git(git: Mapping[str, object], tree: Worktree) -> Iterator[Parameters]:
    """One set for each folder, or file, that a generator of Git names and does not leave out."""
    values = {f"values.{key}": str(value) for key, value in as_map(git.get("values")).items()}
    for folder in _named(git.get("directories"), tree.folders, tree):
        yield _with(values, _path(folder))
    for file in _named(git.get("files"), tree.files, tree):
        yield _with(values, {**_content(tree, file), **_path(os.path.dirname(file))})


def _named(entries: object, paths: Iterable[str], tree: Worktree) -> list[str]:
    """The paths that entries of a generator mean, from the root of the tree."""
    listed = [as_map(each) for each in as_list(entries)]
    inside = sorted(os.path.relpath(path, tree.root) for path in paths if path != tree.root) if listed else []
    taken, left = (
        [re.compile(glob(as_text(each.get("path")), "[^/]*")) for each in listed if bool(each.get("exclude")) is out]
        for out in (False, True)
    )
    return [
        path
        for path in inside
        if any(each.fullmatch(path) for each in taken) and not any(each.fullmatch(path) for each in left)
    ]


def _with(values: Parameters, given: Parameters) -> Parameters:
    return {**given, **{key: filled(value, given) for key, value in values.items()}}


def _path(path: str) -> Parameters:
    parts = path.split("/")
    return {
        "path": path,
        "path.path": path,
        "path.basename": parts[-1],
        "path.basenameNormalized": re.sub(r"[^a-z0-9.-]", "-", parts[-1].lower()).strip("-."),
        **{f"path[{n}]": part for n, part in enumerate(parts)},
    }


def _content(tree: Worktree, path: str) -> Parameters:
    found = documents(tree.files[os.path.join(tree.root, path)].text)
    return _flat(found[0]) if len(found) == 1 else {}


def _flat(value: object, before: str = "") -> Parameters:
    """The texts and numbers of a map, by the names of all that leads to them."""
    found: dict[str, str] = {}
    for key, inner in as_map(value).items():
        if isinstance(inner, dict):
            found |= _flat(inner, f"{before}{key}.")
        elif isinstance(inner, str | int) and "{{" not in str(inner):
            found[f"{before}{key}"] = str(inner).lower() if isinstance(inner, bool) else str(inner)
    return found


def glob(pattern: str, star: str = ".*") -> str:
    """A glob of Argo CD as an expression; its stars take slashes, too."""
    found, depth = "", 0
    for part in re.findall(r"\*+|\\.|\[[^\]]*\]|.", pattern, re.DOTALL):
        if part[0] == "*":
            found += star if len(part) == 1 else ".*"
        elif part == "?":
            found += "."
        elif part == "{":
            found, depth = f"{found}(?:", depth + 1
        elif part == "}" and depth:
            found, depth = f"{found})", depth - 1
        elif part == "," and depth:
            found += "|"
        elif len(part) > 1 and part[0] == "[":
            found += "[" + part[1:-1].replace("!", "^", part[1] == "!").replace("\\", "\\\\") + "]"
        else:
            found += re.escape(part[-1])
    return found + ")" * depth
