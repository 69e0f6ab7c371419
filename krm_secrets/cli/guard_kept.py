"""What must not be stored for Flux to decrypt later: plaintext where a secret belongs, and ciphertext that Flux leaves.

Flux decrypts objects with a `sops` block, and whole SOPS files in a Secret's `data`.
"""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets import base64layers
from krm_secrets.check.commit.filled_in import is_filled_in, templated
from krm_secrets.check.sops_problems import leaves, of_values
from krm_secrets.cli.guard_objects import said
from krm_secrets.errors import ERROR, Path, Problem, field
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.secret import LAST_APPLIED, is_secret, last_applied_values
from krm_secrets.sops.document import check_type
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import BLOCK, file_in, is_whole
from krm_secrets.sops.metadata import parse
from krm_secrets.sops.recognition import recognize
from krm_secrets.sops.rules import Rule
from krm_secrets.stages.decrypt import DECRYPTED_IN_CLUSTER, is_left_encrypted
from krm_secrets.stages.leftovers import CIPHERTEXT, FILE, MASK, Leftover, leftover, leftovers
from krm_secrets.yamltext.load import load
from krm_secrets.yamltext.nodes import Mapping

_NO_RULE = Rule(frozenset[str]().__contains__, True)

_NO_MAC = "has no MAC, so that Flux takes the object for a plain one; restore what sops wrote"
_PLAIN = "is plaintext in what is to be stored: encrypt the file with sops, and build with `decrypt: keep`"
_UNRULED = "is plaintext where the file's rule wants ciphertext: set the value with sops edit"
_RULELESS = "is plaintext, since the file's rule selects no value of the Secret: encrypt the file by another rule"
_COPY = "repeats the values in plaintext, as kubectl got them from a cluster: remove it where the Secret is kept"
_NOT_BY_FLUX = "holds a SOPS file, which Flux decrypts under data only: move it there, in base64"
_NO_FILES = "holds a file that is encrypted with sops, which Flux decrypts in a Secret's data only: move it there"
_OUTSIDE = "is ciphertext where the file's rule wants plaintext, so that Flux leaves it: encrypt the plain file again"
_NO_BLOCK = "is ciphertext, and the object has no sops block to decrypt it with: take the whole encrypted file"


def problems(item: Resource) -> Iterator[Problem]:
    """What is wrong with an object that is kept for Flux, or for a controller that decrypts it in the cluster."""
    if not all(is_whole(value) or not value for value in last_applied_values(item)):
        yield Problem(("metadata", "annotations", LAST_APPLIED), _COPY)
        return
    block = item.node.get(BLOCK)
    if type(block) is not Mapping:
        yield from _of_plain(item)
    elif block.get("mac") is None:
        yield Problem((BLOCK,), _NO_MAC)
    else:
        try:
            yield from _of_encrypted(item, parse(load(block)).rule)
        except SopsError as error:
            yield error.problem


def _of_encrypted(item: Resource, rule: Rule) -> Iterator[Problem]:
    sealed, plain = False, None
    values = {key: value for key, value in item.data.items() if key != BLOCK}
    for path, value, selected in leaves(values, rule):
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        whole = is_whole(text)
        sealed = sealed or whole
        if value in (None, "") or (whole and (selected or rule.by_form)):
            check_type(text, path)
            continue
        if selected and not rule.by_form and path[0] != "metadata":  # where hosts write, whatever the rule says
            yield Problem(path, _UNRULED)
            continue
        plain = plain or (path if _is_secret(item, path) else None)
        found = leftover(text)
        if found is not None and found.kind != MASK:
            yield Problem(path, _OUTSIDE if whole else said(found))
    if plain is not None and not sealed:
        yield Problem(plain, _RULELESS)


def _of_plain(item: Resource) -> Iterator[Problem]:
    """An object without a `sops` block."""
    disabled = is_left_encrypted(item) and item.kind not in DECRYPTED_IN_CLUSTER
    for path, value, _ in leaves(item.data, _NO_RULE):
        text = value if isinstance(value, (str, bytes)) else str(value)
        found = leftover(text)
        if found is not None and (found.kind != MASK or _is_secret(item, path)):
            if found.kind in (CIPHERTEXT, FILE) and disabled and (found.whole or not _is_secret(item, path)):
                continue
            yield from _of_leftover(item, path, str(value), found)
        elif _is_secret(item, path) and value not in (None, "") and not _is_put_in_later(str(value)):
            yield Problem(path, _PLAIN)
    for path, found, in_key in leftovers(item.data, (), not disabled):
        if in_key:
            yield Problem(path, said(found, True))


def _is_put_in_later(value: str) -> bool:
    """Whether the value, or what it is the base64 of, only names the secret: for a template, or by a reference."""
    inner = base64layers.whole(value, 4)
    texts = [value, *([inner] if inner else ())]
    return any(is_filled_in(text) or templated(text) is False for text in texts)


def _of_leftover(item: Resource, path: Path, value: str, found: Leftover) -> Iterator[Problem]:
    own = is_secret(item) and len(path) == 2
    if found.kind == FILE and own and (path[0], found.layers) == ("data", 1):
        yield from _of_file(path, value)
    elif found.kind == FILE:
        yield Problem(path, _NOT_BY_FLUX if own and path[0] == "stringData" else _NO_FILES)
    elif found.kind == CIPHERTEXT and not found.whole and _is_secret(item, path):
        yield Problem(path, _PLAIN)
    elif found.kind == CIPHERTEXT and item.kind in DECRYPTED_IN_CLUSTER:
        yield Problem(path, _NO_BLOCK)
    else:
        yield Problem(path, said(found))


def _of_file(path: Path, value: str) -> Iterator[Problem]:
    """A SOPS file that Flux decrypts: what its own rule wants encrypted, and is not."""
    content = file_in(value, True)
    found = recognize(str(path[-1]), content) if content is not None else None
    if found is None or found.error:
        yield Problem(path, "holds a SOPS file that cannot be read: restore what sops wrote")
        return
    try:
        for part in found.parts:
            if part.block is None:
                yield Problem(path, "holds a SOPS file with a document that has no sops block: encrypt the file again")
                continue
            for problem in of_values({0: part}, parse(part.block), found.format):
                if problem.severity == ERROR:
                    yield Problem(path, f"holds a SOPS file: {field(problem.path)}: {problem.message}")
    except SopsError as error:
        yield Problem(path, f"holds a SOPS file: {field(error.path)}: {error.message}")


def _is_secret(item: Resource, path: Path) -> bool:
    """Whether a value of a Secret stands at the path: also of one in a list, or that a controller makes."""
    if item.kind in DECRYPTED_IN_CLUSTER:
        return path[:2] == ("spec", "secretTemplates") and path[3:4] in (("data",), ("stringData",))
    return _in_secret(item.data, path)


def _in_secret(value: object, path: Path) -> bool:
    if not isinstance(value, dict):
        return False
    items = value.get("items")
    if path[0] == "items" and len(path) > 2 and isinstance(items, list) and isinstance(path[1], int):
        return _in_secret(items[path[1]], path[2:])
    return (value.get("kind"), value.get("apiVersion")) == ("Secret", "v1") and path[0] in ("data", "stringData")
