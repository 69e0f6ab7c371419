"""The copy of an object that `kubectl apply` keeps in an annotation of it, and `kubectl get -o yaml` hands back.

Of a Secret it repeats the values. Rules like `encrypted_regex: ^(data|stringData)$` pass it by, so that they stay
readable beside the ciphertext.
"""

from __future__ import annotations

import json

from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.resource import Resource

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"


def values(item: Resource) -> Iterator[str]:
    """The values of a Secret that the annotation repeats; none where it is no JSON object."""
    text = item.annotation(ANNOTATION) if is_secret(item) else ""
    try:
        copied = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return
    for section in ("data", "stringData"):
        found = copied.get(section) if isinstance(copied, dict) else None
        for value in found.values() if isinstance(found, dict) else ():
            if isinstance(value, str):
                yield value
