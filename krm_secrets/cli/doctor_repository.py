"""What doctor looks at in the repository around a path: where editors are led to, and whether its cluster decrypts."""

from __future__ import annotations

import os
from collections.abc import Iterator

from krm_secrets._startup.records import NamedTuple
from krm_secrets.cli.schema import outdated
from krm_secrets.errors import Failure, clean, some
from krm_secrets.migrate.beginning import decrypting
from krm_secrets.repository.schemalines import FOLDER, lines_of
from krm_secrets.repository.survey import Survey, survey
from krm_secrets.repository.worktree import read_tree, root_of, shown
from krm_secrets.secrets.makers import SOPS_KIND
from krm_secrets.settings.kinds import GROUP

_SIGNS = (GROUP, "decryption", SOPS_KIND)
_INSTALL = "krm-secrets schema --install"
_NAMED = 3


class Repository(NamedTuple):
    """What there is to know, and by what the cluster opens encrypted files, "" where nothing says that it does."""

    notes: tuple[str, ...]
    decrypts: str


def look(path: str) -> Repository:
    """Look at the work tree around a path. Who reads its files for something else tells what cannot be read."""
    try:
        root = root_of(path)
        seen = survey(read_tree(root), lambda text: any(sign in text for sign in _SIGNS))
    except Failure:
        return Repository((), "")
    return Repository((*_lines(seen), *_schemas(root)), _decrypts(seen))


def _lines(seen: Survey) -> Iterator[str]:
    here = os.path.realpath(".")
    lost = [
        f"{clean(shown(line.path, here))}:{parsed.source.line_of(line.start)}"
        for path, parsed in seen.parsed.items()
        for line in lines_of(path, parsed)
        if line.schema and not line.leads
    ]
    if lost:
        yield f"{some(lost, _NAMED)}: the $schema line leads nowhere, so that editors show an error: {_INSTALL}"


def _schemas(root: str) -> Iterator[str]:
    if os.path.isdir(os.path.join(root, FOLDER)) and any(outdated(root)):
        yield f"the schemas in {FOLDER} are not those of this version: {_INSTALL}"


def _decrypts(seen: Survey) -> str:
    items = [item for one in seen.parsed.values() for item in one.items]
    if decrypting(items, [one.file.text for one in seen.kustomizations.values()]):
        return "Flux (spec.decryption)"
    return "the operator of SopsSecret" if any(item.kind == SOPS_KIND for item in items) else ""
