"""`kubectl kustomize`, which runs exec functions only as legacy plugins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import tool

from .matrix import NO_KEY, SAME, checked
from .support import EXAMPLES, EXEC, FACTS, PROGRAM, build, environment, facts, kustomization, objects, output, run

ALPHA = "--enable-alpha-plugins"


@pytest.fixture
def plugins(tmp_path: Path) -> str:
    """A plugin home as `krm-secrets plugin install` lays it out."""
    exported = output(PROGRAM, "plugin", "install", "--ksops", tmp_path / "plugins").decode()
    assert exported == f"export KUSTOMIZE_PLUGIN_HOME={tmp_path / 'plugins'}\n"
    return str(tmp_path / "plugins")


@checked("kubectl", "legacy plugin", SAME)
def test_the_example_gives_what_a_transformer_gives(plugins: str) -> None:
    env = environment(KUSTOMIZE_PLUGIN_HOME=plugins)
    result = output(tool("kubectl"), "kustomize", ALPHA, EXAMPLES / "legacy", env=env)
    assert facts(objects(result)) == FACTS
    assert objects(result) == objects(build(EXAMPLES / "transformer", *EXEC))


def test_kustomize_runs_the_same_plugin(plugins: str) -> None:
    env = environment(KUSTOMIZE_PLUGIN_HOME=plugins)
    assert facts(objects(build(EXAMPLES / "legacy", ALPHA, env=env))) == FACTS


def test_the_plugins_file_is_the_configuration(plugins: str, tmp_path: Path) -> None:
    folder = kustomization(
        tmp_path / "k",
        "resources: [cm.yaml]\ntransformers: [m.yaml]\n",
        {
            "cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
            "m.yaml": "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: m}\nstore: vault\n"
            "secrets: {a: {from: item, data: [KEY]}}\n",
        },
    )
    env = environment(KUSTOMIZE_PLUGIN_HOME=plugins)
    found = objects(output(tool("kubectl"), "kustomize", ALPHA, folder, env=env))
    assert sorted(key[1:] for key in found) == [("ConfigMap", "", "c"), ("ExternalSecret", "", "a")]


def test_without_an_export_it_is_found_in_the_configuration_folder(tmp_path: Path) -> None:
    env = environment(XDG_CONFIG_HOME=str(tmp_path))
    assert output(PROGRAM, "plugin", "install", env=env) == b""
    assert facts(objects(output(tool("kubectl"), "kustomize", ALPHA, EXAMPLES / "legacy", env=env))) == FACTS


@pytest.mark.parametrize("kind", ["krm-secrets.dev/v1alpha1 SopsGenerator", "viaduct.ai/v1 ksops"])
def test_generators_are_plugins_too(kind: str, plugins: str, tmp_path: Path) -> None:
    version, name = kind.split()
    text = f"apiVersion: {version}\nkind: {name}\nmetadata: {{name: g}}\nfiles: [dns.sops.yaml]\n"
    secret = (EXAMPLES / "cluster/bootstrap/dns-token.sops.yaml").read_bytes()
    folder = kustomization(tmp_path / "k", "generators: [g.yaml]\n", {"g.yaml": text, "dns.sops.yaml": secret})
    built = output(tool("kubectl"), "kustomize", ALPHA, folder, env=environment(KUSTOMIZE_PLUGIN_HOME=plugins))
    assert [key[1] for key in objects(built)] == ["Secret"]
    assert b"DNS_ZONE_ID: MDA0Mg==" in built


@checked("kubectl", "legacy plugin", NO_KEY)
def test_without_the_key_the_build_fails_with_the_message_and_no_output(plugins: str) -> None:
    env = environment(key=False, KUSTOMIZE_PLUGIN_HOME=plugins)
    done = run(tool("kubectl"), "kustomize", ALPHA, EXAMPLES / "legacy", env=env)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "krm-secrets: error: Secret external-secrets/bitwarden-access-token" in done.stderr.decode()


@checked("kubectl", "legacy plugin", "an exec function that kubectl skips: guard notices")
def test_kubectl_skips_an_exec_function_and_guard_notices() -> None:
    result = output(tool("kubectl"), "kustomize", ALPHA, EXAMPLES / "transformer")
    assert b"ENC[AES256_GCM" in result
    assert run(PROGRAM, "guard", stdin=result).returncode == 1
