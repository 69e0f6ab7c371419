"""Reloader's decision for one workload and one changed Secret, written from its rules and not from our code.

In this order: the workload's exclusion; the list of names; search; auto. Annotations of the Pod template count only
when the workload has none that decides.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

DECIDING = (
    "secret.reloader.stakater.com/reload",
    "reloader.stakater.com/auto",
    "secret.reloader.stakater.com/auto",
    "reloader.stakater.com/search",
)
TRUE = ("1", "t", "T", "TRUE", "true", "True")


def reloads(
    secret: str,
    used: Collection[str],
    workload: Mapping[str, str],
    pod: Mapping[str, str],
    matched: bool = False,
) -> bool:
    """Whether the workload is rolled; `used` are the Secrets that Reloader sees it use."""
    if secret in [name.strip() for name in workload.get("secrets.exclude.reloader.stakater.com/reload", "").split(",")]:
        return False
    chosen = workload if any(key in workload for key in DECIDING) else pod
    names, auto, typed, search = (chosen.get(key, "") for key in DECIDING)
    if any(re.fullmatch(name.strip(), secret) for name in names.split(",")):
        return True
    if secret not in used:
        return False
    return (search in TRUE and matched) or auto in TRUE or typed in TRUE
