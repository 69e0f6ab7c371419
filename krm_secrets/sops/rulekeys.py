"""The keys of a creation rule: strings with commas, lists and key groups to recipients."""

from __future__ import annotations

import re

from krm_secrets._startup.records import Protocol
from krm_secrets.errors import ERROR, WARNING, Path, did_you_mean
from krm_secrets.sops.recipients import Groups, Recipient, is_age_recipient

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from krm_secrets.errors import Severity


FLAT = {
    "age": "age",
    "pgp": "pgp",
    "kms": "kms",
    "gcp_kms": "gcp_kms",
    "hckms": "hckms",
    "azure_keyvault": "azure_kv",
    "hc_vault_transit_uri": "hc_vault",
}
"""The fields of a rule that hold keys, and what their kind is called in a `sops` block."""

_LISTS = {"age": "age", "pgp": "pgp", "hc_vault": "hc_vault"}
# In a key group the other kinds are mappings; these are the fields that name a key.
_MAPPINGS = {
    "kms": ("kms", "{arn}"),
    "gcp_kms": ("gcp_kms", "{resource_id}"),
    "hckms": ("hckms", "{key_id}"),
    "azure_keyvault": ("azure_kv", "{vaultUrl}/keys/{key}/{version}"),
}
_GROUP = ("merge", "plugins", *_LISTS, *_MAPPINGS)
_ROLE = re.compile(r"\+arn:.*")
_MAX_DEPTH = 50
_NO_KEYS = "has no keys, so that sops encrypts a file by it only with those of --age or SOPS_AGE_RECIPIENTS"


class Report(Protocol):
    def __call__(self, path: Path, message: str, severity: Severity = ERROR) -> None: ...


class Keys:
    """Reads the keys of one rule; `report` gets what sops would refuse or ignore."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def of_rule(self, entry: Mapping[str, object], path: Path) -> Groups:
        """The recipients by key group."""
        grouped = entry.get("key_groups")
        flat = [name for name in FLAT if entry.get(name)]
        if not grouped:
            group = [key for name in flat for key in self.words(entry[name], FLAT[name], (*path, name))]
            if not group and not entry.get("plugins"):
                self.report(path, _NO_KEYS, WARNING)
            return (tuple(dict.fromkeys(group)),) if group else ()
        if flat:
            self.report((*path, flat[0]), "is ignored by sops, since the rule has key_groups", WARNING)
        if not isinstance(grouped, list):
            self.report((*path, "key_groups"), "must be a list")
            return ()
        groups = []
        for n, each in enumerate(grouped):
            place = (*path, "key_groups", n)
            group = self.group(each, place, 0)
            if not group:
                self.report(place, _NO_KEYS, WARNING)
            groups.append(tuple(dict.fromkeys(group)))
        return tuple(groups)

    def group(self, data: object, path: Path, depth: int) -> list[Recipient]:
        if not isinstance(data, dict) or depth > _MAX_DEPTH:
            self.report(path, "must be a mapping of keys" if depth <= _MAX_DEPTH else "merges too deeply")
            return []
        found: list[Recipient] = []
        for name, value in data.items():
            here = (*path, name)
            if name not in _GROUP:
                self.report(here, f"unknown key, which sops ignores{did_you_mean(name, _GROUP)}", WARNING)
            elif value is not None and not isinstance(value, list):
                self.report(here, "must be a list")
            elif value and name == "merge":
                for n, each in enumerate(value):
                    found += self.group(each, (*here, n), depth + 1)
            elif value and name in _LISTS:
                found += self.words(value, _LISTS[name], here)
            elif value and name in _MAPPINGS:
                found += self.mappings(value, *_MAPPINGS[name], here)
        return found

    def mappings(self, entries: list[object], kind: str, form: str, path: Path) -> list[Recipient]:
        found = []
        for n, entry in enumerate(entries):
            items = entry.items() if isinstance(entry, dict) else ()
            fields = {"version": "", **{key: value for key, value in items if isinstance(value, str)}}
            try:
                found.append(Recipient(kind, form.format_map(fields)))
            except KeyError as error:
                self.report((*path, n), f"must be a mapping with {error.args[0]}")
        return found

    def words(self, value: object, kind: str, path: Path) -> list[Recipient]:
        """A string with commas, which may be folded over lines, or a list of such strings."""
        if not isinstance(value, (str, list)) or (kind == "hckms" and isinstance(value, str)):
            self.report(path, "must be a list" if kind == "hckms" else "must be a string or a list of strings")
            return []
        found = []
        for n, item in enumerate(value if isinstance(value, list) else [value]):
            place = (*path, n) if isinstance(value, list) else path
            if not isinstance(item, str):
                self.report(place, "must be a string")
                continue
            for word in filter(None, map(str.strip, item.split(","))):
                key = self.recipient(kind, word, place)
                if key is not None:
                    found.append(key)
        return found

    def recipient(self, kind: str, word: str, path: Path) -> Recipient | None:
        # No message repeats what is wrong here: it may be a private key in the wrong place.
        if kind != "age":
            return Recipient(kind, _FORMS.get(kind, str)(word))
        if is_age_recipient(word):
            return Recipient(kind, word)
        if word.upper().startswith("AGE-SECRET-KEY-"):
            self.report(path, "is a private key: whoever can read this file decrypts your secrets; make a new key")
        elif " " in word and not word.startswith("ssh-"):
            self.report(path, "is no age recipient; put commas between recipients")
        else:
            self.report(path, "is no age recipient, or one with a typing error")
        return None


_FORMS: Mapping[str, Callable[[str], str]] = {
    "pgp": lambda word: word.replace(" ", ""),
    "kms": lambda word: _ROLE.sub("", word.replace(" ", "")),
    "azure_kv": lambda word: word if word.count("/") > 4 else f"{word}/",
}
