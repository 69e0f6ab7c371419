"""Where Reloader looks, by the flags that it was started with: namespaces, labels and kinds."""

from __future__ import annotations

from krm_secrets.secrets.label_selector import picks
from krm_secrets.settings.restarts import Reloader

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


AT_ONCE: Mapping[str, tuple[str, str, str]] = {
    "CronJob": ("cronjobs", "starts this CronJob at once", "which starts it at once"),
    "Job": ("jobs", "deletes this Job and makes it again", "which deletes it and makes it again"),
}
"""Kinds whose Pods do not run on, what Reloader's flag calls them, and what it does to them."""


def ignores(flags: Reloader, namespace: str, labels: Callable[[str], Mapping[str, object] | None]) -> tuple[str, str]:
    """Why it does not look at a namespace, "" where it does, and on what nobody here knows that depends."""
    who = named(flags)
    if flags.calls_webhook:
        return f"{who} only calls a webhook{by(flags, 'webhook')}", ""
    if "secrets" in flags.resources_ignored:
        return f"{who} looks at no Secrets{by(flags, 'resourcesToIgnore')}", ""
    if flags.namespaces:
        if not namespace or namespace in flags.namespaces:
            return "", ""
        return f"{who} looks only at the namespace{_plural(flags.namespaces)}{by(flags, 'namespaces')}", ""
    if namespace in flags.ignored:
        return f"{who} ignores the namespace {namespace}{by(flags, 'namespacesToIgnore')}", ""
    if asked := flags.namespace_selector:
        known = labels(namespace)
        picked = None if known is None else picks(asked, known)
        if picked is False:
            asked += by(flags, "namespaceSelector")
            return f"the namespace {namespace} has not the labels that {who} looks for: {asked}", ""
        return "", "" if picked else f", if the namespace has the labels {asked}"
    return "", ""


def _plural(names: Collection[str]) -> str:
    return f"{'s' if len(names) > 1 else ''} {', '.join(sorted(names))}"


def named(flags: Reloader) -> str:
    """What to call it: of one that was learnt from the repository there may be another."""
    return "this Reloader" if flags.source else "Reloader"


def by(flags: Reloader, field: str) -> str:
    """Where a flag is known from, if that is not the configuration."""
    return f" (by {flags.source})" if flags.source and field not in flags.given else ""


def leaves_alone(flags: Reloader, kind: str) -> str:
    """Why it leaves a kind alone."""
    if kind in AT_ONCE and AT_ONCE[kind][0] in flags.workloads_ignored:
        return f"{named(flags)} ignores {AT_ONCE[kind][0]}{by(flags, 'ignoredWorkloadTypes')}"
    if kind == "Rollout" and flags.rollouts is False:
        return f"{named(flags)} was started without --is-Argo-Rollouts{by(flags, 'isArgoRollouts')}"
    return ""
