"""SHA-256, SHA-512 and HMAC without OpenSSL's library, which `hashlib` loads: 4 ms and 4 MiB for a few lines.

The interpreter has both of its own, which for so little are as fast. Source of HMAC: RFC 2104.
"""

from __future__ import annotations

from _operator import _compare_digest as same
from sys import version_info

TYPE_CHECKING = False

if TYPE_CHECKING:
    from hashlib import sha256, sha512
else:
    try:
        if version_info >= (3, 12):
            from _sha2 import sha256, sha512
        else:
            from _sha256 import sha256
            from _sha512 import sha512
    except ImportError:  # an interpreter that was built without them
        from hashlib import sha256, sha512

_BLOCK = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA256."""
    padded = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return sha256(padded.translate(_OUTER) + sha256(padded.translate(_INNER) + data).digest()).digest()


__all__ = ["hmac_sha256", "same", "sha256", "sha512"]
