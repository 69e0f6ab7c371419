"""The `sops` block in formats that nest."""

from __future__ import annotations

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import BLOCK
from krm_secrets.sops.tree import Branch, Tree, data
from krm_secrets.sops.value import Comment


def split_metadata(tree: Tree) -> dict[str, object] | None:
    """Take the `sops` blocks out of all branches; the first branch's is what counts."""
    blocks = [value for key, value in tree[0] if is_block(key)] if tree else []
    if len(blocks) > 1:
        raise SopsError("stands twice", (BLOCK,))
    for branch in tree:
        branch[:] = [(key, value) for key, value in branch if not is_block(key)]
    if not blocks:
        return None
    if not isinstance(blocks[0], Branch):
        raise SopsError("must be the mapping that sops writes", (BLOCK,))
    block = data(blocks[0])
    assert isinstance(block, dict)
    return block


def is_block(key: str) -> bool:
    return key == BLOCK and not isinstance(key, Comment)
