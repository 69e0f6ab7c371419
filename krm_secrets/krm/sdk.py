"""Functions of somebody's own over Kubernetes objects: items in, items out, and every other byte as it came.

from krm_secrets.krm import main

def team(call):
    for item in call.items:
        yield item.set("metadata", "labels", "team", value="web")

main(team)
"""

from __future__ import annotations

import os
import sys

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets._startup.stdio import MAX_INPUT, plugin, read as read_stdin, write as write_stdout
from krm_secrets.errors import ERROR, WORDS, Result, explain, failure, worst, worst_first
from krm_secrets.krm.files import read_text
from krm_secrets.krm.item import Item
from krm_secrets.krm.reading import OTHER, Input, read
from krm_secrets.krm.writing import write
from krm_secrets.yamltext.encoding import Encoded, decode

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn, TypeAlias

    from krm_secrets.krm.resource import Resource


class Call(NamedTuple):
    """What a function is given: the items, the functionConfig if there is one, and where results go."""

    items: tuple[Item, ...]
    config: Item | None
    report: Callable[[Result], None]


Function: TypeAlias = "Callable[[Call], Iterable[Item]]"
"""Gives the items as they are to be: those that it does not give go, those that it made are added at the end."""


class Output(QuietTuple):
    """What came of it. `ok` is whether nothing went wrong; if not, `data` is the ResourceList as it came in with the
    results, or nothing for a stream."""

    data: bytes
    results: tuple[Result, ...]
    ok: bool


def run(function: Function, data: bytes, config: bytes = b"") -> Output:
    """The function over a ResourceList, or over a stream of documents with this functionConfig.

    Nothing is raised: mistakes, and exceptions of the function, are results. Of exceptions that nobody foresaw, the
    class and the place are said and not the text, which may hold a value.
    """
    results: list[Result] = []
    encoded, given = Encoded(""), None
    try:
        if len(data) > MAX_INPUT:
            raise failure(f"the input is larger than {MAX_INPUT // (1024 * 1024)} MiB")
        encoded = decode(data)
        given = read(encoded.text)
        if config:
            given = given._replace(function_config=_only(config))
        items = [item.resource() for item in function(_call(given, results))]
        if worst(results) != ERROR:
            text = write(given, items, results if given.takes_results else ())
            return Output(encoded.encode(text), tuple(results), True)
    except Exception as error:
        results += explain(error)
    if given is None or given.envelope is None:
        return Output(b"", tuple(results), False)
    kept = write(given._replace(host=OTHER), given.items, results)
    return Output(encoded.encode(kept), tuple(results), False)


def main(function: Function) -> NoReturn:
    """Run the function as hosts start programs, and end the process: standard input to standard output, as an
    executable, in a container, as a legacy plugin of kustomize, or in a pipe.

    Exit code 0 says that the result is complete; else it is 1, and the first line on stderr is the whole message.
    """
    try:
        config = read_text(sys.argv[1]).encode() if plugin() else b""
        done = run(function, read_stdin(), config)
    except Exception as error:
        done = Output(b"", explain(error), False)
    name = os.path.basename(sys.argv[0])
    for result in worst_first(dict.fromkeys(done.results)):
        print(f"{name}: {WORDS[result.severity]}: {result}", file=sys.stderr)
    code = write_stdout(done.data) if done.data or done.ok else 0
    sys.exit(code if done.ok else 1)


def _call(given: Input, results: list[Result]) -> Call:
    config = given.function_config
    return Call(tuple(map(Item, given.items)), None if config is None else Item(config), results.append)


def _only(config: bytes) -> Resource:
    items = read(decode(config).text).items
    if len(items) != 1:
        raise failure(f"a functionConfig is one object, not {len(items)}")
    return items[0]
