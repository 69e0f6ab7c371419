"""The data key from its shares: Shamir's scheme over GF(2^8), one polynomial a byte.

A share is 32 bytes of y and one of x. The field is AES's, polynomial 0x11b; generator 3 gives the tables.
Source: HashiCorp Vault's `shamir` package, which sops uses.
"""

from __future__ import annotations

from krm_secrets.sops.errors import SopsError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence


def _tables() -> tuple[list[int], list[int]]:
    exp, log = [0] * 510, [0] * 256
    x = 1
    for power in range(255):
        exp[power] = exp[power + 255] = x
        log[x] = power
        x ^= x << 1
        x = x ^ 0x11B if x & 0x100 else x
    return exp, log


def combine(shares: Sequence[bytes]) -> bytes:
    """Interpolate all shares at zero; SopsError when they cannot belong together."""
    if len(shares) < 2:
        raise SopsError("the data key was split, and fewer than two shares of it are there")
    if len({len(share) for share in shares}) != 1 or len(shares[0]) < 2:
        raise SopsError("the shares of the data key differ in length")
    xs = [share[-1] for share in shares]
    if len(set(xs)) != len(xs) or 0 in xs:
        raise SopsError("two shares of the data key are the same one")
    exp, log = _tables()
    weights = [_weight(i, xs, log) for i in range(len(xs))]
    secret = bytearray(len(shares[0]) - 1)
    for weight, share in zip(weights, shares, strict=True):
        for n, y in enumerate(share[:-1]):
            if y:
                secret[n] ^= exp[log[y] + weight]
    return bytes(secret)


def _weight(i: int, xs: list[int], log: list[int]) -> int:
    """The logarithm of Lagrange's basis polynomial i at zero: the product of x_j / (x_j - x_i)."""
    total = 0
    for j, x in enumerate(xs):
        if j != i:
            total += log[x] - log[x ^ xs[i]]
    return total % 255
