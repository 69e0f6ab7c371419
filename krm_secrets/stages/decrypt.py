"""SOPS-encrypted objects to plain ones, or to placeholders.

Secrets are decrypted; another kind only where the configuration names it, since what stands in a ConfigMap or a custom
object is shown to everybody who may look. Ciphertext that nothing decrypts is an error.
"""

from __future__ import annotations

from krm_secrets.errors import WARNING, Path, Problem, Result, field, some
from krm_secrets.krm.reading import KPT, is_list
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.makers import SOPS_KIND
from krm_secrets.secrets.secret import hides_its_kind, holds_ciphertext, is_config_map, is_secret
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import BLOCK
from krm_secrets.stages import secretform, wholefile
from krm_secrets.stages.context import Context
from krm_secrets.stages.filevalues import files_in
from krm_secrets.stages.strays import OPT_OUT, Hints, strays
from krm_secrets.yamltext.nodes import Mapping, YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_NAMED = 10
"""Secrets that one message names."""

DECRYPTED_IN_CLUSTER = frozenset((SOPS_KIND,))
"""Kinds that carry a `sops` block on purpose: a controller in the cluster decrypts them."""


def decrypt(items: Sequence[Resource], context: Context) -> list[Resource]:
    """Decrypt every item that is to be decrypted; the others come back as they are.

    A document of comments, to which sops gave its block, goes: what is left of it would be an object without a kind.
    """
    kept, hints = context.config.decrypt == "keep", Hints()
    items = _objects(items, context)
    wanted: list[Resource] = []
    plain: list[Resource] = []
    for item in items:
        try:
            if not kept and _is_wanted(item, context):
                wanted.append(item)
                if BLOCK in item.node.entries():
                    continue
            found = _strays(item, context) if hints.allow(item) else []
            context.note(item, *found)
            if is_secret(item) and not found and item not in wanted[-1:]:
                plain.append(item)
        except SopsError as error:
            context.report(item.result(error.problem))
        except YamlError as error:
            context.report(item.unreadable(error).results[0])
    if wanted and context.host == KPT and context.config.in_place != "allow":
        context.report(wanted[0].result(_in_place(len(wanted), context.config.decrypt)))
        return list(items)
    if not wanted:
        _check(plain, context)
        return list(items)
    from krm_secrets.stages.opening import open_all  # cryptography and its friends

    done = open_all(wanted, context)
    _check(plain + done.secrets, context)
    kept_items = (item for item in items if not wholefile.is_only_block(item))
    return [each for item in kept_items for each in done.items.get(id(item.slot), (item,))]


def _objects(items: Sequence[Resource], context: Context) -> Sequence[Resource]:
    """The items without the documents of whole files that sops encrypted, of which each file is one error."""
    files: dict[int, Resource] = {}
    others: list[Resource] = []
    for item in items:
        if item.kind or wholefile.of_document(item) is None or wholefile.is_only_block(item):
            others.append(item)
        else:
            files.setdefault(id(item.slot.source), item)
    for item in files.values():
        form = wholefile.of_document(item)
        assert form is not None
        context.report(wholefile.refusal(form, item.slot.source.file).results[0])
    return others


def _check(secrets: Iterable[Resource], context: Context) -> None:
    """Report what no Secret can hold, and where decryption makes strings of numbers."""
    typed: list[tuple[Resource, list[Path]]] = []
    for item in secrets:
        try:
            found = secretform.held(item)
        except YamlError as error:
            context.report(item.unreadable(error).results[0])
            continue
        context.note(item, *found.problems)
        if found.typed and not is_left_encrypted(item):
            typed.append((item, found.typed))
    if context.config.decrypt == "keep":
        for item, paths in typed:
            context.note(item, *map(secretform.by_flux, paths))
    elif typed:
        context.report(Result(WARNING, _quoted(typed), rule=secretform.TYPED))


def _quoted(typed: list[tuple[Resource, list[Path]]]) -> str:
    """That values were made strings, with the first of them; sops may have changed them before."""
    named = [f"{item.ref} ({', '.join(map(field, paths))})" for item, paths in typed]
    return (
        "numbers, booleans and times were encrypted without quotes, and are quoted now, since a Secret holds strings:"
        f" {some(named, _NAMED)}; sops may have changed them (0644 is 420, 1.10 is 1.1): put quotes"
        " around them with sops edit"
    )


def _strays(item: Resource, context: Context) -> list[Problem]:
    """The ciphertext in an item without a `sops` block that nothing decrypts."""
    if is_left_encrypted(item) or type(item.node.get(BLOCK)) is Mapping:
        return []
    return list(strays(item, context.config.decrypt == "keep", _is_shown(item, context)))


def _is_shown(item: Resource, context: Context) -> bool:
    """Whether the files in the values of a ConfigMap are to be decrypted."""
    return is_config_map(item) and item.kind in context.config.decrypt_kinds


def _in_place(count: int, decrypt: str) -> Problem:
    others = f" (and {count - 1} more)" if count > 1 else ""
    values = "decrypted values" if decrypt == "sops" else "placeholders"
    return Problem(
        (),
        f"kpt would write the {values} over the encrypted file{others}: set `decrypt: keep`, or, where `-o unwrap`"
        " keeps it from writing, `inPlace: allow` (`-o unwrap -- inPlace=allow`; in a Kptfile `configMap: {inPlace:"
        " allow}`)",
    )


def _is_wanted(item: Resource, context: Context) -> bool:
    """Whether the item is to be decrypted; SopsError where it is encrypted and that must not pass unnoticed."""
    if BLOCK not in item.node.entries():
        if is_left_encrypted(item) or not (is_secret(item) or _is_shown(item, context)):
            return False
        moved = item.listed and context.encodes(item) and "stringData" in item.node.names()
        return moved or any(True for _ in files_in(item))
    if is_left_encrypted(item):
        return False
    if is_secret(item) or hides_its_kind(item) or item.listed or is_list(item):
        return True
    if type(item.node.get(BLOCK)) is not Mapping or item.kind in context.config.decrypt_kinds:
        return item.kind in context.config.decrypt_kinds
    if not holds_ciphertext({key: value for key, value in item.data.items() if key != BLOCK}):
        # sops gives its block to every document of a file, also where the rule selects nothing.
        return wholefile.is_of_sops(item.node.get(BLOCK))
    if context.config.decrypt == "placeholder":  # which shows nothing to anybody
        return True
    raise SopsError(
        f"is encrypted with sops, and only Secrets are decrypted; add {item.kind} to decryptKinds,"
        f" set `decrypt: keep` if Flux decrypts it later, or leave it encrypted by the annotation {OPT_OUT}: disabled",
        (BLOCK,),
    )


def is_left_encrypted(item: Resource) -> bool:
    """Whether its author wants the object to reach the cluster encrypted."""
    return item.annotation(OPT_OUT).lower() == "disabled" or item.kind in DECRYPTED_IN_CLUSTER
