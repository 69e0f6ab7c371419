"""Rules on what kustomizations list: files that are not there, and Secrets that are in no build."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from krm_secrets.check.finding import HIGH, LOW, MEDIUM, Hit
from krm_secrets.check.flux_paths import flux_builds
from krm_secrets.check.rule import rule
from krm_secrets.errors import ERROR, INFO, WARNING, clean
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.repository.dangling import dangling
from krm_secrets.repository.gitignore import Ignored
from krm_secrets.secrets.makers.table import makers
from krm_secrets.secrets.secret import is_secret
from krm_secrets.sops.marks import BLOCK
from krm_secrets.yamltext.nodes import Mapping, Scalar, Sequence, YamlError, resolved

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject

_CONFIG = "# file: app.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"


@rule(
    "listed-file-missing",
    severity=WARNING,
    confidence=HIGH,
    finds="A kustomization lists a file or folder that is not there.",
    why="""kustomize fails, and with it the whole build: nothing of it is applied any more. Where Flux builds it, this
    is an error; elsewhere another program may put the file there first, and what Git ignores is one that somebody
    has.""",
    wrong="# file: kustomization.yaml\nresources: [app.yaml, rbac.yaml]\n" + _CONFIG,
    right="# file: kustomization.yaml\nresources: [app.yaml]\n" + _CONFIG,
    files=True,
)
def listed_file_missing(subject: Subject) -> Iterator[Hit]:
    files = subject.files
    if files is None:
        return
    seen = files.seen
    known = seen.parsed.keys() | seen.tree.files.keys() | seen.tree.folders
    ignored = Ignored(seen.tree.root)
    by_flux = {folder for flux in subject.once(flux_builds) for folder in flux.build.folders}
    for folder, one in seen.kustomizations.items():
        source: Source | None = None
        for field, entries in one.content.lists.items():
            for entry in entries:
                only = one.content._replace(lists={field: (entry,)})
                missing = any(True for _ in dangling(folder, one, only, known))
                if not missing or ignored.hides(os.path.normpath(os.path.join(folder, entry))):
                    continue
                source = source or Source(one.file.text, one.file.name)
                start, end = _place(source, field, entry)
                message = f'lists "{clean(entry)}", which is not there, so that kustomize fails'
                hit = subject.hit_in(source, start, end, message, hint="restore it, or take the entry out", other=entry)
                if folder in by_flux:
                    hit = hit._replace(severity=ERROR)
                elif _BY_HAND & set(folder.split(os.sep)):
                    hit = hit._replace(confidence=LOW)
                yield hit


def _place(source: Source, field: str, entry: str) -> tuple[int, int]:
    for document in source.documents:
        root = document.root
        listed = root.get(field) if type(root) is Mapping else None
        for each in listed.items if type(listed) is Sequence else ():
            if type(node := resolved(each)) is Scalar and node.value == entry:
                return each.start, each.end
    return 0, 1


_SEALED = """# file: app/app.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
# file: app/secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: PASSWORD, remoteRef: {key: db}}]
"""


@rule(
    "not-in-any-build",
    severity=WARNING,
    confidence=MEDIUM,
    finds="A file with a Secret stands beside a kustomization that does not list it.",
    why="""Nothing applies it: a new file was forgotten in the list. One whose name the kustomization has in a comment
    was switched off on purpose, and is a notice; so is what any other file of the repository names. A Secret may be one
    that people apply by hand: it is told with --pedantic.""",
    mends="Nothing: to list a file applies it, which nobody may have wanted.",
    wrong="# file: app/kustomization.yaml\nresources: [app.yaml]\n"
    + _CONFIG.replace("app.yaml", "app/app.yaml")
    + _SEALED,
    right="# file: app/kustomization.yaml\nresources: [app.yaml, secret.yaml]\n"
    + _CONFIG.replace("app.yaml", "app/app.yaml")
    + _SEALED,
    files=True,
)
def not_in_any_build(subject: Subject) -> Iterator[Hit]:
    files = subject.files
    if files is None:
        return
    seen = files.seen
    taken = {path for build in files.builds for path in build.members} | files.touched.patches | seen.configurations()
    first: dict[str, Resource] = {}
    for item in subject.objects:
        path = files.path(item)
        if path not in taken and os.path.dirname(path) in seen.kustomizations and _makes_secrets(item):
            first.setdefault(path, item)
    for path, item in first.items():
        folder, name = os.path.split(path)
        one = seen.kustomizations[folder]
        if one.file.path == path or any(name in part for part in _named(one.file.text)):
            continue
        within = os.path.relpath(path, seen.tree.root)
        mentioned = name in one.file.text or any(
            within in file.text or (name in file.text and each != path and os.path.dirname(each) == folder)
            for each, file in seen.tree.files.items()
        )
        message = f"is in no build: {clean(one.file.name)} does not list this file"
        # A Secret may be one that people or a bootstrap apply by hand.
        guess = is_secret(item) or bool(_BY_HAND & set(re.split(r"[^a-z]+", within)))
        hit = subject.hit(item, (), message, hint="list it, or delete it", severity=INFO if mentioned else None)
        yield hit._replace(confidence=LOW) if guess else hit


_BY_HAND = {"bootstrap", "examples", "example", "samples", "sample", "hack", "templates", "template"}
"""Words in the names of folders and files that people apply themselves."""


def _makes_secrets(item: Resource) -> bool:
    try:
        if not item.kind:  # values of a chart, or what a generator makes a Secret of
            return False
        return (bool(makers(item)) and item.kind not in ("HelmRelease", "Deployment")) or BLOCK in item.node.entries()
    except YamlError:
        return False


def _named(text: str) -> list[str]:
    """The lines of a kustomization that are no comments: what a generator or a patch of it names is in use."""
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]
