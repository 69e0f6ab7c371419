"""sops's tree: what a file of any format holds, and its decryption.

A tree has one branch a document. A branch is a list of keys with values, in order and with duplicates; a key that is a
Comment has no value. A value is None, bool, int, float, str, Timestamp, bytes (a string that is no UTF-8), a Branch, or
a list, which may hold comments too.
"""

from __future__ import annotations

from krm_secrets._startup.records import QuietTuple
from krm_secrets.errors import Path
from krm_secrets.plain import as_map
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.mac import expected, fits
from krm_secrets.sops.marks import BLOCK, START, is_whole
from krm_secrets.sops.metadata import Metadata
from krm_secrets.sops.rules import Rule
from krm_secrets.sops.value import CRASHING, Aead, Comment, Opener, mac_bytes, no_ciphertext, parse, typed, unseal

_MAX_INT, _EXACT = 2**63, 2**53


class Inline(Comment):
    """A comment on the line of the value that it belongs to; it stands before that value in the tree."""

    __slots__ = ()


class Branch(list[tuple[str, object]]):
    """Keys and comments with their values."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


Tree = list[Branch]


class Decrypted(QuietTuple):
    """A decrypted tree, whether its MAC holds, and the first place where ciphertext is left.

    Nobody but the MAC can say whether that was once a text that its author had there, or the rule was changed. A rule
    over comments leaves some whenever a tool drops comments.
    """

    tree: Tree
    verified: bool
    left: Path | None = None


def text_of(data: bytes) -> str | bytes:
    """A string as sops has it, which may be no UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def data(value: object) -> object:
    """A branch or value as dicts, lists and scalars, without comments; of duplicate keys the last counts.

    A merge key is the key `<<`, as in sops: who wants it merged reads the emitted YAML.
    """
    if isinstance(value, Branch):
        return {key: data(item) for key, item in value if not isinstance(key, Comment)}
    if isinstance(value, list):
        return [data(item) for item in value if not isinstance(item, Comment)]
    return value


def split_metadata(tree: Tree) -> dict[str, object] | None:
    """Take the `sops` blocks out of all branches; the first branch's is what counts."""
    blocks = [value for key, value in tree[0] if _is_block(key)] if tree else []
    if len(blocks) > 1:
        raise SopsError("stands twice", (BLOCK,))
    for branch in tree:
        branch[:] = [(key, value) for key, value in branch if not _is_block(key)]
    if blocks and not isinstance(blocks[0], Branch):
        raise SopsError("must be the mapping that sops writes", (BLOCK,))
    return as_map(data(blocks[0])) if blocks else None


def _is_block(key: str) -> bool:
    return key == BLOCK and not isinstance(key, Comment)


def decrypt(tree: Tree, metadata: Metadata, aead: Aead, rounded: bool = False) -> Decrypted:
    """Decrypt all values and comments that the rule selects; SopsError for the first that does not fit.

    `rounded` is set for JSON, of which every number was a float up to sops 3.13.1: one beyond 2^53 went rounded into
    the MAC, which is then tried too.
    """
    walk = _Opening(metadata, aead)
    result = [walk.branch(branch, ()) for branch in tree]
    walk.opener.finish()
    return Decrypted(result, _verified(walk.counted, metadata, aead, rounded), walk.left)


def check(tree: Tree, metadata: Metadata) -> None:
    """The SopsError of `decrypt` for plaintext where the rule wants ciphertext, which shows without a key."""
    walk = _Walk(metadata)
    for branch in tree:
        walk.branch(branch, ())


def _verified(counted: list[object], metadata: Metadata, aead: Aead, rounded: bool) -> bool:
    mac, only = expected(metadata, aead), metadata.mac_only_encrypted
    if fits(mac, map(mac_bytes, counted), only):
        return True
    if not rounded or not any(type(value) is int and abs(value) > _EXACT for value in counted):
        return False
    floats = (float(value) if type(value) is int else value for value in counted)
    return fits(mac, map(mac_bytes, floats), only)


class _Selection:
    """Whether what is read next is to be encrypted: sops's rules over keys, and over the comments above it."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.by_comment = rule.by_form
        self.hits = 0  # keys or comments in force that decide
        self.active: list[int] = [0]  # of them, the comments of each open level

    def __bool__(self) -> bool:
        return bool(self.hits) is self.rule.encrypts

    def hit(self, text: str) -> bool:
        # Go's regular expressions take a byte that is no UTF-8 for U+FFFD.
        return self.rule.hit(text if text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace"))

    def enter(self, key: str) -> int:
        """Go below a key; hand what comes back to `leave`."""
        hit = int(not self.by_comment and self.hit(key))
        self.hits += hit
        return hit

    def leave(self, hit: int) -> None:
        self.hits -= hit

    def open(self) -> None:
        """Begin a level: comments that were in force stay so."""
        self.active.append(0)

    def clear(self) -> None:
        """The comments of this level end: their item was read."""
        self.hits -= self.active[-1]
        self.active[-1] = 0

    def close(self) -> None:
        self.clear()
        self.active.pop()

    def comment(self, text: str) -> bool:
        """Whether this comment is to be encrypted; it is in force from here on.

        A comment that asks for encryption does not ask for its own, one that asks for none does.
        """
        before = bool(self)
        if self.by_comment and self.hit(text):
            self.hits += 1
            self.active[-1] += 1
        return before if self.rule.encrypts else bool(self)


class _Walk:
    """One pass over all branches, in the order in which the MAC counts, that sees what shows without a key."""

    def __init__(self, metadata: Metadata) -> None:
        self.only = metadata.mac_only_encrypted
        self.selected = _Selection(metadata.rule)
        self.counted: list[object] = []
        self.left: Path | None = None

    def branch(self, branch: Branch, path: Path) -> Branch:
        self.selected.open()
        result = Branch()
        for key, value in branch:
            if isinstance(key, Comment):
                result.append((self.key_comment(key, path), None))
                continue
            hit = self.selected.enter(key)
            result.append((key, self.value(value, (*path, key))))
            self.selected.leave(hit)
            self.selected.clear()
        self.selected.close()
        return result

    def items(self, items: list[object], path: Path) -> list[object]:
        self.selected.open()
        result: list[object] = []
        for n, item in enumerate(items):
            if isinstance(item, Comment):
                result.append(self.comment(item, path))
                continue
            result.append(self.value(item, (*path, n)))
            self.selected.clear()
        self.selected.close()
        return result

    def value(self, value: object, path: Path) -> object:
        if isinstance(value, Branch):
            return self.branch(value, path)
        if isinstance(value, list):
            return self.items(value, path)
        if value is None:
            return None
        return self.leaf(value, path)

    def leaf(self, value: object, path: Path) -> object:
        selected = bool(self.selected)
        if selected and value != "":
            value = self.unsealed(value, path)
        elif type(value) is int and not -_MAX_INT <= value < _MAX_INT:
            raise SopsError("is a whole number of more than 64 bits, which sops refuses", path)
        elif self.left is None and type(value) is str and not self.selected.by_comment and is_whole(value):
            self.left = path
        if not isinstance(value, Comment) and (selected or not self.only):
            self.counted.append(value)
        return value

    def unsealed(self, value: object, path: Path) -> object:
        if type(value) is str and is_whole(value):
            return value
        raise no_ciphertext(None, path)

    def key_comment(self, comment: Comment, path: Path) -> Comment:
        """A comment among keys stays one, whatever was encrypted there."""
        opened = self.comment(comment, path)
        if isinstance(opened, Comment):
            return opened
        if not isinstance(opened, str):
            raise SopsError("an encrypted comment holds no text, which sops refuses")
        return type(comment)(opened)

    def comment(self, comment: Comment, path: Path) -> object:  # noqa: ARG002 - for who opens it
        """The comment, which is in force from here on."""
        self.selected.comment(comment)
        return comment


class _Opening(_Walk):
    """The same pass with the key."""

    def __init__(self, metadata: Metadata, aead: Aead) -> None:
        super().__init__(metadata)
        self.aead = aead
        self.opener = Opener(aead)

    def unsealed(self, value: object, path: Path) -> object:
        opened = self.opener.open(value, path) if type(value) is str else None
        if opened is None:
            raise no_ciphertext(value, path)
        return text_of(opened) if isinstance(opened, bytes) else opened

    def comment(self, comment: Comment, path: Path) -> object:
        """The comment, decrypted if it is encrypted: sops takes one that does not open for a plain one."""
        if not self.selected.comment(comment):
            return comment
        if not comment:
            # sops takes it for an empty value, which one among list items then is.
            return ""
        if not comment.startswith(START):
            return comment
        place, sealed = self.opener.places.of(path), None
        try:
            sealed = parse(comment)
            plaintext = sealed and unseal(self.aead, sealed, place)
            opened = comment if not sealed or plaintext is None else typed(plaintext, sealed.type)
        except SopsError:
            if sealed is not None and sealed.type == CRASHING:
                raise
            return comment
        if isinstance(opened, bytes):
            opened = text_of(opened)
        if not isinstance(opened, Comment):
            self.counted.append(opened)
        return opened
