"""The stores that documents and objects of a run tell about, and what they are called for together."""

from __future__ import annotations

from krm_secrets.errors import WARNING, Result
from krm_secrets.externalsecrets.target import KIND as EXTERNAL_SECRET
from krm_secrets.krm.resource import Resource, text_at
from krm_secrets.stages.context import Context
from krm_secrets.yamltext.nodes import Mapping as Node

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from krm_secrets.settings.config import Config, StoreConfig

_OF_OTHERS = "/"  # which no namespace is called

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


class Known:
    """The configuration as each namespace has it, with the stores that can be used there.

    In a namespace that nobody knows yet all can be. Those without a store of their own share one configuration.
    """

    __slots__ = ("_config", "_configs", "_own", "_shared")

    def __init__(self, config: Config, declared: Declared) -> None:
        self._config = config
        self._configs: dict[str, Config] = {}
        self._shared: dict[str, StoreConfig] = {}
        self._own: dict[str, dict[str, StoreConfig]] = {}
        for (name, namespace), store in declared.items():
            (self._own.setdefault(namespace, {}) if namespace else self._shared)[name] = store

    def config(self, namespace: str) -> Config:
        """The one of a namespace."""
        key = namespace if not namespace or namespace in self._own else _OF_OTHERS
        if key not in self._configs:
            own = self._own.get(namespace, {})
            if not namespace:
                every = (pair for stores in self._own.values() for pair in stores.items())
                own = {name: store for name, store in every if name not in self._shared}
            self._configs[key] = self._config.knowing(self._shared | own)
        return self._configs[key]


def report_calls(objects: Iterable[Mapping[str, object]], declared: Declared, context: Context) -> None:
    """Tell when what was expanded calls Bitwarden Secrets Manager more often than it allows."""
    config = context.config
    if not declared and not any(store.provider for store in config.stores.values()):
        return
    from krm_secrets.externalsecrets.secretsmanager import budget, calls

    known = Known(config, declared)
    found = []
    for data in objects:
        metadata, spec = data.get("metadata"), data.get("spec")
        if data.get("kind") != EXTERNAL_SECRET or not isinstance(metadata, dict) or not isinstance(spec, dict):
            continue
        found.append(calls(spec, known.config(metadata.get("namespace", "")).manages_secrets))
    message = budget(found)
    if message:
        context.report(Result(WARNING, message, rule="call-budget"))
