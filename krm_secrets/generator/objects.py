"""The objects that a generator builds from values."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable

from krm_secrets.errors import Problem, clean
from krm_secrets.generator.form import KEY, ObjectForm

NEEDS_HASH = "kustomize.config.k8s.io/needs-hash"
BEHAVIOR = "kustomize.config.k8s.io/behavior"

Value = tuple[str, bytes, bool]
"""Key, content, and whether a ConfigMap is to hold it as binary."""


def build(form: ObjectForm, values: Iterable[Value], problems: list[Problem]) -> dict[str, object]:
    """The Secret or ConfigMap, as kustomize's own generators make it, so that name hashes agree."""
    texts: dict[str, str] = {}
    binaries: dict[str, str] = {}
    for key, content, binary in values:
        if re.match(KEY, key) is None or key.endswith("\n"):
            problems.append(Problem(form.at, f'"{clean(key)}" is no key of a {form.kind}; give it as key=path'))
        elif key in texts or key in binaries:
            problems.append(Problem(form.at, f'the key "{key}" comes from two sources'))
        elif form.kind == "Secret":
            texts[key] = b64encode(content).decode()
        else:
            text = None if binary else _text(content)
            if text is None:
                binaries[key] = b64encode(content).decode()
            else:
                texts[key] = text
    metadata: dict[str, object] = {"name": form.name}
    if form.namespace:
        metadata["namespace"] = form.namespace
    if form.labels:
        metadata["labels"] = dict(form.labels)
    annotations = dict(form.annotations)
    if form.needs_hash:
        annotations[NEEDS_HASH] = "true"
    if form.behavior:
        annotations[BEHAVIOR] = form.behavior
    if annotations:
        metadata["annotations"] = annotations
    result: dict[str, object] = {"apiVersion": "v1", "kind": form.kind, "metadata": metadata}
    if form.kind == "Secret":
        result["type"] = form.type or "Opaque"
    if texts:
        result["data"] = texts
    if binaries:
        result["binaryData"] = binaries
    if form.immutable:
        result["immutable"] = True
    return result


def _text(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
