"""A SecretsConfig for a repository as it is: what its ExternalSecrets say, and what else is in it."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.externalsecrets.target import KIND as EXTERNAL_SECRET
from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.resource import Resource
from krm_secrets.migrate.found import search
from krm_secrets.migrate.learning import Learnt, learn
from krm_secrets.repository.builds import is_flux
from krm_secrets.settings.config import SECRETS_MANAGER, STORE_KINDS
from krm_secrets.yamltext.nodes import Mapping, YamlError

RELOADER = "reloader.stakater.com/"

_ORDER = (
    "apiVersion", "kind", "metadata", "store", "stores", "route", "refresh", "decrypt", "reload", "defaults", "items",
)  # fmt: skip
_PROVIDERS = {SECRETS_MANAGER: {"provider": SECRETS_MANAGER}, "webhook": {"fetch": "property"}}


class Seen(NamedTuple):
    """What counts in a repository, by how often it is there."""

    external_secrets: int = 0
    stores: int = 0
    sops: int = 0
    flux: int = 0
    argo: int = 0
    reloader: int = 0

    def __str__(self) -> str:
        words = (
            (self.external_secrets, EXTERNAL_SECRET),
            (self.stores, "store"),
            (self.sops, "object encrypted with SOPS", "objects encrypted with SOPS"),
            (self.flux, "Flux Kustomization"),
            (self.argo, "Argo CD Application"),
            (self.reloader, "file with Reloader's annotations", "files with Reloader's annotations"),
        )
        told = [f"{n} {one if n == 1 else (many or [f'{one}s'])[0]}" for n, one, *many in words if n]
        return ", ".join(told)


def begin(items: list[Resource], texts: list[str]) -> tuple[Learnt, Seen]:
    """The configuration with a reason for each field, and what it was learnt from."""
    found = search(items)
    stores = [item for item in items if _is_store(item)]
    seen = Seen(
        len(found.originals) + len(found.refused) + found.generated,
        len(stores),
        sum(map(_is_encrypted, items)),
        sum(map(is_flux, items)),
        sum(item.kind == "Application" and item.api_version.startswith("argoproj.io/") for item in items),
        sum(RELOADER in text for text in texts),
    )
    learnt = learn([each.reading for each in found.originals])
    document, reasons = dict(learnt.document), dict(learnt.reasons)
    _unused(stores, document, reasons)
    document.setdefault("refresh", "1h")
    reasons.setdefault(("refresh",), "what External Secrets takes by itself")
    document["decrypt"], reasons["decrypt",] = _decrypt(seen)
    document["reload"], reasons["reload",] = _reload(seen)
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
    return is_secret(item) and type(item.node.get("sops")) is Mapping


def _decrypt(seen: Seen) -> tuple[str, str]:
    if seen.sops and seen.flux:
        return "keep", "Flux decrypts in the cluster what SOPS encrypted; sops would do it in the build"
    if seen.sops:
        return "sops", "Secrets are encrypted with SOPS, and no Flux is here that would decrypt them in the cluster"
    return "sops", "nothing is encrypted here yet; keep leaves ciphertext for Flux to decrypt in the cluster"


def _reload(seen: Seen) -> tuple[str, str]:
    if seen.reloader:
        return "auto", "Reloader is used: what uses a Secret is restarted when it changes"
    if seen.external_secrets or seen.flux or seen.argo:
        return "off", "no annotation of Reloader is here; auto restarts what uses a Secret when it changes"
    return "auto", "with Reloader in the cluster, what uses a Secret is restarted when it changes; off does nothing"


def _defaults(seen: Seen) -> tuple[str, str]:
    if seen.argo:
        return "explicit", "Argo CD would show what the API server adds as a difference"
    return "minimal", "explicit spells out what the API server adds, which Argo CD would show as a difference"
