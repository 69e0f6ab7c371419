"""Flux: its command, and what its kustomize-controller makes of our results.

`flux-build` is the controller's own build, compiled inside a copy of its module (see build.sh): decryption of
sources, kustomize, decryption of objects, substitution. Nothing here needs a cluster.
"""

from __future__ import annotations

import re
import shutil
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from tests.tools import tool

from .matrix import checked
from .support import (
    CLUSTER,
    EXAMPLES,
    KEY,
    PROGRAM,
    Objects,
    build,
    encrypt,
    environment,
    kustomization,
    messages,
    named,
    objects,
    output,
    package,
    pipe,
    run,
)

KUSTOMIZATION = CLUSTER / "flux" / "cluster.yaml"
FLUX_FILE = KUSTOMIZATION.read_text()
KEY_SECRET = (
    "---\napiVersion: v1\nkind: Secret\nmetadata: {name: sops-age, namespace: flux-system}\n"
    f"data: {{age.agekey: {b64encode(KEY.read_bytes()).decode()}}}\n"
)
KEEP = environment(key=False, KRM_SECRETS_DECRYPT="keep")
OWNER = ("kustomize.toolkit.fluxcd.io/name", "kustomize.toolkit.fluxcd.io/namespace")


def flux_build(folder: Path, text: str = FLUX_FILE + KEY_SECRET, *flags: str) -> Any:
    """What the controller makes of a copy of the folder, with the objects that its Kustomization refers to."""
    copy = Path(shutil.copytree(folder, folder.parent / f"{folder.name}-in-the-cluster", dirs_exist_ok=True))
    file = folder.parent / "flux.yaml"
    file.write_text(text)
    return run(tool("flux-build"), *flags, file, copy, env=environment(key=False))


def applied(folder: Path, text: str = FLUX_FILE + KEY_SECRET, *flags: str) -> Objects:
    """The objects that Flux applies."""
    done = flux_build(folder, text, *flags)
    assert done.returncode == 0, done.stderr.decode()
    return objects(done.stdout)


def artifact(folder: Path, stream: bytes) -> Path:
    """A folder with the stream in one file, as CI pushes it."""
    folder.mkdir()
    (folder / "cluster.yaml").write_bytes(stream)
    return folder


def substituted(found: Objects, **variables: str) -> Objects:
    """The same with `${NAME}` filled in, by hand."""

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {fill(key): fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [fill(item) for item in value]
        return re.sub(r"\$\{(\w+)\}", lambda m: variables[m[1]], value) if isinstance(value, str) else value

    return {(key[0], key[1], key[2], fill(key[3])): fill(value) for key, value in found.items()}


def diffed(folder: Path, file: Path = KUSTOMIZATION) -> bytes:
    """`flux build kustomization`."""
    words = ("build", "kustomization", "cluster", "--path", folder, "--kustomization-file", file, "--dry-run")
    return output(tool("flux"), *words, env=environment(key=False))


# An artifact that CI builds without a key


@checked("Flux", "artifact: kustomize-controller's own build", "SOPS Secrets that `keep` left are decrypted")
def test_flux_decrypts_what_was_kept(tmp_path: Path) -> None:
    kept = output(PROGRAM, "guard", "--keep", stdin=pipe(build(CLUSTER), env=KEEP))
    assert b"ENC[AES256_GCM" in kept
    found = applied(artifact(tmp_path / "out", kept))
    assert found == substituted(objects(pipe(build(CLUSTER))), APP="recipes")
    assert named(found, "Secret", "dns-token")["stringData"]["DNS_ZONE_ID"] == "0042"
    assert "recipes-backup-secret" in {key[3] for key in found}


SECRETS = """\
apiVersion: v1
kind: Secret
metadata: {name: whole}
stringData: {PASSWORD: "pa$sWORD\\\\n", NUMBER: "0042", LINES: "a\\n  b\\n"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data: {TOKEN: swordfish}
"""
FLUX_PLAIN = re.sub(r"  postBuild:\n(    .*\n)+", "", FLUX_FILE)


@checked("Flux", "artifact: kustomize-controller's own build", "the same objects as without krm-secrets before it")
def test_flux_makes_the_same_of_the_files_and_of_what_was_kept(tmp_path: Path) -> None:
    """Encrypted objects of other kinds, whole files in `data`, and an object that opts out."""
    kustomization(tmp_path / "files", "resources: [s.yaml, embedded.yaml, out.yaml]\n", {"s.yaml": SECRETS})
    encrypt(tmp_path / "files" / "s.yaml", "--encrypted-regex", "^(stringData|data)$")
    (tmp_path / "f.yaml").write_text("a: {b: swordfish}\n")
    encrypt(tmp_path / "f.yaml")
    data = b64encode((tmp_path / "f.yaml").read_bytes()).decode()
    embedded = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: embedded}}\ndata: {{f.yaml: {data}}}\n"
    opt_out = "metadata: {name: o, annotations: {kustomize.toolkit.fluxcd.io/decrypt: disabled}}"
    (tmp_path / "files" / "embedded.yaml").write_text(embedded)
    out = tmp_path / "files" / "out.yaml"
    out.write_text(f"apiVersion: v1\nkind: Secret\n{opt_out}\nstringData: {{a: b}}\n")
    encrypt(out, "--encrypted-regex", "^stringData$")
    kept = output(PROGRAM, "guard", "--keep", stdin=pipe(build(tmp_path / "files"), env=KEEP))
    found = applied(artifact(tmp_path / "out", kept), FLUX_PLAIN + KEY_SECRET)
    assert found == applied(tmp_path / "files", FLUX_PLAIN + KEY_SECRET)
    assert named(found, "Secret", "whole")["stringData"]["PASSWORD"] == "pa$sWORD\\n"
    assert b64decode(named(found, "Secret", "embedded")["data"]["f.yaml"]) == b"a:\n    b: swordfish\n"
    assert "sops" in named(found, "Secret", "o")


def test_flux_without_the_key_fails_and_says_so(tmp_path: Path) -> None:
    other = KEY_SECRET.replace(b64encode(KEY.read_bytes()).decode(), b64encode(b"# no key\n").decode())
    done = flux_build(artifact(tmp_path / "out", pipe(build(CLUSTER), env=KEEP)), FLUX_FILE + other)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "decryption failed for" in done.stderr.decode()


# Substitution

VALUES = {
    "plain": "word", "dollar": "pa$word", "shell": "$HOME/x", "end": "x$", "call": "$(id)",
    "backslash": "a\\b\\\\c", "escape": "\\$x \\n", "quotes": "\"'\"'", "template": "{{ .x }}", "percent": "%s%%",
    "number": "0042", "yes": "yes", "empty": "", "colon": "a: b # c", "lines": "a$b\n  c\\\n\n", "brace": "$ {x} }${",
}  # fmt: skip
"""Values that a substitution could take for something of its own; `brace` is none that it can parse."""

BRACED = {
    "braced": "${APP}",
    "default": "${NONE:=x}",
    "inside": "a${APP}b",
    "upper": "${APP^^}",
    "doubled": "$${APP}",
    "two": "a$$b",
}


def test_decrypted_values_in_base64_survive_substitution_byte_for_byte(tmp_path: Path) -> None:
    values = VALUES | BRACED
    folder = kustomization(tmp_path / "files", "resources: [s.yaml]\n", {"s.yaml": _secret(values)})
    encrypt(folder / "s.yaml", "--encrypted-regex", "^stringData$")
    config = tmp_path / "c.yaml"
    config.write_text(
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\nstringData: encode\n"
    )
    found = applied(artifact(tmp_path / "out", pipe(build(folder), "-c", str(config))))
    data = named(found, "Secret", "s")["data"]
    assert {key: b64decode(value).decode() for key, value in data.items()} == values


def _secret(values: dict[str, str], annotations: str = "{}") -> str:
    lines = "".join(f"  {key}: {_quoted(value)}\n" for key, value in values.items())
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations: {annotations}\nstringData:\n{lines}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@checked("Flux", "substitution by kustomize-controller", "decrypted values with `$`, quotes and backslashes survive")
def test_decrypted_strings_survive_substitution_unless_they_are_variables(tmp_path: Path) -> None:
    values = {key: value for key, value in VALUES.items() if key != "brace"}
    folder = kustomization(tmp_path / "files", "resources: [s.yaml]\n", {"s.yaml": _secret(values)})
    encrypt(folder / "s.yaml", "--encrypted-regex", "^stringData$")
    ours = applied(artifact(tmp_path / "out", pipe(build(folder))))
    theirs = applied(folder)
    assert ours == theirs
    assert named(ours, "Secret", "s")["stringData"] == values


def test_the_annotation_keeps_variables_in_strings(tmp_path: Path) -> None:
    disabled = "{kustomize.toolkit.fluxcd.io/substitute: disabled}"
    values = VALUES | BRACED
    folder = kustomization(tmp_path / "files", "resources: [s.yaml]\n", {"s.yaml": _secret(values, disabled)})
    encrypt(folder / "s.yaml", "--encrypted-regex", "^stringData$")
    found = applied(artifact(tmp_path / "out", pipe(build(folder))))
    assert named(found, "Secret", "s")["stringData"] == values


def _mapping(values: dict[str, str]) -> str:
    head = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: m}\nstore: vault\n"
    lines = "".join(f"      {key}: {_quoted(value)}\n" for key, value in values.items())
    return f"{head}secrets:\n  s:\n    from: {{a: item}}\n    data:\n      FIELD: .a.field\n{lines}"


@checked("Flux", "substitution by kustomize-controller", "what mappings make survives, and has the variables filled in")
def test_what_a_mapping_makes_survives_substitution(tmp_path: Path) -> None:
    values = {key: value for key, value in VALUES.items() if key not in ("template", "brace")}
    folder = kustomization(tmp_path / "files", "resources: [m.yaml]\n", {"m.yaml": _mapping(values | BRACED)})
    made = objects(pipe(build(folder)))
    template = named(made, "ExternalSecret", "s")["spec"]["target"]["template"]["data"]
    assert {key: template[key] for key in (values | BRACED)} == values | BRACED
    found = applied(artifact(tmp_path / "out", pipe(build(folder))))
    after = named(found, "ExternalSecret", "s")["spec"]["target"]["template"]["data"]
    assert {key: after[key] for key in values} == values
    assert {key: after[key] for key in BRACED} == {
        "braced": "recipes", "default": "x", "inside": "arecipesb", "upper": "RECIPES", "doubled": "${APP}",
        "two": "a$b",
    }  # fmt: skip


def test_a_variable_that_is_a_number_stays_text_inside_a_template(tmp_path: Path) -> None:
    """Flux drops the quotes before it fills in, so that the API server would refuse the plain form."""
    text = FLUX_FILE.replace("APP: recipes", 'APP: "0042"')
    values = {"PLAIN": "${APP}", "SAFE": '{{ "${APP}" }}', "PART": "x${APP}"}
    made = pipe(_mapping(values).encode())
    found = applied(artifact(tmp_path / "out", made), text + KEY_SECRET)
    data = named(found, "ExternalSecret", "s")["spec"]["target"]["template"]["data"]
    assert data == {"FIELD": "{{ .field }}", "PLAIN": 34, "SAFE": '{{ "0042" }}', "PART": "x0042"}


@checked("Flux", "`flux build … \\| krm-secrets`", "before or after substitution: the same objects")
def test_variables_are_untouched_before_and_filled_in_after(tmp_path: Path) -> None:
    """krm-secrets and then Flux, or Flux and then krm-secrets."""
    before = applied(artifact(tmp_path / "out", pipe(build(CLUSTER), env=KEEP)), FLUX_FILE + KEY_SECRET)
    after = _without_owner(objects(pipe(diffed(CLUSTER), env=environment(key=False))))
    assert {key: value for key, value in after.items() if key[1] != "Secret"} == {
        key: value for key, value in before.items() if key[1] != "Secret"
    }
    assert after.keys() == before.keys()


def _without_owner(found: Objects) -> Objects:
    """Without the labels by which Flux knows its objects."""
    for value in found.values():
        labels = value["metadata"].get("labels", {})
        for name in OWNER:
            labels.pop(name, None)
        if not labels:
            value["metadata"].pop("labels", None)
    return found


@checked(
    "Flux", "substitution by kustomize-controller", "a variable that is not set fails the build, a default does not"
)
def test_substitution_is_strict_since_flux_2_9(tmp_path: Path) -> None:
    folder = artifact(tmp_path / "out", pipe(_mapping({"A": "${NOT_SET}"}).encode()))
    done = flux_build(folder)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "variable not set (strict mode)" in done.stderr.decode()
    assert "NOT_SET" in done.stderr.decode()
    lax = named(applied(folder, FLUX_FILE + KEY_SECRET, "--lax"), "ExternalSecret", "s")
    assert lax["spec"]["target"]["template"]["data"]["A"] in ("", None)


# The diff


@checked("Flux", "`flux build … \\| krm-secrets`", "masked Secrets pass, and guard refuses them")
def test_masked_secrets_pass_and_guard_refuses_them(tmp_path: Path) -> None:
    folder = package(tmp_path)
    (folder / "Kptfile").unlink()
    (folder / ".krmignore").unlink()
    docker = _secret({".dockerconfigjson": "{}"}).replace("name: s", "name: docker")
    (folder / "docker.yaml").write_text(f"{docker}type: kubernetes.io/dockerconfigjson\n")
    encrypt(folder / "docker.yaml", "--encrypted-regex", "^stringData$")
    (tmp_path / "f.yaml").write_text("a: {b: swordfish}\n")
    encrypt(tmp_path / "f.yaml")
    inner = (tmp_path / "f.yaml").read_text()
    (folder / "files.yaml").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: files}\n"
        f"data: {{f.yaml: {b64encode(inner.encode()).decode()}}}\nstringData:\n  g.yaml: {_quoted(inner)}\n"
    )
    listing = folder / "kustomization.yaml"
    listing.write_text(listing.read_text() + "  - docker.yaml\n  - files.yaml\n")
    done = run(PROGRAM, stdin=diffed(folder), env=environment(key=False))
    assert (done.returncode, messages(done)) == (0, [])
    found = objects(done.stdout)
    assert named(found, "Secret", "dns-token")["stringData"] == {"DNS_API_TOKEN": "**SOPS**", "DNS_ZONE_ID": "**SOPS**"}
    assert named(found, "ExternalSecret", "recipes-secret")["spec"]["secretStoreRef"]["name"] == "bitwarden-fields"
    guarded = run(PROGRAM, "guard", stdin=done.stdout)
    refused = {re.sub(r", line \d+", "", line).removeprefix("krm-secrets: error: ") for line in messages(guarded)}
    message = "is masked by flux build, whose output is for reading and not for a cluster"
    assert refused == {
        f"{place}: {message}"
        for place in (
            "Secret external-secrets/bitwarden-access-token: stringData.token",
            "Secret network/dns-token: stringData.DNS_API_TOKEN",
            "Secret network/dns-token: stringData.DNS_ZONE_ID",
            'Secret docker: stringData[".dockerconfigjson"]',
            'Secret files: data["f.yaml"]',
            'Secret files: stringData["g.yaml"]',
        )
    }


@checked("Flux", "a transformer in its path", "fails, in the controller and in `flux build`")
def test_a_function_in_a_path_that_flux_builds_fails_there(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    done = flux_build(tmp_path / "examples" / "transformer")
    assert (done.returncode, done.stdout) == (1, b"")
    text = "unable to load external plugin"
    built = run(
        tool("flux"), "build", "kustomization", "cluster", "--path", tmp_path / "examples" / "transformer",
        "--kustomization-file", KUSTOMIZATION, "--dry-run", env=environment(),
    )  # fmt: skip
    assert (built.returncode, built.stdout) == (1, b"")
    assert text in built.stderr.decode() or text in done.stderr.decode()
