"""Annotations on the workloads that use the Secrets of this run, so that a changed Secret restarts them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from krm_secrets.errors import Problem
from krm_secrets.krm.kinds import is_external_secret, is_secret
from krm_secrets.krm.resource import Resource, text_at
from krm_secrets.reload.action import KnownSecret, actions, looks_relevant
from krm_secrets.sops.document import BLOCK
from krm_secrets.stages.context import Context
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.nodes import Mapping, YamlError
from krm_secrets.yamltext.splice import Updates


def reload(items: Sequence[Resource], context: Context) -> list[Resource]:
    """Annotate the consumers among the items; what the author set stays."""
    mode = context.config.reload
    known = known_secrets(items) if mode != "off" else frozenset()
    if mode == "off" or not (known or mode == "all"):
        return list(items)
    done = []
    for item in items:
        if not looks_relevant(item.kind, item.api_version):
            done.append(item)
            continue
        problems: list[Problem] = []
        try:
            found = actions(item.data, known, mode, problems)
            done.append(item.updated(_updates(found)) if found else item)
        except YamlError as error:
            context.report(item.unreadable(error).results[0])
        for problem in problems:
            context.report(item.result(problem))
    return done


def known_secrets(items: Iterable[Resource]) -> frozenset[KnownSecret]:
    """The Secrets that ExternalSecrets among the items make, and those that SOPS keeps."""
    known = set()
    for item in items:
        if is_external_secret(item):
            spec = item.node.get("spec")
            target = spec.get("target") if type(spec) is Mapping else None
            known.add(KnownSecret(text_at(target, "name") or item.ref.name, item.ref.namespace))
        elif is_secret(item) and BLOCK in item.node.entries():
            known.add(KnownSecret(item.ref.name, item.ref.namespace))
    return frozenset(known)


def _updates(found: Iterable[tuple[tuple[str | int, ...], str, str]]) -> Updates:
    updates: Updates = {}
    for path, key, value in found:
        at = updates
        for part in path:
            inner = at.setdefault(part, {})
            assert isinstance(inner, dict)
            at = inner
        at[key] = emit.quoted(value)
    return updates
