"""What only a tree has: its files, and what kustomize, Flux and Argo CD build of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.check.sops_rulebook import RuleBook
from krm_secrets.errors import Failure, Result
from krm_secrets.krm.files import read_bytes
from krm_secrets.krm.resource import Resource
from krm_secrets.repository.oddities import CHART, TEMPLATE
from krm_secrets.yamltext.encoding import decode

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.repository.builds import Build
    from krm_secrets.repository.survey import Survey
    from krm_secrets.repository.touched import Touched

MAX_SIZE = 64 * 1024 * 1024
"""Bytes of a file that is looked at before a commit."""


class Committed(QuietTuple):
    """A file that a commit could take, whatever it is: its name as findings have it, and its bytes.

    `items` are the objects in it, and `text` what the bytes say, where they were read before.
    """

    name: str
    data: bytes
    items: Sequence[Resource] | None = None
    text: str | None = None


class Stale(NamedTuple):
    """A file that rendering would write or remove, what is wrong with it, and the document that it is made of."""

    name: str
    message: str
    maker: Resource | None = None


class Files:
    """A look over a work tree, and the builds of its files.

    `builds[n]` is what `Subject.worlds[n]` is made of; the worlds behind these are of files in no build. `touched` says
    what patches may do to objects.
    """

    __slots__ = ("_list", "_names", "_paths", "_real", "_report", "book", "builds", "seen", "stale", "touched")

    def __init__(
        self,
        seen: Survey,
        builds: Sequence[Build],
        touched: Touched,
        names: Callable[[], Iterable[str]],
        report: Callable[[Result], None],
        real: Callable[[str], str] = os.path.realpath,
        stale: Sequence[Stale] = (),
    ) -> None:
        self.seen = seen
        self.builds = builds
        self.touched = touched
        self.stale = stale
        self.book = RuleBook(os.environ.get("SOPS_CONFIG", ""))
        self._list = names
        self._names: tuple[str, ...] | None = None
        self._paths: dict[str, str] | None = None
        self._report = report
        self._real = real

    def committed(self) -> Iterator[Committed]:
        """Every file that a commit could take, hidden ones too, but what Git ignores; what cannot be read is told."""
        first = self._names is None
        if self._names is None:
            self._names = tuple(self._list())
        for name in self._names:
            try:
                yield self._read(name)
            except Failure as error:
                for result in error.in_file(name).results if first else ():
                    self._report(result)

    def fragments(self) -> frozenset[str]:
        """The real paths of patches, which are parts of objects; a file that a build also lists is none."""
        return self.touched.patches.difference(*(build.members for build in self.builds))

    def templates(self) -> Iterator[str]:
        """The texts of what is left out of the tree because it is a template, of Helm or of another program."""
        for path, odd in self.seen.tree.odd.items():
            if odd.kind in (CHART, TEMPLATE):
                try:
                    yield decode(read_bytes(path)).text
                except Failure:
                    continue

    def path(self, item: Resource) -> str:
        """The real path of the file of an object."""
        if self._paths is None:
            self._paths = {file.name: path for path, file in self.seen.tree.files.items()}
        name = item.slot.source.file
        return self._paths.get(name) or os.path.realpath(name)

    def _read(self, name: str) -> Committed:
        path = self._real(name)
        file, parsed = self.seen.tree.files.get(path), self.seen.parsed.get(path)
        if file is None:
            return Committed(name, read_bytes(name, MAX_SIZE))
        items = parsed.items if parsed is not None else None
        return Committed(name, file.encoded.encode(file.text), items, file.text)
