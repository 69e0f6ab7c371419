"""The form of a SopsGenerator, and of KSOPS's own document, which says the same in other words.

`schemas/SopsGenerator.json` says the same to editors; a property test holds the two together.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.errors import Path, Problem
from krm_secrets.shape import Node, chosen, read_head

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, TypeAlias

    from krm_secrets.sops.files.filetype import Format

    Built: TypeAlias = Literal["Secret", "ConfigMap"]
    Behavior: TypeAlias = Literal["create", "merge", "replace"]


KIND = "SopsGenerator"
KSOPS_KIND = "ksops"

KINDS: tuple[Built, ...] = ("Secret", "ConfigMap")
BEHAVIORS: tuple[Behavior, ...] = ("create", "merge", "replace")
FORMATS: tuple[Format, ...] = ("yaml", "json", "dotenv", "ini", "binary")

_OBJECT = (
    "kind", "name", "namespace", "labels", "annotations", "metadata", "type", "immutable", "needsHash", "behavior",
    "files", "binaryFiles", "envs", "literals",
)  # fmt: skip
_HEAD = ("name", "namespace", "labels", "annotations")
_KSOPS_OBJECT = ("metadata", "type", "files", "binaryFiles", "envs")

KEY = r"^(?!\.$|\.\.)[-._a-zA-Z0-9]{1,253}$"
NOT_ENCRYPTED = "is not encrypted with sops: encrypt it, or list it as {path: …, plain: true}"

_PATH = r"^[^=\r\n]+(=[^=\r\n]+)?$"
_LITERAL = pattern(r"^[-._a-zA-Z0-9]+=")
_KEY_RULE = "must be key=value with a key of letters, digits, -, _ and ."


class FileRef(NamedTuple):
    """A file to read: `key` is what it is called in the object, `plain` whether it need not be encrypted, `format` what
    the user says that sops encrypted it as.

    `at` is where it stands in the document.
    """

    at: Path
    path: str
    key: str = ""
    plain: bool = False
    binary: bool = False
    format: Literal[""] | Format = ""


class ObjectForm(QuietTuple):
    """One Secret or ConfigMap to build; `at` is where it stands in the document."""

    at: Path
    kind: Built
    name: str
    namespace: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    type: str
    immutable: bool
    needs_hash: bool
    behavior: Literal[""] | Behavior
    files: tuple[FileRef, ...]
    envs: tuple[FileRef, ...]
    literals: tuple[tuple[str, str], ...]


class GeneratorForm(QuietTuple):
    """A whole generator: files that hold objects, and objects to build from files."""

    files: tuple[FileRef, ...]
    objects: tuple[ObjectForm, ...]


def read_generator(data: object, problems: list[Problem]) -> GeneratorForm:
    """Read a SopsGenerator; every mistake is noted in problems."""
    root = Node(data, (), problems)
    fields = root.fields(("apiVersion", "kind", "metadata", "files", "secrets"), ("apiVersion", "kind", "metadata"))
    read_head(fields, KIND)
    if "files" not in fields and "secrets" not in fields and isinstance(data, dict):
        root.wrong("has neither files nor secrets: it would generate nothing")
    return GeneratorForm(_files(fields, "files", keyed=False), _objects(fields.get("secrets"), _OBJECT))


def read_ksops(data: object, problems: list[Problem]) -> GeneratorForm:
    """Read KSOPS's document (viaduct-ai/kustomize-sops 4.5: `files` and `secretFrom`)."""
    root = Node(data, (), problems)
    fields = root.fields(("apiVersion", "kind", "metadata", "files", "secretFrom"), ("metadata",))
    read_head({"metadata": fields["metadata"]} if "metadata" in fields else {}, KSOPS_KIND)
    if "files" not in fields and "secretFrom" not in fields and isinstance(data, dict):
        root.wrong("has neither files nor secretFrom: it would generate nothing")
    return GeneratorForm(_files(fields, "files", keyed=False), _objects(fields.get("secretFrom"), _KSOPS_OBJECT))


def _objects(node: Node | None, known: tuple[str, ...]) -> tuple[ObjectForm, ...]:
    return tuple(_object(entry, known) for entry in node.elements()) if node is not None else ()


def _object(node: Node, known: tuple[str, ...]) -> ObjectForm:
    fields = node.fields(known)
    head: dict[str, Node] = {key: fields[key] for key in _HEAD if key in fields}
    if "metadata" in fields:
        inner = fields["metadata"].fields(_HEAD)
        for key, value in inner.items():
            if key in head:
                value.wrong(f"is also given as {key}; write it once")
            head[key] = value
    if "name" not in head and isinstance(node.value, dict):
        node.at("name", None).wrong("is required")
    kind = chosen(fields, "kind", KINDS)
    if kind == "ConfigMap" and "type" in fields:
        fields["type"].wrong("is for Secrets only")
    files = _files(fields, "files") + tuple(f._replace(binary=True) for f in _files(fields, "binaryFiles"))
    return ObjectForm(
        node.path,
        kind,
        head["name"].text() if "name" in head else "",
        head["namespace"].text() if "namespace" in head else "",
        head["labels"].texts() if "labels" in head else {},
        head["annotations"].texts() if "annotations" in head else {},
        fields["type"].text() if "type" in fields else "",
        _flag(fields, "immutable"),
        _flag(fields, "needsHash"),
        fields["behavior"].choice(BEHAVIORS) if "behavior" in fields else "",
        files,
        _files(fields, "envs", keyed=False),
        tuple(_literal(entry) for entry in fields["literals"].elements()) if "literals" in fields else (),
    )


def _flag(fields: Mapping[str, Node], name: str) -> bool:
    if name not in fields:
        return False
    if not isinstance(fields[name].value, bool):
        fields[name].wrong("must be true or false")
    return fields[name].value is True


def _files(fields: Mapping[str, Node], name: str, keyed: bool = True) -> tuple[FileRef, ...]:
    """The files of a list; `keyed` is set where the content of each becomes one value, which has a key."""
    return tuple(_file(entry, keyed, name) for entry in fields[name].elements()) if name in fields else ()


def _file(node: Node, keyed: bool, name: str) -> FileRef:
    if not isinstance(node.value, dict):
        if not keyed:
            return FileRef(node.path, node.text())
        key, equals, path = node.text(_PATH, "must be a path, or key=path").partition("=")
        return FileRef(node.path, path, key) if equals else FileRef(node.path, key)
    known = ("path", *(("key",) if keyed else ()), "plain", *(("format",) if keyed or name == "envs" else ()))
    fields = node.fields(known, ("path",))
    return FileRef(
        node.path,
        fields["path"].text() if "path" in fields else "",
        fields["key"].text() if "key" in fields else "",
        _flag(fields, "plain"),
        format=fields["format"].choice(FORMATS) if "format" in fields else "",
    )


def _literal(node: Node) -> tuple[str, str]:
    text = node.anything()
    key, _, value = text.partition("=")
    if isinstance(node.value, str) and _LITERAL.match(text) is None:
        node.wrong(_KEY_RULE)
    # As kustomize reads a literal: quotes around the whole value are not part of it.
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return key, value
