"""Our program as the tests of this folder run it: objects in, the stream for the API server out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from tests.cluster.harness.api import Object
from tests.hosts.support import PROGRAM, documents, environment, output

OURS = "krm-secrets.dev/v1alpha1"


# What YAML takes only as an escape, and JSON would escape as two halves or not at all.
_SPECIAL = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


def stream(objects: Iterable[Object]) -> bytes:
    """Objects as a YAML stream; JSON is YAML but for some characters, and says of no text that it is something else."""
    return "".join(f"---\n{flow(value)}\n" for value in objects).encode()


def flow(value: object) -> str:
    """One value as YAML in a line."""
    return _SPECIAL.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def expanded(objects: Iterable[Object], *words: str, key: bool = False, guarded: bool = True) -> bytes:
    """What krm-secrets and then its guard print for these objects."""
    result = output(PROGRAM, *words, stdin=stream(objects), env=environment(key))
    return output(PROGRAM, "guard", stdin=result) if guarded else result


def config(store: str = "", **fields: Any) -> Object:
    """A SecretsConfig."""
    given = {"store": store} if store else {}
    return {"apiVersion": OURS, "kind": "SecretsConfig", "metadata": {"name": "config"}, **given, **fields}


def mapping(name: str, namespace: str, secrets: dict[str, Any], **fields: Any) -> Object:
    """A SecretMapping."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": OURS, "kind": "SecretMapping", "metadata": metadata, **fields, "secrets": secrets}


def of_kind(kind: str, result: bytes) -> list[Object]:
    """The objects of one kind in a stream."""
    return [value for value in documents(result) if value["kind"] == kind]
