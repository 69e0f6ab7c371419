"""SOPS-encrypted objects to plain ones, or to placeholders.

Secrets are decrypted; another kind only where the configuration names it, since what stands in a ConfigMap or a custom
object is shown to everybody who may look.
"""

from __future__ import annotations

from collections.abc import Sequence

from krm_secrets.errors import Path, Problem
from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.reading import KPT
from krm_secrets.krm.resource import Resource
from krm_secrets.sops.document import BLOCK, Opened, open_document
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.metadata import parse
from krm_secrets.sops.value import is_whole
from krm_secrets.stages import placeholder, plaintext, verification
from krm_secrets.stages.context import Context
from krm_secrets.yamltext.load import load
from krm_secrets.yamltext.nodes import Mapping, Scalar, YamlError

OPT_OUT = "kustomize.toolkit.fluxcd.io/decrypt"

# Objects that carry a `sops` block on purpose: a controller in the cluster decrypts them.
_DECRYPTED_IN_CLUSTER = frozenset(("SopsSecret",))


def decrypt(items: Sequence[Resource], context: Context) -> list[Resource]:
    """Decrypt every item that is to be decrypted; the others come back as they are."""
    if context.config.decrypt == "keep":
        return list(items)
    done: dict[int, Resource] = {}
    opened: list[tuple[Resource, Opened]] = []
    wanted = []
    for item in items:
        try:
            if _is_wanted(item, context):
                wanted.append(item)
        except SopsError as error:
            context.report(item.result(error.problem))
        except YamlError as error:
            context.report(item.unreadable(error).results[0])
    if wanted and context.host == KPT and context.config.in_place != "allow":
        context.report(wanted[0].result(_in_place(len(wanted), context.config.decrypt)))
        return list(items)
    for item in wanted:
        try:
            if context.config.decrypt == "placeholder":
                done[id(item.slot)] = placeholder.placeholder(item)
                continue
            document = _open(item, context)
            done[id(item.slot)] = plaintext.plain(item, document, context.config.string_data == "encode")
            opened.append((item, document))
        except SopsError as error:
            context.report(item.result(error.problem))
        except YamlError as error:
            context.report(item.unreadable(error).results[0])
    verification.verify(opened, context)
    return [done.get(id(item.slot), item) for item in items]


def _in_place(count: int, decrypt: str) -> Problem:
    others = f" (and {count - 1} more)" if count > 1 else ""
    values = "decrypted values" if decrypt == "sops" else "placeholders"
    return Problem(
        (),
        f"kpt would write the {values} over the encrypted file{others}; set `decrypt: keep`, or"
        " `inPlace: allow` and run kpt with `-o unwrap` so that nothing is written back",
    )


def _is_wanted(item: Resource, context: Context) -> bool:
    """Whether the item is to be decrypted; SopsError where it is encrypted and that must not pass unnoticed."""
    if BLOCK not in item.node.entries():
        if is_secret(item):
            _refuse_stray_ciphertext(item)
        return False
    if is_left_encrypted(item):
        return False
    if is_secret(item) or _hides_its_kind(item):
        return True
    if type(item.node.get(BLOCK)) is not Mapping or item.kind in context.config.decrypt_kinds:
        return item.kind in context.config.decrypt_kinds
    if not _holds_ciphertext({key: value for key, value in item.data.items() if key != BLOCK}):
        return True  # sops gives its block to every document of a file, also where the rule selects nothing
    raise SopsError(
        f"is encrypted with sops, and only Secrets are decrypted; add {item.kind or 'its kind'} to decryptKinds, or"
        f" leave it to Flux with the annotation {OPT_OUT}: disabled",
        (BLOCK,),
    )


def _holds_ciphertext(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_ciphertext, value.values()))
    if isinstance(value, list):
        return any(map(_holds_ciphertext, value))
    return isinstance(value, str) and is_whole(value)


def is_left_encrypted(item: Resource) -> bool:
    """Whether its author wants the object to reach the cluster encrypted."""
    return item.annotations.get(OPT_OUT, "").lower() == "disabled" or item.kind in _DECRYPTED_IN_CLUSTER


def _refuse_stray_ciphertext(item: Resource) -> None:
    for section in ("data", "stringData"):
        values = item.node.get(section)
        if type(values) is not Mapping:
            continue
        for key in values.names():
            value = values.get(key)
            if type(value) is Scalar and is_whole(value.value):
                raise SopsError(
                    "is ciphertext, and the object has no sops block to decrypt it with: a patch or a tool dropped"
                    " the block, or copied the value; take the whole encrypted file",
                    (section, key),
                )


def _open(item: Resource, context: Context) -> Opened:
    block = item.node.get(BLOCK)
    if type(block) is not Mapping:
        raise SopsError("must be the mapping that sops writes", (BLOCK,))
    metadata = parse(load(block))
    aead = context.identities.unlock(metadata)
    places = () if item.slot.source.file else (_is_hosts_place, verification.is_added)
    document = open_document(item.node, metadata, aead, *places)
    if _hides_its_kind(item):
        head = {leaf.path[0]: value for leaf, value in document.values if len(leaf.path) == 1}
        kind = head.get("kind")
        if (kind, head.get("apiVersion")) != ("Secret", "v1") and kind not in context.config.decrypt_kinds:
            raise SopsError("decrypts to another kind than Secret, which decryptKinds does not name", ("kind",))
    return document


def _hides_its_kind(item: Resource) -> bool:
    return is_whole(item.kind) or (item.kind == "Secret" and is_whole(item.api_version))


def _is_hosts_place(path: Path) -> bool:
    """Hosts add annotations, labels and the namespace of the overlay as plain text, whatever the file's rule says."""
    return path[0] == "metadata"
