"""Where a document holds values of Secrets: in Secrets themselves, and in all that others make or change them with.

Those are patches, lists, generators' literals, the templates of a SopsSecret, `stringData` wherever it stands, and
whole manifests as text in patches, in the values of a chart or in a ConfigMap.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator

from krm_secrets._startup.records import QuietTuple
from krm_secrets.errors import Path
from krm_secrets.plain import as_list, as_map
from krm_secrets.secrets.makers import SOPS_KIND
from krm_secrets.sops.marks import file_in
from krm_secrets.yamltext.load import documents

OWN, INLINE, LITERAL = "own", "inline", "literal"
"""Whether a file that sops can encrypt holds the value, a text inside of another object, or a generator."""

_SECTIONS = ("data", "stringData")
_GENERATORS = ("Kustomization", "Component", "")
_WORDS = ("stringData", "secretGenerator", "SecretGenerator", "SecretList", SOPS_KIND, "\\")
_BARE = re.compile(r"(?<![A-Za-z])Secret(?![A-Za-z])")
_DEEPEST_TEXT = 3
_SCHEMAS = ("CustomResourceDefinition", "CompositeResourceDefinition")


class Value(QuietTuple):
    """A value: where it stands in the document, its key, and its text, out of base64 where a Secret has it so.

    `inside` is the path in a text at that place.
    """

    path: Path
    name: str
    text: str
    how: str
    inside: Path = ()


def may_hold_values(text: str) -> bool:
    """Whether a file of this text may hold any: it has their words, or escapes that may spell them."""
    return any(word in text for word in _WORDS) or _BARE.search(text) is not None


def secret_values(document: dict[str, object]) -> Iterator[Value]:
    """All values of Secrets in a document that nobody encrypted."""
    kind = str(document.get("kind") or "")
    if kind in _SCHEMAS:
        return
    if kind == "Secret" and document.get("apiVersion") == "v1":
        yield from _of_secret(document, (), OWN)
    elif kind == SOPS_KIND or kind == "SecretList":
        yield from _walked(document, OWN)
    else:
        if kind in _GENERATORS:
            yield from _of_generators(document)
        yield from _literals(document, ()) if kind == "SecretGenerator" else ()
        yield from _walked(document, INLINE)


def _of_secret(
    secret: dict[str, object], path: Path, how: str, sections: tuple[str, ...] = _SECTIONS
) -> Iterator[Value]:
    for section in sections:
        for key, value in as_map(secret.get(section)).items():
            if value is None or isinstance(value, (dict, list)):
                continue
            text = value if isinstance(value, str) else str(value)
            encoded = section == "data"
            if not file_in(text, encoded):
                yield Value((*path, section, key), key, decoded(text) if encoded else text, how)


def decoded(text: str) -> str:
    """Text out of base64, or as it is where it is none."""
    try:
        return b64decode(text.replace("\n", "").replace("\r", ""), validate=True).decode(errors="replace")
    except ValueError:
        return text


def _of_generators(document: dict[str, object]) -> Iterator[Value]:
    for n, generator in enumerate(as_list(document.get("secretGenerator"))):
        yield from _literals(generator, ("secretGenerator", n))


def _literals(generator: object, path: Path) -> Iterator[Value]:
    for n, literal in enumerate(as_list(as_map(generator).get("literals"))):
        name, _, text = str(literal).partition("=")
        yield Value((*path, "literals", n), name, text.strip("\"'"), LITERAL)


def _walked(document: object, how: str, depth: int = 0, patched: bool = False) -> Iterator[Value]:
    """Secrets and what changes them, below the root of a document; `patched` says that it is a patch of a Secret."""
    stack: list[tuple[object, Path, bool]] = [(document, (), patched)]
    while stack:
        value, path, patches = stack.pop()
        if isinstance(value, dict):
            found, below = _of_mapping(value, path, how, patches)
            yield from found
            patches |= _targets_secret(value)
            stack += [(item, (*path, key), patches) for key, item in reversed(list(value.items())) if key not in below]
        elif isinstance(value, list):
            stack += [(item, (*path, n), patches) for n, item in reversed(list(enumerate(value)))]
        elif isinstance(value, str) and depth < _DEEPEST_TEXT and _may_hold(value, patches):
            yield from _of_text(value, path, depth, patches)


def _of_mapping(value: dict[str, object], path: Path, how: str, patches: bool) -> tuple[list[Value], tuple[str, ...]]:
    """The values that a mapping holds as a Secret or a patch of one, and its keys that are read with that."""
    whole = value.get("kind") == "Secret" and value.get("apiVersion", "v1") == "v1"
    # Of a SopsSecret, and of a list as kubectl prints it, whose items have no kind.
    part = how == OWN and path[-2:-1] in (("secretTemplates",), ("items",))
    if whole or part or isinstance(value.get("stringData"), dict):
        sections = _SECTIONS if whole or part or patches else ("stringData",)
        return list(_of_secret(value, path, how, sections)), sections
    steps = str(value.get("path") or "").split("/")[1:] if value.get("op") in ("add", "replace") else []
    if not steps or not (steps[0] == "stringData" or (patches and steps[0] == "data")):
        return [], ()
    section, content = steps[0], value.get("value")
    values = content if len(steps) == 1 and isinstance(content, dict) else {steps[-1]: content}
    found = _of_secret({section: values}, (), how, (section,))
    where = (*path, "value")
    return [each._replace(path=where if len(steps) > 1 else (*where, each.name)) for each in found], ("value",)


def _targets_secret(value: dict[str, object]) -> bool:
    target = as_map(value.get("target"))
    return target.get("kind") == "Secret" and target.get("group") in (None, "")


def _may_hold(text: str, patches: bool) -> bool:
    return "stringData" in text or ("Secret" in text and "kind" in text) or (patches and "path" in text)


def _of_text(text: str, path: Path, depth: int, patches: bool) -> Iterator[Value]:
    for document in documents(text):  # none where it is prose, a script or a template
        if isinstance(document, (dict, list)):
            for found in _walked(document, INLINE, depth + 1, patches):
                yield found._replace(path=path, inside=found.inside or found.path)
