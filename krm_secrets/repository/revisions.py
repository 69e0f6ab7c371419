"""What a work tree was at a revision: asked of Git's objects alone.

Nothing is checked out and no index is looked at, so that no hook, filter, textconv program or file system monitor runs,
whatever the repository's own configuration names.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Failure, clean, failure
from krm_secrets.krm.files import MAX_SIZE, read_bytes

_OPTIONS = (
    "--no-optional-locks",
    "--no-replace-objects",
    "--literal-pathspecs",
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
)  # fmt: skip
_ENVIRONMENT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_KEPT = ("PATH", "HOME", "XDG_CONFIG_HOME")
_FILES = ("100644", "100755")


class Blob(NamedTuple):
    """A file of a commit: the hash of its content, and how many bytes that has."""

    hash: str
    size: int


def resolved(root: str, revision: str) -> str:
    """The commit that a revision names in the work tree; Failure where it names none."""
    name = clean(revision)
    if revision.startswith("-") or "\0" in revision:
        raise failure(f"{name} is no revision")
    done = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.returncode:
        raise failure(
            f"{name} is no commit that Git has here: is it spelt right, and fetched (a shallow clone has the last"
            " commit alone; `git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout)?"
        )
    return done.stdout.decode().strip()


def blobs(root: str, commit: str, wanted: Callable[[str], bool]) -> dict[str, Blob]:
    """The regular files of a commit, by their paths from the root, which are `wanted`."""
    done = _git(root, "ls-tree", "-r", "-l", "-z", "--full-tree", commit)
    if done.returncode:
        raise failure("Git cannot list what was committed: `git fsck` says why")
    found = {}
    for line in done.stdout.split(b"\0"):
        head, _, name = line.partition(b"\t")
        mode, _, hash, size = (head.decode().split() + [""] * 4)[:4]
        path = os.fsdecode(name)
        if mode in _FILES and _is_inside(path) and wanted(path):
            if not size.isdigit():
                raise failure(f"Git does not have what {clean(path)} held: fetch all of the commit")
            found[path] = Blob(hash, int(size))
    return found


def changed(root: str, commit: str, wanted: Callable[[str], bool], now: Iterator[str]) -> frozenset[str]:
    """The wanted paths from the root that are not now what they were in the commit; `now` are the files there are."""
    then = blobs(root, commit, wanted)
    here = {path for path in now if wanted(path)}
    same = {path for path in here & then.keys() if _hash(os.path.join(root, path), then[path].hash) == then[path].hash}
    return frozenset((here | then.keys()) - same)


@contextmanager
def work_tree(root: str, commit: str, wanted: Callable[[str], bool]) -> Iterator[str]:
    """A work tree with the wanted files of a commit, up to the size of what is read at all, as long as it is used."""
    found = {path: blob for path, blob in blobs(root, commit, wanted).items() if blob.size <= MAX_SIZE}
    with TemporaryDirectory(prefix="krm-secrets-") as temporary:
        folder = os.path.realpath(temporary)
        os.mkdir(os.path.join(folder, ".git"))
        for path, data in _contents(root, found):
            target = os.path.join(folder, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(data)
        yield folder


def _contents(root: str, found: Mapping[str, Blob]) -> Iterator[tuple[str, bytes]]:
    """The content of each file."""
    asked = "".join(f"{blob.hash}\n" for blob in found.values())
    answer = _git(root, "cat-file", "--batch", asked=asked.encode()).stdout
    at = 0
    for path, blob in found.items():
        start = answer.find(b"\n", at) + 1
        at = start + blob.size + 1
        yield path, answer[start : at - 1]


def _hash(path: str, like: str) -> str:
    """The hash that Git gives to the content of a file."""
    try:
        data = read_bytes(path)
    except Failure:
        return ""
    made = hashlib.sha256 if len(like) == hashlib.sha256().digest_size * 2 else hashlib.sha1
    return made(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _is_inside(path: str) -> bool:
    """Whether a path that a commit names leads nowhere else; Git itself refuses others, an author need not."""
    return not os.path.isabs(path) and not {"", ".", "..", ".git"}.intersection(path.split("/"))


def _git(root: str, *words: str, asked: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("git")
    if program is None:
        raise failure("what was committed is asked of git, which PATH does not have")
    environment = {key: os.environ[key] for key in _KEPT if key in os.environ} | _ENVIRONMENT
    return subprocess.run(  # noqa: S603 - what PATH finds by a fixed name; no shell, and words that are no options
        [program, *_OPTIONS, *words],
        cwd=root,
        input=asked,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        check=False,
    )
