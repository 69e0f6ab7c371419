"""What mends an annotation of Reloader, where that can only be one thing.

A cure is tried on the object: it counts only where nothing is wrong any more with what it writes.
"""

from __future__ import annotations

from copy import deepcopy

from krm_secrets.errors import Path, Problem
from krm_secrets.plain import as_map, at
from krm_secrets.secrets import regex_list
from krm_secrets.secrets.findings import missing, slip
from krm_secrets.secrets.lint_annotations import (
    MISPLACED,
    UNKNOWN,
    VALUE,
    Words,
    mistakes,
    takes_controllers,
)
from krm_secrets.secrets.reloader import EXCLUDE, is_label_map, text_of
from krm_secrets.secrets.reloader_scope import AT_ONCE
from krm_secrets.secrets.uses.release import VALUES

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from krm_secrets.secrets.effect import Effects, Judged
    from krm_secrets.settings.restarts import Reloader

    Cure: TypeAlias = tuple[tuple[Path, str | None], ...]
    """Fields of an object with their new texts; None for one that goes."""

_ON, _OFF = frozenset(("yes", "y", "on", "enabled", "enable")), frozenset(("no", "n", "off", "disabled", "disable"))


def of_annotation(obj: Mapping[str, object], problem: Problem, flags: Reloader) -> Cure:
    """What mends a mistake of `lint_annotations`; nothing where the author alone can tell what was meant."""
    propose = _PROPOSALS.get(problem.rule)
    cure = propose(obj, problem.path, Words(flags)) if propose is not None else ()
    written = {path for path, text in cure if text is not None}
    wrong = (each.path for each in mistakes(_with(obj, cure), flags)) if cure else ()
    return () if written.intersection(wrong) else cure


def _renamed(obj: Mapping[str, object], path: Path, words: Words) -> Cure:
    key = str(path[-1])
    return _moved(obj, path, (*path[:-1], words.gone.get(key) or words.meant(key)))


def _placed(obj: Mapping[str, object], path: Path, _: Words) -> Cure:
    key = path[-1]
    if is_label_map(path[:-1]):
        return _moved(obj, path, (*path[:-2], "annotations", key)) if path[-2] == "labels" else ()
    if obj.get("kind") == "HelmRelease":
        name = _controller(obj, path) if takes_controllers(obj) else ""
        return _moved(obj, path, (*VALUES, "controllers", name, "annotations", key)) if name else ()
    return _moved(obj, path, ("metadata", "annotations", key)) if key == EXCLUDE else ()


def _controller(obj: Mapping[str, object], path: Path) -> str:
    """The one controller of a release that can be meant."""
    names = list(as_map(at(obj, (*VALUES, "controllers"))))
    own = path[len(VALUES) + 1 : len(VALUES) + 2] if path[: len(VALUES) + 1] == (*VALUES, "controllers") else ()
    return str(own[0]) if own else names[0] if len(names) == 1 else ""


def _moved(obj: Mapping[str, object], path: Path, to: Path) -> Cure:
    """The annotation at another place, where there is none yet."""
    value = at(obj, path)
    text = str(value).lower() if isinstance(value, bool) else text_of(value)
    return ((path, None), (to, text)) if to[-1] and text and at(obj, to) is None else ()


def _said(obj: Mapping[str, object], path: Path, words: Words) -> Cure:
    """The word that Reloader takes for one that nobody takes for anything else."""
    if path[-1] not in words.switches:
        return ()
    text = text_of(at(obj, path)).strip().lower()
    on = text in _ON or text in ("1", "t", "true")
    return ((path, "true" if on else "false"),) if on or text in _OFF else ()


_PROPOSALS: Mapping[str, Callable[[Mapping[str, object], Path, Words], Cure]] = {
    UNKNOWN: _renamed,
    MISPLACED: _placed,
    VALUE: _said,
}


def _with(obj: Mapping[str, object], cure: Cure) -> Mapping[str, object]:
    """A copy of the object, mended."""
    copy = deepcopy(dict(obj))
    for path, text in cure:
        *way, last = path
        node: object = copy
        for part in way:
            node = node.setdefault(part, {}) if isinstance(node, dict) else at(node, (part,))
        if isinstance(node, dict):
            node.pop(last, None)
            node.update({last: text} if text is not None else {})
    return copy


def of_use(effects: Effects, problem: Problem) -> Cure:
    """What mends a finding about how an object uses a Secret."""
    if problem.rule == "reloader-list-misses":
        return next((cure for judged in effects.workloads if (cure := _listed(judged, problem.path))), ())
    return next((cure for judged in effects.workloads if (cure := _left_alone(effects, judged, problem.path))), ())


def _listed(judged: Judged, path: Path) -> Cure:
    """The list with all names that it misses."""
    names = missing(judged)
    if not names or judged.reading.list_path != path:
        return ()
    entries = judged.reading.lists[0].entries
    if any(slip(name, entries) for name in names):
        return ()
    before = (judged.reading.value(str(path[-1])) or "").rstrip(", ")
    return ((path, ",".join(filter(None, (before, regex_list.write(names))))),)


def _left_alone(effects: Effects, judged: Judged, path: Path) -> Cure:
    """A Job without the one annotation by which Reloader starts it."""
    reading, own = judged.reading, effects.found.kind in AT_ONCE
    if not any(ref.path == path for group in judged.workload.references for ref in group):
        return ()
    keys = reading.flags.keys.choices
    chosen = {(*layer.path, key) for layer in reading.layers for key in keys if key in layer.entries}
    if len(chosen) != 1 or reading.flags.reloads_all:
        return ()
    (place,) = chosen
    inside = place[: len(VALUES) + 1] == (*VALUES, "controllers")  # what stands elsewhere reaches others, too
    return ((place, None),) if own or inside else ()
