"""One encrypted document: its leaves in order, which of them are encrypted, and their values."""

from __future__ import annotations

from krm_secrets._startup.records import QuietTuple
from krm_secrets.errors import Path
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import BLOCK, is_whole
from krm_secrets.sops.metadata import Metadata
from krm_secrets.sops.rules import Rule
from krm_secrets.sops.value import CRASHES, CRASHING, Aead, Opener, no_ciphertext, no_plaintext
from krm_secrets.yamltext.nodes import TOO_MANY, Alias, Mapping, Node, Scalar, Sequence
from krm_secrets.yamltext.scalars import plain, resolve

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


MAX_LEAVES = 100_000
"""Values of one document with its aliases expanded, which is how sops reads them."""


class Leaf:
    """A scalar with its place.

    `path` is where it stands; `selected` whether the rule wants it encrypted; `alias` the outermost alias on the way to
    it, whose text stands for it and which `depth` steps of the path lead to.
    """

    __slots__ = ("alias", "depth", "encrypted", "node", "path", "selected")

    def __init__(self, node: Scalar, path: Path, selected: bool, alias: Alias | None, depth: int) -> None:
        self.node = node
        self.path = path
        self.selected = selected
        self.alias = alias
        self.depth = depth
        self.encrypted = False

    @property
    def below(self) -> Path:
        """The path from the alias on."""
        return self.path[self.depth :]


class Opened(QuietTuple):
    """A decrypted document: each leaf with its value, in document order; the root and the key it was opened with."""

    root: Mapping
    metadata: Metadata
    aead: Aead
    values: list[tuple[Leaf, object]]


def leaves(root: Mapping, rule: Rule) -> list[Leaf]:
    """All scalars of a document but those of its `sops` block; SopsError for keys that sops refuses."""
    return _Walk(rule).leaves(root)


class _Walk:
    __slots__ = ("found", "left", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.found: list[Leaf] = []
        self.left = MAX_LEAVES  # lists and mappings count too: empty ones multiply as well

    def leaves(self, root: Mapping) -> list[Leaf]:
        root.entries()  # refuses a key that is written twice
        pairs = (pair for pair in root.pairs() if not (type(pair[0]) is Scalar and pair[0].value == BLOCK))
        self.entries(pairs, (), not self.rule.encrypts, None, 0)
        return self.found

    def entries(
        self,
        pairs: Iterable[tuple[Node, Node]],
        path: Path,
        selected: bool,
        alias: Alias | None,
        depth: int,
    ) -> None:
        hit, encrypts, _ = self.rule
        for key, value in pairs:
            name = key.target if type(key) is Alias else key
            if type(name) is not Scalar or (name.tag is None and not name.style and not _is_string(name.value)):
                raise SopsError("a key is no string, which sops refuses", path)
            text = name.value
            # One hit on the way down decides, and everything below it shares the decision.
            here = encrypts if selected is not encrypts and hit(text) else selected
            if type(value) is Scalar:  # like most: a call for each would be the larger part of the walk
                self.found.append(Leaf(value, (*path, text), here, alias, depth))
            else:
                self.node(value, (*path, text), here, alias, depth)

    def node(self, node: Node, path: Path, selected: bool, alias: Alias | None, depth: int) -> None:
        self.left -= 1
        if len(self.found) > self.left:
            raise SopsError(TOO_MANY, path)
        if type(node) is Alias:
            if alias is None:
                alias, depth = node, len(path)
            node = node.read()
        if type(node) is Scalar:
            self.found.append(Leaf(node, path, selected, alias, depth))
        elif type(node) is Sequence:
            for n, item in enumerate(node.items):
                self.node(item, (*path, n), selected, alias, depth)
        else:
            assert type(node) is Mapping
            node.entries()  # refuses a key that is written twice
            self.entries(node.pairs(), path, selected, alias, depth)


def _is_string(text: str) -> bool:
    """Whether a plain key is one."""
    return type(plain(text)) is str


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
    opener = Opener(aead)
    rule = metadata.rule
    for leaf in leaves(root, rule):
        text = leaf.node.value
        value: object = None
        if text[:4] == "ENC[" and (leaf.selected or rule.by_form) and not added(leaf.path):
            value = opener.open(text, leaf.path)
        if value is not None:
            check_type(leaf.node.value, leaf.path)
            leaf.encrypted = True
        else:
            value = resolve(leaf.node)
            _check(leaf, value, rule, plain_allowed, added)
        values.append((leaf, value))
    opener.finish()
    return Opened(root, metadata, aead, values)


def check_document(
    root: Mapping,
    metadata: Metadata,
    plain_allowed: Callable[[Path], bool] = nowhere,
    added: Callable[[Path], bool] = nowhere,
) -> None:
    """The SopsErrors of `open_document` that need no key: ciphertext or plaintext in the place of the other."""
    rule = metadata.rule
    for leaf in leaves(root, rule):
        if (leaf.selected or rule.by_form) and is_whole(leaf.node.value) and not added(leaf.path):
            check_type(leaf.node.value, leaf.path)
        else:
            _check(leaf, resolve(leaf.node), rule, plain_allowed, added)


def check_type(text: str, path: Path) -> None:
    """SopsError for a comment in the place of a value, which sops writes into lists only, and for what it cannot read.

    Nothing authenticates the type of a value but the MAC, which hosts break.
    """
    if text.endswith(",type:str]"):  # like most
        return
    kind = text.rpartition(",type:")[2]
    if kind.startswith("comment]") and not isinstance(path[-1], int):
        raise SopsError("is a comment to sops, in the place of a value: restore what sops wrote", path)
    if kind.startswith(f"{CRASHING}]"):
        raise SopsError(CRASHES, path)


def _check(
    leaf: Leaf, value: object, rule: Rule, plain_allowed: Callable[[Path], bool], added: Callable[[Path], bool]
) -> None:
    """Whether a leaf may stand there as it is."""
    text = leaf.node.value
    if not leaf.selected:
        if is_whole(text) and not added(leaf.path):
            raise no_plaintext(leaf.path)
    elif value not in (None, "") and not rule.by_form and not plain_allowed(leaf.path):
        raise no_ciphertext(text, leaf.path)
