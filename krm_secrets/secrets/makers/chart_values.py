"""The Secrets that app-template makes of its own values: itself, and from 5.0 on by ExternalSecrets."""

from __future__ import annotations

from krm_secrets.plain import as_map, as_text, entries
from krm_secrets.secrets.uses.release import Release

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


def external_secrets(release: Release) -> dict[str, str]:
    """By the identifier in the values, the name of the Secret; without those whose name nobody can tell."""
    enabled = _enabled(release, "externalSecrets")
    found = {key: _target(each) or _named(key, each, release, len(enabled)) for key, each in enabled.items()}
    return {key: name for key, name in found.items() if name and "{{" not in name}


def own_secrets(release: Release) -> dict[str, str]:
    """The same for the Secrets that the chart makes itself."""
    enabled = _enabled(release, "secrets")
    found = {key: _named(key, each, release, len(enabled)) for key, each in enabled.items()}
    return {key: name for key, name in found.items() if name and "{{" not in name}


def _enabled(release: Release, field: str) -> dict[str, Mapping[str, object]]:
    return {
        key: as_map(each)
        for key, each in entries(as_map(release.values.get(field)))
        if isinstance(key, str) and as_map(each).get("enabled") is not False
    }


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
