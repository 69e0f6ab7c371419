"""What the tests with real hosts share: how a program is run, and how results of different hosts are compared."""

from __future__ import annotations

import copy
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from krm_secrets.krm.annotations import is_hosts
from krm_secrets.yamltext.encoding import decode
from krm_secrets.yamltext.load import load, parse
from tests.tools import tool

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
CLUSTER = EXAMPLES / "cluster"
KEY = CLUSTER / "age.key"

PROGRAM = Path(sys.executable).parent / "krm-secrets"

Key = tuple[str, str, str, str]
Objects = dict[Key, dict[str, Any]]

TOOLS = Path.home() / ".cache" / "krm-secrets" / "bin"

_OF_THE_USER = ("SOPS_", "KRM_SECRETS_", "KUSTOMIZE_", "XDG_", "KPT_")


def environment(key: bool = True, **more: str) -> dict[str, str]:
    """An environment without the user's own keys and settings: HOME is a folder that does not exist."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_OF_THE_USER)}
    path = os.pathsep.join((str(PROGRAM.parent), os.environ["PATH"], str(TOOLS)))
    own = {"HOME": "/nonexistent", "PATH": path} | ({"SOPS_AGE_KEY_FILE": str(KEY)} if key else {})
    return kept | own | more


def run(
    *words: str | Path, stdin: bytes = b"", cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end, whatever that is."""
    env = environment() if env is None else env
    return subprocess.run([*map(str, words)], input=stdin, cwd=cwd, env=dict(env), capture_output=True, timeout=120)


def output(
    *words: str | Path, stdin: bytes = b"", cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> bytes:
    """The standard output of a program that must succeed."""
    done = run(*words, stdin=stdin, cwd=cwd, env=env)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def pipe(stream: bytes, *words: str, env: Mapping[str, str] | None = None) -> bytes:
    """What krm-secrets makes of a stream."""
    return output(PROGRAM, *words, stdin=stream, env=env)


def build(folder: Path, *flags: str, env: Mapping[str, str] | None = None) -> bytes:
    """`kustomize build`."""
    return output(tool("kustomize"), "build", *flags, folder, env=env)


EXEC = ("--enable-alpha-plugins", "--enable-exec")


def messages(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    """The lines on stderr."""
    return done.stderr.decode().splitlines()


def documents(data: bytes) -> list[dict[str, Any]]:
    """The objects of a stream or ResourceList, as Kubernetes tools read them."""
    found = [load(document.root) for document in parse(decode(data).text)]
    objects = [value for value in found if isinstance(value, dict)]
    if len(objects) == 1 and objects[0].get("kind") == "ResourceList":
        return list(objects[0]["items"])
    return objects


def objects(data: bytes) -> Objects:
    """The objects by identity, without what hosts add, and with lists in one order where the order means nothing.

    Files of kustomize's own, which kpt takes for objects, are left out.
    """
    found: Objects = {}
    for document in documents(data):
        if str(document.get("apiVersion")).startswith("kustomize.config.k8s.io/"):
            continue
        value = copy.deepcopy(document)
        metadata = value.setdefault("metadata", {})
        annotations = {k: v for k, v in (metadata.pop("annotations", None) or {}).items() if not is_hosts(k)}
        if annotations:
            metadata["annotations"] = annotations
        key = (
            value.get("apiVersion", ""),
            value.get("kind", ""),
            metadata.get("namespace", ""),
            metadata.get("name", ""),
        )
        assert key not in found, key
        found[key] = value
    return found


def for_cluster(found: Objects) -> Objects:
    """Without the objects that only tools read."""
    return {key: value for key, value in found.items() if not key[0].startswith(("krm-secrets.dev/", "kpt.dev/"))}


def named(found: Objects, kind: str, name: str) -> dict[str, Any]:
    """The one object of this kind and name."""
    (value,) = (value for key, value in found.items() if key[1] == kind and key[3] == name)
    return value


def package(folder: Path, source: Path = CLUSTER) -> Path:
    """A copy of an example as a kpt package: with a Kptfile, and without what is no Kubernetes object."""
    target = folder / "package"
    shutil.copytree(source, target)
    for name in ("Kptfile", ".krmignore"):
        if not (target / name).exists():
            shutil.copy(EXAMPLES / "kpt" / name, target)
    return target


def kustomization(folder: Path, text: str, files: Mapping[str, str | bytes] = {}) -> Path:
    """A folder with a kustomization and the files beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"kustomization.yaml": text, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def transformer(command: str | Path = "krm-secrets", kind: str = "SecretsConfig", body: str = "") -> str:
    """A function entry for `transformers:`, of ours or with another command."""
    return (
        f"apiVersion: krm-secrets.dev/v1alpha1\nkind: {kind}\nmetadata:\n  name: the-function\n  annotations:\n"
        f'    config.kubernetes.io/function: "exec: {{path: {command}}}"\n{body}'
    )


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below the folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def encrypt(path: Path, *flags: str) -> None:
    """Encrypt the file in place with the real sops, for the key of the example."""
    match = re.search("age1[0-9a-z]+", KEY.read_text())
    assert match is not None
    output(tool("sops"), "--config", "/dev/null", "--age", match[0], *flags, "-e", "-i", path)


def facts(found: Objects) -> Sequence[object]:
    """What every host must make of the example: one value a line, so that a difference shows."""
    return (
        named(found, "Secret", "bitwarden-access-token")["stringData"]["token"].startswith("0.d3b1c7e4-"),
        named(found, "Secret", "dns-token")["stringData"]["DNS_ZONE_ID"],
        "sops" in named(found, "Secret", "dns-token"),
        named(found, "ExternalSecret", "recipes-secret")["spec"]["target"]["template"]["data"]["LOG_LEVEL"],
        named(found, "ExternalSecret", "${APP}-backup-secret")["spec"]["target"]["deletionPolicy"],
        named(found, "Deployment", "feeds")["metadata"]["annotations"],
        named(found, "Deployment", "dns-updater")["metadata"]["annotations"],
        named(found, "HelmRelease", "recipes")["spec"]["values"]["controllers"]["recipes"]["annotations"],
        "annotations" in named(found, "CronJob", "report")["metadata"],
        len(found),
    )


AUTO = {"reloader.stakater.com/auto": "true"}
FACTS = (True, "0042", False, "info", "Delete", AUTO, AUTO, AUTO, False, 22)
