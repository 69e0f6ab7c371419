"""What cannot be read is named, and `shorten` and `guard --files` end with 1: nobody can judge what he did not see."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.migrate.test_shorten_command import ONE
from tests.repository.support import lay
from tests.running import run

NOBODY = 65534


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository that everybody may enter: those of pytest are for their owner alone."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    lay(made, {".git/HEAD": "", "a/one.yaml": ONE, "b/two.yaml": ONE.replace("dns", "two"), "c/none.yaml": "a: b\n"})
    monkeypatch.chdir(made)
    try:
        yield made
    finally:
        subprocess.run(["/bin/chmod", "-R", "u+rwx", str(made)], check=False)
        subprocess.run(["/bin/rm", "-r", str(made)], check=True)


def unprivileged(*words: str) -> tuple[int, str]:
    """Exit code and standard error of somebody who may not read everything, as root may."""
    run("", *(word for word in words if word != "--write"))  # all is imported then: the place may be closed to him
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            done = run("", *words)
            os.write(writer, f"{done.code} {done.err}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as said:
        code, _, err = said.read().partition(" ")
    os.waitpid(child, 0)
    return int(code), err


DENIED = "Permission denied"


@pytest.mark.parametrize(
    ("path", "mode", "told"),
    [
        ("b/two.yaml", 0o000, "b/two.yaml: cannot be read"),
        ("b", 0o000, "b: cannot be listed"),
        ("b", 0o444, "b/two.yaml: cannot be read"),  # it can be listed, and nothing in it can be looked at
        ("b", 0o111, "b: cannot be listed"),
    ],
)
@pytest.mark.parametrize("words", [("shorten", "."), ("shorten", "b"), ("shorten", "--write", "."), ("render", ".")])
def test_what_is_closed_is_named(path: str, mode: int, told: str, words: tuple[str, ...], folder: Path) -> None:
    (folder / path).chmod(mode)
    code, err = unprivileged(*words)
    assert (code, f"krm-secrets: error: {told}: {DENIED}\n" in err) == (1, True)


@pytest.mark.parametrize(
    ("path", "mode", "told"),
    [
        ("b/two.yaml", 0o000, "b/two.yaml: cannot be read"),
        ("b", 0o000, "b: cannot be listed"),
        ("b", 0o444, "b/two.yaml: cannot be read"),
    ],
)
def test_guard_names_it_too(path: str, mode: int, told: str, folder: Path) -> None:
    (folder / path).chmod(mode)
    assert unprivileged("guard", "--files", ".") == (1, f"krm-secrets: error: {told}: {DENIED}\n")


@pytest.mark.parametrize(
    ("path", "mode", "told"),
    [
        ("b/two.yaml", 0o000, "b/two.yaml: cannot be read"),
        ("b", 0o000, "b: cannot be listed"),
        ("b", 0o444, "b/two.yaml: cannot be read"),
    ],
)
def test_check_names_it_once(path: str, mode: int, told: str, folder: Path) -> None:
    (folder / path).chmod(mode)
    code, err = unprivileged("check", ".")
    assert (code, err.count(f"krm-secrets: error: {told}: {DENIED}\n"), err.count(DENIED)) == (3, 1, 1)


def test_a_folder_inside_of_one_that_cannot_be_listed(folder: Path) -> None:
    lay(folder, {"b/deep/three.yaml": ONE})
    (folder / "b").chmod(0o711)
    for words in (("shorten", "b/deep"), ("render", "b/deep")):
        assert unprivileged(*words)[0] == 1
        assert f"krm-secrets: error: b: cannot be listed: {DENIED}\n" in unprivileged(*words)[1]


def test_files_are_not_moved_where_it_is_not_known_who_lists_them(folder: Path) -> None:
    lay(folder, {"c/kustomization.yaml": "resources: [../a/one.yaml]\n"})
    assert unprivileged("shorten", "a")[0] == 0
    for path, told in (("c/kustomization.yaml", "read"), ("c", "listed")):
        (folder / path).chmod(0)
        before = (folder / "a/one.yaml").read_bytes()
        code, err = unprivileged("shorten", "--write", "a")
        (folder / path).chmod(0o755)
        assert (code, f"krm-secrets: error: {path}: cannot be {told}: {DENIED}\n" in err) == (1, True)
        assert (folder / "a/one.yaml").read_bytes() == before


def test_links_in_a_circle_are_named_and_links_to_nowhere_are_not(folder: Path) -> None:
    (folder / "a/nowhere.yaml").symlink_to("/nonexistent/x.yaml")
    (folder / "a/below.yaml").symlink_to("one.yaml/x.yaml")
    assert run("", "shorten", ".").code == 0
    assert run("", "guard", "--files", ".").code == 0
    (folder / "a/loop.yaml").symlink_to("loop.yaml")
    told = "krm-secrets: error: a/loop.yaml: cannot be read: Too many levels of symbolic links\n"
    done = run("", "shorten", ".")
    assert (done.code, told in done.err) == (1, True)
    assert run("", "guard", "--files", ".").code == 0  # Git keeps the link alone
    assert run("", "guard", "--files", "a/loop.yaml")[::2] == (1, told)


def test_a_path_that_is_too_long(folder: Path) -> None:
    deep = os.getcwd()
    for _ in range(20):
        os.mkdir("x" * 250)
        os.chdir("x" * 250)
    Path("one.yaml").write_text(ONE)
    os.chdir(deep)
    for words in (("shorten", "."), ("guard", "--files", ".")):
        done = run("", *words)
        assert done.code == 1
        assert "cannot be listed: File name too long\n" in done.err


def test_pipes_are_nobody_s_files(folder: Path) -> None:
    os.mkfifo("a/pipe.yaml")
    assert run("", "shorten", ".").code == 0
    assert run("", "guard", "--files", ".").code == 0
    assert run("", "guard", "--files", "a/pipe.yaml")[::2] == (
        1,
        "krm-secrets: error: a/pipe.yaml: is no regular file\n",
    )


def test_a_mapping_that_is_no_text_keeps_its_generated_file(folder: Path) -> None:
    mapping = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: m}\nsecrets: {s: item}\n"
    lay(
        folder,
        {
            "krm-secrets.yaml": mapping.replace("SecretMapping", "SecretsConfig").replace(
                "secrets: {s: item}", "store: v"
            )
        },
    )
    (folder / "c/m.yaml").write_text(mapping)
    assert run("", "render", "c").code == 0
    made = (folder / "c/externalsecret.yaml").read_bytes()
    (folder / "c/m.yaml").write_bytes(mapping.encode("utf-16") + b"\x00\xd8")  # half a character
    assert run("", "render", "c").code == 1
    assert (folder / "c/externalsecret.yaml").read_bytes() == made
