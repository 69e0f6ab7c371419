"""A SecretsConfig for a repository as it is: what its ExternalSecrets say, and what else is in it."""

from __future__ import annotations

import re

from krm_secrets._startup.records import NamedTuple
from krm_secrets.externalsecrets.target import KIND as EXTERNAL_SECRET
from krm_secrets.krm.resource import Resource
from krm_secrets.migrate.learning import Learnt, learn
from krm_secrets.migrate.original import search
from krm_secrets.repository.builds import FLUX_GROUP, is_flux
from krm_secrets.secrets.makers import SOPS_KIND
from krm_secrets.secrets.reloader_installation import Installation
from krm_secrets.secrets.secret import is_secret
from krm_secrets.settings.config import SECRETS_MANAGER, STORE_KINDS
from krm_secrets.yamltext.nodes import Mapping, YamlError

RELOADER = "reloader.stakater.com/"

# Where Reloader is installed from, in a HelmRelease, an Application, a kustomization or a Deployment, and how Flux is
# told to decrypt, in a Kustomization or in a patch of one: on lines that are no comments.
_INSTALLED = re.compile(
    r"^[^#\n]*(?:stakater/(?:charts/)?reloader\b|stakater\.github\.io/stakater-charts|\bchart: *[\"']?reloader\b)",
    re.M | re.I,
)
_DECRYPTION = re.compile(r"^[^#\n]*\bdecryption\b", re.M)

_ORDER = (
    "apiVersion", "kind", "metadata", "store", "stores", "route", "refresh", "decrypt", "reload", "reloader",
    "defaults", "items",
)  # fmt: skip
_PROVIDERS = {SECRETS_MANAGER: {"provider": SECRETS_MANAGER}, "webhook": {"fetch": "property"}}


class Seen(NamedTuple):
    """What counts in a repository, by how often it is there.

    `sops` are objects of all kinds that SOPS encrypted, `others` those among them that are no Secrets, and `files` what
    it encrypted and is no object; `decrypting` counts where Flux is told to decrypt.
    """

    external_secrets: int = 0
    stores: int = 0
    sops: int = 0
    others: int = 0
    files: int = 0
    flux: int = 0
    decrypting: int = 0
    argo: int = 0
    annotated: int = 0
    reloader: bool = False

    def __str__(self) -> str:
        words = (
            (self.external_secrets, EXTERNAL_SECRET),
            (self.stores, "store"),
            (self.sops, "object encrypted with SOPS", "objects encrypted with SOPS"),
            (self.files, "other file encrypted with SOPS", "other files encrypted with SOPS"),
            (self.flux, "Flux Kustomization"),
            (self.decrypting, "place where Flux is told to decrypt", "places where Flux is told to decrypt"),
            (self.argo, "Argo CD Application"),
            (self.annotated, "file with Reloader's annotations", "files with Reloader's annotations"),
            (int(self.reloader), "installation of Reloader"),
        )
        told = [f"{n} {one if n == 1 else (many or [f'{one}s'])[0]}" for n, one, *many in words if n]
        return ", ".join(told)


def begin(
    items: list[Resource],
    texts: list[str],
    kustomizations: list[str],
    files: int,
    installed: Installation | None = None,
) -> tuple[Learnt, Seen]:
    """The configuration with a reason for each field, and what it was learnt from.

    `texts` are those of all files, `kustomizations` those of the files that list them, and may patch what they build;
    as many `files` that are no objects are encrypted.
    """
    found = search(items)
    stores = [item for item in items if _is_store(item)]
    encrypted = [item for item in items if _is_encrypted(item)]
    seen = Seen(
        len(found.originals) + len(found.refused) + found.generated,
        len(stores),
        len(encrypted),
        sum(not is_secret(item) for item in encrypted),
        files,
        sum(map(is_flux, items)),
        decrypting(items, kustomizations),
        sum(item.kind == "Application" and item.api_version.startswith("argoproj.io/") for item in items),
        sum(RELOADER in text for text in texts),
        installed is not None or any(_INSTALLED.search(text) for text in (*texts, *kustomizations)),
    )
    learnt = learn([each.reading for each in found.originals])
    document, reasons = dict(learnt.document), dict(learnt.reasons)
    _unused(stores, document, reasons)
    document.setdefault("refresh", "1h")
    reasons.setdefault(("refresh",), "what External Secrets takes by itself")
    document["decrypt"], reasons["decrypt",] = _decrypt(seen)
    document["reload"], reasons["reload",] = _reload(seen)
    if installed is not None and installed.fields:
        document["reloader"] = dict(installed.fields)
        reasons["reloader",] = f"as {installed.file} starts Reloader; what is not here is looked up there anyway"
    document["defaults"], reasons["defaults",] = _defaults(seen)
    return Learnt({key: document[key] for key in _ORDER if key in document}, reasons), seen


def _unused(stores: list[Resource], document: dict[str, object], reasons: dict[tuple[str, ...], str]) -> None:
    """Stores that are there and that no ExternalSecret uses yet; of one that is alone all items come."""
    table = document.get("stores")
    known = dict(table) if isinstance(table, dict) else {}
    for item in sorted(stores, key=lambda item: item.ref.name):
        name = item.ref.name
        if name and name not in known and name != document.get("store"):
            kind = {} if item.kind == STORE_KINDS[0] else {"kind": item.kind}
            known[name] = {**_PROVIDERS.get(_provider(item), {"fetch": "extract"}), **kind}
            reasons["stores", name] = f"of the provider {_provider(item)}; not used yet"
    if known:
        document["stores"] = known
    if "store" not in document and len(known) == 1:
        document["store"] = next(iter(known))
        reasons["store",] = "the only store here"


def _is_store(item: Resource) -> bool:
    return item.kind in STORE_KINDS and item.api_version.partition("/")[0] == "external-secrets.io"


def _provider(item: Resource) -> str:
    try:
        spec = item.node.get("spec")
        provider = spec.get("provider") if type(spec) is Mapping else None
        return next(iter(provider.names()), "") if type(provider) is Mapping else ""
    except YamlError:
        return ""


def _is_encrypted(item: Resource) -> bool:
    """Whether somebody must decrypt it who is told by the configuration; a SopsSecret has a controller of its own."""
    try:
        return type(item.node.get("sops")) is Mapping and item.kind != SOPS_KIND
    except YamlError:
        return False


def decrypting(items: list[Resource], kustomizations: list[str]) -> int:
    """In how many places Flux is told to decrypt: in its Kustomizations, and in what patches them."""
    patches = [text for text in kustomizations if FLUX_GROUP in text or "kind: Kustomization" in text]
    return sum(map(_decrypts, items)) + sum(bool(_DECRYPTION.search(text)) for text in patches)


def _decrypts(item: Resource) -> bool:
    """Whether a Flux Kustomization decrypts, or patches others so that they do."""
    text = item.slot.source.text[item.node.start : item.node.end] if is_flux(item) else ""
    return bool(_DECRYPTION.search(text))


def _decrypt(seen: Seen) -> tuple[str, str]:
    if seen.decrypting:
        return "keep", "Flux decrypts in the cluster, as spec.decryption says; sops would do it in the build"
    encrypted = seen.sops or seen.files
    if encrypted and seen.flux:
        return "keep", "Flux decrypts in the cluster what SOPS encrypted; sops would do it in the build"
    if seen.others:
        return "sops", "no Flux is here that decrypts in the cluster; what is no Secret waits for decryptKinds: [KIND]"
    if encrypted:
        return "sops", "Secrets are encrypted with SOPS, and no Flux is here that would decrypt them in the cluster"
    return "sops", "nothing is encrypted here yet; keep leaves ciphertext for Flux to decrypt in the cluster"


def _reload(seen: Seen) -> tuple[str, str]:
    if seen.annotated:
        return "auto", "Reloader is used: what uses a Secret is restarted when it changes"
    if seen.reloader:
        return "auto", "Reloader is installed: what uses a Secret is restarted when it changes"
    if seen.external_secrets or seen.flux or seen.argo:
        return (
            "off",
            "no Reloader and no annotation of it is here; auto restarts what uses a Secret when it changes",
        )
    return "auto", "with Reloader in the cluster, what uses a Secret is restarted when it changes; off does nothing"


def _defaults(seen: Seen) -> tuple[str, str]:
    if seen.argo:
        return "explicit", "Argo CD would show what the API server adds as a difference"
    return "minimal", "explicit spells out what the API server adds, which Argo CD would show as a difference"
