"""Mappings that a run wrote which was killed before it was done: the next one goes on with them.

Mappings are written first, so that nothing is lost. Run again, the ExternalSecrets are still there, and so is the
mapping that would be written for them: it is not written a second time under another name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress

from krm_secrets._startup.records import QuietTuple
from krm_secrets.krm.annotations import LOCAL_CONFIG
from krm_secrets.migrate.mappings import Mapped
from krm_secrets.migrate.mappingtext import document
from krm_secrets.migrate.targets import USUAL
from krm_secrets.repository.argocd import HOOK, SKIP
from krm_secrets.repository.survey import Survey
from krm_secrets.settings.kinds import SECRET_MAPPING, is_ours
from krm_secrets.yamltext.nodes import YamlError


class _There(QuietTuple):
    """A mapping of a folder: its name, the generated file that it makes, and what else it says."""

    name: str
    output: str
    said: dict[str, object]


class Written:
    """The mappings of a tree by their folders, to be found by what they say."""

    __slots__ = ("_folders",)

    def __init__(self, seen: Survey) -> None:
        self._folders: dict[str, list[_There]] = {}
        for path, one in seen.parsed.items():
            for item in one.items:
                if is_ours(item, SECRET_MAPPING):
                    with suppress(YamlError):  # render says it
                        there = _There(item.ref.name, str(item.data.get("output") or USUAL), _said(item.data))
                        self._folders.setdefault(os.path.dirname(path), []).append(there)

    def name(self, folder: str, mapped: Mapped, output: str) -> str:
        """The name of the mapping that says all this already, or nothing."""
        return next((each.name for each in self._like(folder, mapped) if each.output == output), "")

    def output(self, folder: str, all_mapped: Iterable[Mapped], preferred: Callable[[str], bool]) -> str:
        """The generated file that mappings in the folder make of all these already, or nothing.

        Where there are several, since files for several builds hold the same objects, it is the preferred one.
        """
        outputs: list[str] | None = None
        for mapped in all_mapped:
            here = [each.output for each in self._like(folder, mapped)]
            outputs = here if outputs is None else [each for each in outputs if each in here]
        return min(outputs or [""], key=lambda each: not preferred(each))

    def _like(self, folder: str, mapped: Mapped) -> list[_There]:
        if folder not in self._folders:
            return []
        said = _said(document(mapped.head, [short.part for short in mapped.shorts]))
        return [each for each in self._folders[folder] if each.said == said]


def _said(data: dict[str, object]) -> dict[str, object]:
    """A mapping without its name, its output, and the marks that builds leave it out."""
    metadata = data.get("metadata")
    kept = {key: value for key, value in metadata.items() if key != "name"} if isinstance(metadata, dict) else {}
    annotations = kept.get("annotations")
    if isinstance(annotations, dict) and annotations.items() <= {LOCAL_CONFIG: "true", HOOK: SKIP}.items():
        del kept["annotations"]
    return {**{key: value for key, value in data.items() if key != "output"}, "metadata": kept}
