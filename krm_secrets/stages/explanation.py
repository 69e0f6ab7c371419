"""Who uses which Secret, what makes it, and what restarts whom: the run's own finding and decision, told."""

from __future__ import annotations

from posixpath import dirname, join, normpath

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.krm.resource import Resource
from krm_secrets.plain import as_text, at
from krm_secrets.secrets.effect import Effect, Effects, Use
from krm_secrets.secrets.uses.reference import PATCHED_IN
from krm_secrets.secrets.world import World
from krm_secrets.settings.restarts import Policy
from krm_secrets.stages.context import Context
from krm_secrets.stages.reload import Wiring, brings_charts, restarting, worlds_of
from krm_secrets.yamltext.nodes import Shared, YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from krm_secrets.secrets.makers.maker import Renewal


_PATCHED = Effect("", "the build changes this object, so that nobody can tell", needed=False)
_BY_HAND = Effect("", "an anchor (&) shares the place for the annotation with others: add it by hand")


class User(NamedTuple):
    """An object that uses a Secret in some places, all with the same effect."""

    item: Resource
    places: tuple[Path, ...]
    keys: tuple[str, ...]
    """The keys that it names; none stands for all."""
    effect: Effect


class Explained(NamedTuple):
    """One Secret; nobody makes it, or nobody uses it, where these are empty."""

    name: str
    namespace: str
    makers: tuple[tuple[Resource, Renewal], ...]
    """Who makes it, and what changes it once it is made."""
    users: tuple[User, ...]
    open: bool = False
    """Whether something here makes a Secret of a name that nobody knows, which may be this one."""


def explained(items: Sequence[Resource], context: Context, told: Callable[[Resource], bool]) -> list[Explained]:
    """Every Secret that the items make or name, by namespace and name.

    The items are those that the reload stage would get; `told` says which of them count as users. What cannot be read
    is reported and left out.
    """
    policy = context.policy(items)
    worlds = worlds_of(items, context)
    table = Table(Wiring(items, context.listed, context.report, context.beside))
    for world, item in users(worlds):
        if told(item) or brings_charts(item):
            table.add(item, world, policy)
    return table.rows(worlds, lambda _: True)


def users(worlds: Sequence[World]) -> Iterator[tuple[World, Resource]]:
    """What may use Secrets, in each of its worlds: a patch as the objects that it patches, where a build says so."""
    told = {id(patch.slot) for world in worlds for patch in world.build.patches}
    for world in worlds:
        yield from ((world, item) for item in world.build.items if id(item.slot) not in told)
        yield from ((world, patch) for patch in world.build.patches)


class _Key(NamedTuple):
    """What keeps rows apart: the Secret, where it is, and who makes it."""

    name: str
    namespace: str
    world: int
    """In which world, where nobody knows the namespace."""
    makers: tuple[int, ...]


class Table:
    """The rows, while objects are added."""

    __slots__ = ("_makers", "_open", "_users", "_wiring")

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._makers: dict[_Key, tuple[tuple[Resource, Renewal], ...]] = {}
        self._open: set[_Key] = set()
        self._users: dict[_Key, list[User]] = {}

    def add(self, item: Resource, world: World, policy: Policy) -> None:
        """Add all uses by one object."""
        try:
            uses = told_uses(item, self._wiring.effects(item, world, policy))
        except YamlError as error:
            self._wiring.report(item.unreadable(error).results[0])
            return
        grouped: dict[tuple[_Key, Effect], list[Use]] = {}
        for use in uses:
            key = self._key(use.reference.name, use.namespace, world)
            grouped.setdefault((key, use.effect), []).append(use)
        for (key, effect), same in grouped.items():
            user = User(item, tuple(use.reference.path for use in same), _keys(same), effect)
            self._users[key].append(user)

    def rows(self, worlds: Iterable[World], own: Callable[[Resource], bool]) -> list[Explained]:
        """All rows: of Secrets that are used, or made by objects that are `own`.

        What is the same in several namespaces is one row, and where a Secret is used in one of them, the others are
        not told.
        """
        for world in worlds:
            for name, namespace in world.secrets():
                self._key(name, namespace, world)
        used = {(key.name, key.makers) for key, users in self._users.items() if users}
        same: dict[object, list[_Key]] = {}
        for key, users in self._users.items():
            if users or ((key.name, key.makers) not in used and any(own(item) for item, _ in self._makers[key])):
                signature = tuple((id(user.item.slot), *user[1:]) for user in users)
                same.setdefault((key.name, key.makers, signature), []).append(key)
        rows = [
            Explained(
                keys[0].name,
                ", ".join(sorted({key.namespace for key in keys} - {""})),
                self._makers[keys[0]],
                tuple(self._users[keys[0]]),
                any(key in self._open for key in keys),
            )
            for keys in same.values()
        ]
        return sorted(rows, key=lambda row: (row.namespace, row.name))

    def _key(self, name: str, namespace: str, world: World) -> _Key:
        makers = world.makers(name, namespace)
        # A copy, and what is made in namespaces that nobody lists, is told where it comes from.
        where = makers[0].made.namespace if makers else namespace
        items = {id(each.item.slot): (each.item, each.renewed) for each in makers}
        key = _Key(name, where, 0 if where else id(world), tuple(items))
        self._makers[key] = tuple(items.values())
        if not makers and world.may_make(name, namespace):
            self._open.add(key)
        self._users.setdefault(key, [])
        return key


def told_uses(item: Resource, effects: Effects) -> list[Use]:
    """All uses by one object, guesses too where somebody makes what they name; YamlError where it cannot be read."""
    world = effects.world
    uses = list(effects.uses())
    if world.build.patches and any(use.effect.how == PATCHED_IN for use in uses):
        told = {normpath(patch.slot.source.file) for patch in world.build.patches}  # as uses of what they patch
        uses = [use for use in uses if use.effect.how != PATCHED_IN or _file(item, use.reference.path) not in told]
    if id(item.slot) in world.build.doubtful:
        watched = {each.reference.path for each in effects.found.watched}  # the Secret decides, and not its user
        uses = [use if use.reference.path in watched else use._replace(effect=_PATCHED) for use in uses]
    if _is_by_hand(item, effects):
        uses = [use._replace(effect=_BY_HAND) if use.effect.added else use for use in uses]
    return [*uses, *(use for use in effects.guesses() if world.makers(use.reference.name, use.namespace))]


def _file(item: Resource, path: Path) -> str:
    """The file that a field of a kustomization names."""
    return normpath(join(dirname(item.slot.source.file), as_text(at(item.data, path))))


def _is_by_hand(item: Resource, effects: Effects) -> bool:
    try:
        restarting(item, {(path, key): value for path, key, value in effects.annotations}, effects.patch)
    except Shared:
        return True
    return False


def _keys(uses: Iterable[Use]) -> tuple[str, ...]:
    keys = [use.reference.keys for use in uses]
    return tuple(dict.fromkeys(key for each in keys for key in each)) if all(keys) else ()
