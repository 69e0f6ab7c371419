"""The Secrets that kustomize's `secretGenerator`, a SopsGenerator and KSOPS's document describe.

They say all but the values, which stand in files; a `files` list of whole manifests describes none.
Sources: kustomize 5.8, api/types/kustomization.go and api/internal/target; viaduct-ai/kustomize-sops 4.5, ksops.go.
"""

from __future__ import annotations

import posixpath

from krm_secrets._startup.records import NamedTuple
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.makers.maker import Made

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krm_secrets.krm.resource import Resource


FIELDS = ("secretGenerator", "secrets", "secretFrom")
"""Where kustomize, a SopsGenerator and KSOPS have the Secrets that they describe."""


class Described(NamedTuple):
    """A Secret: `keys` are None where a file says them, `files` are the paths of all that it is made of."""

    name: str
    namespace: str
    hashed: bool
    labels: tuple[tuple[str, str], ...]
    keys: frozenset[str] | None
    files: tuple[str, ...]


def of_generator(item: Resource) -> Iterator[Made]:
    """What a generator makes of what it describes."""
    for each in described(item.data):
        namespace = each.namespace or item.given_namespace
        yield Made(each.name, namespace, plain=each.hashed, carries=each.labels, hashed=each.hashed)


def described(data: Mapping[str, object]) -> Iterator[Described]:
    """The Secrets that a generator describes; YamlError where it cannot be read."""
    options = as_map(data.get("generatorOptions"))
    fixed = options.get("disableNameSuffixHash") is True
    for field in FIELDS:
        for entry in map(as_map, as_list(data.get(field))):
            head = {**as_map(entry.get("metadata")), **entry}
            if entry.get("kind", "Secret") == "Secret":
                by_kustomize = field == FIELDS[0]
                yield Described(
                    as_text(head.get("name")),
                    as_text(head.get("namespace")),
                    not (fixed or _is_fixed(entry)) if by_kustomize else _needs_hash(head),
                    tuple(_labels(options, as_map(entry.get("options")), head)),
                    _keys(entry),
                    tuple(path for _, path in _files(entry)) + tuple(_envs(entry)),
                )


def whole(data: Mapping[str, object]) -> list[str]:
    """The files of which a SopsGenerator or KSOPS's document takes all objects."""
    return [as_text(as_map(each).get("path")) or as_text(each) for each in as_list(data.get("files"))]


def _is_fixed(entry: Mapping[str, object]) -> bool:
    return as_map(entry.get("options")).get("disableNameSuffixHash") is True


def _needs_hash(head: Mapping[str, object]) -> bool:
    noted = as_map(head.get("annotations")).get("kustomize.config.k8s.io/needs-hash")
    return head.get("needsHash") is True or noted == "true"


def _labels(*holders: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for holder in holders:
        yield from ((key, value) for key, value in as_map(holder.get("labels")).items() if isinstance(value, str))


def _keys(entry: Mapping[str, object]) -> frozenset[str] | None:
    if _envs(entry) or entry.get("behavior") == "merge":  # into one that may come from elsewhere
        return None
    literals = (as_text(each).partition("=")[0] for each in as_list(entry.get("literals")))
    return frozenset((*literals, *(key for key, _ in _files(entry)))) - {""}


def _files(entry: Mapping[str, object]) -> list[tuple[str, str]]:
    """Keys with the files that become their values."""
    found = []
    for each in (*as_list(entry.get("files")), *as_list(entry.get("binaryFiles"))):
        given = as_map(each)
        key, equals, path = as_text(each).partition("=") if not given else (as_text(given.get("key")), "=", "")
        path = as_text(given.get("path")) or (path if equals else key)
        found.append((key if equals and key else posixpath.basename(path), path))
    return found


def _envs(entry: Mapping[str, object]) -> list[str]:
    listed = (*as_list(entry.get("envs")), entry.get("env"))
    return [path for each in listed if (path := as_text(as_map(each).get("path")) or as_text(each))]
