"""The Secret that an ExternalSecret makes, whoever wrote it: whose it is, and which keys it gets."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.plain import as_list, as_map, as_text

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal


KIND, CLUSTER_KIND = "ExternalSecret", "ClusterExternalSecret"

JOINING = ("Merge", "CreateOrMerge")
"""The policies under which the Secret may have keys of others."""


class Target(NamedTuple):
    """The Secret that is made."""

    name: str
    joins: bool
    """Whether others may make it too."""


def target(name: object, spec: Mapping[str, object]) -> Target | None:
    """What an ExternalSecret of this name and target makes; None for no Secret. `spec` is that of the target alone."""
    policy = spec.get("creationPolicy")
    made = as_text(spec.get("name")) or as_text(name)
    if not made or policy == "None" or spec.get("manifest") is not None:
        return None
    return Target(made, policy in JOINING)


REFRESH_INTERVAL = "1h0m0s"


def interval(spec: Mapping[str, object]) -> str:
    """After how long it is fetched and rendered again; empty when only a change of the ExternalSecret itself does it.

    A variable that Flux fills in is taken for an interval.
    """
    if spec.get("refreshPolicy") in ("CreatedOnce", "OnChange") or as_map(spec.get("target")).get("immutable") is True:
        return ""
    given = str(spec.get("refreshInterval") or REFRESH_INTERVAL)
    # `0`, `0s` and what is below fetch once.
    return given if any(sign in "123456789$" for sign in given) and not given.startswith("-") else ""


def renewal(spec: Mapping[str, object]) -> Literal["store", "commit", "never"]:
    """What changes the Secret once it is there (pkg/controllers/externalsecret, shouldRefresh): what the store says, a
    change of the ExternalSecret, or neither, as with an interval of 0."""
    if interval(spec):
        return "store"
    is_fixed = as_map(spec.get("target")).get("immutable") is True
    return "commit" if spec.get("refreshPolicy") == "OnChange" and not is_fixed else "never"


def keys(spec: Mapping[str, object]) -> frozenset[str] | None:
    """All keys of the Secret of an ExternalSecret's spec; None where they are not known before they are fetched."""
    found = as_map(spec.get("target"))
    template = as_map(found.get("template"))
    templated = frozenset(as_map(template.get("data")))
    if found.get("creationPolicy") in JOINING or template.get("templateFrom"):
        return None
    if templated and template.get("mergePolicy", "Replace") == "Replace":
        return templated
    if spec.get("dataFrom"):
        return None
    listed = (as_text(as_map(entry).get("secretKey")) for entry in as_list(spec.get("data")))
    return templated | {key for key in listed if key}
