"""What kustomizations run as generators, as far as it is known here, and the files whose objects these hand on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from krm_secrets.krm.kustomization import Kustomization
from krm_secrets.krm.resource import Resource
from krm_secrets.repository.scopes import reached
from krm_secrets.repository.worktree import Worktree
from krm_secrets.secrets.makers.generators import whole
from krm_secrets.settings.kinds import is_generator
from krm_secrets.yamltext.nodes import YamlError

Items: TypeAlias = Mapping[str, Sequence[Resource]]


def run(tree: Worktree, kustomizations: Mapping[str, Kustomization], items: Items) -> dict[str, list[str]]:
    """By the folders of kustomizations, the real paths of the generators that these run and of what they hand on.

    `items` are the objects by the real paths of their files. A folder of generators stands for what it lists.
    """
    found: dict[str, list[str]] = {}
    for folder, one in kustomizations.items():
        for entry in one.lists.get("generators", ()):
            path = tree.find(folder, entry)
            documents = list(_documents(tree, path, kustomizations, items))
            if documents:
                handed = (each for document in documents for each in _handed(tree, folder, *document))
                found.setdefault(folder, []).extend((path, *handed))
    return found


def _documents(
    tree: Worktree, path: str, kustomizations: Mapping[str, Kustomization], items: Items
) -> Iterator[tuple[str, Resource]]:
    """The generators in a file, or in those that a folder lists."""

    def listed(path: str) -> list[str]:
        return [tree.find(path, each) for each in kustomizations[path].resources] if path in kustomizations else []

    for each in reached(path, listed):
        yield from ((each, item) for item in items.get(each, ()) if is_generator(item))


def _handed(tree: Worktree, folder: str, file: str, item: Resource) -> Iterator[str]:
    """The files whose objects a generator hands on: named from its own file, or from where KSOPS runs."""
    try:
        names = whole(item.latest().data)
    except YamlError:  # whoever runs it says so
        return
    for name in names:
        places = (tree.find(each, name) for each in (os.path.dirname(file), folder))
        yield from [place for place in places if place in tree.files][:1]
