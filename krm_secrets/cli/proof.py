"""`shorten --write --prove`: kustomize builds the tree as it is and as it would be, and both must mean the same.

kustomize is started without plugins, without the environment and so without keys, and never for what lists something
remote.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from tempfile import TemporaryDirectory

from krm_secrets._startup.records import QuietTuple
from krm_secrets.cli.progress import watched
from krm_secrets.errors import INFO, Failure, Location, Result, clean, failure
from krm_secrets.externalsecrets.target import KIND as EXTERNAL_SECRET
from krm_secrets.krm.atomic import Write
from krm_secrets.krm.kustomization import COMPONENTS, LISTS, Kustomization
from krm_secrets.krm.reading import read
from krm_secrets.krm.resource import Resource
from krm_secrets.migrate.meaning import meaning
from krm_secrets.migrate.original import is_external_secret
from krm_secrets.repository.survey import Survey
from krm_secrets.yamltext.nodes import YamlError

PROGRAM = "kustomize"
PATIENCE = 60.0
"""Seconds that a build may take."""

_NOWHERE = "http://127.0.0.1:9"
_LEFT_OUT = (".git", ".venv", "node_modules")
_REMOTE = ("://", "github.com", "git@", "?ref=")


class Built(QuietTuple):
    """What kustomize made of a folder: objects by what they are, each as what it means."""

    objects: Mapping[tuple[str, ...], list[object]]


def prove(seen: Survey, writes: Sequence[Write], wired: bool) -> Result:
    """Compare all builds that the writes concern; Failure where one is not the same, or kustomize is not there.

    With `wired` render changes workloads, too, and only their being there is compared.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise failure("--prove needs kustomize, which PATH does not have; nothing was written")
    folders = list(_concerned(seen, [write.path for write in writes]))
    built = 0
    with TemporaryDirectory(prefix="krm-secrets-") as temporary:
        after = os.path.join(temporary, "tree")
        _copy(seen.tree.root, after)
        for write in writes:
            _apply(write, os.path.join(after, os.path.relpath(write.path, seen.tree.root)))
        for folder in watched(folders, "building with kustomize"):
            name = os.path.relpath(folder, seen.tree.root)
            old = _build(program, folder, temporary)
            if old is None:
                continue
            built += 1
            new = _build(program, os.path.join(after, name), temporary)
            difference = "it cannot be built any more" if new is None else _difference(old, new, wired)
            if difference:
                message = f"would not build the same any more: {difference}; nothing was written, please report it"
                raise failure(message, Location(file=seen.kustomizations[folder].file.name))
    rest = len(folders) - built
    cannot = f"{rest} kustomization{'' if rest == 1 else 's'} cannot be built by kustomize alone"
    if not built:
        return Result(INFO, f"kustomize compared nothing: {cannot if rest else 'no kustomization takes these files'}")
    same = f"kustomize builds the same of {built} kustomization{'' if built == 1 else 's'}"
    return Result(INFO, f"{same}, {cannot}" if rest else same)


def _concerned(seen: Survey, paths: Sequence[str]) -> Iterator[str]:
    """The kustomizations that take one of the files, but Components, and what would need the network."""
    changed = set(paths)
    for folder, one in seen.kustomizations.items():
        if one.content.kind == "Component":
            continue
        taken, remote = _taken(seen, folder)
        if not remote and not changed.isdisjoint(taken):
            yield folder


def _taken(seen: Survey, start: str) -> tuple[set[str], bool]:
    """The files that a kustomization takes, its own and those below it included, and whether anything is remote."""
    found: set[str] = set()
    waiting, done = [start], {start}
    remote = False
    while waiting:
        folder = waiting.pop()
        one = seen.kustomizations[folder]
        found.add(one.file.path)
        remote |= _is_remote(one.content, one.file.text)
        for entry in (*one.content.resources, *one.content.lists.get(COMPONENTS, ())):
            path = seen.tree.find(folder, entry)
            found.add(path)
            if path in seen.kustomizations and path not in done:
                done.add(path)
                waiting.append(path)
    return found, remote


def _is_remote(content: Kustomization, text: str) -> bool:
    listed = any(sign in entry for field in LISTS for entry in content.lists.get(field, ()) for sign in _REMOTE)
    return listed or "helmCharts" in text or "helmChartInflationGenerator" in text


def _copy(root: str, target: str) -> None:
    """The tree without what Git keeps, for nobody else to read."""

    def left_out(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if name in _LEFT_OUT or not _is_file(os.path.join(folder, name))]

    try:
        shutil.copytree(root, target, symlinks=True, ignore=left_out)
    except (OSError, shutil.Error):
        raise failure("--prove compares with a copy of the tree, which cannot be made; nothing was written") from None


def _is_file(path: str) -> bool:
    return os.path.islink(path) or os.path.isfile(path) or os.path.isdir(path)


def _apply(write: Write, path: str) -> None:
    if write.data is None:
        os.unlink(path)
        return
    with open(path, "wb") as file:
        file.write(write.data)


def _build(program: str, folder: str, home: str) -> Built | None:
    """What kustomize builds, None where it cannot: with nothing of the environment, and no way to a network."""
    proxies = {f"{scheme}_PROXY": _NOWHERE for scheme in ("HTTP", "HTTPS", "ALL")}
    environment = {"HOME": home, "PATH": home, "TMPDIR": home, **proxies}
    try:
        done = subprocess.run(  # noqa: S603 - what PATH finds by a fixed name, without keys, asked for by --prove
            [program, "build", folder],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            return None
        objects: dict[tuple[str, ...], list[object]] = {}
        for item in read(done.stdout.decode()).items:
            key = (item.api_version.partition("/")[0], item.kind, item.ref.namespace, item.ref.name)
            objects.setdefault(key, []).append(_meant(item))
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError, Failure, YamlError):
        return None
    return Built(objects)


def _meant(item: Resource) -> object:
    data = item.data
    if not is_external_secret(data):
        return data
    # Labels of the Secret may be added, so that others notice a change.
    return {key: value for key, value in meaning(data).items() if key != "labels"}


def _difference(old: Built, new: Built, wired: bool) -> str:
    """The first object that is not the same."""
    for key in sorted({*old.objects, *new.objects}):
        before, after = old.objects.get(key, []), new.objects.get(key, [])
        kind, name = key[1], f"{key[2]}/{key[3]}".strip("/")
        if len(before) != len(after):
            return f"{clean(kind)} {clean(name)} is there {len(after)} times instead of {len(before)}"
        if before != after and (kind == EXTERNAL_SECRET or not wired):
            return f"{clean(kind)} {clean(name)} is another one"
    return ""
