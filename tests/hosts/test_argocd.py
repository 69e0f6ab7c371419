"""Argo CD: the plugin, run by the code of the server in its sidecar, and kustomize as its repo server calls it.

`argocd-plugin` is the server's own reading, discovery and generation, compiled inside a copy of its module (see
build.sh).
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from krm_secrets.krm.kustomization import NAMES
from tests.tools import ROOT, tool

from .matrix import NO_KEY, SAME, checked
from .support import (
    CLUSTER,
    EXAMPLES,
    FACTS,
    PROGRAM,
    build,
    environment,
    facts,
    kustomization,
    named,
    objects,
    output,
    pipe,
    run,
)

ARGOCD = EXAMPLES / "argocd"
PLUGIN_RUN = "plugin, by the code of the sidecar's server"
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


def server(
    what: str, repository: Path, app: str = ".", key: bool = True, **more: str
) -> subprocess.CompletedProcess[bytes]:
    """What Argo CD's own server does with the plugin and an Application."""
    tool("kustomize")
    env = (f"{name}={value}" for name, value in OF_THE_APPLICATION.items())
    return run(tool("argocd-plugin"), what, ARGOCD, repository, app, *env, env=environment(key, **more))


def generate(repository: Path, app: str = ".", key: bool = True) -> bytes:
    """The manifests of an Application."""
    done = server("generate", repository, app, key)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def refused(repository: Path, key: bool = True, **more: str) -> str:
    """What the server says when the plugin fails, behind the command; nothing may come out."""
    done = server("generate", repository, key=key, **more)
    assert (done.returncode, done.stdout) == (1, b"")
    return re.sub(r"(?s)^argocd-plugin: `bash.*?` failed exit status \d+: ", "", done.stderr.decode())


def is_ours(repository: Path, app: str = ".") -> bool:
    return {b"true\n": True, b"false\n": False}[server("match", repository, app).stdout]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the example, as the server unpacks a repository below its temporary folder."""
    return Path(shutil.copytree(CLUSTER, tmp_path / "repository"))


def test_the_server_refuses_a_plugin_of_another_form(tmp_path: Path) -> None:
    """So that it has read ours."""
    text = (ARGOCD / "plugin.yaml").read_text()
    (tmp_path / "plugin.yaml").write_text(text.replace("name: krm-secrets", "name: ''"))
    done = run(tool("argocd-plugin"), "match", tmp_path, CLUSTER, ".")
    assert done.returncode == 1
    assert "metadata.name should be non-empty" in done.stderr.decode()


@checked("Argo CD", PLUGIN_RUN, SAME)
def test_the_repository_as_one_application(repository: Path) -> None:
    assert is_ours(repository)
    found = objects(generate(repository))
    assert facts(found) == FACTS
    assert found == objects(pipe(build(CLUSTER)))


@checked("Argo CD", PLUGIN_RUN, "one folder, the configuration above it")
def test_one_folder_as_an_application_takes_the_configuration_above_it(repository: Path) -> None:
    assert is_ours(repository, "apps/feeds")
    found = objects(generate(repository, "apps/feeds"))
    assert sorted(key[1] for key in found) == ["Deployment", "ExternalSecret"]
    assert found == {key: value for key, value in objects(pipe(build(CLUSTER))).items() if key in found}


@pytest.mark.parametrize("name", NAMES)
def test_a_kustomization_by_any_of_its_names_is_found(repository: Path, name: str) -> None:
    folder = repository / "apps" / "feeds"
    (folder / "kustomization.yaml").rename(folder / name)
    assert is_ours(repository, "apps/feeds")
    assert "ExternalSecret" in {key[1] for key in objects(generate(repository, "apps/feeds"))}


def test_the_image_has_the_kustomize_that_is_tried() -> None:
    version = r"sigs\.k8s\.io/kustomize/kustomize/v5[ @](v[0-9.]+)"
    (image,) = re.findall(version, (ARGOCD / "Dockerfile").read_text())
    (tried,) = re.findall(version, (ROOT / ".ci/run").read_text())
    assert image == tried


@checked("Argo CD", PLUGIN_RUN, "discovery")
def test_other_applications_are_left_to_argo_cd(tmp_path: Path, repository: Path) -> None:
    assert not is_ours(kustomization(tmp_path / "other", "resources: []\n"))
    (repository / "chart").mkdir()
    (repository / "chart" / "Chart.yaml").write_text("apiVersion: v2\nname: x\nversion: 0.1.0\n")
    assert not is_ours(repository, "chart")


@checked("Argo CD", PLUGIN_RUN, NO_KEY)
def test_without_the_key_the_error_is_the_message_and_nothing_comes_out(repository: Path) -> None:
    text = refused(repository, key=False)
    assert text.startswith("krm-secrets: error: Secret external-secrets/bitwarden-access-token, line ")


@checked("Argo CD", PLUGIN_RUN, "a failed build or a missing program is an error")
def test_a_build_that_fails_is_an_error_and_no_empty_application(repository: Path) -> None:
    (repository / "apps" / "feeds" / "deployment.yaml").unlink()
    assert "deployment.yaml" in refused(repository)


@checked("Argo CD", PLUGIN_RUN, "a failed build or a missing program is an error")
@pytest.mark.parametrize("missing", ["krm-secrets", "kustomize"])
def test_a_program_that_the_sidecar_lacks_is_an_error(repository: Path, tmp_path: Path, missing: str) -> None:
    (tmp_path / "bin").mkdir()
    for name, path in (("krm-secrets", PROGRAM), ("kustomize", Path(tool("kustomize")))):
        if name != missing:
            (tmp_path / "bin" / name).symlink_to(path)
    for name in ("bash", "dirname"):
        (tmp_path / "bin" / name).symlink_to(tool(name))
    assert f"{missing}: command not found" in refused(repository, PATH=str(tmp_path / "bin"))


@checked("Argo CD", PLUGIN_RUN, "guard")
def test_ciphertext_that_is_left_is_an_error(repository: Path) -> None:
    config = repository / "krm-secrets.yaml"
    config.write_text(config.read_text() + "decrypt: keep\n")
    assert "sops: is still encrypted with sops: no function decrypted it" in refused(repository)


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


@checked("Argo CD", OPTIONS_RUN, SAME)
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
