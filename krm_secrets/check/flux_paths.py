"""What Flux builds of a tree: the Flux Kustomizations, and the folders and objects that each of them takes."""

from __future__ import annotations

import os

from krm_secrets._startup.records import NamedTuple
from krm_secrets.krm.resource import Resource
from krm_secrets.repository.builds import Build, flux_build, is_flux

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject
    from krm_secrets.secrets.world import World


class FluxBuild(NamedTuple):
    """What one folder becomes, and the Flux Kustomizations that build it."""

    by: tuple[Resource, ...]
    build: Build
    world: World


def flux_builds(subject: Subject) -> tuple[FluxBuild, ...]:
    """All builds that Flux makes of folders of this tree."""
    files = subject.files
    if files is None:
        return ()
    tree = files.seen.tree
    starting: dict[str, list[Resource]] = {}
    for item in subject.objects:
        if is_flux(item):
            folder = os.path.dirname(files.path(item))
            start = flux_build(item, tree, folder)
            if start is not None:
                starting.setdefault(start.folder, []).append(item)
    pairs = zip(files.builds, subject.worlds, strict=False)
    return tuple(FluxBuild(tuple(by), build, world) for build, world in pairs if (by := starting.get(build.start)))
