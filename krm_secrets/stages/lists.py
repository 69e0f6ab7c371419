"""An encrypted list of objects, opened as the one document that it is to sops, and then taken apart."""

from __future__ import annotations

from bisect import bisect_right
from copy import copy

from krm_secrets.errors import Path
from krm_secrets.krm.reading import inside
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.secrets.secret import holds_ciphertext
from krm_secrets.sops.document import Leaf, Opened
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import BLOCK
from krm_secrets.stages import embedded, placeholder, plaintext
from krm_secrets.stages.context import Context
from krm_secrets.yamltext import splice
from krm_secrets.yamltext.load import load
from krm_secrets.yamltext.nodes import Mapping
from krm_secrets.yamltext.splice import DELETE, Edit

_Values = list[tuple[Leaf, object]]


def opened(around: Resource, document: Opened, context: Context) -> list[Resource]:
    """The list with its values in place, and its objects beside it, as if nobody had encrypted it."""
    parts = list(inside(around))
    own, values = _shared(parts, document.values)
    edits: list[list[Edit]] = []
    for path, item in parts:
        inner = document._replace(root=item.node, values=values[path])
        _check_kind(path, inner.values, context)
        edits.append(plaintext.values(item, _with_files(path, inner, context), context.encodes(around)))
    outer = plaintext.values(around, document._replace(values=own), False)
    items = [item for _, item in parts]
    starts = [item.node.start for item in items]
    # A comment goes where the object goes that it stands in.
    for edit in plaintext.comments(around, document, [*outer, *(edit for each in edits for edit in each)]):
        n = bisect_right(starts, edit.start) - 1
        (edits[n] if n >= 0 and edit.start < items[n].node.end else outer).append(edit)
    return _apart(around, outer, items, edits)


def _with_files(path: Path, inner: Opened, context: Context) -> Opened:
    try:
        return embedded.with_files(inner, context)
    except SopsError as error:
        raise SopsError(error.message, (*path, *error.path), error.outside) from None


def with_placeholders(around: Resource, context: Context) -> list[Resource]:
    """The same with a placeholder for every encrypted value."""
    parts = list(inside(around))
    edits: list[list[Edit]] = []
    for path, item in parts:
        sealed = holds_ciphertext(item.data)
        if sealed and not _may_be_opened(item.kind, item.api_version, context):
            raise _other_kind(path)
        edits.append(list(placeholder.placeholder(item, context.encodes(around)).edits) if sealed else [])
    outer = splice.update(around.slot.source.text, around.node, {BLOCK: DELETE})
    return _apart(around, outer, [item for _, item in parts], edits)


def _apart(around: Resource, outer: list[Edit], items: list[Resource], edits: list[list[Edit]]) -> list[Resource]:
    if not around.made:
        inner = [item.edited(each) for item, each in zip(items, edits, strict=True)]
        return [around.edited(outer).apart(item.slot for item in items), *inner]
    # A list that a generator read stands in no input that could hold what remains of it.
    text = around.edited([*outer, *(edit for each in edits for edit in each)]).text()
    root = Source(text).documents[0].root
    assert type(root) is Mapping
    found = []
    for _, item in inside(Resource(around.slot, root)):
        data = load(item.node)
        assert isinstance(data, dict)
        found.append(Resource.new(data, around.slot.source.made_of))
    return found


def _shared(parts: list[tuple[Path, Resource]], values: _Values) -> tuple[_Values, dict[Path, _Values]]:
    """The values of the list itself, and those of each object, with their places in it."""
    own: _Values = []
    inner: dict[Path, _Values] = {path: [] for path, _ in parts}
    for leaf, value in values:
        size = next((n for n in range(2, len(leaf.path), 2) if leaf.path[:n] in inner), 0)
        if not size:
            own.append((leaf, value))
            continue
        below = copy(leaf)
        below.path = leaf.path[size:]
        below.depth = leaf.depth - size
        inner[leaf.path[:size]].append((below, value))
    return own, inner


def _check_kind(path: Path, values: _Values, context: Context) -> None:
    if not any(leaf.encrypted for leaf, _ in values):
        return
    head = {leaf.path[0]: value for leaf, value in values if len(leaf.path) == 1}
    if not _may_be_opened(head.get("kind"), head.get("apiVersion"), context):
        raise _other_kind(path)


def _may_be_opened(kind: object, api_version: object, context: Context) -> bool:
    return (kind, api_version) == ("Secret", "v1") or kind in context.config.decrypt_kinds


def _other_kind(path: Path) -> SopsError:
    return SopsError("holds ciphertext, and only Secrets are decrypted; add its kind to decryptKinds", path)
