"""`krm-secrets init`: a SecretsConfig for a repository, learnt from what is there."""

from __future__ import annotations

import os
import shlex

from krm_secrets.cli.configurations import of_other_names
from krm_secrets.cli.printing import reported
from krm_secrets.cli.progress import watched
from krm_secrets.errors import Location, Result, clean, failure
from krm_secrets.krm.atomic import Write, write_all
from krm_secrets.krm.folders import nearest
from krm_secrets.migrate.beginning import begin
from krm_secrets.migrate.texts import config_text
from krm_secrets.render.settings import CONFIG_FILE, listed
from krm_secrets.repository.oddities import told
from krm_secrets.repository.schemalines import schema_line
from krm_secrets.repository.survey import listing, survey
from krm_secrets.repository.worktree import read_tree
from krm_secrets.secrets.reloader_installation import installation
from krm_secrets.settings.kinds import SECRETS_CONFIG
from krm_secrets.shell import suggest
from krm_secrets.sops.recognition import recognize


def init(folder: str) -> int:
    """Write the file and print what was learnt; returns the exit code."""
    code = reported(lambda results: _begun(folder, results))
    if not code:
        where = shlex.quote(folder)
        suggest(
            f"krm-secrets shorten --write {where}  # ExternalSecrets that are there become mappings",
            f"krm-secrets render {where}  # what mappings make is written beside them",
        )
    return code


def _begun(folder: str, results: list[Result]) -> str:
    if not os.path.isdir(folder):
        raise failure("there is no such folder", Location(file=folder))
    path = os.path.join(folder, CONFIG_FILE)
    there = nearest(CONFIG_FILE, os.path.realpath(folder))
    if there:
        raise failure("is there already and counts for this folder: edit it", Location(file=os.path.relpath(there)))
    seen = survey(read_tree(os.path.realpath(folder), lambda names: watched(names, "reading the repository")))
    results += told(seen.odd(lambda _: True))
    items = [item for one in seen.parsed.values() for item in one.items]
    results += of_other_names(seen, bool, "")
    kustomizations = [one.file.text for one in seen.kustomizations.values()]
    others = [file for path, file in seen.tree.files.items() if path not in seen.parsed]
    encrypted = sum(recognize(file.name, file.text.encode(errors="replace")) is not None for file in others)
    charts = [item for one in seen.kustomizations.values() for item in listing(one.file, one.file.text)]
    texts = [one.source.text for one in seen.parsed.values()]
    learnt, counts = begin(items, texts, kustomizations, encrypted, installation((*items, *charts), listed))
    text = config_text(learnt, schema_line(SECRETS_CONFIG, path))
    write_all([Write(os.path.realpath(path), path, text.encode(), None, 0o644)])
    of_what = f"learnt from {counts}" if str(counts) else "there is nothing here yet to learn from"
    return f"created {clean(path)}: {of_what}\n\n{text}"
