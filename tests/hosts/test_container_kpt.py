"""The image as function of `kpt fn eval` and `kpt fn render`, unwrapped and in place."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.tools import tool

from . import image
from .containers import KEY_TEXT, contained, key_file, runtime
from .matrix import SAME, checked
from .support import (
    CLUSTER,
    EXAMPLES,
    FACTS,
    KEY,
    PROGRAM,
    build,
    environment,
    facts,
    for_cluster,
    objects,
    output,
    package,
    pipe,
    run,
    tree,
)

RECIPIENT = re.findall("age1[0-9a-z]+", KEY.read_text())[0]
CIPHERTEXT = re.compile(rb"ENC\[[^]]+\]")


def _eval(folder: Path, *words: str | Path) -> tuple[str | Path, ...]:
    return (tool("kpt"), "fn", "eval", folder, "-i", image.name(), *words)


def _render(folder: Path, pipeline: str, *words: str) -> tuple[str | Path, ...]:
    path = folder / "Kptfile"
    path.write_text(path.read_text().partition("pipeline:")[0] + f"pipeline: {{mutators: [{{{pipeline}}}]}}\n")
    return (tool("kpt"), "fn", "render", folder, "--truncate-output=false", *words)


@checked("kpt", "eval, image", SAME)
def test_eval_with_a_key_handed_over_by_name(tmp_path: Path) -> None:
    env = runtime(tmp_path, SOPS_AGE_KEY=KEY_TEXT)
    words = _eval(package(tmp_path), "-e", "SOPS_AGE_KEY", "-o", "unwrap", "--", "inPlace=allow")
    found = for_cluster(objects(output(*words, env=env)))
    assert facts(found) == FACTS
    assert found == objects(pipe(build(CLUSTER)))


@checked("kpt", "eval, image", "the key by a mounted file")
def test_eval_with_a_mounted_key_file_read_as_the_user(tmp_path: Path) -> None:
    mount = f"type=bind,src={key_file(tmp_path, 0o600)},dst=/key.txt"
    key = ("--as-current-user", "--mount", mount, "-e", "SOPS_AGE_KEY_FILE=/key.txt")
    words = _eval(package(tmp_path), *key, "-o", "unwrap", "--", "inPlace=allow")
    assert for_cluster(objects(output(*words, env=runtime(tmp_path)))) == objects(pipe(build(CLUSTER)))


@pytest.mark.parametrize("way", ["eval", "render"])
def test_in_place_the_image_writes_what_the_program_writes_and_twice_is_once(way: str, tmp_path: Path) -> None:
    env = runtime(tmp_path, SOPS_AGE_KEY=KEY_TEXT)
    contained, started = package(tmp_path / "a"), package(tmp_path / "b")
    before = tree(contained)
    if way == "eval":
        words = _eval(contained, "-e", "SOPS_AGE_KEY", "--", "decrypt=keep")
        output(tool("kpt"), "fn", "eval", started, "--exec", PROGRAM, "--", "decrypt=keep", env=env)
    else:
        settings = "configMap: {decrypt: keep}"
        words = _render(contained, f"image: {image.name()}, {settings}")
        output(*_render(started, f"exec: krm-secrets, {settings}", "--allow-exec"), env=env)
    output(*words, env=env)
    once = tree(contained)
    assert {**once, "Kptfile": b""} == {**tree(started), "Kptfile": b""}
    assert before.keys() <= once.keys()
    assert all(CIPHERTEXT.findall(once[name]) == CIPHERTEXT.findall(before[name]) for name in before)
    assert sum(len(CIPHERTEXT.findall(text)) for text in before.values()) > 4
    output(*words, env=env)
    assert tree(contained) == once


@checked("kpt", "render, image", "the Kptfile of the example")
def test_the_example_renders_with_the_image(tmp_path: Path) -> None:
    env = runtime(tmp_path)
    folder = package(tmp_path, EXAMPLES / "kpt")
    output(*_render(folder, f"image: {image.name()}, configPath: krm-secrets.yaml"), env=env)
    started = package(tmp_path / "b", EXAMPLES / "kpt")
    output(tool("kpt"), "fn", "render", started, "--allow-exec", env=env)
    assert {**tree(folder), "Kptfile": b""} == {**tree(started), "Kptfile": b""}


def test_render_refuses_to_decrypt_in_place_and_says_what_to_do(tmp_path: Path) -> None:
    folder = package(tmp_path, EXAMPLES / "kpt")
    words = _render(folder, f"image: {image.name()}, configMap: {{store: vault, decrypt: sops}}")
    before = tree(folder)
    done = run(*words, env=runtime(tmp_path, SOPS_AGE_KEY=KEY_TEXT))
    assert done.returncode == 1
    told = done.stderr.decode()
    assert "[error] v1/Secret/home/bookmarks-smtp: kpt would write the decrypted values over the encrypted file" in told
    assert "set `decrypt: keep`" in told
    assert "`-o unwrap -- inPlace=allow`" in told
    assert tree(folder) == before


@checked("kpt", "render, image", "it can pass no key: the message says what to do")
def test_render_can_hand_no_key_to_the_image_and_says_what_to_do(tmp_path: Path) -> None:
    folder = package(tmp_path, EXAMPLES / "kpt")
    settings = "configMap: {store: vault, decrypt: sops, inPlace: allow}"
    words = _render(folder, f"image: {image.name()}, {settings}", "-o", "unwrap")
    before = tree(folder)
    done = run(*words, env=runtime(tmp_path, SOPS_AGE_KEY=KEY_TEXT))
    assert (done.returncode, done.stdout) == (1, b"")
    assert (
        "[error] v1/Secret/home/bookmarks-smtp sops: no age identity found to decrypt it (encrypted for"
        f" {RECIPIENT}); hand one to the container: -e SOPS_AGE_KEY, or --mount a key file and -e SOPS_AGE_KEY_FILE"
        " (`kpt fn render` can hand none to an image: there use `exec:`, or `decrypt: keep`), or build without keys:"
        " KRM_SECRETS_DECRYPT=placeholder"
        " (the sops key file: nothing there)"
    ) in done.stderr.decode()
    assert tree(folder) == before


@checked("kpt", "source and sink", "the image between them")
def test_source_image_sink_makes_what_source_program_sink_makes(tmp_path: Path) -> None:
    env = runtime(tmp_path)
    folder = package(tmp_path)
    shutil.rmtree(folder / "bootstrap")
    listed = output(tool("kpt"), "fn", "source", folder, env=env)
    done = contained(stdin=listed)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == output(PROGRAM, stdin=listed, env=environment(key=False))
    output(tool("kpt"), "fn", "sink", tmp_path / "out", stdin=done.stdout, env=env)
    assert "apps/feeds/externalsecret.yaml" in tree(tmp_path / "out")
