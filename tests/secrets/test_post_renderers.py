"""What the patches of post renderers add to a release, and that nothing in their place raises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from krm_secrets.errors import field
from krm_secrets.secrets.uses.post_renderers import added, added_by
from krm_secrets.secrets.uses.reference import ANEW
from krm_secrets.secrets.uses.values import parsed

ENV = "env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]"
POD = f"spec: {{template: {{spec: {{containers: [{{name: c, {ENV}}}]}}}}}}"


def patches(*entries: Any, key: str = "patches") -> Any:
    return [{"kustomize": {"images": [], key: list(entries)}}]


def operation(path: str, value: str, op: str = "add") -> str:
    return f"[{{op: {op}, path: {path}, value: {value}}}]"


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/spec/template/spec/containers/0/env/-", "{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}"),
        ("/spec/template/spec/containers/0/env", "[{valueFrom: {secretKeyRef: {name: s}}}]"),
        ("/spec/template/spec/containers/0/envFrom", "[{secretRef: {name: s}}]"),
        ("/spec/template/spec/containers/0/envFrom/0/secretRef/name", "s"),
        ("/spec/template/spec/volumes/-", "{name: v, secret: {secretName: s}}"),
        ("/spec/template/spec/volumes/0/secret/secretName", "s"),
        ("/spec/template/spec/volumes", "[{projected: {sources: [{secret: {name: s}}]}}]"),
    ],
)
@pytest.mark.parametrize("kind", ["Deployment", "(Deployment|StatefulSet)", "", "CronJob", "Job"])
def test_a_json_patch_names_a_secret(pointer: str, value: str, kind: str) -> None:
    target = {"kind": kind} if kind else {}
    (ref,) = added(patches({"target": target, "patch": operation(pointer, value)}))
    assert ref.name == "s"
    assert field(ref.path).startswith("spec.postRenderers[0].kustomize.patches[0].patch[0].spec.template.spec.")
    assert (ref.restart, ref.how) == ((False, ANEW) if kind.endswith("Job") else (True, ""))


@pytest.mark.parametrize(
    ("renderers", "path"),
    [
        (patches({"patch": f"kind: Deployment\n{POD}"}), "patches[0].patch.spec"),
        (patches({"patch": f"kind: Other\n{POD}", "target": {"kind": "Deployment"}}), "patches[0].patch.spec"),
        (patches(f"kind: StatefulSet\n{POD}", key="patchesStrategicMerge"), "patchesStrategicMerge[0].spec"),
    ],
)
def test_a_strategic_merge_names_a_secret(renderers: Any, path: str) -> None:
    (ref,) = added(renderers)
    assert (ref.name, ref.keys, ref.restart) == ("s", ("k",), True)
    assert field(ref.path).startswith(f"spec.postRenderers[0].kustomize.{path}.template.spec.containers[0]")


def test_patches_in_files_name_secrets() -> None:
    texts = {
        "merge.yaml": f"kind: Deployment\n{POD}",
        "json.yaml": operation("/spec/template/spec/volumes/-", "{secret: {secretName: s}}"),
    }
    kustomization = {
        "patches": [{"path": "merge.yaml"}, {"path": "json.yaml", "target": {"kind": "Deployment"}}, {"path": "gone"}],
        "patchesJson6902": [{"path": "json.yaml", "target": {"kind": "Job"}}, {"path": 1}],
        "patchesStrategicMerge": ["merge.yaml", f"kind: StatefulSet\n{POD}"],
    }
    asked = []

    def files(name: str, folder: str) -> object:
        asked.append(folder)
        return parsed(texts.get(name, ""))

    found = [(field(ref.path), ref.name, ref.restart) for ref in added_by(kustomization, files=files)]
    assert found == [
        ("patches[0].path", "s", True),
        ("patches[1].path", "s", True),
        ("patchesStrategicMerge[0]", "s", True),
        ("patchesStrategicMerge[1].spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.name", "s", True),
        ("patchesJson6902[0].path", "s", False),
    ]
    assert set(asked) == {"."}
    assert len(list(added_by(kustomization))) == 1


def test_other_kinds_are_those_of_the_catalogue() -> None:
    text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: {tls: [{secretName: s}]}"
    (ref,) = added(patches({"patch": text}))
    assert (ref.name, ref.restart) == ("s", False)
    target = {"group": "networking.k8s.io", "kind": "Ingress"}
    (ref,) = added(patches({"target": target, "patch": operation("/spec/tls/0/secretName", "s")}))
    assert (ref.name, ref.restart) == ("s", False)


@pytest.mark.parametrize(
    "renderers",
    [
        None,
        "x",
        [1],
        patches(1, {}, {"patch": None}, {"patch": "a: ["}, {"patch": "a\n---\nb"}),
        patches({"patch": operation("/spec/a", "{secretKeyRef: {name: s}}", "test")}),
        patches({"patch": operation("/spec/a", "{secretKeyRef: {name: s}}", "remove")}),
        patches({"patch": "[1, {op: add}, {op: add, path: 1, value: s}]"}),
    ],
)
def test_what_names_none(renderers: Any) -> None:
    assert list(added(renderers)) == []


NODES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just(POD),
    lambda nodes: (
        st.lists(nodes, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kustomize", "patches", "patch", "target", "kind", "op", "path", "value", "spec", "name"]),
            nodes,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(NODES)
def test_nothing_raises(node: Any) -> None:
    list(added(node))
    list(added([{"kustomize": node}]))
    list(added(patches({"target": node, "patch": node}, {"patch": [{"op": "add", "path": "/a/0/-/b", "value": node}]})))
