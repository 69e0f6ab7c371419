"""Whatever moment a command is killed at: nothing is lost, and run again it ends where it would have ended."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from krm_secrets.krm import swap
from krm_secrets.krm.reading import read_files
from krm_secrets.krm.resource import Source
from krm_secrets.krm.temporary import is_temporary
from tests import test_trees
from tests.killing import State, every_kill, killed, state
from tests.migrate import test_moved_trees
from tests.repository.support import lay
from tests.running import MEASURED, run, run_in
from tests.sops.encrypter import KEY, encrypt

CANARY = "plaintext-canary-7b1"
MOVED = [name for name in test_moved_trees.NAMES if (test_moved_trees.TREES / name / "after").exists()]
RENDERED = [name for name in test_trees.NAMES if (test_trees.TREES / name / "after").exists()]


@pytest.fixture(autouse=True)
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine goes on, and disks are slow."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def copies(made: Callable[[Path], Path], folder: Path) -> Callable[[], Path]:
    """A fresh copy of a tree at each call."""
    numbers = itertools.count()
    first = made(folder / "first")

    def fresh() -> Path:
        return Path(shutil.copytree(first, folder / str(next(numbers)), symlinks=True))

    return fresh


def external_secrets(tree: State) -> set[tuple[str, str]]:
    """The ExternalSecrets of a tree, but for those in temporary files."""
    texts = [content for path, (_, _, content) in tree.items() if not is_temporary(os.path.basename(path))]
    sources = [Source(text.decode()) for text in texts if b"kind: ExternalSecret" in text]
    items = [item for source in sources for item in read_files([source]).items]
    return {(item.ref.namespace, item.ref.name) for item in items if item.kind == "ExternalSecret"}


MANY = 6
"""Files that change, from which on the calls for them are looked at in turn: for each file they are the same."""


def holds_at_every_call(fresh: Callable[[], Path], words: tuple[str, ...], env: dict[str, str] | None = None) -> int:
    """Kill the command at each of its calls, and run it again; returns how many there are."""
    undisturbed = fresh()
    before = state(undisturbed)
    assert run_in(undisturbed, *words, env=env).code == 0
    after = state(undisturbed)
    number, changed = 0, sum(entry != before.get(path) for path, entry in after.items())
    for number, folder in every_kill(fresh, words, env, step=1 if changed <= MANY else 5):
        there = state(folder)
        assert external_secrets(there) >= external_secrets(before) & external_secrets(after)
        for path, entry in there.items():
            if not is_temporary(os.path.basename(path)):
                assert entry in (before.get(path), after.get(path)), f"{path} at call {number}"
        done = run_in(folder, *words, env=env)
        assert (done.code, state(folder)) == (0, after), f"call {number}: {done.err}"
        shutil.rmtree(folder)
    return number


@pytest.mark.parametrize("name", MOVED)
def test_shorten(name: str, tmp_path: Path) -> None:
    fresh = copies(lambda folder: test_moved_trees.copied(name, folder), tmp_path)
    assert holds_at_every_call(fresh, ("shorten", "--write", ".")) > 10


@pytest.mark.parametrize("name", RENDERED)
def test_render(name: str, tmp_path: Path) -> None:
    fresh = copies(lambda folder: test_trees.copied(name, folder), tmp_path)
    assert holds_at_every_call(fresh, ("render", ".")) > 4


@pytest.mark.parametrize("links", [True, False])
def test_a_system_that_does_not_exchange_two_files_at_once(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(swap, "_exchanged", lambda *_: False)
    if not links:
        monkeypatch.setattr(os, "link", refuse)
    fresh = copies(lambda folder: test_moved_trees.copied("files-with-other-objects", folder), tmp_path)
    assert holds_at_every_call(fresh, ("shorten", "--write", ".")) > 10


def encrypted(folder: Path) -> Path:
    lay(folder, {name: json.dumps(encrypt({"data": {"k": CANARY}})[0]) for name in ("a.json", "b.json")})
    (folder / "a.json").chmod(0o644)
    (folder / "b.json").chmod(0o600)
    (folder / "link.json").symlink_to("a.json")
    (folder / "old.json").write_text(CANARY)
    (folder / "old.json").chmod(0o640)
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ("--in-place", "a.json", "b.json"),
        ("--in-place", "link.json"),
        ("--output", "new.json", "a.json"),
        ("--output", "old.json", "a.json"),
    ],
)
def test_sops_decrypt(words: tuple[str, ...], tmp_path: Path) -> None:
    """A second run says of a file that was done that it is not encrypted. Rights are only ever fewer than they were."""
    fresh = copies(encrypted, tmp_path)
    undisturbed = fresh()
    env = {"SOPS_AGE_KEY": KEY.identity}
    assert run_in(undisturbed, "sops", "decrypt", *words, env=env).code == 0
    before, after = state(fresh()), state(undisturbed)
    number = 0
    for number, folder in every_kill(fresh, ("sops", "decrypt", *words), env):
        there = state(folder)
        left = {path: entry for path, entry in there.items() if is_temporary(os.path.basename(path))}
        assert {mode for _, mode, content in left.values() if CANARY.encode() in content} <= {0o600}
        guarded = run_in(folder, "guard", "--files", ".")
        assert all(f"error: {path}: " in guarded.err for path in left), f"call {number}: {guarded.err}"
        run_in(folder, "sops", "decrypt", *words, env=env)
        ended = state(folder)
        for path in set(there) - set(left):
            assert there[path][2] in (before.get(path, after[path])[2], after[path][2])
        assert ended.keys() == after.keys()
        for path, (kind, mode, content) in ended.items():
            assert (kind, content) == after[path][::2]
            assert mode in (after[path][1], 0o600)
        shutil.rmtree(folder)
    assert number > 3


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "words", [("shorten", "--write", "."), ("sops", "decrypt", "--in-place", "a.json", "b.json")], ids=["all", "each"]
)
def test_a_signal_that_can_be_caught_leaves_all_or_nothing(
    words: tuple[str, ...], by: signal.Signals, tmp_path: Path
) -> None:
    """Of `sops decrypt` for each file; the exit code is looked at where it is killed."""
    tree = "namespaces-and-names-that-meet"
    fresh = copies(encrypted if "sops" in words else partial(test_moved_trees.copied, tree), tmp_path)
    env = {"SOPS_AGE_KEY": KEY.identity}
    undisturbed = fresh()
    assert run_in(undisturbed, *words, env=env).code == 0
    before, after = state(fresh()), state(undisturbed)
    ends = []
    for _, folder in every_kill(fresh, words, env, by):
        there = state(folder)
        assert there.keys() in (before.keys(), after.keys())
        ends.append([entry == after[path] for path, entry in there.items() if entry != before.get(path)])
        assert all(ends[-1])
    changed = sum(entry != before.get(path) for path, entry in after.items())
    assert {len(each) for each in ends} == ({0, 1, 2} if "sops" in words else {0, changed})


def test_a_command_that_waits_for_a_key_ends_by_sigterm(tmp_path: Path) -> None:
    encrypted(tmp_path)
    began = tmp_path / "began"
    waiting = subprocess.Popen(
        [sys.executable, "-m", "krm_secrets", "sops", "decrypt", "--in-place", "a.json"],
        cwd=tmp_path,
        env=MEASURED | {"PATH": os.environ["PATH"], "SOPS_AGE_KEY_CMD": f"sh -c 'touch {began}; exec sleep 60'"},
        stderr=subprocess.PIPE,
    )
    while not began.exists():
        time.sleep(0.02)
    waiting.send_signal(signal.SIGTERM)
    assert waiting.communicate(timeout=30)[1] == b""
    assert waiting.returncode == 143


def test_two_runs_at_once_do_not_take_each_other_s_files(tmp_path: Path) -> None:
    """One is stopped while its temporary files are there; another removes what a third left, which was killed."""
    fresh = copies(partial(test_moved_trees.copied, "files-with-other-objects"), tmp_path)
    undisturbed = fresh()
    assert run_in(undisturbed, "shorten", "--write", ".").code == 0
    after = state(undisturbed)
    folder = fresh()
    assert killed(folder, ("shorten", "--write", "."), 6)
    dead = {path for path in state(folder) if is_temporary(os.path.basename(path))}
    assert dead
    child = os.fork()
    if not child:
        os.chdir(folder)
        real, calls = os.open, []

        def stops(path: str, flags: int, *mode: int) -> int:
            calls.append(flags & os.O_CREAT)
            if len(list(filter(None, calls))) == 3:
                os.kill(os.getpid(), signal.SIGSTOP)
            return real(path, flags, *mode)

        os.open = stops  # type: ignore[assignment]
        done = run("", "shorten", "--write", ".")
        os._exit(done.code if "changed by somebody else meanwhile" in done.err else 9)
    os.waitpid(child, os.WUNTRACED)
    held = {path for path in state(folder) if is_temporary(os.path.basename(path))}
    assert len(held) == 2
    assert not held & dead
    assert run_in(folder, "guard", "--files", ".").code == 0
    assert run_in(folder, "shorten", "--write", ".").code == 0
    assert {path: entry for path, entry in state(folder).items() if path not in held} == after
    os.kill(child, signal.SIGCONT)
    assert os.waitpid(child, 0)[1] == 1 << 8
    assert state(folder) == after


@pytest.mark.parametrize(
    "words", [("render", "."), ("shorten", "--write", "."), ("sops", "decrypt", "--in-place", "a.json", "b.json")]
)
def test_two_at_once_lose_nothing(words: tuple[str, ...], tmp_path: Path) -> None:
    """Whoever comes second sees what the first did, or says in words of its own what it met, and writes nothing."""
    makers: dict[str, Callable[[Path], Path]] = {
        "render": partial(test_trees.copied, RENDERED[0]),
        "shorten": partial(test_moved_trees.copied, "files-with-other-objects"),
        "sops": encrypted,
    }
    fresh = copies(makers[words[0]], tmp_path)
    undisturbed = fresh()
    before, env = state(undisturbed), {"SOPS_AGE_KEY": KEY.identity}
    assert run_in(undisturbed, *words, env=env).code == 0
    after = state(undisturbed)
    for _ in range(4):
        folder = fresh()
        command = [sys.executable, "-m", "krm_secrets", *words]
        both = [
            subprocess.Popen(command, cwd=folder, env={**MEASURED, **env}, stdout=-3, stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        said = [(process.communicate()[1], process.returncode) for process in both]
        for err, code in said:
            assert code == 0 or (code == 1 and err.startswith("krm-secrets: error: ")), err
        there = state(folder)
        for path in {*before, *after, *there}:
            assert there.get(path) in (before.get(path), after.get(path))
        if 0 in {code for _, code in said}:  # each may stop at the other's
            assert there == after
        elif words[0] != "sops":
            assert run_in(folder, *words, env=env).code == 0
            assert state(folder) == after
        shutil.rmtree(folder)


def test_plugin_install(tmp_path: Path) -> None:
    def laid(folder: Path) -> Path:
        ours = folder / "krm-secrets.dev/v1alpha1/secretmapping"
        ours.mkdir(parents=True)
        (ours / "SecretMapping").symlink_to("/gone/krm-secrets")
        (ours / "SecretMapping.4711").symlink_to("/gone/krm-secrets")  # left by a release that knew no better
        return folder

    fresh = copies(laid, tmp_path)
    assert holds_at_every_call(fresh, ("plugin", "install", "."), {"PATH": os.path.dirname(sys.executable)}) > 8
