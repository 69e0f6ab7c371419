"""The stores that documents and objects of a run tell about, and what they are called for together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from krm_secrets.errors import WARNING, Result
from krm_secrets.externalsecrets.target import KIND as EXTERNAL_SECRET
from krm_secrets.krm.resource import Resource, text_at
from krm_secrets.stages.context import Context
from krm_secrets.yamltext.nodes import Mapping as Node

if TYPE_CHECKING:
    from krm_secrets.settings.config import Config, StoreConfig

Declared = dict[tuple[str, str], "StoreConfig"]
"""Stores by name and namespace; a ClusterSecretStore has none."""


def store_objects(items: Iterable[Resource]) -> Declared:
    """The stores of Bitwarden Secrets Manager among the items."""
    from krm_secrets.settings.config import SECRETS_MANAGER, STORE_KINDS, StoreConfig

    found: Declared = {}
    for item in items:
        if item.kind not in STORE_KINDS or not item.api_version.startswith("external-secrets.io/"):
            continue
        spec = item.node.get("spec")
        provider = spec.get("provider") if type(spec) is Node else None
        if type(provider) is Node and SECRETS_MANAGER in provider.names():
            namespace = item.namespace if item.kind == "SecretStore" else ""
            found[item.ref.name, namespace] = StoreConfig(kind=item.kind, provider=SECRETS_MANAGER)
    return found


def rotating(items: Iterable[Resource]) -> frozenset[str]:
    """The ClusterGenerators among the items that give another value at every call, whichever cluster has them."""
    from krm_secrets.shorthand.rotation import CLUSTER_GENERATOR, RANDOM

    kinds: dict[str, set[str]] = {}
    for item in items:
        if item.kind == CLUSTER_GENERATOR and item.api_version.startswith("generators.external-secrets.io/"):
            kinds.setdefault(item.ref.name, set()).add(text_at(item.node.get("spec"), "kind"))
    return frozenset(name for name, found in kinds.items() if found.issubset(RANDOM))


def visible(declared: Declared, namespace: str) -> dict[str, StoreConfig]:
    """The stores that can be used in a namespace. In one that nobody knows yet all can be."""
    shared = {name: store for (name, where), store in declared.items() if not where}
    own = {name: store for (name, where), store in declared.items() if where and where == namespace}
    if not namespace:
        own = {name: store for (name, where), store in declared.items() if where and name not in shared}
    return shared | own


def report_calls(objects: Iterable[Mapping[str, object]], declared: Declared, context: Context) -> None:
    """Tell when what was expanded calls Bitwarden Secrets Manager more often than it allows."""
    config = context.config
    if not declared and not any(store.provider for store in config.stores.values()):
        return
    from krm_secrets.bitwarden.secretsmanager import budget, calls

    known: dict[str, Config] = {}
    found = []
    for data in objects:
        metadata, spec = data.get("metadata"), data.get("spec")
        if data.get("kind") != EXTERNAL_SECRET or not isinstance(metadata, dict) or not isinstance(spec, dict):
            continue
        namespace = metadata.get("namespace", "")
        if namespace not in known:
            known[namespace] = config.knowing(visible(declared, namespace))
        found.append(calls(spec, known[namespace].manages_secrets))
    message = budget(found)
    if message:
        context.report(Result(WARNING, message))
