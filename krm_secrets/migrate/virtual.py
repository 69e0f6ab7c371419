"""The tree as it will be once the mappings are in it, so that rendering can be planned before anything is written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from krm_secrets.errors import Failure
from krm_secrets.krm import kustomization
from krm_secrets.migrate.learning import Learnt
from krm_secrets.migrate.targets import Target
from krm_secrets.migrate.texts import config_text
from krm_secrets.render import generated
from krm_secrets.repository.schemalines import schema_line
from krm_secrets.repository.survey import Survey
from krm_secrets.repository.worktree import File, Worktree, shown
from krm_secrets.settings.kinds import SECRETS_CONFIG
from krm_secrets.yamltext.encoding import Encoded

MAPPING_FILE = "secretmapping.yaml"


def mapping_path(folder: str, tree: Worktree) -> str:
    """The file for the mappings of a folder: a new one, or one that holds mappings already."""
    names = (MAPPING_FILE, *(f"secretmapping-{n}.yaml" for n in range(2, 1000)))
    for path in (os.path.join(folder, name) for name in names):
        file = tree.files.get(path)
        if file is None and not os.path.lexists(path):
            return path
        if file is not None and file.places == (path,) and "SecretMapping" in file.text:
            return path
    raise AssertionError("a folder has no thousand files of mappings")


def changed_texts(
    targets: Iterable[Target], mappings: Mapping[str, str], seen: Survey, learnt: Learnt | None
) -> dict[str, str]:
    """New texts of files by their real paths, before anything is rendered; `mappings` are the texts to be added."""
    texts: dict[str, str] = {}
    for path, text in mappings.items():
        before = seen.tree.files[path].text if path in seen.tree.files else ""
        texts[path] = f"{before.rstrip()}\n---\n{text}" if before.strip() else text
    for target in targets:
        if target.output == target.path:
            # What render takes for its own, and fills.
            texts[target.path] = generated.text([], [MAPPING_FILE])
            continue
        texts[target.path] = target.rest
        for folder in target.lists:
            file = seen.kustomizations[folder].file
            entry = os.path.relpath(target.output, folder)
            try:
                texts[file.path] = kustomization.add(texts.get(file.path, file.text), entry)
            except Failure as error:
                raise Failure(
                    *(r._replace(location=r.location._replace(file=file.name)) for r in error.results)
                ) from None
    if learnt is not None:
        texts[learnt.path] = config_text(learnt, schema_line(SECRETS_CONFIG, learnt.path))
    return texts


def virtual(tree: Worktree, texts: Mapping[str, str]) -> Worktree:
    """The tree with these texts."""
    here = os.path.realpath(".")
    files = dict(tree.files)
    for path, text in texts.items():
        old = files.get(path)
        encoded = Encoded(text) if old is None else old.encoded._replace(text=text)
        files[path] = File(path, shown(path, here), encoded, (path,) if old is None else old.places)
    return tree._replace(files=dict(sorted(files.items())))
