"""The objects, as kustomize's own generators make them."""

from __future__ import annotations

from pathlib import Path

import pytest

from krm_secrets.errors import Problem
from krm_secrets.stages.generator.objects import Value, build
from tests.hosts.support import build as kustomize, documents, kustomization

from .support import read, said
from .test_form import EMPTY

FORM = EMPTY._replace(at=("secrets", 0), name="a")
MAP = FORM._replace(kind="ConfigMap")


def built(form: object, *values: Value) -> dict[str, object]:
    problems: list[Problem] = []
    result = build(form, values, problems)  # type: ignore[arg-type]
    assert problems == []
    return result


def test_a_secret() -> None:
    form = FORM._replace(
        namespace="n", labels={"l": "1"}, annotations={"x": "y"}, immutable=True, needs_hash=True, behavior="merge"
    )
    assert built(form, ("b", b"\xff", False), ("a", b"text", True)) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "a",
            "namespace": "n",
            "labels": {"l": "1"},
            "annotations": {
                "x": "y",
                "kustomize.config.k8s.io/needs-hash": "true",
                "kustomize.config.k8s.io/behavior": "merge",
            },
        },
        "type": "Opaque",
        "data": {"b": "/w==", "a": "dGV4dA=="},
        "immutable": True,
    }


def test_a_config_map_holds_text_as_it_is_and_anything_else_in_base64() -> None:
    assert built(MAP, ("t", "ä\n".encode(), False), ("b", b"\xff", False), ("a", b"text", True)) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a"},
        "data": {"t": "ä\n"},
        "binaryData": {"b": "/w==", "a": "dGV4dA=="},
    }
    assert "data" not in built(MAP, ("b", b"\xff", False))


@pytest.mark.parametrize("size", [0, 1, 50, 51, 52, 53, 54, 104, 105, 106, 5000])
@pytest.mark.parametrize("kind", ["secretGenerator", "configMapGenerator"])
def test_kustomize_makes_the_same(size: int, kind: str, tmp_path: Path) -> None:
    """Among others the line breaks in base64, which the hash of the name is computed from."""
    content = b"\xff" * size
    text = f"{kind}: [{{name: a, files: [k=x], options: {{disableNameSuffixHash: true}}}}]\n"
    (expected,) = documents(kustomize(kustomization(tmp_path, text, {"x": content})))
    assert built(FORM if kind == "secretGenerator" else MAP, ("k", content, False)) == expected


def test_an_object_without_values_has_the_empty_data_of_kustomize(tmp_path: Path) -> None:
    text = "secretGenerator: [{name: a, envs: [x], options: {disableNameSuffixHash: true}}]\n"
    (expected,) = documents(kustomize(kustomization(tmp_path, text, {"x": b""})))
    assert built(FORM) == expected


def test_a_key_that_comes_twice_and_one_that_is_none() -> None:
    problems: list[Problem] = []
    values = [(key, b"CANARY", binary) for key in ("a", "a", "b c", "..", "x\n", "y" * 254) for binary in (False,)]
    build(FORM, [*values, ("b", b"CANARY", False)], problems)
    build(MAP, [("a", b"CANARY", False), ("a", b"CANARY", True)], problems)
    assert said(problems) == [
        'secrets[0]: the key "a" is given twice',
        'secrets[0]: "b c" is no key of a Secret; give it as key=path',
        'secrets[0]: ".." is no key of a Secret; give it as key=path',
        'secrets[0]: "x\\u000a" is no key of a Secret; give it as key=path',
        f'secrets[0]: "{"y" * 254}" is no key of a Secret; give it as key=path',
        'secrets[0]: the key "a" is given twice',
    ]


def test_a_form_with_mistakes_can_be_built_too() -> None:
    form, said = read([])
    assert (form.objects, form.files, len(said)) == ((), (), 1)
