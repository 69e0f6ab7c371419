"""What the search for consumers finds: references to Secrets, and the workloads that hold them."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.plain import as_list, as_map, as_text

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


ANEW = "each new Pod reads it anew"
UNSEEN = "Reloader does not know the kind"
UNWRITABLE = "what stands in place of the annotations is no map"
PATCHED = "the author's own post renderers decide"
"""Why nothing is added to a workload."""

ITSELF = "watches the Secret"
KEEPS = (
    "an operator made its Pods and does not look at the Secret: they keep the old value until somebody restarts them"
)
RELOADS = "reads the files again when they change"
ONCE = "reads it when it is created, and never again"
PATCHED_IN = "a patch adds it to other objects, which restart by what stands there"
LIKELY = "its values name it; whether a Pod reads it, only the chart knows"
"""What a change comes to where neither Reloader nor a label has to do with it."""


class Reference(NamedTuple):
    """One place that names a Secret."""

    name: str
    path: Path
    """From the object's root to the field that holds the name."""
    keys: tuple[str, ...] = ()
    """The keys of the Secret that are used; none means all of them."""
    auto: bool = True
    """Whether Reloader's `auto` annotation notices this reference."""
    restart: bool = True
    """Whether a running Pod must restart to see a new value."""
    optional: bool = False
    """Whether the Secret, or the keys that are named, may be missing."""
    namespace: str | None = None
    """Where the Secret is, when the reference itself says so; else it is where the object is."""
    frozen: bool = False
    """Whether it is a file that never changes in a running Pod, since a container mounts it with `subPath`."""
    how: str = ""
    """What a change comes to, where the field itself says so: `ITSELF`, `KEEPS` or `ONCE`."""


class Annotations(NamedTuple):
    """One map of annotations, and where it stands or would stand."""

    path: Path
    entries: Mapping[str, object]


class Workload(NamedTuple):
    """Something that becomes Pods, as Reloader will see it."""

    namespace: str
    place: Path | None
    """The map to which an annotation can be added; None when this workload is to be left alone."""
    idle: str
    """Why it is left alone; empty when it is not."""
    annotations: tuple[Annotations, ...]
    """What reaches the workload object's metadata; the first map that has a key wins."""
    pod: tuple[Annotations, ...]
    """What reaches the Pod template's metadata; the first map that has a key wins."""
    references: tuple[tuple[Reference, ...], ...]
    """Groups of references; workloads that share references hold the same group, so that it is looked at once."""
    kind: str = ""
    """What it is for Kubernetes, as far as that is known."""
    held: str = ""
    """What keeps a new template from its Pods until somebody lets it."""


def placed(
    obj: Mapping[str, object], place: Path, namespace: str, group: tuple[Reference, ...], patched: bool = False
) -> Workload:
    """A workload that takes its annotations from this place of the object, and nothing else from it."""
    node: object = obj
    free = True
    for part in place:
        node = as_map(node).get(str(part))
        free = free and (node is None or isinstance(node, dict))
    idle = PATCHED if patched else "" if free else UNWRITABLE
    return Workload(namespace, None if idle else place, idle, (Annotations(place, as_map(node)),), (), (group,))


def item_keys(node: object) -> tuple[str, ...]:
    """The keys that the `items` of a volume select."""
    return tuple(key for item in as_list(node) if (key := as_text(as_map(item).get("key"))))


def find(layers: Iterable[Annotations], key: str) -> tuple[Path, object] | None:
    """Where the annotation stands, and its value, in the first layer that has it."""
    return next(((layer.path, layer.entries[key]) for layer in layers if key in layer.entries), None)


def is_optional(ref: Mapping[str, object]) -> bool:
    """Whether what is named may be missing."""
    return ref.get("optional") is True


def noticed(workload: Workload, ref: Reference) -> Reference:
    """The use as Reloader takes it: a Secret that it sees at one place of a workload restarts it for all of them."""
    if ref.auto or not ref.restart:
        return ref
    others = (other for group in workload.references for other in group)
    return ref._replace(auto=any(other.auto and other.restart and other.name == ref.name for other in others))
