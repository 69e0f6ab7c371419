"""A part of the graph: what somebody asks for, with all that leads to it and all that it leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import clean, did_you_mean, failure
from krm_secrets.graph import model
from krm_secrets.graph.model import Graph, Node


class Question(NamedTuple):
    """What is asked for; `*` in a name stands for anything. What is empty asks for nothing."""

    secrets: tuple[str, ...] = ()
    """NAMESPACE/NAME."""
    workloads: tuple[str, ...] = ()
    """KIND/NAMESPACE/NAME."""
    items: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    """Recipients, or what people call them."""
    namespaces: tuple[str, ...] = ()
    only: str = ""
    changed: bool = False
    """Whether only what a change touches is asked for."""


ALL = Question()


def ask(found: Graph, question: Question) -> Graph:
    """The part of the graph; Failure for a name that nothing has, since an empty answer would look like a good one."""
    if named := _named(found, question):
        found = around(found, named)
    if question.namespaces:
        kinds = {model.MAKER, model.SECRET, model.EXTERNAL, model.WORKLOAD}
        near = _matching(found, "namespace", question.namespaces, kinds, lambda node: (node.namespace,))
        found = around(found, near)
    if question.changed:
        ends = {end for edge in found.edges if edge.change for end in (edge.source, edge.target)}
        found = around(found, ends | {node.id for node in found.nodes if node.change})
    if question.only:
        found = around(found, set(_ONLY[question.only](found)))
    return found


def around(found: Graph, ids: Iterable[str]) -> Graph:
    """These nodes with all that leads to them, and all that they lead to."""
    down: dict[str, list[str]] = {}
    up: dict[str, list[str]] = {}
    for edge in found.edges:
        down.setdefault(edge.source, []).append(edge.target)
        up.setdefault(edge.target, []).append(edge.source)
    start = set(ids)
    return found.within(_reached(start, down) | _reached(start, up))


def _reached(start: set[str], ways: Mapping[str, list[str]]) -> set[str]:
    done, waiting = set(start), list(start)
    while waiting:
        for each in ways.get(waiting.pop(), ()):
            if each not in done:
                done.add(each)
                waiting.append(each)
    return done


def _named(found: Graph, question: Question) -> set[str]:
    secrets = {model.SECRET, model.EXTERNAL}
    named = _matching(found, "Secret", question.secrets, secrets, lambda node: (_full(node),))
    named |= _matching(
        found,
        "workload",
        question.workloads,
        {model.WORKLOAD},
        lambda node: (f"{node.kind}/{_full(node)}", _full(node)),
    )
    for what, names, kind in (
        ("item", question.items, model.ITEM),
        ("store", question.stores, model.STORE),
        ("reader", question.readers, model.READER),
    ):
        named |= _matching(found, what, names, {kind}, lambda node: (node.name, node.alias, _full(node)))
    return named


def _full(node: Node) -> str:
    return f"{node.namespace}/{node.name}" if node.namespace else node.name


def _matching(
    found: Graph,
    what: str,
    patterns: Iterable[str],
    types: set[str],
    names: Callable[[Node], tuple[str, ...]],
) -> set[str]:
    """The ids of the nodes of these types that a pattern names."""
    ids = set[str]()
    nodes = [(node, names(node)) for node in found.nodes if node.type in types]
    for pattern in patterns:
        own = {node.id for node, called in nodes if any(each and fnmatchcase(each, pattern) for each in called)}
        if not own:
            known = dict.fromkeys(each for _, called in nodes for each in called if each)
            raise failure(f'there is no {what} "{clean(pattern)}" here{did_you_mean(pattern, known)}')
        ids |= own
    return ids


def _problems(found: Graph) -> Iterator[str]:
    yield from (node.id for node in found.nodes if node.problems)
    yield from (node.id for node in model.unmade(found))
    yield from _not_restarted(found)


def _not_restarted(found: Graph) -> Iterator[str]:
    return (edge.target for edge in model.stale(found))


_ONLY: Mapping[str, Callable[[Graph], Iterator[str]]] = {
    "problems": _problems,
    "unused": lambda found: (node.id for node in model.unused(found)),
    "unmade": lambda found: (node.id for node in model.unmade(found)),
    "not-restarted": _not_restarted,
}
