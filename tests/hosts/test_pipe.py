"""`kustomize build | krm-secrets`."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from tests.tools import tool

from .matrix import EXAMPLE, NO_KEY, checked
from .support import (
    CLUSTER,
    FACTS,
    PROGRAM,
    build,
    encrypt,
    environment,
    facts,
    kustomization,
    messages,
    named,
    objects,
    output,
    pipe,
    run,
)


@pytest.fixture(scope="module")
def built() -> bytes:
    return build(CLUSTER)


def _parts(stream: bytes) -> list[bytes]:
    return stream.split(b"---\n")


@checked("kustomize", "pipe", EXAMPLE)
def test_the_example_is_decrypted_expanded_and_wired(built: bytes) -> None:
    assert facts(objects(pipe(built))) == FACTS


def test_a_composite_value_keeps_its_text_and_names_the_items_properties(built: bytes) -> None:
    data = named(objects(pipe(built)), "ExternalSecret", "recipes-secret")["spec"]["target"]["template"]["data"]
    assert data["DATABASE_URL"] == (
        "postgres://recipes:{{ .app_dbPassword }}@postgres-rw.database.svc.cluster.local:5432/recipes"
    )


@checked("kustomize", "pipe", "what is not ours keeps its bytes")
def test_everything_else_passes_byte_for_byte(built: bytes) -> None:
    result = _parts(pipe(built))
    changed = [part for part in _parts(built) if part not in result]
    kinds = sorted(line[6:].decode() for part in changed for line in part.splitlines() if line.startswith(b"kind: "))
    applied = ["Deployment"] * 2 + ["HelmRelease"] + ["Secret"] * 2
    assert kinds == ["BitwardenStore"] * 2 + applied + ["SecretMapping"] * 4 + ["SecretsConfig"]


def test_a_wired_workload_differs_by_the_annotation_alone(built: bytes) -> None:
    before = next(part for part in _parts(built) if b"kind: HelmRelease" in part).decode().splitlines()
    after = next(part for part in _parts(pipe(built)) if b"kind: HelmRelease" in part).decode().splitlines()
    changes = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    assert changes == ["+         annotations:", '+           reloader.stakater.com/auto: "true"']


@checked("kustomize", "pipe", "twice is once")
def test_a_second_run_changes_nothing(built: bytes) -> None:
    once = pipe(built)
    assert pipe(once) == once


def test_a_build_of_one_app_says_the_same_about_it(built: bytes) -> None:
    app = objects(pipe(build(CLUSTER / "apps" / "feeds"), "-c", str(CLUSTER / "krm-secrets.yaml")))
    assert app == {key: value for key, value in objects(pipe(built)).items() if key in app}
    assert len(app) == 2


def test_keep_leaves_the_ciphertext_byte_for_byte(built: bytes, tmp_path: Path) -> None:
    config = tmp_path / "keep.yaml"
    config.write_text((CLUSTER / "krm-secrets.yaml").read_text() + "decrypt: keep\n")
    result = pipe(built, "-c", str(config), env=environment(key=False))
    secrets = [part for part in _parts(built) if b"kind: Secret\n" in part]
    assert len(secrets) == 2
    assert all(part in _parts(result) for part in secrets)


@checked("kustomize", "pipe", "placeholders without a key")
def test_placeholders_need_no_key_and_guard_refuses_them(built: bytes) -> None:
    result = pipe(built, env=environment(key=False, KRM_SECRETS_DECRYPT="placeholder"))
    found = objects(result)
    assert named(found, "Secret", "dns-token")["stringData"]["DNS_ZONE_ID"] == "..PLACEHOLDER_DNS_ZONE_ID.."
    assert found.keys() == objects(pipe(built)).keys()
    guard = run(PROGRAM, "guard", stdin=result)
    assert (guard.returncode, guard.stdout) == (1, b"")
    assert "Secret network/dns-token" in guard.stderr.decode()


def test_guard_passes_the_result_through(built: bytes) -> None:
    result = pipe(built)
    assert output(PROGRAM, "guard", stdin=result) == result


def test_without_the_key_the_message_comes_and_no_output(built: bytes) -> None:
    done = run(PROGRAM, stdin=built, env=environment(key=False))
    assert (done.returncode, done.stdout) == (1, b"")
    first = messages(done)[0]
    assert first.startswith("krm-secrets: error: Secret external-secrets/bitwarden-access-token")
    assert "no age identity" in first
    assert len(messages(done)) == 2


@checked("kustomize", "pipe", NO_KEY)
def test_without_the_key_nothing_of_the_pipe_is_applied(tmp_path: Path) -> None:
    bash = tool("bash")
    line = f'"{tool("kustomize")}" build "{CLUSTER}" | "{PROGRAM}" | tee applied'
    done = run(bash, "-o", "pipefail", "-c", line, cwd=tmp_path, env=environment(key=False))
    assert done.returncode == 1
    assert (tmp_path / "applied").read_bytes() == b""


@checked("kustomize", "pipe", "no pipefail: a failed build is an error")
def test_a_failed_build_in_front_of_the_pipe_is_no_empty_success(tmp_path: Path) -> None:
    kustomization(tmp_path, "resources: [missing.yaml]\n")
    bash = tool("bash")
    # Without pipefail on purpose: the function itself has to notice.
    done = run(bash, "-c", f'"{tool("kustomize")}" build "{tmp_path}" 2>/dev/null | "{PROGRAM}"')
    assert (done.returncode, done.stdout) == (1, b"")
    assert messages(done) == [
        "krm-secrets: error: nothing came in on standard input: did the command before the pipe fail?"
    ]


def test_a_mac_that_the_host_spoilt_is_one_notice(tmp_path: Path) -> None:
    folder = kustomization(
        tmp_path,
        "namePrefix: dev-\nresources: [a.sops.yaml]\n",
        {"a.sops.yaml": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  x: y\n"},
    )
    encrypt(folder / "a.sops.yaml", "--encrypted-regex", "^stringData$")
    done = run(PROGRAM, stdin=build(folder))
    assert done.returncode == 0
    assert [line.split(":")[1] for line in messages(done)] == [" notice"]
    assert named(objects(done.stdout), "Secret", "dev-a")["stringData"] == {"x": "y"}
