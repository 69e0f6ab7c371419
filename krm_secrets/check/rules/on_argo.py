"""Rules on what Argo CD does with what was decrypted."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.check.finding import HIGH, Hit
from krm_secrets.check.rule import rule
from krm_secrets.errors import ERROR
from krm_secrets.krm.resource import at, text_at
from krm_secrets.repository.argocd import is_argo
from krm_secrets.settings.kinds import GROUP, KSOPS_GROUP
from krm_secrets.yamltext.nodes import Mapping

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject

_OPENERS = ("ksops", "sops", "vault", "avp", "krm-secrets", "secret")


def _application(dry: str) -> str:
    return f"""apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: web, namespace: argocd}}
spec:
  sourceHydrator:
    drySource: {{{dry}}}
    syncSource: {{targetBranch: environments/dev, path: web}}
"""


@rule(
    "hydrator-commits-plaintext",
    severity=ERROR,
    confidence=HIGH,
    security=9.1,
    finds="Argo CD's source hydrator commits what a plugin or a function decrypted.",
    why="""The hydrator writes what it renders into Git: values that sops or a plugin decrypted stand there in
    plaintext. Argo CD's own documentation calls the two incompatible: let External Secrets fetch the values in the
    cluster.""",
    wrong=_application("repoURL: https://github.com/example/web, path: web, plugin: {name: argocd-vault-plugin}"),
    right=_application("repoURL: https://github.com/example/web, path: web, targetRevision: HEAD"),
)
def hydrator_commits_plaintext(subject: Subject) -> Iterator[Hit]:
    for item in subject.objects:
        if not is_argo(item) or not item.slot.source.holds("sourceHydrator"):
            continue
        spec = at(item.node, "spec")
        for base in (("spec",), ("spec", "template", "spec")):
            dry = at(spec, *base[1:], "sourceHydrator", "drySource")
            if type(dry) is not Mapping:
                continue
            path = (*base, "sourceHydrator", "drySource")
            plugin = at(dry, "plugin")
            name = text_at(plugin, "name").lower()
            if plugin is not None and any(word in name for word in _OPENERS):
                yield subject.hit(item, (*path, "plugin"), "commits what this plugin decrypts", key=True)
            elif plugin is None and _decrypts(subject, text_at(dry, "path")):
                message = "commits what a function of this folder's kustomization decrypts"
                yield subject.hit(item, (*path, "path"), message)


def _decrypts(subject: Subject, path: str) -> bool:
    """Whether the kustomization of a folder runs what opens files of sops."""
    if subject.files is None or not path or "{" in path:
        return False
    seen = subject.files.seen
    folder = seen.tree.find(seen.tree.root, path.lstrip("/"))
    if folder not in seen.kustomizations:
        return False
    lists = seen.kustomizations[folder].content.lists
    for entry in (*lists.get("generators", ()), *lists.get("transformers", ())):
        found = seen.tree.find(folder, entry)
        text = seen.tree.files[found].text if found in seen.tree.files else entry
        if GROUP in text or KSOPS_GROUP in text:
            return True
    return False
