"""The image as function of `kustomize build` and `kubectl kustomize`, which run it without --enable-exec."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import tool

from .containers import KEY_TEXT, function, key_file, runtime
from .matrix import EACH, MISSING, NO_KEY, SAME, checked
from .support import (
    CLUSTER,
    EXAMPLES,
    EXEC,
    FACTS,
    Objects,
    build,
    encrypt,
    facts,
    kustomization,
    messages,
    objects,
    output,
    run,
)

ALPHA = "--enable-alpha-plugins"
HOSTS = {"kustomize": ("kustomize", "build"), "kubectl": ("kubectl", "kustomize")}
FROM_ENVIRONMENT = ("-e", "SOPS_AGE_KEY")


@pytest.fixture(scope="module")
def expected() -> Objects:
    """What the program makes of the same resources without a container."""
    return objects(build(EXAMPLES / "transformer", *EXEC))


def _overlay(folder: Path, more: str = "") -> Path:
    """The cluster of the examples with the image as its transformer. kustomize wants relative paths."""
    resources = Path("../" * len(folder.resolve().parts)) / str(CLUSTER)[1:]
    return kustomization(folder, f"resources: [{resources}]\ntransformers: [t.yaml]\n", {"t.yaml": function(more)})


def _words(host: str, *flags: str | Path) -> tuple[str | Path, ...]:
    program, command = HOSTS[host]
    return (tool(program), command, ALPHA, *flags)


@checked(EACH, "container", SAME)
@pytest.mark.parametrize("host", HOSTS)
def test_a_key_handed_over_by_name(host: str, tmp_path: Path, expected: Objects) -> None:
    env = runtime(tmp_path, SOPS_AGE_KEY=KEY_TEXT)
    found = objects(output(*_words(host, *FROM_ENVIRONMENT, _overlay(tmp_path / "k")), env=env))
    assert facts(found) == FACTS
    assert found == expected


@checked(EACH, "container", "the key by a mounted file")
@pytest.mark.parametrize("host", HOSTS)
def test_a_mounted_key_file_read_as_the_user(host: str, tmp_path: Path, expected: Objects) -> None:
    mount = f"type=bind,src={key_file(tmp_path, 0o600)},dst=/key.txt"
    flags = ("--as-current-user", "--mount", mount, "-e", "SOPS_AGE_KEY_FILE=/key.txt")
    assert objects(output(*_words(host, *flags, _overlay(tmp_path / "k")), env=runtime(tmp_path))) == expected


def test_a_mounted_key_file_that_nobody_can_read(tmp_path: Path) -> None:
    mount = f"type=bind,src={key_file(tmp_path, 0o600)},dst=/key.txt"
    flags = ("--mount", mount, "-e", "SOPS_AGE_KEY_FILE=/key.txt")
    done = run(*_words("kubectl", *flags, _overlay(tmp_path / "k")), env=runtime(tmp_path))
    assert (done.returncode, done.stdout) == (1, b"")
    assert "(SOPS_AGE_KEY_FILE: /key.txt: cannot be read: Permission denied)" in messages(done)[0]


def test_a_key_that_the_declaration_itself_names(tmp_path: Path, expected: Objects) -> None:
    env = runtime(tmp_path, SOPS_AGE_KEY=KEY_TEXT)
    folder = _overlay(tmp_path / "k", "        envs: [SOPS_AGE_KEY]\n")
    assert objects(output(*_words("kubectl", folder), env=env)) == expected


@checked("kustomize", "container", NO_KEY)
def test_without_a_key_the_first_line_says_how_to_hand_one_over(tmp_path: Path) -> None:
    done = run(*_words("kubectl", _overlay(tmp_path / "k")), env=runtime(tmp_path, SOPS_AGE_KEY=KEY_TEXT))
    assert (done.returncode, done.stdout) == (1, b"")
    first = messages(done)[0]
    assert first.startswith("krm-secrets: error: Secret ")
    assert "; hand one to the container: -e SOPS_AGE_KEY, or --mount a key file and -e SOPS_AGE_KEY_FILE (" in first


def test_without_a_key_placeholders_build(tmp_path: Path) -> None:
    flags = ("-e", "KRM_SECRETS_DECRYPT=placeholder")
    built = output(*_words("kubectl", *flags, _overlay(tmp_path / "k")), env=runtime(tmp_path))
    assert b"..PLACEHOLDER_DNS_ZONE_ID.." in built
    assert b"ENC[" not in built


def test_with_network_it_makes_the_same(tmp_path: Path, expected: Objects) -> None:
    env = runtime(tmp_path, SOPS_AGE_KEY=KEY_TEXT)
    folder = _overlay(tmp_path / "k", "        network: true\n")
    refused = run(*_words("kubectl", *FROM_ENVIRONMENT, folder), env=env)
    assert refused.returncode == 1
    flags = (*FROM_ENVIRONMENT, "--network", "--network-name", "host")
    assert objects(output(*_words("kubectl", *flags, folder), env=env)) == expected


@checked("kustomize", "container", "a generator with mounted files")
def test_a_generator_reads_the_files_that_are_mounted(tmp_path: Path) -> None:
    mounts = "        mounts: [{type: bind, src: ., dst: /work}]\n"
    generator = function(mounts, "SopsGenerator", "secrets: [{name: app, envs: [app.sops.env]}]\n")
    folder = kustomization(
        tmp_path / "k", "generators: [g.yaml]\n", {"g.yaml": generator, "app.sops.env": "TOKEN=t0ken\n"}
    )
    encrypt(folder / "app.sops.env")
    env = runtime(tmp_path, SOPS_AGE_KEY=KEY_TEXT)
    found = objects(output(*_words("kubectl", *FROM_ENVIRONMENT, folder), env=env))
    assert [key[1:] for key in found] == [("Secret", "", "app")]
    assert next(iter(found.values()))["data"] == {"TOKEN": "dDBrZW4="}


@checked("kustomize", "container", MISSING)
def test_without_a_runtime_the_build_fails(tmp_path: Path) -> None:
    env = runtime(tmp_path)
    shim = tmp_path / "shims/docker"
    shim.write_text("#!/bin/sh\necho no daemon >&2\nexit 125\n")
    done = run(*_words("kubectl", _overlay(tmp_path / "k")), env=env)
    assert (done.returncode, done.stdout) == (1, b"")
