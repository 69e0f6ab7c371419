"""Every place where a Pod's specification names a Secret."""

from __future__ import annotations

from krm_secrets.errors import Path
from krm_secrets.plain import as_list, as_map, as_text, at
from krm_secrets.secrets.uses.reference import Reference, is_optional, item_keys

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


SECRET_REF_VOLUMES = ("cephfs", "rbd", "iscsi", "flexVolume", "scaleIO", "storageos", "cinder")
"""Volume types that take their credentials from `secretRef.name`."""


def pod_references(spec: object, path: Path) -> Iterator[Reference]:
    """The references in the Pod specification that stands at the path."""
    pod = as_map(spec)
    mounted, mounted_late = set[str](), set[str]()
    files: dict[str, list[str]] = {}
    for group in ("containers", "initContainers", "ephemeralContainers"):
        # Reloader reads the first two lists only.
        auto = group != "ephemeralContainers"
        for index, container in enumerate(as_list(pod.get(group))):
            yield from container_references(container, (*path, group, index), auto)
            for name, file in _mounts(container):
                (mounted if auto else mounted_late).add(name)
                files.setdefault(name, []).append(file)
    first: dict[str, str] = {}
    for index, volume in enumerate(as_list(pod.get("volumes"))):
        name = as_text(as_map(volume).get("name"))
        for ref in volume_references(volume, (*path, "volumes", index), True, name in mounted or name in mounted_late):
            # Of several volumes with one Secret Reloader looks only whether the first is mounted.
            auto = ref.auto and first.setdefault(ref.name, name) in mounted
            yield of_files(ref._replace(auto=auto), files.get(name, ()))
    yield from pull_references(pod.get("imagePullSecrets"), (*path, "imagePullSecrets"))


def volume_references(volume: object, path: Path, auto: bool, restart: bool) -> Iterator[Reference]:
    """The references in one volume; a volume that no container mounts needs no restart."""
    source = as_map(volume)
    secret = as_map(source.get("secret"))
    if name := as_text(secret.get("secretName")):
        yield Reference(
            name, (*path, "secret", "secretName"), item_keys(secret.get("items")), auto, restart, is_optional(secret)
        )
    for index, projection in enumerate(as_list(as_map(source.get("projected")).get("sources"))):
        secret = as_map(as_map(projection).get("secret"))
        if name := as_text(secret.get("name")):
            place = (*path, "projected", "sources", index, "secret", "name")
            yield Reference(name, place, item_keys(secret.get("items")), auto, restart, is_optional(secret))
    # Credentials for the mount itself: Reloader's auto does not look at them.
    if name := as_text(as_map(source.get("azureFile")).get("secretName")):
        yield Reference(name, (*path, "azureFile", "secretName"), (), False, restart)
    for kind, field in (("csi", "nodePublishSecretRef"), *((kind, "secretRef") for kind in SECRET_REF_VOLUMES)):
        if name := as_text(as_map(as_map(source.get(kind)).get(field)).get("name")):
            yield Reference(name, (*path, kind, field, "name"), (), False, restart)


def pull_references(node: object, path: Path) -> Iterator[Reference]:
    """The Secrets of `imagePullSecrets`: the kubelet reads them anew at each pull, so nothing has to restart."""
    for index, item in enumerate(as_list(node)):
        if name := as_text(as_map(item).get("name")):
            yield Reference(name, (*path, index, "name"), (), False, False)


def container_references(container: object, path: Path, auto: bool) -> Iterator[Reference]:
    """The references in the environment of one container."""
    for index, variable in enumerate(as_list(as_map(container).get("env"))):
        ref = as_map(as_map(as_map(variable).get("valueFrom")).get("secretKeyRef"))
        if name := as_text(ref.get("name")):
            key = as_text(ref.get("key"))
            place = (*path, "env", index, "valueFrom", "secretKeyRef", "name")
            yield Reference(name, place, (key,) if key else (), auto, optional=is_optional(ref))
    for index, source in enumerate(as_list(as_map(container).get("envFrom"))):
        ref = as_map(as_map(source).get("secretRef"))
        if name := as_text(ref.get("name")):
            yield Reference(name, (*path, "envFrom", index, "secretRef", "name"), (), auto, optional=is_optional(ref))


def of_files(ref: Reference, files: Sequence[str]) -> Reference:
    """The use of a volume of which single files are mounted by `subPath`, "" for the whole: their names are keys."""
    if not any(files):
        return ref
    only = () if ref.keys or not all(files) or ref.path[-1] != "secretName" else tuple(dict.fromkeys(files))
    return ref._replace(frozen=True, keys=ref.keys or only)


def file_of(mount: Mapping[str, object]) -> str:
    """The file that a mount takes out of its volume; "" where it takes all. One with variables is none of a key."""
    return as_text(mount.get("subPath")) or as_text(mount.get("subPathExpr")).replace("$(", "{")


def _mounts(container: object) -> Iterator[tuple[str, str]]:
    """The volumes that a container mounts, and which file of each."""
    for mount in map(as_map, as_list(as_map(container).get("volumeMounts"))):
        yield as_text(mount.get("name")), file_of(mount)


def mount_paths(obj: object, path: Path) -> list[str]:
    """Where the containers of a Pod mount the volume at, or above, a path of the object, as a whole; [] for none."""
    if "volumes" not in path:
        return []
    end = path.index("volumes")
    pod, volume = as_map(at(obj, path[:end])), as_map(at(obj, path[: end + 2]))
    containers = [each for group in ("containers", "initContainers") for each in as_list(pod.get(group))]
    mounts = [as_map(mount) for each in containers for mount in as_list(as_map(each).get("volumeMounts"))]
    return [
        "" if file_of(mount) else f"{as_text(mount.get('mountPath')).rstrip('/')}/"
        for mount in mounts
        if mount.get("name") == volume.get("name")
    ]
