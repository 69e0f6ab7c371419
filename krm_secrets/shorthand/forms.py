"""The form of a SecretMapping: exactly what `schemas/SecretMapping.json` accepts, no meaning yet.

A Secret with a mistake in its form is left out of the result, so that later steps do not report what follows from it.
"""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path, Problem
from krm_secrets.externalsecrets import names
from krm_secrets.externalsecrets.words import CREATION, DECODINGS, DELETION, REFRESH
from krm_secrets.plain import as_map, at
from krm_secrets.settings.config import ItemTable
from krm_secrets.settings.config_document import read_items, read_name, read_refresh, read_store
from krm_secrets.shape import Metadata, Node, kind_of, read_head
from krm_secrets.shorthand.items import Item

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


POLICIES = (*CREATION, *DELETION, *REFRESH)

_FIELDS = (
    "from", "data", "templates", "variables", "store", "name", "type", "labels", "annotations", "policy", "metadata",
    "spec", "refresh",
)  # fmt: skip


class SourceForm(NamedTuple):
    """One entry of `from`: text still to be split, or the long form."""

    alias: str
    item: str | Item
    path: Path


class ValueForm(NamedTuple):
    """One Secret key and what was written for it."""

    key: str
    text: str
    path: Path
    is_literal: bool = False
    is_field: bool = False


class SecretForm(NamedTuple):
    """One entry of `secrets`."""

    name: str
    path: Path
    sources: tuple[SourceForm, ...] = ()
    aliased: bool = False
    data: tuple[ValueForm, ...] | None = None
    templates: tuple[str, ...] = ()
    variables: tuple[ValueForm, ...] = ()
    store: tuple[str, str] | None = None
    object_name: str = ""
    type: str = ""
    labels: tuple[ValueForm, ...] = ()
    annotations: tuple[ValueForm, ...] = ()
    policy: tuple[str, ...] = ()
    object_labels: Mapping[str, str] = {}
    object_annotations: Mapping[str, str] = {}
    overlay: Mapping[str, object] = {}
    refresh: str = ""

    @property
    def may_lack(self) -> bool:
        """Whether External Secrets goes on without what the store does not have: a template that names it fails then,
        a key without template would be missing from the Secret."""
        laid = as_map(self.overlay.get("target")).get("deletionPolicy", "Retain")
        return laid != "Retain" or "Delete" in self.policy

    @property
    def sees_names(self) -> bool:
        """Whether templates that are not under `data` may use what is fetched, by the names under which it is."""
        template = as_map(at(self.overlay, ("target", "template")))
        return bool(self.templates) or not {"data", "templateFrom", "mergePolicy"}.isdisjoint(template)


class MappingForm(NamedTuple):
    """A whole SecretMapping."""

    metadata: Metadata
    store: tuple[str, str] | None
    refresh: str
    items: ItemTable
    output: str
    secrets: tuple[SecretForm, ...]


def read_mapping(data: object, problems: list[Problem]) -> MappingForm:
    """Read the form; every mistake is noted in problems."""
    required = ("apiVersion", "kind", "metadata", "secrets")
    fields = Node(data, (), problems).fields((*required, "store", "refresh", "items", "output"), required)
    return MappingForm(
        metadata=read_head(fields, "SecretMapping"),
        store=read_store(fields["store"]) if "store" in fields else None,
        refresh=read_refresh(fields["refresh"]) if "refresh" in fields else "",
        items=read_items(fields["items"]) if "items" in fields else ItemTable(),
        output=fields["output"].text(names.OUTPUT, names.OUTPUT_RULE) if "output" in fields else "",
        secrets=_secrets(fields["secrets"]) if "secrets" in fields else (),
    )


def _secrets(node: Node) -> tuple[SecretForm, ...]:
    node.filled("Secret")
    secrets = []
    for name, entry in node.entries(names.NAME, names.NAME_RULE, names.LONGEST):
        before = len(node.problems)
        secret = _secret(name, entry)
        if len(node.problems) == before:
            secrets.append(secret)
    return tuple(secrets)


def _secret(name: str, node: Node) -> SecretForm:
    if node.value is None or isinstance(node.value, list):
        node.wrong(f"must be an item or a map, not {kind_of(node.value)}")
        return SecretForm(name, node.path)
    if not isinstance(node.value, dict):
        return SecretForm(name, node.path, (SourceForm("", node.text(), node.path),))
    fields = node.fields(_FIELDS)
    metadata = fields["metadata"].fields(("labels", "annotations")) if "metadata" in fields else {}
    sources, aliased = _from(fields["from"]) if "from" in fields else ((), False)
    return SecretForm(
        name,
        node.path,
        sources,
        aliased,
        data=_data(fields["data"]) if "data" in fields else None,
        templates=_templates(fields["templates"]) if "templates" in fields else (),
        variables=_variables(fields["variables"]) if "variables" in fields else (),
        store=read_store(fields["store"]) if "store" in fields else None,
        object_name=read_name(fields["name"]) if "name" in fields else "",
        type=fields["type"].text() if "type" in fields else "",
        labels=_texts(fields["labels"]) if "labels" in fields else (),
        annotations=_texts(fields["annotations"]) if "annotations" in fields else (),
        policy=_policy(fields["policy"]) if "policy" in fields else (),
        object_labels=metadata["labels"].texts() if "labels" in metadata else {},
        object_annotations=metadata["annotations"].texts() if "annotations" in metadata else {},
        overlay={key: entry.value for key, entry in fields["spec"].entries()} if "spec" in fields else {},
        refresh=read_refresh(fields["refresh"]) if "refresh" in fields else "",
    )


def _from(node: Node) -> tuple[tuple[SourceForm, ...], bool]:
    if isinstance(node.value, list):
        node.filled("item")
        return tuple(_source("", element) for element in node.elements()), False
    if not isinstance(node.value, dict) or not node.value.keys().isdisjoint(names.RESERVED_ALIASES):
        return (_source("", node),), False
    node.filled("item")
    # By name, since a map has no order that all hosts keep.
    entries = sorted(node.entries(names.ALIAS, names.ALIAS_RULE), key=lambda entry: entry[0])
    return tuple(_source(alias, entry) for alias, entry in entries), True


def _source(alias: str, node: Node) -> SourceForm:
    if not isinstance(node.value, dict):
        return SourceForm(alias, node.text(), node.path)
    fields = node.fields(("store", "key", "property", "decoding"), ("key",))
    item = Item(
        key=fields["key"].text() if "key" in fields else "",
        property=fields["property"].text() if "property" in fields else "",
        store=read_name(fields["store"]) if "store" in fields else "",
        decoding=fields["decoding"].choice(DECODINGS) if "decoding" in fields else "",
    )
    return SourceForm(alias, item, node.path)


def _templates(node: Node) -> tuple[str, ...]:
    if not isinstance(node.value, list):
        return (node.text(names.TEMPLATE, names.TEMPLATE_RULE),)
    node.filled("template")
    node.distinct()
    return tuple(element.text(names.TEMPLATE, names.TEMPLATE_RULE) for element in node.elements())


def _variables(node: Node) -> tuple[ValueForm, ...]:
    forms = _data(node, "variable")
    for form in forms:
        if form.is_literal:
            Node(None, form.path, node.problems).wrong("must be a string, not a map")
    return forms


def _data(node: Node, what: str = "key") -> tuple[ValueForm, ...]:
    node.filled(what)
    if isinstance(node.value, list):
        node.distinct()
        return tuple(_same_named(element) for element in node.elements())
    if not isinstance(node.value, dict):
        node.wrong(f"must be a list of keys or a map, not {kind_of(node.value)}")
        return ()
    return tuple(_value(key, entry) for key, entry in node.entries(names.KEY, names.KEY_RULE, names.LONGEST))


def _same_named(node: Node) -> ValueForm:
    key = node.text(names.KEY, names.KEY_RULE, names.LONGEST)
    return ValueForm(key, key, node.path, is_field=True)


def _value(key: str, node: Node) -> ValueForm:
    if not isinstance(node.value, dict):
        return ValueForm(key, node.anything(), node.path)
    fields = node.fields(("literal",), ("literal",))
    text = fields["literal"].anything() if "literal" in fields else ""
    return ValueForm(key, text, node.path, is_literal=True)


def _texts(node: Node) -> tuple[ValueForm, ...]:
    return tuple(ValueForm(key, entry.anything(), entry.path) for key, entry in node.entries())


def _policy(node: Node) -> tuple[str, ...]:
    if not isinstance(node.value, list):
        return (node.choice(POLICIES),)
    node.filled("policy")
    node.distinct()
    return tuple(element.choice(POLICIES) for element in node.elements())
