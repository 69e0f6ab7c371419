"""What our run makes of any workload, by Reloader's decision: exactly what uses a known Secret restarts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import yaml
from hypothesis import example, given, settings, strategies as st

from tests.running import run
from tests.secrets.cluster import load
from tests.secrets.decision import AUTO, DECIDING, EXCLUDE, NAMED, TRUE, TYPED, Changed, reloads, used_by
from tests.secrets.test_decision import deployment

names = st.sampled_from(["a", "b", "a.b"])
volumes = st.lists(
    st.one_of(
        st.builds(lambda name: {"secret": {"secretName": name}}, names),
        st.builds(lambda name: {"projected": {"sources": [{"secret": {"name": name}}]}}, names),
        st.builds(lambda name: {"csi": {"nodePublishSecretRef": {"name": name}}}, names),
        st.just({"emptyDir": {}}),
    ),
    max_size=3,
).map(lambda found: [{"name": f"v{index}", **volume} for index, volume in enumerate(found)])
containers = st.fixed_dictionaries(
    {},
    optional={
        "envFrom": st.lists(st.builds(lambda name: {"secretRef": {"name": name}}, names), max_size=2),
        "env": st.lists(
            st.builds(lambda name: {"name": "X", "valueFrom": {"secretKeyRef": {"name": name, "key": "k"}}}, names),
            max_size=2,
        ),
        "volumeMounts": st.lists(st.builds(lambda at: {"name": f"v{at}"}, st.integers(0, 2)), max_size=2),
    },
).map(lambda container: {"name": "app", **container})
pods = st.fixed_dictionaries(
    {"containers": st.lists(containers, min_size=1, max_size=2)},
    optional={
        "initContainers": st.lists(containers, max_size=2),
        "ephemeralContainers": st.lists(containers, max_size=1),
        "volumes": volumes,
        "imagePullSecrets": st.lists(st.builds(lambda name: {"name": name}, names), max_size=1),
    },
)
values = st.sampled_from(["true", "false", "True", "1", "", "a", "b,a", "a.b", "x"])
choices = st.dictionaries(st.sampled_from([*DECIDING, EXCLUDE, "configmap.reloader.stakater.com/auto"]), values)


def wired(manifest: Mapping[str, Any], secrets: Collection[str], mode: str) -> dict[str, Any]:
    """The workload after a run in which ExternalSecrets make the Secrets."""
    config = {
        "apiVersion": "krm-secrets.dev/v1alpha1",
        "kind": "SecretsConfig",
        "metadata": {"name": "x"},
        "reload": mode,
    }
    made = [
        {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": name}}
        for name in secrets
    ]
    done = run(yaml.dump_all([config, *made, manifest]))
    assert done.code == 0, done.err
    after = load(done.out.decode())[-1]
    assert isinstance(after, dict)
    return after


TWICE: dict[str, Any] = {
    "containers": [{"name": "app", "volumeMounts": [{"name": "v1"}]}],
    "volumes": [{"name": name, "secret": {"secretName": "a"}} for name in ("v0", "v1")],
}
"""One Secret in two volumes, of which the second is mounted."""


UNSEEN: dict[str, Any] = {
    "containers": [{"name": "app"}],
    "ephemeralContainers": [{"name": "debug", "envFrom": [{"secretRef": {"name": "a"}}]}],
}


@settings(max_examples=300)
@example(TWICE, {"a"}, "auto")
@given(pods, st.sets(names), st.sampled_from(["auto", "named"]))
def test_exactly_the_known_secrets_that_a_workload_uses_restart_it(
    pod: dict[str, Any], known: set[str], mode: str
) -> None:
    after = wired(deployment(pod), known, mode)
    restarting = {name for name in known if reloads(Changed(name), after)}
    assert restarting == known & used_by(pod)


@example(UNSEEN, {AUTO: "true"}, {}, {"a"}, "auto")
@given(pods, choices, choices, st.sets(names), st.sampled_from(["auto", "named"]))
def test_what_the_author_decided_stays(
    pod: dict[str, Any], own: dict[str, str], of_pod: dict[str, str], known: set[str], mode: str
) -> None:
    before = deployment(pod, own, of_pod)
    after = wired(before, known, mode)
    decided = any(key in DECIDING for key in {**own, **of_pod})
    excluded = {name.strip() for name in own.get(EXCLUDE, "").split(",")}
    # Who asks for all without a list gets also those that `auto` does not see.
    everything = not decided or (NAMED not in own and any(own.get(key) in TRUE for key in (AUTO, TYPED)))
    for name in known:
        should = name in used_by(pod) - excluded if everything else reloads(Changed(name), before)
        assert reloads(Changed(name), after) is should
    assert after["spec"] == before["spec"]
