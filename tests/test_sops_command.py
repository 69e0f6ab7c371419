"""`krm-secrets sops decrypt`: the bytes of the real sops, files written whole or not at all, and what is said else."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from krm_secrets.sops.files.formats import Format
from tests.running import Done, run, start
from tests.sops.encrypter import KEY, OTHER_KEY, encrypt
from tests.tools import tool

CANARY = "plaintext-canary-7b1"
PLAIN: dict[str, bytes] = {
    "a.yaml": f"# head\na: {CANARY}\nb:\n  - 1\n  - 2.50\n---\nc: 2024-01-02\n".encode(),
    "a.json": b'{"a": "<x>", "b": [1, 2.5, null, true]}',
    "a.env": b"A=x y\n# note\nB=\\n\n",
    "a.ini": b"[s]\nk = v ; c\n",
    "a.bin": bytes(range(256)),
    ".env": b"A=1\n",
    "b.txt": b"no newline at the end",
}
FORMATS: dict[str, Format] = {"yaml": "yaml", "json": "json", "env": "dotenv", "ini": "ini"}
ENV = {"SOPS_AGE_KEY": KEY.identity}


def sops(folder: Path, *words: str) -> bytes | None:
    done = subprocess.run(
        [tool("sops"), *words], capture_output=True, cwd=folder, env={"HOME": str(folder), **ENV}, timeout=60
    )
    return done.stdout if done.returncode == 0 else None


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, encrypted by sops."""
    folder = tmp_path_factory.mktemp("encrypted")
    for name, content in PLAIN.items():
        (folder / name).write_bytes(content)
        assert sops(folder, "encrypt", "--age", KEY.recipient, "--in-place", name) is not None
    return folder


@pytest.fixture
def folder(encrypted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the encrypted files, which is the working folder."""
    shutil.copytree(encrypted, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def decrypt(*words: str, data: bytes = b"", env: dict[str, str] | None = None) -> Done:
    return run(data, "sops", "decrypt", *words, env=ENV if env is None else env)


def write_secret(path: Path, **options: object) -> None:
    path.write_text(json.dumps(encrypt({"data": {"k": CANARY}}, **options)[0]))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_printed_is_what_sops_prints(name: str, folder: Path) -> None:
    done = decrypt(name)
    assert done == (0, sops(folder, "-d", name), "")
    assert done.out


@pytest.mark.parametrize("output", ["yaml", "json", "dotenv", "ini", "binary"])
@pytest.mark.parametrize("name", ["a.json", "a.env", "b.txt"])
def test_other_formats_are_those_of_sops(name: str, output: str, folder: Path) -> None:
    theirs = sops(folder, "-d", "--output-type", output, name)
    ours = decrypt("--output-type", output, name)
    assert (ours.out if ours.code == 0 else None) == theirs


@pytest.mark.parametrize(("name", "form"), [("a.yaml", "yaml"), ("a.env", "dotenv"), ("b.txt", "binary")])
def test_standard_input_with_its_format(name: str, form: str, folder: Path) -> None:
    done = decrypt("--input-type", form, "-", data=(folder / name).read_bytes())
    assert done == (0, sops(folder, "-d", name), "")


@pytest.mark.parametrize("indents", ["{yaml: {indent: 2}}", "{json: {indent: 0}}", "{json: {indent: 3}}"])
@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_the_indent_of_the_stores_is_that_of_sops(name: str, indents: str, folder: Path) -> None:
    (folder / ".sops.yaml").write_text(f"stores: {indents}\n")
    assert decrypt(name).out == sops(folder, "-d", name)


def test_the_configuration_that_the_environment_names(folder: Path) -> None:
    (folder / "other").write_text("stores: {yaml: {indent: 7}}\n")
    assert b"\n       - 1\n" in decrypt("a.yaml", env={**ENV, "SOPS_CONFIG": "other"}).out


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("- a\n", "must be a mapping with creation_rules"),
        (b"\xff", "the input is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_broken_configuration_is_a_warning(config: str | bytes, message: str, folder: Path) -> None:
    (folder / ".sops.yaml").write_bytes(config if isinstance(config, bytes) else config.encode())
    done = decrypt("a.env")
    assert (done.code, done.out) == (0, PLAIN["a.env"].replace(b"\\n\n", b"\\n\n"))
    assert done.err.startswith("krm-secrets: warning: ")
    assert message in done.err


def test_several_yaml_files_are_one_stream(folder: Path) -> None:
    (folder / "b.yaml").write_bytes((folder / "a.yaml").read_bytes())
    single = sops(folder, "-d", "a.yaml")
    assert single is not None
    assert decrypt("a.yaml", "b.yaml").out == single + b"---\n" + single


def test_several_files_are_printed_or_none(folder: Path) -> None:
    (folder / "c.yaml").write_text("a: 1\n")
    done = decrypt("a.yaml", "c.yaml", "d.yaml")
    assert (done.code, done.out) == (1, b"")
    assert done.err == (
        "krm-secrets: error: c.yaml: is no file that sops encrypted: it has no sops block\n"
        "krm-secrets: error: d.yaml: cannot be read: No such file or directory\n"
    )


def test_output_goes_to_a_private_file(folder: Path) -> None:
    done = decrypt("--output", "out.yaml", "a.yaml")
    assert done == (0, b"", "")
    assert (folder / "out.yaml").read_bytes() == sops(folder, "-d", "a.yaml")
    assert stat.S_IMODE((folder / "out.yaml").stat().st_mode) == 0o600


def test_output_is_not_touched_by_a_failure(folder: Path) -> None:
    (folder / "out").write_bytes(b"old")
    done = decrypt("--output", "out", "c.yaml")
    assert (done.code, (folder / "out").read_bytes()) == (1, b"old")


def test_in_place_writes_each_file_that_can_be_decrypted(folder: Path) -> None:
    (folder / "a.env").chmod(0o640)
    write_secret(folder / "other.json", keys=(OTHER_KEY,))
    before = (folder / "other.json").read_bytes()
    expected = {name: sops(folder, "-d", name) for name in PLAIN}
    done = decrypt("-i", *PLAIN, "other.json")
    assert (done.code, done.out) == (1, b"")
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith("krm-secrets: error: other.json: sops: none of the identities opens it;")
    assert {name: (folder / name).read_bytes() for name in PLAIN} == expected
    assert (folder / "other.json").read_bytes() == before
    assert stat.S_IMODE((folder / "a.env").stat().st_mode) == 0o640
    assert not [name for name in os.listdir(folder) if name.startswith(".krm-secrets-")]


def test_in_place_follows_a_link(folder: Path) -> None:
    expected = sops(folder, "-d", "a.yaml")
    (folder / "link.yaml").symlink_to("a.yaml")
    assert decrypt("--in-place", "link.yaml").code == 0
    assert os.readlink("link.yaml") == "a.yaml"
    assert (folder / "a.yaml").read_bytes() == expected


def test_a_crash_between_write_and_rename_leaves_the_ciphertext(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (folder / "a.yaml").read_bytes()

    def crash(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("krm_secrets.krm.atomic.swap", crash)
    done = decrypt("-i", "a.yaml")
    assert done == (1, b"", "krm-secrets: error: a.yaml: cannot be written: Input/output error\n")
    assert (folder / "a.yaml").read_bytes() == before
    assert sorted(os.listdir(folder)) == sorted(PLAIN)


def test_a_changed_file_needs_ignore_mac(folder: Path) -> None:
    text = (folder / "a.yaml").read_bytes().replace(b"\nc: ENC[", b"\nd_unencrypted: x\nc: ENC[")
    (folder / "a.yaml").write_bytes(text)
    done = decrypt("a.yaml")
    assert (done.code, done.out) == (1, b"")
    assert done.err == (
        "krm-secrets: error: a.yaml: sops.mac: the MAC does not fit: the file was changed or merged after sops wrote"
        " it; restore what sops wrote, or change it with sops\n"
    )
    assert decrypt("--ignore-mac", "a.yaml").out == sops(folder, "-d", "--ignore-mac", "a.yaml")


def test_a_missing_mac(folder: Path) -> None:
    write_secret(folder / "x.json")
    document = json.loads((folder / "x.json").read_text())
    del document["sops"]["mac"]
    (folder / "x.json").write_text(json.dumps(document))
    assert decrypt("x.json").err == (
        "krm-secrets: error: x.json: sops.mac: has no MAC, which says whether somebody changed the file\n"
    )
    assert decrypt("--ignore-mac", "x.json").code == 0


def test_without_keys(folder: Path) -> None:
    done = decrypt("a.yaml", env={})
    assert (done.code, done.out) == (1, b"")
    assert done.first.startswith("krm-secrets: error: a.yaml: sops: no age identity found to decrypt it")


def test_a_moved_value_is_named_by_its_field_and_not_by_its_content(folder: Path) -> None:
    write_secret(folder / "x.json")
    text = (folder / "x.json").read_text().replace('"k"', '"moved"')
    (folder / "x.json").write_text(text)
    done = decrypt("x.json")
    assert done.code == 1
    assert done.first.startswith(
        "krm-secrets: error: x.json: data.moved: no value opens with the key in the sops block"
    )
    assert CANARY not in done.err
    assert KEY.identity not in done.err


@pytest.mark.parametrize(
    ("name", "hint"), [("a.yaml", "yaml"), ("a.env", "dotenv"), ("a.ini", "ini")], ids=["yaml", "dotenv", "ini"]
)
def test_a_name_that_hides_the_format(name: str, hint: str, folder: Path) -> None:
    (folder / name).rename(folder / "hidden")
    assert decrypt("hidden").err == (
        f"krm-secrets: error: hidden: its name says nothing of a format, and it looks like {hint}: give --input-type"
        f" {hint}\n"
    )
    assert decrypt("--input-type", hint, "hidden").code == 0


def test_a_file_of_no_format(folder: Path) -> None:
    (folder / "x").write_text("{}")
    assert decrypt("x").err == "krm-secrets: error: x: is no file that sops encrypted: it has no sops block\n"
    (folder / "y").write_text("")
    assert decrypt("y").err == "krm-secrets: error: y: not valid JSON: line 1: Expecting value\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Missing argument 'FILE...'."),
        (("-i", "--output", "x", "a.yaml"), "--in-place takes files, and no --output"),
        (("-i", "-", "--input-type", "yaml"), "--in-place takes files, and no --output"),
        (("--output", "x", "a.yaml", "a.json"), "--output takes one FILE; give several with --in-place"),
        (("-",), "standard input has no name that says its format: give --input-type"),
        (("a.yaml", "a.yaml"), "the same FILE stands twice"),
        (
            ("a.yaml", "a.env"),
            "only YAML files can be printed one behind the other: give one FILE, --output-type yaml, or --in-place",
        ),
        (("--input-type", "toml", "a"), "Invalid value for '--input-type': 'toml' is not one of"),
    ],
)
def test_usage_errors(words: tuple[str, ...], message: str) -> None:
    done = decrypt(*words)
    assert (done.code, done.out) == (2, b"")
    assert f"Error: {message}" in done.err


def test_files_of_other_formats_can_be_printed_as_yaml(folder: Path) -> None:
    parts = [sops(folder, "-d", "--output-type", "yaml", name) for name in ("a.env", "a.json")]
    assert decrypt("--output-type", "yaml", "a.env", "a.json").out == b"---\n".join(part or b"" for part in parts)


def test_an_unforeseen_error_names_the_file_and_no_content(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("krm_secrets.cli.sops_decrypt.decrypt_file", fail)
    done = decrypt("a.yaml")
    assert done.code == 1
    assert done.first.startswith("krm-secrets: error: a.yaml: internal error (RuntimeError at ")
    assert CANARY not in done.err


def test_an_interrupt_is_no_success(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr("krm_secrets.cli.sops_decrypt.decrypt_file", fail)
    assert decrypt("a.yaml").code == 130


def test_a_process_of_its_own(folder: Path) -> None:
    done = start(b"", "sops", "decrypt", "a.yaml", env=ENV, cwd=str(folder))
    assert done == (0, sops(folder, "-d", "a.yaml"), "")


@pytest.mark.parametrize("module", ["krm_secrets.shell", "krm_secrets.cli.commandline", "krm_secrets.cli.sops_decrypt"])
def test_only_those_who_show_tables_import_rich(module: str) -> None:
    program = f"import sys, {module}; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
