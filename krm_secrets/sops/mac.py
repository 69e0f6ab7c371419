"""The MAC over a whole file: SHA-512 of its values in document order, itself encrypted with the data key."""

from __future__ import annotations

from krm_secrets._startup.hashes import same, sha256, sha512
from krm_secrets.errors import Path
from krm_secrets.sops.document import Opened, nowhere
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.metadata import Metadata
from krm_secrets.sops.value import Aead, Comment, mac_bytes, parse, unseal

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


# Separates the two kinds of MAC: sops starts the hash with it when only encrypted values count.
_ONLY_ENCRYPTED = sha256(b"sops").digest()


def expected(metadata: Metadata, aead: Aead) -> bytes:
    """The MAC of a file, decrypted; empty when there is none that opens."""
    try:
        sealed = parse(metadata.mac)
    except SopsError:
        return b""
    return (unseal(aead, sealed, metadata.lastmodified) if sealed and sealed.type == "str" else None) or b""


def fits(mac: bytes, values: Iterable[bytes], only_encrypted: bool) -> bool:
    """Whether the values are, in this order, what the decrypted MAC was computed over."""
    digest = sha512(_ONLY_ENCRYPTED if only_encrypted else b"")
    for value in values:
        digest.update(value)
    return same(mac, digest.hexdigest().upper().encode())


def covered(document: Opened, ignored: Callable[[Path], bool] = nowhere) -> bytes:
    """What the MAC covers of a document, without what `ignored` takes out.

    Comments never count, also where a list holds one as an element (getsops/sops#2243).
    """
    only = document.metadata.mac_only_encrypted
    return b"".join(
        value.encode() if type(value) is str else mac_bytes(value)
        for leaf, value in document.values
        if (leaf.encrypted or not only) and value is not None and type(value) is not Comment and not ignored(leaf.path)
    )


def verify(documents: Sequence[Opened]) -> bool:
    """Whether the documents are, in this order, what the MAC of the first was computed over."""
    first = documents[0]
    mac = expected(first.metadata, first.aead)
    return fits(mac, map(covered, documents), first.metadata.mac_only_encrypted)
