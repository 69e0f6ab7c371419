"""Objects as builds see them."""

from __future__ import annotations

from pathlib import Path

from krm_secrets.repository.touched import Touched
from krm_secrets.repository.worlds import worlds_of
from krm_secrets.secrets.world import World
from krm_secrets.yamltext.load import load
from tests.repository.support import seen

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n"
POD = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
    "spec: {containers: [{name: a, envFrom: [{secretRef: {name: db}}, {secretRef: {name: other}}]}]}\n"
)


def _worlds(tmp_path: Path, files: dict[str, str]) -> list[World]:
    found = seen(tmp_path, files)
    contents = {folder: one.content for folder, one in found.kustomizations.items()}
    objects = [(path, item) for path, one in found.parsed.items() for item in one.items]
    return worlds_of(objects, found.builds(contents, found.parsed), contents, Touched(found))


def _texts(worlds: list[World]) -> list[list[tuple[str, str, object]]]:
    return [
        [
            (item.name, item.namespace, item.data["spec"] and str(item.data["spec"]).count("'a-db'"))
            for item in world.build.items
            if item.kind == "Pod"
        ]
        for world in worlds
    ]


def test_references_follow_the_names_of_secrets_and_nothing_else(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "resources: [a, b]\nnamespace: n\n",
        "a/kustomization.yaml": "namePrefix: a-\nresources: [../base]\n",
        "b/kustomization.yaml": "namePrefix: b-\nnameSuffix: -z\nresources: [../base]\n",
        "base/kustomization.yaml": "resources: [secret.yaml, pod.yaml]\n",
        "base/secret.yaml": SECRET,
        "base/pod.yaml": POD,
    }
    worlds = _worlds(tmp_path, files)
    assert _texts(worlds) == [[("a-p", "n", 1), ("b-p-z", "n", 0)]]
    assert sorted(worlds[0].secrets()) == [("a-db", "n"), ("b-db-z", "n")]
    assert [item.ref.name for item in worlds[0].build.items if item.kind == "Pod"] == ["p", "p"]


def test_a_circle_with_prefixes_ends(tmp_path: Path) -> None:
    files = {
        "a/kustomization.yaml": "namePrefix: a-\nresources: [../b, s.yaml]\n",
        "a/s.yaml": SECRET,
        "b/kustomization.yaml": "resources: [../a]\ncomponents: [../c]\n",
        "c/kustomization.yaml": "kind: Component\ncomponents: [../c]\nlabels: [{pairs: {l: x}}]\n",
    }
    worlds = _worlds(tmp_path, files)
    assert all(len(name) < 300 for world in worlds for name, _ in world.secrets())


def test_flux_replaces_prefixes_and_gives_labels_last(tmp_path: Path) -> None:
    files = {
        "ks.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: k}\n"
        "spec: {path: app, namePrefix: flux-, commonMetadata: {labels: {l: outer}}}\n",
        "app/kustomization.yaml": "namePrefix: own-\ncommonLabels: {l: inner, m: kept}\nresources: [s.yaml]\n",
        "app/s.yaml": SECRET,
    }
    item = _worlds(tmp_path, files)[0].build.items[0]
    metadata = item.data["metadata"]
    assert metadata == {"name": "flux-db", "labels": {"l": "outer", "m": "kept"}}


FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: app}
spec:
  path: ./app
  commonMetadata: {labels: {of: flux}}
  postBuild: {substitute: {NAME: db}}
"""
RELEASE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: one}
data: &data
  list: [plain, "${NAME}", {inner: "${NAME}"}]
  text: stays
  other: {a: "1"}
again: *data
more:
  <<: {old: "${NAME}"}
  new: "2"
"""


def test_a_view_reads_anew_only_what_it_changes(tmp_path: Path) -> None:
    worlds = _worlds(tmp_path, {"flux.yaml": FLUX, "app/one.yaml": RELEASE})
    found = next(item for world in worlds for item in world.build.items if item.kind == "ConfigMap")
    data = {"list": ["plain", "db", {"inner": "db"}], "text": "stays", "other": {"a": "1"}}
    metadata = {"name": "one", "labels": {"of": "flux"}}
    more = {"old": "db", "new": "2"}
    whole = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data, "again": data, "more": more}
    assert found.data == load(found.node) == whole
