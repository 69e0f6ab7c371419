"""What rendering changes in a tree: computed as a whole, before anything is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from krm_secrets._startup.records import NamedTuple
from krm_secrets.check.tree_files import Stale
from krm_secrets.errors import Failure, Problem, Result, clean
from krm_secrets.krm import kustomization
from krm_secrets.krm.atomic import EDITED, LAST, LISTED, MADE
from krm_secrets.krm.reading import read_files
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.krm.writing import applied
from krm_secrets.render import generated
from krm_secrets.render.changes import Change
from krm_secrets.render.expansion import Output, outputs
from krm_secrets.render.settings import CONFIG_FILE, Settings
from krm_secrets.render.stale import is_as_made, stale
from krm_secrets.render.unreadable import unreadable
from krm_secrets.render.wiring import Tree, edits_by_path, explain, tree, wire
from krm_secrets.repository.builds import Build
from krm_secrets.repository.dangling import dangling
from krm_secrets.repository.survey import Survey, listing
from krm_secrets.repository.touched import Touched
from krm_secrets.repository.worktree import Worktree, shown
from krm_secrets.repository.worlds import worlds_of
from krm_secrets.secrets.clashes import clashes, contest
from krm_secrets.secrets.makers.table import signs
from krm_secrets.settings.kinds import GROUP, is_ours
from krm_secrets.stages import repeated
from krm_secrets.yamltext.encoding import Encoded

TYPE_CHECKING = False


if TYPE_CHECKING:
    from krm_secrets.stages.explanation import Explained

# Groups and kinds of what makes Secrets, of what restarts or is restarted, and of what we generate.
_MAKERS = (GROUP, "Secret", "sops", *signs())
_USERS = (
    "argoproj.io",
    "fluxcd.io",
    "postgresql.cnpg.io",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Rollout",
    "CloneSet",
    "ConfigMap",
    "knative.dev",
    "Job",
    "secretKeyRef",
)


def matters(text: str, kinds: Iterable[str] = ()) -> bool:
    """Whether a file may hold an object that rendering asks for; `kinds` are those that configurations add."""
    return any(word in text for words in (_MAKERS, _USERS, kinds) for word in words)


def which_matter(settings: Settings, tree: Worktree, selected: Callable[[str], bool]) -> Callable[[str], bool]:
    """`matters` with the kinds that the configurations of the selected files add."""
    folders = {os.path.dirname(path) for path, file in tree.files.items() if any(map(selected, file.places))}
    configs = [settings.of(folder) for folder in folders]
    named = {rule.kind for config in configs for rule in config.references}
    return partial(matters, kinds=named | {rule.kind for config in configs for rule in config.makers})


class Plan(NamedTuple):
    """The changes in the order of their paths, how many generated files stay as they are, and what is to be said of
    objects by hand that make one Secret."""

    changes: tuple[Change, ...]
    unchanged: int
    contests: tuple[Result, ...]


def make_plan(seen: Survey, settings: Settings, selected: Callable[[str], bool]) -> Plan:
    """Everything that is to change in the selected files; mistakes are reported through the settings."""
    return _Planning(seen, settings, selected).plan()


def explain_tree(
    seen: Survey, settings: Settings, selected: Callable[[str], bool], told: Callable[[Resource], bool]
) -> list[Explained]:
    """Who uses which Secret in the tree as rendering would leave it, and what restarts whom."""
    planning = _Planning(seen, settings, selected)
    return explain(planning.found().tree, planning.touched, told)


class FoundTree(NamedTuple):
    """The objects of a tree as rendering would leave it, the builds of its files, and by the slots of what documents of
    ours make, these. `stale` is what rendering would make anew or take away."""

    tree: Tree
    builds: Sequence[Build]
    touched: Touched
    documents: Mapping[int, Resource]
    stale: Sequence[Stale] = ()


def found_tree(seen: Survey, settings: Settings, selected: Callable[[str], bool], whole: bool = False) -> FoundTree:
    """The tree as it is to be, where nothing is wired but what was before; mistakes are reported through the settings.

    With `whole`, what builds make that run krm-secrets themselves is in it, too.
    """
    return _Planning(seen, settings, selected, wired=True).found(whole)


class _Planning:
    __slots__ = ("made", "seen", "selected", "settings", "sources", "texts", "wired")

    def __init__(self, seen: Survey, settings: Settings, selected: Callable[[str], bool], wired: bool = False) -> None:
        self.wired = wired  # whether generated files keep what they were wired with
        self.seen = seen
        self.settings = settings
        self.selected = selected
        self.made: dict[str, Output] = {}
        self.texts: dict[str, str | None] = {}  # by real path, what a file is to hold
        self.sources: dict[str, Source] = {}

    def plan(self) -> Plan:
        found = self.found().tree
        self.wire(found)
        texts = self.changed()
        changes = [self.change(path, text) for path, text in sorted(texts.items())]
        contests = dict.fromkeys(self.contests(found))
        return Plan(tuple(changes), sum(path not in texts for path in self.made), tuple(contests))

    def found(self, whole: bool = False) -> FoundTree:
        """All objects of the tree as it will be, before anything is wired; what is wrong with it is reported."""
        seen = self.seen
        for result in unreadable(seen, self.selected):
            self.settings.report(result)
        now = {folder: one.content for folder, one in seen.kustomizations.items()}
        builds = seen.builds(now, seen.parsed)
        self.made = outputs(seen, builds, self.settings, self.selected, whole)
        gone = self.orphans()
        for path, output in self.made.items():
            self.check(path, output)
        self.list_files(gone)
        changed: dict[str, kustomization.Kustomization] = {}
        if self.made or gone:
            changed = {
                folder: kustomization.read(text)
                for folder, one in seen.kustomizations.items()
                if (text := self.texts.get(one.file.path)) is not None
            }
            builds = seen.builds(
                now | changed, [*(seen.parsed.keys() - gone), *(self.made.keys() - seen.parsed.keys())]
            )
        self.dangling(now | changed)
        return self.objects(builds, gone, Touched(seen.saying(now | changed)))

    def dangling(self, contents: Mapping[str, kustomization.Kustomization]) -> None:
        """Report what selected kustomizations list and nobody has, once rendering is done."""
        known = self.made.keys() | self.seen.tree.files.keys() | self.seen.tree.folders
        for folder, one in self.seen.kustomizations.items():
            if self.touched(one.file.path):
                for result in dangling(folder, one, contents[folder], known):
                    self.settings.report(result)

    def touched(self, path: str) -> bool:
        """Whether a file is selected by its own path or that of a link to it."""
        file = self.seen.tree.files.get(path)
        return any(map(self.selected, file.places)) if file is not None else self.selected(path)

    def changed(self) -> dict[str, str | None]:
        """The files that are not as they are to be."""
        return {path: text for path, text in self.texts.items() if not self.stays(path, text)}

    def stays(self, path: str, text: str | None) -> bool:
        file = self.seen.tree.files.get(path)
        if file is None or text is None:
            return file is None and text is None
        return text == file.text or (path in self.made and generated.is_same(file.text, text))

    def orphans(self) -> set[str]:
        """Generated files of selected folders that nothing makes any more."""
        gone = {
            path
            for path, file in self.seen.tree.files.items()
            if path not in self.made and self.selected(path) and generated.is_generated(file.text)
        }
        self.texts |= dict.fromkeys(gone)
        return gone

    def check(self, path: str, output: Output) -> None:
        """Take the output, unless its name is that of another file, or what is there was not generated."""
        self.texts[path] = output.text
        name = os.path.basename(path)
        if name in (*kustomization.NAMES, CONFIG_FILE):
            self.wrong(output, f"would be written to {name}, which is a name for something else; change `output`")
            return
        if not os.path.lexists(path):
            return
        file = self.seen.tree.files.get(path)
        if os.path.islink(path):
            self.wrong(output, f"would be written to {self.name(path)}, which is a symbolic link; delete it")
        elif any(os.path.realpath(maker.slot.source.file) == path for maker in output.makers):
            message = f"would be written over {self.name(path)}, the file it is made of: name another one in `output`"
            self.wrong(output, message)
        elif file is not None and (ours := self.ours(path)):
            message = f"would be written over {self.name(path)}, which holds {ours}: name another file in `output`"
            self.wrong(output, message)
        elif file is not None and generated.is_generated(file.text):
            if self.wired and is_as_made(file.text, output.text):
                self.texts[path] = file.text
        else:
            self.wrong(
                output,
                f"would be written to {self.name(path)}, which krm-secrets did not generate: delete that file, move it"
                " away, or name another one in `output`",
            )

    def ours(self, path: str) -> str:
        """A document of ours in a file, which nobody is to delete."""
        one = self.seen.parsed.get(path)
        return next((str(item.ref) for item in one.items if is_ours(item)), "") if one is not None else ""

    def wrong(self, output: Output, message: str) -> None:
        self.settings.report(output.makers[0].result(Problem((), message)))

    def name(self, path: str) -> str:
        return clean(shown(path, self.settings.here))

    def list_files(self, gone: Iterable[str]) -> None:
        """Put generated files into the kustomization files that take their neighbours, and take removed ones out."""
        entries = self.seen.entries()
        everywhere = {path for _, path in entries}
        for (folder, path), entry in entries.items():
            if path in gone:
                for field in ("resources", "bases"):
                    self.edit(folder, partial(kustomization.remove, entry=entry, field=field))
        for path in self.made:
            if path not in everywhere and (folder := self.seen.home(path, entries.keys())):
                entry = os.path.relpath(path, folder)
                self.edit(folder, partial(kustomization.add, entry=entry))

    def edit(self, folder: str, change: Callable[[str], str]) -> None:
        file = self.seen.kustomizations[folder].file
        try:
            self.texts[file.path] = change(self.texts.get(file.path) or file.text)
        except Failure as error:
            for result in error.in_file(file.name).results:
                self.settings.report(result)

    def objects(self, builds: list[Build], gone: set[str], touched: Touched) -> FoundTree:
        """All objects where builds put them; clashes are reported."""
        objects: list[tuple[str, Resource]] = []
        documents: dict[int, Resource] = {}
        for path, output in self.made.items():
            text = self.texts[path]
            assert text is not None
            old = self.seen.parsed.get(path)
            source = old.source if old is not None and old.source.text == text else Source(text, self.name(path))
            items = old.items if old is not None and old.source is source else read_files([source]).items
            self.sources[path] = source
            for number, item in enumerate(items):
                if number < len(output.makers):
                    documents[id(item.slot)] = output.makers[number]
                objects.append((path, item))
        for path, one in self.seen.parsed.items():
            if path not in self.made and path not in gone:
                self.sources[path] = one.source
                objects += ((path, item.latest()) for item in one.items)
        for file in (listed.file for listed in self.seen.kustomizations.values()):
            for item in listing(file, self.texts.get(file.path) or file.text):
                self.sources[file.path] = item.slot.source
                objects.append((file.path, item))
        for source in self.sources.values():
            source.in_place = True
        folders = dict.fromkeys(os.path.dirname(path) for path, _ in objects if self.touched(path))
        rules = self.settings.makers(folders)
        worlds = worlds_of(objects, builds, self.seen.kustomizations, touched, rules)
        found = tree(objects, worlds, self.settings)
        for document, problem in clashes(found.worlds, documents):
            self.settings.report(document.result(problem))
        return FoundTree(
            found, builds, touched, documents, tuple(stale(self.seen, self.made, self.changed(), self.name))
        )

    def wire(self, found: Tree) -> None:
        """Put what restarts the objects into the files."""
        for path, changed in edits_by_path(found, wire(found, self.touched)).items():
            for item in changed:
                for result in repeated.errors(item):
                    self.settings.report(result)
            edits = list(dict.fromkeys(edit for item in changed for edit in item.edits))
            self.texts[path] = applied(self.sources[path], edits)

    def contests(self, found: Tree) -> Iterator[Result]:
        """Those by hand that make one Secret; what we generate ourselves, and nobody else may make, was refused."""
        for first, second, name in (pair for world in found.worlds for pair in world.contested()):
            path = found.path(second)
            by_hand = self.made.keys().isdisjoint((path, found.path(first)))
            if by_hand and self.touched(path) and found.policy(second).mode != "off":
                yield second.result(contest(first, second, name))

    def change(self, path: str, text: str | None) -> Change:
        file = self.seen.tree.files.get(path)
        encoded = file.encoded if file is not None else Encoded("")
        mode = _rights(self.made[path].model) if file is None else 0
        old = encoded.encode(encoded.text) if file is not None else None
        new = encoded.encode(text) if text is not None else None
        step = LAST if new is None else MADE if path in self.made else EDITED
        if os.path.basename(path) in kustomization.NAMES:
            step = LISTED
        return Change(path, self.name(path), file.text if file else None, text, old, new, mode, step)


def _rights(model: str) -> int:
    """The rights for a file that is made from another, which itself may be planned only."""
    return os.stat(model).st_mode & 0o666 if os.path.exists(model) else 0o644
