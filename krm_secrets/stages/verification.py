"""Whether the MACs of decrypted items hold, as far as the host lets that be seen.

A host sorts keys, drops comments, splits the documents of a file and adds annotations, so that an honest item can fail.
Each item is tried as it is, without what the host added, together with the other documents of its file, and by the
file that kustomize names as its origin. What we read from disk ourselves must verify.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import ERROR, INFO, Failure, Path, Problem, Result, quiet
from krm_secrets.krm.annotations import ORIGIN, is_hosts
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.sops.document import Opened, open_document
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.mac import covered, expected, fits
from krm_secrets.sops.mac import verify as mac_holds
from krm_secrets.sops.marks import BLOCK
from krm_secrets.sops.metadata import Metadata, parse
from krm_secrets.sops.value import Aead
from krm_secrets.stages.context import Context
from krm_secrets.yamltext.load import load
from krm_secrets.yamltext.nodes import Mapping, YamlError


class Covered(NamedTuple):
    """What is kept of a decrypted document until the end, when all documents of its file are known.

    `mac` is the file's own, decrypted; `content` what it covers, `own` the same without what a host added. `aead` opens
    the file itself, and is None where the MAC covers just this document, so that nothing more is to be looked at.
    """

    metadata: Metadata
    mac: bytes
    content: bytes
    own: bytes
    aead: Aead | None

    def __repr__(self) -> str:
        return quiet(self)


Member = tuple[Resource, Covered]


def of(document: Opened) -> Covered:
    metadata, only = document.metadata, document.metadata.mac_only_encrypted
    mac, content = expected(metadata, document.aead), covered(document)
    if fits(mac, (content,), only):
        return Covered(metadata, mac, content, content, None)
    return Covered(metadata, mac, content, content if only else covered(document, is_added), document.aead)


def verify(opened: list[Member], context: Context) -> None:
    """Report every MAC that must hold and does not, and how many could not be verified."""
    policy = context.config.mac
    if policy == "ignore" or not opened:
        return
    groups: dict[tuple[str, str], list[Member]] = {}
    for item, document in opened:
        groups.setdefault((item.slot.source.file, document.metadata.mac), []).append((item, document))
    unverified = 0
    files = _Files(context)
    for members in groups.values():
        for item, document in _failing(members, files):
            if item.slot.source.file or policy == "require":
                context.report(item.result(Problem((BLOCK, "mac"), _message(document, item), ERROR)))
            else:
                unverified += 1
    if unverified:
        context.report(Result(INFO, _notice(unverified, len(opened))))


def _failing(members: list[Member], files: _Files) -> list[Member]:
    if len(members) > 1 and _fit([document for _, document in members]):
        return []
    return [(item, document) for item, document in members if not _holds(item, document, files)]


def _holds(item: Resource, document: Covered, files: _Files) -> bool:
    if document.aead is None:
        return True
    source = item.slot.source
    if source.file:  # the MAC spans the whole file, also what of it is not decrypted here
        return files.hold(source.file, source, document)
    return _fit([document]) or files.origin_holds(item, document)


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

    __slots__ = ("_context", "_known", "_origins")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._origins: dict[str, Source | None] = {}
        self._known: dict[tuple[object, ...], bool] = {}

    def origin_holds(self, item: Resource, document: Covered) -> bool:
        """Whether the file that the item came from verifies and has the item's own MAC.

        The file is opened with the item's data key, under which each of the item's values has already been
        authenticated at its place.
        """
        path = _origin_path(item)
        if path not in self._origins:
            self._origins[path] = self._read(path) if path else None
        source = self._origins[path]
        return source is not None and self.hold(path, source, document)

    def hold(self, path: str, source: Source, document: Covered) -> bool:
        """Whether the documents with the MAC of this one are as sops wrote them."""
        key = (path, document.metadata.mac, document.metadata.groups)  # the last stand for the data key
        if key not in self._known:
            self._known[key] = _documents_hold(source, document)
        return self._known[key]

    def _read(self, path: str) -> Source | None:
        text = self._context.origin(path)
        try:
            return None if text is None else Source(text, path)
        except Failure:  # the file is no YAML: somebody else's, or changed meanwhile
            return None


def _documents_hold(source: Source, document: Covered) -> bool:
    try:
        roots = [d.root for d in source.documents if type(d.root) is Mapping]
        return any(_file_holds(group, document) for group in _by_mac(roots))
    except (YamlError, SopsError):
        return False


def _by_mac(roots: Iterable[Mapping]) -> list[list[Mapping]]:
    groups: dict[str, list[Mapping]] = {}
    for root in roots:
        block = root.get(BLOCK)
        if type(block) is Mapping:
            groups.setdefault(parse(load(block)).mac, []).append(root)
    return list(groups.values())


def _file_holds(roots: list[Mapping], document: Covered) -> bool:
    metadata = parse(load(roots[0].get(BLOCK)))  # type: ignore[arg-type]
    if metadata.mac != document.metadata.mac or document.aead is None:
        return False
    return mac_holds([open_document(root, metadata, document.aead) for root in roots])


def _origin_path(item: Resource) -> str:
    """The `path` of kustomize's origin annotation; "" for a remote one, which names a repository too."""
    fields = dict(line.split(": ", 1) for line in item.annotations.get(ORIGIN, "").splitlines() if ": " in line)
    return "" if "repo" in fields else fields.get("path", "").strip("'\"")


def _message(document: Covered, item: Resource) -> str:
    if not document.metadata.mac:
        return "is missing: nothing shows that the file is what sops wrote; encrypt it again, or set `mac: ignore`"
    if item.slot.source.file:
        return (
            "does not fit the file: it was changed after sops wrote it, or two versions were merged; restore it and"
            " make the change with sops, or set `mac: ignore`"
        )
    return (
        "cannot be verified: the host changed what it covers, or the file was changed after sops wrote it; build with"
        " `buildMetadata: [originAnnotations]` so that the file itself is verified, or set `mac: auto`"
    )


def _notice(unverified: int, total: int) -> str:
    return (
        f"the MAC of {unverified} of {total} decrypted objects could not be verified, since the host changes what it"
        " covers; every value was authenticated at its place (`buildMetadata: [originAnnotations]` lets the files be"
        " verified)"
    )
