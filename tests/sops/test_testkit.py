"""C2SP's test vectors for age: what must open opens, and what must not fails for the reason that they give.

They are no part of this project: `go mod download c2sp.org/CCTV/age@VERSION`, in the folder of any Go module, puts them
where they are looked for.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path

from krm_secrets.age.agefile import AgeFile, Damaged, Identity, Unusable, dearmored, parse
from krm_secrets.age.keyfile import parse as parse_keys
from krm_secrets.age.locked import locked_file
from tests.sops.typist import Typist
from tests.tools import go_module

MODULE, VERSION = "c2sp.org/CCTV/age", "v0.0.0-20251208015420-e9274a7bdbfd"

# `cryptography` tells a share that nobody may use from one of somebody else by nothing. Both stay closed.
EXPECTED = {"hybrid_identity": "no match", "hybrid_low_order": "no match"}


class Vector:
    """One file of the kit: a head of `key: value` lines, and an age file."""

    def __init__(self, path: Path) -> None:
        head, _, data = path.read_bytes().partition(b"\n\n")
        self.name = path.name
        self.fields: dict[str, list[str]] = {}
        for line in head.decode().splitlines():
            key, _, value = line.partition(": ")
            self.fields.setdefault(key, []).append(value)
        self.data = zlib.decompress(data) if "compressed" in self.fields else data

    @property
    def expected(self) -> str:
        expect = self.fields["expect"][0]
        return EXPECTED.get(self.name, "failure" if "failure" in expect else expect)


def opened(vector: Vector) -> str:
    """How it ends, with the hash of the plaintext."""
    try:
        data = dearmored(vector.data.decode("latin-1")) if "armored" in vector.fields else vector.data
        file = parse(data)
        found = [of(file) for of in openers(vector)]
    except (Damaged, ValueError):
        return "failure"
    text = next((text for text in found if text is not None), None)
    return "no match" if text is None else f"success {hashlib.sha256(text).hexdigest()}"


def openers(vector: Vector) -> list[Callable[[AgeFile], bytes | None]]:
    found: list[Callable[[AgeFile], bytes | None]] = []
    for text in vector.fields.get("identity", ()):
        found += [identity.open for identity in parse_keys(text, "the kit", None)[0]]
    return found + [with_passphrase(text) for text in vector.fields.get("passphrase", ())]


def with_passphrase(text: str) -> Callable[[AgeFile], bytes | None]:
    def of(file: AgeFile) -> bytes | None:
        if "scrypt" not in file.kinds:
            return None
        inside: list[bytes] = []

        def take(data: bytes) -> list[Identity]:
            inside.append(data)
            return []

        locked = locked_file(file, "the kit", Typist(text), take)
        try:
            assert locked._identities() == []
        except Unusable as error:
            if str(error) == "the passphrase does not open it":
                return None
            raise Damaged from error
        return inside[0]

    return of


def test_vectors() -> None:
    folder = go_module(MODULE, VERSION) / "testdata"
    vectors = [Vector(path) for path in sorted(folder.iterdir()) if path.name != "README.md"]
    different = {}
    for vector in vectors:
        expected = vector.expected
        if expected == "success":
            expected += f" {vector.fields['payload'][0]}"
        if (answer := opened(vector)) != expected:
            different[vector.name] = (answer, expected)
    assert different == {}
    assert len(vectors) == 143
