"""Encrypted data keys as they stand in a `sops` block."""

from __future__ import annotations

from krm_secrets.age.agefile import BEGIN, END, MAX_SIZE, MAX_STANZAS, AgeFile, Damaged, dearmored, parse
from krm_secrets.sops.errors import SopsError

DAMAGED = "the encrypted data key is a damaged age file"


def data_key_file(armored: str) -> AgeFile:
    """The age file of a `sops` block; SopsError for what is none, or costs more to open than a data key may."""
    text = armored.strip()
    if len(text) > MAX_SIZE:
        raise SopsError(f"the encrypted data key is larger than {MAX_SIZE // 1024} KiB")
    if not text.startswith(BEGIN) or not text.endswith(END):
        raise SopsError("the encrypted data key is no armored age file")
    try:
        file = parse(dearmored(armored))
    except Damaged:
        raise SopsError(DAMAGED) from None
    if len(file.stanzas) > MAX_STANZAS:
        raise SopsError(f"the encrypted data key has more than {MAX_STANZAS} stanzas")
    return file
