"""What Stakater's Reloader does to a workload when a Secret changes, by the annotations that stand there.

The order is Reloader's own (`ShouldReload` of 1.4): exclusion; the list of names; search with match; auto, or
`--auto-reload-all` where the author gave no `auto` any value.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.plain import entries
from krm_secrets.secrets import regex_list
from krm_secrets.secrets.label_selector import picks
from krm_secrets.secrets.regex_list import NameList
from krm_secrets.secrets.reloader_scope import AT_ONCE, by, ignores, leaves_alone, named
from krm_secrets.secrets.uses.reference import (
    ANEW,
    PATCHED,
    UNSEEN,
    UNWRITABLE,
    Annotations,
    Reference,
    Workload,
    find,
)
from krm_secrets.settings.restarts import DOMAIN, Keys, Reloader

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


if TYPE_CHECKING:
    from typing import Literal

    from krm_secrets.errors import Path

    Fate = Literal[
        "restarts", "open", "blind", "left out", "unmatched", "off", "excluded", "ignored", "idle", "late",
        "unlabelled", "stopped",
    ]  # fmt: skip

EXCLUDE = f"secrets.exclude.{DOMAIN}/reload"
"""No flag of Reloader renames it."""

ALL = "--auto-reload-all"

_CLASSES = tuple(f"secretproviderclass.{DOMAIN}/{action}" for action in ("auto", "reload"))

_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))

# Go's ParseDuration.
_DURATION = pattern(r"[-+]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)")


class Answer(NamedTuple):
    """What becomes of one use."""

    fate: Fate
    """`open` is what nobody decided yet, `blind` what its author wants and Reloader does not see, `late` what no
    running Pod reads, `idle` what is left alone for another reason."""
    how: str
    """By what it restarts, or why it does not; "" for what is open."""
    needed: bool = True
    """Whether the user would go on with the old value without it."""


class Around(NamedTuple):
    """What Reloader asks beside the workload."""

    says: Callable[[str], bool]
    """Whether an annotation is "true" on the Secret."""
    labels: Callable[[], Mapping[str, object] | None]
    """The Secret's labels; None where nobody can tell."""


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
    kind: str = ""
    """The kind of the workload, as far as it is known."""
    fails: str = ""
    """What makes Reloader fail at the workload, and go no further."""
    unless: str = ""
    """On what nobody here knows all of it depends, and what keeps Pods from it."""

    def value(self, key: str) -> str | None:
        """What the author gave an annotation."""
        found = find(self.layers, key)
        return None if found is None else text_of(found[1])

    def is_true(self, key: str) -> bool:
        """Whether an annotation is true, of a chart's anywhere."""
        if self.of_chart:
            return any(is_true(layer.entries.get(key)) for layer in self.layers)
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
    def takes_all(self) -> bool:
        """Whether Reloader restarts this without being asked: what is empty counts as nothing said."""
        return (
            self.flags.reloads_all
            and not self.value(self.flags.keys.auto)
            and not self.value(self.flags.keys.typed_auto)
        )

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

    def answer(self, ref: Reference, around: Around) -> Answer:
        """What a change of the Secret does as things stand."""
        late = "" if ref.restart else _LATE if "imagePullSecrets" in ref.path else _UNMOUNTED
        late = late or (ANEW if self.idle == ANEW else "")
        now = self._now(ref, around)
        if now.fate == "restarts":
            done = AT_ONCE[self.kind][2] if self.kind in AT_ONCE else ""
            how = f"{now.how}, {done}" if done else now.how
            return Answer("restarts", how if ref.restart else f"{how}, used or not", not late)
        if now.fate == "stopped" or not late:
            return now._replace(needed=not late)
        return Answer("late", late, needed=False)

    def _now(self, ref: Reference, around: Around) -> Answer:
        keys = self.flags.keys
        if self.idle == UNSEEN:
            return Answer("idle", UNSEEN)
        if self.ignored:
            return Answer("ignored", self.ignored)
        if around.says(keys.ignore):
            return Answer("ignored", f"the Secret asks for it by {keys.ignore}")
        if ref.name in self.excluded:
            return Answer("excluded", f"the author excludes it by {EXCLUDE}")
        unless = self.condition(around)
        if unless is None:
            asked = f"{self.flags.resource_selector}{by(self.flags, 'resourceLabelSelector')}"
            return Answer("unlabelled", f"the Secret has not the labels that {named(self.flags)} looks for: {asked}")
        found = self._chosen(ref, around) if self.layers else self._unchosen(ref)
        if found.fate == "restarts":
            return Answer("stopped", self.fails) if self.fails else Answer("restarts", found.how + unless)
        return found

    def condition(self, around: Around) -> str | None:
        """On what nobody here knows it depends, "" for nothing; None where the Secret has not the labels."""
        if not (asked := self.flags.resource_selector):
            return self.unless
        labels = around.labels()
        picked = None if labels is None else picks(asked, labels)
        return (
            None if picked is False else f"{self.unless}{'' if picked else f', if the Secret has the labels {asked}'}"
        )

    def _unchosen(self, ref: Reference) -> Answer:
        """What happens where the author chose nothing."""
        if self.flags.reloads_all and (ref.auto or self.of_chart) and ref.restart and self.idle != UNWRITABLE:
            return Answer("restarts", f"{ALL}{by(self.flags, 'autoReloadAll')}")
        return Answer("restarts" if self.idle == PATCHED else "idle" if self.idle else "open", self.idle)

    def _chosen(self, ref: Reference, around: Around) -> Answer:
        """What the author's own annotations come to."""
        keys, asked = self.flags.keys, self.asked
        if self.is_listed(ref.name):
            return Answer("restarts", keys.named)
        if self.searched and around.says(keys.match):
            asked.append(keys.search)
        if not asked and self.takes_all:
            asked.append(f"{ALL}{by(self.flags, 'autoReloadAll')}")
        if asked and self.of_chart and ALL not in asked[0]:
            return Answer("restarts", f"{asked[0]}, as far as the chart puts it on its workloads")
        if asked:
            seen = (ref.auto or self.of_chart) and ref.restart
            return Answer("restarts", asked[0]) if seen else Answer("blind", f"{asked[0]} does not see this place")
        if self.searched:
            return Answer("unmatched", f"the author asks for {keys.match} on the Secret, which has none")
        if self.lists:
            return Answer("left out", f"the author's list in {keys.named} leaves it out")
        off = next(key for key in keys.choices if find(self.layers, key) is not None)
        return Answer("off", f'the author set {off}: "{"true" if is_true(self.value(off)) else "false"}"')


_LATE, _UNMOUNTED = "read at each pull", "no container mounts the volume"


def read(workload: Workload, flags: Reloader, labels: Callable[[str], Mapping[str, object] | None]) -> Reading:
    """What it reads at a workload; `labels` knows those of namespaces."""
    found = find(workload.annotations, EXCLUDE)
    excluded = (part.strip() for part in text_of(found[1]).split(",")) if found else ()
    layers = _chosen(workload, flags.keys)
    listed = find(layers, flags.keys.named)
    lists = () if listed is None else (regex_list.parse(text_of(listed[1])),)
    ignored, unless = ignores(flags, workload.namespace, labels)
    if workload.kind == "Rollout" and flags.rollouts is None:
        unless += ", if it was started with --is-Argo-Rollouts"
    return Reading(
        flags,
        ignored or leaves_alone(flags, workload.kind),
        workload.idle,
        frozenset(excluded),
        layers,
        lists,
        kind=workload.kind,
        fails=_failing(workload, flags.keys),
        unless=f"{unless}, {workload.held}" if workload.held else unless,
    )


def _failing(workload: Workload, keys: Keys) -> str:
    """What makes Reloader fail at a Deployment and drop the Secret's event, also for all that come after it."""
    found = find(workload.annotations, keys.pause) if workload.kind == "Deployment" else None
    if found is None or _is_duration(text_of(found[1])):
        return ""
    return f"Reloader fails at {keys.pause}, which is no duration"


def other_types(keys: Keys) -> tuple[str, ...]:
    """The annotations by which an author chooses for what is no Secret."""
    return (keys.configmap_auto, keys.configmap, *_CLASSES)


def is_no_duration(text: str) -> bool:
    """Whether Go's ParseDuration refuses what is given; "" is refused where it stands, and may also not stand."""
    return bool(text) and not _is_duration(text)


def _is_duration(text: str) -> bool:
    return _DURATION.fullmatch(text) is not None or "${" in text or "{{" in text


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
