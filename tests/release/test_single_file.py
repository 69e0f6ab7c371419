"""The program as one file: what is in it, and where it unpacks itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.hosts.support import CLUSTER, FACTS, KEY, ROOT, build, documents, facts, objects, pipe

PYTHON = Path(sys.executable).parent


@pytest.fixture
def unpacked(single_file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which an earlier start has unpacked the file."""
    env = _environment(single_file.parent / "root")
    _run(single_file, "--version", env=env)
    return env


def _environment(root: Path) -> dict[str, str]:
    return {"PATH": f"{PYTHON}:{os.environ['PATH']}", "SHIV_ROOT": str(root), "SOPS_AGE_KEY_FILE": str(KEY)}


def _run(*words: str | Path, env: dict[str, str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*map(str, words)], env=env, input=given, capture_output=True, timeout=120)


def test_the_first_start_and_the_next_make_what_the_program_makes(single_file: Path, tmp_path: Path) -> None:
    stream = build(CLUSTER)
    env = _environment(tmp_path / "root")
    for _ in range(2):
        done = _run(single_file, env=env, given=stream)
        assert (done.returncode, done.stderr) == (0, b"")
        assert facts(objects(done.stdout)) == FACTS
        assert done.stdout == pipe(stream)


def test_it_can_be_called_by_python_by_a_link_and_with_words_that_a_shell_would_split(
    single_file: Path, unpacked: dict[str, str], tmp_path: Path
) -> None:
    link = tmp_path / "SecretsConfig"
    link.symlink_to(single_file)
    (tmp_path / "a b").mkdir()
    shutil.copytree(CLUSTER, tmp_path / "a b/c  d")
    expected = _run(single_file, "run", CLUSTER, env=unpacked).stdout
    assert len(documents(expected)) > 20
    for words in ((sys.executable, single_file), (link,), (single_file,)):
        assert _run(*words, "run", tmp_path / "a b/c  d", env=unpacked).stdout == expected


def test_as_a_legacy_plugin_it_links_itself(single_file: Path, unpacked: dict[str, str], tmp_path: Path) -> None:
    assert _run(single_file, "plugin", "install", tmp_path / "p", env=unpacked).returncode == 0
    link = tmp_path / "p/krm-secrets.dev/v1alpha1/secretsconfig/SecretsConfig"
    assert os.readlink(link) == str(single_file)


def test_a_failure_has_its_message_and_its_exit_code(single_file: Path, unpacked: dict[str, str]) -> None:
    done = _run(single_file, "guard", env=unpacked)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"krm-secrets: error: nothing came in on standard input")


def test_a_folder_that_cannot_be_written_is_named(single_file: Path) -> None:
    done = _run(single_file, env=_environment(Path("/proc/none")))
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == (
        b"krm-secrets: error: /proc/none, where this file unpacks itself: No such file or directory; set SHIV_ROOT to"
        b" another folder\n"
    )


OLD = "sys.version_info = (3, 9, 1)"


@pytest.mark.parametrize("first", [True, False])
def test_another_python_is_refused(first: bool, single_file: Path, unpacked: dict[str, str], tmp_path: Path) -> None:
    """Libraries in the file are compiled for one minor version."""
    if first:
        code = f"import sys, runpy; {OLD}; del sys.argv[0]; runpy.run_path(sys.argv[0], None, '__main__')"
        done = _run(sys.executable, "-c", code, single_file, env=_environment(tmp_path / "root"))
    else:  # python3 -IS -c CODE ...
        other = tmp_path / "bin/python3"
        other.parent.mkdir()
        other.write_text(f'#!/bin/sh\ncode=$3\nshift 3\nexec {sys.executable} -IS -c "import sys; {OLD}\n$code" "$@"\n')
        other.chmod(0o755)
        done = _run(single_file, env=unpacked | {"PATH": f"{other.parent}:{unpacked['PATH']}"})
    made_for = "{}.{}".format(*sys.version_info)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode() == (
        f"krm-secrets: error: this file was made for Python {made_for}, and this is Python 3.9\n"
    )


def test_no_path_of_the_machine_that_built_it_is_in_it(single_file: Path) -> None:
    with zipfile.ZipFile(single_file) as archive:
        holders = [entry for entry in archive.namelist() if str(ROOT).encode() in archive.read(entry)]
        assert holders == []
        assert not any(entry.endswith("direct_url.json") for entry in archive.namelist())
