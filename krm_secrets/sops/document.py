"""One encrypted document: its leaves in order, which of them are encrypted, and their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from krm_secrets.errors import Path
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import BLOCK, is_whole
from krm_secrets.sops.metadata import Metadata
from krm_secrets.sops.rules import Rule
from krm_secrets.sops.value import Aead, parse, typed, unseal
from krm_secrets.yamltext.nodes import Alias, Mapping, Node, Scalar, Sequence
from krm_secrets.yamltext.scalars import resolve

MAX_LEAVES = 100_000
"""Leaves of one document with its aliases expanded, which is how sops reads them."""



class Leaf:
    """A scalar with its place.

    `path` is where it stands; `aad` what authenticates its place (list indexes left out, as in sops); `selected`
    whether the rule wants it encrypted; `alias` the outermost alias on the way to it, whose text stands for it, and
    `below` the path from there.
    """

    __slots__ = ("aad", "alias", "below", "encrypted", "node", "path", "selected")

    def __init__(self, node: Scalar, path: Path, aad: str, selected: bool, alias: Alias | None, below: Path) -> None:
        self.node = node
        self.path = path
        self.aad = aad
        self.selected = selected
        self.alias = alias
        self.below = below
        self.encrypted = False


class Opened(NamedTuple):
    """A decrypted document: each leaf with its value, in document order; the root and the key it was opened with."""

    root: Mapping
    metadata: Metadata
    aead: Aead
    values: list[tuple[Leaf, object]]


def leaves(root: Mapping, rule: Rule) -> list[Leaf]:
    """All scalars of a document but those of its `sops` block; SopsError for keys that sops refuses."""
    return _Walk(rule).leaves(root)


class _Walk:
    __slots__ = ("found", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.found: list[Leaf] = []

    def leaves(self, root: Mapping) -> list[Leaf]:
        selected = not self.rule.encrypts
        root.entries()  # refuses a key that is written twice
        for key, value in root.pairs():
            if not (type(key) is Scalar and key.value == BLOCK):
                self.entry(key, value, (), "", selected, None, ())
        return self.found

    def entry(
        self, key: Node, value: Node, path: Path, aad: str, selected: bool, alias: Alias | None, below: Path
    ) -> None:
        name = key.target if type(key) is Alias else key
        text = name.value if type(name) is Scalar else None
        if text is None or (name.tag is None and type(resolve(name)) is not str):  # type: ignore[arg-type]
            raise SopsError("a key is no string, which sops refuses", path)
        # One hit on the way down decides, and everything below it shares the decision.
        if selected is not self.rule.encrypts and self.rule.hit(text):
            selected = self.rule.encrypts
        self.node(value, (*path, text), f"{aad}{text}:", selected, alias, (*below, text) if alias else ())

    def node(self, node: Node, path: Path, aad: str, selected: bool, alias: Alias | None, below: Path) -> None:
        if type(node) is Alias:
            alias = alias or node
            node = node.target
        if type(node) is Scalar:
            if len(self.found) >= MAX_LEAVES:
                raise SopsError("aliases expand to too many values", path)
            self.found.append(Leaf(node, path, aad or ":", selected, alias, below))
        elif type(node) is Sequence:
            for n, item in enumerate(node.items):
                self.node(item, (*path, n), aad, selected, alias, (*below, n) if alias else ())
        else:
            assert type(node) is Mapping
            node.entries()  # refuses a key that is written twice
            for key, value in node.pairs():
                self.entry(key, value, path, aad, selected, alias, below)


def nowhere(_: Path) -> bool:
    """No place: the document is as sops wrote it."""
    return False


def open_document(
    root: Mapping,
    metadata: Metadata,
    aead: Aead,
    plain_allowed: Callable[[Path], bool] = nowhere,
    added: Callable[[Path], bool] = nowhere,
) -> Opened:
    """Decrypt all values of a document, or raise SopsError; the MAC is not looked at here.

    A value that the rule selects must be ciphertext, or somebody could put his own value in its place unnoticed;
    `plain_allowed` names the places where a host writes on its own, `added` those of which every value is a host's,
    also one that it copied from another place.
    """
    values: list[tuple[Leaf, object]] = []
    failed: list[Leaf] = []
    succeeded = 0
    rule = metadata.rule
    for leaf in leaves(root, rule):
        node = leaf.node
        text = node.value
        sealed = None
        if text[:4] == "ENC[" and (leaf.selected or rule.by_form) and not added(leaf.path):
            try:
                sealed = parse(text)
            except SopsError as error:
                raise SopsError(error.message, leaf.path) from None
        if sealed is None:
            value = resolve(node)
            if not leaf.selected and is_whole(text) and not added(leaf.path):
                raise SopsError(
                    "is ciphertext where the file's rule wants plaintext: a patch merged two encrypted files, or the"
                    " rule was changed; restore what sops wrote, or decrypt before merging",
                    leaf.path,
                )
            if leaf.selected and value not in (None, "") and not rule.by_form and not plain_allowed(leaf.path):
                if text[:4] == "ENC[":
                    raise SopsError("the encrypted value is damaged: sops writes no value of this form", leaf.path)
                raise SopsError(
                    "is plaintext where the file's rule wants ciphertext: a patch or an edit put it there;"
                    " set the value with sops, or apply the patch after decryption",
                    leaf.path,
                )
            values.append((leaf, value))
            continue
        leaf.encrypted = True
        plaintext = unseal(aead, sealed, leaf.aad)
        if plaintext is None:
            failed.append(leaf)
            continue
        succeeded += 1
        try:
            values.append((leaf, typed(plaintext, sealed.type)))
        except SopsError as error:
            raise SopsError(error.message, leaf.path) from None
    if failed:
        raise _mismatch(failed, succeeded)
    return Opened(root, metadata, aead, values)


def _mismatch(failed: list[Leaf], succeeded: int) -> SopsError:
    if succeeded:
        return SopsError(
            "the ciphertext does not belong to this place: a key on its path was renamed, the value was damaged or"
            " copied from another place, or a patch merged two encrypted files; restore what sops wrote and change it"
            " with sops",
            failed[0].path,
        )
    return SopsError(
        "no value opens with the key in the sops block: the block belongs to another file, a patch merged two"
        " encrypted files, or their keys were renamed; restore what sops wrote, or decrypt before merging",
        failed[0].path,
    )
