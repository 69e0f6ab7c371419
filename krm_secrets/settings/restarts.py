"""What a SecretsConfig says of restarts: how the cluster's Reloader was started, where Secrets are named and made.

A place is written as messages show it: `spec.tls[].secretName`, where `[]` stands for every item of a list and `*` for
every key of a map, and `metadata.annotations["example.com/secret"]` for keys with dots.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.shape import Node

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from krm_secrets.krm.resource import Source
    from krm_secrets.settings.config import Reload

PlaceParts = tuple[str, ...]

DOMAIN = "reloader.stakater.com"


_NAME = r"[-A-Za-z0-9_/]+"
_PART = pattern(rf'\["([^"\\]+)"\]|(\[\]|\*|{_NAME})')
_QUOTED = r'\["[^"\\]+"\]'
_PLACES = rf"(?:{_NAME}|\*)(?:\.(?:{_NAME}|\*)|\[\]|{_QUOTED})*"
PLACE = rf"^{_NAME}(?:\.{_NAME}|{_QUOTED})*$"
PLACE_RULE = 'must be a path such as spec.template.annotations, with keys that have dots as in metadata["a.b"]'
PLACES = rf"^{_PLACES}$"
PLACES_RULE = "must be a path such as spec.tls[].secretName: [] stands for every item of a list, * for every key"
MADE = rf"^(?:{_PLACES}|[-a-z0-9.]*(?:\{{{_PLACES}\}}[-a-z0-9.]*)+)$"
MADE_RULE = "must be a path such as spec.secretName, or a name with paths such as {metadata.name}-credentials"
ANNOTATION = r"^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$"
ANNOTATION_RULE = "must be the key of an annotation, such as example.com/auto"
_LABEL = r"(?:[A-Za-z0-9][-A-Za-z0-9_./]*|\*)"
_ASKED = rf"!?{_LABEL}(?:(?:=|==|!=|:){_LABEL}?| (?:in|notin) ?\({_LABEL}(?:, ?{_LABEL})*\))?"
SELECTOR = rf"^{_ASKED}(?:, ?{_ASKED})*$"
SELECTOR_RULE = "must be a selector of labels, such as team=home,restart or env in (test, live)"


class Keys(NamedTuple):
    """The annotations that Reloader reads, as far as its flags can rename them."""

    auto: str = f"{DOMAIN}/auto"
    typed_auto: str = f"secret.{DOMAIN}/auto"
    named: str = f"secret.{DOMAIN}/reload"
    search: str = f"{DOMAIN}/search"
    match: str = f"{DOMAIN}/match"
    ignore: str = f"{DOMAIN}/ignore"
    """On a Secret: no workload restarts for it."""
    pause: str = f"deployment.{DOMAIN}/pause-period"
    configmap: str = f"configmap.{DOMAIN}/reload"
    configmap_auto: str = f"configmap.{DOMAIN}/auto"

    @property
    def choices(self) -> tuple[str, ...]:
        """What is read for Secrets; any of these on the workload hides all of them on the Pod template."""
        return (self.named, self.auto, self.typed_auto, self.search)


KEYS = Keys()
"""Those of a Reloader that was started without such flags."""

FLAGS = (
    "autoAnnotation", "secretAutoAnnotation", "secretAnnotation", "autoSearchAnnotation", "searchMatchAnnotation",
    "ignoreAnnotation", "pauseDeploymentAnnotation", "configmapAnnotation", "configmapAutoAnnotation",
)  # fmt: skip
"""Its flags that rename them, as fields, in the same order."""


class Reloader(NamedTuple):
    """The flags that the cluster's Reloader was started with, as far as they decide what restarts."""

    keys: Keys = KEYS
    reloads_all: bool = False
    """Whether it restarts without any annotation."""
    ignored: frozenset[str] = frozenset()
    """Namespaces that it does not look at; read only where it looks at all others."""
    namespaces: frozenset[str] = frozenset()
    """The only namespaces that it looks at; empty for all."""
    namespace_selector: str = ""
    """Labels that a namespace needs; read only where it looks at all namespaces."""
    resource_selector: str = ""
    """Labels that a Secret needs."""
    resources_ignored: frozenset[str] = frozenset()
    """`secrets`, where it looks at none, or `configmaps`."""
    workloads_ignored: frozenset[str] = frozenset()
    """`jobs` and `cronjobs`, where it leaves these alone."""
    rollouts: bool | None = None
    """Whether it knows Argo Rollouts; None where nobody says."""
    calls_webhook: bool = False
    """Whether it only calls an address, and restarts nothing."""
    on_create: bool = False
    """Whether a Secret that is made anew counts as a change."""
    after_restart: bool = False
    """Whether it makes up for what it missed while it was down."""
    given: frozenset[str] = frozenset()
    """The fields that the configuration has."""
    source: str = ""
    """The file that all else was learnt from; empty where nothing was."""

    def over(self, learnt: Reloader) -> Reloader:
        """This configuration, with what was learnt wherever it says nothing itself."""
        keys = {
            key: value for flag, key, value in zip(FLAGS, Keys._fields, self.keys, strict=True) if flag in self.given
        }
        own = {name: getattr(self, name) for field, name in _OTHERS.items() if field in self.given}
        if "ignored" in own and "namespaces" not in own:
            own["namespaces"] = frozenset[str]()  # whoever lists what is ignored means all others
        return learnt._replace(keys=learnt.keys._replace(**keys), given=self.given, **own)


_OTHERS = {
    "autoReloadAll": "reloads_all",
    "isArgoRollouts": "rollouts",
    "reloadOnCreate": "on_create",
    "syncAfterRestart": "after_restart",
    "webhook": "calls_webhook",
    "namespaces": "namespaces",
    "namespacesToIgnore": "ignored",
    "namespaceSelector": "namespace_selector",
    "resourceLabelSelector": "resource_selector",
    "resourcesToIgnore": "resources_ignored",
    "ignoredWorkloadTypes": "workloads_ignored",
}
"""Its other flags, as fields, and what they are here."""

SETTINGS = (*FLAGS, *_OTHERS)
"""All fields of `reloader`."""


class KindRule(NamedTuple):
    """Where objects of a kind name Secrets."""

    kind: str
    group: str | None = None
    """None for any."""
    secrets: tuple[PlaceParts, ...] = ()
    annotations: Path = ()
    """Where the object takes annotations for its workload; empty when it passes none on."""


class ChartRule(NamedTuple):
    """Where a chart's values name Secrets and take annotations."""

    chart: str
    """The chart's name; empty for any of the repository."""
    repository: str = ""
    """What the address that it comes from begins with; empty for any."""
    secrets: tuple[PlaceParts, ...] = ()
    annotations: tuple[Path, ...] = ()


class MakerRule(NamedTuple):
    """Which Secrets objects of a kind make."""

    kind: str
    group: str | None = None
    """None for any."""
    secrets: tuple[str, ...] = ()
    """Paths to their names, or names in which paths stand in braces."""
    keys: tuple[str, ...] = ()
    """All keys that they get; none where nobody can tell."""
    labels: PlaceParts = ()
    """Where the object holds labels for them; empty when it passes none on."""


class Policy(NamedTuple):
    """What a configuration says of restarts."""

    mode: Reload = "auto"
    reloader: Reloader = Reloader()
    kinds: tuple[KindRule, ...] = ()
    charts: tuple[ChartRule, ...] = ()
    makers: tuple[MakerRule, ...] = ()
    flux_selects: bool = False
    """Whether Flux's controllers look at other Secrets than those with its label, mostly at all."""

    def rules(self, kind: str, group: str) -> list[KindRule]:
        """What it says of users of a kind."""
        return [rule for rule in self.kinds if rule.kind == kind and rule.group in (None, group)]

    def knowing(self, learnt: Reloader) -> Policy:
        """The same, with what was learnt of Reloader wherever the configuration says nothing."""
        return self._replace(reloader=self.reloader.over(learnt))

    def seeing(self, sources: Iterable[Source]) -> Policy:
        """The same, with what the sources of all objects tell of how Flux's controllers were started."""
        return self._replace(flux_selects=any(source.holds("watch-configs-label-selector") for source in sources))

    def needs(self, label: str) -> bool:
        """Whether a Secret needs the label for its users to notice a change."""
        return not (self.flux_selects and label.startswith("reconcile.fluxcd.io/"))


DEFAULT = Policy()


def read_reloader(node: Node) -> Reloader:
    """The table of Reloader's flags."""
    fields = node.fields(SETTINGS)
    keys = [fields[flag].text(ANNOTATION, ANNOTATION_RULE) if flag in fields else "" for flag in FLAGS]
    found: dict[str, Any] = {}
    for field, name in _OTHERS.items():
        if field not in fields:
            continue
        each = fields[field]
        if field in _LISTS:
            each.distinct()
            words = _LISTS[field]
            listed = (item.choice(words) if words else item.text() for item in each.elements())
            found[name] = frozenset(word for word in listed if word)
        else:
            found[name] = each.text(SELECTOR, SELECTOR_RULE) if field.endswith("Selector") else _flag(each)
    named = Keys(*(key or known for key, known in zip(keys, KEYS, strict=True)))
    return Reloader(named, given=frozenset(fields))._replace(**found)


_LISTS: Mapping[str, tuple[str, ...]] = {
    "namespaces": (),
    "namespacesToIgnore": (),
    "resourcesToIgnore": ("secrets", "configmaps"),
    "ignoredWorkloadTypes": ("jobs", "cronjobs"),
}
"""Fields that are lists, with the words that may stand there, or none for any."""


def read_kinds(node: Node) -> tuple[KindRule, ...]:
    """The list of kinds that name Secrets."""
    known = ("kind", "group", "secrets", "annotations")
    all_fields = [each.fields(known, ("kind", "secrets")) for each in node.elements()]
    return tuple(KindRule(*_kind(each), _places(each), _path(each, "annotations")) for each in all_fields)


def read_makers(node: Node) -> tuple[MakerRule, ...]:
    """The list of kinds that make Secrets."""
    known = ("kind", "group", "secrets", "keys", "labels")
    return tuple(_maker(each.fields(known, ("kind", "secrets"))) for each in node.elements())


def _maker(fields: dict[str, Node]) -> MakerRule:
    secrets = tuple(place.text(MADE, MADE_RULE) for place in _listed(fields, "secrets"))
    keys = tuple(key.text() for key in _listed(fields, "keys"))
    return MakerRule(*_kind(fields), secrets, keys, _path(fields, "labels"))


def read_charts(node: Node) -> tuple[ChartRule, ...]:
    """The list of charts."""
    known = ("chart", "repository", "secrets", "annotations")
    return tuple(_chart(each.fields(known, ("chart",))) for each in node.elements())


def _chart(fields: dict[str, Node]) -> ChartRule:
    chart, repository = (fields[name].text() if name in fields else "" for name in ("chart", "repository"))
    places = tuple(parts(place.text(PLACE, PLACE_RULE)) for place in _listed(fields, "annotations"))
    return ChartRule(chart, repository, _places(fields), places)


def parts(text: str) -> PlaceParts:
    """A path, part by part."""
    return tuple(quoted or plain for quoted, plain in _PART.findall(text))


def _kind(fields: dict[str, Node]) -> tuple[str, str | None]:
    kind = fields["kind"].text() if "kind" in fields else ""
    return kind, fields["group"].anything() if "group" in fields else None


def _places(fields: dict[str, Node]) -> tuple[PlaceParts, ...]:
    return tuple(parts(each.text(PLACES, PLACES_RULE)) for each in _listed(fields, "secrets"))


def _listed(fields: dict[str, Node], field: str) -> list[Node]:
    return fields[field].elements() if field in fields else []


def _path(fields: dict[str, Node], field: str) -> PlaceParts:
    return parts(fields[field].text(PLACE, PLACE_RULE)) if field in fields else ()


def _flag(node: Node) -> bool:
    if not isinstance(node.value, bool):
        node.wrong("must be true or false")
    return node.value is True
