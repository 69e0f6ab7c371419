"""All that changes in a tree when ExternalSecrets become mappings, computed as a whole before anything is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, count

from krm_secrets._startup.records import QuietTuple
from krm_secrets.errors import ERROR, Failure, Result, clean, failure, worst
from krm_secrets.krm import kustomization
from krm_secrets.krm.atomic import EDITED, LAST, LISTED, MADE, SOURCE, Write
from krm_secrets.krm.reading import read_files
from krm_secrets.krm.resource import Source
from krm_secrets.migrate.learning import Learnt
from krm_secrets.migrate.mappings import Mapped, Short, gathered, longer, without
from krm_secrets.migrate.meaning import Meaning, meaning
from krm_secrets.migrate.original import stays
from krm_secrets.migrate.targets import USUAL, Target, Written, alone, targets
from krm_secrets.migrate.texts import config_text
from krm_secrets.render import generated
from krm_secrets.render.planning import make_plan, which_matter
from krm_secrets.render.settings import Settings, Watch, unwatched
from krm_secrets.repository.argocd import directories
from krm_secrets.repository.schemalines import schema_line
from krm_secrets.repository.survey import Survey, survey
from krm_secrets.repository.touched import Touched
from krm_secrets.repository.worktree import File, Worktree, shown
from krm_secrets.settings.kinds import SECRET_MAPPING, SECRETS_CONFIG, is_ours
from krm_secrets.yamltext.encoding import Encoded

_Texts = dict[str, str | None]
"""By real path what a file is to hold, None where it goes."""


class Migration(QuietTuple):
    """What is to be written, the mappings that were made, and what there is to say; `wired` where workloads change."""

    writes: tuple[Write, ...]
    mapped: tuple[Mapped, ...]
    results: tuple[Result, ...]
    wired: bool = False


class _Move(QuietTuple):
    """The mappings of a file, and the file that is to hold them, or does already."""

    target: Target
    path: str
    mapped: Mapped
    is_there: bool

    def marked(self, local: bool, skipped: bool) -> _Move:
        """The same with the marks by which no build applies the mapping: where Flux lists what is in a folder, or Argo
        CD takes all of it, the mapping would be taken too."""
        return self._replace(mapped=self.mapped._replace(head=self.mapped.head._replace(local=local, skipped=skipped)))


def migrate(
    shorts: Sequence[Short],
    seen: Survey,
    named: str,
    learnt: Learnt | None,
    selected: Callable[[str], bool],
    watch: Watch = unwatched,
) -> Migration:
    """Plan the move of what was shortened. Nothing may be written when an error is among the results.

    What cannot be moved stays, and the rest is planned without it. `watch` is shown the steps of the work.
    """
    argo = directories(seen)
    if learnt is not None and any(each.takes(seen, learnt.path) for each in argo):
        learnt = learnt.skipped()
    written = Written(seen)
    content = {folder: one.content for folder, one in seen.kustomizations.items()}
    builds = seen.builds(content, seen.parsed)
    kept, refused = alone(shorts, seen, builds, Touched(seen))
    while True:
        found, more = targets(kept, seen, builds, argo, written)
        refused += more
        kept = [short for target in found for short in target.shorts]
        if not found:
            return Migration((), (), tuple(refused))
        moves = _moves(found, seen, written)
        paths = [*seen.parsed, *(move.path for move in moves)]
        built = {path for build in seen.builds(content, paths) for path in build.members}
        taken = {move.path for move in moves if any(each.takes(seen, move.path) for each in argo)}
        moves = [move.marked(move.path in built, move.path in taken) for move in moves]
        staying = [each for move in moves for each in longer(move.mapped)]
        if not staying:
            texts, results = _planned(moves, seen, named, learnt, selected, watch)
            staying = _blamed(moves, results, seen)
        if not staying:
            break
        refused += [stays(short.original.item, reason) for short, reason in staying]
        kept = without(kept, staying)
    if worst(results) == ERROR:
        there = {file.name for file in seen.tree.files.values()}
        results = [result for result in results if not result.location.file or result.location.file in there]
    else:
        _prove(moves, texts, seen.tree)
    mapped = tuple(move.mapped for move in moves)
    writes = tuple(_writes(texts, moves, seen.tree, learnt))
    wired = any(write.step == EDITED for write in writes)
    return Migration(writes, mapped, (*refused, *results), wired)


def _planned(
    moves: Sequence[_Move],
    seen: Survey,
    named: str,
    learnt: Learnt | None,
    selected: Callable[[str], bool],
    watch: Watch,
) -> tuple[_Texts, list[Result]]:
    """What is to be written; a configuration that is learnt wires no restarts where render would."""
    try:
        texts, results = _rendered(moves, seen, named, learnt, selected, watch)
        if learnt is not None:
            unwired, others = _rendered(moves, seen, named, learnt.unwired(), selected, watch)
            if {**texts, learnt.path: ""} != {**unwired, learnt.path: ""}:
                return unwired, others
    except Failure as error:
        return {}, list(error.results)
    return texts, results


def _blamed(moves: Sequence[_Move], results: Sequence[Result], seen: Survey) -> list[tuple[Short, str]]:
    """The ExternalSecrets that errors are about, with the reason: those of mappings, and of lists to be changed."""
    here = os.path.realpath(".")
    found: dict[int, tuple[Short, str]] = {}
    for result in results:
        if result.severity != ERROR:
            continue
        for move in moves:
            lists = {seen.kustomizations[folder].file.name for folder in move.target.lists}
            names = {shown(move.path, here), shown(move.target.output, here)} - {shown(move.target.path, here)}
            if result.location.file in names | lists:
                own = [s for s in move.mapped.shorts if result.location.path[:2] == ("secrets", s.part.name)]
                where = f"{clean(result.location.file)}: " if result.location.file in lists else ""
                for short in own or move.mapped.shorts:
                    found.setdefault(id(short), (short, where + result.message))
    return list(found.values())


def _moves(found: Sequence[Target], seen: Survey, written: Written) -> list[_Move]:
    by_file = {seen.parsed[target.path].source.file: target for target in found}
    mappings = [item for one in seen.parsed.values() for item in one.items if is_ours(item, SECRET_MAPPING)]
    taken = {(item.ref.namespace, item.ref.name) for item in mappings}
    shorts = [short for target in found for short in target.shorts]

    def there(mapped: Mapped) -> str:
        folder, output = os.path.split(by_file[mapped.file].output)
        return written.name(folder, mapped, output)

    moves = []
    for mapped in gathered(shorts, taken, there):
        target = by_file[mapped.file]
        folder, name = os.path.split(target.output)
        head = mapped.head._replace(output="" if name == USUAL else name)
        is_there = (head.namespace, head.name) in taken
        moves.append(_Move(target, mapping_path(folder, seen.tree), mapped._replace(head=head), is_there))
    return moves


def _rendered(
    moves: Sequence[_Move],
    seen: Survey,
    named: str,
    learnt: Learnt | None,
    selected: Callable[[str], bool],
    watch: Watch,
) -> tuple[_Texts, list[Result]]:
    """The tree with the mappings in it, and what render then makes of them."""
    results: list[Result] = []
    mappings: dict[str, list[str]] = {}
    for move in moves:
        if not move.is_there:
            mappings.setdefault(move.path, []).append(move.mapped.text(schema_line(SECRET_MAPPING, move.path)))
    joined = {path: "---\n".join(texts) for path, texts in mappings.items()}
    own = changed_texts({move.target.path: move.target for move in moves}.values(), joined, seen, learnt)
    tree = virtual(seen.tree, own)
    settings = Settings(named, results.append, watch, learnt.planned if learnt else {})
    plan = make_plan(survey(tree, which_matter(settings, tree, selected)), settings, selected)
    return {**own, **{change.path: change.after for change in plan.changes}}, results


def _prove(moves: Sequence[_Move], texts: _Texts, tree: Worktree) -> None:
    """What is generated means what was there; but for labels that render may add, so that others notice a change."""
    for move in moves:
        output = move.target.output
        text = texts[output] if output in texts else tree.files[output].text
        made = [item.data for item in read_files([Source(text or "")]).items]
        meant = [_without_labels(meaning(data)) for data in made]
        for short in move.mapped.shorts:
            if _without_labels(short.original.reading.meaning) not in meant:
                item = short.original.item
                raise failure(
                    "would not mean the same any more; nothing was written, please report it", item.location()
                )


def _without_labels(meant: Meaning) -> Meaning:
    return {key: value for key, value in meant.items() if key != "labels"}


def _writes(texts: _Texts, moves: Sequence[_Move], tree: Worktree, learnt: Learnt | None) -> list[Write]:
    """What changes. Files lose their ExternalSecrets at last: until then a run that begins anew finds all of them."""
    here = os.path.realpath(".")
    mode = os.stat(moves[0].target.path).st_mode & 0o666
    steps = dict.fromkeys((move.target.output for move in moves), MADE)
    steps |= dict.fromkeys((move.target.path for move in moves), LAST)
    steps |= dict.fromkeys((move.path for move in moves), SOURCE)
    if learnt is not None:
        steps[learnt.path] = SOURCE
    writes = []
    for path, text in sorted(texts.items()):
        file = tree.files.get(path)
        encoded = file.encoded if file else Encoded("")
        before = encoded.encode(encoded.text) if file else None
        after = None if text is None else encoded.encode(text)
        if after != before:
            step = LISTED if os.path.basename(path) in kustomization.NAMES else EDITED
            step = LAST if after is None else steps.get(path, step)
            writes.append(Write(path, shown(path, here), after, before, mode, step))
    return writes


MAPPING_FILE = "secretmapping.yaml"


def mapping_path(folder: str, tree: Worktree) -> str:
    """The file for the mappings of a folder: a new one, or one that holds mappings already."""

    def takes(path: str) -> bool:
        file = tree.files.get(path)
        if file is None:
            return not os.path.lexists(path)
        return file.places == (path,) and "SecretMapping" in file.text

    names = chain((MAPPING_FILE,), (f"secretmapping-{n}.yaml" for n in count(2)))
    return next(filter(takes, (os.path.join(folder, name) for name in names)))


def changed_texts(
    targets: Iterable[Target], mappings: Mapping[str, str], seen: Survey, learnt: Learnt | None
) -> dict[str, str]:
    """New texts of files by their real paths, before anything is rendered; `mappings` are the texts to be added."""
    texts: dict[str, str] = {}
    for path, text in mappings.items():
        before = seen.tree.files[path].text if path in seen.tree.files else ""
        texts[path] = f"{before.rstrip()}\n---\n{text}" if before.strip() else text
    for target in targets:
        if target.output == target.path:
            # What render takes for its own, and fills.
            texts[target.path] = generated.text([], [MAPPING_FILE])
            continue
        texts[target.path] = target.rest
        for folder in target.lists:
            file = seen.kustomizations[folder].file
            entry = os.path.relpath(target.output, folder)
            try:
                texts[file.path] = kustomization.add(texts.get(file.path, file.text), entry)
            except Failure as error:
                raise error.in_file(file.name) from None
    if learnt is not None:
        texts[learnt.path] = config_text(learnt, schema_line(SECRETS_CONFIG, learnt.path))
    return texts


def virtual(tree: Worktree, texts: Mapping[str, str]) -> Worktree:
    """The tree with these texts."""
    here = os.path.realpath(".")
    files = dict(tree.files)
    for path, text in texts.items():
        old = files.get(path)
        encoded = Encoded(text) if old is None else old.encoded._replace(text=text)
        files[path] = File(path, shown(path, here), encoded, (path,) if old is None else old.places)
    return tree._replace(files=dict(sorted(files.items())))
