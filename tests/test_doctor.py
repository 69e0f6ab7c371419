"""`krm-secrets doctor` on machines that are made of shell scripts."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from krm_secrets.age import bech32
from krm_secrets.cli import doctor_programs
from tests.running import Done, run
from tests.sops.encrypter import KEY, OTHER_KEY, encrypted_secret, stream

OWN = version("krm-secrets")
ANSWERS = {
    "krm-secrets": f"krm-secrets, version {OWN}",
    "kustomize": "v5.8.1",
    "kubectl": "Client Version: v1.32.4\nKustomize Version: v5.5.0",
    "kpt": "1.0.0-beta.56",
    "helm": "v3.22.0+g1234567",
    "flux": "flux version 2.9.5",
    "argocd": "argocd: v3.6.1+abcdef",
    "docker": "Docker version 28.2.2, build abc",
    "podman": "podman version 4.3.1",
    "sops": "sops 3.13.3 (latest)",
    "age": "v1.3.1",
}
PIPE = "kustomize build . | krm-secrets | krm-secrets guard"
NOT_ON_PATH = "krm-secrets is not on PATH: add the folder it is in, or give hosts its full path"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.fixture
def bin_folder(folder: Path) -> Path:
    return folder / "bin"


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def install(folder: Path, *names: str, **answers: str) -> None:
    for name in (*names, *answers):
        lines = answers.get(name, ANSWERS[name]).splitlines()
        program(folder, name, "\n".join(f"echo '{line}'" for line in lines))


def doctor(folder: Path, *words: str, **env: str) -> Done:
    """The command where PATH has nothing but what the test put there."""
    return run(b"", "doctor", *words, env={"PATH": str(folder / "bin")} | env)


def report(folder: Path, *words: str, **env: str) -> dict[str, Any]:
    done = doctor(folder, "--format", "json", *words, **env)
    assert done.err == ""
    found: dict[str, Any] = json.loads(done.out)
    assert done.code == (1 if found["problems"] else 0)
    return found


def ways(folder: Path, **env: str) -> dict[str, tuple[str, str | None]]:
    return {way["way"]: (way["works"], way["note"]) for way in report(folder, **env)["ways"]}


def test_without_any_program_it_says_so_of_each_way(folder: Path) -> None:
    assert ways(folder) == {
        "pipe": ("-", "neither kustomize nor kubectl is installed"),
        "files": ("yes", None),
        "render": ("yes", "for what Flux or Argo CD build in the cluster: commit the result"),
        "kustomize function": ("-", "kustomize is not installed"),
        "kubectl plugin": ("-", "kubectl is not installed"),
        "kustomize container": ("-", "neither kustomize nor kubectl is installed"),
        "kpt function": ("-", "kpt is not installed"),
        "kpt container": ("-", "kpt is not installed"),
        "Helm post-renderer": ("-", "helm is not installed"),
        "Flux diff": ("-", "flux is not installed"),
        "Argo CD": ("-", "runs in the cluster, in its repo server: docs/how-to/hosts.md has the plugin"),
    }
    assert doctor(folder).code == 0


def test_without_a_path_at_all(folder: Path) -> None:
    assert doctor(folder, PATH="").code == 0


def test_with_every_program_each_is_asked_for_its_version(folder: Path, bin_folder: Path) -> None:
    install(bin_folder, *ANSWERS)
    found = report(folder)
    assert {p["name"]: (p["version"], p["problem"]) for p in found["programs"]} == {
        "krm-secrets": (OWN, None),
        "kustomize": ("5.8.1", None),
        "kubectl": ("1.32.4", None),
        "kpt": ("1.0.0-beta.56", None),
        "helm": ("3.22.0", None),
        "flux": ("2.9.5", None),
        "argocd": ("3.6.1", None),
        "docker": ("28.2.2", None),
        "podman": ("4.3.1", None),
        "sops": ("3.13.3", None),
        "age": ("1.3.1", None),
    }
    assert {way["way"]: way["works"] for way in found["ways"]} == {
        "pipe": "yes",
        "files": "yes",
        "render": "yes",
        "kustomize function": "yes",
        "kubectl plugin": "step",
        "kustomize container": "yes",
        "kpt function": "yes",
        "kpt container": "yes",
        "Helm post-renderer": "yes",
        "Flux diff": "yes",
        "Argo CD": "-",
    }
    assert found["problems"] == []


def test_the_table_says_the_same(folder: Path, bin_folder: Path) -> None:
    install(bin_folder, "kustomize", "krm-secrets")
    done = doctor(folder)
    assert (done.code, done.err) == (0, "")
    assert re.sub(" +", " ", done.out.decode()).replace(str(folder), "") == (
        "PROGRAM VERSION PATH\n"
        f"this one {OWN} krm-secrets\n"
        f"krm-secrets {OWN} /bin/krm-secrets\n"
        "kustomize 5.8.1 /bin/kustomize\n"
        "\n"
        "WAY WORKS HOW NOTE\n"
        f"pipe yes {PIPE} -\n"
        "files yes krm-secrets run kubernetes/ -\n"
        "render yes krm-secrets render kubernetes/ for what Flux or Argo CD build in the cluster: commit the result\n"
        "kustomize function yes kustomize build --enable-alpha-plugins --enable-exec . -\n"
        "kubectl plugin - kubectl kustomize --enable-alpha-plugins . kubectl is not installed\n"
        "kustomize container - kustomize build --enable-alpha-plugins -e SOPS_AGE_KEY ."
        " neither docker nor podman is installed\n"
        "kpt function - kpt fn eval PKG --exec krm-secrets -o unwrap -- inPlace=allow kpt is not installed\n"
        "kpt container - kpt fn eval PKG -i IMAGE -e SOPS_AGE_KEY -o unwrap -- inPlace=allow kpt is not installed\n"
        "Helm post-renderer - helm template NAME CHART --post-renderer krm-secrets helm is not installed\n"
        "Flux diff - flux build kustomization NAME --path … | krm-secrets flux is not installed\n"
        "Argo CD - - runs in the cluster, in its repo server: docs/how-to/hosts.md has the plugin\n"
        "\n"
        "KEYS FROM RECIPIENTS NOTE\n"
        "- - no age identity found\n"
        "\n"
        "no file that sops encrypted\n"
        "\n"
        "nothing stands in the way\n"
    )


def test_a_host_that_cannot_find_the_program(folder: Path, bin_folder: Path) -> None:
    install(bin_folder, "kustomize", "kpt", "flux")
    assert report(folder)["problems"] == [f"pipe, kustomize function, kpt function, Flux diff: {NOT_ON_PATH}"]
    last = doctor(folder).out.decode().splitlines()[-1]
    assert last == f"problem: pipe, kustomize function, kpt function, Flux diff: {NOT_ON_PATH}"


def test_a_host_that_finds_another_version(folder: Path, bin_folder: Path) -> None:
    install(bin_folder, "kpt")
    program(bin_folder, "krm-secrets", "echo krm-secrets, version 0.0.9")
    assert report(folder)["problems"] == [
        f"kpt function: {bin_folder}/krm-secrets has version 0.0.9, this one {OWN}: PATH should find one only"
    ]


def test_a_program_that_path_finds_by_a_relative_entry(folder: Path, bin_folder: Path) -> None:
    install(bin_folder, "kustomize", "krm-secrets")
    assert report(folder, PATH="../bin")["problems"] == [
        "pipe, kustomize function: PATH finds krm-secrets by a relative entry, which kustomize and kpt refuse:"
        " make the entry absolute"
    ]


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("exit 3", "exits 3 when asked for its version"),
        ("kill -9 $$", "exits -9 when asked for its version"),
        ("echo '(devel)'", "tells no version"),
        ("printf '\\377\\376'", "tells no version"),
        ("echo v1.0 >&2", "tells no version"),
        ("/usr/bin/sleep 60 & wait", "does not tell its version within 0.3 seconds"),
    ],
)
def test_a_program_that_does_not_answer(folder: Path, bin_folder: Path, script: str, problem: str) -> None:
    install(bin_folder, "krm-secrets")
    program(bin_folder, "kpt", script)
    began = time.monotonic()
    with mock.patch.object(doctor_programs, "PATIENCE", 0.3 if "sleep" in script else 10):
        found = report(folder)
    assert time.monotonic() - began < 5
    assert found["problems"] == [f"kpt function, kpt container: {bin_folder}/kpt {problem}: run it by hand to see why"]
    (kpt,) = (p for p in found["programs"] if p["name"] == "kpt")
    assert (kpt["version"], kpt["problem"]) == (None, problem)


@pytest.mark.parametrize("script", ["while :; do echo v1.2.3; done", "echo v1.2.3; exec /usr/bin/sleep 60"])
def test_a_program_that_does_not_stop(folder: Path, bin_folder: Path, script: str) -> None:
    install(bin_folder, "krm-secrets")
    program(bin_folder, "kpt", script)
    began = time.monotonic()
    with mock.patch.object(doctor_programs, "PATIENCE", 2):
        (kpt,) = (p for p in report(folder)["programs"] if p["name"] == "kpt")
    assert time.monotonic() - began < 5
    assert (kpt["version"], kpt["problem"]) == (None, "does not tell its version within 2 seconds")


def test_a_program_that_cannot_be_started(folder: Path, bin_folder: Path) -> None:
    install(bin_folder, "krm-secrets")
    (bin_folder / "kpt").write_bytes(b"\x7fELF no program")
    (bin_folder / "kpt").chmod(0o755)
    assert report(folder)["problems"] == [
        f"kpt function, kpt container: {bin_folder}/kpt cannot be started: Exec format error: run it by hand to see why"
    ]


def test_what_is_asked_for_its_version_gets_no_key(folder: Path, bin_folder: Path) -> None:
    program(bin_folder, "sops", f"/usr/bin/env >{folder}/seen; echo 3.13.3")
    report(folder, SOPS_AGE_KEY=KEY.identity, GITHUB_TOKEN="t0k3n", KRM_SECRETS_DECRYPT="placeholder")
    seen = dict(line.split("=", 1) for line in (folder / "seen").read_text().splitlines())
    assert seen.keys() - {"PWD", "_", "SHLVL", "OLDPWD"} == {"PATH", "HOME", "SOPS_DISABLE_VERSION_CHECK"}


def links(home: Path, *kinds: str, target: str = "/bin/sh") -> None:
    for kind in kinds:
        group = "viaduct.ai/v1" if kind == "ksops" else "krm-secrets.dev/v1alpha1"
        path = home / group / kind.lower() / kind
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)


@pytest.mark.parametrize(
    ("place", "env"),
    [
        ("plugins", {"KUSTOMIZE_PLUGIN_HOME": "plugins", "XDG_CONFIG_HOME": "config", "HOME": "home"}),
        ("config/kustomize/plugin", {"KUSTOMIZE_PLUGIN_HOME": "absent", "XDG_CONFIG_HOME": "config", "HOME": "home"}),
        ("home/.config/kustomize/plugin", {"XDG_CONFIG_HOME": "absent", "HOME": "home"}),
        ("home/kustomize/plugin", {"HOME": "home"}),
    ],
)
def test_links_of_the_legacy_plugin(folder: Path, bin_folder: Path, place: str, env: dict[str, str]) -> None:
    install(bin_folder, "kubectl", "krm-secrets")
    links(folder / place, "SecretsConfig", "ksops")
    found = ways(folder, **{name: str(folder / path) for name, path in env.items()})
    assert found["kubectl plugin"] == ("yes", f"for SecretsConfig, ksops in {folder}/{place}")


def test_the_first_folder_of_plugins_hides_the_others(folder: Path, bin_folder: Path) -> None:
    install(bin_folder, "kubectl", "krm-secrets")
    links(folder / ".config/kustomize/plugin", "SecretsConfig")
    (folder / "plugins").mkdir()
    found = ways(folder, HOME=str(folder), KUSTOMIZE_PLUGIN_HOME=str(folder / "plugins"))
    assert found["kubectl plugin"] == (
        "step",
        "kubectl runs no exec functions; krm-secrets plugin install links the program where it looks",
    )


def test_a_link_to_nothing(folder: Path, bin_folder: Path) -> None:
    install(bin_folder, "kubectl", "krm-secrets")
    links(folder / "plugins", "SecretMapping", target="/nonexistent/krm-secrets")
    assert report(folder, KUSTOMIZE_PLUGIN_HOME=str(folder / "plugins"))["problems"] == [
        f"kubectl plugin: cannot be started: {folder}/plugins/krm-secrets.dev/v1alpha1/secretmapping/SecretMapping;"
        " run krm-secrets plugin install"
    ]


PODMAN = 'they call docker: put a script of this name on PATH that runs podman "$@"'
READY = "with the image of docs/how-to/image.md, and the key by name"
NO_ENGINE = 'test "$1" != version || exit 1; echo "Docker version 28.2.2, build e6534b4"'
"""What docker does where its daemon does not run: `docker --version` answers, `docker version` fails."""


@pytest.mark.parametrize(
    ("kpt", "variable"),
    [
        ("1.0.0-beta.56", "KPT_FN_RUNTIME"),
        ("1.0.0-beta.58", "KPT_FN_RUNTIME"),
        ("v1.0.0-beta.59", "KRM_FN_RUNTIME"),
        ("1.0.0", "KRM_FN_RUNTIME"),
    ],
)
def test_containers_by_podman(folder: Path, bin_folder: Path, kpt: str, variable: str) -> None:
    install(bin_folder, "kubectl", "podman", "krm-secrets", kpt=kpt)
    found = ways(folder)
    assert found["kustomize container"] == ("step", PODMAN)
    assert found["kpt container"] == ("step", f"set {variable}=podman")
    assert ways(folder, **{variable: "podman"})["kpt container"] == ("yes", READY)


def test_a_script_called_docker_that_runs_podman(folder: Path, bin_folder: Path) -> None:
    """kpt refuses it for its version, kustomize does not look."""
    install(bin_folder, "kubectl", "kpt", "podman", "krm-secrets", docker="podman version 5.4.2")
    found = ways(folder)
    assert found["kustomize container"] == ("yes", READY)
    assert found["kpt container"] == ("step", "set KPT_FN_RUNTIME=podman")


def test_a_docker_whose_engine_does_not_run(folder: Path, bin_folder: Path) -> None:
    install(bin_folder, "kubectl", "kpt", "krm-secrets")
    program(bin_folder, "docker", NO_ENGINE)
    start = ("step", "start docker: its engine does not answer")
    assert (ways(folder)["kustomize container"], ways(folder)["kpt container"]) == (start, start)
    assert report(folder)["problems"] == []
    install(bin_folder, "podman")
    assert ways(folder)["kpt container"] == ("step", "set KPT_FN_RUNTIME=podman")
    assert ways(folder)["kustomize container"] == (
        "step",
        f"docker: its engine does not answer. Start it, or {PODMAN.removeprefix('they call docker: ')}",
    )


def test_an_engine_on_another_machine_is_not_asked(folder: Path, bin_folder: Path) -> None:
    install(bin_folder, "kubectl", "krm-secrets")
    program(bin_folder, "docker", NO_ENGINE)
    assert ways(folder, DOCKER_HOST="ssh://build.example")["kustomize container"] == ("yes", READY)
    assert ways(folder, DOCKER_HOST="unix:///run/docker.sock")["kustomize container"][0] == "step"
    program(bin_folder, "docker", f'test "$1" != context || {{ echo ssh://build.example; exit; }}; {NO_ENGINE}')
    assert ways(folder)["kustomize container"] == ("yes", READY)


def test_no_engine_at_all(folder: Path, bin_folder: Path) -> None:
    install(bin_folder, "kubectl", "kpt", "krm-secrets")
    none = ("-", "neither docker nor podman is installed")
    assert (ways(folder)["kustomize container"], ways(folder)["kpt container"]) == (none, none)


def test_a_docker_that_does_not_answer(folder: Path, bin_folder: Path) -> None:
    install(bin_folder, "kubectl", "podman", "krm-secrets")
    program(bin_folder, "docker", "exit 1")
    assert report(folder)["problems"] == [
        f"kustomize container: {bin_folder}/docker exits 1 when asked for its version: run it by hand to see why"
    ]


PLUGIN = "name: krm-secrets\nversion: 0.1.0\ntype: postrenderer/v1\napiVersion: v1\nruntime: subprocess\n"


@pytest.mark.parametrize(
    ("place", "env"),
    [
        ("p", {"HELM_PLUGINS": "{0}/absent:{0}/p", "HOME": "{0}"}),
        ("data/plugins", {"HELM_DATA_HOME": "{0}/data", "HOME": "{0}"}),
        ("share/helm/plugins", {"XDG_DATA_HOME": "{0}/share", "HOME": "{0}"}),
        (".local/share/helm/plugins", {"HOME": "{0}"}),
    ],
)
def test_helm_4_takes_a_plugin(folder: Path, bin_folder: Path, place: str, env: dict[str, str]) -> None:
    install(bin_folder, "krm-secrets", helm="v4.3.1")
    env = {name: value.format(folder) for name, value in env.items()}
    assert ways(folder, **env)["Helm post-renderer"] == (
        "step",
        "helm plugin install with the folder of docs/how-to/hosts.md: Helm 4 takes plugins only",
    )
    for name, text in {"a": "name: [", "b": "name: other\n", "c": "---\n---\n", "d": PLUGIN, "e": "- x\n"}.items():
        (folder / place / name).mkdir(parents=True)
        (folder / place / name / "plugin.yaml").write_text(text)
    assert ways(folder, **env)["Helm post-renderer"] == ("yes", f"by the plugin in {folder / place / 'd'}")


def keys_found(folder: Path, **env: str) -> list[tuple[str, list[str], str | None]]:
    return [(key["source"], key["recipients"], key["note"]) for key in report(folder, **env)["keys"]]


def put(name: str, text: str | bytes) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_identities_are_shown_by_source_and_recipient(folder: Path) -> None:
    file = put("../keys.txt", f"# mine\n{OTHER_KEY.identity}\n")
    default = put("../home/.config/sops/age/keys.txt", KEY.identity)
    env = {"SOPS_AGE_KEY": KEY.identity, "SOPS_AGE_KEY_FILE": str(file), "HOME": str(default.parents[3])}
    assert keys_found(folder, **env) == [
        ("SOPS_AGE_KEY", [KEY.recipient], None),
        ("SOPS_AGE_KEY_FILE", [OTHER_KEY.recipient], None),
        ("the sops key file", [KEY.recipient], None),
    ]
    done = doctor(folder, **env)
    assert KEY.identity not in done.out.decode() + done.err


def test_a_source_that_is_named_and_holds_nothing_is_a_problem(folder: Path) -> None:
    assert report(folder, SOPS_AGE_KEY_FILE="absent")["problems"] == [
        "SOPS_AGE_KEY_FILE: absent: cannot be read: No such file or directory; it is looked for in"
        f" {Path.cwd()}, where the host runs krm-secrets: make the path absolute"
    ]
    put("empty", "# no key\n")
    assert report(folder, SOPS_AGE_KEY_FILE="empty")["problems"] == ["SOPS_AGE_KEY_FILE: has no identity in it"]


def test_files_that_open_and_files_for_others(folder: Path) -> None:
    for n in range(12):
        put(f"theirs/{n:02}.yaml", stream(encrypted_secret(string_data={"a": "CANARY"}, keys=(OTHER_KEY,))))
    put("mine.yaml", stream(encrypted_secret(string_data={"a": "CANARY"})))
    done = doctor(folder, SOPS_AGE_KEY=KEY.identity)
    assert done.code == 0
    text = done.out.decode()
    assert "CANARY" not in text
    assert text.splitlines()[-14:] == [
        "1 of 13 encrypted files open",
        *(f"  theirs/{n:02}.yaml: does not open" for n in range(10)),
        "  and 2 more; krm-secrets sops inspect shows all",
        "",
        "nothing stands in the way",
    ]
    theirs = report(folder, "theirs", SOPS_AGE_KEY=KEY.identity)
    assert {(f["file"], f["opens"]) for f in theirs["files"]} == {(f"theirs/{n:02}.yaml", False) for n in range(12)}
    assert theirs["problems"] == [
        "no encrypted file opens with your keys: ask who can read them for sops updatekeys with your recipient"
    ]


def test_files_and_no_identity(folder: Path) -> None:
    put("mine.yaml", stream(encrypted_secret()))
    assert report(folder)["problems"] == [
        "encrypted files are there and no age identity: set SOPS_AGE_KEY or SOPS_AGE_KEY_FILE, or build without keys"
        " (KRM_SECRETS_DECRYPT=placeholder)"
    ]
    assert report(folder, KRM_SECRETS_DECRYPT="placeholder")["problems"] == []
    assert report(folder, KRM_SECRETS_DECRYPT="yes")["problems"] == [
        "KRM_SECRETS_DECRYPT can only be placeholder or keep; unset it to decrypt"
    ]


FLUX = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./, decryption: {provider: sops}}
"""
SOPS_SECRET = "apiVersion: isindir.github.com/v1alpha3\nkind: SopsSecret\nmetadata: {name: s}\nspec: {}\n"


@pytest.mark.parametrize(
    ("text", "who"), [(FLUX, "Flux (spec.decryption)"), (SOPS_SECRET, "the operator of SopsSecret")]
)
def test_a_cluster_that_decrypts_needs_no_key_here(folder: Path, text: str, who: str) -> None:
    put("mine.yaml", stream(encrypted_secret()))
    put("flux.yaml", text)
    for keys in ({}, {"SOPS_AGE_KEY": OTHER_KEY.identity}):
        found = report(folder, **keys)
        assert found["problems"] == []
        assert found["notes"] == [f"no encrypted file opens here, and none needs to: {who} opens them in the cluster"]
    assert report(folder, SOPS_AGE_KEY=KEY.identity)["notes"] == []
    assert doctor(folder).out.decode().splitlines()[-2:] == [
        "nothing stands in the way",
        f"note: no encrypted file opens here, and none needs to: {who} opens them in the cluster",
    ]


def test_nobody_is_asked_for_a_key(folder: Path) -> None:
    put("mine.yaml", stream(encrypted_secret()))
    asked = folder / "asked"
    found = report(folder, SOPS_AGE_KEY_CMD=f"/bin/touch {asked}")
    assert not asked.exists()
    assert found["keys"] == [
        {
            "source": "SOPS_AGE_KEY_CMD",
            "recipients": [],
            "note": "is not asked here; krm-secrets sops inspect does",
            "problem": False,
        }
    ]
    assert found["files"] == [{"file": "mine.yaml", "opens": None}]
    assert found["problems"] == []
    text = doctor(folder, SOPS_AGE_KEY_CMD=f"/bin/touch {asked}").out.decode()
    assert "  mine.yaml: was not tried, since that would ask\n" in text


def test_a_plugin_of_age_is_not_started(folder: Path, bin_folder: Path) -> None:
    put("mine.yaml", stream(encrypted_secret()))
    program(bin_folder, "age-plugin-yubikey", f"/bin/touch {folder}/asked")
    found = report(folder, SOPS_AGE_KEY=bech32.encode("age-plugin-yubikey-", b"x").upper())
    assert not (folder / "asked").exists()
    assert [key["problem"] for key in found["keys"]] == [False]
    assert found["files"] == [{"file": "mine.yaml", "opens": None}]


def test_a_path_that_is_not_there(folder: Path) -> None:
    done = doctor(folder, "absent")
    assert done.code == 1
    assert done.err == "krm-secrets: error: absent: cannot be read: No such file or directory\n"


def test_control_characters_of_names_are_escaped(folder: Path) -> None:
    put("a\x1b[31m.yaml", stream(encrypted_secret(keys=(OTHER_KEY,))))
    assert "  a\\u001b[31m.yaml: does not open" in doctor(folder).out.decode()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_colour_and_its_width(folder: Path, bin_folder: Path) -> None:
    from krm_secrets.cli import doctor_report
    from krm_secrets.cli.doctor import diagnose

    install(bin_folder, "kustomize", "kpt")
    env = {"COLUMNS": "80", "TERM": "xterm-256color", "HOME": "/nonexistent", "PATH": str(bin_folder)}
    with mock.patch.object(sys, "stdout", Terminal()), mock.patch.dict(os.environ, env, clear=True):
        text = doctor_report.as_table(diagnose(".", os.environ, []))
    assert "\x1b[1;31mno" in text
    tables = re.sub(r"\x1b\[[0-9;]*m", "", text).partition("\n\nno file")[0]
    assert all(len(line) <= 80 for line in tables.splitlines())


def test_the_help_says_what_the_exit_code_means(folder: Path) -> None:
    assert "Exit codes: 0 nothing stands in" in re.sub(r"\s+", " ", doctor(folder, "--help").out.decode())
