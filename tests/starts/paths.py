"""What the five starts are given, and what they then have imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from tests.sops.encrypter import KEY, encrypted_secret

ROOT = Path(__file__).resolve().parents[2]
LISTS = Path(__file__).parent

HEAVY = (
    "asyncio", "base64", "collections", "contextlib", "copy", "dataclasses", "decimal", "enum", "functools",
    "hashlib", "importlib", "inspect", "json", "logging", "os", "pathlib", "random", "re", "shutil", "site",
    "string", "subprocess", "tempfile", "textwrap", "threading", "traceback", "typing",
)  # fmt: skip
"""Modules of Python's own that cost much, and that no start may have by chance; others differ from Python to Python."""

# As the launcher starts it, but that the process tells what it has before it ends.
SCRIPT = """
import posix, sys
sys.path += sys.argv[1:]
del sys.argv[1:]
end = posix._exit
def told(code):
    posix.write(2, "\\n".join(sys.modules).encode())
    end(code)
posix._exit = told
from krm_secrets.__main__ import console
console()
"""


class Start(NamedTuple):
    """What a host hands to the program, and the files of the folder in which it runs."""

    stdin: str
    files: dict[str, str]


def _listed(*items: dict[str, Any], **more: object) -> str:
    return json.dumps({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items, **more})


def _deployment(name: str) -> dict[str, Any]:
    labels = {"app": name}
    container = {"name": "app", "image": "app:1", "envFrom": [{"secretRef": {"name": f"{name}-secret"}}]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "a"}, "spec": spec}


def _secret() -> dict[str, Any]:
    values = {"password": "hunter2", "url": "postgres://app@db:5432/app\n", "username": "app"}
    return encrypted_secret(name="db", string_data=values, only=True)


_KSOPS = {"apiVersion": "viaduct.ai/v1", "kind": "ksops", "metadata": {"name": "a"}, "files": ["secret.yaml"]}
_MAPPING = {
    "apiVersion": "krm-secrets.dev/v1alpha1",
    "kind": "SecretMapping",
    "metadata": {"name": "web", "namespace": "a"},
    "secrets": {"web-secret": {"from": "web", "data": {"PASSWORD": ".password", "URL": "db://web:{{ .pass }}@db"}}},
}
_CONFIG = {
    "apiVersion": "krm-secrets.dev/v1alpha1",
    "kind": "SecretsConfig",
    "metadata": {"name": "c"},
    "store": "onepassword",
}
_EXTERNAL = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "metadata": {"name": "web-0-secret", "namespace": "a"},
    "spec": {"dataFrom": [{"extract": {"key": "web"}}]},
}


def starts() -> dict[str, Start]:
    """The five by their names; ciphertext is another one each time."""
    return {
        "pass-through": Start(_listed(_deployment("web")), {}),
        "one-secret": Start(_listed(_secret()), {}),
        "one-generated-file": Start(_listed(_KSOPS, functionConfig=_KSOPS), {"secret.yaml": json.dumps(_secret())}),
        "one-mapping": Start(_listed(_MAPPING, functionConfig=_CONFIG), {}),
        "500-workloads": Start(_listed(_EXTERNAL, *(_deployment(f"web-{n}") for n in range(499))), {}),
    }


def imported(start: Start) -> list[str]:
    """The modules of the package, of libraries, and of what costs much, that a start has imported in the end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in {**start.files, "key.txt": KEY.identity}.items():
            (folder / file).write_text(text)
        packages = (str(ROOT), sysconfig.get_path("purelib"))
        env = {"HOME": name, "SOPS_AGE_KEY_FILE": f"{name}/key.txt"}
        words = [sys.executable, "-IS", "-c", SCRIPT, *packages]
        done = subprocess.run(words, input=start.stdin, capture_output=True, text=True, cwd=folder, env=env, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    libraries = ("krm_secrets", "yaml", "cryptography", "pyrage", "re2", "click", "rich", "jsonschema", "pathspec")
    return sorted(m for m in done.stderr.split() if m in HEAVY or m.partition(".")[0] in libraries)


def listed(name: str) -> list[str]:
    """The modules that a start is to import."""
    return (LISTS / f"{name}.txt").read_text(encoding="utf-8").split()


def write() -> None:
    """Write all lists anew."""
    for name, start in starts().items():
        (LISTS / f"{name}.txt").write_text("\n".join(imported(start)) + os.linesep, encoding="utf-8")
