"""What an ExternalSecret means: the normal form by which two that are written differently are compared.

`docs/explanation/the-same-meaning.md` lists what does not count. Everything else does, also fields that this module
knows nothing of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from krm_secrets.externalsecrets import duration, versions
from krm_secrets.externalsecrets.template import Ref, Template, actions, literal, parse_template
from krm_secrets.externalsecrets.tokens import TemplateError
from krm_secrets.migrate.fetched import Fetched, Origin, Whole, frozen, read_fetched
from krm_secrets.plain import as_list, as_map
from krm_secrets.settings.ownmarks import MAPPING_ANNOTATION
from krm_secrets.shape import matches

_CONSTANT = re.compile(r"\{\{[ \t\r\n]*(?:\"((?:[^\"\\\n]|\\[\"\\nt])*)\"|`([^`]*)`)[ \t\r\n]*\}\}")
_SIMPLE = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
# Braces that a constant prints are no start of an action. A template cannot hold this character but in such a place.
_PRINTED = "\ue000"

Part = tuple[Origin, tuple[str, ...], bool]
"""What a name stands for, the names that follow it, and whether nothing takes its place where it is missing."""

Expression = tuple["str | Part", ...]
"""Text, and between it what names stand for."""


def expression(text: str, fetched: Fetched) -> Expression:
    """The meaning of a template; equal for templates that differ in spelling only.

    `{{ "text" }}` is text, `$.x` is `.x`, and so is `index . "x"` where x cannot be missing; spaces at both ends of a
    value that is one action do not count. A template that cannot be read means its own text.
    """
    try:
        template = parse_template(alone(folded(text)))
    except TemplateError:
        return ("unreadable", text)
    parts: list[str | Part] = []
    for part in template.parts:
        if isinstance(part, Ref):
            parts.append(named(part, fetched))
        elif parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return tuple(parts)


def named(ref: Ref, fetched: Fetched) -> Part:
    """What a reference stands for."""
    name = ref.segments[0]
    always = fetched.complete and name in fetched.entries
    return fetched.origin(name), ref.segments[1:], ref.lenient and not always


def constant(text: str) -> str | None:
    """The text that a template always gives, when no action but constants is in it; else None."""
    result = folded(text)
    return None if "{{" in result else result.replace(_PRINTED, "{{")


def alone(text: str) -> str:
    """The template, with one space at both ends of the action when it is one action and nothing else."""
    inner = text[2:-2]
    if not (text.startswith("{{") and text.endswith("}}") and len(text) > 4) or "{{" in inner or "}}" in inner:
        return text
    if inner[0] == "-" or inner[-1] == "-" or inner.lstrip().startswith("/*"):
        return text
    return "{{ " + inner.strip(" \t\r\n") + " }}"


def folded(text: str) -> str:
    """The template with the constants that it prints in their places; raises TemplateError."""
    if "{{" not in text or "{{-" in text or "-}}" in text:
        return text
    parts: list[str] = []
    at = 0
    for start, end in actions(text):
        match = _CONSTANT.fullmatch(text, start, end)
        if match is not None:
            raw = match[2] if match[1] is None else re.sub(r"\\(.)", lambda m: _SIMPLE[m[1]], match[1])
            parts += (text[at:start], raw.replace("{{", _PRINTED))
            at = end
    return "".join((*parts, text[at:]))


def field_template(name: str) -> Template:
    """The template that is one fetched value and nothing else."""
    return Template(("{{ ", Ref(".", (name,)), " }}"))


LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
CLEANUP = "externalsecrets.external-secrets.io/externalsecret-cleanup"
_SERVER = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
_HOSTS = (MAPPING_ANNOTATION, LAST_APPLIED)

_TEMPLATE_DEFAULTS = {**versions.TEMPLATE_SOURCE, **versions.VALUES}

Meaning = dict[str, object]


def meaning(external_secret: Mapping[str, object]) -> Meaning:
    """The normal form; two ExternalSecrets that mean the same have equal ones."""
    metadata, spec = read_metadata(external_secret), as_map(external_secret.get("spec"))
    target = as_map(spec.get("target"))
    fetched = read_fetched(spec)
    name = metadata.get("name")
    creation = target.get("creationPolicy") or "Owner"
    # What it makes anew is Opaque by itself; a Secret that is there keeps its type, unless the template says one.
    type_ = as_map(target.get("template")).get("type") or ("Opaque" if creation == "Owner" else "")
    labels, annotations = secret_metadata(metadata, target)
    return {
        "metadata": frozen(metadata),
        "target": target.get("name") or name,
        "creation": creation,
        "deletion": target.get("deletionPolicy") or "Retain",
        "refresh": interval(spec),
        "refresh policy": spec.get("refreshPolicy") or "Periodic",
        "type": type_,
        "requests": fetched.requests,
        "labels": {key: expression(text, fetched) for key, text in labels.items()},
        "annotations": {key: expression(text, fetched) for key, text in annotations.items()},
        "others": _others(spec, target),
        **_content(fetched, as_map(target.get("template")), (*labels.values(), *annotations.values())),
    }


def read_metadata(external_secret: Mapping[str, object]) -> dict[str, object]:
    """The metadata that its author wrote, without our mark and without what the API server and kubectl put there."""
    given = as_map(external_secret.get("metadata"))
    metadata = {key: value for key, value in given.items() if value and key not in _SERVER}
    annotations = {key: value for key, value in as_map(given.get("annotations")).items() if key not in _HOSTS}
    finalizers = metadata.get("finalizers")
    if isinstance(finalizers, list):
        metadata["finalizers"] = [each for each in finalizers if each != CLEANUP]
    return {key: value for key, value in {**metadata, "annotations": annotations}.items() if value}


def secret_metadata(
    metadata: Mapping[str, object], target: Mapping[str, object]
) -> tuple[dict[str, str], dict[str, str]]:
    """The labels and annotations of the Secret, as templates: without a template they are the ExternalSecret's own."""
    template = target.get("template")
    if isinstance(template, dict):
        own = as_map(template.get("metadata"))
        return _texts(own.get("labels")), _texts(own.get("annotations"))
    copied = (_texts(metadata.get(key)) for key in ("labels", "annotations"))
    labels, annotations = ({key: literal(text) for key, text in each.items()} for each in copied)
    return labels, annotations


def interval(spec: Mapping[str, object]) -> object:
    """How often it is refreshed, in nanoseconds; 0 is once. Text that is no duration stays text."""
    text = spec.get("refreshInterval") or "1h0m0s"
    if not isinstance(text, str) or text.startswith("$") or not matches(duration.DURATION, text):
        return text
    return duration.nanoseconds(text)


def is_open(fetched: Fetched, template: Mapping[str, object], texts: tuple[str, ...]) -> bool:
    """Whether the names under which values are fetched can be seen from outside: as keys of the Secret, or by templates
    that are not here or that take all values at once."""
    if template.get("templateFrom") or any(map(_takes_all, (*texts, *_texts(template.get("data")).values()))):
        return True
    if template.get("data") and template.get("mergePolicy") != "Merge":
        return False
    return bool(fetched.wholes) or bool(template.get("data"))


def sorted_wholes(wholes: tuple[Whole, ...]) -> tuple[Whole, ...]:
    """Entries of `dataFrom` in an order of their own where theirs does not matter, since no two can share a key."""
    prefixes = [whole.prefix for whole in wholes]
    apart = all(
        not other.startswith(prefix) for i, prefix in enumerate(prefixes) for j, other in enumerate(prefixes) if i != j
    )
    return tuple(sorted(wholes, key=lambda whole: whole.prefix)) if apart else wholes


def _content(fetched: Fetched, template: Mapping[str, object], texts: tuple[str, ...]) -> Meaning:
    data = _texts(template.get("data"))
    keys: dict[str, Expression] = {key: expression(text, fetched) for key, text in data.items()}
    if is_open(fetched, template, texts):
        return {"keys": keys, "names": dict(fetched.entries), "all of": sorted_wholes(fetched.wholes)}
    if not data:
        # A copied key may be missing where a template that names it would fail.
        keys = {name: ("{{ ", named(Ref(".", (name,), True), fetched), " }}") for name in fetched.entries}
    return {"keys": keys}


def _takes_all(text: str) -> bool:
    try:
        return parse_template(text).uses_all
    except TemplateError:
        return True


def _others(spec: Mapping[str, object], target: Mapping[str, object]) -> Meaning:
    """Fields that stand for themselves."""
    template = as_map(target.get("template"))
    known = ("refreshInterval", "refreshPolicy", "secretStoreRef", "target", "data", "dataFrom")
    policies = ("name", "creationPolicy", "deletionPolicy", "template", "immutable")
    rest = {key: value for key, value in spec.items() if key not in known}
    rest |= {f"target.{key}": value for key, value in target.items() if key not in policies}
    rest |= {f"template.{key}": value for key, value in template.items() if key not in ("type", "data", "metadata")}
    rest["finalizers"] = as_map(template.get("metadata")).get("finalizers")
    rest["immutable"] = target.get("immutable") or None
    if rest.get("template.engineVersion") == "v2":
        del rest["template.engineVersion"]
    if rest.get("template.mergePolicy") == "Replace" or not (template.get("data") or template.get("templateFrom")):
        rest.pop("template.mergePolicy", None)
    rest["template.templateFrom"] = template_items(template.get("templateFrom"))
    return {key: frozen(value) for key, value in rest.items() if value not in (None, [])}


def template_items(value: object) -> list[dict[str, object]]:
    """The templates that `templateFrom` names, one by one: the object and its key, and what is not the default."""
    found = []
    for source in map(as_map, as_list(value)):
        others = {key: each for key, each in source.items() if each != _TEMPLATE_DEFAULTS.get(key)}
        kind = next((kind for kind in ("configMap", "secret") if kind in source), "")
        items = as_map(source.get(kind)).get("items")
        if not isinstance(items, list):
            found.append(others)
            continue
        for item in map(as_map, items):
            options = {key: each for key, each in item.items() if each != versions.ITEM.get(key)}
            found.append({**others, kind: as_map(source[kind]).get("name"), **options})
    return found


def _texts(value: object) -> dict[str, str]:
    return {key: text for key, text in as_map(value).items() if isinstance(text, str)}
