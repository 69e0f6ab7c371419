"""The ExternalSecrets that app-template makes of its own values, from 5.0 on, and the Secrets that come of them."""

from __future__ import annotations

from collections.abc import Mapping

from krm_secrets.plain import as_map, as_text, entries
from krm_secrets.secrets.uses.release import Release


def external_secrets(release: Release) -> dict[str, str]:
    """By the identifier in the values, the name of the Secret; without those whose name nobody can tell."""
    enabled = {
        key: as_map(each)
        for key, each in entries(as_map(release.values.get("externalSecrets")))
        if isinstance(key, str) and as_map(each).get("enabled") is not False
    }
    found = {key: _target(each) or _named(key, each, release, len(enabled)) for key, each in enabled.items()}
    return {key: name for key, name in found.items() if name and "{{" not in name}


def _target(values: Mapping[str, object]) -> str:
    return as_text(as_map(values.get("target")).get("name"))


def _named(key: str, values: Mapping[str, object], release: Release, count: int) -> str:
    """The name of the object, as the chart makes it: of the release's name, and of its own where there are several."""
    if given := as_text(values.get("forceRename")):
        return release.render(given).lower()
    name = release.fullname()
    if not name:
        return ""
    prefix, suffix = (release.render(as_text(values.get(field))) for field in ("prefix", "suffix"))
    if prefix and prefix != name:
        name = f"{prefix}-{name}"
    for last in (key if count > 1 else "", suffix):
        if last and not name.endswith(f"-{last}"):
            name = f"{name}-{last}"
    return name.lower()
