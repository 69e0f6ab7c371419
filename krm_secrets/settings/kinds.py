"""Our own kinds, and the one of KSOPS that we read as ours."""

from __future__ import annotations

from krm_secrets.krm.resource import Resource

GROUP = "krm-secrets.dev"
API_VERSION = f"{GROUP}/v1alpha1"

SECRETS_CONFIG, SECRET_MAPPING, SOPS_GENERATOR = "SecretsConfig", "SecretMapping", "SopsGenerator"
BITWARDEN_STORE = "BitwardenStore"
KINDS = (SECRETS_CONFIG, SECRET_MAPPING, SOPS_GENERATOR, BITWARDEN_STORE)
KSOPS_GROUP, KSOPS = "viaduct.ai", "ksops"
KUSTOMIZE_GROUP = "kustomize.config.k8s.io"
KUSTOMIZATION, COMPONENT = "Kustomization", "Component"


def is_ours(item: Resource, kind: str = "") -> bool:
    """An object of our own group, of the kind if one is given."""
    ref = item.ref
    return kind in ("", ref.kind) and ref.api_version.partition("/")[0] == GROUP


def is_generator(item: Resource) -> bool:
    """A SopsGenerator, or KSOPS's own document, which says the same."""
    return is_ours(item, SOPS_GENERATOR) or is_ksops(item)


def is_ksops(item: Resource) -> bool:
    """A generator in KSOPS's words."""
    return item.kind == KSOPS and item.api_version.partition("/")[0] == KSOPS_GROUP


def is_kustomization(item: Resource) -> bool:
    """What a kustomization file holds, and no Kustomization of Flux."""
    return item.kind in (KUSTOMIZATION, COMPONENT) and item.api_version.partition("/")[0] == KUSTOMIZE_GROUP


def describes(item: Resource) -> bool:
    """Whether an object may describe Secrets that exist only in what a build gives."""
    return is_kustomization(item) or is_generator(item)
