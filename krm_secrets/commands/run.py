"""`krm-secrets run`: the function over files and folders, printed."""

from __future__ import annotations

import os
import sys

from krm_secrets.errors import ERROR, Failure, Result, worst
from krm_secrets.krm.annotations import LOCAL_CONFIG
from krm_secrets.krm.files import find, nearest, read_source
from krm_secrets.krm.reading import Input, read_files
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.krm.writing import write as text_of
from krm_secrets.shell import explain, process, tell
from krm_secrets.stdio import write

CONFIG_FILE = "krm-secrets.yaml"

_TOOLS = frozenset(("kustomize.config.k8s.io", "kpt.dev"))


def run(paths: tuple[str, ...], config: str = "", placeholder: bool = False) -> int:
    """Print the result for all objects in the paths; returns the exit code."""
    results: list[Result] = []
    output = ""
    try:
        given = _read(paths, results)
        if not config and not any(item.kind == "SecretsConfig" for item in given.items):
            config = _nearest(paths)
        items = process(given, config, placeholder, results)
        if worst(results) != ERROR:
            output = text_of(given, [item for item in items if item.made or _is_applied(item)])
    except Exception as error:
        results += explain(error)
    tell(results)
    return 1 if worst(results) == ERROR else write(output.encode())


def _nearest(paths: tuple[str, ...]) -> str:
    first = next((path for path in paths if path != "-"), ".")
    return nearest(CONFIG_FILE, first if os.path.isdir(first) else os.path.dirname(first))


def _read(paths: tuple[str, ...], results: list[Result]) -> Input:
    """All sources. Files that cannot be read are reported, each of them, and left out."""
    sources: list[Source] = []
    for path in paths:
        if path == "-":
            from krm_secrets.yamltext.encoding import decode

            sources.append(Source(decode(sys.stdin.buffer.read()).text))
            continue
        for file in find([path]):
            try:
                sources.append(read_source(file))
            except Failure as error:
                results += error.results
    return read_files(sources)


def _is_applied(item: Resource) -> bool:
    """Whether an object is one for the API server, and not for the tools that build."""
    if not item.kind or not item.api_version:
        return False
    return item.api_version.partition("/")[0] not in _TOOLS and item.annotations.get(LOCAL_CONFIG) != "true"
