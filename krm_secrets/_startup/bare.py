"""PyYAML's C parser without the rest of PyYAML.

`import yaml` compiles the regular expressions of loaders and dumpers written in Python, which we never call: a third of
the start of this program. The C parser needs the classes of events, an exception class of each of the other modules,
and to find some value for the classes of tokens, which few texts need, and of nodes, none of which it makes for us.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

_ERRORS = {
    "scanner": "ScannerError",
    "parser": "ParserError",
    "composer": "ComposerError",
    "constructor": "ConstructorError",
    "emitter": "EmitterError",
    "serializer": "SerializerError",
    "representer": "RepresenterError",
    "reader": "ReaderError",
}
"""All but the last are one class for us, since nobody asks which it is, and each class takes some time to make."""


def install() -> None:
    """Let `import yaml` give just the C parser, in a process that is ours alone.

    Where PyYAML is loaded already, or is not made as we know it, nothing changes: then all of it is imported.
    """
    if "yaml" in sys.modules:
        return
    try:
        _install()
    except Exception:
        for name in [name for name in sys.modules if name.partition(".")[0] == "yaml"]:
            del sys.modules[name]


def _install() -> None:
    from _frozen_importlib_external import PathFinder  # importlib.machinery's own, which imports three more modules

    spec = PathFinder.find_spec("yaml")
    if spec is None or spec.submodule_search_locations is None:
        return
    a_module = type(sys)
    package = sys.modules["yaml"] = a_module("yaml")
    package.__path__ = spec.submodule_search_locations
    __import__("yaml.error")
    error = sys.modules["yaml.error"]
    events = sys.modules["yaml.events"] = a_module("yaml.events")
    vars(events).update(EVENTS)
    vars(package).update(YAMLError=error.YAMLError, events=events, tokens=_Tokens(), nodes=_Nodes())
    a_reader_error = type("ReaderError", (error.YAMLError,), {"__init__": _unreadable})
    for name, kind in _ERRORS.items():
        module = sys.modules[f"yaml.{name}"] = a_module(f"yaml.{name}")
        setattr(module, kind, a_reader_error if name == "reader" else error.MarkedYAMLError)
        setattr(package, name, module)
    __import__("yaml._yaml")


class Event(Exception):
    """What the C parser says of an event, in `args`.

    PyYAML's own classes set each field in Python, which takes a third of the time of parsing. Exceptions keep what they
    are given without that; none of these is ever raised.
    """

    __slots__ = ()


def as_event(event: object) -> Event:
    """One of PyYAML's own events, whose classes set the fields in the order in which they are given."""
    return EVENTS[type(event).__name__](*vars(event).values())


EVENTS: dict[str, type[Event]] = {
    name: type(name, (Event,), {"__slots__": ()})
    for name in (
        "StreamStartEvent", "StreamEndEvent", "DocumentStartEvent", "DocumentEndEvent", "AliasEvent", "ScalarEvent",
        "SequenceStartEvent", "SequenceEndEvent", "MappingStartEvent", "MappingEndEvent",
    )
}  # fmt: skip


class _Tokens:
    """The module of tokens, which is imported when the first is made: few texts are read that closely."""

    def __getattr__(self, name: str) -> Any:
        def make(*values: object) -> Any:
            __import__("yaml.tokens")
            return getattr(sys.modules["yaml.tokens"], name)(*values)

        return make


class _Nodes:
    """A module whose classes the C parser only wants to know."""

    def __getattr__(self, name: str) -> None:
        return None


def _unreadable(self: Any, name: str, position: int, *_: object) -> None:
    """What is raised for a character that no YAML text may hold."""
    self.name, self.position = name, position
