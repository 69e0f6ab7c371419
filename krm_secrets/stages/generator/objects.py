"""The objects that a generator builds from values."""

from __future__ import annotations

from binascii import b2a_base64

from krm_secrets.errors import Problem, clean
from krm_secrets.shape import matches
from krm_secrets.stages.generator.form import KEY, ObjectForm

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable


NEEDS_HASH = "kustomize.config.k8s.io/needs-hash"
BEHAVIOR = "kustomize.config.k8s.io/behavior"
FOR_KUSTOMIZE = (NEEDS_HASH, BEHAVIOR)

_LINE = 70

Value = tuple[str, bytes, bool]
"""Key, content, and whether a ConfigMap is to hold it as binary."""


def build(form: ObjectForm, values: Iterable[Value], problems: list[Problem]) -> dict[str, object]:
    """The Secret or ConfigMap, as kustomize's own generators make it, so that name hashes agree."""
    texts: dict[str, str] = {}
    binaries: dict[str, str] = {}
    for key, content, binary in values:
        if not matches(KEY, key):
            problems.append(Problem(form.at, f'"{clean(key)}" is no key of a {form.kind}; give it as key=path'))
        elif key in texts or key in binaries:
            problems.append(Problem(form.at, f'the key "{key}" is given twice'))
        elif form.kind == "Secret":
            texts[key] = encoded(content)
        else:
            text = None if binary else _text(content)
            if text is None:
                binaries[key] = encoded(content)
            else:
                texts[key] = text
    result: dict[str, object] = {"apiVersion": "v1", "kind": form.kind, "metadata": _metadata(form)}
    if form.kind == "Secret":
        result["type"] = form.type or "Opaque"
    if texts or not binaries:
        result["data"] = texts
    if binaries:
        result["binaryData"] = binaries
    if form.immutable:
        result["immutable"] = True
    return result


def _metadata(form: ObjectForm) -> dict[str, object]:
    annotations = dict(form.annotations)
    if form.needs_hash:
        annotations[NEEDS_HASH] = "true"
    if form.behavior:
        annotations[BEHAVIOR] = form.behavior
    fields = {"name": form.name, "namespace": form.namespace, "labels": dict(form.labels), "annotations": annotations}
    return {name: value for name, value in fields.items() if value}


def encoded(content: bytes) -> str:
    """Base64 in kustomize's lines of 70 characters, which are part of what it computes the name's hash from."""
    text = b2a_base64(content, newline=False).decode()
    if len(text) < _LINE:
        return text
    return "".join(f"{text[i : i + _LINE]}\n" for i in range(0, len(text), _LINE))


def _text(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
