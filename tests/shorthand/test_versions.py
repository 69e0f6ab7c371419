"""What each version of External Secrets has and adds."""

from __future__ import annotations

from typing import Any

import pytest

from .support import CONFIG, config, messages, run

SINCE = {
    "syncWindows: {kind: deny, windows: [{schedule: '@daily', duration: 8h}]}": ("syncWindows", "2.7"),
    "target: {manifest: {apiVersion: v1, kind: ConfigMap}}": ("target.manifest", "1.0"),
    "target: {template: {metadata: {finalizers: [a/b]}}}": ("target.template.metadata.finalizers", "0.20"),
    "target: {template: {templateFrom: [{literal: 'a: b', valuesDecodingStrategy: Auto}]}}": (
        "target.template.templateFrom[0].valuesDecodingStrategy", "2.7"),
    "data: [{secretKey: a, remoteRef: {key: b, nullBytePolicy: Fail}}]": ("data[0].remoteRef.nullBytePolicy", "2.3"),
    "dataFrom: [{extract: {key: b, nullBytePolicy: Fail}}]": ("dataFrom[0].extract.nullBytePolicy", "2.3"),
    "dataFrom: [{find: {path: b, nullBytePolicy: Fail}}]": ("dataFrom[0].find.nullBytePolicy", "2.3"),
    "dataFrom: [{extract: {key: b}, rewrite: [{merge: {}}]}]": ("dataFrom[0].rewrite[0].merge", "0.19"),
    "dataFrom: [{extract: {key: b}, rewrite: [{merge: {priorityPolicy: Strict}}]}]": (
        "dataFrom[0].rewrite[0].merge.priorityPolicy", "0.20"),
}  # fmt: skip
ALL = [(0, 16), (0, 18), (0, 19), (0, 20), (1, 0), (2, 2), (2, 3), (2, 6), (2, 7), (2, 8), (2, 9), (3, 0)]


@pytest.mark.parametrize("overlay", SINCE)
def test_a_field_that_the_version_has_not_is_named(overlay: str) -> None:
    path, since = SINCE[overlay]
    major, minor = map(int, since.split("."))
    for version in ALL:
        said = messages(f"x: {{from: a, spec: {{{overlay}}}}}", f'{CONFIG}\nesoVersion: "{version[0]}.{version[1]}"')
        about = [message for message in said if f"since {since}," in message]
        expected = (
            f"secrets.x.spec.{path}: External Secrets has this field since {since}, "
            f"and esoVersion says {version[0]}.{version[1]}"
        )
        assert about == ([expected] if version < (major, minor) else [])


def test_a_policy_that_the_version_has_not_is_named() -> None:
    assert messages("x: {from: a, policy: CreateOrMerge}", f"{CONFIG}\nesoVersion: v2.7.3") == [
        "secrets.x.policy: External Secrets has the policy CreateOrMerge since 2.8, and esoVersion says 2.7"
    ]
    assert messages("x: {from: a, policy: CreateOrMerge}", f"{CONFIG}\nesoVersion: '2.8'") == []


SECRET = """
x:
  from: {a: item, b: "fields:y", g: gen:Fake/pw}
  data: {A: .a.one, B: .b.two, C: .g.password}
  spec: {target: {template: {templateFrom: [{configMap: {name: c, items: [{key: k}]}}]}}}
y:
  spec:
    secretStoreRef: {kind: ClusterSecretStore, name: op}
    dataFrom: [{find: {path: p}, rewrite: [{merge: {}}]}]
"""


def explicit(version: str) -> tuple[dict[str, Any], dict[str, Any]]:
    objects, said = run(SECRET, config(f"{CONFIG}\ndefaults: explicit\nesoVersion: '{version}'"))
    assert said == []
    return objects[0]["spec"], objects[1]["spec"]


@pytest.mark.parametrize("version", ["0.20", "2.2", "2.3", "2.6", "2.7", "2.8", "2.9", "2.10"])
def test_explicit_spells_out_what_the_version_adds(version: str) -> None:
    major, minor = map(int, version.split("."))
    old = (major, minor) <= (2, 8)
    nul = {"nullBytePolicy": "Ignore"} if (2, 3) <= (major, minor) <= (2, 6) else {}
    fetch = {"decodingStrategy": "None", "conversionStrategy": "Default", **nul} if old else nul
    remote = {**fetch, "metadataPolicy": "None"} if old else nul
    first, second = explicit(version)
    assert first["refreshInterval"] == "1h0m0s"
    assert first["target"]["creationPolicy"] == "Owner"
    assert first["target"]["deletionPolicy"] == "Retain"
    template = first["target"]["template"]
    assert template["engineVersion"] == "v2"
    assert template["mergePolicy"] == "Replace"
    source = {"target": "Data", "configMap": {"name": "c", "items": [{"key": "k", "templateAs": "Values"}]}}
    decoding = {"valuesDecodingStrategy": "None"} if (2, 7) <= (major, minor) <= (2, 8) else {}
    assert template["templateFrom"] == [{**source, **decoding}]
    assert first["dataFrom"][0]["extract"] == {"key": "item", **remote}
    assert first["data"][0]["remoteRef"] == {"key": "y", "property": "two", **remote}
    assert second["dataFrom"][0]["find"] == {"path": "p", **fetch}
    assert second["dataFrom"][0]["rewrite"] == [
        {"merge": {"into": "", "strategy": "Extract", "conflictPolicy": "Error", "priorityPolicy": "Strict"}}
    ]


def test_minimal_spells_out_nothing() -> None:
    objects, _ = run("x: {from: a, data: {A: .b}}", config(f"{CONFIG}\nesoVersion: '2.6'"))
    assert objects[0]["spec"]["dataFrom"] == [{"extract": {"key": "a"}}]
