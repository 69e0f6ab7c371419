"""One build and what is known of its Secrets: who makes them, with which keys, labels and annotations.

What a build does not make itself may come from a neighbour that puts it into the same namespace, as with Flux, where
each app is a build of its own. That is enough to restart for, and never for a finding: two builds may also be two
clusters, so that what is certain is said of one build alone.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NO_ENTRIES, NamedTuple
from krm_secrets.errors import MAX_OWN
from krm_secrets.krm.resource import Resource, at
from krm_secrets.plain import as_map
from krm_secrets.secrets.makers.maker import ANYWHERE, Maker
from krm_secrets.secrets.makers.table import makers
from krm_secrets.secrets.secret import is_secret

TYPE_CHECKING = False


if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from krm_secrets.settings.restarts import MakerRule


class Build(NamedTuple):
    """What one kustomization root, Flux Kustomization or Argo CD Application puts together, as it sees the objects.

    An object that several builds take is in each of them, with what this one gives to it.
    """

    items: Sequence[Resource]
    doubtful: frozenset[int] = frozenset()
    """The slots of those to which it does what nobody can tell, such as a patch: nothing is certain of them."""
    patches: Sequence[Resource] = ()
    """The objects of files with patches, each called like one that it patches: what they use, that one does."""


class _Makers:
    """Makers by the Secrets that they make."""

    __slots__ = ("_changing", "_listed", "_names", "_places", "by_secret", "copies", "objects")

    def __init__(self) -> None:
        self.objects: dict[str, Resource] = {}  # Namespaces, by name
        self.by_secret: dict[tuple[str, str], list[Maker]] = {}
        self._places: dict[str, set[str]] = {}
        self._names: dict[str, set[str]] = {}
        self._changing: dict[str, set[str]] = {}
        self.copies: dict[str, list[Maker]] = {}
        self._listed: dict[tuple[str | None, bool], frozenset[str]] = {}  # what was asked for since the last one came

    def add(self, maker: Maker) -> None:
        made = maker.made
        self._listed.clear()
        if made.copied:
            self.copies.setdefault(made.name, []).append(maker)
        else:
            self.by_secret.setdefault((made.name, made.namespace), []).append(maker)
            self._places.setdefault(made.name, set()).add(made.namespace)
            self._names.setdefault(made.namespace, set()).add(made.name)
            if not made.plain:
                self._changing.setdefault(made.namespace, set()).add(made.name)

    def find(self, name: str, namespace: str) -> list[Maker]:
        """Those of a Secret: by its namespace, and where none of these ever changes it, by one that nobody lists."""
        found = self.by_secret.get((name, namespace), [])
        if any(not each.made.plain for each in found):
            return found
        return found + self.by_secret.get((name, ANYWHERE), []) + list(self._copied(name, namespace))

    def _copied(self, name: str, namespace: str) -> Iterator[Maker]:
        if name in self.copies:
            from krm_secrets.secrets import regex_list  # hardly anybody copies Secrets

            for each in self.copies[name]:
                if all(regex_list.parse(listed).matches(namespace) for listed in each.made.copied):
                    yield each

    def namespaces(self, name: str) -> set[str]:
        return self._places.get(name, set()) - {ANYWHERE}

    def names(self, namespace: str | None, every: bool) -> frozenset[str]:
        key = (namespace, every)
        if key not in self._listed:
            names = self._names if every else self._changing
            found = names.values() if namespace is None else [names.get(each, ()) for each in (namespace, ANYWHERE)]
            self._listed[key] = frozenset(self.copies).union(*found)
        return self._listed[key]


_MANY = 8
"""Deployments of one namespace at which Reloader fails: each of them is looked at for every use there."""


class World:
    """The Secrets of one build.

    `opened` are objects in place of those whose own names of Secrets are encrypted, by the slots of these;
    `rules` are the kinds that configurations say to make Secrets, `around` the makers of its neighbours and its own.
    """

    __slots__ = ("_around", "_first", "_holding", "_keys", "_makers", "_names", "_own", "_said", "_unnamed", "build")

    def __init__(
        self,
        build: Build,
        rules: Sequence[MakerRule] = (),
        around: _Makers | None = None,
        opened: Mapping[int, Resource] = NO_ENTRIES,
    ) -> None:
        self.build = build
        self._makers = _Makers()
        self._around = around
        self._holding: dict[str, list[Resource]] | None = None
        self._keys: dict[tuple[str, str], frozenset[str] | None] = {}
        self._own: dict[int, set[str]] = {}
        self._names: dict[tuple[str | None, bool], frozenset[str]] = {}
        self._said: dict[tuple[str, str, str], bool] = {}
        self._first: dict[frozenset[str], list[str]] = {}
        self._unnamed: list[tuple[re.Pattern[str], str]] = []
        for item in build.items:
            if item.kind == "Namespace":
                for known in (self._makers, around or self._makers):
                    known.objects.setdefault(item.ref.name, item)
            shown = opened[id(item.slot)].within(item.given_namespace) if id(item.slot) in opened else item
            for maker in makers(shown, rules):
                maker = maker if shown is item else maker._replace(item=item)
                self._makers.add(maker)
                self._own.setdefault(id(item.slot), set()).add(maker.made.name)
                if "${" in maker.made.name or id(item.slot) in build.doubtful:
                    name = ".*" if id(item.slot) in build.doubtful else _any(maker.made.name)
                    self._unnamed.append((pattern(name), maker.made.namespace))
                if around is not None and maker.made.namespace:  # unset ones are not equal in two builds
                    around.add(maker)

    @property
    def alone(self) -> bool:
        """Whether it has no neighbours, as what a run reads, and a file that the kustomization beside it leaves out."""
        return self._around is None

    def secrets(self) -> Iterator[tuple[str, str]]:
        """The name and namespace of every Secret that the build makes or holds."""
        return iter(self._makers.by_secret)

    def made_by(self, item: Resource) -> set[str]:
        """The names of the Secrets that an object of the build makes."""
        return self._own.get(id(item.slot), set())

    def makers(self, name: str, namespace: str) -> list[Maker]:
        """Who makes a Secret, or is it: in this build, or in a neighbour that gives the same namespace."""
        found = self._makers.find(name, namespace)
        if not found and self._around is not None:
            found = self._around.find(name, namespace)
        return found

    def home(self, name: str, default: str) -> str:
        """The namespace of a Secret that an object without one names: where its operator looks by default, or, where
        nobody makes it there, the only one in which anybody does."""
        if not self.makers(name, default):
            found = self.namespaces(name)
            if len(found) == 1:
                return found.pop()
        return default

    def namespaces(self, name: str) -> set[str]:
        """Where a Secret of the name is made: in this build, or in its neighbours."""
        return self._makers.namespaces(name) or (self._around.namespaces(name) if self._around else set())

    def contested(self) -> Iterator[tuple[Resource, Resource, str]]:
        """Two objects, the second of which has a Secret for itself that the first makes too or is, and its name.

        A Secret with an owner is what the API server handed out: it shows what somebody made of another object.
        """
        for (name, _), found in self._makers.by_secret.items():
            if len(found) < 2:
                continue
            sole = next((each for each in found if each.made.owned), None)
            for other in found if sole is not None else ():
                there = is_secret(other.item) and at(other.item.node, "metadata", "ownerReferences") is None
                if sole is None or self.build.doubtful.intersection((id(sole.item.slot), id(other.item.slot))):
                    continue
                if other.item.slot is not sole.item.slot and (other.made.owned or there):
                    yield other.item, sole.item, name

    def knows(self, name: str, namespace: str) -> bool:
        """Whether a Secret is made here, so that it changes without anybody looking at who uses it."""
        return any(not each.made.plain for each in self.makers(name, namespace))

    def fixed(self, name: str, namespace: str) -> bool:
        """Whether a Secret stays as it is once it is made, unless somebody changes it by hand."""
        found = self.makers(name, namespace)
        return bool(found) and all(each.renewed == "never" for each in found)

    def hashed(self, name: str, namespace: str) -> bool:
        """Whether whoever names a Secret gets another name of it with another content."""
        found = self.makers(name, namespace)
        return bool(found) and all(each.made.hashed for each in found)

    def may_make(self, name: str, namespace: str) -> bool:
        """Whether the build makes a Secret whose name nobody knows, and which may be this one."""
        return any(
            where in (namespace, ANYWHERE) or "${" in where
            for made, where in self._unnamed
            if made.fullmatch(name) and made.pattern != _any(name)
        )

    def names(self, namespace: str | None, every: bool = False) -> frozenset[str]:
        """The Secrets of a namespace that change by themselves, or every one; None stands for all namespaces."""
        key = (namespace, every)
        if key not in self._names:
            own = self._makers.names(namespace, every)
            around = self._around.names(namespace, every) if self._around is not None else own
            # Neighbours share one set: a copy for each of a thousand builds would be a million names.
            self._names[key] = around if own <= around else own | around
        return self._names[key]

    def first(self, words: frozenset[str]) -> list[str]:
        """The words that a mistake is compared with; many mistakes are about the same ones."""
        if words not in self._first:
            self._first[words] = sorted(words)[:MAX_OWN]
        return self._first[words]

    def keys(self, name: str, namespace: str) -> frozenset[str] | None:
        """All keys that a Secret gets in this build; None when they, or the Secret, are not known for certain."""
        key = (name, namespace)
        if key not in self._keys:
            from krm_secrets.secrets.makers.secret_keys import keys_of  # only where somebody names a key

            found = [keys_of(each) for each in self._makers.find(name, namespace)]
            if self.may_make(name, namespace):
                found = []
            sure = [each for each in found if each]
            # Whoever finds a Secret without any key will fill it in.
            self._keys[key] = frozenset[str]().union(*sure) if sure and len(sure) == len(found) else None
        return self._keys[key]

    def labels(self, name: str, namespace: str) -> dict[str, object] | None:
        """The labels of a Secret; None where nobody can tell."""
        from krm_secrets.secrets.makers.labels import labels_of  # few ask

        found = [labels_of(each) for each in self.makers(name, namespace)]
        return found[0] if found else None

    def namespace_labels(self, namespace: str) -> dict[str, object] | None:
        """The labels of a namespace; None where it is not here."""
        for known in (self._makers, self._around):
            if known is not None and namespace in known.objects:
                labels = as_map(as_map(known.objects[namespace].data.get("metadata")).get("labels"))
                return {**labels, "kubernetes.io/metadata.name": namespace}
        return None

    def holding(self, key: str, wrong: Callable[[str], bool]) -> Mapping[str, list[Resource]]:
        """The first few Deployments of each namespace, by name, that give an annotation a wrong value."""
        if self._holding is None:
            self._holding = {}
            for item in self.build.items:
                if item.kind == "Deployment" and item.slot.source.holds(key) and wrong(item.annotation(key)):
                    self._holding.setdefault(item.namespace, []).append(item)
            for found in self._holding.values():
                found.sort(key=lambda item: item.ref.name)
                del found[_MANY:]
        return self._holding

    def says(self, name: str, namespace: str, key: str) -> bool:
        """Whether an annotation is "true" on a Secret."""
        asked = (name, namespace, key)
        if asked not in self._said:
            from krm_secrets.secrets.makers.labels import annotation_of

            self._said[asked] = any(annotation_of(each, key) == "true" for each in self.makers(name, namespace))
        return self._said[asked]


def _any(name: str) -> str:
    """The expression for what a name with unknown variables may be."""
    import re  # few names have any

    return ".*".join(map(re.escape, re.split(r"\$\{[^}]*\}*", name)))


def worlds(
    builds: Iterable[Build], rules: Sequence[MakerRule] = (), opened: Mapping[int, Resource] = NO_ENTRIES
) -> list[World]:
    """The world of each build, with all of them as its neighbours."""
    around = _Makers()
    return [World(build, rules, around, opened) for build in builds]
