"""kustomization files: what they list, and entries of their lists put in and taken out by splicing.

Text in, text out; a change that is there already gives the same text. Entries are compared as paths, so that `./a.yaml`
and `a.yaml` are one. A new entry is written as its neighbours are: dash and margin, `./`, quotes, one line or several.
"""

from __future__ import annotations

import posixpath

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Location, failure
from krm_secrets.krm import listing
from krm_secrets.krm.resource import at, text_at
from krm_secrets.yamltext import lines, splice
from krm_secrets.yamltext.edits import Edit, copy
from krm_secrets.yamltext.load import parse
from krm_secrets.yamltext.nodes import Document, Mapping, Node, Scalar, Sequence, YamlError, describe, line_of, resolved
from krm_secrets.yamltext.scalars import resolve

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""What kustomize takes for a kustomization file; a folder may have one of them."""

RESOURCES, COMPONENTS = "resources", "components"
RUN = ("generators", "transformers", "validators")
LISTS = (RESOURCES, COMPONENTS, "bases", "crds", *RUN, "configurations")


Pairs = tuple[tuple[str, str], ...]


class Kustomization(NamedTuple):
    """What a kustomization file says; `kind` is Kustomization or Component, an unset namespace is empty."""

    kind: str
    namespace: str
    lists: dict[str, tuple[str, ...]]
    prefix: str = ""
    suffix: str = ""
    labels: Pairs = ()
    annotations: Pairs = ()
    """What all objects get."""

    @property
    def resources(self) -> tuple[str, ...]:
        """Files and folders whose objects the build takes, as they are written; `bases` is their name of old."""
        return self.lists.get(RESOURCES, ()) + self.lists.get("bases", ())

    @property
    def components(self) -> tuple[str, ...]:
        """Folders of components, as they are written."""
        return self.lists.get(COMPONENTS, ())

    @property
    def run(self) -> tuple[str, ...]:
        """What the build runs: files, folders and documents that are written out, as they are written."""
        return tuple(each for field in RUN for each in self.lists.get(field, ()))


def read(text: str) -> Kustomization:
    """The file's content; Failure when it is no YAML or no kustomization."""
    root = _parsed(text)[1]
    try:
        found = {field: tuple(listing.texts(_listed(text, root, field))) for field in LISTS if root and root.get(field)}
        kind, namespace = text_at(root, "kind") or "Kustomization", text_at(root, "namespace")
        affixes = text_at(root, "namePrefix"), text_at(root, "nameSuffix")
        return Kustomization(kind, namespace, found, *affixes, _labels(root), pairs(at(root, "commonAnnotations")))
    except YamlError as error:
        raise failure(describe(error, text)) from None


def pairs(node: Node | None) -> Pairs:
    """Labels or annotations that stand in a mapping."""
    if type(node) is not Mapping:
        return ()
    return tuple((key, value.value) for key in node.names() if type(value := node.get(key)) is Scalar)


def _labels(root: Mapping | None) -> Pairs:
    listed = at(root, "labels")
    entries = map(resolved, listed.items) if type(listed) is Sequence else ()
    return pairs(at(root, "commonLabels")) + tuple(pair for each in entries for pair in pairs(at(each, "pairs")))


def line_of_entry(text: str, entry: str, field: str) -> int:
    """The line of an entry that a list has, as it is written."""
    listed = _listed(text, _parsed(text)[1], field)
    items = listed.items if listed is not None else []
    found = (item for item in items if type(node := resolved(item)) is Scalar and node.value == entry)
    return next((line_of(text, item.start) for item in found), 0)


def add(text: str, entry: str, field: str = RESOURCES) -> str:
    """The text with the entry in a list: where the order of the others puts it if they have one, else at the end."""
    entry = posixpath.normpath(entry)
    document, root = _parsed(text)
    try:
        if document is None or root is None:
            ended = text if not text or text.endswith("\n") else text + lines.newline_of(text)
            return f"{ended}{field}:{lines.newline_of(text)}  - {listing.plain(entry)}{lines.newline_of(text)}"
        listed = _listed(text, root, field)
        if entry in map(posixpath.normpath, listing.texts(listed)):
            return text
        edits = listing.added(text, root, field, listed, entry)
        if root.written(field) is not listed:
            return _applied(text, document, edits)
        # Other names of the list keep what it was; a new entry lies within nothing else that could have two names.
        others = [Edit(each.start, each.end, copy(listed)) for each in document.aliases if each.target is listed]
        return splice.apply(text, edits + others)
    except YamlError as error:
        raise failure(describe(error, text)) from None


def remove(text: str, entry: str, field: str = RESOURCES) -> str:
    """The text without the entry, wherever the list has it."""
    document, root = _parsed(text)
    try:
        listed = _listed(text, root, field)
        names = [posixpath.normpath(each) for each in listing.texts(listed)]
        at = [i for i, name in enumerate(names) if name == posixpath.normpath(entry)]
        if document is None or root is None or listed is None or not at:
            return text
        if root.written(field) is not listed:  # an alias, or what a merge key provides
            kept = [each for i, each in enumerate(listing.texts(listed)) if i not in at]
            return _applied(text, document, listing.spelled_out(text, root, field, kept))
        return _applied(text, document, listing.cut(text, root, field, listed, at))
    except YamlError as error:
        raise failure(describe(error, text)) from None


def _parsed(text: str) -> tuple[Document | None, Mapping | None]:
    """The one document of the file and its mapping; None for what is not there."""
    documents = [each for each in parse(text) if type(each.root) is not Scalar or resolve(each.root) is not None]
    if not documents:
        return None, None
    if len(documents) > 1:
        raise failure("a kustomization file holds one document", Location(line=line_of(text, documents[1].root.start)))
    root = documents[0].root
    if type(root) is not Mapping:
        raise failure("a kustomization file holds a mapping", Location(line=line_of(text, root.start)))
    return documents[0], root


def _listed(text: str, root: Mapping | None, field: str) -> Sequence | None:
    node = root.get(field) if root is not None else None
    if node is None or (type(node) is Scalar and resolve(node) is None):
        return None
    if type(node) is not Sequence or any(type(resolved(item)) is not Scalar for item in node.items):
        raise failure("is no list of names", Location(path=(field,), line=line_of(text, node.start)))
    return node


def _applied(text: str, document: Document, edits: list[Edit]) -> str:
    return splice.apply(text, edits + splice.unshare(document, edits))
