"""`krm-secrets plugin install`: what it links, what it prints, and what it leaves alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.hosts.support import PROGRAM
from tests.running import MEASURED

OURS = ("SecretsConfig", "SecretMapping", "SopsGenerator", "BitwardenStore")


def _install(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "plugin", "install", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], **MEASURED, **env},
        timeout=60,
    )


def _links(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): os.readlink(p) for p in sorted(folder.rglob("*")) if p.is_symlink()}


def _path(kind: str) -> str:
    return f"krm-secrets.dev/v1alpha1/{kind.lower()}/{kind}"


def test_every_kind_of_ours_is_linked_and_the_export_can_be_evaluated(tmp_path: Path) -> None:
    done = _install("a folder", cwd=tmp_path, HOME="/nonexistent")
    assert (done.returncode, done.stdout) == (0, f"export KUSTOMIZE_PLUGIN_HOME='{tmp_path}/a folder'\n")
    assert done.stderr == f"krm-secrets: linked {', '.join(OURS)} in {tmp_path}/a folder\n"
    assert _links(tmp_path / "a folder") == {_path(kind): str(PROGRAM) for kind in sorted(OURS)}


def test_ksops_is_linked_when_asked_for(tmp_path: Path) -> None:
    assert _install("--ksops", "p", cwd=tmp_path).returncode == 0
    assert _links(tmp_path / "p")["viaduct.ai/v1/ksops/ksops"] == str(PROGRAM)


def _states(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """What a second run could change; when a file was looked at is not part of it."""
    found = {path: path.lstat() for path in sorted(folder.rglob("*"))}
    return {path: (stat.st_ino, stat.st_mode, stat.st_mtime_ns) for path, stat in found.items()}


def test_twice_is_once(tmp_path: Path) -> None:
    _install("p", cwd=tmp_path)
    before = _states(tmp_path)
    done = _install("p", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"export KUSTOMIZE_PLUGIN_HOME={tmp_path}/p\n")
    assert done.stderr == f"krm-secrets: {', '.join(OURS)} were linked in {tmp_path}/p already\n"
    assert _states(tmp_path) == before


def test_nothing_is_to_be_exported_where_kustomize_looks_anyway(tmp_path: Path) -> None:
    for n, env in enumerate(({"HOME": "."}, {"XDG_CONFIG_HOME": "."}, {"KUSTOMIZE_PLUGIN_HOME": "."})):
        folder = tmp_path / str(n)
        folder.mkdir()
        done = _install(cwd=folder, **{key: str(folder) for key in env})
        assert (done.returncode, done.stdout) == (0, "")
        below = {"HOME": ".config/kustomize/plugin", "XDG_CONFIG_HOME": "kustomize/plugin"}.get(next(iter(env)), ".")
        assert len(_links(folder / below)) == 4


def test_the_folder_that_is_there_counts(tmp_path: Path) -> None:
    (tmp_path / "kustomize/plugin").mkdir(parents=True)
    assert _install(cwd=tmp_path, HOME=str(tmp_path)).stdout == ""
    assert len(_links(tmp_path / "kustomize/plugin")) == 4


def test_without_any_home_it_asks_for_one(tmp_path: Path) -> None:
    done = _install(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "krm-secrets: error: neither KUSTOMIZE_PLUGIN_HOME, XDG_CONFIG_HOME nor HOME is set: say where, with DIR\n"
    )


def test_what_is_not_ours_stays_and_nothing_is_changed(tmp_path: Path) -> None:
    foreign = tmp_path / "p" / _path("SecretMapping")
    foreign.parent.mkdir(parents=True)
    foreign.write_text("#!/bin/sh\n")
    linked = tmp_path / "p" / _path("SopsGenerator")
    linked.parent.mkdir(parents=True)
    linked.symlink_to("/usr/bin/ksops")
    done = _install("p", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"krm-secrets: error: {foreign}: is there and not ours: move it away\n"
        f"krm-secrets: error: {linked}: is there and not ours: move it away\n"
    )
    assert foreign.read_text() == "#!/bin/sh\n"
    assert _links(tmp_path) == {f"p/{_path('SopsGenerator')}": "/usr/bin/ksops"}


def test_a_link_to_a_krm_secrets_that_is_gone_is_turned_round(tmp_path: Path) -> None:
    old = tmp_path / "p" / _path("SecretsConfig")
    old.parent.mkdir(parents=True)
    old.symlink_to("/old/venv/bin/krm-secrets")
    assert _install("p", cwd=tmp_path).returncode == 0
    assert os.readlink(old) == str(PROGRAM)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("")
    done = _install("p", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"krm-secrets: error: {tmp_path}/p/{_path('SecretsConfig')}: cannot be linked: Not a directory\n"
    )


def test_as_a_module_of_python_the_program_beside_it_is_linked(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "krm_secrets", "plugin", "install", "p"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    assert set(_links(tmp_path / "p").values()) == {str(PROGRAM)}
