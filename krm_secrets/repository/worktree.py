"""A Git work tree: its manifests, found and read once.

Left out are hidden files and folders, what package managers put there, the templates of Helm charts, which are no YAML
yet, and other work trees inside of this one, unless somebody asks for them by name. `.gitignore` is not asked.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Failure, Location, failure
from krm_secrets.krm.files import MAX_SIZE, SUFFIXES, read_bytes
from krm_secrets.krm.folders import nearest, too_deep
from krm_secrets.krm.kustomization import NAMES
from krm_secrets.repository.oddities import CHART, Odd, odd
from krm_secrets.yamltext.encoding import Encoded, decode

FOREIGN = frozenset(("node_modules", "vendor"))
"""Folders of what others wrote, put there by their package managers."""

CHART_FILE = "Chart.yaml"
OF_CHART = frozenset(("templates", "charts"))
"""What lies beside it: templates, and what the chart depends on."""


class File(NamedTuple):
    """A file of the tree: its real path, its path as messages show it, and its text.

    `places` are the paths by which the tree has it: one, and one more for every symbolic link to it.
    """

    path: str
    name: str
    encoded: Encoded
    places: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.encoded.text


class Worktree(NamedTuple):
    """All files of a root, by their real paths in the order in which they were found, its folders, what could not be
    read, folders included, and by real paths what is odd and left out. `found` is what `find` found once."""

    root: str
    files: dict[str, File]
    folders: set[str]
    unread: dict[str, Failure]
    odd: dict[str, Odd]
    found: dict[tuple[str, str], str]

    def holds(self, path: str) -> bool:
        """Whether a real path lies within."""
        return path == self.root or path.startswith(self.root.rstrip(os.sep) + os.sep)

    def closed(self, paths: Iterable[str]) -> Iterator[Failure]:
        """For real paths that were to be read, what says that a folder around one cannot be listed."""
        tops = tuple(path + os.sep for path in self.unread)
        for path in paths:
            yield from (self.unread[top[:-1]] for top in tops if path.startswith(top))

    def find(self, folder: str, name: str) -> str:
        """The real path that a file in a folder means by a relative one; "" for what is no path or lies elsewhere."""
        path = self.found.get((folder, name))
        if path is None:
            path = self.found[folder, name] = self._find(folder, name)
        return path

    def _find(self, folder: str, name: str) -> str:
        if "://" in name or "\n" in name or "\0" in name:
            return ""
        plain = name.removeprefix("./")
        if "./" in plain or "//" in plain or plain[:1] in ("", "/") or plain[-1] in "./" or folder[-1:] in ("", "/"):
            path = os.path.normpath(os.path.join(folder, name))
        else:
            path = f"{folder}/{plain}"  # as most entries are
        if path in self.files or path in self.folders:
            return path
        real = os.path.realpath(path)  # the system is asked for links and mistakes only
        return real if self.holds(real) else ""

    def text(self, folder: str, name: str) -> str | None:
        """The text of the file that is meant; None where there is none, and where no folder names any."""
        file = self.files.get(self.find(folder, name)) if folder else None
        return None if file is None else file.text


def root_of(path: str) -> str:
    """The Git work tree around a file or folder; outside of one, the folder itself."""
    if not os.path.lexists(path):
        raise failure("there is no such file or folder", Location(file=path))
    real = os.path.realpath(path)
    folder = real if os.path.isdir(real) else os.path.dirname(real)
    return os.path.dirname(nearest(".git", folder)) or folder


def read_tree(
    root: str,
    watch: Callable[[list[str]], Iterable[str]] = iter,
    named: Iterable[str] = (),
    left_out: Callable[[str], bool] = lambda _: False,
) -> Worktree:
    """Read all manifests below a real path; `watch` is shown the paths as they are read.

    `named` are real paths below it that count even where they would be left out. `left_out` says so of the paths of
    files, for whatever reason the user has.
    """
    tree = Worktree(root, {}, set(), {}, {}, {})
    here = os.path.realpath(".")
    ways = _ways(root, named)
    for path in watch([path for path in _paths(tree, ways, here) if path in ways or not left_out(path)]):
        real = os.path.realpath(path) if os.path.islink(path) else path
        known = tree.files.get(real)
        if known is not None:
            tree.files[real] = known._replace(places=(*known.places, path))
        elif tree.holds(real) and _is_file(tree, real, here):
            _read(tree, File(real, shown(real, here), Encoded(""), (path,)))
    return tree


def _is_file(tree: Worktree, path: str, here: str) -> bool:
    """Whether there is a file, which for a link to nowhere it is not; where nobody can say, that is told."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        tree.unread[path] = failure(f"cannot be read: {error.strerror}", Location(file=shown(path, here)))
        return False


def _read(tree: Worktree, file: File) -> None:
    """Take a file with its text; one that is no text concerns nobody, unless it seems to be ours."""
    data = b""
    try:
        data = read_bytes(file.path)
        tree.files[file.path] = file._replace(encoded=decode(data))
    except Failure as error:
        found = odd(file.name, data, error) if data or os.path.getsize(file.path) > MAX_SIZE else None
        if found is None or os.path.basename(file.path) in NAMES:
            tree.unread[file.path] = error.in_file(file.name)
        else:
            tree.odd[file.path] = found


def shown(path: str, here: str) -> str:
    """A real path as messages show it: seen from the working folder, if it lies below that."""
    return path[len(here) + 1 :] if path.startswith(here + os.sep) else os.path.relpath(path, here)


def _ways(root: str, named: Iterable[str]) -> set[str]:
    """The folders that lead to what is named, itself included."""
    found = set()
    for path in named:
        while path != root and path not in found and os.path.dirname(path) != path:
            found.add(path)
            path = os.path.dirname(path)
    return found


def _paths(tree: Worktree, wanted: set[str], here: str) -> Iterator[str]:
    root = tree.root

    def unlisted(error: OSError) -> None:
        path = str(error.filename)
        tree.unread[path] = failure(f"cannot be listed: {error.strerror}", Location(file=shown(path, here)))

    for folder, folders, files in os.walk(root, onerror=unlisted):
        if (deep := too_deep(root, folder)) is not None:
            raise deep
        if folder != root and ".git" in (*folders, *files):
            folders.clear()
            continue
        tree.folders.add(folder)
        of_chart = OF_CHART if CHART_FILE in files else frozenset[str]()
        for each in templates(folder, of_chart.difference(_below(wanted, folder))):
            tree.odd[each] = Odd(shown(each, here), CHART)
        foreign = FOREIGN | of_chart
        folders[:] = sorted(
            each for each in folders if (each[0] != "." and each not in foreign) or os.path.join(folder, each) in wanted
        )
        yield from (
            os.path.join(folder, each)
            for each in sorted(files)
            if each[0] != "." and (each.endswith(SUFFIXES) or each in NAMES)
        )


def _below(wanted: set[str], folder: str) -> Iterator[str]:
    """The names of what is asked for in a folder."""
    return (os.path.basename(path) for path in wanted if os.path.dirname(path) == folder)


def templates(folder: str, names: Iterable[str]) -> Iterator[str]:
    """The files in these folders of a chart."""
    for name in sorted(names):
        for above, folders, files in os.walk(os.path.join(folder, name)):
            folders.sort()
            yield from (os.path.join(above, each) for each in sorted(files) if each.endswith(SUFFIXES))
