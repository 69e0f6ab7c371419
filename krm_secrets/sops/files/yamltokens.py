"""libyaml's tokens in the order in which go-yaml's scanner meets what they stand for."""

from __future__ import annotations

from krm_secrets._startup.records import QuietTuple
from krm_secrets.yamltext import events

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


FLOW_STARTS, FLOW_ENDS = ("FlowSequenceStart", "FlowMappingStart"), ("FlowSequenceEnd", "FlowMappingEnd")


class Token(QuietTuple):
    """A token by its kind and where it begins."""

    kind: str
    start: int


class Fetch(QuietTuple):
    """One token of the text, with those that the scanner makes up when it meets it.

    `opens` is the kind of block that begins with it. When `key` is set it begins a simple
    key, and its block (`opens`) and KEY are only known at the VALUE behind it, for which `after_key` is set.
    """

    kind: str
    start: int
    end: int
    style: str | None
    opens: str
    key: bool
    after_key: bool


def fetches(text: str) -> Iterator[Fetch]:
    """The tokens of a text that libyaml accepts."""
    get = events.CParser(text).get_token  # type: ignore[attr-defined]
    opens, key, depth = "", False, 0
    waiting: list[int] = []  # the flow depths of simple keys that wait for their VALUE
    kind = ""
    while kind != "StreamEnd":
        token: Any = get()
        kind = type(token).__name__.removesuffix("Token")
        start, end = token.start_mark.index, token.end_mark.index
        if kind in ("BlockMappingStart", "BlockSequenceStart"):
            opens = kind
        elif kind == "Key" and start == end:
            key = True
            waiting.append(depth)
        elif kind not in ("StreamStart", "BlockEnd"):
            after_key = kind == "Value" and bool(waiting) and waiting[-1] == depth
            if after_key:
                waiting.pop()
            yield Fetch(kind, start, end, getattr(token, "style", None), opens, key, after_key)
            opens, key = "", False
            depth += (kind in FLOW_STARTS) - (kind in FLOW_ENDS)
