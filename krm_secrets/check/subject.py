"""What a rule sees: the objects of a tree or of a stream, the worlds that they are in, and what is said of them.

All of it is made once, and only when a rule asks. A stream is one world without files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

from krm_secrets._startup.records import NO_ENTRIES, NamedTuple
from krm_secrets.check import places
from krm_secrets.check.finding import FileEdit, Fix, Hit, Place, Related
from krm_secrets.check.suppression import Suppression, Suppressions, in_annotations, in_comments
from krm_secrets.krm.resource import Resource, Source, at, group_of
from krm_secrets.secrets.uses.catalog import entry
from krm_secrets.secrets.uses.finder import looks_relevant
from krm_secrets.secrets.uses.workloads import KINDS
from krm_secrets.secrets.world import World
from krm_secrets.settings.config import DEFAULT, Config
from krm_secrets.settings.restarts import Policy
from krm_secrets.stages.reload import Wiring
from krm_secrets.yamltext.edits import Edit
from krm_secrets.yamltext.emit import scalar
from krm_secrets.yamltext.nodes import Mapping as YamlMap, Node, YamlError
from krm_secrets.yamltext.splice import DELETE

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.finding import Safety
    from krm_secrets.check.tree_files import Files
    from krm_secrets.errors import Path, Result, Severity
    from krm_secrets.secrets.annotation_cures import Cure
    from krm_secrets.secrets.effect import Effects, Use
    from krm_secrets.settings.checks import Known
    from krm_secrets.yamltext.splice import Updates

T = TypeVar("T")


class Judged(NamedTuple):
    """An object as one world sees it, and what a change of its Secrets does to it.

    `sure` is not set where the build does what nobody can tell, such as a patch, nor where a kustomization leaves the
    file out: then nothing is certain.
    """

    item: Resource
    world: World
    effects: Effects
    sure: bool


class Used(NamedTuple):
    """One use of a Secret by an object, in one world."""

    item: Resource
    world: World
    use: Use


class Subject:
    """What rules look at.

    `objects` are all objects as their files have them, each once; `worlds` are the builds, whose items are the same
    objects with what the build gives to them. `files` is None for a stream.
    """

    __slots__ = (
        "_config", "_decisions", "_judged", "_listed", "_made", "_makers", "_policy", "_suppressions", "_uses",
        "config_at", "files", "objects", "told", "unread", "unused_suppressions", "worlds",
    )  # fmt: skip

    def __init__(
        self,
        objects: Sequence[Resource],
        worlds: Sequence[World],
        config: Callable[[Resource], Config],
        policy: Callable[[Resource], Policy],
        listed: Callable[[str, str], bytes],
        files: Files | None = None,
        made_of: Mapping[int, Resource] = NO_ENTRIES,
        decisions: Callable[[], Iterable[Suppression]] = tuple,
        config_at: Callable[[str], Config] = lambda _: DEFAULT,
        told: Sequence[Result] = (),
    ) -> None:
        self.objects = objects
        self.worlds = worlds
        self.files = files
        self.unread: list[Result] = []
        """What could not be read while rules looked."""
        self.told = told
        """What our own documents have wrong, as every run says it."""
        self.config_at = config_at
        """The configuration that counts for a file, named as findings name it."""
        self.unused_suppressions: tuple[Suppression, ...] = ()
        """Once all other rules have been asked."""
        self._suppressions: Suppressions | None = None
        self._decisions = decisions
        self._config = config
        self._policy = policy
        self._listed = listed
        self._makers = made_of
        self._judged: tuple[Judged, ...] | None = None
        self._uses: tuple[tuple[Judged, Use], ...] | None = None
        self._made: dict[object, object] = {}

    # What there is.

    def config(self, item: Resource) -> Config:
        """The configuration that counts for an object."""
        return self._config(item)

    def policy(self, item: Resource) -> Policy:
        """What that says of restarts."""
        return self._policy(item)

    def known(self, item: Resource, name: str, namespace: str) -> Known | None:
        """What the configuration of a user says of a Secret that is made elsewhere."""
        check = self.config(item).check
        entries = check.known if check is not None else ()
        met = (each for each in entries if fnmatchcase(name, each.name) and each.namespace in ("", namespace))
        return next(met, None)

    def judged(self) -> tuple[Judged, ...]:
        """Every object of every world that may use Secrets, with the effects of these."""
        if self._judged is None:
            self._judged = tuple(self._judge())
        return self._judged

    def _judge(self) -> Iterator[Judged]:
        wiring = Wiring(self.objects, self._listed, self.unread.append)
        for world in self.worlds:
            for item in world.build.items:
                yield from self._judged_by(wiring, item, world)

    def patched(self) -> Iterator[Judged]:
        """The same of the patches in files, each as an object that it patches."""
        wiring = Wiring(self.objects, self._listed, self.unread.append)
        for world in self.worlds:
            for patch in world.build.patches:
                yield from self._judged_by(wiring, patch, world)

    def _judged_by(self, wiring: Wiring, item: Resource, world: World) -> Iterator[Judged]:
        policy = self.policy(item)
        if not _may_use(item, policy):
            return
        try:
            effects = wiring.effects(item, world, policy)
        except YamlError as error:
            self.unread += item.unreadable(error).results
            return
        left_out = self.files is not None and world.alone
        yield Judged(item, world, effects, not left_out and id(item.slot) not in world.build.doubtful)

    def wires(self, world: World) -> bool:
        """Whether a build runs krm-secrets itself, so that what it adds is there in the end."""
        return id(world) in self.once(_wired)

    def uses(self) -> tuple[Used, ...]:
        """Every use of a Secret of which anything is certain."""
        return tuple(Used(each.item, each.world, use) for each, use in self.judged_uses())

    def judged_uses(self) -> tuple[tuple[Judged, Use], ...]:
        """The same with all that is known of the user."""
        if self._uses is None:
            self._uses = tuple((each, use) for each in self.judged() if each.sure for use in each.effects.uses())
        return self._uses

    @property
    def root(self) -> str:
        """The folder of the work tree; "" for a stream."""
        return self.files.seen.tree.root if self.files is not None else ""

    def decide(self, more: Iterable[Suppression]) -> None:
        """Add decisions, such as those of a baseline, before anything is checked."""
        before, added = self._decisions, tuple(more)
        self._decisions = lambda: (*before(), *added)

    @property
    def suppressions(self) -> Suppressions:
        """What somebody decided upon: in comments, in annotations, in configurations."""
        if self._suppressions is None:
            sources = {id(item.slot.source): item.slot.source for item in self.objects}
            found = [each for source in sources.values() for each in in_comments(source)]
            found += (each for item in self.objects for each in in_annotations(item))
            self._suppressions = Suppressions((*found, *self._decisions()))
        return self._suppressions

    @property
    def built(self) -> Sequence[World]:
        """The worlds of builds alone, without what lies in a folder and no build takes."""
        return self.worlds if self.files is None else self.worlds[: len(self.files.builds)]

    def once(self, make: Callable[[Subject], T]) -> T:
        """What a function makes of all this, made for the first rule that asks and kept for the others."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[return-value]

    # Where it stands.

    def written(self, item: Resource) -> Resource | None:
        """The document of ours that makes an object; None for what stands in a file as it is."""
        return self._makers.get(id(item.slot))

    def place(self, item: Resource, path: Path = (), key: bool = False, offset: int = -1) -> Place:
        """Where a field of an object stands; of what a document of ours makes, the document."""
        document = self._makers.get(id(item.slot))
        return places.of_field(item, path, key, offset) if document is None else places.of_field(document)

    def related(self, item: Resource, path: Path, label: str) -> Related:
        """A place of the chain, for `Hit.related`."""
        return Related(self.place(item, path), label, item.ref)

    def hit(
        self,
        item: Resource,
        path: Path,
        message: str,
        *,
        related: Iterable[Related] = (),
        hint: str = "",
        fix: Fix | None = None,
        other: str = "",
        severity: Severity | None = None,
        confidence: str = "",
        key: bool = False,
        offset: int = -1,
    ) -> Hit:
        """What a rule found at a field of an object, or at the word that begins at an offset of its text."""
        ref = self._makers.get(id(item.slot), item).ref
        place = self.place(item, path, key, offset)
        return Hit(place, message, ref, tuple(related), hint, fix, other, severity, confidence)

    def hit_in(self, source: Source, start: int, end: int, message: str, **more: str) -> Hit:
        """The same for a span of a text that is no object, such as a kustomization file."""
        return Hit(places.in_text(source, start, end), message, **more)  # type: ignore[arg-type]

    def cured(self, item: Resource, cure: Cure, safety: Safety = "safe") -> Fix | None:
        """The fix that gives fields of an object new texts, or takes them out; None where that cannot be certain: an
        anchor shares the place, or a build puts something else there."""
        if not cure or item.written is not None or item.edits:
            return None
        updates: Updates = {}
        written = [path for path, text in cure if text is not None]
        for path, text in cure:
            if text is None:
                path = _emptied(item.node, path, written)
            place = updates
            for part in path[:-1]:
                below = place.setdefault(part, {})
                assert isinstance(below, dict)
                place = below
            place[path[-1]] = DELETE if text is None else scalar(text)
        try:
            return self.fix(item, item.updated(updates).edits, safety)
        except YamlError:
            return None

    def fix(self, item: Resource, edits: Iterable[Edit], safety: Safety = "safe") -> Fix | None:
        """Edits of the file of an object; None where no file can be written, as in a stream or under a SOPS MAC."""
        source = item.slot.source
        if not source.file or source.hidden or item.made or id(item.slot) in self._makers or source.holds("\nsops:"):
            return None
        return Fix(safety, tuple(FileEdit(source.file, each) for each in edits))


def _emptied(node: Node, path: Path, written: Iterable[Path]) -> Path:
    """What goes with a field: the maps that hold nothing else, unless something is written into them."""
    while len(above := path[:-1]) > 1 and not any(each[: len(above)] == above for each in written):
        holder = at(node, *map(str, above))
        if type(holder) is not YamlMap or len(holder.names()) > 1:
            break
        path = above
    return path


def _may_use(item: Resource, policy: Policy) -> bool:
    """Whether an object may use a Secret: its kind is known for that, a template of Pods may be in it, or a field of it
    says so, whatever the kind.

    Most objects of a tree use none, and to read one as data costs as much as to parse it.
    """
    kind, api_version = item.kind, item.api_version
    if not kind or kind in KINDS or looks_relevant(kind, api_version, policy) or entry(kind, group_of(api_version)):
        return True
    if any(policy.rules(kind, group_of(api_version))):
        return True
    text = item.slot.source.text[item.node.start : item.node.end].lower()
    return "template" in text or "secret" in text or bool(item.slot.document.aliases)


def _wired(subject: Subject) -> frozenset[int]:
    """The worlds, by their identities, of builds that run krm-secrets."""
    if subject.files is None:
        return frozenset()
    seen, builds = subject.files.seen, subject.files.builds
    running = {folder for folder in seen.kustomizations if seen.runs_us(folder)}
    pairs = zip(subject.built, builds, strict=True)
    return frozenset(id(world) for world, build in pairs if running & build.folders.keys())
