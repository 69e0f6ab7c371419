"""What a change of a Secret comes to, in words: for every choice that an author or this run can make."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from krm_secrets.secrets.effect import UNKNOWN, Effect
from krm_secrets.settings.restarts import Keys, Policy, Reloader
from tests.secrets.decision import IGNORE, MATCH, Changed, reloads
from tests.secrets.support import KnownSecret, judged

AUTO, TYPED = "reloader.stakater.com/auto", "secret.reloader.stakater.com/auto"
NAMED, SEARCH = "secret.reloader.stakater.com/reload", "reloader.stakater.com/search"
EXCLUDE = "secrets.exclude.reloader.stakater.com/reload"


def known(matched: bool = False, ignored: bool = False) -> frozenset[KnownSecret]:
    annotations = ((MATCH, str(matched).lower()), (IGNORE, str(ignored).lower()))
    return frozenset({KnownSecret("a", "", annotations), KnownSecret("b", "", annotations)})


def deployment(annotations: Any = None, pod: Any = None, spec: Any = None, **metadata: Any) -> dict[str, Any]:
    containers = [{"name": "c", "envFrom": [{"secretRef": {"name": "a"}}]}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "annotations": annotations, **metadata},
        "spec": {"template": {"metadata": {"annotations": pod}, "spec": spec or {"containers": containers}}},
    }


def release(values: Any, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "web"},
        "spec": {"values": values, **spec},
    }


def effects(obj: dict[str, Any], policy: Policy, matched: bool = False, ignored: bool = False) -> list[Effect]:
    return [use.effect for use in judged(obj, known(matched, ignored), policy).uses()]


def effect(obj: dict[str, Any], matched: bool = False, ignored: bool = False, **policy: Any) -> Effect:
    (found,) = effects(obj, Policy(**policy), matched, ignored)
    return found


UNMOUNTED = {"containers": [{"name": "c"}], "volumes": [{"name": "v", "secret": {"secretName": "a"}}]}
DISK = {
    "containers": [{"name": "c", "volumeMounts": [{"name": "v"}]}],
    "volumes": [{"name": "v", "azureFile": {"secretName": "a"}}],
}

FATES: list[tuple[dict[str, Any], Effect]] = [
    (deployment(), Effect("Reloader", AUTO, added=True)),
    (deployment({AUTO: "true"}), Effect("Reloader", AUTO)),
    (deployment(pod={AUTO: "true"}), Effect("Reloader", AUTO)),
    (deployment({TYPED: "1"}), Effect("Reloader", TYPED)),
    (deployment({NAMED: "b, a"}), Effect("Reloader", NAMED)),
    (deployment({NAMED: "b"}), Effect("", f"the author's list in {NAMED} leaves it out")),
    (deployment({AUTO: "no"}), Effect("", f'the author set {AUTO}: "false"')),
    (deployment({AUTO: "true", EXCLUDE: "a"}), Effect("", f"the author excludes it by {EXCLUDE}")),
    (
        deployment({SEARCH: "true"}),
        Effect("", "the author asks for reloader.stakater.com/match on the Secret, which has none"),
    ),
    (deployment({"configmap.reloader.stakater.com/reload": "c"}), Effect("Reloader", TYPED, added=True)),
    (deployment(spec=DISK), Effect("Reloader", NAMED, added=True)),
    (deployment({AUTO: "true"}, spec=DISK), Effect("Reloader", NAMED, added=True)),
    (deployment(pod={AUTO: "true"}, spec=DISK), Effect("", f"{AUTO} does not see this place")),
    (deployment(spec=UNMOUNTED), Effect("", "no container mounts the volume", needed=False)),
    (deployment(spec={"imagePullSecrets": [{"name": "a"}]}), Effect("", "read at each pull", needed=False)),
    (deployment(namespace="other"), Effect("", UNKNOWN)),
    (deployment("none"), Effect("", "what stands in place of the annotations is no map")),
    ({**deployment(), "kind": "ReplicaSet"}, Effect("", "Reloader does not know the kind")),
    (release({"existingSecret": "a"}), Effect("Reloader", f"{TYPED} by a patch", added=True)),
    (release({"existingSecret": "a", "annotations": {NAMED: "a"}}), Effect("Reloader", NAMED)),
    (
        release({"existingSecret": "a", "annotations": {NAMED: "b"}}),
        Effect("", f"the author's list in {NAMED} leaves it out"),
    ),
    (
        release({"existingSecret": "a", "podAnnotations": {AUTO: "true"}}),
        Effect("Reloader", f"{AUTO}, as far as the chart puts it on its workloads"),
    ),
    (
        release({"existingSecret": "a"}, postRenderers=[{"kustomize": {"patches": [{"patch": f"x: {AUTO}"}]}}]),
        Effect("Reloader", "the author's own post renderers decide"),
    ),
    (release({"existingSecret": "c"}), Effect("", UNKNOWN)),
    (
        release({}, valuesFrom=[{"kind": "Secret", "name": "a"}]),
        Effect("Flux", "the label reconcile.fluxcd.io/watch on the Secret", added=True),
    ),
    (release({}, kubeConfig={"secretRef": {"name": "a"}}), Effect("", "reads it when it needs it", needed=False)),
    (
        {**deployment({}), "kind": "Server", "apiVersion": "example.com/v1"},
        Effect("", "an operator makes its Pods, and may or may not restart them"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("obj", "expected"), FATES)
def test_what_becomes_of_it(obj: dict[str, Any], expected: Effect) -> None:
    assert effect(obj) == expected


def test_search_needs_a_match() -> None:
    assert effect(deployment({SEARCH: "true"}), matched=True) == Effect("Reloader", SEARCH)


def test_what_the_configuration_says_of_reloader() -> None:
    off, everything = effect(deployment(), mode="off"), effect(deployment(), reloader=Reloader(reloads_all=True))
    assert off == Effect("", "reload is off")
    assert everything == Effect("Reloader", "--auto-reload-all")
    (ignored,) = effects(deployment(namespace="x"), Policy("all", Reloader(ignored=frozenset({"x"}))))
    assert ignored == Effect("", "Reloader ignores the namespace x")
    own = Reloader(Keys(auto="example.com/auto"))
    assert effect(deployment({AUTO: "false"}), reloader=own) == Effect("Reloader", "example.com/auto", added=True)


ANNOTATIONS = st.dictionaries(
    st.sampled_from([AUTO, TYPED, NAMED, SEARCH, EXCLUDE]),
    st.sampled_from(["true", "1", "false", "a", "b, a", "b", ""]),
)


@given(ANNOTATIONS, ANNOTATIONS, st.booleans(), st.booleans())
def test_the_words_agree_with_reloaders_rules(annotations: Any, pod: Any, matched: bool, ignored: bool) -> None:
    """The model of the rules was written apart from this code."""
    obj = deployment(annotations, pod)
    told = effect(obj, matched, ignored)
    policy = Policy()
    added = {each.key: each.value for each in judged(obj, known(matched, ignored), policy).annotations}
    secret = Changed("a", {MATCH: str(matched).lower(), IGNORE: str(ignored).lower()})
    assert bool(told.by) is reloads(secret, deployment({**annotations, **added}, pod))
