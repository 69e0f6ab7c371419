"""Open a SOPS file below Kubernetes: text to plain trees."""

from __future__ import annotations

from typing import Any

from krm_secrets.sops.document import Opened, open_document
from krm_secrets.sops.identities import Identities, KeySource
from krm_secrets.sops.marks import BLOCK
from krm_secrets.sops.metadata import parse
from krm_secrets.sops.value import Comment
from krm_secrets.yamltext.encoding import decode
from krm_secrets.yamltext.load import load, parse as parse_yaml
from krm_secrets.yamltext.nodes import Mapping, Node, Scalar, Sequence, resolved

SKIP = object()


def identities(*keys: str) -> Identities:
    return Identities([KeySource("the test", lambda _: "\n".join(keys))])


def open_file(data: bytes, *keys: str) -> list[Opened]:
    """All documents of a file, with the metadata of the first, as sops reads them."""
    roots = [document.root for document in parse_yaml(decode(data).text)]
    assert all(type(root) is Mapping for root in roots)
    block = roots[0].get(BLOCK)  # type: ignore[attr-defined]
    assert block is not None
    metadata = parse(load(block))
    aead = identities(*keys).unlock(metadata)
    return [open_document(root, metadata, aead) for root in roots]  # type: ignore[arg-type]


def tree(document: Opened) -> dict[str, Any]:
    """The document with its values in place, without comments and `sops` block; `<<` is a key like any other."""
    values = iter(document.values)

    def of(node: Node) -> Any:
        node = resolved(node)
        if type(node) is Mapping:
            return {_text(key): of(value) for key, value in node.pairs()}
        if type(node) is Sequence:
            return [value for value in map(of, node.items) if value is not SKIP]
        value = next(values)[1]
        return SKIP if isinstance(value, Comment) else value

    result = {_text(key): of(value) for key, value in document.root.pairs() if _text(key) != BLOCK}
    assert next(values, None) is None
    return result


def _text(key: Node) -> str:
    key = resolved(key)
    assert type(key) is Scalar
    return key.value
