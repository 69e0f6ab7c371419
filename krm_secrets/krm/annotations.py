"""Annotations by which hosts keep track of items, and what they tell about the host.

Sources: the KRM functions specification, kyaml's `kioutil`, and what kustomize 5.8, kpt 1.0 and Helm 3.22 and 4.3 were
seen to send.
"""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping

KUSTOMIZE_ID = "kustomize.config.k8s.io/id"
ORIGIN = "config.kubernetes.io/origin"
LOCAL_CONFIG = "config.kubernetes.io/local-config"
FUNCTION = ("config.kubernetes.io/function", "config.k8s.io/function")

PATH = ("internal.config.kubernetes.io/path", "config.kubernetes.io/path")
KPT_INDENT = "internal.config.kubernetes.io/seqindent"
"""kpt says it of every item, also where nothing is indented."""

PACKAGE = "internal.config.kubernetes.io/package-path"
"""The folder of an item's package, in which its path begins, where kpt runs the functions of a Kptfile."""

INDEX = ("internal.config.kubernetes.io/index", "config.kubernetes.io/index")

GENERATED = "internal.config.kubernetes.io/generatorBehavior"
HASHED = "internal.config.kubernetes.io/needsHashSuffix"
"""kustomize says `enabled` of what gets another name when its content changes; its references follow."""

SELECTED = "internal.config.k8s.io/kpt-resource-id"
"""kpt numbers the items where it was told which ones to hand over, so that there are others."""

COMMENT_IDS = ("config.k8s.io/id", "internal.config.kubernetes.io/id")
"""By these kustomize copies comments back to the items, which its own output then drops.

Leaving them out saves it that work; under kpt, which keeps comments, they must stay.
"""

_HOST_PREFIXES = ("internal.config.kubernetes.io/", "config.k8s.io/", "internal.config.k8s.io/")
_HELM_FILE = "postrenderer.helm.sh/postrender-filename"
_TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"
_HOST_KEYS = frozenset((KUSTOMIZE_ID, ORIGIN, *PATH, *INDEX, _TRANSFORMATIONS, _HELM_FILE))


def is_hosts(key: str) -> bool:
    """Whether a host put the annotation there, so that it is no part of what the author wrote."""
    return key in _HOST_KEYS or (key.startswith(_HOST_PREFIXES) and key not in FUNCTION)


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
