"""The spec of an ExternalSecret (v1, as of External Secrets 2.9): its fields, their order and their defaults.

The table is for the overlay under `spec`, whose fields a user may misspell, and it is the order in which we write.
A `!` marks a required field; a list holds the form of its elements; a tuple holds the allowed words.
"""

from __future__ import annotations

from krm_secrets.externalsecrets import duration, names
from krm_secrets.externalsecrets.target import KIND as KIND
from krm_secrets.externalsecrets.words import CREATION, DECODINGS, GENERATORS
from krm_secrets.shape import Node, kind_of

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias


API_VERSION = "external-secrets.io/v1"

Form = object
"""A table of fields, the form of a list's elements, words, or who checks a value; None for anything."""


class One(dict[str, Form]):
    """A map with exactly one of its fields."""


def any_text(node: Node) -> None:
    """A string."""
    node.anything()


def name(node: Node) -> None:
    """The name of an object."""
    node.text(names.NAME, names.NAME_RULE, names.LONGEST)


def _key(node: Node) -> None:
    node.text(names.KEY, names.KEY_RULE, names.LONGEST)


def duration_text(node: Node) -> None:
    """How long."""
    node.text(duration.GO, duration.RULE)


def filled_text(node: Node) -> None:
    """A string that is not empty."""
    node.text()


def _schedule(node: Node) -> None:
    word = r"@(?:annually|yearly|monthly|weekly|daily|midnight|hourly)|@every \S+"
    node.text(rf"^(?:{word}|\S+(?: \S+){{4}})$", "must be a cron schedule of five fields, or a word such as @daily")


def _flag(node: Node) -> None:
    if not isinstance(node.value, bool):
        node.wrong(f"must be true or false, not {kind_of(node.value)}")


_Check: TypeAlias = "Callable[[Node], None]"
TEXTS: Form = {"*": any_text}
_NUL = ("Ignore", "Fail")
_FETCH = {"decodingStrategy": DECODINGS, "conversionStrategy": ("Default", "Unicode"), "nullBytePolicy": _NUL}
_REMOTE: Form = {
    "key!": any_text, "property": any_text, "version": any_text, "metadataPolicy": ("None", "Fetch"), **_FETCH,
}  # fmt: skip
STORE: Form = {"kind": ("ClusterSecretStore", "SecretStore"), "name": name}
GENERATOR: Form = {"apiVersion": any_text, "kind!": GENERATORS, "name!": name}
_SOURCE: Form = One(storeRef=STORE, generatorRef=GENERATOR)
_MERGE: Form = {
    "into": any_text, "strategy": ("Extract", "JSON"), "conflictPolicy": ("Ignore", "Error"), "priority": [any_text],
    "priorityPolicy": ("IgnoreNotFound", "Strict"),
}  # fmt: skip
_REWRITE: Form = One(regexp={"source!": any_text, "target!": any_text}, transform={"template!": any_text}, merge=_MERGE)
_FROM: Form = {"name!": name, "items!": [{"key!": _key, "templateAs": ("Values", "KeysAndValues")}]}
_TEMPLATE_FROM: Form = {
    "target": any_text, "configMap": _FROM, "secret": _FROM, "literal": any_text, "valuesDecodingStrategy": DECODINGS,
}  # fmt: skip
TEMPLATE: Form = {
    "engineVersion": ("v2",),
    "mergePolicy": ("Replace", "Merge"),
    "type": any_text,
    "metadata": {"labels": TEXTS, "annotations": TEXTS, "finalizers": [any_text]},
    "data": TEXTS,
    "templateFrom": [_TEMPLATE_FROM],
}
SPEC: Form = {
    "refreshInterval": duration_text,
    "refreshPolicy": ("CreatedOnce", "Periodic", "OnChange"),
    "syncWindows": {"kind!": ("allow", "deny"), "windows!": [{"schedule!": _schedule, "duration!": any_text}]},
    "secretStoreRef": STORE,
    "target": {
        "name": name,
        "creationPolicy": CREATION,
        "deletionPolicy": ("Retain", "Delete", "Merge"),
        "immutable": _flag,
        "manifest": {"apiVersion!": filled_text, "kind!": filled_text},
        "template": TEMPLATE,
    },
    "dataFrom": [
        {
            "extract": _REMOTE,
            "find": {"path": any_text, "name": {"regexp": any_text}, "tags": TEXTS, **_FETCH},
            "sourceRef": _SOURCE,
            "rewrite": [_REWRITE],
        }
    ],
    "data": [{"secretKey!": _key, "sourceRef": _SOURCE, "remoteRef!": _REMOTE}],
}


def check_form(node: Node, form: Form = SPEC) -> None:
    """Note what the API server would not accept."""
    if isinstance(form, tuple):
        node.choice(form)
    elif isinstance(form, list):
        for element in node.elements():
            check_form(element, form[0])
        if node.path[-1] == "windows":
            node.filled("window")
    elif isinstance(form, dict):
        _check_map(node, form)
    elif callable(form):
        form(node)


def _check_map(node: Node, form: dict[str, Form]) -> None:
    if "*" in form:
        node.texts()
        return
    known = {key.rstrip("!"): below for key, below in form.items()}
    fields = node.fields(tuple(known), [key[:-1] for key in form if key[-1] == "!"])
    for key, entry in fields.items():
        check_form(entry, known[key])
    if isinstance(form, One) and isinstance(node.value, dict) and len(node.value) != 1:
        node.wrong(f"must hold exactly one of {', '.join(known)}")


def arrange(value: object, form: Form = SPEC) -> object:
    """The same data with the fields in the order of the table."""
    if isinstance(value, list) and isinstance(form, list):
        return [arrange(element, form[0]) for element in value]
    if not isinstance(value, dict) or not isinstance(form, dict) or "*" in form:
        return value
    known = {key.rstrip("!"): below for key, below in form.items()}
    ordered = [key for key in known if key in value] + [key for key in value if key not in known]
    return {key: arrange(value[key], known.get(key)) for key in ordered}


def merge(base: object, overlay: object) -> object:
    """The overlay laid over the base: maps are merged, null takes a field away, anything else replaces."""
    if not isinstance(overlay, dict):
        return overlay
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in overlay.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result
