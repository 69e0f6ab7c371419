"""HelmReleases as Flux sees them: values from ConfigMaps merged in, and the chart named that only its source names.

A ConfigMap is an item, or in a tree of files one that a kustomization generates. What cannot be found or read adds
nothing: the release is then looked at as it stands.
"""

from __future__ import annotations

import os

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Failure
from krm_secrets.krm.resource import Resource, group_of
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.uses.release import REPOSITORY
from krm_secrets.secrets.uses.values import merged, parsed, set_at
from krm_secrets.secrets.uses.workloads import HELM_GROUP
from krm_secrets.yamltext.encoding import decode
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias


Object = dict[str, object]
Read: TypeAlias = "Callable[[str, str], bytes]"
"""The bytes of a file that a generator lists, from its path and the file that holds the generator; or Failure."""

_SOURCES = {"OCIRepository": "source.toolkit.fluxcd.io", "HelmChart": "source.toolkit.fluxcd.io"}
_SOURCES |= {"HelmRepository": "source.toolkit.fluxcd.io", "ConfigMap": ""}


class Generated(NamedTuple):
    """A ConfigMap that a kustomization generates of files."""

    holder: str
    namespace: str
    files: tuple[tuple[str, str], ...]
    """The key and the path of each."""


class Releases:
    """The items of a run, as far as HelmReleases refer to them; looked up when the first one asks."""

    __slots__ = ("_files", "_found", "_generated", "_items", "_read", "_texts")

    def __init__(self, items: Iterable[Resource], read: Read) -> None:
        self._items = items
        self._read = read
        self._found: dict[tuple[str, str], list[Resource]] | None = None
        self._generated: dict[str, list[Generated]] = {}
        self._texts: dict[str, object] = {}
        self._files: dict[tuple[str, str], tuple[object, ...]] = {}

    def whole(self, item: Resource) -> Mapping[str, object]:
        """The data of an item; of a HelmRelease with what it refers to. YamlError when the item cannot be read."""
        data = item.data
        spec = as_map(data.get("spec"))
        if item.kind != "HelmRelease" or group_of(item.api_version) != HELM_GROUP:
            return data
        changed: Object = {}
        if sources := [as_map(each) for each in as_list(spec.get("valuesFrom"))]:
            changed["values"] = self._values(item, sources, spec.get("values"))
        if chart := self._chart(item, spec):
            changed["chart"] = chart
        return {**data, "spec": {**spec, **changed}} if changed else data

    def _values(self, item: Resource, sources: Sequence[Mapping[str, object]], own: object) -> object:
        """The values as helm-controller merges them: each source over the one before it, the release's own last."""
        together: object = {}
        for source in sources:
            key, target = as_text(source.get("valuesKey")) or "values.yaml", as_text(source.get("targetPath"))
            if source.get("kind") != "ConfigMap":
                continue
            text = self._text(item, as_text(source.get("name")), key)
            if text is None:
                continue
            together = merged(together, set_at(target, text) if target else self._parsed(text))
        return merged(together, own)

    def file(self, item: Resource, name: str, folder: str) -> object:
        """The values in a file that an item names: beside it, or in a folder of a repository that it stands in."""
        holder = item.slot.source.file
        if not holder or not name:
            return None
        if folder == ".":
            ways = [(name, holder)]
        else:
            path = os.path.normpath(os.path.join(folder, name.lstrip("/")))
            ways = [(path, os.path.join(root, os.path.basename(holder))) for root in _above(os.path.dirname(holder))]
        for way in ways:
            if way not in self._files:
                try:
                    self._files[way] = (self._parsed(decode(self._read(*way)).text),)
                except Failure:
                    self._files[way] = ()
            if self._files[way]:
                return self._files[way][0]
        return None

    def _parsed(self, text: str) -> object:
        if text not in self._texts:
            self._texts[text] = parsed(text)
        return self._texts[text]

    def _text(self, item: Resource, name: str, key: str) -> str | None:
        """What a ConfigMap holds under the key."""
        namespace = item.namespace
        found = self._lookup("ConfigMap", name, namespace, strict=True)
        if found is not None:
            value = _top(found, "data").get(key)
            return value if isinstance(value, str) else None
        for each in self._generated.get(name, ()):
            path = dict(each.files).get(key)
            near = item.slot.source.file.startswith(os.path.join(os.path.dirname(each.holder), ""))
            if path is not None and (near or each.namespace == namespace):
                try:
                    return decode(self._read(path, each.holder)).text
                except Failure:
                    return None
        return None

    def _chart(self, item: Resource, spec: Mapping[str, object]) -> Object | None:
        """`spec.chart` with the chart's name, version and origin, where another object says them."""
        ref = as_map(spec.get("chartRef"))
        own = as_map(spec.get("chart"))
        if not ref:
            chart = as_map(own.get("spec"))
            source = as_map(chart.get("sourceRef"))
            namespace = as_text(source.get("namespace")) or item.namespace
            url = self._field(as_text(source.get("kind")), as_text(source.get("name")), namespace, "url")
            return {**own, "spec": {**chart, REPOSITORY: url}} if url else None
        kind, name = as_text(ref.get("kind")), as_text(ref.get("name"))
        namespace = as_text(ref.get("namespace")) or item.namespace
        found = self._lookup(kind, name, namespace)
        source_spec = _top(found, "spec") if found is not None else {}
        if found is None or not source_spec:
            return None
        if kind == "OCIRepository":
            url, version = as_text(source_spec.get("url")), as_map(source_spec.get("ref"))
            tag = as_text(version.get("tag")) or as_text(version.get("semver"))
            return {"spec": {"chart": url, "version": tag, REPOSITORY: url}}
        chart_name, version_text = as_text(source_spec.get("chart")), as_text(source_spec.get("version"))
        source = as_map(source_spec.get("sourceRef"))
        url = self._field(as_text(source.get("kind")), as_text(source.get("name")), found.namespace, "url")
        return {"spec": {"chart": chart_name, "version": version_text, REPOSITORY: url}}

    def _field(self, kind: str, name: str, namespace: str, field: str) -> str:
        found = self._lookup(kind, name, namespace) if kind == "HelmRepository" else None
        return as_text(_top(found, "spec").get(field)) if found is not None else ""

    def _lookup(self, kind: str, name: str, namespace: str, strict: bool = False) -> Resource | None:
        """The object in the namespace; else, unless strict, the only one of the name, whose namespace is set later."""
        if self._found is None:
            self._found = {}
            for each in self._items:
                self._index(each, self._found)
        found = self._found.get((kind, name), [])
        exact = [each for each in found if each.namespace == namespace]
        alone = len({id(each.slot) for each in found}) == 1 and not strict
        return exact[0] if exact else found[0] if alone else None

    def _index(self, item: Resource, found: dict[tuple[str, str], list[Resource]]) -> None:
        if item.kind in _SOURCES and group_of(item.api_version) == _SOURCES[item.kind]:
            found.setdefault((item.kind, item.ref.name), []).append(item)
        elif item.slot.source.file and "configMapGenerator" in item.node.entries():
            try:
                for name, generated in _generators(item):
                    self._generated.setdefault(name, []).append(generated)
            except YamlError:
                return


def _top(item: Resource, key: str) -> dict[str, object]:
    """A map at the top of an object, empty where there is none; why one cannot be read is left to others to say."""
    try:
        return as_map(item.data.get(key))
    except YamlError:
        return {}


def _generators(item: Resource) -> Iterator[tuple[str, Generated]]:
    """The ConfigMaps that a kustomization generates of files."""
    everywhere = as_text(item.data.get("namespace"))
    for each in map(as_map, as_list(item.data.get("configMapGenerator"))):
        files = []
        for entry in map(as_text, as_list(each.get("files"))):
            key, given, path = entry.partition("=")
            files.append((key, path) if given else (os.path.basename(entry), entry))
        namespace = as_text(each.get("namespace")) or everywhere
        yield as_text(each.get("name")), Generated(item.slot.source.file, namespace, tuple(files))


def _above(folder: str) -> Iterator[str]:
    """The folders above, and this one, as far as the repository goes."""
    while folder != os.path.dirname(folder):
        yield folder
        if os.path.exists(os.path.join(folder, ".git")):
            return
        folder = os.path.dirname(folder)
    yield folder
