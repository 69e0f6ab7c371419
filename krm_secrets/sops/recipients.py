"""Whom a data key is encrypted for: the recipients that a `sops` block names."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.age import bech32
from krm_secrets.errors import clean

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


X25519_SIZE = 32
_MAX_NAME = 4200
_SHOWN = 10, 6
_READABLE = 200

# The fields of an entry in a `sops` block that name its key, as sops puts them together.
_NAMES = {
    "age": "{recipient}",
    "pgp": "{fp}",
    "kms": "{arn}",
    "gcp_kms": "{resource_id}",
    "hckms": "{key_id}",
    "azure_kv": "{vault_url}/keys/{name}/{version}",
    "hc_vault": "{vault_address}/v1/{engine_path}/keys/{key_name}",
}


class Recipient(NamedTuple):
    """A key of age, or of one of the services that sops knows; `kind` is the service's name in a `sops` block."""

    kind: str
    name: str

    def __str__(self) -> str:
        return self.name if self.kind == "age" else f"{self.kind} {self.name}"

    @property
    def short(self) -> str:
        """Begin and end of a name that is long and hard to tell from others in the middle."""
        head, tail = _SHOWN
        name = self.name if len(self.name) <= head + tail + 1 else f"{self.name[:head]}…{self.name[-tail:]}"
        return str(Recipient(self.kind, name))

    @property
    def readable(self) -> str:
        """The name in full, unless it is one that no person reads: a post-quantum recipient has 2,000 characters."""
        return str(self) if len(self.name) <= _READABLE else self.short


Groups = tuple[tuple[Recipient, ...], ...]


def of_block(block: Mapping[str, object]) -> Groups:
    """The recipients of a `sops` block by key group; what has no readable name is left out."""
    flat = _group(block)
    grouped = block.get("key_groups")
    if flat or not isinstance(grouped, list):
        return (flat,) if flat else ()
    return tuple(_group(group) for group in grouped if isinstance(group, dict))


def _group(block: Mapping[str, object]) -> tuple[Recipient, ...]:
    found = []
    for kind, form in _NAMES.items():
        entries = block.get(kind)
        for entry in entries if isinstance(entries, list) else ():
            name = _named(form, entry) if isinstance(entry, dict) else ""
            if name:
                found.append(Recipient(kind, clean(name[:_MAX_NAME])))
    return tuple(dict.fromkeys(found))


def _named(form: str, entry: Mapping[object, object]) -> str:
    try:
        return form.format_map({str(key): value for key, value in entry.items() if isinstance(value, str)})
    except KeyError:
        return ""


def is_age_recipient(text: str) -> bool:
    """Whether sops takes the text for a recipient of age: X25519, post-quantum, of a plugin, or an SSH key."""
    if text.startswith("ssh-"):
        return len(text.split()) > 1
    try:
        prefix, data = bech32.decode(text)
    except ValueError:
        return False
    return text.startswith("age1") and (prefix != "age" or len(data) == X25519_SIZE)
