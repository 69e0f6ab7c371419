"""What sops encrypted, applied by us and read back, is what `sops -d` prints; ciphertext does not get in."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from tests.cluster.build import config, stream
from tests.cluster.harness.api import content
from tests.cluster.harness.cluster import Cluster
from tests.cluster.table import timed
from tests.hosts.support import CLUSTER, PROGRAM, build, documents, encrypt, environment, messages, output, run
from tests.tools import tool

NAMESPACE = "decrypted"
TEXTS = {
    "plain": "one",
    "empty": "",
    "braces": "{{ .x }} ${VAR} $(cmd)",
    "lines": "\n one\r\n\ttwo\n\n",
    "unicode": "\u00e9\u6f22\U0001f642\u2028",
    "number": "0042",
    "boolean": "true",
    "yaml": "- &a !!binary |\n  x: *a # no\n---\n",
    "long": "0123456789abcdef\n" * 1280,
}
SECRETS: dict[str, dict[str, object]] = {
    "texts": {"stringData": TEXTS},
    "bytes": {"data": {"all": base64.b64encode(bytes(range(256))).decode(), "none": ""}},
    "both": {"stringData": {"a": "text", "b": "wins"}, "data": {"b": base64.b64encode(b"loses").decode()}},
    "typed": {"type": "kubernetes.io/basic-auth", "stringData": {"username": "u", "password": "p"}},
    "fixed": {"immutable": True, "stringData": {"a": "b"}},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files that the real sops encrypted."""
    folder = tmp_path_factory.mktemp("secrets")
    for name, fields in SECRETS.items():
        path = folder / f"{name}.yaml"
        head = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE}}
        path.write_bytes(stream([{**head, **fields}]).removeprefix(b"---\n"))
        encrypt(path, "--encrypted-regex", "^(data|stringData)$")
    return sorted(folder.iterdir())


def plain(path: Path) -> dict[str, bytes]:
    """The data that `sops -d` says the Secret has; text wins over base64."""
    (secret,) = documents(output(tool("sops"), "decrypt", path, env=environment()))
    texts = {key: str(value).encode() for key, value in (secret.get("stringData") or {}).items()}
    return content(secret) | texts


def test_what_is_read_back_is_what_sops_prints(cluster: Cluster, files: list[Path]) -> None:
    cluster.namespaces(NAMESPACE)
    with timed("decrypted Secrets applied and read back, equal to sops -d", len(files)):
        cluster.apply(output(PROGRAM, "guard", stdin=output(PROGRAM, "run", *files, env=environment())))
        found = cluster.secrets(NAMESPACE)
        assert {path.stem: content(found[path.stem]) for path in files} == {path.stem: plain(path) for path in files}
    assert found["typed"]["type"] == "kubernetes.io/basic-auth"
    assert found["fixed"]["immutable"] is True


def test_what_is_encoded_by_us_is_the_same_to_the_api_server(cluster: Cluster, files: list[Path]) -> None:
    namespace = f"{NAMESPACE}-encoded"
    cluster.namespaces(namespace)
    folder = files[0].parent
    settings = folder.parent / "encode.yaml"
    settings.write_bytes(stream([config(stringData="encode")]))
    result = output(PROGRAM, "run", "-c", settings, *files, env=environment())
    assert b"stringData" not in result
    moved = [{**value, "metadata": {**value["metadata"], "namespace": namespace}} for value in documents(result)]
    cluster.apply(stream(moved))
    found = cluster.secrets(namespace)
    assert {path.stem: content(found[path.stem]) for path in files} == {path.stem: plain(path) for path in files}


def kept(files: list[Path]) -> bytes:
    """The Secrets as a repository for Flux has them."""
    settings = files[0].parent.parent / "keep.yaml"
    settings.write_bytes(stream([config(decrypt="keep")]))
    return output(PROGRAM, "run", "-c", settings, *files, env=environment(key=False))


def test_the_api_server_refuses_what_is_kept_and_guard_says_so_earlier(cluster: Cluster, files: list[Path]) -> None:
    result = kept(files)
    said = messages(run(PROGRAM, "guard", stdin=result))
    named = {name for name in SECRETS if any(f"Secret {NAMESPACE}/{name}" in line for line in said)}
    assert named == set(SECRETS)
    namespace = f"{NAMESPACE}-kept"
    cluster.namespaces(namespace)
    for value in documents(result):
        value["metadata"]["namespace"] = namespace
        refusal = cluster.kubectl("apply", "-f", "-", stdin=stream([value]), check=False)
        assert refusal.returncode
        assert re.search('unknown field "sops"|illegal base64', refusal.stderr.decode())
    assert cluster.secrets(namespace) == {}


def test_the_example_cluster_has_what_sops_says(cluster: Cluster) -> None:
    result = output(PROGRAM, stdin=build(CLUSTER), env=environment())
    made = [value for value in documents(result) if value["kind"] == "Secret"]
    assert {value["metadata"]["name"] for value in made} == {"bitwarden-access-token", "dns-token"}
    cluster.namespaces(*{value["metadata"]["namespace"] for value in made})
    for value in made:
        value["metadata"]["name"] = f"example-{value['metadata']['name']}"
    cluster.apply(stream(made))
    for path in (CLUSTER / "bootstrap").glob("*.sops.yaml"):
        (secret,) = documents(output(tool("sops"), "decrypt", path, env=environment()))
        name, namespace = f"example-{secret['metadata']['name']}", secret["metadata"]["namespace"]
        assert cluster.secret(namespace, name) == plain(path)
