"""The `sops` block: keys, MAC and rule of an encrypted document, in the nested form of YAML and JSON."""

from __future__ import annotations

from collections.abc import Mapping

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import quiet
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.rules import Rule, rule
from krm_secrets.yamltext.scalars import timestamp

OTHER_KEYS = {
    "pgp": "PGP",
    "kms": "AWS KMS",
    "gcp_kms": "Google Cloud KMS",
    "hckms": "Huawei Cloud KMS",
    "azure_kv": "Azure Key Vault",
    "hc_vault": "HashiCorp Vault",
}
_THRESHOLD = pattern(r"[0-9]{1,3}(?:\.0+)?")  # flat formats write it as text, old versions as a float

MAX_KEYS = 256
"""Each costs an attempt of every identity, and one run of the user's own command."""

_NATIVE, _LONGEST = "0123456789abcdefghijklmnopqrstuvwxyz", 4004
_SSH = pattern(r"ssh-(?:ed25519|rsa) [A-Za-z0-9+/=]{1,2000}(?: [^\x00-\x1f]{0,200})?")


class AgeKey(NamedTuple):
    """The data key, or one share of it, for one recipient."""

    recipient: str
    enc: str

    def __repr__(self) -> str:
        return quiet(self)


class Metadata(NamedTuple):
    """What a `sops` block says. `groups` hold age keys; `others` names the kinds of keys that we cannot use."""

    groups: tuple[tuple[AgeKey, ...], ...]
    threshold: int
    others: tuple[str, ...]
    lastmodified: str
    mac: str
    rule: Rule
    mac_only_encrypted: bool

    def __repr__(self) -> str:
        return quiet(self)


def parse(data: object) -> Metadata:
    """Read a `sops` block; SopsError names the field that is wrong."""
    if not isinstance(data, Mapping):
        raise SopsError("must be the mapping that sops writes", ("sops",))
    flat = _group(data, ("sops",))
    others = set(_others(data))
    grouped = data.get("key_groups")
    groups: list[tuple[AgeKey, ...]] = [flat] if flat or others or not grouped else []
    if not groups:
        if not isinstance(grouped, list):
            raise SopsError("must be a list", ("sops", "key_groups"))
        for n, group in enumerate(grouped):
            if not isinstance(group, Mapping):
                raise SopsError("must be a mapping", ("sops", "key_groups", n))
            groups.append(_group(group, ("sops", "key_groups", n)))
            others |= set(_others(group))
    if sum(map(len, groups)) > MAX_KEYS:
        raise SopsError(f"has more than {MAX_KEYS} age keys", ("sops",))
    return Metadata(
        tuple(groups),
        _threshold(data, len(groups)),
        tuple(sorted(others)),
        _lastmodified(data),
        _text(data, "mac"),
        rule(data),
        data.get("mac_only_encrypted") in (True, "true"),
    )


def _group(data: Mapping[str, object], path: tuple[str | int, ...]) -> tuple[AgeKey, ...]:
    entries = data.get("age") or []
    if not isinstance(entries, list):
        raise SopsError("must be a list", (*path, "age"))
    keys = []
    for n, entry in enumerate(entries):
        recipient = entry.get("recipient") if isinstance(entry, Mapping) else None
        enc = entry.get("enc") if isinstance(entry, Mapping) else None
        if not isinstance(recipient, str) or not isinstance(enc, str):
            raise SopsError("must have the strings recipient and enc", (*path, "age", n))
        # It is shown in messages and handed to the user's own commands: nothing else may pass for a recipient.
        if not _is_recipient(recipient):
            raise SopsError("is no age recipient", (*path, "age", n, "recipient"))
        keys.append(AgeKey(recipient, enc))
    return tuple(keys)


def _is_recipient(text: str) -> bool:
    if text.startswith("age1"):
        return 4 < len(text) <= _LONGEST and not text.strip(_NATIVE)
    return _SSH.fullmatch(text) is not None


def _others(data: Mapping[str, object]) -> list[str]:
    return [words for name, words in OTHER_KEYS.items() if data.get(name)]


def _threshold(data: Mapping[str, object], groups: int) -> int:
    value = data.get("shamir_threshold") or 0
    if isinstance(value, str) and _THRESHOLD.fullmatch(value):
        value = int(value.partition(".")[0])
    if not isinstance(value, int) or isinstance(value, bool) or value < 0 or value > groups:
        raise SopsError("must be a number of key groups", ("sops", "shamir_threshold"))
    return value or groups


def _lastmodified(data: Mapping[str, object]) -> str:
    """RFC 3339 to the second, as it authenticates the MAC."""
    value = data.get("lastmodified")
    if isinstance(value, str) and _is_usual(value):
        return value
    time = timestamp(value) if isinstance(value, str) else None
    if time is None or "T" not in str(value).upper():
        raise SopsError("must be a time as sops writes it", ("sops", "lastmodified"))
    head, dot, tail = time.partition(".")
    return head + tail.lstrip("0123456789") if dot else str(time)


def _is_usual(time: str) -> bool:
    """Whether it is what sops itself writes, of a day that every month has: a third of the time of reading any time."""
    if len(time) != 20 or (time[4], time[7], time[10], time[13], time[16], time[19]) != ("-", "-", "T", ":", ":", "Z"):
        return False
    parts = (time[:4], time[5:7], time[8:10], time[11:13], time[14:16], time[17:19])
    if not time.isascii() or not "".join(parts).isdecimal():
        return False
    _, month, day, hour, minute, second = parts
    return "01" <= month <= "12" and "01" <= day <= "28" and hour < "24" and minute < "60" and second < "60"


def _text(data: Mapping[str, object], name: str) -> str:
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise SopsError("must be a string", ("sops", name))
    return value
