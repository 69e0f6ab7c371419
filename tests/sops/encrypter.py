"""A small encrypter, for the tests that need many files, or files with a fault that sops would not write.

It writes what sops 3.13 writes for plain data: values, MAC, age keys, key groups. Sops reads it in `test_encrypter.py`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyrage import encrypt as age_encrypt, ssh, x25519

TIME = "2026-01-02T03:04:05Z"
SECRET_RULE = {"encrypted_regex": "^(data|stringData)$"}

Path = tuple[str, ...]


class Key(NamedTuple):
    """An age identity, generated here: no key is ever committed."""

    identity: str
    recipient: str


def new_key() -> Key:
    identity = x25519.Identity.generate()
    return Key(str(identity), str(identity.to_public()))


KEY, OTHER_KEY, THIRD_KEY = new_key(), new_key(), new_key()


def seal(data_key: bytes, value: object, aad: str, kind: str = "") -> str:
    """One value as `ENC[…]`."""
    found, plaintext = _typed(value)
    nonce = os.urandom(32)
    sealed = AESGCM(data_key).encrypt(nonce, plaintext, aad.encode())
    parts = (b64encode(part).decode() for part in (sealed[:-16], nonce, sealed[-16:]))
    return "ENC[AES256_GCM,data:{},iv:{},tag:{},type:{}]".format(*parts, kind or found)


def armored(plaintext: bytes, *recipients: str) -> str:
    """An age file, as it stands in a `sops` block, for X25519 and SSH recipients."""
    data = age_encrypt(plaintext, [(ssh if r.startswith("ssh-") else x25519).Recipient.from_str(r) for r in recipients])
    text = b64encode(data).decode()
    lines = "\n".join(text[i : i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN AGE ENCRYPTED FILE-----\n{lines}\n-----END AGE ENCRYPTED FILE-----\n"


def encrypt(
    *documents: dict[str, Any],
    keys: Sequence[Key] = (KEY,),
    groups: Sequence[Sequence[Key]] = (),
    threshold: int = 0,
    only: bool = False,
    data_key: bytes = b"",
    **rule: str,
) -> list[dict[str, Any]]:
    """Encrypt the documents of one file; each gets the same `sops` block."""
    data_key = data_key or os.urandom(32)
    selects = _selector(rule)
    digest = hashlib.sha512(hashlib.sha256(b"sops").digest() if only else b"")
    results = []
    for document in documents:
        for path, value in _leaves(document, ()):
            if value is not None and (selects(path) or not only):
                digest.update(_typed(value)[1])
        results.append(_encrypted(document, (), selects, data_key))
    block: dict[str, Any] = {
        "lastmodified": TIME,
        "mac": seal(data_key, digest.hexdigest().upper(), TIME),
        **({"mac_only_encrypted": True} if only else {}),
        **rule,
        "version": "3.13.3",
    }
    if groups:
        shares = split(data_key, threshold or len(groups), len(groups))
        block["key_groups"] = [{"age": _stanzas(share, group)} for share, group in zip(shares, groups, strict=True)]
        block["shamir_threshold"] = threshold or len(groups)
    else:
        block["age"] = _stanzas(data_key, keys)
    return [{**result, "sops": block} for result in results]


def secret(name: str = "s", **sections: Any) -> dict[str, Any]:
    """A plain Secret."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, **sections}


def encrypted_secret(*, name: str = "s", data: Any = None, string_data: Any = None, **options: Any) -> dict[str, Any]:
    """An encrypted Secret, by the rule that Flux recommends unless another one is given."""
    sections = {key: value for key, value in (("data", data), ("stringData", string_data)) if value is not None}
    if not any(key.endswith(("_regex", "_suffix")) for key in options):
        options |= SECRET_RULE
    return encrypt(secret(name, **sections), **options)[0]


def stream(*documents: object) -> str:
    """Documents as a YAML stream, one flow document a line, which JSON is; keys keep their order."""
    return "".join(f"---\n{json.dumps(document, ensure_ascii=False)}\n" for document in documents)


def split(secret: bytes, threshold: int, count: int) -> list[bytes]:
    """Shamir's shares over GF(2^8), 32 bytes of y and one of x."""
    polynomials = [bytes([byte]) + os.urandom(threshold - 1) for byte in secret]
    return [bytes(_evaluate(p, x) for p in polynomials) + bytes([x]) for x in range(1, count + 1)]


def _evaluate(polynomial: bytes, x: int) -> int:
    result = 0
    for coefficient in reversed(polynomial):
        result = _multiply(result, x) ^ coefficient
    return result


def _multiply(a: int, b: int) -> int:
    result = 0
    while b:
        result ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return result


def _stanzas(data: bytes, keys: Sequence[Key]) -> list[dict[str, str]]:
    return [{"enc": armored(data, key.recipient), "recipient": key.recipient} for key in keys]


def _typed(value: object) -> tuple[str, bytes]:
    if isinstance(value, bool):
        return "bool", b"True" if value else b"False"
    if isinstance(value, int):
        return "int", str(value).encode()
    if isinstance(value, float):
        text = format(Decimal(repr(value)), "f")
        return "float", (text.rstrip("0").rstrip(".") if "." in text else text).encode()
    return "str", value if isinstance(value, bytes) else str(value).encode()


def _selector(rule: dict[str, str]) -> Callable[[Path], bool]:
    name, text = next(iter(rule.items()), ("unencrypted_suffix", "_unencrypted"))
    if name.endswith("_suffix"):
        hit: Callable[[Path], bool] = lambda path: any(key.endswith(text) for key in path)  # noqa: E731
    else:
        hit = lambda path: any(re.search(text, key) for key in path)  # noqa: E731
    return lambda path: hit(path) is name.startswith("encrypted")


def _leaves(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, path)
    else:
        yield path, value


def _encrypted(value: Any, path: Path, selects: Callable[[Path], bool], data_key: bytes) -> Any:
    if isinstance(value, dict):
        return {key: _encrypted(item, (*path, key), selects, data_key) for key, item in value.items()}
    if isinstance(value, list):
        return [_encrypted(item, path, selects, data_key) for item in value]
    if value is None or value == "" or not selects(path):
        return value
    return seal(data_key, value, "".join(f"{key}:" for key in path))
