"""Keys of other services in a `sops` block, which nobody here can use, and which sops reads with all others.

Source: getsops/sops 3.13, `stores/stores.go`, read and run. Some of what sops takes for an entry, like a number in the
place of a text, it never writes: that is refused.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets.errors import Path
from krm_secrets.sops.errors import SopsError
from krm_secrets.yamltext.scalars import timestamp

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


NAMES = {
    "pgp": "PGP",
    "kms": "AWS KMS",
    "gcp_kms": "Google Cloud KMS",
    "hckms": "Huawei Cloud KMS",
    "azure_kv": "Azure Key Vault",
    "hc_vault": "HashiCorp Vault",
}
_CONTEXT = "context"
_TIME = pattern("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})")
"""RFC 3339: YAML takes more for a time."""


def of_group(data: Mapping[str, object], path: Path) -> list[str]:
    """The kinds of keys in the group; SopsError for an entry at which sops stops."""
    found = []
    for name, words in NAMES.items():
        keys = entries(data, name, path)
        for n, entry in enumerate(keys):
            _check(name, entry, (*path, name, n))
        if keys:
            found.append(words)
    return found


def entries(data: Mapping[str, object], name: str, path: Path) -> list[object]:
    """A list of the block, which may be left out; SopsError for anything else."""
    value = data.get(name)
    if value is None or value == {}:
        return []
    if not isinstance(value, list):
        raise SopsError("must be a list", (*path, name))
    return value


def is_time(value: object) -> bool:
    """Whether sops can read a time that it wrote; one without quotes is no text to it."""
    return type(value) is str and _TIME.fullmatch(value) is not None and timestamp(value) is not None


def _check(kind: str, entry: object, path: Path) -> None:
    if not isinstance(entry, dict):
        raise SopsError("must be a mapping", path)
    for name, value in entry.items():
        texts = value.values() if name == _CONTEXT and isinstance(value, dict) else (value,)
        if not all(text is None or type(text) is str for text in texts):
            raise SopsError("must be a string", (*path, name))
        if name == _CONTEXT and type(value) is str:
            raise SopsError("must be a mapping", (*path, name))
    if not is_time(entry.get("created_at")):
        raise SopsError("must be a time as sops writes it", (*path, "created_at"))
    if kind == "hckms":
        region, _, key = (entry.get("key_id") or "").partition(":")
        if not region.strip() or not key.strip():
            raise SopsError("must be of the form REGION:KEY", (*path, "key_id"))
