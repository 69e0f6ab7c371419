"""dotenv files as sops reads them: `key=value` to the letter, `#` comments, `\\n` for a line break; no quotes.

Source: getsops/sops 3.13, `stores/dotenv`.
"""

from __future__ import annotations

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files.flat import unflatten
from krm_secrets.sops.files.gotext import plain_text
from krm_secrets.sops.tree import Branch, Tree, text_of
from krm_secrets.sops.value import Comment

_PREFIX = "sops_"


def load(data: bytes) -> tuple[Tree, dict[str, object] | None]:
    """The tree and metadata of a dotenv file; SopsError for a line that has no `=`."""
    branch, block = Branch(), Branch()
    numbers: list[int] = []  # of the block's lines
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line:
            continue
        if line.startswith(b"#"):
            branch.append((Comment(line[1:].decode(errors="surrogateescape")), None))
            continue
        name, found, value = line.partition(b"=")
        if not found:
            raise SopsError(f"line {number}: not of the form NAME=VALUE")
        key = name.decode(errors="surrogateescape")
        item = text_of(value.replace(b"\\n", b"\n"))
        if key.startswith(_PREFIX):
            if line.endswith(b"\r"):
                raise SopsError("the lines end in CRLF, which sops refuses in a dotenv file; save it with LF")
            block.append((key.removeprefix(_PREFIX), item))
            numbers.append(number)
        else:
            branch.append((key, item))
    return [branch], unflatten(block, numbers) if block else None


def emit(tree: Tree) -> bytes:
    """The first branch as dotenv; SopsError when it is nested."""
    lines = []
    for key, value in tree[0]:
        name = key.encode(errors="surrogateescape")
        if isinstance(key, Comment):
            lines.append(b"#" + name + b"\n")
            continue
        if isinstance(value, list):
            raise SopsError("is a list or a mapping, which a dotenv file cannot hold", (key,))
        text = plain_text(value)
        lines.append(name + b"=" + (text.replace(b"\n", b"\\n") if isinstance(value, (str, bytes)) else text) + b"\n")
    return b"".join(lines)
