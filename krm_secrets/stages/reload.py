"""Annotations on the workloads that use the Secrets of this run, so that a changed Secret restarts them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from krm_secrets.errors import Problem
from krm_secrets.krm.kinds import is_external_secret, is_secret
from krm_secrets.krm.resource import Resource, text_at
from krm_secrets.sops.marks import BLOCK
from krm_secrets.stages.context import Context
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.nodes import Mapping, YamlError
from krm_secrets.yamltext.splice import Updates

# What a Secret's name is made of, but for Flux's `${VAR}`.
_WORD = re.compile(r"[-A-Za-z0-9_.]+")


def reload(items: Sequence[Resource], context: Context) -> list[Resource]:
    """Annotate the consumers among the items; what the author set stays."""
    mode = context.config.reload
    known = known_secrets(items) if mode != "off" else frozenset()
    if mode == "off" or not (known or mode == "all"):
        return list(items)
    from krm_secrets.reload.action import KnownSecret, actions, looks_relevant

    secrets = frozenset(KnownSecret(*secret) for secret in known)
    names = frozenset(secret.name for secret in secrets) if mode != "all" else frozenset()
    done = []
    for item in items:
        if not looks_relevant(item.kind, item.api_version) or not _may_name(item, names):
            done.append(item)
            continue
        problems: list[Problem] = []
        try:
            found = actions(item.data, secrets, mode, problems)
            done.append(item.updated(_updates(found)) if found else item)
        except YamlError as error:
            context.report(item.unreadable(error).results[0])
        for problem in problems:
            context.report(item.result(problem))
    return done


def _may_name(item: Resource, names: frozenset[str]) -> bool:
    """Whether the item's text can name one of the Secrets; no names stand for any.

    Reading an object as data costs ten times as much. Templates, escapes and aliases can name a Secret without its
    name being there.
    """
    text = item.slot.source.text[item.node.start : item.node.end]
    if not names or any(sign in text for sign in ("{{", "\\", "*")):
        return True
    return not names.isdisjoint(_WORD.findall(text)) or not all(map(_WORD.fullmatch, names))


def known_secrets(items: Iterable[Resource]) -> frozenset[tuple[str, str]]:
    """Name and namespace of the Secrets that ExternalSecrets among the items make, and of those that SOPS keeps."""
    known = set()
    for item in items:
        if is_external_secret(item):
            spec = item.node.get("spec")
            target = spec.get("target") if type(spec) is Mapping else None
            known.add((text_at(target, "name") or item.ref.name, item.ref.namespace))
        elif is_secret(item) and BLOCK in item.node.entries():
            known.add((item.ref.name, item.ref.namespace))
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
