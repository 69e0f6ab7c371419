"""Whether the MACs of decrypted items hold, as far as the host lets that be seen.

A host sorts keys, drops comments, splits the documents of a file and adds annotations, so that an honest item can fail.
Each item is tried as it is, without what the host added, together with the other documents of its file, and by the
file that kustomize names as its origin. What we read from disk ourselves must verify.
"""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.errors import ERROR, INFO, Failure, Location, Path, Problem, Result, clean, some
from krm_secrets.krm.annotations import ORIGIN, is_hosts, path_in
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.sops.document import Opened, open_document
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.mac import covered, expected, fits, verify as mac_holds
from krm_secrets.sops.marks import BLOCK
from krm_secrets.sops.metadata import Metadata, parse
from krm_secrets.sops.value import Aead
from krm_secrets.stages.context import Context
from krm_secrets.yamltext.load import load
from krm_secrets.yamltext.nodes import Mapping, YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final, Literal, TypeAlias

    State: TypeAlias = Literal["held", "broken", "unread", "unnamed"]


HELD: Final = "held"
BROKEN: Final = "broken"
UNREAD: Final = "unread"
UNNAMED: Final = "unnamed"
"""It holds; its file was read and does not fit; its origin was not found; no origin is named."""

_PLACE = (BLOCK, "mac")


class Covered(QuietTuple):
    """What is kept of a decrypted document until the end, when all documents of its file are known.

    `mac` is the file's own, decrypted; `content` what it covers, `own` the same without what a host added. `aead` opens
    the file itself, and is None where the MAC covers just this document, so that nothing more is to be looked at.
    """

    metadata: Metadata
    mac: bytes
    content: bytes
    own: bytes
    aead: Aead | None


Member = tuple[Resource, Covered]
_Group = dict[str, list[tuple[int, Mapping]]]


def of(document: Opened) -> Covered:
    metadata, only = document.metadata, document.metadata.mac_only_encrypted
    mac, content = expected(metadata, document.aead), covered(document)
    if fits(mac, (content,), only):
        return Covered(metadata, mac, content, content, None)
    return Covered(metadata, mac, content, content if only else covered(document, is_added), document.aead)


def verify(opened: list[Member], context: Context) -> None:
    """Report every MAC that must hold and does not, and which could not be verified.

    A file whose MAC does not hold is one error, however many objects came from it.
    """
    policy = context.config.mac
    if policy == "ignore" or not opened:
        return
    groups: dict[tuple[str, str], list[Member]] = {}
    for item, document in opened:
        groups.setdefault((item.slot.source.file, document.metadata.mac), []).append((item, document))
    unverified: list[_Failed] = []
    files, told = _Files(context), set[tuple[str, str]]()
    for members in groups.values():
        for failed in _failing(members, files):
            key = failed.file, failed.mac
            if failed.why == BROKEN and key not in told:
                told.add(key)
                context.report(Result(ERROR, _BROKEN if failed.mac else _MISSING, failed.location))
            elif failed.why != BROKEN and policy == "require":
                context.report(failed.item.result(Problem(_PLACE, _unverified(failed), ERROR)))
            elif failed.why != BROKEN:
                unverified.append(failed)
    if unverified:
        context.report(Result(INFO, _notice(unverified, len(opened))))


class _Failed(NamedTuple):
    """An item whose MAC does not fit: why nothing more is known, and the file that is known to be broken or missed."""

    item: Resource
    mac: str
    why: State
    file: str
    location: Location


def _failing(members: list[Member], files: _Files) -> Iterator[_Failed]:
    if len(members) > 1 and _fit([document for _, document in members]):
        return
    for item, document in members:
        if document.aead is None:
            continue
        why, file, location = _why(item, document, files)
        if why != HELD:
            yield _Failed(item, document.metadata.mac, why, file, location)


def _why(item: Resource, document: Covered, files: _Files) -> tuple[State, str, Location]:
    """What is known of an item's MAC, and the file and the place that say so."""
    source, here = item.slot.source, item.location(_PLACE)
    if source.file:  # the MAC spans the whole file, also what of it is not decrypted here
        held = files.hold(source.file, source, document) == HELD
        return HELD if held else BROKEN, source.file, here
    return (HELD, "", here) if _fit([document]) else files.origin_holds(item, document)


def _fit(documents: Sequence[Covered]) -> bool:
    """Whether the MAC of the first covers the documents as they are, or without what a host added."""
    mac, only = documents[0].mac, documents[0].metadata.mac_only_encrypted
    own = (each.own for each in documents)
    return fits(mac, (each.content for each in documents), only) or fits(mac, own, only)


def is_added(path: Path) -> bool:
    """Whether a host put the value there, and not the author."""
    return len(path) == 3 and path[0] == "metadata" and path[1] == "annotations" and is_hosts(str(path[2]))


class _Files:
    """Whole files, each read and verified once, however many items came from it."""

    __slots__ = ("_context", "_groups", "_known", "_origins")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._origins: dict[str, Source | None] = {}
        self._groups: dict[str, _Group] = {}
        self._known: dict[tuple[object, ...], State] = {}

    def origin_holds(self, item: Resource, document: Covered) -> tuple[State, str, Location]:
        """Whether the file that the item came from verifies and has the item's own MAC; the file, and its place there.

        The file is opened with the item's data key, under which each of the item's values has already been
        authenticated at its place.
        """
        here = item.location(_PLACE)
        if not item.annotation(ORIGIN):
            return UNNAMED, "", here
        path = path_in(item.annotation(ORIGIN))
        if not path:
            return UNREAD, "", here
        if path not in self._origins:
            self._origins[path] = self._read(path)
        source = self._origins[path]
        why = UNREAD if source is None else self.hold(path, source, document)
        if source is None or why != BROKEN:
            return why, path, here
        position, line = _place_in(source, self._documents(path, source, document)[0])
        return BROKEN, path, Location(item.ref, _PLACE, path, position, line)

    def hold(self, path: str, source: Source, document: Covered) -> State:
        """Whether the documents with the MAC of this one are as sops wrote them; UNREAD where there are none."""
        key = (path, document.metadata.mac, document.metadata.groups)  # the last stand for the data key
        if key not in self._known:
            documents = self._documents(path, source, document)
            self._known[key] = _hold([root for _, root in documents], document) if documents else UNREAD
        return self._known[key]

    def _documents(self, path: str, source: Source, document: Covered) -> list[tuple[int, Mapping]]:
        """Those of a file that have the MAC of this one; a file is looked through once."""
        if path not in self._groups:
            self._groups[path] = _by_mac(source)
        return self._groups[path].get(document.metadata.mac, [])

    def _read(self, path: str) -> Source | None:
        text = self._context.origin(path)
        try:
            return None if text is None else Source(text, path)
        except Failure:  # the file is no YAML: somebody else's, or changed meanwhile
            return None


def _by_mac(source: Source) -> _Group:
    """The documents of a file by their MAC, each with its number; none of them where one cannot be read."""
    groups: _Group = {}
    try:
        for number, document in enumerate(source.documents):
            root = document.root
            block = root.get(BLOCK) if type(root) is Mapping else None
            if type(root) is Mapping and type(block) is Mapping:
                groups.setdefault(parse(load(block)).mac, []).append((number, root))
    except (YamlError, SopsError):
        return {}
    return groups


def _hold(roots: list[Mapping], document: Covered) -> State:
    """What sops would say of the file: what cannot be opened is as broken as what does not fit."""
    assert document.aead is not None
    try:
        metadata = parse(load(roots[0].get(BLOCK)))  # type: ignore[arg-type]
        if metadata.groups != document.metadata.groups:  # under another data key it is another file
            return UNREAD
        opened = [open_document(root, metadata, document.aead) for root in roots]
    except (YamlError, SopsError):
        return BROKEN
    return HELD if mac_holds(opened) else BROKEN


def _place_in(source: Source, place: tuple[int, Mapping]) -> tuple[int, int]:
    """The number of a document, and the line of its MAC."""
    position, root = place
    block = root.get(BLOCK)
    at = block.entries().get("mac") if type(block) is Mapping else None
    mac = block.children[at] if type(block) is Mapping and at is not None else root
    return position, source.line_of(mac.start)


_MISSING = "is missing: nothing shows that the file is what sops wrote; encrypt it again, or set `mac: ignore`"
_BROKEN = (
    "does not fit the file: it was changed after sops wrote it, or two versions were merged; restore it and make the"
    " change with sops, or set `mac: ignore`"
)
_NAMED = 5
"""Objects that one notice names."""


def _unverified(failed: _Failed) -> str:
    if not failed.mac:
        return _MISSING
    cure = _cure([failed], "build with `buildMetadata: [originAnnotations]` so that the file itself is verified")
    return (
        "cannot be verified: the host changed what it covers, or the file was changed after sops wrote it;"
        f" {f'{cure}, or ' if cure else ''}set `mac: auto`"
    )


def _cure(unverified: list[_Failed], annotate: str) -> str:
    """What lets the files be verified: their names where there are none, or the folder where the names lead to them."""
    if any(failed.why == UNNAMED for failed in unverified):
        return annotate
    path = next((failed.file for failed in unverified if failed.file), "")
    if not path:
        return ""
    return (
        f"no file with this MAC is at {clean(path)}, where originAnnotations have it: run krm-secrets in the folder"
        " that kustomize builds"
    )


def _notice(unverified: list[_Failed], total: int) -> str:
    names = some([failed.item.ref for failed in unverified], _NAMED)
    cure = _cure(unverified, "`buildMetadata: [originAnnotations]` lets the files be verified")
    return (
        f"the MAC of {len(unverified)} of {total} decrypted objects could not be verified, since the host changes what"
        f" it covers: {names}; every value was authenticated at its place"
        f"{f' ({cure})' if cure else ''}"
    )
