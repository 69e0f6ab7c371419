"""One odd file ends no run: it is left out with a notice, unless it concerns us or was named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.running import Done, run
from tests.sops.encrypter import KEY, encrypt, encrypted_secret
from tests.sopsfiles.files import dotenv_file

ENV = {"SOPS_AGE_KEY": KEY.identity}
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
EXTERNAL = (
    "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: e}\n"
    "spec: {secretStoreRef: {kind: ClusterSecretStore, name: s}, dataFrom: [{extract: {key: k}}]}\n"
)
VALUES = "".join(f"{key}: {json.dumps(value)}\n" for key, value in encrypt({"a": "CANARY"})[0].items())
MAPPING = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: m}\nstore: s\nsecrets: {x: y}\n"
SOPS = "it is no Kubernetes object, and sops encrypted it (`krm-secrets sops decrypt` prints it)"

READ = " [unreadable-file]"
TEMPLATE = ": is left out: it is a template, and no YAML yet"
ODD: dict[str, tuple[bytes, str]] = {
    "values of Helm": (VALUES.encode(), f": is left out: {SOPS}"),
    "an env file": (dotenv_file({"A": "CANARY"}), f": is left out: {SOPS}"),
    "a template of Helm": (b"apiVersion: v1\nkind: Secret\nmetadata:\n{{- if .Values.a }}\n", TEMPLATE),
    "a template with words to replace": (b"apiVersion: v1\nkind: Ingress\na: b\n<MORE>\n", TEMPLATE),
    "a template of Jinja": (b"apiVersion: v1\n{% if a %}\nkind: [\n{% endif %}\n", TEMPLATE),
    "broken": (b"apiVersion: v1\nkind: [CANARY\n", ":3: is left out: not valid YAML: did not find expected ',' or"
               f" ']'{READ}"),
    "an undefined alias": (b"apiVersion: v1\na: *CANARY\n", ":2: is left out: not valid YAML: an alias names an"
                           f" anchor that is not defined above it{READ}"),
    "deep": (b"apiVersion: v1\na: " + b"[" * 300 + b"]" * 300, ":2: is left out: not valid YAML: more than 200"
             f" levels of nesting{READ}"),
    "binary": (b"apiVersion: \xff\xfe\xfd\n", ": is left out: it is no text"),
    "NUL": (b"apiVersion: v1\nkind: \0A\n", ":2: is left out: not valid YAML: a control character, which YAML does not"
            f" allow; write it as an escape{READ}"),
    "large": (b"apiVersion: v1\n# " + b"x" * 5_300_000, ": is left out: it is larger than 5 MiB"),
}  # fmt: skip

WORDS = (("run",), ("run", "--placeholder"), ("run", "--explain"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "c.yaml").write_text(OBJECT)
    return tmp_path / "in"


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("words", WORDS)
def test_run_goes_on(here: Path, name: str, words: tuple[str, ...]) -> None:
    data, message = ODD[name]
    (here / "odd.yaml").write_bytes(data)
    done = run("", *words, "in", env=ENV)
    assert (done.code, done.err) == (0, f"krm-secrets: notice: in/odd.yaml{message}\n")
    if words != WORDS[2]:
        assert done.out == OBJECT.encode()


# The commands on trees parse what has the word apiVersion, so that a file of values is nothing to them.
@pytest.mark.parametrize("name", [name for name in ODD if name not in ("values of Helm", "an env file")])
@pytest.mark.parametrize("words", [("render", "--diff"), ("shorten",), ("init",)])
def test_commands_on_trees_go_on(here: Path, name: str, words: tuple[str, ...]) -> None:
    (here / "odd.yaml").write_bytes(b"# Deployment\n" + ODD[name][0])  # else it is nothing to render
    (here / "e.yaml").write_text(EXTERNAL)
    done = run("", *words, "in")
    assert done.code == 0, done.err
    (told,) = [line for line in done.err.splitlines() if "odd.yaml" in line]
    assert told.startswith("krm-secrets: notice: in/odd.yaml")
    assert ": is left out: " in told
    assert "CANARY" not in done.err


def test_utf_16_is_read(here: Path) -> None:
    (here / "c.yaml").write_bytes(OBJECT.encode("utf-16"))
    assert run("", "run", "in") == Done(0, OBJECT.encode(), "")


def test_many_odd_files_are_one_notice_of_a_kind(here: Path) -> None:
    for n in range(5):
        (here / f"odd{n}.yaml").write_text(VALUES)
    (here / "broken1.yaml").write_text("a: [\n")
    (here / "broken2.yaml").write_text("a: [\n")
    assert run("", "run", "in").err.splitlines() == [
        "krm-secrets: notice: 2 files are left out, which are no valid YAML: in/broken1.yaml, in/broken2.yaml"
        " [unreadable-file]",
        "krm-secrets: notice: 5 files are left out, which are no Kubernetes objects, and sops encrypted them"
        " (`krm-secrets sops decrypt` prints them): in/odd0.yaml, in/odd1.yaml, in/odd2.yaml and 2 more",
    ]


def test_templates_of_charts_are_counted(here: Path) -> None:
    chart = here / "chart"
    for path in ("Chart.yaml", "values.yaml", "templates/a.yaml", "templates/tests/b.yaml", "templates/_helpers.tpl",
                 "charts/sub/templates/c.yaml"):  # fmt: skip
        (chart / path).parent.mkdir(parents=True, exist_ok=True)
        (chart / path).write_text("a: b\n")
    for words in (*WORDS, ("render", "--diff"), ("shorten",)):
        assert run("", *words, "in").err.splitlines()[0] == (
            "krm-secrets: notice: 3 files are left out, which are templates of Helm charts:"
            " in/chart/charts/sub/templates/c.yaml, in/chart/templates/a.yaml, in/chart/templates/tests/b.yaml"
        )
    (chart / "templates" / "a.yaml").write_text(OBJECT)
    assert run("", "run", "in/chart/templates") == Done(0, OBJECT.encode(), "")


@pytest.mark.parametrize(
    "text",
    [
        "kind: SecretMapping\napiVersion: krm-secrets.dev/v1alpha1\nsecrets: [\n",
        "kind: Secret\napiVersion: v1\nstringData: [\n",
        '{"apiVersion": "v1",\n  "kind": "Secret",\n[',
        "apiVersion: external-secrets.io/v1\nkind: 'ExternalSecret'\nspec: [\n",
    ],
)
def test_what_concerns_us_and_is_broken_is_an_error_after_the_rest(here: Path, text: str) -> None:
    (here / "a.yaml").write_text(text)
    (here / "z.yaml").write_text(MAPPING.replace("store: s", "store: [CANARY]"))
    for words in WORDS[:2]:
        done = run("", *words, "in")
        assert (done.code, done.out) == (1, b"")
        assert done.err.startswith("krm-secrets: error: in/a.yaml:")
        assert "z.yaml" in done.err
    for words in (("render", "--diff"), ("shorten",)):
        done = run("", *words, "in")
        assert (done.code, done.out) == (1, b"")
        assert "krm-secrets: error: in/a.yaml:" in done.err


@pytest.mark.parametrize("text", ["kind: Kustomization\nspec:\n  sourceRef:\n    kind: Secret\n  a: [\n", "a: [\n"])
def test_a_broken_file_that_only_refers_to_a_secret_is_odd(here: Path, text: str) -> None:
    (here / "a.yaml").write_text(text)
    assert run("", "run", "in").code == 0


@pytest.mark.parametrize("name", ODD)
def test_a_file_that_is_named_is_an_error(here: Path, name: str) -> None:
    (here / "odd.yaml").write_bytes(ODD[name][0])
    done = run("", "run", "in/odd.yaml", env=ENV)
    assert (done.code, done.out) == (1, b"")
    assert done.err.startswith("krm-secrets: error: in/odd.yaml")


def test_values_by_name_lead_to_sops_decrypt(here: Path) -> None:
    (here / "values.enc.yaml").write_text(VALUES)
    assert run("", "run", "in/values.enc.yaml", env=ENV).err == (
        "krm-secrets: error: in/values.enc.yaml: is a YAML file that sops encrypted, and no Kubernetes object:"
        " `krm-secrets sops decrypt in/values.enc.yaml` prints it, and a SopsGenerator makes a Secret of it\n"
    )
    (here / "a.env").write_bytes(dotenv_file({"A": "b"}))
    assert "`krm-secrets sops decrypt in/a.env` prints it" in run("", "run", "in/a.env").err
    (here / "b.yaml").write_bytes(dotenv_file({"A": "b"}))
    assert "`krm-secrets sops decrypt --input-type dotenv in/b.yaml`" in run("", "run", "in/b.yaml").err


@pytest.mark.parametrize("words", WORDS)
def test_an_empty_folder_says_so(here: Path, words: tuple[str, ...]) -> None:
    (here / "c.yaml").write_text("a: b\n")
    done = run("", *words, "in")
    assert (done.code, done.err) == (0, "krm-secrets: notice: in: no Kubernetes object is in this folder\n")


def test_plain_values_are_left_out_without_a_word(here: Path) -> None:
    (here / "values.yaml").write_text("a: b\n")
    assert run("", "run", "in") == Done(0, OBJECT.encode(), "")


def test_a_link_out_of_the_repository_brings_nothing_in(here: Path) -> None:
    """Whoever may send a change may send a link to your key file, whose text is a YAML document like any other."""
    (here.parent / ".git").mkdir()
    outside = here.parent.parent / f"{here.parent.name}-outside"
    outside.mkdir()
    for name, text in (("key", f"# a comment\n{KEY.identity}\n"), ("object", OBJECT.replace("c}", "stranger}"))):
        (outside / name).write_text(text)
        (here / f"{name}.yaml").symlink_to(outside / name)
    (here / "nowhere.yaml").symlink_to(here / "nothing")
    (here / "folder").symlink_to(outside)
    (here / "inside.yaml").symlink_to(here.parent / "other.json")
    (here.parent / "other.json").write_text(OBJECT.replace("c}", "d}"))
    done = run("", "run", "in")
    assert (done.code, done.out.decode()) == (1, "")
    assert done.err.splitlines()[0] == "krm-secrets: error: in/nowhere.yaml: cannot be read: No such file or directory"
    (here / "nowhere.yaml").unlink()
    for words in WORDS:
        done = run("", *words, "in")
        assert (done.code, KEY.identity in done.out.decode(), "stranger" in done.out.decode()) == (0, False, False)
        assert done.err == (
            "krm-secrets: notice: 2 files are left out, which are links that lead out of the repository:"
            " in/key.yaml, in/object.yaml\n"
        )
    assert run("", "run", "in").out.decode() == f"{OBJECT}---\n{OBJECT.replace('c}', 'd}')}"


@pytest.mark.parametrize("text", ["a note\n", f"# a key\n{KEY.identity}\n", "- a\n- b\n", "# nothing\n"])
def test_a_file_of_words_or_lists_is_not_printed(here: Path, text: str) -> None:
    (here / "words.yaml").write_text(text)
    assert run("", "run", "in") == Done(0, OBJECT.encode(), "")
    said = "krm-secrets: notice: in/words.yaml: no Kubernetes object is in this file\n"
    assert run("", "run", "in/c.yaml", "in/words.yaml") == Done(0, OBJECT.encode(), said)


# ignore


def configure(folder: Path, *patterns: str) -> Path:
    path = folder / "krm-secrets.yaml"
    path.write_text(
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\n"
        f"store: s\nignore: {json.dumps(patterns)}\n"
    )
    return path


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["drafts/"], {"a.yaml", "b.tmpl.yaml"}),
        (["*.tmpl.yaml", "# nothing", "/drafts"], {"a.yaml"}),
        (["**/x.yaml"], {"a.yaml", "b.tmpl.yaml", "drafts/y.yaml"}),
        (["*.yaml", "!a.yaml"], {"a.yaml"}),
        (["in/drafts"], {"a.yaml", "b.tmpl.yaml", "drafts/x.yaml", "drafts/y.yaml"}),
    ],
)
def test_patterns_are_those_of_git(here: Path, patterns: list[str], left: set[str]) -> None:
    (here / "c.yaml").unlink()
    configure(here, *patterns)
    for name in ("a.yaml", "b.tmpl.yaml", "drafts/x.yaml", "drafts/y.yaml"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text(OBJECT.replace("name: c", f"name: {name.replace('/', '-')}"))
    out = run("", "run", "in").out.decode()
    assert {name for name in ("a.yaml", "b.tmpl.yaml", "drafts/x.yaml", "drafts/y.yaml")
            if f"name: {name.replace('/', '-')}" in out} == left  # fmt: skip


def test_all_commands_leave_out_what_is_ignored(here: Path) -> None:
    configure(here, "odd/")
    (here / "odd").mkdir()
    (here / "odd" / "a.yaml").write_text("kind: SecretMapping\napiVersion: krm-secrets.dev/v1alpha1\n- [\n")
    for words in (*WORDS, ("render", "--check"), ("shorten",)):
        assert run("", *words, "in").code == 0
    assert run("", "run", "in/odd/a.yaml").code == 1


def test_a_named_configuration_counts_from_its_own_folder(here: Path) -> None:
    (here / "odd.yaml").write_text("kind: Secret\na: [\n")
    path = configure(here.parent, "/in/odd.yaml")
    assert run("", "run", "-c", str(path), "in").code == 0
    assert run("", "render", "-c", str(path), "in").code == 0


def test_ignore_in_an_object_is_an_error() -> None:
    done = run("apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\nignore: [a]\n")
    assert (done.code, done.out) == (1, b"")
    assert "ignore: weakens what protects you" in done.err


def test_a_pattern_that_git_does_not_know(here: Path) -> None:
    configure(here, "a", "!")
    done = run("", "run", "in")
    assert (done.code, done.out) == (1, b"")
    assert "ignore[1]: is no pattern of .gitignore" in done.err


def test_encrypted_secrets_beside_odd_files(here: Path) -> None:
    (here / "s.yaml").write_text(json.dumps(encrypted_secret(string_data={"a": "b"})))
    (here / "values.yaml").write_text(VALUES)
    done = run("", "run", "in", env=ENV)
    assert done.code == 0
    assert b'"stringData": {"a": "b"}' in done.out
    assert b"CANARY" not in done.out
