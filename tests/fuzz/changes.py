"""Changes to a tree of nodes, of every kind that a mistake, a merge, a tool or an attacker makes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st

from tests.fuzz.nodes import Mapping, Node, Place, Scalar, Sequence, block, copied, flow, places

CANARY = "CANARY-7f3a"
"""In every value that is secret: it may move nowhere where names are, which messages show."""


class Change(NamedTuple):
    """What is done, where, and with which of the pieces."""

    name: str
    where: int
    piece: int


_SCALARS = (
    "", "~", "null", "true", "no", "0", "-1", "1.5", ".nan", "1e999", "0x1F", "1_000", "9" * 400,
    "18446744073709551616", "2020-01-01", "2026-01-02T03:04:05Z", '""', "''", '" "', '"a\\nb"', '"\\0"', '"\\ud800"',
    '"\\u202e"', '"é"', '"\U0001f512"', '"a/b"', '".."', '"."', '"-h"', '"{{ .x }}"', '"{{"', '"${X}"', '"$(x)"',
    '"vault:x#y"', '"a#b#c"', '"*"', '"[a"', '"("', '"1h"', '"-1h"', '"1h±10%"', '"99999999999h"', '"Secret"',
    '"SecretMapping"', '"ResourceList"', '"List"', '"SecretList"', '"krm-secrets.dev/v1alpha1"',
    '"external-secrets.io/v1"', '"v1"', '"x"', '"=="', '"RU5DW0FFUzI1Nl9HQ00sZGF0YTp4"',
    '"ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]"', '"ENC["', '"<<"', '"sops"', "<<", "!!binary eA==", "!!binary x",
    "!!int x", "!!str 1", "!!timestamp x", "!x y", "!!set {a}", "!!null x", "*a", "*nowhere", '"' + "x" * 300 + '"',
    '"kustomize"', '"age1"', '"type:comment"', '"../x"', '"/etc/passwd"', '"\ufeff"', "=", "y",
)  # fmt: skip
_KEYS = (
    '"metadata"', '"annotations"', '"labels"', '"name"', '"namespace"', '"kind"', '"apiVersion"', '"spec"', '"data"',
    '"stringData"', '"sops"', '"items"', '"a.b/c"', '"config.kubernetes.io/path"',
    '"internal.config.kubernetes.io/path"', '"config.kubernetes.io/index"', '"kustomize.config.k8s.io/id"',
    '"config.kubernetes.io/function"', '"krm-secrets.dev/x"', '"config.kubernetes.io/origin"', '"secrets"', '"store"',
    '"defaults"', '"refresh"', '"template"', '"target"', '"type"', '"resources"', '"patches"', '"generators"',
    '"components"', '"values"', '"valuesFrom"', '"envFrom"', "<<", "1", "true", "~", '""', "[a]", "{a: b}", "&a x",
    '"é"', '"a b"', '"x"',
)  # fmt: skip
_MARKS = ("&a ", "!x ", "!!map ", "!!seq ", "!!str ", "!!set ", "!!omap ", "!!binary ", "!<tag:yaml.org,2002:map> ")
_DEPTHS = (2, 20, 90, 130, 1200)

_LINES = (
    "", "\n", "- ", "? ", ": ", "&a ", "*a", "<<: ", "[", "]", "{", "}", ",", "#", '"', "'", "|\n", "\\", "\t", "\0",
    "!x ", "null", "é", "\ufeff", "\ufffe", "---\n", "...\n", "%YAML 1.1\n", "\r\n", "\u2028", "\x85", "sops:\n",
    "ENC[AES256_GCM,data:", "kind: Secret\n", "# Source: x\n",
)  # fmt: skip


def _holds_canary(node: Node) -> bool:
    return CANARY in flow(node)


def _keyed(place: Place) -> Mapping | None:
    return place.around if isinstance(place.around, Mapping) else None


def removed(place: Place, _: int, __: list[Place]) -> None:
    below: list[object] = list(place.around.pairs if isinstance(place.around, Mapping) else place.around.items)
    if place.at < len(below):
        del (place.around.pairs if isinstance(place.around, Mapping) else place.around.items)[place.at]


def replaced(place: Place, piece: int, _: list[Place]) -> None:
    place.put(Scalar(_SCALARS[piece % len(_SCALARS)]))


def emptied(place: Place, piece: int, _: list[Place]) -> None:
    place.put(
        (Mapping([]), Sequence([]), Sequence([Scalar("null")]), Mapping([(Scalar("<<"), Scalar("1"))]))[piece % 4]
    )


def doubled(place: Place, piece: int, _: list[Place]) -> None:
    """The same key, or item, once more: with the same value, or another."""
    node = copied(place.node) if piece % 2 else Scalar(_SCALARS[piece % len(_SCALARS)])
    if isinstance(place.around, Mapping):
        place.around.pairs.insert(place.at, (copied(place.around.pairs[place.at][0]), node))
    else:
        place.around.items.insert(place.at, node)


def added(place: Place, piece: int, _: list[Place]) -> None:
    new = (Scalar(_KEYS[piece % len(_KEYS)]), Scalar(_SCALARS[piece % len(_SCALARS)]))
    if isinstance(place.node, Mapping):
        place.node.pairs.append(new)
    elif isinstance(place.node, Sequence):
        place.node.items.append(Mapping([new]))
    elif isinstance(place.around, Mapping):
        place.around.pairs.append(new)


def renamed(place: Place, piece: int, _: list[Place]) -> None:
    if isinstance(place.around, Mapping):
        place.around.pairs[place.at] = (Scalar(_KEYS[piece % len(_KEYS)]), place.node)


def wrapped(place: Place, piece: int, _: list[Place]) -> None:
    around: tuple[Node, ...] = (
        Sequence([place.node]), Mapping([(Scalar("x"), place.node)]), Mapping([(Scalar("<<"), place.node)]),
        Mapping([(Scalar(_KEYS[piece % len(_KEYS)]), place.node)]), Sequence([place.node, Scalar("null")]),
    )  # fmt: skip
    place.put(around[piece % len(around)])


def unwrapped(place: Place, _: int, __: list[Place]) -> None:
    inner = next(places(place.node), None)
    if inner is not None:
        place.put(inner.node)


def nested(place: Place, piece: int, _: list[Place]) -> None:
    depth = _DEPTHS[piece % len(_DEPTHS)]
    open_, close = (("[", "]"), ("{a: ", "}"))[piece // 8 % 2]
    place.put(Scalar(open_ * depth + "x" + close * depth))


def moved(place: Place, piece: int, all_: list[Place]) -> None:
    """Another part of the document in its place."""
    node = all_[piece % len(all_)].node
    if not _holds_canary(node):
        place.put(copied(node))


def swapped(place: Place, piece: int, all_: list[Place]) -> None:
    other = all_[piece % len(all_)]
    if not (_holds_canary(place.node) or _holds_canary(other.node)):
        one, two = copied(place.node), copied(other.node)
        place.put(two)
        other.put(one)


def marked(place: Place, piece: int, _: list[Place]) -> None:
    place.node.mark = _MARKS[piece % len(_MARKS)]


def shared(place: Place, piece: int, all_: list[Place]) -> None:
    """An anchor here, and aliases or a merge key elsewhere."""
    other = all_[piece % len(all_)]
    if _holds_canary(place.node) or _holds_canary(other.node):
        return
    place.node.mark = "&a "
    if piece % 3 == 0 and isinstance(other.node, Mapping):
        other.node.pairs.append((Scalar("<<"), Scalar("*a ")))
    else:
        other.put(Scalar("*a "))


CHANGES: dict[str, Callable[[Place, int, list[Place]], None]] = {
    function.__name__: function
    for function in (
        removed, replaced, emptied, doubled, added, renamed, wrapped, unwrapped, nested, moved, swapped, marked, shared,
    )
}  # fmt: skip


def changes(most: int = 4) -> st.SearchStrategy[list[Change]]:
    """A few changes, of which fewer and earlier ones are simpler."""
    one = st.builds(Change, st.sampled_from(sorted(CHANGES)), st.integers(0, 10_000), st.integers(0, 10_000))
    return st.lists(one, min_size=1, max_size=most)


def changed(documents: list[Node], wanted: list[Change]) -> list[Node]:
    """The documents with the changes made, one after the other."""
    top = Sequence([copied(document) for document in documents])
    for change in wanted:
        found = list(places(top))
        if not found:
            break
        CHANGES[change.name](found[change.where % len(found)], change.piece, found)
    return top.items


def text_of(documents: list[Node], lines: bool) -> str:
    """The documents as a stream."""
    return "".join(f"---\n{block(document) if lines else flow(document)}\n" for document in documents)


def damaged() -> st.SearchStrategy[list[tuple[float, int, str]]]:
    """Cuts and insertions in a text."""
    return st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(_LINES)), max_size=2)


def damage(text: str, cuts: list[tuple[float, int, str]]) -> str:
    for where, length, piece in cuts:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + length :]
    return text


def secret_value(name: str) -> str:
    """A value that no message may show."""
    return json.dumps(f"{CANARY}-{name}")
