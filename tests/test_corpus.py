"""Every Kubernetes object of a real repository, in one stream through the pipe."""

from __future__ import annotations

import difflib
import subprocess
from functools import cache
from pathlib import Path

import pytest

from krm_secrets.errors import Failure
from krm_secrets.krm.files import read_source
from krm_secrets.krm.folders import find
from krm_secrets.krm.reading import read, read_files
from krm_secrets.krm.resource import Resource
from krm_secrets.stages.placeholder import ANNOTATION

from .hosts.support import PROGRAM, environment, messages, run
from .tools import shared

NOTHING = """apiVersion: krm-secrets.dev/v1alpha1
kind: SecretsConfig
metadata: {name: nothing}
decrypt: keep
reload: off
"""


@cache
def _sources() -> tuple[tuple[str, tuple[Resource, ...]], ...]:
    """The text and the objects of each file that holds Kubernetes objects and nothing else."""
    found = []
    for path in find([str(shared("corpus") / "home-ops")]):
        try:
            given = read_files([read_source(path)])
        except Failure:  # a template, not YAML
            continue
        if given.items and all(item.kind and item.api_version for item in given.items):
            found.append((Path(path).read_text("utf-8"), given.items))
    return tuple(found)


@pytest.fixture(scope="module")
def stream() -> bytes:
    texts = [text if text.endswith("\n") else text + "\n" for text, _ in _sources()]
    assert len(texts) > 500
    return "".join(text if text.startswith("---") else f"---\n{text}" for text in texts).encode()


def _run(stream: bytes, *words: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    return run(PROGRAM, *words, stdin=stream, env=environment(key=False, **env))


def _encrypted() -> list[Resource]:
    return [
        item for _, items in _sources() for item in items if item.kind == "Secret" and "sops" in item.node.entries()
    ]


def others(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    """The messages but for those on Secrets that two objects of one stream make, which belong to two clusters, and on
    CronJobs that the author let Reloader start."""
    known = ("for itself, which", "Reloader starts this CronJob at once")
    return [line for line in messages(done) if not any(words in line for words in known)]


def test_with_nothing_to_do_not_a_byte_changes(stream: bytes, tmp_path: Path) -> None:
    config = tmp_path / "nothing.yaml"
    config.write_text(NOTHING)
    done = _run(stream, "-c", str(config))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == stream


def test_without_a_key_each_encrypted_secret_is_one_error_and_nothing_comes_out(stream: bytes) -> None:
    done = _run(stream)
    assert (done.returncode, done.stdout) == (1, b"")
    errors = [line for line in messages(done) if ": error: " in line]
    assert len(errors) == len(_encrypted()) == 3
    for line, item in zip(errors, _encrypted(), strict=True):
        assert line.startswith(f"krm-secrets: error: {item.ref}, line ")
        assert "no age identity found" in line


def test_placeholders_stand_for_the_values_of_those_secrets_alone(stream: bytes) -> None:
    done = _run(stream, "--placeholder")
    assert (done.returncode, others(done)) == (0, [])
    secrets = [item for item in read(done.stdout.decode()).items if ANNOTATION in item.annotations]
    assert [item.ref for item in secrets] == [item.ref for item in _encrypted()]
    for item, original in zip(secrets, _encrypted(), strict=True):
        assert item.data.keys() == original.data.keys() - {"sops"}
        values, encrypted = item.data["stringData"], original.data["stringData"]
        assert isinstance(values, dict)
        assert isinstance(encrypted, dict)
        assert values == {key: f"..PLACEHOLDER_{key}.." for key in encrypted}


PATCHED = ["forgejo", "konflate", "kubernetes-schemas"]
"""Their charts get the annotation as Flux renders them; each names a Secret of its own in `existingSecret`."""


def test_with_the_defaults_what_its_author_forgot_is_wired(stream: bytes, tmp_path: Path) -> None:
    """All other consumers are wired by hand, run as jobs or read what they need themselves; each was looked at. Flux's
    controllers look at all Secrets, labelled or not."""
    config = tmp_path / "keep.yaml"
    config.write_text("apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: k}\ndecrypt: keep\n")
    done = _run(stream, "-c", str(config))
    assert (done.returncode, others(done)) == (0, [])
    changes = _changes(stream.decode(), done.stdout.decode())
    assert changes.pop("HelmRelease omada-exporter") == [
        "+         annotations:",
        '+           reloader.stakater.com/auto: "true"',
    ]
    for name in PATCHED:
        added = changes.pop(f"HelmRelease {name}")
        assert added[0] == "+   postRenderers:"
        assert added[-1].strip("+ ") == 'secret.reloader.stakater.com/auto: "true"'
    assert changes == {}


def _changes(before: str, after: str) -> dict[str, list[str]]:
    """By object, the lines that were added or taken away."""
    pairs = zip(before.split("\n---\n"), after.split("\n---\n"), strict=True)
    return {
        str(read(new).items[0].ref): [
            line for line in difflib.ndiff(old.splitlines(), new.splitlines()) if line[0] in "+-"
        ]
        for old, new in pairs
        if old != new
    }
