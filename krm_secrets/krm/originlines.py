"""The lines of the user's files for mistakes in what a host made of them.

A host sorts keys, drops comments and hands all over in one list, whose lines tell nobody anything.
"""

from __future__ import annotations

from krm_secrets.errors import ERROR, Failure, Location, ResourceRef, Result
from krm_secrets.krm.reading import read_files
from krm_secrets.krm.resource import Resource, Source

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


_MOST = 50
"""Files that are looked at, since a run with more mistakes is not waited for."""


def located(results: Iterable[Result], read: Callable[[str], str | None]) -> Iterator[Result]:
    """The results, of which the errors name lines where `read` has the file, and the file has the object."""
    known: dict[str, Sequence[Resource]] = {}
    for result in results:
        place = result.location
        if result.severity == ERROR and place.file and not place.line and place.resource is not None:
            if place.file not in known and len(known) < _MOST:
                known[place.file] = _objects(place.file, read)
            place = _found(place, place.resource, known.get(place.file, ()))
        yield result._replace(location=place)


def _objects(file: str, read: Callable[[str], str | None]) -> Sequence[Resource]:
    text = read(file)
    try:
        return () if text is None else read_files([Source(text, file)]).items
    except Failure:  # it was changed meanwhile, or is no YAML as we read it
        return ()


def _found(place: Location, ref: ResourceRef, items: Sequence[Resource]) -> Location:
    """The place in the one object of the file that a build may have renamed, or the place without a line."""
    same = [item for item in items if (item.kind, item.api_version) == (ref.kind, ref.api_version)]
    exact = [item for item in same if item.ref.name == ref.name]
    named = exact or [item for item in same if item.ref.name and item.ref.name in ref.name]
    if len(named) != 1:
        return place
    found = named[0].location(place.path)
    return place._replace(position=found.position, line=found.line)
