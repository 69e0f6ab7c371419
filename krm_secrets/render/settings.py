"""Which configuration counts in which folder, and what a stage may know where nothing is decrypted."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from krm_secrets import configuration
from krm_secrets._startup.records import NO_ENTRIES, Protocol
from krm_secrets.errors import Failure, Result, failure
from krm_secrets.krm.files import Below, read_source
from krm_secrets.krm.folders import is_tried
from krm_secrets.krm.reading import STREAM, read_files
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.repository.worktree import shown
from krm_secrets.settings.config import DEFAULT, Config
from krm_secrets.stages.context import Context

TYPE_CHECKING = False


if TYPE_CHECKING:
    from krm_secrets.settings.restarts import MakerRule, Policy, Reloader
    from krm_secrets.sops.metadata import Metadata
    from krm_secrets.sops.value import Aead

CONFIG_FILE = configuration.CONFIG_FILE

_Item = TypeVar("_Item")


class Watch(Protocol):
    """Whoever is shown the items of a long work, and what the work is called."""

    def __call__(self, items: Sequence[_Item], what: str) -> Iterable[_Item]: ...


def unwatched(items: Sequence[_Item], what: str) -> Iterable[_Item]:  # noqa: ARG001 - nobody looks
    """The items, which nobody is shown."""
    return items


class Settings:
    """The configurations of a tree: that of `-c` for all of it, else for each folder the nearest `krm-secrets.yaml`.

    `planned` are those that are not written yet, by their paths; they count as if they were.
    """

    __slots__ = (
        "_files",
        "_folders",
        "_learnt",
        "_leaving",
        "_policies",
        "_sources",
        "here",
        "named",
        "report",
        "watch",
    )

    def __init__(
        self,
        named: str,
        report: Callable[[Result], None],
        watch: Watch = unwatched,
        planned: Mapping[str, Config] = NO_ENTRIES,
    ) -> None:
        self.named = named
        self.report = report
        self.watch = watch
        self.here = os.path.realpath(".")
        self._folders: dict[str, str] = {}
        self._files = dict(planned)
        self._policies: dict[int, Policy] = {}
        self._learnt: Reloader | None = None
        self._sources: Collection[Source] = ()
        self._leaving: dict[str, Callable[[str], bool]] = {}

    def leaves_out(self, path: str) -> bool:
        """Whether the configuration that counts for a real path leaves it out.

        All of the tree is asked for, also where nothing is rendered: there nobody is told of a configuration.
        """
        config = self.named or self._nearest(os.path.dirname(path))
        if config and config not in self._leaving:
            from krm_secrets.settings.ignoring import matcher

            read = self._files.get(config) or self._read(config, lambda _: None)
            self._leaving[config] = matcher(read.ignore, config) if read.ignore else lambda _: False
        return bool(config) and self._leaving[config](path)

    def of(self, folder: str) -> Config:
        """The configuration of a folder; its mistakes are reported once."""
        path = self.named or self._nearest(folder)
        if path not in self._files:
            self._files[path] = self._read(path, self.report) if path else DEFAULT
        return self._files[path]

    def restarts(self, folder: str) -> Policy:
        """What the configuration of a folder says of restarts."""
        config = self.of(folder)
        if id(config) not in self._policies:
            policy = config.restarts
            policy = policy.knowing(self._learnt) if self._learnt is not None else policy
            self._policies[id(config)] = policy.seeing(self._sources)
        return self._policies[id(config)]

    def learn(self, items: Sequence[Resource]) -> None:
        """Take from the objects of the tree how Reloader and Flux were started, where a configuration does not say it.

        One that lies among tests counts where nothing else is there.
        """
        from krm_secrets.secrets.reloader_installation import installation

        found = installation([item for item in items if not is_tried(item.slot.source.file)] or items, listed)
        self._learnt = found.flags if found is not None else None
        self._sources = {id(item.slot.source): item.slot.source for item in items}.values()
        self._policies.clear()

    def makers(self, folders: Iterable[str]) -> tuple[MakerRule, ...]:
        """What the configurations of the folders say of makers."""
        return tuple(dict.fromkeys(rule for folder in folders for rule in self.of(folder).makers))

    def path_for(self, folder: str) -> str:
        """The file of the configuration that counts in a folder; "" for none."""
        return self.named or self._nearest(folder)

    def counted(self) -> Mapping[str, Config]:
        """The configurations that were asked for so far, by their files."""
        return {path: config for path, config in self._files.items() if path}

    def found(self) -> list[str]:
        """The configurations that counted and were not named by `-c`."""
        return [path for path in self._files if path and not self.named]

    def context(self, folder: str) -> Context:
        """What stages may know for the documents of a folder."""
        return Context(self.of(folder), STREAM, _no_key, _no_origin, self.report, listed)

    def _nearest(self, folder: str) -> str:
        if folder not in self._folders:
            above = os.path.dirname(folder)
            own = os.path.join(folder, CONFIG_FILE)
            is_there = own in self._files or os.path.lexists(own)
            self._folders[folder] = own if is_there else self._nearest(above) if above != folder else ""
        return self._folders[folder]

    def _read(self, path: str, report: Callable[[Result], None]) -> Config:
        name = path if self.named else shown(path, self.here)
        try:
            items = read_files([read_source(path, name)]).items
            if len(items) != 1:
                raise failure(f"{name}: a configuration file holds one object, this one {len(items)}")
        except Failure as error:
            for result in error.results:
                report(result)
            return DEFAULT._replace(doubtful=True)
        return configuration.read(items[0], report)


def _no_key(_: Metadata) -> Aead:
    raise AssertionError("render opens no Secret")


def _no_origin(_: str) -> None:
    return None


def listed(path: str, holder: str) -> bytes:
    """A file of which a kustomization generates a ConfigMap with values of a release."""
    return Below(os.path.dirname(holder) or ".").read(path)
