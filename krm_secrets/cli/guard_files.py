"""`krm-secrets guard --files`: a last look at files before they are committed.

Only what is certain is an error: it runs before each commit, where a false alarm teaches people to pass it by.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from krm_secrets.check.commit.commit_rules import problems
from krm_secrets.check.commit.committed_files import committed_files
from krm_secrets.check.sops_rulebook import RuleBook
from krm_secrets.check.tree_files import MAX_SIZE
from krm_secrets.errors import ERROR, Location, Result, worst
from krm_secrets.krm import temporary
from krm_secrets.krm.files import read_bytes
from krm_secrets.shell import explain, tell

_LEFT = "was left by a run of krm-secrets that was killed, and may hold plaintext: delete it"


def guard_files(paths: Iterable[str]) -> int:
    """Say what in the files must not be committed; returns the exit code."""
    results: list[Result] = []
    book = RuleBook(os.environ.get("SOPS_CONFIG", ""))
    for file in committed_files(paths, results):
        if temporary.is_left(file):
            results.append(Result(ERROR, _LEFT, Location(file=file)))
            continue
        try:
            results += problems(file, read_bytes(file, MAX_SIZE), book)
        except Exception as error:
            results += (result.in_file(file) for result in explain(error))
    tell(results)
    return 1 if worst(results) == ERROR else 0
