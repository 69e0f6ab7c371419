"""`kustomize build` with krm-secrets as transformer and as generator."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import tool

from .matrix import NO_KEY, SAME, checked
from .support import (
    CLUSTER,
    EXAMPLES,
    EXEC,
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
    pipe,
    run,
    transformer,
)

SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  user: me\n  pass: word\n"
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          envFrom: [{secretRef: {name: web-secret}}]
"""
MAPPING = """apiVersion: krm-secrets.dev/v1alpha1
kind: SecretMapping
metadata: {name: web}
store: vault
secrets:
  web-secret: {from: web, data: [KEY]}
"""
BODY = "store: vault\nsecrets:\n  web-secret: {from: web, data: [KEY]}\n"


def _sops(folder: Path, name: str = "a.sops.yaml") -> Path:
    encrypt(folder / name, "--encrypted-regex", "^(data|stringData)$")
    return folder


@checked("kustomize", "transformer", SAME)
def test_the_example_gives_what_the_pipe_gives() -> None:
    found = objects(build(EXAMPLES / "transformer", *EXEC))
    assert facts(found) == FACTS
    assert found == objects(pipe(build(CLUSTER)))


@checked("kustomize", "transformer", "no `--enable-exec`: guard notices")
def test_without_the_flag_kustomize_skips_us_silently_and_guard_notices() -> None:
    done = run(tool("kustomize"), "build", EXEC[0], EXAMPLES / "transformer")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"ENC[AES256_GCM" in done.stdout
    guard = run(PROGRAM, "guard", stdin=done.stdout)
    assert (guard.returncode, guard.stdout) == (1, b"")
    said = "\n".join(messages(guard))
    assert "Secret network/dns-token" in said
    assert "SecretMapping home/recipes" in said


@checked("kustomize", "transformer", NO_KEY)
def test_without_the_key_the_build_fails_with_the_message_and_no_output() -> None:
    done = run(tool("kustomize"), "build", *EXEC, EXAMPLES / "transformer", env=environment(key=False))
    assert (done.returncode, done.stdout) == (1, b"")
    first, second, *rest = messages(done)
    assert first.startswith("krm-secrets: error: Secret external-secrets/bitwarden-access-token")
    assert second.startswith("krm-secrets: error: Secret network/dns-token")
    assert not any("krm-secrets" in line for line in rest)


@checked("kustomize", "transformer", "no host's annotation is left")
def test_no_host_annotation_is_left() -> None:
    result = build(EXAMPLES / "transformer", *EXEC)
    assert b"config.kubernetes.io" not in result
    assert b"config.k8s.io/id" not in result


@checked("kustomize", "generator", "a mapping as generator")
def test_a_mapping_as_generator(tmp_path: Path) -> None:
    files = {"web.yaml": DEPLOYMENT, "m.yaml": transformer(kind="SecretMapping", body=BODY)}
    folder = kustomization(tmp_path, "resources: [web.yaml]\ngenerators: [m.yaml]\nnamespace: home\n", files)
    found = objects(build(folder, *EXEC))
    assert sorted(key[1:] for key in found) == [("Deployment", "home", "web"), ("ExternalSecret", "home", "web-secret")]


def test_a_mapping_as_functionconfig_of_a_transformer(tmp_path: Path) -> None:
    files = {"web.yaml": DEPLOYMENT, "m.yaml": transformer(kind="SecretMapping", body=BODY)}
    folder = kustomization(tmp_path, "resources: [web.yaml]\ntransformers: [m.yaml]\n", files)
    found = objects(build(folder, *EXEC))
    assert sorted(key[1:] for key in found) == [("Deployment", "", "web"), ("ExternalSecret", "", "web-secret")]
    assert named(found, "Deployment", "web")["metadata"]["annotations"] == {"reloader.stakater.com/auto": "true"}


@checked("kustomize", "transformer", "bases, components, namespace and prefix")
def test_a_mapping_in_a_base_and_one_in_a_component(tmp_path: Path) -> None:
    kustomization(tmp_path / "base", "resources: [web.yaml, m.yaml]\n", {"web.yaml": DEPLOYMENT, "m.yaml": MAPPING})
    other = MAPPING.replace("name: web", "name: backup").replace("web-secret", "backup-secret")
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [m.yaml]\n"
    kustomization(tmp_path / "component", component, {"m.yaml": other})
    overlay = "namespace: home\nresources: [../base]\ncomponents: [../component]\ntransformers: [fn.yaml]\n"
    folder = kustomization(tmp_path / "overlay", overlay, {"fn.yaml": transformer()})
    found = objects(build(folder, *EXEC))
    assert sorted(key[1:] for key in found) == [
        ("Deployment", "home", "web"),
        ("ExternalSecret", "home", "backup-secret"),
        ("ExternalSecret", "home", "web-secret"),
    ]
    assert "annotations" in named(found, "Deployment", "web")["metadata"]


def test_a_transformer_in_a_base_is_run_there(tmp_path: Path) -> None:
    base = "resources: [web.yaml, m.yaml]\ntransformers: [fn.yaml]\n"
    kustomization(tmp_path / "base", base, {"web.yaml": DEPLOYMENT, "m.yaml": MAPPING, "fn.yaml": transformer()})
    folder = kustomization(tmp_path / "overlay", "namespace: home\nresources: [../base]\n")
    found = objects(build(folder, *EXEC))
    assert sorted(key[1:] for key in found) == [("Deployment", "home", "web"), ("ExternalSecret", "home", "web-secret")]


@checked("kustomize", "transformer", "bases, components, namespace and prefix")
def test_namespace_prefix_and_labels_come_before_us(tmp_path: Path) -> None:
    files = {"web.yaml": DEPLOYMENT, "m.yaml": MAPPING, "a.sops.yaml": SECRET, "fn.yaml": transformer()}
    text = (
        "namespace: home\nnamePrefix: dev-\nlabels: [{pairs: {team: a}, includeSelectors: false}]\n"
        "commonAnnotations: {note: b}\nresources: [web.yaml, m.yaml, a.sops.yaml]\ntransformers: [fn.yaml]\n"
    )
    found = objects(build(_sops(kustomization(tmp_path, text, files)), *EXEC))
    secret = named(found, "Secret", "dev-a")
    assert secret["stringData"] == {"user": "me", "pass": "word"}
    assert secret["metadata"] == {
        "name": "dev-a", "namespace": "home", "labels": {"team": "a"}, "annotations": {"note": "b"}
    }  # fmt: skip
    # The name of the Secret is in the mapping's body, which a prefix does not reach; nor does it reach the consumer.
    assert named(found, "ExternalSecret", "web-secret")["metadata"]["namespace"] == "home"
    assert named(found, "Deployment", "dev-web")["metadata"]["annotations"]["reloader.stakater.com/auto"] == "true"


def test_a_decrypted_secret_of_a_generator_gets_the_hash_of_its_plaintext(tmp_path: Path) -> None:
    files = {"web.yaml": DEPLOYMENT.replace("web-secret", "a"), "a.sops.yaml": SECRET, "fn.yaml": transformer()}
    hashed = SECRET.replace("name: a", 'name: a\n  annotations: {kustomize.config.k8s.io/needs-hash: "true"}')
    folder = kustomization(
        tmp_path, "resources: [web.yaml, a.sops.yaml]\ntransformers: [fn.yaml]\n", files | {"a.sops.yaml": hashed}
    )
    found = objects(build(_sops(folder), *EXEC))
    (name,) = (key[3] for key in found if key[1] == "Secret")
    assert named(found, "Secret", name)["stringData"] == {"user": "me", "pass": "word"}


@checked("kustomize", "transformer", "the MAC by originAnnotations")
@pytest.mark.parametrize("origins", [True, False])
def test_the_origin_annotation_lets_the_mac_of_the_file_be_verified(tmp_path: Path, origins: bool) -> None:
    kustomization(tmp_path / "base", "resources: [a.sops.yaml]\n", {"a.sops.yaml": SECRET})
    _sops(tmp_path / "base")
    meta = "buildMetadata: [originAnnotations]\n" if origins else ""
    text = f"{meta}namePrefix: dev-\nnamespace: x\nresources: [../base]\ntransformers: [fn.yaml]\n"
    folder = kustomization(tmp_path / "overlay", text, {"fn.yaml": transformer(body="mac: require\n")})
    (tmp_path / ".git").mkdir()
    done = run(tool("kustomize"), "build", *EXEC, folder)
    assert done.returncode == (0 if origins else 1), done.stderr.decode()
    assert ("cannot be verified" in done.stderr.decode()) is not origins


def test_a_value_that_was_swapped_in_the_file_is_refused(tmp_path: Path) -> None:
    folder = kustomization(
        tmp_path,
        "resources: [a.sops.yaml]\ntransformers: [fn.yaml]\n",
        {"a.sops.yaml": SECRET, "fn.yaml": transformer()},
    )
    path = _sops(folder) / "a.sops.yaml"
    path.write_text(
        path.read_text().replace("user: ", "swap: ").replace("pass: ", "user: ").replace("swap: ", "pass: ")
    )
    done = run(tool("kustomize"), "build", *EXEC, folder)
    assert (done.returncode, done.stdout) == (1, b"")
    assert messages(done)[0].startswith("krm-secrets: error: Secret a")


def test_all_mistakes_come_in_one_run(tmp_path: Path) -> None:
    wrong = MAPPING.replace("data: [KEY]", "dta: [KEY]")
    files = {
        "m.yaml": wrong,
        "n.yaml": wrong.replace("name: web", "name: n"),
        "fn.yaml": transformer(body="relod: auto\n"),
    }
    folder = kustomization(tmp_path, "resources: [m.yaml, n.yaml]\ntransformers: [fn.yaml]\n", files)
    done = run(tool("kustomize"), "build", *EXEC, folder)
    assert (done.returncode, done.stdout) == (1, b"")
    ours = [line for line in messages(done) if line.startswith("krm-secrets: error: ")]
    assert len(ours) == 3
    assert all("did you mean" in line for line in ours)


def test_the_functionconfig_overrules_the_configuration_among_the_items_field_by_field(tmp_path: Path) -> None:
    item = (
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\nstore: theirs\nrefresh: 7h\n"
    )
    mapping = MAPPING.replace("store: vault\n", "")
    files = {"m.yaml": mapping, "c.yaml": item, "fn.yaml": transformer(body="store: ours\n")}
    folder = kustomization(tmp_path, "resources: [m.yaml, c.yaml]\ntransformers: [fn.yaml]\n", files)
    spec = named(objects(build(folder, *EXEC)), "ExternalSecret", "web-secret")["spec"]
    assert spec["secretStoreRef"]["name"] == "ours"
    assert spec["refreshInterval"] == "7h0m0s"


@pytest.mark.parametrize("origins", ["", "buildMetadata: [originAnnotations]\n"])
def test_a_mistake_in_the_configuration_has_file_and_line(tmp_path: Path, origins: str) -> None:
    files = {"m.yaml": MAPPING, "fn.yaml": "# mine\n" + transformer(body="relod: auto\n")}
    folder = kustomization(tmp_path, f"{origins}resources: [m.yaml]\ntransformers: [fn.yaml]\n", files)
    done = run(tool("kustomize"), "build", *EXEC, folder)
    line = 1 + files["fn.yaml"].split("\n").index("relod: auto")
    assert messages(done)[0].startswith(f"krm-secrets: error: fn.yaml:{line}: SecretsConfig ")


def test_a_configuration_among_the_generators_is_told(tmp_path: Path) -> None:
    files = {"m.yaml": MAPPING, "fn.yaml": transformer()}
    folder = kustomization(tmp_path, "resources: [m.yaml]\ngenerators: [fn.yaml]\n", files)
    done = run(tool("kustomize"), "build", *EXEC, folder)
    assert done.returncode == 0
    assert messages(done)[0].startswith("krm-secrets: warning: fn.yaml:1: SecretsConfig ")
    assert "what stands under `transformers`" in messages(done)[0]
