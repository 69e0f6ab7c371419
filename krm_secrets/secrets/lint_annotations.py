"""Annotations of Reloader that do nothing where or as they stand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from krm_secrets.errors import WARNING, Path, Problem, clean, did_you_mean
from krm_secrets.plain import as_map, as_text, entries
from krm_secrets.secrets import reloader
from krm_secrets.secrets.reloader import EXCLUDE
from krm_secrets.secrets.uses.app_template import names_app_template
from krm_secrets.secrets.uses.app_template_1 import is_first
from krm_secrets.secrets.uses.release import VALUES, Chart
from krm_secrets.settings.restarts import DOMAIN, KEYS, Keys

_TYPES = ("configmap", "secret", "secretproviderclass")
_FIXED = frozenset(
    (
        *(f"{type_}.{DOMAIN}/{action}" for type_ in _TYPES[::2] for action in ("auto", "reload")),
        *(f"{types}.exclude.{DOMAIN}/reload" for types in ("configmaps", "secrets", "secretproviderclasses")),
        *(f"{DOMAIN}/{word}" for word in ("ignore", "rollout-strategy", "last-reloaded-from")),
        *(f"deployment.{DOMAIN}/{word}" for word in ("pause-period", "paused-at")),
    )
)
"""Keys beside those that a configuration can rename."""

_BOOLEANS = frozenset(["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"])
"""What Go's ParseBool takes."""

_TRUE = frozenset(["1", "t", "T", "TRUE", "True"])
"""What it takes for true beside "true" itself."""

_OF_CONTROLLER = "controllers.<name>.annotations"


def mistakes(obj: Mapping[str, object], keys: Keys = KEYS) -> list[Problem]:
    """A warning for each annotation of Reloader in the object that does nothing, and what would."""
    words = _Words(keys)
    misplaced = _rule(obj, keys, words.marks)
    found = []
    for path, value in words.annotations(obj):
        message = words.wrong(path, value) or misplaced(path)
        if message:
            found.append(Problem(path, message, WARNING))
    return found


class _Words:
    """What the cluster's Reloader reads."""

    __slots__ = ("exact", "gone", "known", "lists", "marks", "switches")

    def __init__(self, keys: Keys) -> None:
        self.known = _FIXED.union(keys)
        self.switches = {keys.auto, keys.typed_auto, keys.search, keys.match}
        self.marks = {keys.match, f"{DOMAIN}/ignore"}
        self.exact = {keys.search, *self.marks}
        self.switches |= {f"configmap.{DOMAIN}/auto", *self.marks}
        self.lists = {keys.named, *(f"{type_}.{DOMAIN}/reload" for type_ in _TYPES[::2])}
        self.gone = {old: new for old, new in zip(KEYS, keys, strict=True) if old not in self.known}

    def annotations(self, obj: Mapping[str, object]) -> Iterator[tuple[Path, object]]:
        """All annotations of Reloader in the object, in the order in which they stand."""
        todo: list[tuple[object, Path]] = [(obj, ())]
        while todo:
            node, path = todo.pop()
            if path and (DOMAIN in str(path[-1]) or path[-1] in self.known):
                yield path, node
            elif isinstance(node, dict | list):
                todo += [(child, (*path, key)) for key, child in entries(node)][::-1]

    def wrong(self, path: Path, value: object) -> str:
        """What is wrong with an annotation wherever it stands; "" for nothing."""
        key = str(path[-1])
        if key in self.gone:
            return f'the configuration says that Reloader was started with "{clean(self.gone[key])}" instead of this'
        if key not in self.known:
            return f"Reloader has no such annotation{self.meant(key)}"
        if reloader.is_label_map(path[:-1]):
            return "Reloader reads annotations, and this is a label"
        if key in self.switches and value is not True and value is not False and str(value) not in _BOOLEANS:
            return 'is neither true nor false, and Reloader takes it for false; write "true" or "false"'
        if key in self.exact and str(value) in _TRUE and value is not True:
            return 'is not "true", the only word that Reloader takes here'
        return _in_list(reloader.text_of(value)) if key in self.lists else ""

    def meant(self, key: str) -> str:
        """What the author may have meant by a key."""
        kind = key.removeprefix(f"{DOMAIN}/")
        if kind in _TYPES:
            return f'; did you mean "{kind}.{DOMAIN}/reload"?'
        return did_you_mean(key, sorted(self.known))


def _rule(obj: Mapping[str, object], keys: Keys, marks: Collection[str]) -> Callable[[Path], str]:
    """What is wrong with the place of an annotation in this kind of object."""
    if as_text(obj.get("kind")) != "HelmRelease":
        return lambda path: _in_manifest(path, marks)
    # A chart made from app-template may well look in other places, too.
    spec = as_map(obj.get("spec"))
    own = names_app_template(spec) and not is_first(Chart.of(spec), as_map(spec.get("values")))
    choices = (*keys.choices, EXCLUDE)
    return lambda path: _in_app_template(path, choices) if own else _in_release(path, choices)


def _in_list(text: str) -> str:
    """What is wrong with the first bad entry of a list, each of which Reloader takes for a regular expression."""
    listed = [entry.strip() for entry in text.split(",")]
    if all(entry.replace("-", "").replace(".", "").isalnum() for entry in listed):
        return ""
    import re2  # only lists with more than names pay for it

    options = re2.Options()
    options.log_errors = False  # RE2 would write the expression to stderr
    for entry in listed:
        try:
            re2.compile(f"^{entry}$", options)
        except re2.error:
            return f'"{clean(entry)}" is no regular expression, and Reloader leaves it out of the list'
    return ""


def _in_manifest(path: Path, marks: Collection[str]) -> str:
    if path[-1] in marks:
        return "Reloader reads this on Secrets and ConfigMaps only"
    if path[-1] == EXCLUDE and path != ("metadata", "annotations", EXCLUDE):
        return "Reloader reads this on the workload only: move it to metadata.annotations"
    return ""


def _in_release(path: Path, choices: Collection[str]) -> str:
    if path[:2] == ("metadata", "annotations") and path[-1] in choices:
        return "on a HelmRelease itself Reloader sees nothing: its chart's workloads need the annotation"
    return ""


def _in_app_template(path: Path, choices: Collection[str]) -> str:
    if path[:2] == ("metadata", "annotations") and path[-1] in choices:
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
