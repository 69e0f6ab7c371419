"""Files of any kind: one string in a JSON envelope, which may hold any bytes.

Source: getsops/sops 3.13, `stores/json`, BinaryStore.
"""

from __future__ import annotations

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files.json import load as load
from krm_secrets.sops.tree import Tree
from krm_secrets.yamltext.scalars import Timestamp

_KEY = "data"


def emit(tree: Tree) -> bytes:
    """The string under `data`; SopsError when there is none."""
    if len(tree) != 1:
        raise SopsError("only a file of one document can be written as bytes")
    value = next((value for key, value in tree[0] if key == _KEY), None)
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str) or isinstance(value, Timestamp):
        raise SopsError("must be a string to be written as bytes", (_KEY,))
    return value.encode(errors="surrogateescape")
