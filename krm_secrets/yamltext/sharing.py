"""Additions to what aliases and merge keys share: written once where all who share it want it, else into those alone.

Nothing that an anchor holds is copied. What is to be written is first tried on the data, so that the text is changed
only where the result reads as it was wanted to, and nowhere else differs.
"""

from __future__ import annotations

from bisect import bisect_left

from krm_secrets.yamltext import splice
from krm_secrets.yamltext.edits import Edit, Updates, creates
from krm_secrets.yamltext.lines import column, entry_start, newline_of
from krm_secrets.yamltext.load import Loader, load
from krm_secrets.yamltext.look import Look, flow_mapping, look_of
from krm_secrets.yamltext.nodes import Alias, Document, Mapping, Node, Scalar, Sequence, resolved
from krm_secrets.yamltext.scalars import resolve

MAX_TRIES = 16
"""Shared values on the way of one update, and places that it writes to; no object that a person writes has as many."""

Place = tuple[int, str | int]


class _Impossible(Exception):
    """No such plan."""


class _Plan:
    """Additions by the node that is to hold them, and aliases that become a mapping of their own beside what they name.

    `crossed` are the shared values on the way; those of `own` are not to be changed themselves.
    """

    def __init__(self, own: frozenset[int]) -> None:
        self.own = own
        self.added: dict[int, tuple[Node, Updates]] = {}
        self.split: dict[Place, tuple[Alias, Node, Updates]] = {}
        self.crossed: dict[int, Node] = {}

    def place(self, node: Node, updates: Updates) -> None:
        for part, change in updates.items():
            value = _written(node, part)
            if value is None:
                self.absent(node, str(part), change)
            elif isinstance(change, str) or not _is_collection(resolved(value)):
                if type(value) is Alias and not isinstance(change, str):
                    raise _Impossible
                self.add(node, part, change)
            elif type(value) is Alias:
                self.through(value, node, part, change)
            elif change:
                self.place(value, change)

    def absent(self, node: Node, name: str, change: Updates | str | None) -> None:
        """A key that the mapping has by a merge key, or not at all."""
        owner = (
            next((each for each in node.merged() if each.written(name) is not None), None)
            if type(node) is Mapping
            else None
        )
        if owner is None or id(owner) in self.own:
            if owner is not None and not isinstance(change, str):
                raise _Impossible
            self.add(node, name, change)
            return
        self.crossed[id(owner)] = owner
        self.place(owner, {name: change})

    def through(self, alias: Alias, node: Node, part: str | int, change: Updates | None) -> None:
        target = alias.target
        self.crossed[id(target)] = target
        if id(target) not in self.own:
            self.place(target, change or {})
            return
        if type(target) is not Mapping or not change:
            raise _Impossible
        if any(not isinstance(below, str) and target.get(str(name)) is not None for name, below in change.items()):
            raise _Impossible
        self.split[id(node), part] = (alias, node, change)

    def add(self, node: Node, part: str | int, change: Updates | str | None) -> None:
        there = self.added.setdefault(id(node), (node, {}))[1]
        there[part] = _together(there.get(part), change)


def update(text: str, document: Document, node: Node, updates: Updates) -> list[Edit] | None:
    """The edits that bring the updates into a node and change nothing else; None where there are none such.

    Deletions are never such.
    """
    if not _only_adds(updates):
        return None
    inner = _aliases(document, node)
    if inner is None:
        return None
    if not inner:
        return splice.update(text, node, updates)
    before = load(node)
    wanted = _applied(before, updates)
    outside = {id(each.target) for each in inner if not node.start <= each.target.start < node.end}
    plan = _found(node, updates, wanted, frozenset(outside))
    return None if plan is None else _edits(text, node, plan)


def _aliases(document: Document, node: Node) -> list[Alias] | None:
    """The aliases in a node; None where one outside of it names something in it."""
    first = bisect_left(document.aliases, node.start, key=lambda each: each.start)
    last = bisect_left(document.aliases, node.end, key=lambda each: each.start)
    named = document.targets()
    for i in range(bisect_left(named, (node.start, 0)), bisect_left(named, (node.end, 0))):
        if not node.start <= named[i][1] < node.end:
            return None
    return document.aliases[first:last]


def _found(node: Node, updates: Updates, wanted: object, own: frozenset[int]) -> _Plan | None:
    """The plan that gives what is wanted with the fewest values that are not changed where they stand."""
    for _ in range(MAX_TRIES):
        plan = _planned(node, updates, own)
        if plan is not None and _Trial(plan).value(node) == wanted:
            return _needed(node, plan, wanted)
        crossed = plan.crossed if plan is not None else {}
        tries = [each for each in crossed if each not in own][:MAX_TRIES]
        plans = {each: _planned(node, updates, own | {each}) for each in tries}
        counts = {each: _differences(_Trial(one).value(node), wanted) for each, one in plans.items() if one is not None}
        if not counts:
            return None
        own |= {min(counts, key=lambda each: counts[each])}
    return None


def _planned(node: Node, updates: Updates, own: frozenset[int]) -> _Plan | None:
    plan = _Plan(own)
    try:
        plan.place(node, updates)
    except _Impossible:
        return None
    return plan


def _needed(node: Node, plan: _Plan, wanted: object) -> _Plan:
    """The plan without what the other additions bring along through a merge key."""
    if len(plan.added) == 1 or len(plan.added) > MAX_TRIES:
        return plan
    for each, (place, changes) in list(plan.added.items()):
        if type(place) is Mapping and any(True for _ in place.merges()):
            del plan.added[each]
            if _Trial(plan).value(node) != wanted:
                plan.added[each] = (place, changes)
    return plan


def _edits(text: str, node: Node, plan: _Plan) -> list[Edit]:
    look = look_of(text, node)
    edits = [edit for place, changes in plan.added.values() for edit in splice.update(text, place, changes, look)]
    for (_, part), (alias, place, changes) in plan.split.items():
        edits += _split(text, alias, place, part, changes, look)
    return [edit._replace(everywhere=True) for edit in edits]


def _split(text: str, alias: Alias, node: Node, part: str | int, changes: Updates, look: Look) -> list[Edit]:
    """`key: *alias` to a mapping that merges what the alias names, in the style of what is around."""
    look = look_of(text, node, look)
    if type(node) is Mapping and not node.flow and isinstance(part, str):
        at = node.entries()[part]
        colon = text.index(":", node.children[at].end) + 1
        if not text[colon : alias.start].strip(" "):
            margin = newline_of(text) + " " * (column(text, entry_start(text, node, at)) + look.step)
            rows = [*splice.block(changes, look.step), "<<: "]
            return [Edit(colon, alias.start, "".join(margin + row for row in rows))]
    # Never quoted: `"<<"` is a key like any other.
    opened = flow_mapping(changes, look._replace(margin=""))[:-1].rstrip()
    return [Edit(alias.start, alias.start, f"{opened}, <<: "), Edit(alias.end, alias.end, f"{look.pad}}}")]


class _Trial(Loader):
    """Reads a node as if a plan were carried out."""

    def __init__(self, plan: _Plan) -> None:
        super().__init__()
        self.plan = plan
        self.splits: dict[int, Updates] = {}
        for (node, part), (_, _, changes) in plan.split.items():
            self.splits.setdefault(node, {})[part] = changes

    def value(self, node: Node) -> object:
        found = super().value(node)
        return self.with_plan(resolved(node), found) if type(resolved(node)) is Sequence else found

    def mapping(self, node: Mapping) -> dict[str, object]:
        found = self.with_plan(node, super().mapping(node))
        assert isinstance(found, dict)
        return found

    def with_plan(self, node: Node, found: object) -> object:
        for changes in (self.plan.added.get(id(node), (node, {}))[1], self.splits.get(id(node), {})):
            found = _applied(found, changes) if changes else found
        return found


def _applied(data: object, changes: Updates | str | None) -> object:
    """Data with the changes; the text of a new value stands for what it means."""
    if isinstance(changes, str):
        return ("text", changes)
    if isinstance(data, list):
        items = list(data)
        for index, change in (changes or {}).items():
            assert isinstance(index, int)
            items[index] = _applied(items[index], change)
        return items
    found = dict(data) if isinstance(data, dict) else {}
    for part, change in (changes or {}).items():
        found[str(part)] = _applied(found.get(str(part)), change)
    return found


def _differences(one: object, other: object) -> int:
    if isinstance(one, dict) and isinstance(other, dict):
        return sum(_differences(one.get(key), other.get(key)) for key in one.keys() | other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return sum(map(_differences, one, other))
    return one != other


def _together(one: Updates | str | None, other: Updates | str | None) -> Updates | str | None:
    if one is None or one == other:
        return other
    if isinstance(one, str) or not isinstance(other, dict):
        raise _Impossible
    return {**one, **{part: _together(one.get(part), change) for part, change in other.items()}}


def _written(node: Node, part: str | int) -> Node | None:
    if type(node) is Sequence and isinstance(part, int):
        return node.items[part]
    if type(node) is not Mapping:
        raise _Impossible
    return node.written(str(part))


def _is_collection(node: Node) -> bool:
    if type(node) is Scalar and resolve(node) is not None:
        raise _Impossible
    return type(node) is not Scalar


def _only_adds(updates: Updates) -> bool:
    return all(isinstance(c, str) or (c is not None and creates(c) and _only_adds(c)) for c in updates.values())
