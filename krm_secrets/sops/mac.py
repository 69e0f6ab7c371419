"""The MAC over a whole file: SHA-512 of its values in document order, itself encrypted with the data key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from hmac import compare_digest

from krm_secrets.errors import Path
from krm_secrets.sops.document import Opened, nowhere
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.value import Comment, mac_bytes, parse, unseal

# Separates the two kinds of MAC: sops starts the hash with it when only encrypted values count.
_ONLY_ENCRYPTED = hashlib.sha256(b"sops").digest()


def verify(documents: Iterable[Opened], ignored: Callable[[Path], bool] = nowhere) -> bool:
    """Whether the documents are, in this order, what the MAC of the first was computed over.

    `ignored` takes out what a host added. Comments never count, also where a list holds one as an element
    (getsops/sops#2243).
    """
    opened = list(documents)
    first = opened[0]
    only = first.metadata.mac_only_encrypted
    digest = hashlib.sha512(_ONLY_ENCRYPTED if only else b"")
    for document in opened:
        for leaf, value in document.values:
            if value is None or isinstance(value, Comment) or (only and not leaf.encrypted) or ignored(leaf.path):
                continue
            digest.update(mac_bytes(value))
    try:
        sealed = parse(first.metadata.mac)
    except SopsError:
        sealed = None
    if sealed is None:
        return False
    expected = unseal(first.aead, sealed, first.metadata.lastmodified)
    return expected is not None and compare_digest(expected, digest.hexdigest().upper().encode())
