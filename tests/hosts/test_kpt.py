"""`kpt fn eval` and `kpt fn render`, with the result unwrapped and in place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.tools import tool

from .matrix import SAME, checked
from .support import (
    CLUSTER,
    EXAMPLES,
    FACTS,
    PROGRAM,
    build,
    environment,
    facts,
    for_cluster,
    named,
    objects,
    output,
    package,
    pipe,
    run,
    tree,
)

GENERATED = {f"apps/{app}/externalsecret.yaml" for app in ("backup", "feeds", "recipes", "report")} | {
    "stores/store.yaml"
}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """kpt wants a home folder."""
    (tmp_path / "home").mkdir()
    return environment(HOME=str(tmp_path / "home"))


def _eval(folder: Path, env: dict[str, str], *words: str, function: str | Path = PROGRAM) -> bytes:
    return output(tool("kpt"), "fn", "eval", folder, "--exec", function, *words, env=env)


def _pipeline(folder: Path, text: str) -> Path:
    """Give the package this pipeline."""
    path = folder / "Kptfile"
    path.write_text(path.read_text().partition("pipeline:")[0] + text)
    return folder


@checked("kpt", "eval, exec", SAME)
def test_eval_unwrapped_gives_the_same_objects_as_the_pipe(tmp_path: Path, home: dict[str, str]) -> None:
    found = for_cluster(objects(_eval(package(tmp_path), home, "-o", "unwrap", "--", "inPlace=allow")))
    assert facts(found) == FACTS
    assert found == objects(pipe(build(CLUSTER)))


@checked("kpt", "render, exec", SAME)
def test_render_unwrapped_gives_the_same_objects_as_the_pipe(tmp_path: Path, home: dict[str, str]) -> None:
    folder = _pipeline(package(tmp_path), "pipeline: {mutators: [{exec: krm-secrets, configMap: {inPlace: allow}}]}\n")
    result = output(tool("kpt"), "fn", "render", folder, "--allow-exec", "-o", "unwrap", env=home)
    assert for_cluster(objects(result)) == objects(pipe(build(CLUSTER)))


def test_render_takes_the_configuration_from_a_file_or_among_the_items(tmp_path: Path, home: dict[str, str]) -> None:
    results = []
    for n, more in enumerate(("", ", configPath: krm-secrets.yaml")):
        folder = _pipeline(package(tmp_path / str(n)), f"pipeline: {{mutators: [{{exec: krm-secrets{more}}}]}}\n")
        config = folder / "krm-secrets.yaml"
        config.write_text(config.read_text() + "decrypt: keep\n")
        result = output(tool("kpt"), "fn", "render", folder, "--allow-exec", "-o", "unwrap", env=home)
        results.append(for_cluster(objects(result)))
    assert results[0] == results[1]
    assert "ExternalSecret" in {key[1] for key in results[0]}


@checked("kpt", "eval, exec", "in place: mappings and ciphertext stay, twice is once")
def test_in_place_keeps_mappings_and_ciphertext_and_adds_files_of_its_own(tmp_path: Path, home: dict[str, str]) -> None:
    folder = package(tmp_path)
    plain = tmp_path / "cat"
    shutil.copytree(folder, plain)
    _eval(plain, home, function="/bin/cat")
    _eval(folder, home, "--", "decrypt=keep")
    before, after = tree(plain), tree(folder)
    assert after.keys() - before.keys() == GENERATED
    assert before.keys() - after.keys() == set()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "apps/dns-updater/deployment.yaml",
        "apps/feeds/deployment.yaml",
        "apps/recipes/helmrelease.yaml",
    }
    for name in changed:  # the annotation is all that differs; kpt decides where it stands
        lines = [line for line in after[name].splitlines() if b"reloader" not in line and b"annotations:" not in line]
        assert lines == before[name].splitlines()
    assert facts(objects(pipe(build(CLUSTER))))[1:2] == ("0042",)
    assert b"ENC[AES256_GCM" in after["bootstrap/dns-token.sops.yaml"]


@checked("kpt", "eval, exec", "in place: mappings and ciphertext stay, twice is once")
def test_in_place_twice_is_in_place_once(tmp_path: Path, home: dict[str, str]) -> None:
    folder = package(tmp_path)
    _eval(folder, home, "--", "decrypt=keep")
    once = tree(folder)
    _eval(folder, home, "--", "decrypt=keep")
    assert tree(folder) == once


@checked("kpt", "render, exec", "the Kptfile of the example, in place, twice is once")
def test_render_of_the_kpt_example_twice_is_once(tmp_path: Path, home: dict[str, str]) -> None:
    folder = package(tmp_path, EXAMPLES / "kpt")
    words = (tool("kpt"), "fn", "render", folder, "--allow-exec")
    output(*words, env=home)
    once = tree(folder)
    assert once.keys() - tree(EXAMPLES / "kpt").keys() == {"bookmarks/externalsecret.yaml"}
    assert b"bookmarks # comments stay" in once["bookmarks/statefulset.yaml"]
    assert b"reloader.stakater.com/auto" in once["bookmarks/statefulset.yaml"]
    assert b"ENC[AES256_GCM" in once["bookmarks/smtp.sops.yaml"]
    output(*words, env=home)
    assert tree(folder) == once


@checked("kpt", "eval, exec", "selected items: nothing stands twice, nothing is lost")
def test_a_selection_makes_nothing_twice_and_takes_nothing_away(tmp_path: Path, home: dict[str, str]) -> None:
    """`--match-kind` and its like, `selectors` and `exclude` hide items that are there all the same."""
    folder = package(tmp_path, EXAMPLES / "kpt")
    config = ("--fn-config", folder / "krm-secrets.yaml")
    words = (tool("kpt"), "fn", "eval", folder, "--exec", PROGRAM)
    before = tree(folder)
    done = run(*words, *config, "--match-kind", "SecretMapping", env=home)
    assert (done.returncode, tree(folder)) == (1, before)
    assert (
        "[error] krm-secrets.dev/v1alpha1/SecretMapping/home/bookmarks: makes ExternalSecret home/bookmarks-secret for"
        " bookmarks/externalsecret.yaml, which is not among the items that kpt was told to select; if it is there, it"
        " would stand twice: leave the selection out, or select it too"
    ) in done.stderr.decode()
    output(*words, env=home)
    once = tree(folder)
    for selection in (("--match-namespace", "home", *config), ("--exclude-name", "bookmarks")):
        output(*words, *selection, env=home)
        assert tree(folder) == once


def test_what_a_mapping_no_longer_makes_goes_and_what_it_makes_now_comes(tmp_path: Path, home: dict[str, str]) -> None:
    folder = package(tmp_path)
    _eval(folder, home, "--", "decrypt=keep")
    mapping = folder / "apps/feeds/secrets.yaml"
    mapping.write_text(mapping.read_text().replace("  feeds-secret:", "  feeds-other:"))
    _eval(folder, home, "--", "decrypt=keep")
    generated = (folder / "apps/feeds/externalsecret.yaml").read_text()
    assert "name: feeds-other" in generated.replace('"', "")
    assert "feeds-secret" not in generated


def test_a_file_of_the_author_with_the_generated_name_is_added_to_and_not_replaced(
    tmp_path: Path, home: dict[str, str]
) -> None:
    folder = package(tmp_path)
    own = folder / "apps/feeds/externalsecret.yaml"
    own.write_text(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: own # mine\n  namespace: home\n"
        "spec:\n  dataFrom:\n    - extract:\n        key: x\n"
    )
    before = own.read_text()
    _eval(folder, home, "--", "decrypt=keep")
    assert own.read_text().startswith(before)
    assert "name: feeds-secret" in own.read_text()
    once = tree(folder)
    _eval(folder, home, "--", "decrypt=keep")
    assert tree(folder) == once


@checked("kpt", "eval, exec", "no plaintext into files unasked")
def test_without_consent_nothing_is_decrypted_in_place(tmp_path: Path, home: dict[str, str]) -> None:
    folder = package(tmp_path)
    before = tree(folder)
    done = run(tool("kpt"), "fn", "eval", folder, "--exec", PROGRAM, env=home)
    assert done.returncode == 1
    assert "set `decrypt: keep`, or, where `-o unwrap` keeps it from writing, `inPlace: allow`" in done.stderr.decode()
    assert done.stderr.decode().count("[error]") == 1
    assert tree(folder) == before


def test_without_the_key_the_files_stay_and_the_message_comes(tmp_path: Path, home: dict[str, str]) -> None:
    folder = package(tmp_path)
    before = tree(folder)
    env = {key: value for key, value in home.items() if key != "SOPS_AGE_KEY_FILE"}
    done = run(tool("kpt"), "fn", "eval", folder, "--exec", PROGRAM, "-o", "unwrap", "--", "inPlace=allow", env=env)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "no age identity" in done.stderr.decode()
    assert tree(folder) == before


def test_no_arguments_mean_the_configuration_of_the_package(tmp_path: Path, home: dict[str, str]) -> None:
    folder = package(tmp_path)
    shutil.rmtree(folder / "bootstrap")
    found = objects(_eval(folder, home, "-o", "unwrap"))
    assert named(found, "ExternalSecret", "feeds-secret")["spec"]["secretStoreRef"]["name"] == "bitwarden-fields"


def test_arguments_overrule_the_configuration_of_the_package(tmp_path: Path, home: dict[str, str]) -> None:
    folder = package(tmp_path)
    shutil.rmtree(folder / "bootstrap")
    found = objects(_eval(folder, home, "-o", "unwrap", "--", "reload=off", "refresh=3h"))
    assert "annotations" not in named(found, "Deployment", "feeds")["metadata"]
    assert named(found, "ExternalSecret", "recipes-secret")["spec"]["refreshInterval"] == "3h0m0s"


def test_an_unknown_argument_is_an_error(tmp_path: Path, home: dict[str, str]) -> None:
    done = run(tool("kpt"), "fn", "eval", package(tmp_path), "--exec", PROGRAM, "--", "relod=off", env=home)
    assert done.returncode == 1
    assert 'unknown field; did you mean "reload"?' in done.stderr.decode()


@checked("kpt", "source and sink", "the example through both")
def test_source_and_sink_without_an_orchestrator(tmp_path: Path, home: dict[str, str]) -> None:
    folder = package(tmp_path)
    shutil.rmtree(folder / "bootstrap")
    listed = output(tool("kpt"), "fn", "source", folder, env=home)
    result = output(PROGRAM, stdin=listed)
    output(tool("kpt"), "fn", "sink", tmp_path / "out", stdin=result, env=home)
    assert tree(tmp_path / "out").keys() >= GENERATED


@pytest.mark.parametrize("elsewhere", [False, True])
def test_lines_count_in_the_files_of_the_package(tmp_path: Path, home: dict[str, str], elsewhere: bool) -> None:
    folder = package(tmp_path / "above")
    mistaken = next(path for path in sorted(folder.rglob("*.yaml")) if "kind: SecretMapping" in path.read_text())
    mistaken.write_text(mistaken.read_text().replace("secrets:\n", "secret:\n", 1))
    line = 1 + mistaken.read_text().split("\n").index("secret:")
    place = f"{mistaken.relative_to(folder)}:{line}: SecretMapping "
    cwd, named_as = (tmp_path, folder.relative_to(tmp_path)) if elsewhere else (folder, Path("."))
    done = run(tool("kpt"), "fn", "eval", named_as, "--exec", PROGRAM, "-o", "unwrap", cwd=cwd, env=home)
    assert done.returncode == 1
    assert f"krm-secrets: error: {place}" in done.stderr.decode()
    _pipeline(folder, f"pipeline:\n  mutators:\n    - exec: {PROGRAM}\n")
    done = run(tool("kpt"), "fn", "render", folder, "--allow-exec", "-o", "unwrap", cwd=tmp_path / "home", env=home)
    assert f"krm-secrets: error: {place}" in done.stderr.decode()
