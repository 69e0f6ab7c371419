"""The `sops` block: keys, MAC and rule of an encrypted document, in the nested form of YAML and JSON.

Source: getsops/sops 3.13, `stores/stores.go`, and blang/semver 3.5 as it calls it, read and run. Some of what sops
takes for an entry, like a number in the place of a text, it never writes: that is refused.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import QuietTuple
from krm_secrets.errors import Path
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.rules import NAMES as RULES, Rule, rule
from krm_secrets.yamltext.scalars import timestamp

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


_THRESHOLD = pattern("[0-9]{1,3}")  # flat formats write it as text
_FLAGS = {None: False, "": False, False: False, "false": False, True: True, "true": True}
_FIELDS = frozenset(("age", "key_groups", "shamir_threshold", "lastmodified", "mac", "mac_only_encrypted", "version"))

_TOP: Path = ("sops",)

MAX_KEYS = 256
"""Each costs an attempt of every identity."""

OTHER_KEYS = {
    "pgp": "PGP",
    "kms": "AWS KMS",
    "gcp_kms": "Google Cloud KMS",
    "hckms": "Huawei Cloud KMS",
    "azure_kv": "Azure Key Vault",
    "hc_vault": "HashiCorp Vault",
}
"""Keys of other services, which nobody here can use, and which sops reads with all others."""

_CONTEXT = "context"
_TIME = pattern("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})")
"""RFC 3339: YAML takes more for a time."""

_DIGITS = "0123456789"
_WORD = f"{_DIGITS}abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-"
_MAX_NUMBER = 2**64

_NATIVE, _LONGEST = "0123456789abcdefghijklmnopqrstuvwxyz", 4004
_SSH = pattern(r"ssh-(?:ed25519|rsa) [A-Za-z0-9+/=]{1,2000}(?: [^\x00-\x1f]{0,200})?")


class AgeKey(QuietTuple):
    """The data key, or one share of it, for one recipient."""

    recipient: str
    enc: str


class Metadata(QuietTuple):
    """What a `sops` block says. `groups` hold age keys; `others` names the kinds of keys that we cannot use."""

    groups: tuple[tuple[AgeKey, ...], ...]
    threshold: int
    others: tuple[str, ...]
    lastmodified: str
    mac: str
    rule: Rule
    mac_only_encrypted: bool


def parse(data: object) -> Metadata:
    """Read a `sops` block; SopsError names the field that is wrong."""
    if not isinstance(data, dict):
        raise SopsError("must be the mapping that sops writes", _TOP)
    _check_names(data)
    top, others = _group(data, _TOP), _others(data, _TOP)
    groups = [top]
    grouped = []
    for n, group in enumerate(_entries(data, "key_groups", _TOP)):
        path = (*_TOP, "key_groups", n)
        if not isinstance(group, dict):
            raise SopsError("must be a mapping", path)
        grouped.append((_group(group, path), _others(group, path)))
    if grouped and not top and not others:
        groups = [keys for keys, _ in grouped]
        others = [kind for _, kinds in grouped for kind in kinds]
    if sum(map(len, groups)) > MAX_KEYS:
        raise SopsError(f"has more than {MAX_KEYS} age keys", _TOP)
    _check_version(data)
    return Metadata(
        tuple(groups),
        _threshold(data, len(groups)),
        tuple(sorted(set(others))),
        _lastmodified(data),
        _text(data, "mac"),
        rule(data),
        _flag(data, "mac_only_encrypted"),
    )


def _group(data: Mapping[str, object], path: Path) -> tuple[AgeKey, ...]:
    keys = []
    for n, entry in enumerate(_entries(data, "age", path)):
        recipient = entry.get("recipient") if isinstance(entry, dict) else None
        enc = entry.get("enc") if isinstance(entry, dict) else None
        if not isinstance(recipient, str) or not isinstance(enc, str):
            raise SopsError("must have the strings recipient and enc", (*path, "age", n))
        # It is shown in messages and handed to the user's own commands: nothing else may pass for a recipient.
        if not _is_recipient(recipient):
            raise SopsError("is no age recipient", (*path, "age", n, "recipient"))
        keys.append(AgeKey(recipient, enc))
    return tuple(keys)


def _others(data: Mapping[str, object], path: Path) -> list[str]:
    """The kinds of keys in the group; SopsError for an entry at which sops stops."""
    found = []
    for name, words in OTHER_KEYS.items():
        keys = _entries(data, name, path)
        for n, entry in enumerate(keys):
            _check_other(name, entry, (*path, name, n))
        if keys:
            found.append(words)
    return found


def _entries(data: Mapping[str, object], name: str, path: Path) -> list[object]:
    """A list of the block, which may be left out; SopsError for anything else."""
    value = data.get(name)
    if value is None or value == {}:
        return []
    if not isinstance(value, list):
        raise SopsError("must be a list", (*path, name))
    return value


def _is_time(value: object) -> bool:
    """Whether sops can read a time that it wrote; one without quotes is no text to it."""
    return type(value) is str and _TIME.fullmatch(value) is not None and timestamp(value) is not None


def _check_other(kind: str, entry: object, path: Path) -> None:
    if not isinstance(entry, dict):
        raise SopsError("must be a mapping", path)
    for name, value in entry.items():
        texts = value.values() if name == _CONTEXT and isinstance(value, dict) else (value,)
        if not all(text is None or type(text) is str for text in texts):
            raise SopsError("must be a string", (*path, name))
        if name == _CONTEXT and type(value) is str:
            raise SopsError("must be a mapping", (*path, name))
    if not _is_time(entry.get("created_at")):
        raise SopsError("must be a time as sops writes it", (*path, "created_at"))
    if kind == "hckms":
        region, _, key = (entry.get("key_id") or "").partition(":")
        if not region.strip() or not key.strip():
            raise SopsError("must be of the form REGION:KEY", (*path, "key_id"))


def _is_recipient(text: str) -> bool:
    if text.startswith("age1"):
        return 4 < len(text) <= _LONGEST and not text.strip(_NATIVE)
    return _SSH.fullmatch(text) is not None


def _threshold(data: Mapping[str, object], groups: int) -> int:
    value = data.get("shamir_threshold")
    if value is None or value == "":
        value = 0
    elif type(value) is str and _THRESHOLD.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0 or value > groups:
        raise SopsError("must be a number of key groups", (*_TOP, "shamir_threshold"))
    return value or groups


def _lastmodified(data: Mapping[str, object]) -> str:
    """RFC 3339 to the second, as it authenticates the MAC."""
    value = data.get("lastmodified")
    if type(value) is str and _is_usual(value):
        return value
    time = timestamp(value) if type(value) is str and _is_time(value) else None
    if time is None:
        raise SopsError("must be a time as sops writes it, in quotes", (*_TOP, "lastmodified"))
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
    if type(value) is not str:
        raise SopsError("must be a string", (*_TOP, name))
    return value


def _flag(data: Mapping[str, object], name: str) -> bool:
    value = data.get(name)
    if type(value) not in (type(None), str, bool) or value not in _FLAGS:
        raise SopsError("must be true or false", (*_TOP, name))
    return _FLAGS[value]


def _check_names(data: Mapping[str, object]) -> None:
    """SopsError for a field with capital letters, which sops reads as the field that it means."""
    for name in data:
        meant = name.casefold()
        if meant != name and (meant in _FIELDS or meant in OTHER_KEYS or meant in RULES):
            raise SopsError(f"must be written {meant}, as sops writes it", (*_TOP, name))


def _check_version(data: Mapping[str, object]) -> None:
    """SopsError for what sops refuses, although nothing else depends on the version that wrote a file."""
    version = data.get("version")
    if not _is_version(version):
        what = "is no version of sops" if version else "is missing"
        raise SopsError(f"{what}, and sops decrypts no file without: restore what sops wrote", (*_TOP, "version"))


def _is_version(value: object) -> bool:
    """Whether sops takes the value for the version of a sops, which it reads before it decrypts anything."""
    if type(value) is float:  # as a tool that lost its quotes leaves an old one
        return 1 < value < 2
    if type(value) is not str:
        return False
    if value.startswith("1."):  # written before there were versions of three numbers
        return True
    parts = value.removeprefix("v").split(".", 2)
    if len(parts) < 3:
        return False
    patch, plus, build = parts[2].partition("+")
    patch, dash, before = patch.partition("-")
    return (
        all(map(_is_number, (*parts[:2], patch)))
        and (not dash or all(map(_is_prerelease, before.split("."))))
        and (not plus or all(word and not word.strip(_WORD) for word in build.split(".")))
    )


def _is_number(text: str) -> bool:
    if not text or text.strip(_DIGITS) or (text[0] == "0" and len(text) > 1):
        return False
    return len(text) <= len(str(_MAX_NUMBER)) and int(text) < _MAX_NUMBER


def _is_prerelease(text: str) -> bool:
    return _is_number(text) if not text.strip(_DIGITS) else not text.strip(_WORD)
