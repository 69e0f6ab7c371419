"""Annotations of Reloader that do nothing where or as they stand."""

from __future__ import annotations

from krm_secrets.errors import WARNING, Path, Problem, clean, meant
from krm_secrets.plain import as_map, as_text, entries
from krm_secrets.secrets import regex_list
from krm_secrets.secrets.reloader import EXCLUDE, is_label_map, is_no_duration, text_of
from krm_secrets.secrets.uses.app_template import names_app_template
from krm_secrets.secrets.uses.app_template_1 import is_first
from krm_secrets.secrets.uses.release import VALUES, Chart
from krm_secrets.settings.restarts import DOMAIN, KEYS, Reloader

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping


if TYPE_CHECKING:
    from typing import Literal

    Rule = Literal["mistakes", "harmful", "on_secrets"]

    Said = tuple[str, str]

_TYPES = ("configmap", "secret", "secretproviderclass")
_FIXED = frozenset(
    (
        *(f"secretproviderclass.{DOMAIN}/{action}" for action in ("auto", "reload")),
        *(f"{types}.exclude.{DOMAIN}/reload" for types in ("configmaps", "secrets", "secretproviderclasses")),
        *(f"{DOMAIN}/{word}" for word in ("rollout-strategy", "last-reloaded-from")),
        f"deployment.{DOMAIN}/paused-at",
    )
)
"""Keys beside those that a configuration can rename."""

_BOOLEANS = frozenset(["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"])
"""What Go's ParseBool takes."""

_TRUE = frozenset(["1", "t", "T", "TRUE", "True"])
"""What it takes for true beside "true" itself."""

DEFAULT = Reloader()

NOTHING: Said = ("", "")
"""What is said of an annotation that is right: the rule that it breaks, and a message."""

UNKNOWN, MISPLACED, VALUE, REGEX = (
    "reloader-unknown-annotation", "reloader-misplaced", "reloader-value", "reloader-bad-regex"
)  # fmt: skip
STRATEGY = "reloader-rollout-strategy"
_ROLLOUT = f"{DOMAIN}/rollout-strategy"

_OF_CONTROLLER = "controllers.<name>.annotations"


def mistakes(obj: Mapping[str, object], flags: Reloader = DEFAULT) -> list[Problem]:
    """A warning for each annotation of Reloader in the object that does nothing, or harm, and what would help."""
    words = Words(flags)
    misplaced = _rule(obj, words)
    found = []
    for path, value in words.annotations(obj):
        rule, message = words.wrong(path, value)
        if not message:
            rule, message = misplaced(path)
        if message:
            found.append(Problem(path, message, WARNING, rule))
    return found


def harmful(obj: Mapping[str, object], flags: Reloader = DEFAULT) -> list[Problem]:
    """Those of them that keep Reloader from its work for others, whatever the object itself uses."""
    words = Words(flags)
    found = ((path, words.harm(path, value)) for path, value in words.annotations(obj) if not is_label_map(path[:-1]))
    return [Problem(path, message, WARNING, rule) for path, (rule, message) in found if message]


def on_secrets(obj: Mapping[str, object], flags: Reloader = DEFAULT) -> list[Problem]:
    """A warning for each annotation in an object that makes a Secret which Reloader reads on workloads only."""
    keys = flags.keys
    read = {*keys.choices, keys.pause, EXCLUDE}
    message = (
        f"Reloader reads this on workloads, and nothing of it on a Secret, which can have {keys.match} or {keys.ignore}"
    )
    found = Words(flags).annotations(obj)
    places = [path for path, _ in found if path[-1] in read and "annotations" in path[-2:-1]]
    return [Problem(path, message, WARNING, MISPLACED) for path in places]


RULES: Mapping[Rule, Callable[[Mapping[str, object], Reloader], list[Problem]]] = {
    "mistakes": mistakes,
    "harmful": harmful,
    "on_secrets": on_secrets,
}
"""What is said of which objects: of those that use a Secret, of other workloads, and of those that make one."""


class Words:
    """What the cluster's Reloader reads."""

    __slots__ = ("exact", "flags", "gone", "known", "lists", "marks", "switches")

    def __init__(self, flags: Reloader) -> None:
        keys = flags.keys
        self.flags = flags
        self.known = _FIXED.union(keys)
        self.marks = {keys.match, keys.ignore}
        self.exact = {keys.search, *self.marks}
        self.switches = {keys.auto, keys.typed_auto, keys.configmap_auto, *self.exact}
        self.lists = {keys.named, keys.configmap, f"secretproviderclass.{DOMAIN}/reload"}
        self.gone = {old: new for old, new in zip(KEYS, keys, strict=True) if old not in self.known}

    def annotations(self, obj: Mapping[str, object]) -> Iterator[tuple[Path, object]]:
        """All annotations of Reloader in the object, in the order in which they stand."""
        todo: list[tuple[object, Path]] = [(obj, ())]
        while todo:
            node, path = todo.pop()
            if path and (DOMAIN in str(path[-1]) or path[-1] in self.known):
                yield path, node
            elif isinstance(node, (dict, list)):
                todo += [(child, (*path, key)) for key, child in entries(node)][::-1]

    def wrong(self, path: Path, value: object) -> Said:
        """What is wrong with an annotation wherever it stands."""
        key = str(path[-1])
        if key in self.gone:
            started = clean(self.gone[key])
            return UNKNOWN, f'the configuration says that Reloader was started with "{started}" instead of this'
        if key not in self.known:
            other = self.meant(key)
            hint = f'; did you mean "{other}"?' if other else ""
            return UNKNOWN, f"Reloader has no such annotation{hint}"
        if is_label_map(path[:-1]):
            return MISPLACED, "Reloader reads annotations, and this is a label"
        if key in self.switches and value is not True and value is not False and str(value) not in _BOOLEANS:
            if (
                value in ("", None)
                and self.flags.reloads_all
                and key in (self.flags.keys.auto, self.flags.keys.typed_auto)
            ):
                return NOTHING  # which is as good as none
            return VALUE, 'is neither true nor false, and Reloader takes it for false; write "true" or "false"'
        if key in self.exact and str(value) in _TRUE and value is not True:
            return VALUE, 'is not "true", the only word that Reloader takes here'
        if key == EXCLUDE and (entry := _no_name(text_of(value))):
            return (
                VALUE,
                f'"{clean(entry)}" excludes nothing: Reloader reads plain names here, and no regular expressions',
            )
        return self.harm(path, value)

    def harm(self, path: Path, value: object) -> Said:
        """What is wrong with an annotation for more than its own object."""
        key, text = str(path[-1]), text_of(value)
        if key == self.flags.keys.pause and is_no_duration(text or " "):
            return VALUE, (
                f'"{clean(text)}" is no duration such as 24h or 5m30s: Reloader fails here, and restarts neither this'
                " nor any later Deployment, DaemonSet or StatefulSet of the namespace"
            )
        if key not in self.lists:
            return NOTHING
        if (entry := regex_list.refused(text)) is not None:
            return REGEX, (
                f'"{clean(entry)}" is no regular expression: releases 1.4.0 to 1.4.21 of Reloader fall over it, and'
                " others leave it out of the list"
            )
        if "*" in regex_list.parse(text).entries:
            return VALUE, '"*" stands for every one of the namespace, used here or not; name those that are meant'
        return NOTHING

    def meant(self, key: str) -> str:
        """What the author may have meant by a key."""
        kind = key.removeprefix(f"{DOMAIN}/")
        return f"{kind}.{DOMAIN}/reload" if kind in _TYPES else meant(key, sorted(self.known))


def _rule(obj: Mapping[str, object], words: Words) -> Callable[[Path], Said]:
    """What is wrong with the place of an annotation in this kind of object."""
    keys, kind = words.flags.keys, as_text(obj.get("kind"))
    if kind != "HelmRelease":
        pause = keys.pause if kind != "Deployment" else ""
        return lambda path: _in_manifest(path, words.marks, pause, kind)
    own = takes_controllers(obj)
    choices = (*keys.choices, EXCLUDE)
    return lambda path: _in_app_template(path, choices) if own else _in_release(path, choices)


def takes_controllers(obj: Mapping[str, object]) -> bool:
    """Whether a release's chart takes annotations of its controllers: one made from it may well look elsewhere, too."""
    spec = as_map(obj.get("spec"))
    return names_app_template(spec) and not is_first(Chart.of(spec), as_map(spec.get("values")))


def _no_name(text: str) -> str:
    """The first entry of an exclusion that cannot be the name of a Secret."""
    entries = (entry.strip() for entry in text.split(","))
    return next((entry for entry in entries if not regex_list.is_plain(entry) and "{" not in entry), "")


def _in_manifest(path: Path, marks: Collection[str], pause: str, kind: str) -> Said:
    if path[-1] == _ROLLOUT and kind != "Rollout":
        return STRATEGY, f"Reloader reads this on a Rollout of Argo only, and nothing of it on this {clean(kind)}"
    if pause and path[-1] == pause:
        return MISPLACED, "Reloader pauses Deployments only, and reads nothing of this here"
    if path[-1] in marks:
        return MISPLACED, "Reloader reads this on Secrets and ConfigMaps only"
    if path[-1] == EXCLUDE and path != ("metadata", "annotations", EXCLUDE):
        return MISPLACED, "Reloader reads this on the workload only: move it to metadata.annotations"
    return NOTHING


def _in_release(path: Path, choices: Collection[str]) -> Said:
    if path[:2] == ("metadata", "annotations") and path[-1] in choices:
        return MISPLACED, "on a HelmRelease itself Reloader sees nothing: its chart's workloads need the annotation"
    return NOTHING


def _in_app_template(path: Path, choices: Collection[str]) -> Said:
    if path[:2] == ("metadata", "annotations") and path[-1] in choices:
        return MISPLACED, f"on a HelmRelease itself Reloader sees nothing: move it to spec.values.{_OF_CONTROLLER}"
    if path[:2] != VALUES:
        return NOTHING
    inside = path[2:-1]
    if inside in (("podAnnotations",), ("annotations",)) or (
        inside[:1] == ("controllers",) and (len(inside) == 2 or inside[2:] == ("podAnnotations",))
    ):
        return MISPLACED, f"the chart does not look here: move it to {_OF_CONTROLLER}"
    if path[-1] == EXCLUDE and (inside[2:] == ("pod", "annotations") or inside == ("defaultPodOptions", "annotations")):
        return MISPLACED, f"Reloader reads this on the workload only: move it to {_OF_CONTROLLER}"
    return NOTHING
