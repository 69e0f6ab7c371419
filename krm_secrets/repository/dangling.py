"""Entries of kustomizations for which nothing is there, so that kustomize cannot build them."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterator

from krm_secrets.errors import WARNING, Location, Result, clean
from krm_secrets.krm import kustomization
from krm_secrets.krm.kustomization import Kustomization
from krm_secrets.repository.survey import Listed

# An address of another repository, or what a transformer is to do, written out in the list.
_ELSEWHERE = re.compile(r"[\n@?{]|://|::|: |:$|\A[^/]*[^./][^/]*\.[^/]*/|//")


def dangling(folder: str, one: Listed, content: Kustomization, known: Container[str]) -> Iterator[Result]:
    """A warning for each entry of the kustomization that names no file or folder; `known` are paths that will be there.

    It is no error: another program may put a file there before kustomize runs.
    """
    for field, entries in content.lists.items():
        for entry in dict.fromkeys(entries):
            if not entry or _ELSEWHERE.search(entry):
                continue
            path = os.path.normpath(os.path.join(folder, entry))
            if path in known or os.path.exists(path):
                continue
            line = kustomization.line_of_entry(one.file.text, entry, field)
            message = (
                f"lists {clean(entry)}, which is not there, and kustomize fails: restore it, or take the entry out"
            )
            yield Result(WARNING, message, Location(file=one.file.name, line=line), "listed-file-missing")
