"""A real repository as Flux puts it together: the objects of every Flux Kustomization, in its namespace.

Only what that repository uses is done: `resources` and `components` of kustomize, `targetNamespace`, `components` and
`postBuild.substitute` of Flux. Objects keep the text of their files, with its comments, anchors and quotes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.tools import shared

_CLUSTER_WIDE = frozenset(("Namespace", "ClusterSecretStore", "ClusterIssuer", "ClusterRole", "ClusterRoleBinding"))
_VARIABLE = re.compile(r"\${(\w+)(?::?[-=]([^${}]*))?}")
_DOCUMENT = re.compile(r"^---.*\n?", re.MULTILINE)


class _Quick(yaml.CSafeLoader):
    """Refuses an anchor that is defined twice."""


class _Lenient(yaml.SafeLoader):
    """Reads what Kubernetes tools read: an anchor may be defined twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if not isinstance(event, yaml.AliasEvent):
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)


for each in (_Quick, _Lenient):
    each.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)  # `=` is text
    each.add_multi_constructor("!", lambda loader, tag, node: None)


class Object(NamedTuple):
    """An object of the cluster, as text and as data."""

    folder: str
    """Where it comes from, below `kubernetes/apps`."""
    text: str
    data: dict[str, Any]


def root() -> Path:
    """The folder that the cluster's Git source starts at."""
    return shared("corpus/home-ops")


def load(text: str) -> list[Any]:
    """The documents of a text."""
    try:
        return list(yaml.load_all(text, _Quick))
    except yaml.composer.ComposerError:
        return list(yaml.load_all(text, _Lenient))


@cache
def cluster() -> tuple[Object, ...]:
    """All objects of all Flux Kustomizations, and of the folders for which these are switched off; each once."""
    top = root()
    found: dict[tuple[str, str, str], Object] = {}
    for each in _objects(top):
        metadata = each.data["metadata"]
        found.setdefault((each.data["kind"], metadata.get("namespace", ""), metadata["name"]), each)
    return tuple(found.values())


def _objects(top: Path) -> Iterator[Object]:
    apps = top / "kubernetes/apps"
    seen: set[Path] = set()
    for file in sorted(apps.rglob("ks.yaml")):
        for text in _documents(file):
            (flux,) = load(text)
            yield Object(_below(file.parent, top), text, flux)
            spec = flux["spec"]
            folder = top / spec["path"]
            files = [*_files(folder), *(f for each in spec.get("components") or () for f in _files(folder / each))]
            variables = (spec.get("postBuild") or {}).get("substitute")
            seen.update(each.resolve() for each in files)
            for each in files:
                yield from _built(each, _below(folder, top), spec["targetNamespace"], variables)
    for group in (path for path in sorted(apps.iterdir()) if path.is_dir()):
        (kustomization,) = load((group / "kustomization.yaml").read_text("utf-8"))
        namespace = kustomization["namespace"]
        for each in kustomization.get("components") or ():
            for file in _files(group / each):
                yield from _built(file, group.name, namespace, None)
        for file in sorted(group.rglob("helmrelease.yaml")):
            if file.resolve() not in seen:
                for each in _files(file.parent):
                    yield from _built(each, _below(file.parent, top), namespace, None)


def _below(folder: Path, top: Path) -> str:
    return os.path.relpath(folder, top / "kubernetes/apps")


def _files(folder: Path) -> Iterator[Path]:
    """The files that a kustomization lists; a folder that is missing, of which the repository names some, has none."""
    if not (folder / "kustomization.yaml").exists():
        return
    (kustomization,) = load((folder / "kustomization.yaml").read_text("utf-8"))
    for name in [*(kustomization.get("resources") or ()), *(kustomization.get("components") or ())]:
        if not name.startswith("http"):
            path = folder / name
            yield from _files(path) if path.is_dir() else [path]


def documents(text: str) -> list[str]:
    """The documents of a text that hold something, as texts."""
    return [document for document in _DOCUMENT.split(text) if _has_content(document)]


@cache
def _documents(file: Path) -> list[str]:
    return documents(file.read_text("utf-8"))


def _has_content(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return lines not in ([], ["null"])


def _built(file: Path, folder: str, namespace: str, variables: Mapping[str, Any] | None) -> Iterator[Object]:
    for text in _documents(file):
        if variables is not None:
            text = _substituted(text, variables)
        (data,) = load(text)
        if data["kind"] not in _CLUSTER_WIDE:
            text = _moved(text, data["metadata"].get("namespace"), namespace)
            (data,) = load(text)
        yield Object(folder, text, data)


def _substituted(text: str, variables: Mapping[str, Any]) -> str:
    """The text with `${NAME}` filled in, the innermost first; what nobody sets is empty."""
    done = _VARIABLE.sub(lambda found: str(variables.get(found[1], found[2] or "")), text)
    return done if done == text else _substituted(done, variables)


def _moved(text: str, own: str | None, namespace: str) -> str:
    if own is None:
        return re.sub(
            r"^metadata:.*\n", lambda found: f"{found[0]}  namespace: {namespace}\n", text, count=1, flags=re.M
        )
    return re.sub(r"^  namespace:.*\n", f"  namespace: {namespace}\n", text, count=1, flags=re.M)
