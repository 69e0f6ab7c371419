"""Annotations of Reloader that do nothing where or as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from krm_secrets.errors import WARNING, Path, Problem, did_you_mean
from krm_secrets.reload import reloader
from krm_secrets.reload.helmrelease import VALUES, names_app_template
from krm_secrets.reload.reloader import AUTO, CHOICES, DOMAIN, EXCLUDE, SEARCH, TYPED_AUTO
from krm_secrets.reload.workload import as_map, as_text, entries

_TYPES = ("configmap", "secret", "secretproviderclass")
_KNOWN = frozenset(
    (
        *CHOICES,
        *(f"{type_}.{DOMAIN}/{action}" for type_ in _TYPES for action in ("auto", "reload")),
        *(f"{types}.exclude.{DOMAIN}/reload" for types in ("configmaps", "secrets", "secretproviderclasses")),
        *(f"{DOMAIN}/{word}" for word in ("match", "ignore", "rollout-strategy", "last-reloaded-from")),
        *(f"deployment.{DOMAIN}/{word}" for word in ("pause-period", "paused-at")),
    )
)
_SWITCHES = frozenset((AUTO, TYPED_AUTO, f"configmap.{DOMAIN}/auto", SEARCH, f"{DOMAIN}/match", f"{DOMAIN}/ignore"))
_BOOLEANS = frozenset(["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"])
"""What Go's ParseBool takes."""

_OF_CONTROLLER = "controllers.<name>.annotations"


def mistakes(obj: Mapping[str, object]) -> list[Problem]:
    """A warning for each annotation of Reloader in the object that does nothing, and what would."""
    misplaced = _rule(obj)
    found = []
    for path, value in _annotations(obj):
        message = _wrong(path, value) or misplaced(path)
        if message:
            found.append(Problem(path, message, WARNING))
    return found


def _annotations(obj: Mapping[str, object]) -> Iterator[tuple[Path, object]]:
    """All annotations of Reloader in the object, in the order in which they stand."""
    todo: list[tuple[object, Path]] = [(obj, ())]
    while todo:
        node, path = todo.pop()
        if path and DOMAIN in str(path[-1]):
            yield path, node
        elif isinstance(node, dict | list):
            todo += [(child, (*path, key)) for key, child in entries(node)][::-1]


def _wrong(path: Path, value: object) -> str:
    """What is wrong with an annotation wherever it stands; "" for nothing."""
    key = str(path[-1])
    if key not in _KNOWN:
        return f"Reloader has no such annotation{_meant(key)}"
    if reloader.is_label_map(path[:-1]):
        return "Reloader reads annotations, and this is a label"
    if key in _SWITCHES and value is not True and value is not False and str(value) not in _BOOLEANS:
        return 'is neither true nor false, and Reloader takes it for false; write "true" or "false"'
    return ""


def _meant(key: str) -> str:
    kind = key.removeprefix(f"{DOMAIN}/")
    if kind in _TYPES:
        return f'; did you mean "{kind}.{DOMAIN}/reload"?'
    return did_you_mean(key, sorted(_KNOWN))


def _rule(obj: Mapping[str, object]) -> Callable[[Path], str]:
    """What is wrong with the place of an annotation in this kind of object."""
    kind = as_text(obj.get("kind"))
    if kind != "HelmRelease":
        return _in_manifest
    # A chart made from app-template may well look in other places, too.
    return _in_app_template if names_app_template(as_map(obj.get("spec"))) else _in_release


def _in_manifest(path: Path) -> str:
    if path[-1] == EXCLUDE and path != ("metadata", "annotations", EXCLUDE):
        return "Reloader reads this on the workload only: move it to metadata.annotations"
    return ""


def _in_release(path: Path) -> str:
    if path[:2] == ("metadata", "annotations") and path[-1] in (*CHOICES, EXCLUDE):
        return "on a HelmRelease itself Reloader sees nothing: its chart's workloads need the annotation"
    return ""


def _in_app_template(path: Path) -> str:
    if path[:2] == ("metadata", "annotations") and path[-1] in (*CHOICES, EXCLUDE):
        return f"on a HelmRelease itself Reloader sees nothing: move it to spec.values.{_OF_CONTROLLER}"
    if path[:2] != VALUES:
        return ""
    inside = path[2:-1]
    if inside in (("podAnnotations",), ("annotations",)) or (
        inside[:1] == ("controllers",) and (len(inside) == 2 or inside[2:] == ("podAnnotations",))
    ):
        return f"the chart does not look here: move it to {_OF_CONTROLLER}"
    if path[-1] == EXCLUDE and (inside[2:] == ("pod", "annotations") or inside == ("defaultPodOptions", "annotations")):
        return f"Reloader reads this on the workload only: move it to {_OF_CONTROLLER}"
    return ""
