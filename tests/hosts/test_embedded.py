"""Files of the real sops in the Secrets of kustomize's own secretGenerator, decrypted behind it and inside of it."""

from __future__ import annotations

from pathlib import Path

from tests.tools import tool

from .support import EXEC, PROGRAM, build, encrypt, kustomization, objects, output, pipe, run, transformer

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
