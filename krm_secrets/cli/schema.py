"""`krm-secrets schema`: what editors want to know of a kind, printed, or put where they find it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from krm_secrets._startup.stdio import write
from krm_secrets.errors import ERROR, Result, clean, did_you_mean
from krm_secrets.settings.kinds import KINDS
from krm_secrets.settings.schema_files import kinds, read
from krm_secrets.shell import tell

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.krm.atomic import Write
    from krm_secrets.repository.survey import Parsed


def schema(kind: str) -> int:
    """Print the schema of the kind, or the kinds; returns the exit code."""
    if not kind:
        return write("".join(f"{name}\n" for name in kinds()).encode())
    if kind not in kinds():
        hint = did_you_mean(kind, kinds())
        tell([Result(ERROR, f"there is no kind {clean(kind)} (kinds: {', '.join(kinds())}){hint}")])
        return 1
    return write(read(kind))


def install(path: str) -> int:
    """Put the schemas into the repository around a path, and a line that leads there into each document of ours that
    has none, or one that leads nowhere; returns the exit code."""
    from krm_secrets.cli.printing import reported, told_writes
    from krm_secrets.krm.atomic import write_all
    from krm_secrets.repository.schemalines import FOLDER
    from krm_secrets.repository.worktree import root_of

    def work(_: list[Result]) -> str:
        root = root_of(path)
        writes = [*_schemas(root), *_lines(root)]
        os.makedirs(os.path.join(root, FOLDER), exist_ok=True)
        write_all(writes)
        return told_writes(writes) or "all is up to date\n"

    return reported(work)


def _schemas(root: str) -> Iterator[Write]:
    """The schemas that are not there as this version has them."""
    from krm_secrets.krm.atomic import Write
    from krm_secrets.repository.worktree import shown

    for path, new, before in outdated(root):
        yield Write(path, shown(path, os.path.realpath(".")), new, before, 0o644)


def outdated(root: str) -> Iterator[tuple[str, bytes, bytes | None]]:
    """The schemas that a work tree has not, or not as this version has them: path, what it should and does hold."""
    from krm_secrets.krm.files import read_bytes
    from krm_secrets.repository.schemalines import FOLDER

    for kind in sorted(KINDS):
        path = os.path.join(root, FOLDER, f"{kind}.json")
        before = read_bytes(path) if os.path.lexists(path) else None
        if before != (new := read(kind)):
            yield path, new, before


def _lines(root: str) -> Iterator[Write]:
    """The files that get lines."""
    from krm_secrets.cli.progress import watched
    from krm_secrets.krm.atomic import EDITED, Write
    from krm_secrets.repository.survey import survey
    from krm_secrets.repository.worktree import read_tree
    from krm_secrets.settings.kinds import GROUP

    tree = read_tree(root, lambda names: watched(names, "reading the repository"))
    for path, parsed in survey(tree, lambda text: GROUP in text).parsed.items():
        encoded, after = parsed.file.encoded, _with_lines(root, path, parsed)
        if after != encoded.text:
            before = encoded.encode(encoded.text)
            yield Write(path, parsed.file.name, encoded.encode(after), before, step=EDITED)


def _with_lines(root: str, path: str, parsed: Parsed) -> str:
    from krm_secrets.repository.schemalines import FOLDER, lines_of, written
    from krm_secrets.yamltext.lines import newline_of

    text = parsed.source.text
    for line in sorted(lines_of(path, parsed), key=lambda line: -line.start):
        if (line.schema and line.leads) or line.kind not in KINDS:
            continue
        new = written(os.path.join(root, FOLDER, f"{line.kind}.json"), path)
        new = new.rstrip("\n") if line.end > line.start else new.replace("\n", newline_of(text))
        text = text[: line.start] + new + text[line.end :]
    return text
