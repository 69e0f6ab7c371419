"""What rules see, and where it stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from krm_secrets.check.places import in_text, of_field, span
from krm_secrets.check.results import reporting  # noqa: F401 - imported by the function alone
from krm_secrets.check.schema_mistakes import mistakes
from krm_secrets.cli.check_subjects import tree_looks
from krm_secrets.krm.reading import read
from krm_secrets.krm.resource import Source
from tests.check.support import BOTH, BROKEN, DEPLOYMENT, EXTERNAL, WRONG, as_json, check, put, rules
from tests.running import run

TEXT = """apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  a: &all "one"
  long: |
    two
    three
  list: [x, {y: z}]
  empty:
  again: *all
"""


@pytest.mark.parametrize(
    ("path", "key", "wanted"),
    [
        ((), False, "web"),
        (("data", "a"), False, '&all "one"'),
        (("data", "a"), True, "a"),
        (("data", "long"), False, "long"),
        (("data", "list", 0), False, "x"),
        (("data", "list", 1), False, "y"),
        (("data", "list", 1, "y"), False, "z"),
        (("data", "list", 9), False, "list"),
        (("data", "empty"), False, "empty"),
        (("data", "again"), False, "*all"),
        (("data", "nowhere", "deeper"), False, "data"),
        (("spec",), False, "apiVersion"),
    ],
)
def test_a_field_stands_at_the_shortest_span(path: tuple[str | int, ...], key: bool, wanted: str) -> None:
    item = read(TEXT).items[0]
    place = of_field(item, path, key)
    line = TEXT.splitlines()[place.line - 1]
    assert line[place.column - 1 : place.end_column - 1] == wanted
    assert (place.end_line, place.path) == (place.line, path)


def test_an_empty_collection_and_a_span_of_lines() -> None:
    item = read("kind: A\nmetadata: {}\n").items[0]
    assert span(item.node, ("metadata",)) == (8, 16)
    place = in_text(Source("ab\ncd\n"), 1, 4)
    assert place[1:5] == (1, 2, 1, 3)


def test_in_a_resource_list_the_host_names_the_file(tmp_path: Path) -> None:
    path = (
        "    annotations: {internal.config.kubernetes.io/path: apps/a.yaml, internal.config.kubernetes.io/index: '2'}\n"
    )
    items = "".join(
        "- " + text.rstrip("\n").replace("\n", "\n  ").replace("  metadata:\n", f"  metadata:\n{path}", 1) + "\n"
        for text in (
            WRONG["secret.yaml"],
            WRONG["app.yaml"].replace("  annotations:\n    reloader", "  labels:\n    reloader"),
        )
    )
    done = run(
        f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}", "check", "-", "--format", "json"
    )
    place = next(each for each in json.loads(done.out)["findings"] if each["rule"] == "key-not-made")["location"]
    assert (place["file"], place["line"], place["document"]) == ("apps/a.yaml", None, 2)
    full = run(
        f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}", "check", "-", "--format", "full"
    )
    assert "--> apps/a.yaml  Deployment web/web spec.template" in full.out.decode()


def test_what_a_mapping_makes_is_told_at_the_mapping(tmp_path: Path) -> None:
    mapping = (
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: m, namespace: web}\n"
        "secrets: {db: {store: vault, from: database, data: [PASSWROD]}}\n"
    )
    put(tmp_path, {"mapping.yaml": mapping, "app.yaml": DEPLOYMENT})
    found = next(each for each in as_json(tmp_path)["findings"] if each["rule"] == "key-not-made")
    assert [Path(each["location"]["file"]).name for each in found["related"]] == ["mapping.yaml"]


def test_known_secrets_of_the_configuration(tmp_path: Path) -> None:
    config = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\ncheck:\n  known: "
    put(tmp_path, {"app.yaml": DEPLOYMENT, "krm-secrets.yaml": f"{config}[{{name: 'd*', namespace: web, by: just}}]\n"})
    (look,) = tree_looks((str(tmp_path),), "")
    item = next(item for item in look.subject.objects if item.kind == "Deployment")
    assert look.subject.known(item, "db", "web") is not None
    assert look.subject.known(item, "db", "other") is None
    assert look.subject.known(item, "xb", "web") is None


def test_what_no_format_shows_is_in_no_repr(tmp_path: Path) -> None:
    (look,) = tree_looks((str(put(tmp_path, BOTH)),), "")
    assert repr(look) == "<Look>"
    assert {repr(each) for each in look.files().values()} == {"<Fixable>"}


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ("metadata: {name: x}\nfiles: 7\n", "files: must be a list"),
        ("metadata: {name: x}\nfiles: [a]\nfils: [b]\n", 'fils: unknown field; did you mean "files"?'),
        ("files: [a]\n", "metadata: is required"),
        ("metadata: {name: x}\nsecrets: [{name: a, behavior: mrge, files: [b]}]\n", "must be one of"),
    ],
)
def test_documents_are_held_against_their_schemas(tmp_path: Path, entry: str, wanted: str) -> None:
    put(tmp_path, {"a.yaml": f"apiVersion: krm-secrets.dev/v1alpha1\nkind: SopsGenerator\n{entry}"})
    done = check(tmp_path)
    assert "error[mapping-error]: SopsGenerator" in done.out.decode() or "error[unknown-field]" in done.out.decode()
    assert wanted in done.out.decode()


def test_a_document_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    text = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SopsGenerator\nmetadata: {name: a}\nfiles: [a]\nfiles: [b]\n"
    put(tmp_path, {"a.yaml": text})
    done = check(tmp_path)
    assert done.code == 1
    assert done.out.decode().count("\n") == 1
    assert 'the key "files" stands twice in one mapping; remove one of them' in done.out.decode()


def test_a_kind_without_a_schema_has_no_mistakes() -> None:
    assert mistakes("Nothing", {}, ()) == []


def test_a_file_that_another_path_asks_for_is_not_reported(tmp_path: Path) -> None:
    put(tmp_path, {f"a/{name}": text for name, text in WRONG.items()})
    put(tmp_path, {"b/broken.yaml": BROKEN})
    assert check(tmp_path / "a").code == 1
    assert check(tmp_path / "b").code == 3
    assert rules(tmp_path / "b") == ["unreadable-file"]


def test_an_alias_that_reaches_others_is_left_to_a_person(tmp_path: Path) -> None:
    text = (
        DEPLOYMENT.replace("key: PASSWORD", "key: &key PASSWORD")
        .replace("image: web:1", "image: web:1\n          args: [*key]")
        .replace("args: [*key]", "args: []")
    )
    put(tmp_path, {"secret.yaml": EXTERNAL.format(key="PASSWROD"), "app.yaml": text})
    before = (tmp_path / "app.yaml").read_text()
    assert as_json(tmp_path)["findings"][0]["fix"] is None
    check(tmp_path, "--fix")
    assert (tmp_path / "app.yaml").read_text() == before
