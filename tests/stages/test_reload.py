"""What this run makes restart or look again: from the items as they come in to the bytes that go out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from krm_secrets import function
from krm_secrets.secrets.chart_patch import Patch
from krm_secrets.yamltext.load import load, parse
from tests.running import Done, run
from tests.sops.encrypter import KEY, encrypted_secret, stream
from tests.tools import tool

WATCH = {"reconcile.fluxcd.io/watch": "Enabled"}
RELOAD = {"cnpg.io/reload": "true"}
TYPED = "secret.reloader.stakater.com/auto"
PATCHED = [Patch(TYPED, "true").renderer()]


def wired(*items: Any, **settings: Any) -> list[Any]:
    """The items after a run that has nothing to say, which a second one leaves alone."""
    done = through(*items, **settings)
    assert (done.code, done.err) == (0, "")
    again = through(done.out.decode().removeprefix("---\n"), **settings)
    assert again == done
    return objects(done.out.decode())


def objects(text: str) -> list[Any]:
    return [load(document.root) for document in parse(text)]


def through(*items: Any, **settings: Any) -> Done:
    text = "".join(f"---\n{item}" if isinstance(item, str) else stream(item) for item in items)
    head = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretsConfig", "metadata": {"name": "c"}}
    return run(text + (stream({**head, **settings}) if settings else ""), env={"SOPS_AGE_KEY": KEY.identity})


def obj(kind: str, api_version: str, name: str = "x", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **fields}


def external(called: str = "s", metadata: Any = None, **target: Any) -> dict[str, Any]:
    found = obj("ExternalSecret", "external-secrets.io/v1", called, spec={"target": target})
    found["metadata"] |= metadata or {}
    return found


def consumer(secret: str = "s") -> dict[str, Any]:
    pod = {"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": secret}}]}]}
    return obj("Deployment", "apps/v1", spec={"template": {"spec": pod}})


def cluster(secret: str = "s") -> dict[str, Any]:
    return obj("Cluster", "postgresql.cnpg.io/v1", "db", spec={"superuserSecret": {"name": secret}})


def kustomization(*secrets: str) -> dict[str, Any]:
    found = [{"kind": "Secret", "name": secret} for secret in secrets]
    return obj("Kustomization", "kustomize.toolkit.fluxcd.io/v1", spec={"postBuild": {"substituteFrom": found}})


# Who makes a Secret


CLUSTER_SECRET = "ClusterExternalSecret", "external-secrets.io/v1"
CNPG = "postgresql.cnpg.io/v1"

MAKERS: list[Any] = [
    external(),
    external("other", name="s"),
    external(creationPolicy="Merge"),
    obj(*CLUSTER_SECRET, "s", spec={"namespaceSelector": {"matchLabels": {"a": "b"}}}),
    obj(*CLUSTER_SECRET, "o", spec={"externalSecretName": "s", "namespaceSelectors": [{}]}),
    obj(*CLUSTER_SECRET, "o", spec={"externalSecretSpec": {"target": {"name": "s"}}, "namespaces": [""]}),
    obj("Certificate", "cert-manager.io/v1", spec={"secretName": "s"}),
    obj("SealedSecret", "bitnami.com/v1alpha1", "s", spec={}),
    obj("SopsSecret", "isindir.github.com/v1alpha3", "sops", spec={"secretTemplates": [{"name": "a"}, {"name": "s"}]}),
]


@pytest.mark.parametrize("maker", MAKERS)
def test_the_secret_is_known(maker: Any) -> None:
    found = wired(maker, consumer())
    assert found[0] == maker
    assert found[1]["metadata"].get("annotations") == {"reloader.stakater.com/auto": "true"}


NO_MAKERS: list[Any] = [
    external(creationPolicy="None"),
    external(manifest={"apiVersion": "v1", "kind": "ConfigMap"}),
    obj("ExternalSecret", "example.com/v1", "s", spec={}),
    obj(*CLUSTER_SECRET, "s", spec={}),
    obj(*CLUSTER_SECRET, "s", spec={"namespaces": ["a"]}),
    obj(*CLUSTER_SECRET, "s", spec={"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "a"}}}),
    obj("Certificate", "cert-manager.io/v1", "s", spec={}),
    obj("SopsSecret", "isindir.github.com/v1alpha3", "s", spec={"secretTemplates": "s"}),
    obj("Secret", "v1", "s"),
]


@pytest.mark.parametrize("maker", NO_MAKERS)
def test_no_secret_is_known(maker: Any) -> None:
    done = through(maker, consumer())
    assert (done.code, done.err) == (0, "")
    assert b"annotations" not in done.out


def test_a_database_makes_the_secret_of_its_application() -> None:
    (_, found) = wired(obj("Cluster", CNPG, "db", spec={}), consumer("db-app"))
    assert found["metadata"]["annotations"] == {"reloader.stakater.com/auto": "true"}
    own = {"bootstrap": {"initdb": {"secret": {"name": "mine"}}}}
    assert "annotations" not in wired(obj("Cluster", CNPG, "db", spec=own), consumer("db-app"))[1]["metadata"]


def test_an_argo_rollout_is_a_workload_and_one_that_follows_a_deployment_is_none() -> None:
    rollout = {**consumer(), "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"}
    following = obj("Rollout", "argoproj.io/v1alpha1", spec={"workloadRef": {"kind": "Deployment", "name": "x"}})
    found = wired(external(), rollout, following, consumer())
    assert ["annotations" in each["metadata"] for each in found] == [False, True, False, True]


@pytest.mark.parametrize("kind", ["Service", "Configuration"])
def test_what_nothing_restarts_is_told(kind: str) -> None:
    knative = {**consumer(), "apiVersion": "serving.knative.dev/v1", "kind": kind}
    done = through(external(), knative)
    assert (done.code, done.out) == (0, stream(external(), knative).encode())
    said = (
        'nothing restarts this when the Secret "s" changes: Reloader does not know the kind [nothing-restarts-kind]\n'
    )
    assert done.err.endswith(said)


# Labels


@pytest.mark.parametrize("user", [kustomization("s"), cluster()])
def test_a_template_gets_the_label(user: Any) -> None:
    wanted = RELOAD if user["kind"] == "Cluster" else WATCH
    (found, same) = wired(external(template={"type": "Opaque"}), user)
    assert found["spec"]["target"]["template"] == {"metadata": {"labels": wanted}, "type": "Opaque"}
    assert same == user


def test_without_a_template_the_operator_copies_the_objects_own_labels() -> None:
    found = wired(external(metadata={"labels": {"a": "b"}}), kustomization("s"), cluster())[0]
    assert found == external(metadata={"labels": {**WATCH, **RELOAD, "a": "b"}})


def test_a_generated_secret_gets_the_label_too() -> None:
    head = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretMapping", "metadata": {"name": "m"}}
    done = through({**head, "store": "x", "secrets": {"s": "item"}}, kustomization("s"))
    made = next(each for each in objects(done.out.decode()) if each["kind"] == "ExternalSecret")
    assert made["spec"]["target"]["template"] == {"metadata": {"labels": WATCH}, "engineVersion": "v2"}


@pytest.mark.parametrize("labels", [{"reconcile.fluxcd.io/watch": "Disabled"}, "text", []])
def test_what_the_author_wrote_stays(labels: Any) -> None:
    items = (external(template={"metadata": {"labels": labels}}), kustomization("s"))
    assert wired(*items) == list(items)


def test_each_maker_has_its_own_place() -> None:
    everywhere = obj(*CLUSTER_SECRET, "b", spec={"namespaceSelectors": [{}], "externalSecretSpec": {"target": {}}})
    templated = obj(
        *CLUSTER_SECRET,
        "c",
        spec={"namespaceSelectors": [{}], "externalSecretSpec": {"target": {"template": {"type": "Opaque"}}}},
    )
    certificate = obj("Certificate", "cert-manager.io/v1", spec={"secretName": "d"})
    sealed = obj("SealedSecret", "bitnami.com/v1alpha1", "e", spec={"encryptedData": {}})
    found = wired(everywhere, templated, certificate, sealed, kustomization("b", "c", "d", "e"))
    assert found[0]["spec"]["externalSecretMetadata"] == {"labels": WATCH}
    assert found[1]["spec"]["externalSecretSpec"]["target"]["template"]["metadata"] == {"labels": WATCH}
    assert found[2]["spec"]["secretTemplate"] == {"labels": WATCH}
    assert found[3]["spec"]["template"] == {"metadata": {"labels": WATCH}}


def test_a_decrypted_secret_gets_the_label_itself() -> None:
    done = through(encrypted_secret(string_data={"a": "b"}), kustomization("s"))
    assert (done.code, done.err) == (0, "")
    assert objects(done.out.decode())[0]["metadata"] == {"labels": WATCH, "name": "s"}


CURES = [
    (
        encrypted_secret(string_data={"a": "b"}),
        "s",
        "add it with sops, since any other edit would break the file's MAC",
    ),
    (MAKERS[-1], "s", "add it to the labels of the encrypted template with sops"),
    (
        obj("Cluster", CNPG, "db", spec={}),
        "db-app",
        "add it to spec.inheritedMetadata.labels if it may stand on all that the Cluster makes",
    ),
]


@pytest.mark.parametrize(("maker", "name", "cure"), CURES)
def test_what_must_not_be_edited_gets_a_notice(maker: Any, name: str, cure: str) -> None:
    done = through(maker, kustomization(name), decrypt="keep")
    assert done.code == 0
    assert b"reconcile.fluxcd.io/watch" not in done.out
    assert done.err.endswith(
        f'Kustomization x uses the Secret "{name}" at spec.postBuild.substituteFrom[0].name and notices a change only'
        f' with the label reconcile.fluxcd.io/watch: "Enabled" on it; {cure} [flux-watch-label-missing]\n'
    )


def test_a_label_that_is_there_needs_no_notice() -> None:
    item = obj("Cluster", CNPG, "db", spec={"inheritedMetadata": {"labels": WATCH}})
    assert wired(item, kustomization("db-app"))[0] == item


def test_off_labels_nothing() -> None:
    assert wired(external(), kustomization("s"), reload="off")[:1] == [external()]


def test_a_duplicate_key_on_the_way_to_the_label_is_named() -> None:
    text = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: s, labels: {a: b, a: c}}\n"
    done = through(text, kustomization("s"))
    assert (done.code, done.out) == (1, b"")
    assert 'the key "a" stands twice in one mapping; remove one of them' in done.err


# Post renderers


RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x}\n"
OTHER: list[Any] = [{"kustomize": {"images": []}}]


@pytest.mark.parametrize(
    ("spec", "others"),
    [
        ("spec:\n  values: {existingSecret: s}\n", []),
        ("spec:\n  # why\n  values: {existingSecret: s}\n", []),
        ("spec: {values: {existingSecret: s}}\n", []),
        ("spec:\n  postRenderers:\n  values: {existingSecret: s}\n", []),
        ("spec:\n  postRenderers: []\n  values: {existingSecret: s}\n", []),
        ("spec:\n  postRenderers:\n  - kustomize: {images: []} # one\n  values: {existingSecret: s}\n", OTHER),
        (
            "spec:\n  postRenderers:\n    # one\n    -  kustomize:\n         images: []\n  values: {existingSecret: s}",
            OTHER,
        ),
        ("spec:\n  postRenderers: [{kustomize: {images: []}}]\n  values: {existingSecret: s}\n", OTHER),
        ("spec: {values: {existingSecret: s}, postRenderers: &a [ {kustomize: {images: []}} ]}\n", OTHER),
        ("x: &a [{kustomize: {images: []}}]\nspec: {postRenderers: *a, values: {existingSecret: s}}\n", OTHER),
        ("x: &a\n- kustomize: {images: []}\nspec:\n  postRenderers: *a\n  values: {existingSecret: s}\n", OTHER),
        ("x: &a {postRenderers: [{kustomize: {images: []}}]}\nspec:\n  <<: *a\n  values: {existingSecret: s}\n", OTHER),
        ("x: &a {values: {existingSecret: s}}\nspec: *a\n", []),
        ("spec: &a\n  values: {existingSecret: s}\nx: *a\n", []),
        ("spec:\n  postRenderers: &a\n  - kustomize: {images: []}\n  values: {existingSecret: s}\nx: *a\n", OTHER),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_renderer_comes_before_the_others_and_nothing_else_changes(spec: str, others: Any, newline: str) -> None:
    text = (RELEASE + spec).replace("\n", newline)
    before = load(parse(text)[0].root)
    assert isinstance(before, dict)
    found = wired(external(), text)[1]
    assert found["spec"].pop("postRenderers") == PATCHED + others
    before["spec"].pop("postRenderers", None)
    assert found == before


# Laws

WORDS = st.sampled_from(["a", "labels", "metadata", "template", "existingSecret", "s", *WATCH, TYPED, "é: #"])
NODES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | WORDS,
    lambda nodes: st.lists(nodes, max_size=3) | st.dictionaries(WORDS, nodes, max_size=3),
    max_leaves=8,
)
STYLES: st.SearchStrategy[bool | None] = st.sampled_from([None, True, False])


def _twice(first: Any, second: Any, style: bool | None) -> list[Any]:
    """The objects after a run; another one must not change a byte."""
    done = run(yaml.safe_dump_all([first, second], default_flow_style=style, sort_keys=False, allow_unicode=True))
    assert done.code == 0
    assert run(done.out).out == done.out
    return objects(done.out.decode())


@settings(max_examples=200, deadline=None)
@given(NODES, NODES, STYLES)
def test_a_release_of_any_form_only_gains_a_renderer(values: Any, renderers: Any, style: bool | None) -> None:
    release = obj("HelmRelease", "helm.toolkit.fluxcd.io/v2", spec={"values": {"existingSecret": "s", "x": values}})
    if renderers:
        release["spec"]["postRenderers"] = renderers
    found = _twice(external(), release, style)[1]
    if found != release:
        assert found["spec"]["postRenderers"] == PATCHED + (renderers or [])
        assert found["spec"]["values"] == release["spec"]["values"]


@settings(max_examples=200, deadline=None)
@given(NODES, NODES, STYLES)
def test_a_maker_of_any_form_only_gains_a_label(labels: Any, template: Any, style: bool | None) -> None:
    maker = external(metadata={"labels": labels}, template=template)
    found = _twice(maker, kustomization("s"), style)[0]
    if found != maker:
        inner = found["spec"]["target"]["template"] if isinstance(template, dict) else found
        assert inner["metadata"]["labels"].pop("reconcile.fluxcd.io/watch") == "Enabled"
        assert _without_empty(found) == _without_empty(maker)


def _without_empty(node: Any) -> Any:
    """The node without empty and null entries of maps, which may have become maps with a label."""
    if isinstance(node, dict):
        return {k: v for k, each in node.items() if (v := _without_empty(each)) not in (None, {})}
    return node


def test_a_patch_reaches_the_metadata_of_what_reloader_rolls_and_nothing_else(tmp_path: Path) -> None:
    pod = {"metadata": {"annotations": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    rendered = [
        obj("Deployment", "apps/v1", "a", spec={"template": pod}),
        obj("StatefulSet", "apps/v1", "b", spec={"template": pod}),
        obj("DaemonSet", "apps/v1", "c", spec={"template": pod}),
        obj("CronJob", "batch/v1", "d", spec={"jobTemplate": {"spec": {"template": pod}}}),
        obj("Job", "batch/v1", "e", spec={"template": pod}),
        obj("ConfigMap", "v1", "f"),
    ]
    rendered[1]["metadata"]["annotations"] = {"x": "y"}
    (tmp_path / "all.yaml").write_text(stream(*rendered))
    patches = PATCHED[0]["kustomize"]
    assert isinstance(patches, dict)
    (tmp_path / "kustomization.yaml").write_text(json.dumps({"resources": ["all.yaml"], **patches}))
    done = subprocess.run([tool("kubectl"), "kustomize", str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    built = {each["metadata"]["name"]: each for each in objects(done.stdout)}
    for each, name in zip(rendered, "abcdef", strict=True):
        if name in "abc":
            each["metadata"].setdefault("annotations", {})[TYPED] = "true"
        assert built[name] == each


# One ExternalSecret and nothing else

TOLD: list[Any] = [{}, {"reload": "all"}, {"reloader": {"secretAutoAnnotation": "example.com/auto"}}]
NAMING = {"templateFrom": [{"secret": {"name": "other", "items": [{"key": "a"}]}}]}


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize(
    "item",
    [
        external(),
        external(template=NAMING),
        external(template=NAMING, name="other"),
        external(metadata={"annotations": {TYPED: "true"}}),
        external(metadata={"annotations": {"example.com/auto": "true"}}),
        external(template={"metadata": {"annotations": {TYPED: "true"}}}),
    ],
)
def test_an_external_secret_alone_is_told_what_the_whole_stage_tells(item: Any, told: Any) -> None:
    quick = through(item, **told)
    with mock.patch.object(function, "_is_lone_maker", return_value=False):
        assert through(item, **told) == quick
    assert quick.code == 0
    assert objects(quick.out.decode()) == [item]


def test_annotations_of_reloader_on_an_external_secret_alone_are_told() -> None:
    assert TYPED in through(external(metadata={"annotations": {TYPED: "true"}})).err
