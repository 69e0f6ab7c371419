"""From a mapping to the ExternalSecrets that a person would have written, and back to who made one."""

from __future__ import annotations

from krm_secrets.errors import ERROR, Path, Problem, clean, field, worst
from krm_secrets.externalsecrets import api, duration, target
from krm_secrets.externalsecrets.admission import check_admission
from krm_secrets.externalsecrets.objectmeta import check_annotations, check_labels
from krm_secrets.externalsecrets.words import CREATION, DELETION, GENERATOR_API_VERSION, NEWEST, REFRESH
from krm_secrets.plain import as_map, as_text, filled
from krm_secrets.settings.config import Config, StoreRef
from krm_secrets.settings.ownmarks import MAPPING_ANNOTATION
from krm_secrets.shape import Node
from krm_secrets.shorthand.access import Bulk, Entry
from krm_secrets.shorthand.grammar import Secret, SecretMapping
from krm_secrets.shorthand.items import Item, Usage, check_ids
from krm_secrets.shorthand.plan import Plan, make_plan

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_PLACES: dict[Path, Path] = {
    ("fetches-nothing",): (),
    ("call-budget",): (),
    ("policies-refused", "target", "deletionPolicy"): ("policy",),
    ("bitwarden-deletion-policy", "target", "deletionPolicy"): ("policy",),
    ("field-newer-than-eso", "target", "creationPolicy"): ("policy",),
    ("type-refused", "target", "template", "type"): ("type",),
    ("type-unknown", "target", "template", "type"): ("type",),
    ("type-lacks-keys", "target", "template", "type"): ("type",),
}
"""Where a mapping says what a rule finds at a place of the spec; anything else only an overlay can have said."""


def expand(mapping: SecretMapping, config: Config, problems: list[Problem]) -> list[dict[str, object]]:
    """The ExternalSecrets of a mapping; those with a mistake are left out and their mistakes noted in problems."""
    results: list[dict[str, object]] = []
    usages: list[Usage] = []
    targets: dict[tuple[str, str], Path] = {}
    check_labels(Node(mapping.labels, ("metadata", "labels"), problems), mapping.labels)
    for secret in mapping.secrets:
        plan = make_plan(secret, mapping.store, config, problems)
        if plan is None:
            continue
        usages.extend(plan.usages)
        before = len(problems)
        result = _object(secret, plan, mapping, config, problems)
        _check_names(result, secret, targets, problems)
        _check_metadata(secret, plan, problems)
        if worst(problems[before:]) != ERROR:
            results.append(result)
    check_ids(usages, mapping.items, problems)
    return results


def mapping_id(mapping: SecretMapping) -> str:
    """What the mark on the ExternalSecrets of this mapping says."""
    return f"{mapping.namespace}/{mapping.name}" if mapping.namespace else mapping.name


def marked_by(external_secret: object) -> str:
    """The mapping that generated this object, as its mark says; empty when it was written by somebody else."""
    return as_text(as_map(as_map(as_map(external_secret).get("metadata")).get("annotations")).get(MAPPING_ANNOTATION))


def _object(
    secret: Secret, plan: Plan, mapping: SecretMapping, config: Config, problems: list[Problem]
) -> dict[str, object]:
    # Arranging copies: what follows must not change the user's overlay.
    name = secret.form.object_name or secret.name
    spec = _spec(secret, plan, duration.interval(secret.refresh, f"{mapping.namespace}/{name}"), problems)
    spec = as_map(api.arrange(api.merge(spec, secret.form.overlay)))
    _check(secret, plan, spec, config, problems)
    if config.defaults == "explicit":
        from krm_secrets.externalsecrets.versions import add_defaults  # few configurations ask for them

        add_defaults(spec, config.eso_version)
    metadata: dict[str, object] = {
        "name": name,
        "namespace": mapping.namespace,
        "labels": {**mapping.labels, **secret.form.object_labels},
        "annotations": {**secret.form.object_annotations, MAPPING_ANNOTATION: mapping_id(mapping)},
    }
    return {"apiVersion": api.API_VERSION, "kind": api.KIND, "metadata": filled(metadata), "spec": api.arrange(spec)}


def _check(secret: Secret, plan: Plan, spec: Mapping[str, object], config: Config, problems: list[Problem]) -> None:
    """Check the finished spec as one that a person wrote."""
    found: list[Problem] = []
    node = Node(spec, (*secret.path, "spec"), found)
    api.check_form(node)
    is_hidden = config.doubtful and plan.store is None
    if not found and not is_hidden:
        check_admission(node)
        if config.eso_version < NEWEST:
            from krm_secrets.externalsecrets.versions import check_version

            check_version(node, config.eso_version)
        if config.stores:
            from krm_secrets.externalsecrets.secretsmanager import check_manager  # undeclared stores are others

            check_manager(node, config.manages_secrets)
        if secret.form.overlay:
            from krm_secrets.shorthand.overlay import check_overlay  # few Secrets have one

            check_overlay(secret, spec, found)
        if secret.interval and "generatorRef" in str(spec.get("dataFrom")):
            from krm_secrets.shorthand.rotation import check_rotation  # few Secrets are generated

            check_rotation(secret, spec, config.rotating, found)
    if (secret.form.type or secret.form.overlay) and worst(found) != ERROR:
        from krm_secrets.externalsecrets.secrettypes import check_type  # few Secrets have a type
        from krm_secrets.shorthand.docker_login import LOGIN

        check_type(node, LOGIN)
    for problem in found:
        place = _PLACES.get((problem.rule, *problem.path[len(node.path) :]))
        problems.append(problem if place is None else problem._replace(path=(*secret.path, *place)))


def _spec(secret: Secret, plan: Plan, interval: str, problems: list[Problem]) -> dict[str, object]:
    """The spec without what External Secrets takes by itself."""
    creation, deletion, refresh = _policies(secret, problems)
    made: dict[str, object] = {
        "name": secret.name,
        "creationPolicy": creation if creation != "Owner" else "",
        "deletionPolicy": deletion if deletion != "Retain" else "",
        "template": _template(secret, plan),
    }
    spec: dict[str, object] = {
        "refreshInterval": interval if interval != target.REFRESH_INTERVAL else "",
        "refreshPolicy": refresh,
        "secretStoreRef": _store(plan.store),
        "target": filled(made),
        "dataFrom": [_bulk(bulk, plan.store) for bulk in plan.bulks],
        "data": [_entry(key, entry, plan.store) for key, entry in plan.entries],
    }
    return filled(spec)


def _template(secret: Secret, plan: Plan) -> dict[str, object]:
    template: dict[str, object] = {
        "type": secret.form.type,
        "metadata": filled({"labels": plan.labels, "annotations": plan.annotations}),
        "data": plan.data,
        "templateFrom": _template_sources(secret.form.templates),
    }
    # Without a template the operator copies all labels and annotations of the ExternalSecret to the Secret.
    return filled(template) or {"engineVersion": "v2"}


def _template_sources(texts: Iterable[str]) -> list[dict[str, object]]:
    """The `templateFrom` of `configMap/name#key` and `secret/name#key`; keys of one object that follow each other share
    an entry."""
    sources: list[dict[str, object]] = []
    items: list[dict[str, str]] = []
    last = ""
    for text in texts:
        where, _, key = text.rpartition("#")
        if where != last:
            kind, _, name = where.partition("/")
            items = []
            sources.append({kind: {"name": name, "items": items}})
        items.append({"key": key})
        last = where
    return sources


def _policies(secret: Secret, problems: list[Problem]) -> tuple[str, str, str]:
    chosen = []
    for group in (CREATION, DELETION, REFRESH):
        words = [word for word in secret.form.policy if word in group]
        if len(words) > 1:
            problems.append(Problem((*secret.path, "policy"), f"{' and '.join(words)} exclude each other"))
        chosen.append(words[0] if words else "")
    return chosen[0], chosen[1], chosen[2]


def _store(store: StoreRef | None) -> dict[str, object]:
    return {"kind": store.kind, "name": store.name} if store else {}


def _bulk(bulk: Bulk, default: StoreRef | None) -> dict[str, object]:
    item, entry = bulk.item, dict[str, object]()
    if item.generator:
        reference = {"apiVersion": GENERATOR_API_VERSION, "kind": item.generator, "name": item.key}
        entry["sourceRef"] = {"generatorRef": reference}
    else:
        entry["extract"] = _remote(item)
        entry["sourceRef"] = _own_store(bulk.store, default)
    if bulk.prefix:
        # The first step is what the operator does itself as long as nothing is rewritten: without it one field with a
        # space in its name would fail the whole item. `$1`, since Flux would replace `${1}`.
        entry["rewrite"] = [
            {"regexp": {"source": "[^-._a-zA-Z0-9]", "target": "_"}},
            {"regexp": {"source": "(.*)", "target": f"{bulk.prefix}$1"}},
        ]
    return filled(entry)


def _entry(key: str, entry: Entry, default: StoreRef | None) -> dict[str, object]:
    return filled({"secretKey": key, "sourceRef": _own_store(entry.store, default), "remoteRef": _remote(entry)})


def _own_store(store: StoreRef | None, default: StoreRef | None) -> dict[str, object]:
    return {"storeRef": _store(store)} if store and store != default else {}


def _remote(of: Item | Entry) -> dict[str, object]:
    decoding = of.decoding if of.decoding != "None" else ""
    return {"key": of.key, **filled({"property": of.property, "decodingStrategy": decoding})}


def _check_names(
    result: Mapping[str, object], secret: Secret, taken: dict[tuple[str, str], Path], problems: list[Problem]
) -> None:
    """One mapping must make neither an object nor a Secret twice."""
    name = str(as_map(result.get("metadata")).get("name"))
    made = {api.KIND: name}
    owned = target.target(name, as_map(as_map(result.get("spec")).get("target")))
    if owned is not None and not owned.joins:
        made["Secret"] = owned.name
    for kind, made_name in made.items():
        other = taken.setdefault((kind, made_name), secret.path)
        if other != secret.path:
            problems.append(Problem(secret.path, f'makes the {kind} "{clean(made_name)}", as {field(other)} does'))


def _check_metadata(secret: Secret, plan: Plan, problems: list[Problem]) -> None:
    """The labels and annotations of the Secret and of the ExternalSecret."""
    root = Node(None, secret.path, problems)
    check_labels(root.at("labels", None), plan.labels, templated=True)
    check_annotations(root.at("annotations", None), plan.annotations)
    own = root.at("metadata", None)
    check_labels(own.at("labels", None), secret.form.object_labels)
    check_annotations(own.at("annotations", None), secret.form.object_annotations)
