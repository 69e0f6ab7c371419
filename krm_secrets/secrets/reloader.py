"""What Stakater's Reloader does to a workload when a Secret changes, by the annotations that stand there.

The order is Reloader's own (`ShouldReload` of 1.4): exclusion; the list of names; search with match; auto.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from krm_secrets._startup.records import NamedTuple
from krm_secrets.plain import entries
from krm_secrets.secrets import regex_list
from krm_secrets.secrets.regex_list import NameList
from krm_secrets.secrets.uses.reference import ANEW, PATCHED, Annotations, Reference, Workload, find
from krm_secrets.settings.restarts import DOMAIN, Keys, Reloader

if TYPE_CHECKING:
    from typing import Literal

    from krm_secrets.errors import Path

    Fate = Literal["restarts", "open", "blind", "left out", "unmatched", "off", "excluded", "ignored", "idle", "late"]

EXCLUDE = f"secrets.exclude.{DOMAIN}/reload"
"""No flag of Reloader renames it."""

IGNORE = f"{DOMAIN}/ignore"
"""On a Secret: no workload restarts for it."""

ALL = "--auto-reload-all"

OTHER_TYPES = tuple(
    f"{resource}.{DOMAIN}/{action}"
    for resource in ("configmap", "secretproviderclass")
    for action in ("auto", "reload")
)

_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))


class Answer(NamedTuple):
    """What becomes of one use."""

    fate: Fate
    """`open` is what nobody decided yet, `blind` what its author wants and Reloader does not see, `late` what no
    running Pod reads, `idle` what is left alone for another reason."""
    how: str
    """By what it restarts, or why it does not; "" for what is open."""


class Reading(NamedTuple):
    """What Reloader reads at one workload, or at all those of a chart."""

    flags: Reloader
    ignored: str
    """Why Reloader looks at nothing here."""
    idle: str
    """Why the workload is left alone where its author chose nothing."""
    excluded: frozenset[str]
    """Secrets that the author shut out; Reloader reads this on the workload only, as plain names."""
    layers: tuple[Annotations, ...]
    """The maps in which the author chose, of which the first that has a key wins; none when the choice is ours."""
    lists: tuple[NameList, ...]
    """The author's lists of names."""
    of_chart: bool = False
    """Whether nobody can tell on which of a chart's workloads the annotations come to stand."""

    def value(self, key: str) -> str | None:
        """What the author gave an annotation."""
        found = find(self.layers, key)
        return None if found is None else text_of(found[1])

    def is_true(self, key: str) -> bool:
        """Whether an annotation is true."""
        found = find(self.layers, key)
        return found is not None and is_true(found[1])

    @property
    def asked(self) -> list[str]:
        """The annotations by which the author asks for all Secrets that Reloader sees."""
        return [key for key in (self.flags.keys.auto, self.flags.keys.typed_auto) if self.is_true(key)]

    @property
    def searched(self) -> bool:
        """Whether only Secrets with `match` count; Go's other words for true do not count here."""
        return self.value(self.flags.keys.search) == "true"

    @property
    def only_lists(self) -> bool:
        """Whether the author chose nothing but names: `auto` and `search` decide for all Secrets, "false" included."""
        others = self.flags.keys.choices[1:]
        return bool(self.lists) and not any(key in layer.entries for layer in self.layers for key in others)

    @property
    def list_path(self) -> Path:
        """Where the first list stands."""
        found = find(self.layers, self.flags.keys.named)
        assert found is not None
        return (*found[0], self.flags.keys.named)

    def is_listed(self, name: str) -> bool:
        """Whether one of the author's lists has the name."""
        return any(each.matches(name) for each in self.lists)

    def answer(self, ref: Reference, says: Callable[[str], bool]) -> Answer:
        """What a change of the Secret does as things stand; `says` tells which annotations are "true" on the Secret."""
        if not ref.restart:
            return Answer("late", _LATE if "imagePullSecrets" in ref.path else _UNMOUNTED)
        if self.idle == ANEW:
            return Answer("late", ANEW)
        if self.ignored:
            return Answer("ignored", self.ignored)
        if says(IGNORE):
            return Answer("ignored", f"the Secret asks for it by {IGNORE}")
        if ref.name in self.excluded:
            return Answer("excluded", f"the author excludes it by {EXCLUDE}")
        if self.layers:
            return self._somewhere(ref) if self.of_chart else self._chosen(ref, says)
        if self.flags.reloads_all and (ref.auto or self.of_chart):
            return Answer("restarts", ALL)
        return Answer("restarts" if self.idle == PATCHED else "idle" if self.idle else "open", self.idle)

    def _somewhere(self, ref: Reference) -> Answer:
        """What the annotations in the values of a chart come to."""
        keys = self.flags.keys
        if self.is_listed(ref.name):
            return Answer("restarts", keys.named)
        others = (key for each in self.layers for key in each.entries if key in keys.choices[1:])
        if other := next(others, ""):
            return Answer("restarts", f"{other}, as far as the chart puts it on its workloads")
        return Answer("left out", f"the author's list in {keys.named} leaves it out")

    def _chosen(self, ref: Reference, says: Callable[[str], bool]) -> Answer:
        """What the author's own annotations come to."""
        keys, asked = self.flags.keys, self.asked
        if self.is_listed(ref.name):
            return Answer("restarts", keys.named)
        if self.searched and says(keys.match):
            asked.append(keys.search)
        if asked:
            return Answer("restarts", asked[0]) if ref.auto else Answer("blind", f"{asked[0]} does not see this place")
        if self.searched:
            return Answer("unmatched", f"the author asks for {keys.match} on the Secret, which has none")
        if self.lists:
            return Answer("left out", f"the author's list in {keys.named} leaves it out")
        off = next(key for key in keys.choices if find(self.layers, key) is not None)
        return Answer("off", f'the author set {off}: "{"true" if is_true(self.value(off)) else "false"}"')


_LATE, _UNMOUNTED = "read at each pull", "no container mounts the volume"


def read(workload: Workload, flags: Reloader) -> Reading:
    """What it reads at a workload."""
    found = find(workload.annotations, EXCLUDE)
    excluded = (part.strip() for part in text_of(found[1]).split(",")) if found else ()
    layers = _chosen(workload, flags.keys)
    listed = find(layers, flags.keys.named)
    lists = () if listed is None else (regex_list.parse(text_of(listed[1])),)
    return Reading(flags, ignores(flags, workload.namespace), workload.idle, frozenset(excluded), layers, lists)


def ignores(flags: Reloader, namespace: str) -> str:
    """Why it does not look at a namespace; "" where it does."""
    return f"Reloader ignores the namespace {namespace}" if namespace in flags.ignored else ""


def _chosen(workload: Workload, keys: Keys) -> tuple[Annotations, ...]:
    """The layers in which the author made a choice; none when the choice is ours."""
    choices = set(keys.choices)
    for layers in (workload.annotations, workload.pod):
        for layer in layers:
            if not choices.isdisjoint(layer.entries):
                return layers
    return ()


def mentions(renderers: object, keys: Keys) -> bool:
    """Whether an author's post renderers have to do with Reloader."""
    words = (DOMAIN, *keys)
    todo = [renderers]
    while todo:
        node = todo.pop()
        if isinstance(node, str) and any(word in node for word in words):
            return True
        todo += [child for _, child in entries(node)]
    return False


def is_true(value: object) -> bool:
    """Whether Go's ParseBool, which Reloader asks, takes the value for true."""
    return value is True or (isinstance(value, str | int) and str(value) in _TRUE)


def is_label_map(path: Path) -> bool:
    """Whether the map at the path holds labels."""
    return bool(path) and str(path[-1]).lower().endswith("labels")


def text_of(value: object) -> str:
    """The value as the API server would hold it; lists and maps, which it refuses, count as empty."""
    return str(value) if isinstance(value, str | int | float) else ""
