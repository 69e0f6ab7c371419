"""Volumes of app-template: the Secrets that `persistence` gives to its controllers."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.plain import as_list, as_map, as_text, entries
from krm_secrets.secrets.uses.pods import file_of, volume_references
from krm_secrets.secrets.uses.reference import Reference, item_keys
from krm_secrets.secrets.uses.release import VALUES, Release

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


Group = tuple[Reference, ...]


class Volumes(NamedTuple):
    """What the controllers of a release mount."""

    everywhere: Group
    """Volumes that every controller gets."""
    attached: Mapping[str, list[Reference]]
    """Volumes of single controllers."""
    hidden: Mapping[str, frozenset[str]]
    """By controller, Secrets whose first volume no container mounts: of several Reloader looks at that one only."""

    def of(self, controller: str) -> tuple[Group, Group]:
        """The controller's own, and what it has as all others, which is one group for all."""
        own = tuple(self.attached.get(controller, ()))
        if hidden := self.hidden.get(controller):
            return _unseen(own, hidden), _unseen(self.everywhere, hidden)
        return own, self.everywhere


def volumes(values: Mapping[str, object], release: Release, controllers: Mapping[str, Mapping[str, object]]) -> Volumes:
    """The Secrets that `persistence` gives to every controller, and those of single controllers."""
    everywhere: list[Reference] = []
    attached: dict[str, list[Reference]] = {}
    shared: dict[str, str] = {}
    first: dict[tuple[str, str], str] = {}
    unmounted: list[tuple[str, str, str]] = []
    containers = {name: _container_names(controller) for name, controller in controllers.items()}
    for name, item in entries(as_map(values.get("persistence"))):
        volume = as_map(item)
        if volume.get("type") not in ("secret", "custom") or not is_enabled(volume):
            continue
        references = list(release.named(_volume(volume, release, (*VALUES, "persistence", name))))
        place, secrets = str(name), {ref.name for ref in references}
        if volume.get("globalMounts") or not volume.get("advancedMounts"):
            everywhere += references
            shared |= {secret: min(place, shared.get(secret, place)) for secret in secrets}
            continue
        for controller, mounts in entries(as_map(volume["advancedMounts"])):
            if not isinstance(controller, str):
                continue
            if _mounted(mounts, containers.get(controller, frozenset())):
                attached.setdefault(controller, []).extend(references)
                for secret in secrets:
                    first[controller, secret] = min(place, first.get((controller, secret), place))
            else:
                unmounted += ((controller, secret, place) for secret in secrets)
    hidden: dict[str, frozenset[str]] = {}
    for controller, secret, place in unmounted:  # the chart lists volumes in the order of their names
        seen = [each for each in (shared.get(secret), first.get((controller, secret))) if each is not None]
        if seen and place < min(seen):
            hidden[controller] = hidden.get(controller, frozenset()) | {secret}
    return Volumes(tuple(everywhere), attached, hidden)


def is_enabled(node: object) -> bool:
    """Whether nobody switched a part of the values off."""
    return as_map(node).get("enabled") is not False


def _unseen(group: Group, hidden: frozenset[str]) -> Group:
    return tuple(ref._replace(auto=False) if ref.name in hidden else ref for ref in group)


def _volume(volume: Mapping[str, object], release: Release, path: Path) -> Iterator[Reference]:
    kind = volume.get("type")
    if kind == "secret" and (name := as_text(volume.get("name"))):
        files = [file_of(mount) for mount in _mounts(volume)]
        keys = item_keys(volume.get("items")) or (tuple(dict.fromkeys(files)) if all(files) else ())
        yield Reference(name, (*path, "name"), keys, frozen=any(files))
    elif kind == "secret" and (identifier := as_text(volume.get("externalSecretRef"))):
        yield from external(release, identifier, (*path, "externalSecretRef"))
    elif kind == "custom":
        yield from volume_references(volume.get("volumeSpec"), (*path, "volumeSpec"), True, True)


def _mounts(volume: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Every place where a volume is mounted."""
    mounts = as_list(volume.get("globalMounts"))
    for containers in as_map(volume.get("advancedMounts")).values():
        for listed in as_map(containers).values():
            mounts = [*mounts, *as_list(listed)]
    return map(as_map, mounts)


def _container_names(controller: Mapping[str, object]) -> frozenset[str | int]:
    groups = (controller.get("containers"), controller.get("initContainers"))
    return frozenset(name for group in groups for name, container in entries(as_map(group)) if is_enabled(container))


def _mounted(mounts: object, containers: frozenset[str | int]) -> bool:
    """Whether one of the containers mounts the volume; containers that the chart's defaults bring are unknown."""
    return any(where and (name in containers or not containers) for name, where in entries(as_map(mounts)))


def external(release: Release, identifier: str, path: Path) -> Iterator[Reference]:
    """The Secret of an ExternalSecret that the chart makes itself."""
    from krm_secrets.secrets.makers.chart_values import external_secrets  # few releases have one

    if name := external_secrets(release).get(identifier):
        yield Reference(name, path)
