"""What sops encrypted comes out the same behind the real kustomize.

It sorts keys, splits documents, drops comments and adds annotations.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from krm_secrets.yamltext.load import load, parse
from tests.running import Done, start
from tests.sops.encrypter import KEY
from tests.sops.real import sops_encrypt
from tests.tools import VECTORS, tool

FLUX = {"encrypted_regex": "^(data|stringData)$"}
TEXT = "# above\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\n# before\nstringData: {}\n"
JSON = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "json"}, "stringData": {"z": "j", "a": "k"}}


class Case(NamedTuple):
    text: str
    rule: Mapping[str, object]
    expected: dict[str, Any]


CASES: dict[str, Case] = {
    "flux": Case("{username: u, password: p}", FLUX, {"username": "u", "password": "p"}),
    "sorted": Case("{a: one, b: two}", FLUX, {"a": "one", "b": "two"}),
    "wholly": Case("{z: one, a: two}", {}, {"z": "one", "a": "two"}),
    "unencrypted-regex": Case("{z: one}", {"unencrypted_regex": "^(apiVersion|kind|metadata)$"}, {"z": "one"}),
    "mac-only": Case("{z: one, a: two}", {**FLUX, "mac_only_encrypted": True}, {"z": "one", "a": "two"}),
    "typed": Case(
        "{i: 7, f: 1.50, big: 1e21, h: 0x1F, b: true, t: 2024-01-02, y: yes, n: null}",
        FLUX,
        {"i": "7", "f": "1.5", "big": f"1{'0' * 21}", "h": "31", "b": "true", "t": "2024-01-02T00:00:00Z", "y": "yes"},
    ),
    "comments": Case(" # beside\n  # inside\n  a: one # inline\n  # behind\n# below", FLUX, {"a": "one"}),
    "anchors": Case("{a: &v one, b: *v}", FLUX, {"a": "one", "b": "one"}),
    "empty": Case("{a: '', b: x, c: null}", FLUX, {"a": "", "b": "x"}),
    "blocks": Case(
        "\n  a: |\n    one\n    two\n  b: >-\n    folded\n    text\n  c: |+\n    kept\n\n  d: 'end'",
        FLUX,
        {"a": "one\ntwo\n", "b": "folded text", "c": "kept\n\n", "d": "end"},
    ),
    "strange": Case(
        "{'8080': a, 'true': b, tls.crt: c, a-b_c: é, quote: \"a'b\\\"c: # d\", lead: ' x ', tab: \"\\t\"}",
        FLUX,
        {
            "8080": "a",
            "true": "b",
            "tls.crt": "c",
            "a-b_c": "é",
            "quote": "a'b\"c: # d",
            "lead": " x ",
            "tab": "\t",
        },
    ),
}
KYAML = (
    '{\n  apiVersion: "v1",\n  kind: "Secret",\n  metadata: {name: "kyaml"},\n'
    '  stringData: {\n    key: "one\\n\\\n         two",\n    no: "x",\n  },\n}\n'
)
MULTI = (
    "apiVersion: v1\nkind: Secret\nmetadata: {name: multi-1}\nstringData: {z: one}\n---\n"
    "# between\napiVersion: v1\nkind: Namespace\nmetadata: {name: multi-2, labels: {z: two}}\n---\n"
    "apiVersion: v1\nkind: Secret\nmetadata: {name: multi-3}\nstringData: {y: three, a: four}\n"
)
TRANSFORMER = {
    "apiVersion": "krm-secrets.dev/v1alpha1",
    "kind": "SecretsConfig",
    "metadata": {"name": "t", "annotations": {"config.kubernetes.io/function": "exec: {path: krm-secrets}"}},
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Encrypted files in a Git work tree, a base and a component with some of them."""
    root = tmp_path_factory.mktemp("repository")
    (root / ".git").mkdir()
    files = root / "base"
    files.mkdir()
    for name, case in CASES.items():
        (files / f"{name}.yaml").write_text(sops_encrypt(TEXT.format(name, case.text), root, case.rule))
    (files / "kyaml.yaml").write_text(sops_encrypt(KYAML, root, FLUX))
    (files / "multi.yaml").write_text(sops_encrypt(MULTI, root, FLUX))
    (files / "json.json").write_text(sops_encrypt(json.dumps(JSON), root, FLUX, "json"))
    kustomization(files, resources=sorted(p.name for p in files.iterdir()))
    return root


def expected() -> dict[str, Any]:
    found: dict[str, Any] = {name: case.expected for name, case in CASES.items()}
    found |= {"kyaml": {"key": "one\ntwo", "no": "x"}, "json": {"z": "j", "a": "k"}}
    return found | {"multi-1": {"z": "one"}, "multi-3": {"y": "three", "a": "four"}}


def kustomization(folder: Path, **fields: object) -> None:
    folder.mkdir(exist_ok=True)
    head = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    (folder / "kustomization.yaml").write_text(json.dumps(head | fields))


def build(folder: Path, *options: str) -> Done:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {"PATH": path, "HOME": "/nonexistent", "SOPS_AGE_KEY": KEY.identity}
    done = subprocess.run([tool("kustomize"), "build", *options, str(folder)], capture_output=True, env=env, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return Done(done.returncode, done.stdout, done.stderr.decode())


def secrets(data: bytes) -> dict[str, Any]:
    """The values of each Secret by its name; null and no value are the same to a Secret."""
    found = {}
    for document in parse(data.decode()):
        item: Any = load(document.root)
        if item["kind"] == "Secret":
            assert "sops" not in item
            values = {**item.get("data", {}), **item.get("stringData", {})}
            found[item["metadata"]["name"]] = {key: value for key, value in values.items() if value is not None}
    return found


EXEC = ("--enable-alpha-plugins", "--enable-exec")


@pytest.mark.parametrize("where", ["the same folder", "a base", "a component"])
@pytest.mark.parametrize("origins", [True, False])
def test_as_a_transformer(where: str, origins: bool, repository: Path) -> None:
    folder = repository / where.replace(" ", "-")
    files = sorted(p.name for p in (repository / "base").iterdir() if p.name != "kustomization.yaml")
    fields: dict[str, object] = {"resources": ["../base"]}
    if where == "the same folder":
        folder.mkdir(exist_ok=True)
        for name in files:
            (folder / name).write_text((repository / "base" / name).read_text())
        fields = {"resources": files}
    if where == "a component":
        component = repository / "component"
        kustomization(component, resources=[f"../base/{name}" for name in files])
        text = (component / "kustomization.yaml").read_text()
        (component / "kustomization.yaml").write_text(
            text.replace("Kustomization", "Component").replace("v1beta1", "v1alpha1").replace("../base", "files")
        )
        (component / "files").mkdir(exist_ok=True)
        for name in files:
            (component / "files" / name).write_text((repository / "base" / name).read_text())
        fields = {"components": ["../component"]}
    kustomization(
        folder,
        **fields,
        transformers=[json.dumps(TRANSFORMER)],
        **({"buildMetadata": ["originAnnotations"]} if origins else {}),
    )
    done = build(folder, *EXEC)
    assert secrets(done.out) == expected()
    quoted, _, rest = done.err.partition("\n")
    assert quoted.startswith("krm-secrets: warning: numbers, booleans and times were encrypted without quotes")
    assert (
        "Secret typed (stringData.b, stringData.big, stringData.f, stringData.h, stringData.i, stringData.t)" in quoted
    )
    if origins:
        assert rest == ""
    else:
        assert rest.startswith("krm-secrets: notice: the MAC of ")


def test_behind_the_pipe(repository: Path) -> None:
    done = start(build(repository / "base").out, env={"SOPS_AGE_KEY": KEY.identity})
    assert done.code == 0, done.err
    assert secrets(done.out) == expected()


def test_the_recorded_vectors_behind_the_pipe(tmp_path: Path) -> None:
    for name in ("k8s", "k8s-maconly", "k8s-unregex"):
        text = (VECTORS / f"{name}.enc.yaml").read_text()
        (tmp_path / "secret.yaml").write_text(text)
        kustomization(tmp_path, resources=["secret.yaml"])
        plain = json.loads((VECTORS / f"{name}.enc.yaml.expected.json").read_text())[0]
        done = start(build(tmp_path).out, env={"SOPS_AGE_KEY_FILE": str(VECTORS / "keys.txt")})
        values = {**plain.get("data", {}), **plain.get("stringData", {})}
        assert secrets(done.out) == {plain["metadata"]["name"]: {key: str(value) for key, value in values.items()}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(sops_encrypt(TEXT.format("a", "{z: one, a: two}"), tmp_path, FLUX))
    return tmp_path


def piped(folder: Path) -> Done:
    return start(build(folder).out, env={"SOPS_AGE_KEY": KEY.identity})


def test_what_kustomize_adds_to_metadata_does_no_harm(folder: Path) -> None:
    fields: dict[str, object] = {
        "namespace": "n",
        "namePrefix": "p-",
        "commonAnnotations": {"x": "y"},
        "labels": [{"pairs": {"team": "t"}, "includeSelectors": True}],
    }
    kustomization(folder, resources=["a.yaml"], transformers=[json.dumps(TRANSFORMER)], **fields)
    assert secrets(build(folder, *EXEC).out) == {"p-a": {"z": "one", "a": "two"}}
    # With an encrypted kind, kustomize itself stumbles over the commas in it as soon as it renames.
    (folder / "b.yaml").write_text(sops_encrypt(TEXT.format("b", "{z: one, a: two}"), folder, {}))
    kustomization(folder, resources=["a.yaml", "b.yaml"], commonAnnotations={"x": "y"})
    assert secrets(piped(folder).out) == {name: {"z": "one", "a": "two"} for name in "ab"}


def test_two_encrypted_files_merged_by_a_patch(folder: Path) -> None:
    (folder / "b.yaml").write_text(sops_encrypt(TEXT.format("a", "{a: other}"), folder, FLUX))
    kustomization(folder, resources=["a.yaml"], patches=[{"path": "b.yaml"}])
    done = piped(folder)
    assert (done.code, done.out) == (1, b"")
    assert "a patch merged two encrypted files" in done.first
    assert done.first.startswith("krm-secrets: error: Secret a, line 22: stringData.z: the ciphertext does not belong")


def test_a_plain_patch_of_an_encrypted_value(folder: Path) -> None:
    (folder / "b.yaml").write_text(TEXT.format("a", "{a: other}"))
    kustomization(folder, resources=["a.yaml"], patches=[{"path": "b.yaml"}])
    done = piped(folder)
    assert (done.code, done.out) == (1, b"")
    assert "stringData.a: is plaintext where the file's rule wants ciphertext" in done.first


def test_a_patch_that_takes_the_block_away(folder: Path) -> None:
    (folder / "b.yaml").write_text(TEXT.format("a", "{}") + "sops: null\n")
    kustomization(folder, resources=["a.yaml"], patches=[{"path": "b.yaml"}])
    done = piped(folder)
    assert (done.code, done.out) == (1, b"")
    assert "the object has no sops block to decrypt it with" in done.first


def test_a_file_changed_after_encryption_is_seen_by_its_origin(folder: Path) -> None:
    (folder / ".git").mkdir()
    kustomization(
        folder, resources=["a.yaml"], buildMetadata=["originAnnotations"], transformers=[json.dumps(TRANSFORMER)]
    )
    assert build(folder, *EXEC).err == ""
    text = (folder / "a.yaml").read_text()
    (folder / "a.yaml").write_text(text.replace("name: a", "name: b"))
    with pytest.raises(AssertionError, match=r"error: a\.yaml:\d+: Secret b: sops\.mac: does not fit the file: it was"):
        build(folder, *EXEC)
