"""Namespaces in which all that makes a Secret is known, so that one that nothing makes is missing.

Charts, operators and scripts make Secrets that no repository names. A namespace is closed where its releases are all of
app-template, which makes what its values say, and where nothing is of a kind that an operator of somebody turns into
more than it is.
"""

from __future__ import annotations

from krm_secrets.krm.resource import at, group_of, text_at
from krm_secrets.repository.selectors import top_map
from krm_secrets.secrets.uses.app_template import names_app_template

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject
    from krm_secrets.krm.resource import Resource

_PLAIN = frozenset((
    "", "apps", "batch", "autoscaling", "policy", "networking.k8s.io", "rbac.authorization.k8s.io", "storage.k8s.io",
    "discovery.k8s.io", "scheduling.k8s.io", "coordination.k8s.io", "snapshot.storage.k8s.io",
    "gateway.networking.k8s.io", "external-secrets.io", "bitnami.com", "isindir.github.com", "krm-secrets.dev",
    "kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io", "notification.toolkit.fluxcd.io", "viaduct.ai",
    "kustomize.config.k8s.io", "cert-manager.io", "cilium.io", "monitoring.coreos.com", "volsync.backube",
))  # fmt: skip
"""Groups whose objects make no Secret, or none but those that the table of makers knows."""

_RELEASE = "helm.toolkit.fluxcd.io"


def closed(subject: Subject) -> frozenset[str]:
    """The namespaces in which nothing can make a Secret that nobody here sees, and in which something makes one."""
    seen, opened, making = set[str](), set[str](), set[str]()
    for world in subject.built:
        for item in world.build.items:
            place = item.namespace
            if group_of(item.api_version) == _RELEASE:
                place = text_at(at(item.node, "spec"), "targetNamespace") or place
            seen.add(place)
            if not _is_plain(item) or id(item.slot) in world.build.doubtful:
                opened.add(place)
        making.update(where for _, where in world.secrets())
    return frozenset(name for name in (seen & making) - opened if name and "{" not in name)


def _is_plain(item: Resource) -> bool:
    group = group_of(item.api_version)
    if group != _RELEASE:
        return group in _PLAIN
    spec = top_map(item, "spec")
    values = spec.get("values")
    own = names_app_template(spec) and not spec.get("valuesFrom")
    return own and not (isinstance(values, dict) and ("secrets" in values or "rawResources" in values))
