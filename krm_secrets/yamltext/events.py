"""libyaml's events to nodes; the only module that imports PyYAML."""

from __future__ import annotations

import gc
from _operator import attrgetter  # without the rest of `operator`

import yaml

from krm_secrets._startup.bare import EVENTS, as_event
from krm_secrets.yamltext.lines import indicator
from krm_secrets.yamltext.nodes import (
    MAX_DEPTH,
    SPACE,
    Alias,
    Document,
    Mapping,
    Node,
    Scalar,
    Sequence,
    YamlError,
    line_of,
)
from krm_secrets.yamltext.scalars import resolve

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from krm_secrets._startup.bare import Event

try:
    from yaml._yaml import CParser
except ImportError:
    raise SystemExit(
        "krm-secrets: PyYAML is installed without libyaml, which is too slow for clusters and does not report positions"
        " the same way; install PyYAML from a wheel (pip install --only-binary PyYAML PyYAML)"
    ) from None

_value_of = attrgetter("value")

a_document, an_alias, a_scalar = EVENTS["DocumentStartEvent"], EVENTS["AliasEvent"], EVENTS["ScalarEvent"]
a_mapping, a_sequence = EVENTS["MappingStartEvent"], EVENTS["SequenceStartEvent"]
end_of_mapping, end_of_sequence = EVENTS["MappingEndEvent"], EVENTS["SequenceEndEvent"]
end_of_document, end_of_stream = EVENTS["DocumentEndEvent"], EVENTS["StreamEndEvent"]

ERRORS = (yaml.YAMLError, YamlError, UnicodeEncodeError)


def build(text: str) -> list[Document]:
    """Build all documents of the text; YamlError also for a tag or a merge key that does not fit its value.

    The collector is off meanwhile: nodes hold no cycles until the end, and each collection would walk all of them.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        documents = _build(text)
    finally:
        if enabled:
            gc.enable()
    if "<<" in text or ("merge" in text and "\\" in text):  # escapes may spell a key that is tagged
        _check_merges(documents)
    return documents


def _build(text: str) -> list[Document]:
    # One loop, since a call an event would double the cost; `children` is the list of the innermost open collection.
    get: Callable[[], Any] = CParser(text).get_event
    if vars(yaml.events)["ScalarEvent"] is not a_scalar:  # all of PyYAML was imported
        get = _as_ours(get)
    documents: list[Document] = []
    anchors: dict[str, Node] = {}
    stack: list[tuple[list[Node], Mapping | Sequence | None]] = []
    children: list[Node] = []
    current: Mapping | Sequence | None = None
    node: Node
    while True:
        event = get()
        kind = type(event)
        if kind is a_scalar:
            anchor, tag, _, value, first, last, style = event.args
            start, end = first.index, last.index
            if start == end and type(current) is Mapping and len(children) % 2:
                # Right behind its `:`, or at the end of a key that has none (`? key`, `{key}`); libyaml says where the
                # next token begins.
                key = children[-1].end
                start = end = indicator(text, key, start, ":", key - 1) + 1
            elif style == "|" or style == ">":
                # libyaml ends a block scalar where the next line with content begins.
                end = start + len(text[start:end].rstrip(SPACE))
            node = Scalar(start, end, tag, anchor, value, style)
            children.append(node)
            if tag is not None:
                resolve(node)
        elif kind is a_mapping or kind is a_sequence:
            anchor, tag, _, first, last, flow = event.args
            start = first.index
            make = Mapping if kind is a_mapping else Sequence
            node = opened = make(start, last.index, tag, anchor, flow)
            children.append(node)
            stack.append((children, current))
            if len(stack) > MAX_DEPTH:
                raise YamlError(f"more than {MAX_DEPTH} levels of nesting", start)
            children = opened.children if type(opened) is Mapping else opened.items  # type: ignore[union-attr]
            current = opened
        elif kind is end_of_mapping or kind is end_of_sequence:
            assert current is not None
            first, last = event.args
            end = last.index
            # `[key: value]` holds a mapping in flow style without braces.
            current.end = end if current.flow and end > first.index else children[-1].end
            if kind is end_of_mapping and (len(children) > 2 or (children and type(children[0]) is not Scalar)):
                try:
                    repeats = 2 * len(set(map(_value_of, children[::2]))) < len(children)
                except AttributeError:  # an alias, or a key that is a list: whoever needs to know looks closely
                    repeats = True
                if repeats:
                    documents[-1].repeats = True
            children, current = stack.pop()
            continue
        elif kind is an_alias:
            name, first, last = event.args
            target = anchors.get(name)
            if target is None:
                raise YamlError("an alias names an anchor that is not defined above it", first.index)
            if any(target is open_ for _, open_ in stack) or target is current:
                raise YamlError("an anchored value contains itself", first.index)
            node = Alias(first.index, last.index, target, documents[-1])
            documents[-1].aliases.append(node)
            children.append(node)
            continue
        elif kind is a_document:
            first, _, explicit, *_ = event.args
            documents.append(Document(first.index, bool(explicit)))
            anchors = {}
            children = []
            continue
        elif kind is end_of_document:
            _, last, explicit = event.args
            document = documents[-1]
            document.root = children[0]
            document.end = last.index if explicit else children[0].end
            if any(type(alias.target) is not Scalar for alias in document.aliases):  # a scalar does not grow
                from krm_secrets.yamltext import aliasgraphs  # few documents have them

                document.bounded = aliasgraphs.is_bounded(document.root)
            continue
        elif kind is end_of_stream:
            return documents
        else:
            continue
        if anchor is not None:
            anchors[anchor] = node


def _as_ours(get: Callable[[], object]) -> Callable[[], Event]:
    return lambda: as_event(get())


def _check_merges(documents: list[Document]) -> None:
    """YamlError for a merge key that merges no mapping: no reader takes it, and whoever asks later knows no file."""
    waiting: list[Node] = [document.root for document in documents]
    while waiting:
        node = waiting.pop()
        if type(node) is Mapping:
            try:
                merges = "<<" in map(_value_of, node.children[::2])
            except AttributeError:  # an alias, or a key that is a list
                merges = True
            if merges:
                list(node.merges())
            waiting += node.children
        elif type(node) is Sequence:
            waiting += node.items


def explain(error: Exception, text: str) -> tuple[int, str]:
    """Line and reason of a parse error, in words that hold nothing of the text."""
    if isinstance(error, YamlError):
        return line_of(text, error.start), error.message
    if isinstance(error, UnicodeEncodeError):  # bytes of a file that are no text stand as half surrogates
        return line_of(text, error.start), "bytes that are no UTF-8; save it as UTF-8"
    if isinstance(error, yaml.reader.ReaderError):
        before = text.encode()[: error.position].decode(errors="ignore")
        return before.count("\n") + 1, "a control character, which YAML does not allow; write it as an escape"
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or "cannot be parsed"
    line = mark.line + 1 if mark is not None else 1
    if any(": {{" in row or "- {{" in row for row in text.splitlines()[max(line - 2, 0) : line]):
        reason = f"{reason}; a template such as {{{{ .field }}}} needs quotes"
    return line, str(reason)
