"""Files of the real sops in the Secrets of kustomize's own secretGenerator, decrypted behind it and inside of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.tools import tool

from .support import (
    EXEC,
    PROGRAM,
    build,
    encrypt,
    environment,
    kustomization,
    messages,
    objects,
    output,
    pipe,
    run,
    transformer,
)

FILES: dict[str, str | bytes] = {
    "a.yaml": "a: b # c\n# d\nlist: [1, 2]\n",
    "a.json": '{"a": "b", "n": 1}',
    "a.env": "A=pa$SWORD\nB='q'\n",
    "a.ini": "[x]\na = b\n",
    "a.bin": bytes(range(256)),
    "docker": '{"auths": {}}\n',
}
SOURCES = "files: [a.yaml, a.json, a.env, a.ini, a.bin, x.json=a.bin, .dockerconfigjson=docker, y.json=docker]\n"
GENERATOR = f"secretGenerator:\n- name: app\n  {SOURCES}"


def test_the_values_and_the_name_are_those_of_the_plaintext(tmp_path: Path) -> None:
    files = {**FILES, "fn.yaml": transformer()}
    folder = kustomization(tmp_path / "e", GENERATOR + "transformers: [fn.yaml]\n", files)
    for name in FILES:
        encrypt(folder / name)
    decrypted = {name: output(tool("sops"), "-d", folder / name) for name in FILES}
    expected = objects(build(kustomization(tmp_path / "p", GENERATOR, decrypted)))
    assert objects(build(folder, *EXEC)) == expected

    (folder / "kustomization.yaml").write_text(GENERATOR)
    (behind,) = objects(pipe(build(folder))).values()  # too late for the hash
    (within,) = expected.values()
    assert (behind["data"], behind["type"]) == (within["data"], within["type"])


def test_guard_refuses_what_was_not_decrypted(tmp_path: Path) -> None:
    folder = kustomization(tmp_path, GENERATOR, FILES)
    for name in FILES:
        encrypt(folder / name)
    done = run(PROGRAM, "guard", stdin=build(folder))
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.count(b"holds a file that is still encrypted with sops") == 8


CONFIG = "configMapGenerator:\n- name: app\n  files: [a.yaml, a.json, a.env, a.ini, a.bin]\n"
IN_A_CONFIG_MAP = "holds a file that is encrypted with sops, and only those in Secrets are decrypted"


def test_a_config_map_of_encrypted_files_is_an_error_everywhere(tmp_path: Path) -> None:
    files = {name: FILES[name] for name in ("a.yaml", "a.json", "a.env", "a.ini", "a.bin")}
    folder = kustomization(tmp_path / "e", CONFIG, {**files, "fn.yaml": transformer()})
    for name in files:
        encrypt(folder / name)
    plain = build(folder)
    plugin = tmp_path / "plugins"
    output(PROGRAM, "plugin", "install", plugin)
    for done in (
        run(PROGRAM, stdin=plain),
        _with(folder, "kustomize", "build", *EXEC),
        _with(folder, "kubectl", "kustomize", "--enable-alpha-plugins", plugins=str(plugin)),
    ):
        assert (done.returncode, done.stdout) == (1, b"")
        said = done.stderr.decode()
        assert said.count(IN_A_CONFIG_MAP) == 5
        assert all(f'data["{name}"]: {IN_A_CONFIG_MAP}' in said for name in files)
    for words in (("guard",), ("guard", "--keep")):
        done = run(PROGRAM, *words, stdin=plain)
        assert (done.returncode, len(messages(done))) == (1, 5)


def _with(folder: Path, host: str, *words: str, plugins: str = "") -> subprocess.CompletedProcess[bytes]:
    """A build with the function among the transformers, or with the same file as legacy plugin."""
    text = (
        transformer()
        if not plugins
        else "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\n"
    )
    (folder / "fn.yaml").write_text(text)
    (folder / "kustomization.yaml").write_text(CONFIG + "transformers: [fn.yaml]\n")
    return run(tool(host), *words, folder, env=environment(KUSTOMIZE_PLUGIN_HOME=plugins))


def test_a_config_map_that_may_show_its_files(tmp_path: Path) -> None:
    files = {name: FILES[name] for name in ("a.yaml", "a.json", "a.env", "a.ini")}
    config = "generatorOptions: {disableNameSuffixHash: true}\n" + CONFIG.replace(", a.bin", "")
    function = transformer(body="decryptKinds: [ConfigMap]\n")
    folder = kustomization(tmp_path / "e", config + "transformers: [fn.yaml]\n", {**files, "fn.yaml": function})
    for name in files:
        encrypt(folder / name)
    decrypted = {name: output(tool("sops"), "-d", folder / name) for name in files}
    assert objects(build(folder, *EXEC)) == objects(build(kustomization(tmp_path / "p", config, decrypted)))


def test_a_replacement_that_copies_ciphertext(tmp_path: Path) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: swordfish\n"
    user = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  url: pg://u:PASSWORD@db\n  whole: x\n"
    text = (
        "resources: [s.yaml, c.yaml]\nreplacements:\n- source: {kind: Secret, fieldPath: stringData.password}\n"
        "  targets:\n  - select: {kind: ConfigMap}\n    fieldPaths: [data.whole]\n"
        "  - select: {kind: ConfigMap}\n    fieldPaths: [data.url]\n    options: {delimiter: ':', index: 2}\n"
    )
    folder = kustomization(tmp_path, text, {"s.yaml": secret, "c.yaml": user})
    encrypt(folder / "s.yaml", "--encrypted-regex", "^stringData$")
    done = run(PROGRAM, stdin=build(folder))
    assert (done.returncode, done.stdout) == (1, b"")
    places = [line.partition(" ciphertext, which nothing decrypts here")[0] for line in messages(done)]
    assert places == [
        "krm-secrets: error: ConfigMap c, line 3: data.url: holds",
        "krm-secrets: error: ConfigMap c, line 4: data.whole: is",
    ]
