"""Leaving out the two id annotations spares kustomize work and changes no byte of its output.

By them kustomize copies comments back to the items of a function, which its own output then drops. Each build here is
done twice: by krm-secrets, and by krm-secrets in a disguise in which it does not know kustomize and leaves them in.
"""

from __future__ import annotations

import os
import random
import shlex
from pathlib import Path

import pytest
import yaml

from tests.tools import shared, tool

from .support import (
    CLUSTER,
    EXEC,
    PROGRAM,
    build,
    encrypt,
    environment,
    kustomization,
    output,
    run,
    transformer,
)

ID = "kustomize.config.k8s.io/id"
DISGUISE = "kustomize.config.k8s.io/not-id"


@pytest.fixture(scope="module")
def disguised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that runs ours on an input that is not kustomize's to look at."""
    path = tmp_path_factory.mktemp("bin") / "disguised"
    program = shlex.quote(str(PROGRAM))
    path.write_text(f"#!/bin/sh\nsed 's#{ID}#{DISGUISE}#' | {program} | sed 's#{DISGUISE}#{ID}#'\n")
    path.chmod(0o755)
    return path


def _both(folder: Path, resources: str, disguised: Path, body: str = "") -> tuple[bytes, bytes]:
    """The build by our function as it is, and by one that keeps the annotations."""
    results = []
    for command in (PROGRAM, disguised):
        name = folder / Path(command).name
        text = f"resources: {resources}\ntransformers: [fn.yaml]\n"
        kustomization(name, text, {"fn.yaml": transformer(command, body=body)})
        results.append(build(name, *EXEC))
    return results[0], results[1]


def test_the_disguise_keeps_them_and_we_leave_them_out(disguised: Path) -> None:
    item = (
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {"
        f"{ID}: x, config.k8s.io/id: '1', internal.config.kubernetes.io/id: '1'}}}}}}"
    )
    listed = f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {{}}\nitems: [{item}]\n"
    assert b"config.k8s.io/id: '1'" not in output(PROGRAM, stdin=listed.encode())
    assert output(disguised, stdin=listed.encode()).decode() == listed


def test_the_example(disguised: Path, tmp_path: Path) -> None:
    ours, kept = _both(tmp_path, f"[{os.path.relpath(CLUSTER, tmp_path / 'any')}]", disguised)
    assert ours == kept
    assert len(ours) > 5000


@pytest.fixture(scope="module")
def built() -> dict[Path, bytes]:
    """The kustomizations of a real repository that can be built without network, with their output."""
    found = {}
    for path in sorted((shared("corpus") / "home-ops").rglob("kustomization.yaml")):
        lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
        if not any("://" in line or "github.com" in line for line in lines):
            done = run(tool("kustomize"), "build", path.parent)
            if done.returncode == 0 and done.stdout:
                found[path.parent] = done.stdout
    assert len(found) > 100
    return found


def _identity(document: str) -> tuple[str, ...]:
    value = yaml.load(document, yaml.CBaseLoader)
    metadata = value["metadata"]
    return (value["apiVersion"], value["kind"], metadata.get("namespace", ""), metadata["name"])


def _batches(documents: list[str], size: int = 150) -> list[dict[tuple[str, ...], str]]:
    """The documents in as few builds as possible, none with the same object twice."""
    batches: list[dict[tuple[str, ...], str]] = []
    for document in dict.fromkeys(documents):
        key = _identity(document)
        free = next((batch for batch in batches if key not in batch and len(batch) < size), None)
        if free is None:
            batches.append(free := {})
        free[key] = document
    return batches


def test_every_kustomization_of_a_real_repository(built: dict[Path, bytes], disguised: Path, tmp_path: Path) -> None:
    documents = [document for stream in built.values() for document in stream.decode().split("\n---\n")]
    for n, batch in enumerate(_batches(documents)):
        folder = tmp_path / str(n)
        kustomization(folder / "all", "resources: [a.yaml]\n", {"a.yaml": "\n---\n".join(batch.values())})
        ours, kept = _both(folder, "[../all]", disguised, "decrypt: keep\n")
        assert ours == kept


def test_some_kustomizations_of_a_real_repository_as_they_are(
    built: dict[Path, bytes], disguised: Path, tmp_path: Path
) -> None:
    whole = [path for path in built if "kind: Component" not in (path / "kustomization.yaml").read_text("utf-8")]
    for n, path in enumerate(random.Random(1).sample(whole, 12)):
        folder = tmp_path / str(n)
        ours, kept = _both(folder, f"[{os.path.relpath(path, folder / 'any')}]", disguised, "decrypt: keep\n")
        assert ours == kept


COMMENT = "# a comment\n"


def _mix(rng: random.Random) -> str:
    """Documents with comments, anchors, odd order and odd styles, all of which kustomize rewrites."""
    documents = []
    for n in range(rng.randrange(2, 9)):
        kind = rng.choice(["Deployment", "ConfigMap", "Widget", "SecretMapping", "ExternalSecret"])
        note = f" # {n}" if rng.random() < 0.5 else ""
        head = {
            "Deployment": "apiVersion: apps/v1",
            "ConfigMap": "apiVersion: v1",
            "Widget": "apiVersion: example.org/v1",
            "SecretMapping": "apiVersion: krm-secrets.dev/v1alpha1",
            "ExternalSecret": "apiVersion: external-secrets.io/v1",
        }[kind]
        rows = [
            head + note,
            f"kind: {kind}",
            f"metadata:{note}\n  name: n{n}\n  annotations: {{note: 'x: y', multi: \"a\\nb\"}}",
        ]
        if kind == "Deployment":
            rows.append(
                f"spec:\n  template:\n    spec:\n      containers:\n      {COMMENT}      - name: a{note}\n"
                f"        envFrom: &e\n        - secretRef: {{name: s{rng.randrange(n + 1)}}}\n"
                "      initContainers:\n      - {name: b, envFrom: *e}"
            )
        elif kind == "SecretMapping":
            rows.append(f"store: vault\nsecrets:\n  {COMMENT}  s{n}: {{from: item, data: [KEY]}}")
        elif kind == "ExternalSecret":
            rows.append(f"spec:\n  target: {{name: s{n}x}}{note}\n  dataFrom: [{{extract: {{key: a}}}}]")
        else:
            rows.append(f"data:{note}\n  b: |\n    text\n    # no comment\n  a: >-\n    folded\n    text\n  c: 'yes'")
        if rng.random() < 0.5:
            rng.shuffle(rows)
        documents.append((COMMENT if rng.random() < 0.5 else "") + "\n".join(rows) + "\n")
    return "---\n".join(documents)


@pytest.mark.parametrize("seed", range(12))
def test_generated_mixes(disguised: Path, tmp_path: Path, seed: int) -> None:
    files: dict[str, str | bytes] = {"a.yaml": _mix(random.Random(seed))}
    secret = tmp_path / "secret.yaml"
    secret.write_text(
        "# head\napiVersion: v1\nkind: Secret\nmetadata: {name: z}\nstringData:\n  # in\n  b: c # behind\n  a: d\n"
    )
    encrypt(secret, "--encrypted-regex", "^stringData$", "--mac-only-encrypted")
    files["z.yaml"] = secret.read_bytes()
    kustomization(tmp_path / "all", "resources: [a.yaml, z.yaml]\n", files)
    ours, kept = _both(tmp_path, "[../all]", disguised)
    assert ours == kept
    assert b"b: c" in ours


def test_with_nothing_to_do_the_output_is_that_of_cat(tmp_path: Path) -> None:
    encrypted = (CLUSTER / "bootstrap" / "dns-token.sops.yaml").read_bytes()
    kustomization(
        tmp_path / "all",
        "resources: [a.yaml]\n",
        {"a.yaml": encrypted},
    )
    results = []
    for command in ("/bin/cat", PROGRAM):
        folder = tmp_path / Path(command).name
        files = {"fn.yaml": transformer(command, body="decrypt: keep\n")}
        kustomization(folder, "resources: [../all]\ntransformers: [fn.yaml]\n", files)
        results.append(build(folder, *EXEC, env=environment(key=False)))
    assert results[0] == results[1]
