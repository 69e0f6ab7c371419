"""Input for the benchmarks, made anew into `bench/data`: nothing in it is anybody's."""

from __future__ import annotations

import base64
import random
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.sops.encrypter import KEY, encrypted_secret

FOLDER = Path(__file__).parent / "data"

TRANSFORMER = """apiVersion: krm-secrets.dev/v1alpha1
kind: SecretsConfig
metadata:
  name: fn
  annotations:
    config.kubernetes.io/function: "exec: {path: %s}"
"""


class _Dumper(yaml.CSafeDumper):
    """Text of several lines as a block, as kustomize writes it; no anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def dump(value: object) -> str:
    """The value as YAML."""
    return yaml.dump(value, Dumper=_Dumper, width=2**20)


def deployment(n: int) -> dict[str, Any]:
    """A workload that uses a Secret which nobody makes here."""
    labels = {"app.kubernetes.io/name": f"app-{n:04d}"}
    container = {
        "name": "app",
        "image": f"registry.example.org/app-{n:04d}:1.{n}.0",
        "envFrom": [{"secretRef": {"name": f"app-{n:04d}-secret"}}],
        "ports": [{"name": "http", "containerPort": 8080}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"app-{n:04d}", "namespace": "home"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def external_secret(name: str = "other") -> dict[str, Any]:
    """What makes the last stage look at every workload."""
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name, "namespace": "home"},
        "spec": {"dataFrom": [{"extract": {"key": "item"}}]},
    }


def release(n: int) -> dict[str, Any]:
    """A release of app-template that uses a Secret as people write it."""
    app = {
        "image": {"repository": f"registry.example.org/app-{n:04d}", "tag": f"1.{n}.0"},
        "env": {"TZ": "Etc/UTC"},
        "envFrom": [{"secretRef": {"name": "{{ .Release.Name }}-secret"}}],
    }
    values = {
        "controllers": {"app": {"containers": {"app": app}}},
        "service": {"app": {"ports": {"http": {"port": 8080}}}},
        "persistence": {"config": {"existingClaim": f"app-{n:04d}", "globalMounts": [{"path": "/config"}]}},
    }
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": f"app-{n:04d}", "namespace": "home"},
        "spec": {"interval": "1h", "chartRef": {"kind": "OCIRepository", "name": "app-template"}, "values": values},
    }


def secret(n: int) -> dict[str, Any]:
    """A Secret of five values as sops encrypts it."""
    return encrypted_secret(name=_name(n), string_data=_values(n), only=True)


def _name(n: int) -> str:
    return f"app-{n:04d}-secret"


def _values(n: int) -> dict[str, str]:
    rng = random.Random(n)
    password, token, lines = (base64.b64encode(rng.randbytes(size)).decode() for size in (24, 48, 180))
    return {  # in kustomize's order, so that the MAC holds
        "config.ini": "".join(f"{lines[at : at + 30]}\n" for at in range(0, len(lines), 30)),
        "password": password,
        "token": token,
        "url": f"postgres://app:{password}@postgres-rw.database.svc.cluster.local:5432/app-{n:04d}",
        "username": f"app-{n:04d}",
    }


def resource_list(items: list[dict[str, Any]], *, answered: bool = False) -> bytes:
    """A ResourceList as kustomize hands it to a function, or as krm-secrets answers: without what copies comments."""
    rows = []
    for n, item in enumerate(items):
        metadata = item["metadata"]
        ids = f'---\ngroup: ""\nkind: {item["kind"]}\nname: {metadata["name"]}\nversion: v1\n'
        host = {
            "config.k8s.io/id": str(n + 1),
            "config.kubernetes.io/index": "0",
            "internal.config.kubernetes.io/annotations-migration-resource-id": str(n),
            "internal.config.kubernetes.io/id": str(n + 1),
            "internal.config.kubernetes.io/index": "0",
            "kustomize.config.k8s.io/id": ids,
        }
        if answered:
            del host["config.k8s.io/id"], host["internal.config.kubernetes.io/id"]
        rows.append({**item, "metadata": {"annotations": host, **metadata}})
    return dump({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": rows}).encode()


def workloads(count: int) -> Path:
    """A ResourceList in which a stage must look at every item and finds nothing to do."""
    return write(f"workloads-{count}.yaml", resource_list([external_secret(), *map(deployment, range(count - 1))]))


def restarts(count: int, mode: str) -> Path:
    """A stream of workloads and two Secrets for five of them, of which every workload uses one; nothing is wired."""
    config = {
        "apiVersion": "krm-secrets.dev/v1alpha1",
        "kind": "SecretsConfig",
        "metadata": {"name": "x"},
        "reload": mode,
    }
    secrets = count * 2 // 5
    made = [external_secret(f"app-{n:04d}-secret") for n in range(secrets)]
    users = [(release if n % 5 > 2 else deployment)(n % secrets) for n in range(count)]
    text = "---\n".join(map(dump, [config, *made, *users]))
    return write(f"restarts-{count}-{mode}.yaml", text.encode())


def plain(count: int) -> Path:
    """A ResourceList that names nothing of ours."""
    return write(f"plain-{count}.yaml", resource_list([*map(deployment, range(count))]))


ANSWER = """#!/bin/sh
cat >/dev/null
exec cat %s
"""


def answering(count: int) -> Path:
    """A folder to build: encrypted Secrets, and a transformer that does nothing but hand over what they hold."""
    opened = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": _name(n)}, "stringData": _values(n)}
        for n in range(count)
    ]
    answer = write(f"answer-{count}.yaml", resource_list(opened, answered=True))
    command = write(f"answer-{count}.sh", (ANSWER % answer).encode())
    command.chmod(0o755)
    return kustomization(count, str(command))


def secrets(count: int) -> Path:
    """A ResourceList of encrypted Secrets."""
    return write(f"secrets-{count}.yaml", resource_list([*map(secret, range(count))]))


GENERATOR = """apiVersion: viaduct.ai/v1
kind: ksops
metadata:
  name: secrets
  annotations:
    config.kubernetes.io/function: "exec: {path: %s}"
files: [%s]
"""
"""KSOPS's own document, which krm-secrets reads as well."""

FLAGS = ("build", "--enable-alpha-plugins", "--enable-exec")


def generating(count: int, command: str) -> Path:
    """A folder to build: a file for each encrypted Secret, listed by one generator."""
    name = f"generate-{count}-{Path(command).name}"
    files = [f"secret-{n:04d}.yaml" for n in range(count)]
    for n, file in enumerate(files):
        write(f"{name}/{file}", dump(secret(n)).encode())
    write(f"{name}/kustomization.yaml", b"generators: [generator.yaml]\n")
    write(f"{name}/generator.yaml", (GENERATOR % (command, ", ".join(files))).encode())
    return FOLDER / name


def apps(count: int, command: str | None) -> Path:
    """Folders of one encrypted Secret each below one kustomization; with a command each has a generator of its own."""
    name = f"apps-{count}-{Path(command).name if command else 'alone'}"
    folders = [f"app-{n:04d}" for n in range(count)]
    for n, folder in enumerate(folders):
        write(f"{name}/{folder}/secret.yaml", dump(secret(n)).encode())
        entry = "generators: [generator.yaml]" if command else "resources: [secret.yaml]"
        write(f"{name}/{folder}/kustomization.yaml", f"{entry}\n".encode())
        if command:
            write(f"{name}/{folder}/generator.yaml", (GENERATOR % (command, "secret.yaml")).encode())
    write(f"{name}/kustomization.yaml", f"resources: [{', '.join(folders)}]\n".encode())
    return FOLDER / name


class Listing(NamedTuple):
    """A folder of encrypted Secrets, a file each, and what kustomize hands to a generator that lists them."""

    folder: Path
    stdin: Path


def listing(count: int) -> Listing:
    """The document is KSOPS's own, which krm-secrets reads as well."""
    name = f"listing-{count}"
    files = [f"secret-{n:04d}.yaml" for n in range(count)]
    for n, file in enumerate(files):
        write(f"{name}/{file}", dump(secret(n)).encode())
    document = {"apiVersion": "viaduct.ai/v1", "kind": "ksops", "metadata": {"name": "secrets"}, "files": files}
    envelope = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList"}
    text = dump({**envelope, "functionConfig": document, "items": [document]})
    return Listing(FOLDER / name, write(f"{name}/list.yaml", text.encode()))


def key() -> Path:
    """The identity that opens the Secrets of this run."""
    return write("key.txt", f"{KEY.identity}\n".encode())


def kustomization(count: int, command: str | None) -> Path:
    """A folder to build: encrypted Secrets, and the command as transformer."""
    name = f"kustomize-{count}-{Path(command).name if command else 'alone'}"
    entry = "transformers: [fn.yaml]\n" if command else ""
    write(f"{name}/kustomization.yaml", f"resources: [secrets.yaml]\n{entry}".encode())
    write(f"{name}/secrets.yaml", "---\n".join(dump(secret(n)) for n in range(count)).encode())
    if command:
        write(f"{name}/fn.yaml", (TRANSFORMER % command).encode())
    return FOLDER / name


def write(name: str, content: bytes) -> Path:
    """A file below `bench/data`."""
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
