"""What a generator may say, word for word what is wrong with one, and KSOPS's document read as the same thing."""

from __future__ import annotations

import pytest
import yaml

from krm_secrets.stages.generator.form import FileRef, GeneratorForm, ObjectForm
from tests.shorthand.support import ROOT

from .support import document, ksops, messages, read

EMPTY = ObjectForm((), "Secret", "", "", {}, {}, "", False, False, "", (), (), ())


def test_everything_that_an_object_can_have() -> None:
    form, said = read(
        document(
            """
files: [whole.yaml, {path: plain.yaml, plain: true}]
secrets:
  - name: a
    namespace: ns
    labels: {l: "1"}
    annotations: {n: "2"}
    type: kubernetes.io/tls
    immutable: true
    needsHash: true
    behavior: merge
    files: [tls.crt=d/cert.pem, {path: x, key: tls.key, plain: true}]
    binaryFiles: [b.bin]
    envs: [e.env]
    literals: [A=b=c, 'B="q"', "C='q'", 'D="', "E=line\\n"]
  - kind: ConfigMap
    metadata: {name: c, namespace: m, labels: {x: y}, annotations: {z: w}}
"""
        )
    )
    assert said == []
    at = ("secrets", 0)
    assert form == GeneratorForm(
        (FileRef(("files", 0), "whole.yaml"), FileRef(("files", 1), "plain.yaml", "", True)),
        (
            ObjectForm(
                at, "Secret", "a", "ns", {"l": "1"}, {"n": "2"}, "kubernetes.io/tls", True, True, "merge",
                (
                    FileRef((*at, "files", 0), "d/cert.pem", "tls.crt"),
                    FileRef((*at, "files", 1), "x", "tls.key", True),
                    FileRef((*at, "binaryFiles", 0), "b.bin", "", False, True),
                ),
                (FileRef((*at, "envs", 0), "e.env"),),
                (("A", "b=c"), ("B", "q"), ("C", "q"), ("D", '"'), ("E", "line\n")),
            ),
            EMPTY._replace(
                at=("secrets", 1), kind="ConfigMap", name="c", namespace="m", labels={"x": "y"}, annotations={"z": "w"}
            ),
        ),
    )  # fmt: skip


def test_the_document_of_ksops() -> None:
    form, said = read(
        ksops(
            """
files: [./a.yaml]
secretFrom:
  - metadata: {name: s, annotations: {kustomize.config.k8s.io/needs-hash: "true"}}
    type: Opaque
    files: [./f]
    binaryFiles: [k=./b]
    envs: [./e.env]
"""
        )
    )
    assert said == []
    at = ("secretFrom", 0)
    assert form == GeneratorForm(
        (FileRef(("files", 0), "./a.yaml"),),
        (
            EMPTY._replace(
                at=at,
                name="s",
                annotations={"kustomize.config.k8s.io/needs-hash": "true"},
                type="Opaque",
                files=(
                    FileRef((*at, "files", 0), "./f"),
                    FileRef((*at, "binaryFiles", 0), "./b", "k", False, True),
                ),
                envs=(FileRef((*at, "envs", 0), "./e.env"),),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has neither files nor secrets: it would generate nothing"),
        ("file: [a]\nsecrets: []", 'file: unknown field; did you mean "files"?'),
        ("files: a", "files: must be a list, not a string"),
        ("files: [1]", "files[0]: must be a string: put quotes around it (a number may already have changed: 0644 is"
         " read as 420)"),
        ("files: [a=b=c]", ""),
        ("files: [{path: a, key: b}]", "files[0].key: unknown field"),
        ("secrets: [{name: a, envs: [a=b=c]}]", ""),
        ("secrets: [{name: a, files: [a=b=c]}]", "secrets[0].files[0]: must be a path, or key=path"),
        ("secrets: [{name: a, files: ['=b']}]", "secrets[0].files[0]: must be a path, or key=path"),
        ('secrets: [{name: a, files: ["a\\n"]}]', "secrets[0].files[0]: must be a path, or key=path"),
        ("files: [{}]", "files[0].path: is required"),
        ("files: [{path: a, plain: yes}]", ""),
        ("files: [{path: a, plain: 'true'}]", "files[0].plain: must be true or false"),
        ("files: [{path: ''}]", "files[0].path: must not be empty"),
        ("secrets: {}", "secrets: must be a list, not a map"),
        ("secrets: [a]", "secrets[0]: must be a map, not a string"),
        ("secrets: [{}]", "secrets[0].name: is required"),
        ("secrets: [{name: ''}]", "secrets[0].name: must not be empty"),
        ("secrets: [{name: a, metadata: {name: b}}]", "secrets[0].metadata.name: is also given as name; write it once"),
        ("secrets: [{name: a, env: [b]}]", 'secrets[0].env: unknown field; did you mean "envs"?'),
        ("secrets: [{name: a, kind: Scret}]",
         'secrets[0].kind: must be one of Secret, ConfigMap; did you mean "Secret"?'),
        ("secrets: [{name: a, kind: ConfigMap, type: x}]", "secrets[0].type: is for Secrets only"),
        ("secrets: [{name: a, behavior: add}]", "secrets[0].behavior: must be one of create, merge, replace"),
        ("secrets: [{name: a, immutable: 1}]", "secrets[0].immutable: must be true or false"),
        ("secrets: [{name: a, labels: {x: 1}}]", "secrets[0].labels.x: must be a string: put quotes around it (a number"
         " may already have changed: 0644 is read as 420)"),
        ("secrets: [{name: a, literals: [CANARY]}]", "secrets[0].literals[0]: must be key=value with a key of letters,"
         " digits, -, _ and ."),
        ("secrets: [{name: a, literals: [{A: CANARY}]}]", "secrets[0].literals[0]: must be a string, not a map"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    assert messages(text) == ([message] if message else [])


def test_a_ksops_document_that_generates_nothing_or_asks_for_more_than_ksops_has() -> None:
    assert read(ksops())[1] == ["has neither files nor secretFrom: it would generate nothing"]
    assert read(ksops("secretFrom: [{metadata: {name: a}, literals: [A=b]}]"))[1] == [
        "secretFrom[0].literals: unknown field"
    ]


def test_the_example_of_the_documentation() -> None:
    page = (ROOT / "docs/reference/generator.md").read_text()
    examples = [text for text in page.split("```") if "kind: SopsGenerator" in text]
    assert [read(yaml.safe_load(text.removeprefix("yaml")))[1] for text in examples] == [[]]


def test_what_is_no_document_at_all() -> None:
    assert read([])[1] == ["must be a map, not a list"]
