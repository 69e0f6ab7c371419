"""SopsGenerator and KSOPS's document as generators of the real kustomize and kubectl, against their secretGenerator."""

from __future__ import annotations

import os
import re
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from tests.sops.encrypter import KEY, encrypted_secret, stream
from tests.tools import tool

from .matrix import checked
from .support import (
    EXEC,
    PROGRAM,
    Objects,
    build,
    documents,
    encrypt,
    environment,
    kustomization,
    messages,
    named,
    objects,
    output,
    run,
    transformer,
)

ALPHA = "--enable-alpha-plugins"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: whole\nstringData:\n  user: me\n  pass: word\n"
FILES: dict[str, str | bytes] = {
    "app.env": f'A=pa$SWORD # no\nB="quoted"\nLONG={"x" * 300}\n',
    "f.yaml": "a: b\nc: [1, 2]\n",
    "f.json": '{"a": "b", "n": 1}',
    "f.ini": "[x]\na = b\n",
    "f.bin": bytes(range(256)),
    "f.pem": "-----BEGIN CERTIFICATE-----\n" + "QUJD" * 200 + "\n",
}
# As the list of a Secret, but for the key that names it.
SOURCES = "envs: [app.env]\n  files: [f.yaml, f.json, f.ini, bin=f.bin, tls.crt=f.pem]\n  literals: [X=y]\n"
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          envFrom: [{secretRef: {name: app}}]
"""


def generator(body: str) -> str:
    return transformer(kind="SopsGenerator", body=body)


def ksops(body: str, command: str = "krm-secrets") -> str:
    return (
        "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata:\n  name: ks\n  annotations:\n"
        f"    config.kubernetes.io/function: |\n      exec:\n        path: {command}\n{body}"
    )


def legacy(text: str) -> str:
    """The same document without the annotation that makes it a function."""
    return re.sub("  annotations:\n(?:    .*\n)+", "", text, count=1)


def encrypted(folder: Path, text: str, **files: str | bytes) -> Path:
    """A kustomization in which every file beside the generators is encrypted by the real sops."""
    named = {name.replace("__", "."): content for name, content in files.items()}
    kustomization(folder, text, {**FILES, **named})
    for name in FILES:
        encrypt(folder / name)
    return folder


def plain(folder: Path, source: Path, text: str) -> Objects:
    """What kustomize's own generator makes of the same files, as sops prints them."""
    files = {name: output(tool("sops"), "-d", source / name) for name in FILES}
    return objects(build(kustomization(folder, text, files)))


def plugins(folder: Path) -> dict[str, str]:
    for kind in ("krm-secrets.dev/v1alpha1/sopsgenerator/SopsGenerator", "viaduct.ai/v1/ksops/ksops"):
        link = folder / "plugins" / kind
        link.parent.mkdir(parents=True)
        link.symlink_to(PROGRAM)
    return environment(KUSTOMIZE_PLUGIN_HOME=str(folder / "plugins"))


def fails(folder: Path, env: dict[str, str] | None = None) -> list[str]:
    """The messages of a build that must fail."""
    done = run(tool("kustomize"), "build", *EXEC, folder, env=env)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"CANARY" not in done.stderr
    ours = [line for line in messages(done) if line.startswith("krm-secrets: ")]
    return [line.removeprefix("krm-secrets: error: ") for line in ours]


# The same objects and names as kustomize's own


@checked("kustomize", "generator", "objects and name hashes are those of kustomize's own generators")
@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
@pytest.mark.parametrize(
    "sources",
    [
        SOURCES,
        *(f"files: [k={name}]\n" for name in FILES),
        "envs: [app.env]\n",
        "literals: [A=b]\n",
    ],
)
def test_objects_and_name_hashes_equal_those_of_kustomize(kind: str, sources: str, tmp_path: Path) -> None:
    body = f"secrets:\n- name: app\n  kind: {kind}\n  needsHash: true\n  {sources}"
    folder = encrypted(tmp_path / "e", "generators: [g.yaml]\n", g__yaml=generator(body))
    own = "secretGenerator" if kind == "Secret" else "configMapGenerator"
    expected = plain(tmp_path / "p", folder, f"{own}:\n- name: app\n  {sources}")
    assert objects(build(folder, *EXEC)) == expected


def test_type_immutable_labels_and_annotations(tmp_path: Path) -> None:
    options = "options: {immutable: true, labels: {l: '1'}, annotations: {note: x}}"
    body = "secrets:\n- name: app\n  needsHash: true\n  immutable: true\n  labels: {l: '1'}\n  annotations: {note: x}\n"
    rest = "  type: example.org/t\n  envs: [app.env]\n"
    folder = encrypted(tmp_path / "e", "generators: [g.yaml]\n", g__yaml=generator(body + rest))
    assert objects(build(folder, *EXEC)) == plain(
        tmp_path / "p", folder, f"secretGenerator:\n- name: app\n  {options}\n{rest}"
    )


def test_references_get_the_hash(tmp_path: Path) -> None:
    body = "secrets:\n- name: app\n  needsHash: true\n  envs: [app.env]\n"
    text = "namespace: home\nnamePrefix: dev-\nresources: [web.yaml]\n"
    folder = encrypted(tmp_path / "e", text + "generators: [g.yaml]\n", g__yaml=generator(body), web__yaml=DEPLOYMENT)
    kustomization(tmp_path / "p", "", {"web.yaml": DEPLOYMENT})
    expected = plain(tmp_path / "p", folder, text + "secretGenerator:\n- name: app\n  envs: [app.env]\n")
    found = objects(build(folder, *EXEC))
    assert found == expected
    (reference,) = named(found, "Deployment", "dev-web")["spec"]["template"]["spec"]["containers"][0]["envFrom"]
    assert reference["secretRef"]["name"].startswith("dev-app-")


@checked("kustomize", "generator", "merge and replace")
@pytest.mark.parametrize("behavior", ["merge", "replace"])
def test_behavior_towards_what_a_base_made(behavior: str, tmp_path: Path) -> None:
    base = "secretGenerator: [{name: app, literals: [A=old, Z=base]}]\n"
    kustomization(tmp_path / "base", base)
    body = f"secrets:\n- name: app\n  needsHash: true\n  behavior: {behavior}\n  envs: [app.env]\n"
    folder = encrypted(tmp_path / "e", "resources: [../base]\ngenerators: [g.yaml]\n", g__yaml=generator(body))
    own = f"resources: [../base]\nsecretGenerator:\n- name: app\n  behavior: {behavior}\n  envs: [app.env]\n"
    found = objects(build(folder, *EXEC))
    assert found == plain(tmp_path / "p", folder, own)
    ((_, value),) = found.items()
    assert ("Z" in value["data"]) is (behavior == "merge")


MERGED = {"merge": {"BASE": "base", "OWN": "dev", "SHARED": "dev"}, "replace": {"OWN": "dev", "SHARED": "dev"}}


def manifest(section: str, own: str, value: str, head: str = "") -> str:
    text = value if section == "stringData" else b64encode(value.encode()).decode()
    return (
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\n{head}{section}:\n  {own}: {text}\n  SHARED: {text}\n"
    )


@checked("kustomize", "generator", "whole manifests that merge with what a base made")
@pytest.mark.parametrize("key", [True, False])
@pytest.mark.parametrize("behavior", MERGED)
@pytest.mark.parametrize("overlay", ["data", "stringData", "plain stringData"])
@pytest.mark.parametrize("base", ["data", "stringData"])
def test_a_manifest_merges_whichever_section_holds_its_values(
    base: str, overlay: str, behavior: str, key: bool, tmp_path: Path
) -> None:
    head = f"  annotations:\n    kustomize.config.k8s.io/behavior: {behavior}\n"
    files = "files: [{path: s.yaml, plain: true}]\n"
    texts = {
        "base": ("", manifest(base, "BASE", "base")),
        "dev": ("resources: [../base]\n", manifest(overlay.split()[-1], "OWN", "dev", head)),
    }
    for name, (text, secret) in texts.items():
        folder = kustomization(tmp_path / name, f"{text}generators: [g.yaml]\n", {"s.yaml": secret})
        (folder / "g.yaml").write_text(generator(files))
        if "plain" not in overlay or name == "base":
            encrypt(folder / "s.yaml", "--encrypted-regex", "^(data|stringData)$")
    env = environment() if key else environment(key=False, KRM_SECRETS_DECRYPT="placeholder")
    (found,) = documents(build(tmp_path / "dev", *EXEC, env=env))
    assert "stringData" not in found
    values = {name: b64decode(value).decode() for name, value in found["data"].items()}
    assert values.keys() == MERGED[behavior].keys()
    assert not key or values == MERGED[behavior]


# Restarts


@checked("kustomize", "generator", "users of what a generator made, wired by a transformer beside it")
def test_a_transformer_wires_the_users_of_what_generators_made(tmp_path: Path) -> None:
    names = ("kept", "whole", "hashed", "foreign", "absent")
    users = "---\n".join(DEPLOYMENT.replace("web", name).replace("name: app", f"name: {name}") for name in names)
    built = "- {name: kept, envs: [app.env]}\n- {name: hashed, needsHash: true, envs: [app.env]}\n"
    body = f"files: [w.yaml]\nsecrets:\n{built}"
    config = transformer(kind="SecretsConfig", body="reload: auto\n")
    own = "secretGenerator: [{name: foreign, literals: [A=b], options: {disableNameSuffixHash: true}}]\n"
    text = f"resources: [users.yaml]\ngenerators: [g.yaml]\n{own}transformers: [t.yaml]\n"
    tree = {"users__yaml": users, "g__yaml": generator(body), "t__yaml": config, "w__yaml": SECRET}
    folder = encrypted(tmp_path, text, **tree)
    encrypt(folder / "w.yaml", "--encrypted-regex", "^stringData$")
    found = objects(build(folder, *EXEC))
    wired = {name for name in names if "annotations" in named(found, "Deployment", name)["metadata"]}
    assert wired == {"kept", "whole", "foreign"}


# KSOPS's document, functions, plugins, components


@checked("kustomize", "generator", "a KSOPS document")
def test_a_ksops_document_with_one_changed_path(tmp_path: Path) -> None:
    body = (
        "files: [./whole.yaml]\nsecretFrom:\n- metadata:\n    name: app\n    labels: {l: '1'}\n"
        "    annotations: {kustomize.config.k8s.io/needs-hash: 'true'}\n  type: Opaque\n"
        "  envs: [./app.env]\n  files: [./f.yaml, tls.crt=./f.pem]\n  binaryFiles: [bin=./f.bin]\n"
    )
    folder = encrypted(tmp_path / "e", "generators: [g.yaml]\n", g__yaml=ksops(body), whole__yaml=SECRET)
    encrypt(folder / "whole.yaml", "--encrypted-regex", "^stringData$")
    own = (
        "secretGenerator:\n- name: app\n  options: {labels: {l: '1'}}\n  envs: [app.env]\n"
        "  files: [f.yaml, tls.crt=f.pem, bin=f.bin]\n"
    )
    found = objects(build(folder, *EXEC))
    assert named(found, "Secret", "whole")["data"] == {"user": "bWU=", "pass": "d29yZA=="}
    assert {k: v for k, v in found.items() if k[3] != "whole"} == plain(tmp_path / "p", folder, own)
    (folder / "g.yaml").write_text(legacy(ksops(body)))
    env = plugins(tmp_path)
    assert objects(output(tool("kubectl"), "kustomize", ALPHA, folder, env=env)) == found
    assert objects(build(folder, ALPHA, env=env)) == found


@checked("kubectl", "legacy plugin", "a generator")
def test_kubectl_runs_the_legacy_plugin_with_paths_below_the_kustomization(tmp_path: Path) -> None:
    body = f"files: [d/whole.yaml]\nsecrets:\n- name: app\n  needsHash: true\n  {SOURCES}"
    folder = encrypted(
        tmp_path / "e", "generators: [g/g.yaml]\n", **{"g/g__yaml": generator(body), "d/whole__yaml": SECRET}
    )
    encrypt(folder / "d" / "whole.yaml", "--encrypted-regex", "^stringData$")
    expected = objects(build(folder, *EXEC))
    (folder / "g" / "g.yaml").write_text(legacy(generator(body)))
    env = plugins(tmp_path)
    found = objects(output(tool("kubectl"), "kustomize", ALPHA, folder, env=env))
    assert found == expected
    assert found == objects(output(tool("kubectl"), "kustomize", ALPHA, "e", cwd=tmp_path, env=env))
    (folder / "f.bin").unlink()
    done = run(tool("kubectl"), "kustomize", ALPHA, folder, env=env)
    assert (done.returncode, done.stdout) == (1, b"")
    assert (
        "krm-secrets: error: g/g.yaml:10: SopsGenerator the-function: secrets[0].files[3]: f.bin cannot be read: No"
        " such file or directory"
    ) in done.stderr.decode()


def test_components_with_a_generator_each(tmp_path: Path) -> None:
    for name in ("one", "two"):
        body = f"secrets:\n- name: {name}\n  needsHash: true\n  envs: [app.env]\n"
        head = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
        encrypted(tmp_path / name, head + "generators: [g.yaml]\n", g__yaml=generator(body))
    folder = kustomization(tmp_path / "k", "namespace: home\ncomponents: [../one, ../two]\n")
    expected: Objects = {}
    for name in ("one", "two"):
        text = f"namespace: home\nsecretGenerator: [{{name: {name}, envs: [app.env]}}]\n"
        expected |= plain(tmp_path / f"p-{name}", tmp_path / name, text)
    assert objects(build(folder, *EXEC)) == expected


def test_whole_manifests_of_many_kinds_keep_their_order_of_values(tmp_path: Path) -> None:
    text = SECRET + "---\n# a note\n" + SECRET.replace("Secret", "Widget").replace("whole", "second")
    tree = {
        "w__yaml": text,
        "w__json": '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"j"},"data":{"a":"Yg=="}}',
    }
    folder = encrypted(tmp_path, "generators: [g.yaml]\n", g__yaml=generator("files: [w.yaml, w.json]\n"), **tree)
    encrypt(folder / "w.yaml", "--encrypted-regex", "^stringData$")
    encrypt(folder / "w.json", "--encrypted-regex", "^data$")
    found = objects(build(folder, *EXEC))
    assert [key[3] for key in found] == ["j", "whole", "second"]
    assert named(found, "Widget", "second")["stringData"] == {"user": "me", "pass": "word"}
    assert named(found, "Secret", "j")["data"] == {"a": "Yg=="}


def test_without_the_key_placeholders_have_the_same_keys(tmp_path: Path) -> None:
    body = f"secrets:\n- name: app\n  {SOURCES}"
    folder = encrypted(tmp_path, "generators: [g.yaml]\n", g__yaml=generator(body))
    (real,) = documents(build(folder, *EXEC))
    env = environment(key=False, KRM_SECRETS_DECRYPT="placeholder")
    (found,) = documents(build(folder, *EXEC, env=env))
    assert list(found["data"]) == list(real["data"])
    assert found["metadata"]["annotations"] == {"krm-secrets.dev/placeholder": "true"}


def test_one_generator_for_a_hundred_files(tmp_path: Path) -> None:
    names = [f"{n}.yaml" for n in range(100)]
    files = {name: stream(encrypted_secret(name=f"s{name[:-5]}", string_data={"a": name})) for name in names}
    listed = generator(f"files: [{', '.join(names)}]\n")
    folder = kustomization(tmp_path, "generators: [g.yaml]\n", {**files, "g.yaml": listed})
    found = documents(build(folder, *EXEC, env=environment(SOPS_AGE_KEY=KEY.identity)))
    assert sorted(b64decode(item["data"]["a"]).decode() for item in found) == sorted(names)


# Faults: every message whole


WHERE = "g.yaml:9: SopsGenerator the-function: secrets[0].envs[0]: "
PATHS = {
    "../out.env": "leads out of the folder of the kustomization, beyond which a generator reads no file",
    "link.env": "leads out of the folder of the kustomization, beyond which a generator reads no file",
    "/etc/passwd": "must be a path relative to the kustomization",
    "pipe.env": "is no regular file",
    "big.env": "is larger than 5 MiB",
    "gone.env": "cannot be read: No such file or directory",
    "plain.env": "is not encrypted with sops: encrypt it, or list it as {path: …, plain: true}",
}


@pytest.mark.parametrize("path", PATHS)
def test_a_file_that_must_not_be_read(path: str, tmp_path: Path) -> None:
    (tmp_path / "out.env").write_text("A=CANARY\n")
    body = f"secrets:\n- name: app\n  envs: [{path}]\n"
    files = {"g.yaml": generator(body), "plain.env": "A=CANARY\n"}
    folder = kustomization(tmp_path / "k", "generators: [g.yaml]\n", files)
    (folder / "link.env").symlink_to("../out.env")
    os.mkfifo(folder / "pipe.env")
    (folder / "big.env").write_bytes(b"A" * (6 * 1024 * 1024))
    assert fails(folder) == [f"{WHERE}{path} {PATHS[path]}"]


def test_a_damaged_mac_and_a_damaged_value(tmp_path: Path) -> None:
    body = "files: [w.yaml]\nsecrets:\n- name: app\n  envs: [app.env]\n  files: [f.json]\n"
    folder = encrypted(tmp_path, "generators: [g.yaml]\n", g__yaml=generator(body), w__yaml=SECRET)
    encrypt(folder / "w.yaml", "--encrypted-regex", "^stringData$")
    changes = {
        "w.yaml": ("name: whole", "name: other"),
        "app.env": ("B=ENC", "C=ENC"),
        "f.json": ('"a": "ENC', '"b": "ENC'),
    }
    for name, (old, new) in changes.items():
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))
    place = (
        "the ciphertext does not belong to this place: a key on its path was renamed, the value was damaged or copied"
        " from another place, or a patch merged two encrypted files; restore what sops wrote and change it with sops"
    )
    assert fails(folder) == [
        f"g.yaml:11: SopsGenerator the-function: secrets[0].files[0]: f.json: b: {place}",
        f"g.yaml:10: SopsGenerator the-function: secrets[0].envs[0]: app.env: C: {place}",
        "w.yaml:21: Secret other: sops.mac: does not fit the file: it was changed after sops wrote it, or two versions"
        " were merged; restore it and make the change with sops, or set `mac: ignore`",
    ]


def test_a_plain_file_where_the_generator_says_so(tmp_path: Path) -> None:
    body = "secrets:\n- name: app\n  envs: [{path: plain.env, plain: true}]\n"
    files = {"g.yaml": generator(body), "plain.env": "A=b\n"}
    (found,) = documents(build(kustomization(tmp_path, "generators: [g.yaml]\n", files), *EXEC))
    assert found["data"] == {"A": "Yg=="}
