"""Files that sops encrypted and that are no Kubernetes objects, where objects are expected: what to say of them.

Helm values and talsecret in YAML or JSON, a file of any kind in sops's envelope, env and ini files: nothing here could
make an object of one, and its ciphertext must not go on to a cluster.
"""

from __future__ import annotations

from krm_secrets.errors import Failure, Location, clean, failure
from krm_secrets.krm.resource import Resource
from krm_secrets.sops.files.filetype import Format, by_name
from krm_secrets.sops.marks import BLOCK
from krm_secrets.yamltext.nodes import Mapping, Node

LABELS: dict[Format, str] = {
    "yaml": "a YAML file",
    "json": "a JSON file",
    "dotenv": "a dotenv file",
    "ini": "an ini file",
    "binary": "a binary file",
}

_BOUND = ("mac", "lastmodified")  # what no other tool's mapping called `sops` has


def told(form: Format, file: str = "") -> str:
    """What is wrong and what helps; without a file it came in on standard input."""
    given = "" if file and by_name(file) == form else f" --input-type {form}"
    return (
        f"is {LABELS[form]} that sops encrypted, and no Kubernetes object: `krm-secrets sops decrypt{given}"
        f" {clean(file) or '-'}` prints it, and a SopsGenerator makes a Secret of it"
    )


def refuse_lines(text: str, file: str = "") -> None:
    """Failure for a file of lines, which YAML may take for one long string."""
    form = of_lines(text)
    if form is not None:
        raise refusal(form, file)


def refusal(form: Format, file: str = "") -> Failure:
    """The Failure of a whole file."""
    return failure(told(form, file) if file else f"the input {told(form)}", Location(file=file))


def of_lines(text: str) -> Format | None:
    """The format of a file of lines that sops encrypted: its marks stand at the margin, where no object has them."""
    if "sops_mac=ENC[" in text and f"\n{text}".find("\nsops_mac=ENC[") >= 0:
        return "dotenv"
    if "[sops]" in text and "ENC[" in text and any(row.rstrip() == "[sops]" for row in text.splitlines()):
        return "ini"
    return None


def of_document(item: Resource) -> Format | None:
    """The format of the file that a document without a kind is, where sops encrypted it."""
    if item.kind:
        return None
    node = item.latest().node
    if not is_of_sops(node.get(BLOCK)):
        return None
    if not item.slot.source.text.lstrip().startswith("{"):
        return "yaml"
    return "binary" if set(node.entries()) == {"data", BLOCK} else "json"


def is_of_sops(block: Node | None) -> bool:
    """Whether sops wrote the mapping of its name."""
    return type(block) is Mapping and any(key in block.entries() for key in _BOUND)


def is_only_block(item: Resource) -> bool:
    """Whether sops gave its block to a document of which nothing else is left: one of comments."""
    return set(item.latest().node.entries()) == {BLOCK} and of_document(item) is not None
