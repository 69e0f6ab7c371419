"""HelmReleases with what they refer to: values of ConfigMaps and generators, and charts named by their sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.running import run, start
from tests.stages.test_reload import PATCHED, external, obj, wired

HELM, SOURCE = "helm.toolkit.fluxcd.io/v2", "source.toolkit.fluxcd.io/v1"
AUTO = {"reloader.stakater.com/auto": "true"}
CONTAINER = "{containers: {main: {envFrom: [{secretRef: {name: s}}]}}}"


def release(**spec: Any) -> dict[str, Any]:
    return obj("HelmRelease", HELM, "web", spec=spec)


def config_map(values: str, key: str = "values.yaml", name: str = "web-values") -> dict[str, Any]:
    return obj("ConfigMap", "v1", name, data={key: values})


def reference(**more: Any) -> dict[str, Any]:
    return {"kind": "ConfigMap", "name": "web-values", **more}


def result(given: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """What becomes of the spec of a release."""
    found: dict[str, Any] = wired(external(), *others, given)[-1]["spec"]
    return found


def test_values_of_a_config_map_are_read_and_the_annotation_goes_to_the_release() -> None:
    given = release(chartRef={"kind": "OCIRepository", "name": "app-template"}, valuesFrom=[reference()])
    found = result(given, config_map(f"controllers: {{web: {CONTAINER}}}"))
    assert found["values"] == {"controllers": {"web": {"annotations": AUTO}}}


def test_the_releases_own_values_come_last() -> None:
    values = {"controllers": {"web": {"enabled": False}, "api": {"replicas": 1}}}
    found = result(
        release(valuesFrom=[reference()], values=values),
        config_map(f"controllers: {{web: {CONTAINER}, api: {CONTAINER}}}"),
    )
    assert found["values"]["controllers"] == {"web": {"enabled": False}, "api": {"annotations": AUTO, "replicas": 1}}


def test_a_null_takes_away_what_a_config_map_says() -> None:
    values = {"controllers": {"web": None}}
    assert result(
        release(valuesFrom=[reference()], values=values), config_map(f"controllers: {{web: {CONTAINER}}}")
    ) == {"valuesFrom": [reference()], "values": values}


def test_two_releases_may_take_their_values_from_one_config_map() -> None:
    given = release(valuesFrom=[reference()])
    other = {**given, "metadata": {"name": "other"}}
    found = wired(external(), config_map("existingSecret: s"), other, given)
    assert found[-1]["spec"]["postRenderers"] == found[-2]["spec"]["postRenderers"]


def test_an_annotation_in_the_config_map_is_the_authors() -> None:
    values = f"controllers: {{web: {{annotations: {{reloader.stakater.com/auto: 'true'}}, {CONTAINER[1:]}}}"
    given = release(valuesFrom=[reference()])
    assert result(given, config_map(values)) == given["spec"]


def test_other_charts_too() -> None:
    found = result(release(valuesFrom=[reference(valuesKey="v")]), config_map("auth: {existingSecret: s}", "v"))
    assert found["postRenderers"] == PATCHED


@pytest.mark.parametrize("path", ["auth.existingSecret", r"a\.b[1].existingSecret", "existingSecret"])
def test_a_single_value_of_a_config_map(path: str) -> None:
    found = result(release(valuesFrom=[reference(targetPath=path)]), config_map("s"))
    assert found["postRenderers"] == PATCHED


OTHERS = [
    config_map("existingSecret: s", "other.yaml"),
    config_map("existingSecret: s", name="other"),
    config_map("a: [\nexistingSecret: s"),
    config_map("{a: 1, a: 2}"),
    config_map(""),
    {**config_map("existingSecret: s"), "metadata": {"name": "web-values", "namespace": "other"}},
    {**config_map("existingSecret: s"), "data": {"values.yaml": 1}},
    obj("ConfigMap", "v1", "web-values"),
]


@pytest.mark.parametrize("other", OTHERS)
def test_what_cannot_be_found_or_read_adds_nothing(other: dict[str, Any]) -> None:
    given = release(valuesFrom=[reference()])
    assert result(given, other) == given["spec"]


def test_a_secret_is_not_read_for_values() -> None:
    given = release(valuesFrom=[{"kind": "Secret", "name": "values"}])
    secret = obj("Secret", "v1", "values", stringData={"values.yaml": "existingSecret: s"})
    assert result(given, secret) == given["spec"]


# Charts


SECRET = {"envFrom": [{"secretRef": {"name": "s"}}]}
FIRST = {"image": {"repository": "r"}, **SECRET}


@pytest.mark.parametrize(
    ("spec", "source"),
    [
        (
            {"chartRef": {"kind": "OCIRepository", "name": "web"}},
            obj("OCIRepository", SOURCE, "web", spec={"url": "oci://ghcr.io/x/app-template", "ref": {"tag": "1.5.1"}}),
        ),
        (
            {"chartRef": {"kind": "OCIRepository", "name": "web", "namespace": "flux-system"}},
            obj("OCIRepository", SOURCE, "web", spec={"url": "oci://ghcr.io/x/app-template"}),
        ),
        (
            {"chartRef": {"kind": "HelmChart", "name": "web"}},
            obj("HelmChart", SOURCE, "web", spec={"chart": "app-template", "version": "1.x"}),
        ),
    ],
)
def test_a_chart_is_named_by_its_source(spec: Any, source: dict[str, Any]) -> None:
    found = result(release(**spec, values=FIRST), source)
    assert found["values"]["controller"] == {"annotations": AUTO}


def test_of_two_sources_only_that_of_the_namespace_counts() -> None:
    source = obj("OCIRepository", SOURCE, "web", spec={"url": "oci://ghcr.io/x/app-template"})
    elsewhere = [{**source, "metadata": {"name": "web", "namespace": namespace}} for namespace in ("a", "b")]
    given = release(chartRef={"kind": "OCIRepository", "name": "web"}, values=FIRST)
    assert "controller" in result(given, *elsewhere, source)["values"]
    assert "controller" not in result(given, *elsewhere)["values"]


# Files


def test_a_file_of_a_generator_is_read(tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    (app / "kustomization.yaml").write_text(
        "resources: [release.yaml]\n"
        "configMapGenerator:\n- {name: web-values, files: [values.yaml=./values.yaml, other]}\n"
    )
    (app / "values.yaml").write_text("auth: {existingSecret: s}\n")
    (app / "release.yaml").write_text(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: s}\nspec: {}\n---\n"
        f"apiVersion: {HELM}\nkind: HelmRelease\nmetadata: {{name: web}}\n"
        "spec: {valuesFrom: [{kind: ConfigMap, name: web-values}]}\n"
    )
    done = start("", "run", str(tmp_path))
    assert (done.code, done.err) == (0, "")
    assert b"secret.reloader.stakater.com/auto" in done.out
    (app / "values.yaml").unlink()
    assert b"reloader" not in start("", "run", str(tmp_path)).out


def test_a_generator_of_another_namespace_makes_another_config_map(tmp_path: Path) -> None:
    generator = "resources: []\nnamespace: NS\nconfigMapGenerator:\n- {name: web-values, files: [values.yaml]}\n"
    made = (
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: s, namespace: web}\nspec: {}\n---\n"
    )
    user = f"apiVersion: {HELM}\nkind: HelmRelease\nmetadata: {{name: web, namespace: web}}\n"
    user += "spec: {valuesFrom: [{kind: ConfigMap, name: web-values}]}\n"
    for namespace, wired_ in (("web", True), ("other", False)):
        folder = tmp_path / namespace
        (folder / "generated").mkdir(parents=True)
        (folder / "app").mkdir()
        (folder / "generated/kustomization.yaml").write_text(generator.replace("NS", namespace))
        (folder / "generated/values.yaml").write_text("auth: {existingSecret: s}\n")
        (folder / "app/release.yaml").write_text(made + user)
        done = run("", "run", str(folder))
        assert (done.code, b"secret.reloader.stakater.com/auto" in done.out) == (0, wired_), done.err


def test_a_generator_in_a_stream_names_no_file() -> None:
    text = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: s}\n---\n"
    text += "kind: Kustomization\nconfigMapGenerator: [{name: web-values, files: [/etc/passwd]}]\n---\n"
    text += f"apiVersion: {HELM}\nkind: HelmRelease\nmetadata: {{name: web}}\n"
    text += "spec: {valuesFrom: [{kind: ConfigMap, name: web-values, valuesKey: passwd}]}\n"
    done = run(text)
    assert (done.code, done.err) == (0, "")
    assert done.out.decode() == text
