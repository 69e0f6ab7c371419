"""SecretMappings to ExternalSecrets, BitwardenStores to stores and certificates.

In a stream and a kustomize build our own kinds are consumed, since the API server knows none of them. Under kpt, where
items are files, they stay, and what they generate goes into one generated file beside them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from krm_secrets.errors import Problem, ResourceRef, did_you_mean
from krm_secrets.krm.kinds import BITWARDEN_STORE, SECRET_MAPPING, SECRETS_CONFIG, SOPS_GENERATOR, is_ours
from krm_secrets.krm.reading import KPT
from krm_secrets.krm.resource import Resource
from krm_secrets.stages.context import Context
from krm_secrets.stages.placement import Made, Placement
from krm_secrets.yamltext.nodes import YamlError

if TYPE_CHECKING:
    from krm_secrets.mapping.config import Config, StoreConfig

OUTPUT = "externalsecret.yaml"
STORE_OUTPUT = "store.yaml"
KINDS = (SECRETS_CONFIG, SECRET_MAPPING, SOPS_GENERATOR, BITWARDEN_STORE)


def expand(items: Sequence[Resource], context: Context) -> list[Resource]:
    """Expand our documents; what an earlier run generated is replaced where it differs, and left where it does not."""
    ours = [item for item in items if is_ours(item)]
    check_kinds(ours, context)
    stores = [item for item in ours if item.kind == BITWARDEN_STORE]
    mappings = [item for item in ours if item.kind == SECRET_MAPPING]
    given = context.document
    if given is not None and is_ours(given, SECRET_MAPPING) and given.ref not in [item.ref for item in mappings]:
        mappings.append(given)
    consumed = {id(item.slot) for item in ours if item.kind in KINDS} if context.host != KPT else set()
    kept = [item for item in items if id(item.slot) not in consumed]
    if not stores and not mappings:
        return kept
    return _generated(kept, stores, mappings, context)


def _generated(
    kept: list[Resource], stores: Sequence[Resource], mappings: Sequence[Resource], context: Context
) -> list[Resource]:
    from krm_secrets.mapping.externalsecret import MAPPING_ANNOTATION

    marks = {MAPPING_ANNOTATION: frozenset({"ExternalSecret"})}
    if stores:
        from krm_secrets.mapping.bitwarden import GENERATED_KINDS, STORE_ANNOTATION  # what no other run needs

        marks[STORE_ANNOTATION] = GENERATED_KINDS
    placement = Placement(kept, context, marks)
    for made in makings(stores, mappings, context, {}):
        placement.add(made)
    return placement.items


def check_kinds(ours: Sequence[Resource], context: Context) -> None:
    """Report objects of our group that are of none of its kinds."""
    for item in ours:
        if item.kind not in KINDS:
            hint = did_you_mean(item.kind, KINDS)
            context.report(item.result(Problem(("kind",), f"krm-secrets.dev has no such kind{hint}")))


def makings(
    stores: Sequence[Resource], mappings: Sequence[Resource], context: Context, declared: dict[str, StoreConfig]
) -> Iterator[Made]:
    """What BitwardenStores and SecretMappings make. `declared` are stores made elsewhere; what these make is added."""
    yield from _stores(stores, context, declared)
    yield from _mappings(mappings, context, context.config.knowing(declared))


def declared_stores(documents: Sequence[Resource]) -> dict[str, StoreConfig]:
    """How the stores of BitwardenStores serve items; mistakes in them are for others to report."""
    found: dict[str, StoreConfig] = {}
    if documents:
        from krm_secrets.mapping import bitwarden
        from krm_secrets.mapping.storeform import read_bitwarden_store

        for document in documents:
            with contextlib.suppress(YamlError):
                found |= bitwarden.stores(read_bitwarden_store(document.data, []))
    return found


def _stores(documents: Sequence[Resource], context: Context, declared: dict[str, StoreConfig]) -> Iterator[Made]:
    """What BitwardenStores make; `declared` is given how their stores serve items."""
    if not documents:
        return
    from krm_secrets.mapping import bitwarden
    from krm_secrets.mapping.storeform import read_bitwarden_store

    for document in documents:
        problems: list[Problem] = []
        try:
            form = read_bitwarden_store(document.data, problems)
        except YamlError as error:
            context.report(document.unreadable(error).results[0])
            continue
        declared.update(bitwarden.stores(form))
        objects = bitwarden.expand_store(form, problems) if not problems else []
        _report(document, problems, context)
        mark = (bitwarden.STORE_ANNOTATION, bitwarden.store_id(form))
        yield Made(document, mark, objects, form.output or STORE_OUTPUT, partial(bitwarden.clash, form))


def _mappings(documents: Sequence[Resource], context: Context, config: Config) -> Iterator[Made]:
    """What SecretMappings make."""
    if not documents:
        return
    from krm_secrets.mapping.externalsecret import MAPPING_ANNOTATION, mapping_id
    from krm_secrets.mapping.externalsecret import expand as expand_mapping
    from krm_secrets.mapping.grammar import parse_mapping

    for document in documents:
        problems: list[Problem] = []
        try:
            mapping = parse_mapping(document.data, config, problems)
        except YamlError as error:
            context.report(document.unreadable(error).results[0])
            continue
        objects = expand_mapping(mapping, config, problems)
        _report(document, problems, context)
        mark = (MAPPING_ANNOTATION, mapping_id(mapping))
        yield Made(document, mark, objects, mapping.output or OUTPUT, _mapping_clash)


def _report(document: Resource, problems: Sequence[Problem], context: Context) -> None:
    for problem in problems:
        context.report(document.result(problem))


def _mapping_clash(ref: ResourceRef, other: str) -> Problem:
    return Problem(("secrets",), f"makes {ref}, and so does {other}; rename or delete one of them")
