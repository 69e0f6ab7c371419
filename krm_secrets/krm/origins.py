"""Which file of the user an item of a host came from."""

from __future__ import annotations

from krm_secrets.krm.annotations import INDEX, ORIGIN, PACKAGE, PATH

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


def file_of(annotations: Mapping[str, str]) -> str:
    """The file that kustomize or kpt says an item came from, as the host names it; "" where it says none."""
    if ORIGIN in annotations:
        return path_in(annotations[ORIGIN])
    return next((annotations[key] for key in PATH if annotations.get(key)), "")


def package_of(annotations: Mapping[str, str]) -> str:
    """The folder in which the path of an item of kpt begins; "" where kpt does not say."""
    return annotations.get(PACKAGE, "")


def path_in(origin: str) -> str:
    """The `path` of kustomize's origin annotation; "" for a remote one, which names a repository too."""
    fields = dict(line.split(": ", 1) for line in origin.splitlines() if ": " in line)
    return "" if "repo" in fields else fields.get("path", "").strip("'\"")


def position_of(annotations: Mapping[str, str]) -> int | None:
    """The document of that file, where the host counts them for files: kustomize's own count is of its list."""
    if ORIGIN in annotations:
        return None
    index = next((annotations[key] for key in INDEX if key in annotations), "")
    return int(index) if index.isdecimal() and len(index) < 10 else None
