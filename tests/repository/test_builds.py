"""What kustomize and Flux put together."""

from __future__ import annotations

from pathlib import Path

from tests.repository.support import members, seen

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def flux(path: str, namespace: str = "", components: str = "[]", source: str = "own") -> str:
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n"
        f"spec: {{path: {path}, targetNamespace: '{namespace}', components: {components},"
        f" sourceRef: {{kind: GitRepository, name: {source}}}}}\n"
    )


def test_a_kustomization_that_no_other_lists_starts_a_build(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        {
            "top/kustomization.yaml": "resources: [a.yaml, ../base, https://x.example/y]\ncomponents: [../part]\n",
            "top/a.yaml": OBJECT,
            "top/unlisted.yaml": OBJECT,
            "base/kustomization.yml": "bases: [deeper]\nresources: [b.yaml]\nnamespace: inner\n",
            "base/b.yaml": OBJECT,
            "base/deeper/Kustomization": "resources: [c.yaml]\n",
            "base/deeper/c.yaml": OBJECT,
            "part/kustomization.yaml": "kind: Component\nresources: [d.yaml]\n",
            "part/d.yaml": OBJECT,
        },
    )
    assert members(tmp_path, found) == {
        "top": {"top/a.yaml": [""], "base/b.yaml": ["inner"], "base/deeper/c.yaml": ["inner"], "part/d.yaml": [""]}
    }


def test_the_outermost_namespace_wins(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        {
            "app/kustomization.yaml": "namespace: inner\nresources: [a.yaml]\n",
            "app/a.yaml": OBJECT,
            "one/kustomization.yaml": "namespace: one\nresources: [../app]\n",
            "ks.yaml": flux("./app", "flux"),
        },
    )
    assert members(tmp_path, found) == {
        "app": {"app/a.yaml": ["flux"]},
        "one": {"app/a.yaml": ["one"]},
    }


def test_flux_builds_a_path_with_components(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        {
            "apps/web/ks.yaml": flux("./apps/web/app", "home", "[../../../parts/x]"),
            "apps/web/app/kustomization.yaml": "resources: [a.yaml]\n",
            "apps/web/app/a.yaml": OBJECT,
            "parts/x/kustomization.yaml": "kind: Component\nresources: [x.yaml]\n",
            "parts/x/x.yaml": OBJECT,
        },
    )
    assert members(tmp_path, found) == {"apps/web/app": {"apps/web/app/a.yaml": ["home"], "parts/x/x.yaml": ["home"]}}


def test_flux_takes_all_of_a_folder_without_kustomization(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        {
            "cluster.yaml": flux("apps"),
            "apps/a.yaml": OBJECT,
            "apps/plain/b.yaml": OBJECT,
            "apps/one/kustomization.yaml": "namespace: one\nresources: [c.yaml, ./inner]\n",
            "apps/one/c.yaml": OBJECT,
            "apps/one/unlisted.yaml": OBJECT,
            "apps/one/inner/kustomization.yaml": "resources: [d.yaml]\n",
            "apps/one/inner/d.yaml": OBJECT,
            "apps/one/lost/kustomization.yaml": "resources: [e.yaml]\n",
            "apps/one/lost/e.yaml": OBJECT,
            "apps/one-b/kustomization.yaml": "resources: [f.yaml]\n",
            "apps/one-b/f.yaml": OBJECT,
            "other.yaml": OBJECT,
        },
    )
    assert members(tmp_path, found) == {
        "apps": {
            "apps/a.yaml": [""],
            "apps/plain/b.yaml": [""],
            "apps/one/c.yaml": ["one"],
            "apps/one/inner/d.yaml": ["one"],
            "apps/one-b/f.yaml": [""],
        },
        "apps/one/lost": {"apps/one/lost/e.yaml": [""]},
    }


def test_a_path_counts_from_the_root_or_else_from_the_nearest_folder_above(tmp_path: Path) -> None:
    inside = {"repo/ks/ks.yaml": flux("./app"), "repo/app/a.yaml": OBJECT}
    assert list(members(tmp_path / "one", seen(tmp_path / "one", inside))) == ["repo/app"]
    assert list(members(tmp_path / "two", seen(tmp_path / "two", inside | {"app/b.yaml": OBJECT}))) == ["app"]


def test_paths_that_lead_nowhere_build_nothing(tmp_path: Path) -> None:
    files = {f"{n}.yaml": flux(path) for n, path in enumerate(("./no", "../..", "'${CLUSTER}/apps'", "''", "0.yaml"))}
    assert members(tmp_path, seen(tmp_path, files)) == {}


def test_a_circle_of_kustomizations_ends(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        {
            "a/kustomization.yaml": "resources: [../b, a.yaml]\n",
            "a/a.yaml": OBJECT,
            "b/kustomization.yaml": "resources: [../a, ../b]\n",
        },
    )
    assert members(tmp_path, found) == {"a": {"a/a.yaml": [""]}, "b": {"a/a.yaml": [""]}}


def test_one_file_with_two_namespaces(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        {
            "top/kustomization.yaml": "resources: [../one, ../two]\n",
            "one/kustomization.yaml": "namespace: one\nresources: [../base]\n",
            "two/kustomization.yaml": "namespace: two\nresources: [../base]\n",
            "base/kustomization.yaml": "resources: [a.yaml]\n",
            "base/a.yaml": OBJECT,
        },
    )
    assert members(tmp_path, found) == {"top": {"base/a.yaml": ["one", "two"]}}


def test_the_root_counts_with_a_kustomization_file_only(tmp_path: Path) -> None:
    files = {"ks.yaml": flux("./"), "a.yaml": OBJECT, "app/b.yaml": OBJECT}
    assert members(tmp_path / "one", seen(tmp_path / "one", files)) == {}
    files["kustomization.yaml"] = "resources: [a.yaml]\n"
    assert members(tmp_path / "two", seen(tmp_path / "two", files)) == {".": {"a.yaml": [""]}}


def test_a_path_that_is_here_counts_whatever_its_source_is(tmp_path: Path) -> None:
    files = {f"{n}.yaml": flux("./app", "home") for n in range(2)} | {"other.yaml": flux("./deploy", source="other")}
    files["artifact.yaml"] = flux("./made", "x", source="z").replace("GitRepository", "ExternalArtifact")
    found = seen(tmp_path, files | {"app/a.yaml": OBJECT, "deploy/b.yaml": OBJECT, "made/c.yaml": OBJECT})
    assert members(tmp_path, found) == {
        "app": {"app/a.yaml": ["home"]},
        "deploy": {"deploy/b.yaml": [""]},
        "made": {"made/c.yaml": ["x"]},
    }


def test_many_ways_to_one_folder_are_gone_once(tmp_path: Path) -> None:
    depth = 60
    files = {f"{n}/kustomization.yaml": f"resources: [../{n + 1}, ../{n + 1}/]\n" for n in range(depth)}
    found = seen(tmp_path, files | {f"{depth}/kustomization.yaml": "resources: [a.yaml]\n", f"{depth}/a.yaml": OBJECT})
    assert members(tmp_path, found) == {"0": {f"{depth}/a.yaml": [""]}}


def parent(patch: str, target: str = "{kind: Kustomization}") -> str:
    return flux("./cluster").replace("spec: {", f"spec: {{patches: [{{patch: '{patch}', target: {target}}}], ")


SET = "[{op: add, path: /spec/targetNamespace, value: home}]"
MERGE = "kind: Kustomization\nmetadata: {name: _}\nspec: {targetNamespace: outer}\n"
CHILD = {
    "root.yaml": "",
    "cluster/ks.yaml": flux("./apps/web", "own"),
    "apps/web/kustomization.yaml": "resources: [a.yaml]\n",
    "apps/web/a.yaml": OBJECT,
}


def namespaces(tmp_path: Path, files: dict[str, str]) -> list[str]:
    tmp_path.mkdir()
    return members(tmp_path, seen(tmp_path, {**CHILD, **files}))["apps/web"]["apps/web/a.yaml"]


def test_a_parent_gives_a_target_namespace(tmp_path: Path) -> None:
    assert namespaces(tmp_path / "a", {}) == ["own"]
    assert namespaces(tmp_path / "b", {"root.yaml": parent(SET)}) == ["home"]
    assert namespaces(tmp_path / "c", {"root.yaml": parent("{kind: Kustomization, spec: {targetNamespace: n}}")}) == [
        "n"
    ]
    assert namespaces(tmp_path / "d", {"root.yaml": parent(SET, "{kind: HelmRelease}")}) == ["own"]
    assert namespaces(tmp_path / "e", {"root.yaml": parent(SET, "{labelSelector: a=b}")}) == ["own"]
    assert namespaces(tmp_path / "f", {"root.yaml": parent(SET).replace("./cluster", "./apps")}) == ["own"]


def test_a_kustomization_gives_a_target_namespace_and_flux_another(tmp_path: Path) -> None:
    listing = "resources: [ks.yaml]\npatches: [{path: p.yaml, target: {group: kustomize.toolkit.fluxcd.io}}]\n"
    files = {"cluster/kustomization.yaml": listing, "cluster/p.yaml": MERGE}
    assert namespaces(tmp_path / "a", files) == ["outer"]
    assert namespaces(tmp_path / "b", {**files, "root.yaml": parent(SET)}) == ["home"]
    removed = {**files, "cluster/p.yaml": MERGE.replace("outer", "null")}
    assert namespaces(tmp_path / "c", removed) == [""]
    gone = {**files, "cluster/kustomization.yaml": listing.replace("p.yaml", "q.yaml")}
    assert namespaces(tmp_path / "d", gone) == ["own"]
    further = "resources: [../cluster]\npatchesStrategicMerge: [x.yaml]\n"
    exact = MERGE.replace("outer", "last").replace("_", "a")
    assert namespaces(tmp_path / "e", {**files, "top/kustomization.yaml": further, "top/x.yaml": exact}) == ["last"]
