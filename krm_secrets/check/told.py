"""What the model itself says of its objects, gathered once and by rule: of annotations, of uses, and of specs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from krm_secrets.check.eso_installed import Version, installed
from krm_secrets.check.finding import LOW
from krm_secrets.check.named_stores import KINDS as STORE_KINDS
from krm_secrets.errors import WARNING, Problem
from krm_secrets.externalsecrets.spec_rules import GROUP, Around, check_object
from krm_secrets.externalsecrets.words import NEWEST
from krm_secrets.krm.resource import Resource, at, group_of
from krm_secrets.plain import as_list, as_text, at as data_at
from krm_secrets.secrets import lint_annotations
from krm_secrets.secrets.uses.workloads import KINDS
from krm_secrets.settings.restarts import DOMAIN
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.finding import Hit, Safety
    from krm_secrets.check.subject import Judged, Subject
    from krm_secrets.secrets.annotation_cures import Cure
    from krm_secrets.secrets.effect import Effects
    from krm_secrets.settings.config import Config

Told: TypeAlias = dict[str, list[tuple[Resource, Problem]]]
Cures: TypeAlias = Callable[[Resource, Problem], "Cure"]

_RELEASES = ("HelmRelease",)
_VERSION = "eso-version-not-served"


def of_annotations(subject: Subject, rule: str) -> Iterator[Hit]:
    """What is wrong with Reloader's annotations by a rule."""

    def cure(item: Resource, problem: Problem) -> Cure:
        from krm_secrets.secrets.annotation_cures import of_annotation  # only mistakes pay for it

        return of_annotation(item.data, problem, subject.policy(item).reloader)

    yield from _hits(subject, subject.once(_of_annotations).get(rule, ()), cure)


def of_effects(subject: Subject, rule: str) -> Iterator[Hit]:
    """What is wrong by a rule with how an object uses Secrets."""
    for judged, problem in subject.once(_of_effects).get(rule, ()):
        from krm_secrets.secrets.annotation_cures import of_use  # only mistakes pay for it

        def cure(_: Resource, problem: Problem, effects: Effects = judged.effects) -> Cure:
            return of_use(effects, problem)

        yield from _hits(subject, [(judged.item, problem)], cure)


def _hits(
    subject: Subject,
    told: Iterable[tuple[Resource, Problem]],
    cure: Cures,
    safety: Safety = "safe",
) -> Iterator[Hit]:
    for item, problem in told:
        fix = subject.cured(item, cure(item, problem), safety)
        yield subject.hit(
            item, problem.path, problem.message, severity=problem.severity, fix=fix, offset=problem.offset
        )


def _of_annotations(subject: Subject) -> Told:
    """Of workloads all of it, and of what makes Secrets what stands there for workloads."""
    found: Told = {}
    makers = {id(item.slot) for world in subject.worlds for item in world.build.items if world.made_by(item)}
    for item in subject.objects:
        flags = subject.policy(item).reloader
        source = item.slot.source
        if not source.holds(DOMAIN) and not any(map(source.holds, flags.keys)):
            continue
        try:
            if item.kind in KINDS or item.kind in _RELEASES:
                problems = lint_annotations.mistakes(item.data, flags)
            else:
                problems = lint_annotations.on_secrets(item.data, flags) if id(item.slot) in makers else []
        except YamlError as error:
            subject.unread += item.unreadable(error).results
            continue
        for problem in problems:
            found.setdefault(problem.rule, []).append((item, problem))
    return found


def _of_effects(subject: Subject) -> dict[str, list[tuple[Judged, Problem]]]:
    found: dict[str, list[tuple[Judged, Problem]]] = {}
    for judged in subject.judged():
        for problem in judged.effects.problems() if judged.sure else ():
            found.setdefault(problem.rule, []).append((judged, problem))
    return found


def of_specs(subject: Subject, rule: str) -> Iterator[Hit]:
    """What is wrong by a rule with an ExternalSecret, ClusterExternalSecret or PushSecret."""
    for hit in _hits(subject, subject.once(_of_specs).get(rule, ()), _of_spec, _SAFETIES.get(rule, "safe")):
        # Where nobody says which release runs, and all is of the old version, an old one may well run.
        unsure = rule == _VERSION and hit.severity == WARNING and subject.once(_is_old)
        yield hit._replace(confidence=LOW) if unsure else hit


def _is_old(subject: Subject) -> bool:
    """Whether nothing of the tree has the version that new releases serve alone."""
    return not any(item.api_version == f"{GROUP}/v1" for item in subject.objects)


_SAFETIES: dict[str, Safety] = {"fetched-not-used": "unsafe"}


def _of_spec(item: Resource, problem: Problem) -> Cure:
    """What mends a spec, where that can only be one thing."""
    *above, last = problem.path
    if problem.rule == "rewrite-under-flux":
        target = as_text(data_at(item.data, problem.path))
        return ((problem.path, target.replace("$${", "${").replace("${", "$${")),)
    if problem.rule == "fetched-not-used" and last == "secretKey":
        *holder, _ = above
        return ((tuple(above), None),) if len(as_list(data_at(item.data, holder))) > 1 else ()
    return ()


def _of_specs(subject: Subject) -> Told:
    found: Told = {}
    filled, here = subject.once(_substituted), subject.once(installed)
    managers, parts = subject.once(_managers), subject.once(_parts)
    for item in subject.objects:
        if group_of(item.api_version) != GROUP:
            continue
        config = subject.config(item)

        def manages(name: str, kind: str, config: Config = config) -> bool:
            return (name, kind) in managers or config.manages_secrets(name, kind)

        said = config.eso_version != NEWEST  # which is what counts where nobody says anything
        version = config.eso_version if said else min(here) if len(here) == 1 else None
        try:
            problems = check_object(item.data, Around(version, manages, id(item.slot) in filled))
        except YamlError as error:
            subject.unread += item.unreadable(error).results
            continue
        for problem in problems:
            if id(item.slot) in parts and not _holds_in_parts(problem):
                continue
            # Where clusters differ, one of them may well serve it.
            if problem.rule != _VERSION or version is not None or not any(map(_serves_beta, here)):
                found.setdefault(problem.rule, []).append((item, problem))
    return found


_TEMPLATES = frozenset(("template-syntax", "template-function-unknown", "index-dot-data"))
_OF_WHAT_IS_THERE = _TEMPLATES | {"unknown-field", "regexp-refused", "rewrite-group"}


def _parts(subject: Subject) -> frozenset[int]:
    """The objects, by their slots, that are not whole: patches, and what patches change in every build."""
    if subject.files is None:
        return frozenset()
    fragments = subject.files.fragments()
    lying = (item for item in subject.objects if subject.files.path(item) in fragments) if fragments else ()
    patched = {slot for world in subject.built for slot in world.build.doubtful}
    for world in subject.built if patched else ():
        patched -= {id(item.slot) for item in world.build.items} - world.build.doubtful
    return frozenset((*(id(item.slot) for item in lying), *patched))


def _holds_in_parts(problem: Problem) -> bool:
    """Whether it is wrong in a part of an object too: what is left out stands in the base, `$patch` is kustomize's."""
    last = problem.path[-1] if problem.path else ""
    return problem.rule in _OF_WHAT_IS_THERE and not str(last).startswith("$")


def _serves_beta(version: Version) -> bool:
    return version <= (0, 16)


def _substituted(subject: Subject) -> frozenset[int]:
    """The objects into which Flux puts variables, by their slots."""
    if subject.files is None:
        return frozenset()
    builds = zip(subject.files.builds, subject.worlds, strict=False)
    return frozenset(
        id(item.slot) for build, world in builds if build.variables is not None for item in world.build.items
    )


def _managers(subject: Subject) -> frozenset[tuple[str, str]]:
    """The stores of Bitwarden Secrets Manager; one whose name two stores have that differ is none."""
    providers: dict[tuple[str, str], set[bool]] = {}
    for item in subject.objects:
        if item.kind in STORE_KINDS and group_of(item.api_version) == GROUP:
            manages = at(item.node, "spec", "provider", "bitwardensecretsmanager") is not None
            providers.setdefault((item.ref.name, item.kind), set()).add(manages)
    return frozenset(store for store, found in providers.items() if found == {True})
