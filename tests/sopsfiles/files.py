"""Encrypted files of every format that sops would not write: from our own encrypter, with room for a fault."""

from __future__ import annotations

import json
from typing import Any

from tests.sops.encrypter import encrypt


def json_file(document: dict[str, Any], **options: Any) -> bytes:
    """An encrypted JSON file, which is YAML too."""
    return json.dumps(encrypt(document, **options)[0]).encode()


def dotenv_file(document: dict[str, str], **options: Any) -> bytes:
    """An encrypted dotenv file."""
    encrypted = encrypt(document, **options)[0]
    block = encrypted.pop("sops")
    rows = [f"{key}={value}" for key, value in encrypted.items()]
    rows += [f"sops_{key}={value}".replace("\n", "\\n") for key, value in flat(block).items()]
    return "".join(f"{row}\n" for row in rows).encode()


def ini_file(document: dict[str, dict[str, str]], escaped: bool = True, **options: Any) -> bytes:
    """An encrypted ini file; unless `escaped`, its metadata has real line breaks, as sops 3.13.0 wrote them."""
    encrypted = encrypt(document, **options)[0]
    block = flat(encrypted.pop("sops"))
    rows = []
    for section, keys in encrypted.items():
        rows += [f"[{section}]", *(f"{key} = {value}" for key, value in keys.items()), ""]
    rows.append("[sops]")
    for key, value in block.items():
        text = value.replace("\n", "\\n") if escaped else f'"""{value}"""' if "\n" in value else value
        rows.append(f"{key} = {text}")
    return "".join(f"{row}\n" for row in rows).encode()


def flat(block: dict[str, Any]) -> dict[str, str]:
    """The metadata with one level, as sops flattens it."""
    found: dict[str, str] = {}

    def descend(value: Any, name: str) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                descend(item, f"{name}__map_{key}" if name else key)
        elif isinstance(value, list):
            for n, item in enumerate(value):
                descend(item, f"{name}__list_{n}")
        else:
            found[name] = str(value).lower() if isinstance(value, bool) else str(value)

    descend(block, "")
    return found
