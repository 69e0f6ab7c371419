"""What is asked of a Secret as it stands there, in plain text or with a mask in place of its values."""

from __future__ import annotations

from krm_secrets.krm.resource import Resource
from krm_secrets.plain import as_map, leaves
from krm_secrets.sops.marks import is_whole
from krm_secrets.yamltext.nodes import Mapping, Scalar

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


MASKS = frozenset(("**SOPS**", '{"mask":"**SOPS**"}', "KipTT1BTKio=", "eyJtYXNrIjoiKipTT1BTKioifQ=="))
"""What `flux build` and `flux diff` put in place of a value, and of a Docker configuration, plain and in base64 (flux2,
internal/build)."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""The copy of an object that `kubectl apply` keeps in an annotation of it, and `kubectl get -o yaml` hands back.

Of a Secret it repeats the values. Rules like `encrypted_regex: ^(data|stringData)$` pass it by, so that they stay
readable beside the ciphertext.
"""


def is_secret(item: Resource) -> bool:
    """A core Secret."""
    ref = item.ref
    return ref.kind == "Secret" and ref.api_version == "v1"


def is_config_map(item: Resource) -> bool:
    """A core ConfigMap."""
    ref = item.ref
    return ref.kind == "ConfigMap" and ref.api_version == "v1"


def is_masked(item: Resource) -> bool:
    """Whether the item is a Secret whose values are masked: one of SOPS without its `sops` block."""
    return is_secret(item) and any(_holds_mask(item.node.get(section)) for section in ("data", "stringData"))


def _holds_mask(values: object) -> bool:
    if type(values) is not Mapping:
        return False
    found = (values.get(key) for key in values.names())
    return any(type(value) is Scalar and value.value.strip() in MASKS for value in found)


def last_applied_values(item: Resource) -> Iterator[str]:
    """The values of a Secret that the annotation repeats; none where it is no JSON object."""
    text = item.annotation(LAST_APPLIED) if is_secret(item) else ""
    if not text:
        return
    import json  # few Secrets have the annotation

    try:
        copied = json.loads(text)
    except (ValueError, RecursionError):
        return
    for section in ("data", "stringData"):
        yield from (value for value in as_map(as_map(copied).get(section)).values() if isinstance(value, str))


def hides_its_kind(item: Resource) -> bool:
    """Whether only its key can tell that the object is a Secret."""
    return is_whole(item.kind) or (item.kind == "Secret" and is_whole(item.api_version))


def holds_ciphertext(value: object) -> bool:
    """Whether any value of plain data is one of sops."""
    return any(isinstance(leaf, str) and is_whole(leaf) for _, leaf in leaves(value))
