"""Whole SOPS files: encrypted bytes in, plaintext bytes or values out."""

from __future__ import annotations

from krm_secrets._startup.records import Protocol
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files.formats import STORES, Format, emit
from krm_secrets.sops.metadata import Metadata, parse
from krm_secrets.sops.tree import Tree, decrypt
from krm_secrets.sops.value import Aead, no_plaintext

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal, TypeAlias


MacPolicy: TypeAlias = "Literal['require', 'ignore']"


class Unlocks(Protocol):
    """Whoever opens the data key of a file, as Identities do."""

    @property
    def unlock(self) -> Callable[[Metadata], Aead]: ...


def decrypt_file(
    data: bytes,
    identities: Unlocks,
    input_format: Format,
    output_format: Format | None = None,
    mac: MacPolicy = "require",
    indent: int | None = None,
) -> bytes:
    """What `sops -d` prints for the file; SopsError, which holds no value, when it cannot be decrypted."""
    tree = plaintext_tree(data, identities, input_format, mac)
    return emit(tree, output_format or input_format, indent)


def plaintext_tree(data: bytes, identities: Unlocks, input_format: Format, mac: MacPolicy = "require") -> Tree:
    """The decrypted values of the file, with its comments, and without its `sops` block."""
    tree, block = STORES[input_format].load(data)
    if block is None:
        raise SopsError("is no file that sops encrypted: it has no sops block")
    return opened_tree(tree, block, identities.unlock, input_format, mac)


def opened_tree(
    tree: Tree,
    block: dict[str, object],
    unlock: Callable[[Metadata], Aead],
    input_format: Format,
    mac: MacPolicy = "require",
) -> Tree:
    """The decrypted values of a file that its store has loaded.

    Without a MAC that holds no ciphertext may stand where the rule wants plaintext, also where the MAC is ignored.
    """
    metadata = parse(block)
    result = decrypt(tree, metadata, unlock(metadata), rounded=input_format in ("json", "binary"))
    if result.verified:
        return result.tree
    if result.left is not None:
        raise no_plaintext(result.left)
    if mac == "ignore":
        return result.tree
    if not metadata.mac:
        raise SopsError("has no MAC, which says whether somebody changed the file", ("sops", "mac"))
    raise SopsError(
        "the MAC does not fit: the file was changed or merged after sops wrote it; restore what sops wrote, or change"
        " it with sops",
        ("sops", "mac"),
    )
