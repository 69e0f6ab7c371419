"""What nothing restarts, and why: said once an object uses a Secret that is known here."""

from __future__ import annotations

from collections.abc import Collection

from krm_secrets.errors import INFO, Problem, clean
from krm_secrets.plain import as_text
from krm_secrets.secrets import regex_list, reloader
from krm_secrets.secrets.action import KnownSecret, is_known
from krm_secrets.secrets.uses.finder import Found
from krm_secrets.secrets.uses.reference import Reference, Workload, find
from krm_secrets.secrets.uses.workloads import is_stuck
from krm_secrets.settings.restarts import Keys, Policy


def notices(found: Found, secrets: Collection[KnownSecret], policy: Policy) -> list[Problem]:
    """A notice for each place where a known Secret is used and a change of it would not be noticed."""
    stuck = is_stuck(found.kind, as_text(found.obj.get("apiVersion")))
    told = []
    for workload in found.workloads:
        for ref in (ref for group in workload.references for ref in group):
            text = _text(workload, ref, stuck, policy.reloader.keys)
            if text and is_known(ref.name, workload.namespace, secrets):
                told.append(Problem(ref.path, text.format(clean(ref.name)), INFO))
    return told


def _text(workload: Workload, ref: Reference, stuck: bool, keys: Keys) -> str:
    if not ref.restart:
        unread = "volumes" in ref.path
        return 'no container mounts this volume, so that no Pod reads the Secret "{}" here' if unread else ""
    if stuck:
        return 'nothing restarts this when the Secret "{}" changes: Reloader does not know the kind'
    if ref.frozen and _refused(workload, ref, keys):
        return (
            "a file mounted with subPath never changes in a running Pod, and by the annotations here nothing restarts "
            'it when the Secret "{}" changes'
        )
    return ""


def _refused(workload: Workload, ref: Reference, keys: Keys) -> bool:
    """Whether the author decided that the Secret restarts nothing here."""
    if ref.name in reloader.excluded(workload):
        return True
    layers = reloader.chosen(workload, keys)
    if not layers:
        return False
    if any(value and reloader.is_true(value[1]) for value in (find(layers, key) for key in keys.choices[1:])):
        return False
    listed = find(layers, keys.named)
    return listed is None or not regex_list.parse(reloader.text_of(listed[1])).matches(ref.name)
