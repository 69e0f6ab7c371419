"""Whole SOPS files in the values of a Secret or a ConfigMap, decrypted with the meaning that Flux gives them.

The format of the file is known by its marks, the format it is written in by the suffix of its key. Beyond Flux:
`stringData` is looked at, the MAC must hold, and a binary file keeps its own bytes whatever its key is called.
"""

from __future__ import annotations

from binascii import b2a_base64
from contextlib import contextmanager
from copy import copy

from krm_secrets.errors import field
from krm_secrets.krm.resource import Resource
from krm_secrets.sops.document import Opened
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.file import opened_tree
from krm_secrets.sops.files.filetype import by_key
from krm_secrets.sops.files.formats import STORES, Format, by_mark
from krm_secrets.sops.marks import file_in
from krm_secrets.sops.metadata import parse
from krm_secrets.sops.tree import Tree, check as look
from krm_secrets.stages.context import Context
from krm_secrets.stages.filevalues import ENCODED_SECTIONS, FileValue, values_of
from krm_secrets.stages.generator.objects import encoded
from krm_secrets.stages.strays import OPT_OUT
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.splice import DELETE, Updates

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


DATA, STRING_DATA = "data", "stringData"
_ORDER = (DATA, STRING_DATA, "binaryData")

_MERGE = "<<"


def plain(item: Resource, context: Context) -> Resource:
    """A Secret or ConfigMap that is not encrypted itself, with the files in it decrypted."""
    encode = context.encodes(item)
    sections: dict[str, Updates] = {section: {} for section in _ORDER}
    moved: Updates = {}
    for section, key, value, is_base64 in values_of(item):
        content = file_in(value, is_base64)
        text = value if content is None else _opened(FileValue(section, key, value, is_base64, content), context)
        if section == STRING_DATA and encode:
            moved[key] = emit.quoted(b2a_base64(text.encode(), newline=False).decode())
        elif content is not None:
            sections[section][key] = emit.quoted(text)
    if moved:
        sections[DATA] |= moved
        return item.updated({DATA: sections[DATA], STRING_DATA: DELETE})
    return item.updated({section: updates for section, updates in sections.items() if updates})


def with_files(opened: Opened, context: Context) -> Opened:
    """A decrypted document, with the files in its values decrypted too; itself where there are none, or it is no
    Secret, nor a ConfigMap that may show them.

    The values that its own MAC covers are those of the document that came in.
    """
    kind = next((value for leaf, value in opened.values if leaf.path == ("kind",)), None)
    if kind != "Secret" and not (kind == "ConfigMap" and kind in context.config.decrypt_kinds):
        return opened
    encoded = ENCODED_SECTIONS[kind]
    values = list(opened.values)
    for n, (leaf, value) in enumerate(values):
        section, *between, key = map(str, leaf.path if len(leaf.path) > 1 else ("", ""))
        if section not in encoded or any(part != _MERGE for part in between) or not isinstance(value, str):
            continue
        content = file_in(value, encoded[section])
        if content is None:
            continue
        leaf = copy(leaf)
        leaf.encrypted = True  # a value that is to be replaced
        values[n] = (leaf, _opened(FileValue(section, key, value, encoded[section], content), context))
    return opened._replace(values=values)


def check(held: FileValue) -> None:
    """What shows of a file without a key: whether it can be read, and holds plaintext where its rule wants none."""
    with _placed(held):
        tree, block, _ = _loaded(held.content)
        look(tree, parse(block))


def _opened(held: FileValue, context: Context) -> str:
    """The decrypted file as the section holds it.

    Base64 stays in kustomize's lines where it was, so that a Secret of its generator gets the name that it would have
    with the plaintext.
    """
    with _placed(held):
        plaintext = _decrypted(held.content, held.key, context)
        if not held.encoded:
            return plaintext.decode()
        return encoded(plaintext) if "\n" in held.value.rstrip("\n") else b2a_base64(plaintext, newline=False).decode()


@contextmanager
def _placed(held: FileValue) -> Iterator[None]:
    """What goes wrong with a file, at the place of the value that holds it."""
    place = (held.section, held.key)
    try:
        yield
        return
    except SopsError as error:
        where = f"{field(error.path)}: " if error.path else ""
        raise SopsError(f"holds a SOPS file: {where}{error.message}", place, error.outside) from None
    except UnicodeDecodeError:
        pass
    binary = DATA if held.section == STRING_DATA else "binaryData"
    raise SopsError(f"is no UTF-8 text once decrypted; keep binary values as base64 under {binary}", place)


def _decrypted(content: bytes, key: str, context: Context) -> bytes:
    tree, block, form = _loaded(content)
    mac = context.config.mac
    tree = opened_tree(tree, block, context.unlock, form, "ignore" if mac == "ignore" else "require")
    written = by_key(key)
    if form == "json" and _is_envelope(tree):
        written = "binary"
    elif written == "binary" and not any(map(_is_data, tree[0] if len(tree) == 1 else ())):
        raise SopsError(
            "the suffix of the key says how it is to be written (.yaml, .json, .env, .ini, .dockerconfigjson), and"
            " without one it must be a file that sops encrypted as binary"
        )
    return STORES[written].emit(tree)


def _loaded(content: bytes) -> tuple[Tree, dict[str, object], Format]:
    form = by_mark(content) or "json"  # the mark of JSON without spaces is known to nobody else
    tree, block = STORES[form].load(content)
    if block is None:
        raise SopsError(f"has no sops block; if it only looks like one, annotate the object with {OPT_OUT}: disabled")
    return tree, block, form


def _is_envelope(tree: Tree) -> bool:
    """Whether a JSON file is what sops writes around the bytes of a binary file."""
    return len(tree[0]) == 1 and _is_data(tree[0][0])


def _is_data(entry: tuple[str, object]) -> bool:
    key, value = entry
    return key == "data" and isinstance(value, (str, bytes))
