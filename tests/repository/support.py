"""Trees of files for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from krm_secrets.repository.survey import Survey, survey
from krm_secrets.repository.worktree import read_tree


def lay(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the files, named by their paths below the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def seen(folder: Path, files: Mapping[str, str]) -> Survey:
    """The survey of a tree of these files."""
    return survey(read_tree(str(lay(folder, files).resolve())))


def members(folder: Path, survey: Survey) -> dict[str, dict[str, list[str]]]:
    """By where builds start, their files with the namespaces that they give them, all relative to the folder."""
    base = folder.resolve()
    contents = {path: one.content for path, one in survey.kustomizations.items()}
    return {
        str(Path(build.start).relative_to(base)): {
            str(Path(path).relative_to(base)): sorted(way.namespace for way in each)
            for path, each in build.members.items()
        }
        for build in survey.builds(contents, survey.parsed)
    }
