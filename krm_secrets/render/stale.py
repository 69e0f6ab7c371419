"""Generated files, and the lists of them, that are not as rendering would leave them, for `check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from krm_secrets.check.tree_files import Stale
from krm_secrets.plain import as_map
from krm_secrets.render.expansion import Output
from krm_secrets.render.generated import is_generated
from krm_secrets.repository.survey import Survey
from krm_secrets.yamltext.load import documents


def stale(
    seen: Survey, made: Mapping[str, Output], texts: Mapping[str, str | None], shown: Callable[[str], str]
) -> Iterator[Stale]:
    """What is to change, by real paths, as findings; none where nothing was ever rendered, since the build itself may
    run krm-secrets."""
    if not texts or not any(is_generated(file.text) for file in seen.tree.files.values()):
        return
    for path, text in sorted(texts.items()):
        name = shown(path)
        if path in made:
            there = path in seen.tree.files
            message = f"is not what {name} was generated from" if there else f"is to be generated into {name}"
            yield Stale(name, message, made[path].makers[0])
        elif text is None:
            yield Stale(name, "was generated, and nothing makes it any more")
        else:
            yield Stale(name, "does not list the generated files that it is to list")


def is_as_made(text: str, made: str) -> bool:
    """Whether a file differs from what a mapping means by wiring alone, which comes after and has rules of its own."""
    there = [_unwired(each) for each in documents(text)]
    return bool(there) and there == [_unwired(each) for each in documents(made)]


def _unwired(document: object) -> object:
    data = as_map(document)
    spec = as_map(data.get("spec"))
    target = as_map(spec.get("target"))
    template = {**as_map(target.get("template")), "metadata": None}
    metadata = {**as_map(data.get("metadata")), "annotations": None, "labels": None}
    return {**data, "metadata": metadata, "spec": {**spec, "target": {**target, "template": template}}}
