"""A Helm release as Flux names it, and the two template expressions that put its name into other names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from krm_secrets.reload.workload import Reference, as_map, as_text

MAX_NAME = 53
"""Helm's limit; helm-controller cuts longer names and appends a hash."""


class Release(NamedTuple):
    """What templates of a HelmRelease can ask for; empty fields are unknown."""

    name: str
    namespace: str

    @classmethod
    def of(cls, obj: Mapping[str, object]) -> Release:
        """The release that Flux makes of this HelmRelease."""
        metadata, spec = as_map(obj.get("metadata")), as_map(obj.get("spec"))
        target = as_text(spec.get("targetNamespace"))
        name = as_text(spec.get("releaseName"))
        if not name and (name := as_text(metadata.get("name"))) and target:
            name = f"{target}-{name}"
        return cls(_shortened(name), target or as_text(metadata.get("namespace")))

    def render(self, text: str) -> str:
        """The text with the release's name and namespace filled in; other templates stay as they are."""
        if "{{" not in text:
            return text
        known = {".Release.Name": self.name, ".Release.Namespace": self.namespace}
        head, *tails = text.split("{{")
        done = head
        for tail in tails:
            inside, closed, after = tail.partition("}}")
            value = known.get(inside.removeprefix("-").removesuffix("-").strip().removeprefix("$"))
            done += f"{value}{after}" if closed and value else "{{" + tail
        return done

    def named(self, references: Iterable[Reference]) -> Iterator[Reference]:
        """The references, their names rendered."""
        return (ref._replace(name=self.render(ref.name)) for ref in references)


def _shortened(name: str) -> str:
    if len(name) <= MAX_NAME:
        return name
    import hashlib  # names that long are rare

    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    return f"{name[: MAX_NAME - 13]}-{digest[:12]}"
