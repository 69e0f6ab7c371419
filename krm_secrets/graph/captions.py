"""What the parts of the graph are called where people look at them. Names that others chose are cleaned here."""

from __future__ import annotations

from collections.abc import Sequence

from krm_secrets.errors import clean
from krm_secrets.graph import model
from krm_secrets.graph.model import Edge, Node
from krm_secrets.secrets.makers.maker import ANYWHERE
from krm_secrets.sops.recipients import Recipient

UNUSED = "used by nothing here"
NOT_HERE = "not in these files"
_LONGEST = 200
_ENDS = 80
_KEYS = 4
_PREFIXES = {model.STORE: "store", model.ITEM: "item", model.SOPS_FILE: "file", model.SECRET: "Secret"}
_PREFIXES |= {model.EXTERNAL: "Secret", model.READER: "reader"}

NOTHING = "nothing restarts it"
_HARMLESS = "–"
"""In front of what needs no restart."""


def short(name: str, longest: int = _LONGEST) -> str:
    """A name as it can be shown: one line, without control or direction characters, and of some length."""
    if len(name) > longest:
        half = min(_ENDS, longest // 2)
        name = f"{name[:half]}…{name[-half:]}"
    return clean(name)


def title(node: Node) -> tuple[str, str]:
    """What a node is, and what it is called."""
    prefix = _PREFIXES.get(node.type, short(node.kind, 80))
    if node.type == model.READER:
        return prefix, reader(node)
    if node.type == model.ITEM:
        return prefix, f"{short(node.alias)} ({short(node.name)})" if node.alias else short(node.name)
    if node.type == model.STORE:
        if node.provider == "generator":
            return short(node.kind, 80), full(node)
        return (
            prefix,
            f"{full(node)} ({short(node.kind, 80)}{f', {short(node.provider, 80)}' if node.provider else ''})",
        )
    return prefix, full(node)


def namespace(name: str) -> str:
    """A namespace as a heading."""
    return "in several namespaces" if name == ANYWHERE else short(name) or "without a namespace"


def full(node: Node) -> str:
    """The name with its namespace."""
    return short(f"{node.namespace}/{node.name}" if node.namespace else node.name)


def reader(node: Node) -> str:
    """A reader: what people call it, or the ends of its name."""
    name = short(Recipient(node.provider or "age", node.name).short)
    return f"{short(node.alias)} ({name})" if node.alias else name


def keys(names: Sequence[str], most: int = _KEYS) -> str:
    """Keys, of many the first ones."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(short(name, 80) for name in names[:most]) + more


def where(node: Node | Edge) -> str:
    """The file and line."""
    return f"{short(node.file)}:{node.line}" if node.file else f"line {node.line}"


def effect(edge: Edge) -> str:
    """What becomes of a change, with a sign in front."""
    how = short(edge.how)
    if edge.by:
        added = " (added)" if edge.added else ""
        return f"↻ {short(edge.by)}: {how}{added}"
    return f"✗ {NOTHING}: {how}" if edge.stale else f"{_HARMLESS} {how}"


def unmade(node: Node) -> str:
    """Why a Secret has no maker."""
    if node.known:
        return f"– made by {short(node.known)}"
    return "? nobody can tell what makes it" if node.maybe else "✗ nothing here makes it"


def count(number: int, what: str) -> str:
    """A number of things."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def cut(text: str, longest: int) -> str:
    """The beginning of a text that is too long for its place."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
