"""The edits that turn an encrypted object into its plain form."""

from __future__ import annotations

from binascii import b2a_base64

from krm_secrets.errors import Path, clean
from krm_secrets.krm.resource import Resource
from krm_secrets.sops.document import Leaf, Opened
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import BLOCK, START
from krm_secrets.sops.value import Comment, Places, float_text, parse, unseal
from krm_secrets.stages import secretform
from krm_secrets.yamltext import emit, splice
from krm_secrets.yamltext.edits import DELETE, Edit, Updates, copy
from krm_secrets.yamltext.nodes import Alias, Mapping, Node, Scalar, Sequence, resolved

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


_MERGE = "<<"
_SEALED, _END = f"#{START}", ",type:comment]"


def plain(item: Resource, opened: Opened, encode: bool) -> Resource:
    """The item with its values and comments in place and without its `sops` block."""
    edits = values(item, opened, encode)
    return item.edited(edits + comments(item, opened, edits))


def values(item: Resource, opened: Opened, encode: bool) -> list[Edit]:
    """The edits that put the values in place, and take the `sops` block out.

    `encode` moves `stringData` into base64 `data`. Inside a Secret every value is a string, whatever type sops
    remembered: the API takes nothing else.
    """
    text = item.slot.source.text
    secret = is_secret(opened)
    moved: Updates = _encoded(opened) if encode and secret else {}
    at_root: Updates = {BLOCK: DELETE}
    if moved:
        at_root |= {"stringData": DELETE, "data": moved}
    edits: list[Edit] = []
    aliased: dict[int, tuple[Alias, Updates]] = {}
    lists: dict[Path, list[int]] = {}
    for leaf, value in opened.values:
        if not leaf.encrypted or (moved and leaf.path[0] == "stringData"):
            continue
        change = DELETE if type(value) is Comment else _scalar(leaf, value, secret)
        if moved and leaf.path[0] == "data" and len(leaf.path) == 2:
            moved.setdefault(leaf.path[1], change)
        elif leaf.alias is not None:
            if _MERGE in leaf.below:
                raise SopsError("stands in a merge key (<<) of what an alias names; write it out", leaf.path)
            splice.put(aliased.setdefault(id(leaf.alias), (leaf.alias, {}))[1], leaf.below or ("",), change)
        elif change is DELETE:
            lists.setdefault(leaf.path[:-1], []).append(int(leaf.path[-1]))
        else:
            edits.append(splice.replace(leaf.node, change))
    edits += (splice.replace(alias, _copied(alias, changes)) for alias, changes in aliased.values())
    for path, indexes in lists.items():
        edits += splice.delete_items(text, _list_at(opened.root, path), indexes)
    return edits + splice.update(text, item.node, at_root)


def is_secret(opened: Opened) -> bool:
    """Whether a decrypted document is a Secret, whose kind may have been encrypted."""
    return any(leaf.path == ("kind",) and value == "Secret" for leaf, value in opened.values)


def _copied(alias: Alias, changes: Updates) -> str:
    whole = changes.get("")
    return whole if isinstance(whole, str) else copy(alias.target, changes)


def _text(key: Node) -> str:
    key = resolved(key)
    return key.value if type(key) is Scalar else ""


def _list_at(node: Node, path: Path) -> Sequence:
    for part in path:
        if type(node) is Mapping:
            node = next(value for key, value in node.pairs() if _text(key) == part)
        elif type(node) is Sequence:
            node = node.items[int(part)]
    assert type(node) is Sequence
    return node


def _scalar(leaf: Leaf, value: object, secret: bool) -> str:
    if isinstance(value, bytes):
        raise SopsError("is no UTF-8 text once decrypted; keep binary values as base64 under data", leaf.path)
    if isinstance(value, str):
        if secret and leaf.path[0] == secretform.DATA and len(leaf.path) == 2:
            _check_base64(leaf, value)
        return emit.quoted(value)
    if not secret or leaf.path[0] not in ("data", "stringData"):
        return emit.atom(value)
    return emit.quoted(as_text(value))


def _check_base64(leaf: Leaf, value: str) -> None:
    if not secretform.is_base64(value) and not secretform.is_filled_in(value):
        raise SopsError(
            "is no base64 once decrypted, which data holds: encode it before sops encrypts it, or move it to"
            " stringData",
            leaf.path,
        )


def as_text(value: object) -> str:
    """A typed value as the string that a Secret holds: what sops prints for it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return float_text(value) if isinstance(value, float) else str(value)


def _encoded(opened: Opened) -> Updates:
    """`stringData` as it stands under `data`; a key that is written wins over one that a merge key brings in."""
    written: Updates = {}
    merged: Updates = {}
    for leaf, value in opened.values:
        section, *between, key = leaf.path if len(leaf.path) > 1 else ("", "")
        if section != "stringData":
            continue
        if any(part != _MERGE for part in between):
            raise SopsError("cannot be encoded: it is no map of strings", leaf.path)
        data = value if isinstance(value, bytes) else ("" if value is None else as_text(value)).encode()
        updates = merged if between else written
        updates.setdefault(key, f'"{b2a_base64(data, newline=False).decode()}"')
    return merged | written


def comments(item: Resource, opened: Opened, edits: list[Edit]) -> list[Edit]:
    """Encrypted comments, decrypted in place.

    A comment is authenticated by the path of the mapping or list around it. Which one that is depends on rules of
    go-yaml's, so every collection around the leaves before and after it is tried: only the right one opens.
    """
    text = item.slot.source.text
    if not item.slot.source.holds("#ENC["):
        return []
    from bisect import bisect_right  # few files have encrypted comments

    begin, end = _begin(item), splice.behind(text, item.node.end, splice.column(text, item.node.start) - 1)
    leaves = sorted((leaf for leaf, _ in opened.values if leaf.alias is None), key=_span)
    spans, places = [_span(leaf) for leaf in leaves], Places()
    cuts = sorted(edit[:2] for edit in edits)
    found: list[Edit] = []
    for start, stop in _sealed(text, begin, end):
        at = bisect_right(spans, (start, len(text)))
        cut = bisect_right(cuts, (start, len(text))) - 1
        if (at and start < spans[at - 1][1]) or (cut >= 0 and start < cuts[cut][1]):
            continue
        # The shortest first, so that a long key is tried where the comment stands below it.
        around = sorted({keys for leaf in leaves[max(at - 1, 0) : at + 1] for keys in _enclosing(leaf)} | {()}, key=len)
        sealed = parse(text[start + 1 : stop])
        tries = (unseal(opened.aead, sealed, places.of(keys)) for keys in around) if sealed is not None else iter(())
        comment = next((plaintext for plaintext in tries if plaintext is not None), None)
        if comment is None:
            raise SopsError("an encrypted comment does not belong to this file; restore what sops wrote")
        words = comment.decode(errors="replace").split("\t")
        found.append(Edit(start, stop, "#" + "\t".join(map(clean, words))))
    return found


def _begin(item: Resource) -> int:
    """Where the comments above an object begin, which stand outside of it when it is a document of its own."""
    slot = item.slot
    if slot.parent is not None:
        return item.node.start
    if slot.document.explicit:
        return slot.document.start
    return max((document.end for document in slot.source.documents if document.end <= item.node.start), default=0)


def _span(leaf: Leaf) -> tuple[int, int]:
    return leaf.node.start, leaf.node.end


def _sealed(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where encrypted comments begin and end: at the last end of one on their line."""
    while (start := text.find(_SEALED, begin, end)) >= 0:
        line = text.find("\n", start, end)
        line = line if line >= 0 else end
        last = text.rfind(_END, start + len(_SEALED), line)
        begin = last + len(_END) if last >= 0 else line
        if last >= 0:
            yield start, begin


def _enclosing(leaf: Leaf) -> Iterator[Path]:
    """The keys that lead to each collection around a leaf, below the root."""
    keys = tuple(part for part in leaf.path if type(part) is str)
    return (keys[:n] for n in range(1, len(keys) + 1))
