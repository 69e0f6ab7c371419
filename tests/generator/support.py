"""What the tests of the generator share: documents, messages, and strategies for whole documents."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

from krm_secrets.errors import Problem, field
from krm_secrets.stages.generator.form import GeneratorForm, read_generator, read_ksops
from tests.shorthand.support import METADATA, TEXTS, fields


def document(text: str = "") -> dict[str, Any]:
    head = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SopsGenerator", "metadata": {"name": "g"}}
    return {**head, **(yaml.safe_load(text) or {})}


def ksops(text: str = "") -> dict[str, Any]:
    return {"apiVersion": "viaduct.ai/v1", "kind": "ksops", "metadata": {"name": "g"}, **(yaml.safe_load(text) or {})}


def said(problems: list[Problem]) -> list[str]:
    """Problems as a user reads them."""
    return [": ".join(filter(None, (field(p.path), p.message))) for p in problems]


def read(data: object) -> tuple[GeneratorForm, list[str]]:
    """The form of a document and what is wrong with it."""
    problems: list[Problem] = []
    is_ksops = isinstance(data, dict) and data.get("kind") == "ksops"
    return (read_ksops if is_ksops else read_generator)(data, problems), said(problems)


def messages(text: str) -> list[str]:
    return read(document(text))[1]


PATHS = st.sampled_from(["a.env", "k=a.env", "d/e.yaml", "a=b=c", "=a", "a=", "a b", "a\n", "é.bin"])
FILE = st.one_of(PATHS, fields({"path": PATHS}, {"key": st.sampled_from(["k", "a b"]), "plain": st.booleans()}))
FILES = st.lists(FILE, max_size=2)
HEAD = {
    "name": st.just("n"), "namespace": st.sampled_from(["ns", ""]), "labels": TEXTS, "annotations": TEXTS
}  # fmt: skip
OBJECT = fields(
    {},
    {
        **HEAD,
        "metadata": fields({}, HEAD),
        "kind": st.sampled_from(["Secret", "ConfigMap"]),
        "type": st.sampled_from(["Opaque", ""]),
        "immutable": st.booleans(),
        "needsHash": st.booleans(),
        "behavior": st.sampled_from(["create", "merge", "replace", "drop"]),
        "files": FILES,
        "binaryFiles": FILES,
        "envs": FILES,
        "literals": st.lists(st.sampled_from(["A=b", "A=", "A=b\n", "=b", "A", "a b=c"]), max_size=2),
    },
)
GENERATORS = fields(
    {
        "apiVersion": st.just("krm-secrets.dev/v1alpha1"),
        "kind": st.just("SopsGenerator"),
        "metadata": METADATA,
    },
    {"files": FILES, "secrets": st.lists(OBJECT, max_size=2)},
)
