"""What only a tree has: its files, and what kustomize, Flux and Argo CD build of them."""

from __future__ import annotations

import os

from krm_secrets._startup.records import NamedTuple
from krm_secrets.check.sops_rulebook import RuleBook
from krm_secrets.errors import Failure, quiet
from krm_secrets.krm.files import read_bytes
from krm_secrets.repository.worktree import located

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from krm_secrets.errors import Result
    from krm_secrets.repository.builds import Build
    from krm_secrets.repository.survey import Survey
    from krm_secrets.repository.touched import Touched

MAX_SIZE = 64 * 1024 * 1024
"""Bytes of a file that is looked at before a commit."""


class Committed(NamedTuple):
    """A file that a commit could take, whatever it is: its name as findings have it, and its bytes."""

    name: str
    data: bytes

    def __repr__(self) -> str:
        return quiet(self)


class Files:
    """A look over a work tree, and the builds of its files.

    `builds[n]` is what `Subject.worlds[n]` is made of; the worlds behind these are of files in no build. `touched` says
    what patches may do to objects.
    """

    __slots__ = ("_list", "_names", "_real", "_report", "book", "builds", "seen", "touched")

    def __init__(
        self,
        seen: Survey,
        builds: Sequence[Build],
        touched: Touched,
        names: Callable[[], Iterable[str]],
        report: Callable[[Result], None],
        real: Callable[[str], str] = os.path.realpath,
    ) -> None:
        self.seen = seen
        self.builds = builds
        self.touched = touched
        self.book = RuleBook(os.environ.get("SOPS_CONFIG", ""))
        self._list = names
        self._names: tuple[str, ...] | None = None
        self._report = report
        self._real = real

    def committed(self) -> Iterator[Committed]:
        """Every file that a commit could take, hidden ones too, but what Git ignores; what cannot be read is told."""
        first = self._names is None
        if self._names is None:
            self._names = tuple(self._list())
        for name in self._names:
            try:
                yield Committed(name, self._read(name))
            except Failure as error:
                for result in located(error, name).results if first else ():
                    self._report(result)

    def _read(self, name: str) -> bytes:
        file = self.seen.tree.files.get(self._real(name))
        return read_bytes(name, MAX_SIZE) if file is None else file.encoded.encode(file.encoded.text)
