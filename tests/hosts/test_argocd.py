"""Argo CD: its plugin's commands, run as the sidecar's server runs them, and kustomize as its repo server calls it.

What the server does is from its sources (cmpserver/plugin of Argo CD 3.5): commands in the folder of the Application,
with the sidecar's environment and that of the Application; an exit code that is not 0 is an error, with the text of
stderr; an Application is the plugin's when the discovery command prints something.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.tools import tool

from .matrix import NO_KEY, checked
from .support import (
    CLUSTER,
    EXAMPLES,
    FACTS,
    PROGRAM,
    build,
    documents,
    environment,
    facts,
    kustomization,
    messages,
    named,
    objects,
    output,
    pipe,
)

ARGOCD = EXAMPLES / "argocd"
(PLUGIN,) = documents((ARGOCD / "plugin.yaml").read_bytes())
PLUGIN_RUN = "plugin: its commands, run as the sidecar's server runs them"
OPTIONS_RUN = "`kustomize.buildOptions`: kustomize as the repo server calls it"
OF_THE_APPLICATION = {
    "ARGOCD_APP_NAME": "cluster",
    "ARGOCD_APP_NAMESPACE": "default",
    "ARGOCD_APP_REVISION": "0" * 40,
    "ARGOCD_APP_SOURCE_PATH": "cluster",
    "ARGOCD_ENV_SOPS_AGE_KEY": "of the Application, and so none of ours",
    "ARGOCD_ENV_KRM_SECRETS_DECRYPT": "placeholder",
    "KUBE_VERSION": "1.33",
    "KUBE_API_VERSIONS": "v1,apps/v1",
}


def of_server(
    command: dict[str, Any], folder: Path, key: bool = True, **more: str
) -> subprocess.CompletedProcess[bytes]:
    """A command of the plugin, as the server runs it."""
    tool("kustomize")
    words = [*command["command"], *command.get("args", ())]
    env = environment(key, **OF_THE_APPLICATION, **more)
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, timeout=90)


def generate(folder: Path, key: bool = True, **more: str) -> subprocess.CompletedProcess[bytes]:
    return of_server(PLUGIN["spec"]["generate"], folder, key, **more)


def is_ours(folder: Path) -> bool:
    done = of_server(PLUGIN["spec"]["discover"]["find"], folder)
    assert done.returncode == 0
    return done.stdout != b""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the example, as the server unpacks a repository below its temporary folder."""
    return Path(shutil.copytree(CLUSTER, tmp_path / "repository"))


def test_the_plugins_form_is_the_one_that_the_server_checks() -> None:
    assert PLUGIN["apiVersion"] == "argoproj.io/v1alpha1"
    assert PLUGIN["kind"] == "ConfigManagementPlugin"
    assert PLUGIN["metadata"] == {"name": "krm-secrets"}
    # With a version the plugin would go by another name in Applications.
    assert PLUGIN["spec"].keys() == {"discover", "generate"}
    assert PLUGIN["spec"]["discover"].keys() == {"find"}
    for command in (PLUGIN["spec"]["generate"], PLUGIN["spec"]["discover"]["find"]):
        assert command.keys() == {"command", "args"}
        assert all(isinstance(word, str) for word in (*command["command"], *command["args"]))


@checked(
    "Argo CD",
    "plugin: its commands, run as the sidecar's server runs them",
    "the objects of the example are those of the pipe",
)
def test_the_repository_as_one_application(repository: Path) -> None:
    assert is_ours(repository)
    done = generate(repository)
    assert (done.returncode, messages(done)) == (0, [])
    assert facts(objects(done.stdout)) == FACTS
    assert objects(done.stdout) == objects(pipe(build(CLUSTER)))


@checked("Argo CD", PLUGIN_RUN, "one folder, the configuration above it")
def test_one_folder_as_an_application_takes_the_configuration_above_it(repository: Path) -> None:
    feeds = repository / "apps" / "feeds"
    assert is_ours(feeds)
    found = objects(generate(feeds).stdout)
    assert sorted(key[1] for key in found) == ["Deployment", "ExternalSecret"]
    assert found == {key: value for key, value in objects(pipe(build(CLUSTER))).items() if key in found}


@checked("Argo CD", PLUGIN_RUN, "discovery")
def test_other_applications_are_left_to_argo_cd(tmp_path: Path, repository: Path) -> None:
    assert not is_ours(kustomization(tmp_path / "other", "resources: []\n"))
    chart = repository / "chart"
    chart.mkdir()
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: x\nversion: 0.1.0\n")
    assert not is_ours(chart)


@checked("Argo CD", PLUGIN_RUN, NO_KEY)
def test_without_the_key_the_error_is_the_message_and_nothing_comes_out(repository: Path) -> None:
    done = generate(repository, key=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert messages(done)[0].startswith("krm-secrets: error: Secret external-secrets/bitwarden-access-token, line ")


@checked(
    "Argo CD",
    "plugin: its commands, run as the sidecar's server runs them",
    "a failed build or a missing program is an error",
)
def test_a_build_that_fails_is_an_error_and_no_empty_application(repository: Path) -> None:
    (repository / "apps" / "feeds" / "deployment.yaml").unlink()
    done = generate(repository)
    assert done.returncode != 0
    assert done.stdout == b""
    assert "deployment.yaml" in done.stderr.decode()


@checked(
    "Argo CD",
    "plugin: its commands, run as the sidecar's server runs them",
    "a failed build or a missing program is an error",
)
@pytest.mark.parametrize("missing", ["krm-secrets", "kustomize"])
def test_a_program_that_the_sidecar_lacks_is_an_error(repository: Path, tmp_path: Path, missing: str) -> None:
    (tmp_path / "bin").mkdir()
    for name, path in (("krm-secrets", PROGRAM), ("kustomize", Path(tool("kustomize")))):
        if name != missing:
            (tmp_path / "bin" / name).symlink_to(path)
    for name in ("bash", "dirname"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or pytest.skip(f"no {name}"))
    words = [
        str(tmp_path / "bin" / "bash"),
        *PLUGIN["spec"]["generate"]["command"][1:],
        *PLUGIN["spec"]["generate"]["args"],
    ]
    env = environment(True, **OF_THE_APPLICATION, PATH=str(tmp_path / "bin"))
    done = subprocess.run(words, cwd=repository, env=env, capture_output=True, timeout=90)
    assert (done.returncode != 0, done.stdout) == (True, b"")
    assert f"{missing}: command not found" in done.stderr.decode()


def test_ciphertext_that_is_left_is_an_error(repository: Path) -> None:
    config = repository / "krm-secrets.yaml"
    config.write_text(config.read_text() + "decrypt: keep\n")
    done = generate(repository)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "sops: is still encrypted with sops: no function decrypted it" in messages(done)[0]


@checked("Argo CD", PLUGIN_RUN, "the component, built by kustomize")
def test_the_component_adds_the_sidecar_with_plugin_and_key(tmp_path: Path) -> None:
    base = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: argocd-repo-server}\nspec:\n  template:\n    spec:\n"
        "      containers: [{name: argocd-repo-server, image: x}]\n      volumes: [{name: var-files, emptyDir: {}}]\n"
    )
    shutil.copytree(ARGOCD, tmp_path / "krm-secrets")
    folder = kustomization(tmp_path / "argocd", "resources: [d.yaml]\ncomponents: [../krm-secrets]\n", {"d.yaml": base})
    found = objects(build(folder))
    (plugin,) = (value for key, value in found.items() if key[1] == "ConfigMap")
    assert plugin["data"]["plugin.yaml"] == (ARGOCD / "plugin.yaml").read_text()
    spec = named(found, "Deployment", "argocd-repo-server")["spec"]["template"]["spec"]
    containers = {container["name"]: container for container in spec["containers"]}
    assert containers.keys() == {"argocd-repo-server", "krm-secrets"}
    sidecar, volumes = containers["krm-secrets"], {volume["name"]: volume for volume in spec["volumes"]}
    assert sidecar["command"] == ["/var/run/argocd/argocd-cmp-server"]
    assert sidecar["securityContext"]["runAsUser"] == 999
    assert volumes["krm-secrets-plugin"]["configMap"]["name"] == plugin["metadata"]["name"]
    assert {mount["name"] for mount in sidecar["volumeMounts"]} - {"plugins"} <= volumes.keys()
    assert sidecar["env"] == [{"name": "SOPS_AGE_KEY_FILE", "value": "/run/age/keys.txt"}]


@checked(
    "Argo CD",
    "kustomize.buildOptions: kustomize as the repo server calls it",
    "the objects of the example are those of the pipe",
)
def test_kustomize_with_build_options_as_the_repo_server_calls_it() -> None:
    """`kustomize.buildOptions` of argocd-cm stand behind the path."""
    options = "--enable-alpha-plugins --enable-exec"
    env = environment(True, **OF_THE_APPLICATION)
    result = output(tool("kustomize"), "build", EXAMPLES / "transformer", *options.split(), env=env)
    assert objects(result) == objects(pipe(build(CLUSTER)))


def test_build_options_without_enable_exec_skip_the_function_in_silence() -> None:
    """Which nothing in Argo CD notices: the plugin has a guard, this way has none."""
    done = subprocess.run(
        [tool("kustomize"), "build", str(EXAMPLES / "transformer"), "--enable-alpha-plugins"],
        env=environment(True, **OF_THE_APPLICATION), capture_output=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"ENC[AES256_GCM" in done.stdout
    assert subprocess.run([PROGRAM, "guard"], input=done.stdout, capture_output=True, env=environment()).returncode == 1
