"""What stands on the cards of a drawing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import INFO
from krm_secrets.graph import captions, model
from krm_secrets.graph.model import Edge, Node

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.graph.layout import Piece

State: TypeAlias = Literal["", "good", "quiet", "wrong", "gone"]

_KEYS = 3


class Card(NamedTuple):
    """A name, a line below it, and how that is meant: good, wrong, or nothing to do."""

    name: str
    below: str
    state: State


def cards(piece: Piece, home: str, above: dict[str, tuple[Node, ...]]) -> list[Card]:
    """The cards of a piece, in its order; `home` is the namespace that need not be named."""
    effects: dict[int, list[Edge]] = {}
    used = set[int]()
    for line in piece.lines:
        effects.setdefault(line.target, []).extend(line.effects)
        if line.edge.type == model.USES:
            used.add(line.source)
    return [
        _card(spot.node, home, above.get(spot.node.id, ()), effects.get(n, ()), n in used)
        for n, spot in enumerate(piece.spots)
    ]


def _card(node: Node, home: str, above: Sequence[Node], effects: Iterable[Edge], used: bool) -> Card:
    name = captions.short(node.alias or node.name)
    where = [captions.short(node.namespace)] if node.namespace not in ("", home) else []
    serious = [each.rule for each in node.problems if each.severity != INFO]
    state: State = "wrong" if serious else ""
    wrong = [f"✗ {serious[0]}"] if serious else []
    if node.type == model.SOPS_FILE:
        readers = ", ".join(captions.short(each.alias) or captions.reader(each) for each in above)
        told = ["SOPS", readers] if readers else ["SOPS"]
        return Card(captions.short(os.path.basename(node.name)), " · ".join((*wrong, *told)), state)
    if node.type == model.ITEM:
        return Card(name, " · ".join((*wrong, f"in {captions.short(node.provider)}", *where)), state)
    if node.type in (model.STORE, model.MAKER):
        return Card(name, " · ".join((*wrong, captions.short(node.kind, 80), *where)), state)
    if node.type == model.EXTERNAL:
        return Card(name, " · ".join((*where, captions.unmade(node))), "quiet" if node.maybe or node.known else "gone")
    if node.type == model.SECRET:
        keys = captions.keys(node.keys or (), _KEYS) or "keys not known"
        below = keys if used else captions.UNUSED
        return Card(name, " · ".join((*wrong, *where, below)), state or ("" if used else "quiet"))
    sign, fate = fate_of(effects)
    if serious and fate != "wrong":
        sign = f"✗ {serious[0]}"
    return Card(name, " · ".join((sign, captions.short(node.kind, 80), *where)), state or fate)


def fate_of(effects: Iterable[Edge]) -> tuple[str, State]:
    """What becomes of a user when its Secrets change: the worst of it, in a few words."""
    found = list(effects)
    if any(each.stale for each in found):
        return "✗ not restarted", "wrong"
    if by := [each.by for each in found if each.by]:
        return f"↻ {captions.short(by[0], 80)}", "good"
    return "– no restart needed", "quiet"
