"""SecretMappings to ExternalSecrets, BitwardenStores to stores and certificates.

In a stream and a kustomize build our own kinds are consumed, since the API server knows none of them. Under kpt, where
items are files, they stay, and what they generate goes into one generated file beside them.
"""

from __future__ import annotations

from krm_secrets.errors import Problem, ResourceRef, Result, did_you_mean, near
from krm_secrets.krm.reading import KPT
from krm_secrets.krm.resource import Resource
from krm_secrets.settings.kinds import API_VERSION, BITWARDEN_STORE, GROUP, KINDS, SECRET_MAPPING, is_ours
from krm_secrets.settings.ownmarks import MAPPING_ANNOTATION, STORE_ANNOTATION
from krm_secrets.stages.context import Context
from krm_secrets.stages.knownstores import Declared, Known, report_calls, rotating, store_objects
from krm_secrets.stages.placement import Made, Placement, may_be_marked
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from krm_secrets.bitwarden.storeform import BitwardenForm

OUTPUT = "externalsecret.yaml"
STORE_OUTPUT = "store.yaml"
_STEM = GROUP.partition(".")[0]


def expand(items: Sequence[Resource], context: Context) -> list[Resource]:
    """Expand our documents; what an earlier run generated is replaced where it differs, and left where it does not."""
    ours = [item for item in items if is_ours(item)]
    check_kinds(ours, context)
    check_strays(items, context.report)
    stores = [item for item in ours if item.kind == BITWARDEN_STORE]
    mappings = [item for item in ours if item.kind == SECRET_MAPPING]
    given = context.document
    for kind, documents in ((BITWARDEN_STORE, stores), (SECRET_MAPPING, mappings)):
        if given is not None and is_ours(given, kind) and given.ref not in [item.ref for item in documents]:
            documents.append(given)
    consumed = {id(item.slot) for item in ours if item.kind in KINDS} if context.host != KPT else set()
    kept = [item for item in items if id(item.slot) not in consumed]
    if not stores and not mappings and not (context.host == KPT and any(map(may_be_marked, kept))):
        return kept
    return _generated(kept, stores, mappings, context, whole=bool(ours))


def _generated(
    kept: list[Resource], stores: Sequence[Resource], mappings: Sequence[Resource], context: Context, whole: bool
) -> list[Resource]:
    """The items with what the documents make; `whole` is whether the input can be taken for all of a package."""
    placement = Placement(kept, context)
    declared = store_objects(kept) if mappings else {}
    if mappings:
        context = context._replace(config=context.config._replace(rotating=rotating(kept)))
    objects: list[dict[str, object]] = []
    for made in makings(stores, mappings, context, declared):
        placement.add(made)
        objects += made.objects
    if context.host == KPT:
        placement.clear(whole)
    if context.builds is not None:
        from krm_secrets.secrets.clashes import clashes

        worlds = context.builds.worlds(placement.items(), context.config.makers)
        for document, problem in clashes(worlds, placement.documents):
            context.note(document, problem)
    if objects:
        report_calls(objects, declared, context)
    if stores or any(store.provider for store in declared.values()):
        from krm_secrets.stages.credentials import check_logins

        for result in check_logins(kept, objects):
            context.report(result)
    return placement.items()


def check_kinds(ours: Sequence[Resource], context: Context) -> None:
    """Report objects of our group that are of none of its kinds."""
    for item in ours:
        if item.kind not in KINDS:
            hint = did_you_mean(item.kind, KINDS)
            context.report(item.result(Problem(("kind",), f"krm-secrets.dev has no such kind{hint}")))


def check_strays(items: Iterable[Resource], report: Callable[[Result], None]) -> None:
    """Report objects that were nearly ours, and would go on to an API server that knows no such kind."""
    for item in items:
        group, slash, _ = item.api_version.rpartition("/")
        if group == GROUP or (item.kind not in KINDS and "krm" not in group):
            continue
        stem = group.partition(".")[0]
        if near(group, (GROUP,)) or stem == _STEM or near(stem, (_STEM,)):
            problem = Problem(("apiVersion",), f'is of another group; did you mean "{API_VERSION}"?')
        elif item.kind in KINDS and not slash:
            problem = Problem((), f"is one of ours only with `apiVersion: {API_VERSION}`, which is missing")
        else:
            continue
        report(item.result(problem))


def makings(
    stores: Sequence[Resource], mappings: Sequence[Resource], context: Context, declared: Declared
) -> Iterator[Made]:
    """What BitwardenStores and SecretMappings make. `declared` are stores made elsewhere; what these make is added."""
    yield from _stores(stores, context, declared)
    yield from _mappings(mappings, context, declared)


def declared_stores(documents: Sequence[Resource]) -> Declared:
    """How the stores of BitwardenStores serve items; mistakes in them are for others to report."""
    found: Declared = {}
    if documents:
        from krm_secrets.bitwarden import stores as bitwarden
        from krm_secrets.bitwarden.storeform import read_bitwarden_store

        for document in documents:
            try:
                found |= bitwarden.stores(read_bitwarden_store(document.data, []))
            except YamlError:
                continue
    return found


def _stores(documents: Sequence[Resource], context: Context, declared: Declared) -> Iterator[Made]:
    """What BitwardenStores make; `declared` is given how their stores serve items."""
    if not documents:
        return
    from krm_secrets.bitwarden import stores as bitwarden
    from krm_secrets.bitwarden.storeform import read_bitwarden_store

    for document in documents:
        problems: list[Problem] = []
        try:
            form = read_bitwarden_store(document.data, problems)
        except YamlError as error:
            context.report(document.unreadable(error).results[0])
            continue
        declared.update(bitwarden.stores(form))
        objects = bitwarden.expand_store(form, problems) if not problems else []
        context.note(document, *problems)
        mark = (STORE_ANNOTATION, bitwarden.store_id(form))
        yield Made(document, mark, objects, form.output or STORE_OUTPUT, _clash_of(form))


def _clash_of(form: BitwardenForm) -> Callable[[ResourceRef, str], Problem]:
    from krm_secrets.bitwarden import stores as bitwarden

    return lambda ref, other: bitwarden.clash(form, ref, other)


def _mappings(documents: Sequence[Resource], context: Context, declared: Declared) -> Iterator[Made]:
    """What SecretMappings make."""
    if not documents:
        return
    from krm_secrets.shorthand.externalsecret import expand as expand_mapping, mapping_id
    from krm_secrets.shorthand.grammar import parse_mapping
    from krm_secrets.shorthand.nearmisses import check_nearness

    known = Known(context.config, declared)
    for document in documents:
        problems: list[Problem] = []
        config = known.config(document.namespace)
        try:
            mapping = parse_mapping(document.data, config, problems)
        except YamlError as error:
            context.report(document.unreadable(error).results[0])
            continue
        check_nearness(mapping, config, problems)
        objects = expand_mapping(mapping, config, problems)
        context.note(document, *problems)
        mark = (MAPPING_ANNOTATION, mapping_id(mapping))
        yield Made(document, mark, objects, mapping.output or OUTPUT, _mapping_clash)


def _mapping_clash(ref: ResourceRef, other: str) -> Problem:
    return Problem(("secrets",), f"makes {ref}, and so does {other}; rename or delete one of them")
