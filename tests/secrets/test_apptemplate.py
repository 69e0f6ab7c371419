"""Any values of app-template: what our run makes of them, by Reloader's decision on what the chart renders."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import example, given, settings, strategies as st

from tests.running import run
from tests.secrets.apptemplate import render
from tests.secrets.cluster import load
from tests.secrets.decision import TEMPLATES, Changed, reloads, used_by

names = st.sampled_from(["a", "{{ .Release.Name }}-b"])
long_lived = st.sampled_from(["deployment", "statefulset", "daemonset"])

env_from = st.one_of(
    st.builds(lambda name: [{"secretRef": {"name": name}}], names),
    st.builds(lambda name: [{"configMapRef": {"name": "a"}}, {"secret": name}], names),
    st.just([{"secretRef": {"identifier": "own"}}]),
)
reference = st.builds(lambda name: {"secretKeyRef": {"name": name, "key": "k"}}, names)
env = st.dictionaries(
    st.sampled_from("XY"),
    st.one_of(st.just("a"), reference, st.builds(lambda ref: {"valueFrom": ref}, reference)),
)
options = st.fixed_dictionaries({}, optional={"env": env, "envFrom": env_from})
empty: st.SearchStrategy[dict[str, Any]] = st.just({})
containers = st.dictionaries(st.sampled_from(["app", "log"]), st.one_of(empty, options), min_size=1)
controller = st.fixed_dictionaries(
    {"containers": containers},
    optional={
        "type": st.one_of(long_lived, st.sampled_from(["cronjob", "job"])),
        "enabled": st.booleans(),
        "initContainers": containers,
        "defaultContainerOptions": options,
        "applyDefaultContainerOptionsToInitContainers": st.booleans(),
        "defaultContainerOptionsStrategy": st.sampled_from(["overwrite", "merge"]),
        "pod": st.just({"imagePullSecrets": [{"name": "a"}]}),
    },
)
by_options = st.fixed_dictionaries(
    {"controllers": st.dictionaries(st.sampled_from(["web", "work"]), controller, min_size=1)},
    optional={"defaultContainerOptions": options, "defaultPodOptions": st.just({"imagePullSecrets": [{"name": "a"}]})},
)
# The defaults reach an init container that has nothing of its own, or do not.
by_defaults = st.builds(
    lambda kind, defaults, apply, own: {
        "controllers": {
            "web": {
                "type": kind,
                "containers": {"app": {"env": {"A": "x"}, "envFrom": [{"configMapRef": {"name": "x"}}]}},
                "initContainers": {"init": own},
                "applyDefaultContainerOptionsToInitContainers": apply,
                "defaultContainerOptions": defaults,
            }
        }
    },
    long_lived,
    options,
    st.booleans(),
    st.one_of(empty, options),
)

mounts = st.dictionaries(
    st.sampled_from(["web", "work", "nobody"]),
    st.dictionaries(st.sampled_from(["app", "log", "nobody"]), st.just([{"path": "/s"}]), min_size=1),
)
volume = st.fixed_dictionaries(
    {}, optional={"globalMounts": st.just([{"path": "/s"}]), "advancedMounts": mounts, "enabled": st.booleans()}
)
volumes = st.one_of(
    st.builds(lambda name, rest: {"type": "secret", "name": name, **rest}, names, volume),
    st.builds(lambda rest: {"type": "custom", "volumeSpec": {"secret": {"secretName": "a"}}, **rest}, volume),
    st.just({"type": "emptyDir"}),
)
by_volumes = st.builds(
    lambda first, second, persistence: {
        "controllers": {
            "web": {"type": first, "containers": {"app": {}}, "initContainers": {"log": {}}},
            "work": {"type": second, "containers": {"app": {}, "log": {"enabled": False}}},
        },
        "persistence": persistence,
    },
    long_lived,
    st.one_of(long_lived, st.just("cronjob")),
    st.dictionaries(st.sampled_from(["one", "two"]), volumes, min_size=1),
)
values = st.one_of(by_options, by_defaults, by_volumes)


NOBODY = {
    "controllers": {"web": {"containers": {"app": {}}}},
    "persistence": {"one": {"type": "secret", "name": "a", "advancedMounts": {"web": {"log": [{"path": "/s"}]}}}},
}
"""A volume for a container that is not there."""


@settings(max_examples=300)
@example(NOBODY, {"a"}, "auto")
@given(values, st.sets(st.sampled_from(["a", "rel-b"]), min_size=1), st.sampled_from(["auto", "named"]))
def test_exactly_the_long_lived_users_of_known_secrets_restart(given: Any, known: set[str], mode: str) -> None:
    release = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "rel"},
        "spec": {"chartRef": {"kind": "OCIRepository", "name": "app-template"}, "values": given},
    }
    config = {
        "apiVersion": "krm-secrets.dev/v1alpha1",
        "kind": "SecretsConfig",
        "metadata": {"name": "x"},
        "reload": mode,
    }
    made = [{"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": n}} for n in known]
    done = run(yaml.safe_dump_all([config, *made, release], sort_keys=False))
    assert (done.code, done.err) == (0, "")
    for workload in render(load(done.out.decode())[-1]):
        template: Any = workload
        for key in TEMPLATES[workload["kind"]]:
            template = template[key]
        restarting = {name for name in known if reloads(Changed(name), workload)}
        stays = workload["kind"] in ("Deployment", "StatefulSet", "DaemonSet")
        assert restarting == (known & used_by(template["spec"]) if stays else set())
        assert bool(workload["metadata"]["annotations"]) is bool(restarting)
        assert not template["metadata"]["annotations"]
