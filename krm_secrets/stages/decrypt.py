"""SOPS-encrypted objects to plain ones, or to placeholders.

Secrets are decrypted; another kind only where the configuration names it, since what stands in a ConfigMap or a custom
object is shown to everybody who may look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from krm_secrets.errors import WARNING, Path, Problem, Result, field
from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.reading import KPT
from krm_secrets.krm.resource import Resource
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import BLOCK, file_in, is_whole
from krm_secrets.stages import secretform
from krm_secrets.stages.context import Context
from krm_secrets.yamltext.nodes import Mapping, Scalar, YamlError

OPT_OUT = "kustomize.toolkit.fluxcd.io/decrypt"

_NAMED = 10
"""Secrets that one message names."""

# Objects that carry a `sops` block on purpose: a controller in the cluster decrypts them.
_DECRYPTED_IN_CLUSTER = frozenset(("SopsSecret",))


def decrypt(items: Sequence[Resource], context: Context) -> list[Resource]:
    """Decrypt every item that is to be decrypted; the others come back as they are."""
    if context.config.decrypt == "keep":
        _check(filter(is_secret, items), context)
        return list(items)
    wanted: list[Resource] = []
    plain: list[Resource] = []
    for item in items:
        try:
            if _is_wanted(item, context):
                wanted.append(item)
            elif is_secret(item):
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
    return [done.items.get(id(item.slot), item) for item in items]


def _check(secrets: Iterable[Resource], context: Context) -> None:
    """Report what no Secret can hold, and where decryption makes strings of numbers."""
    typed: list[tuple[Resource, list[Path]]] = []
    for item in secrets:
        try:
            found = secretform.held(item)
        except YamlError as error:
            context.report(item.unreadable(error).results[0])
            continue
        for problem in found.problems:
            context.report(item.result(problem))
        if found.typed and not is_left_encrypted(item):
            typed.append((item, found.typed))
    if context.config.decrypt == "keep":
        for item, paths in typed:
            for path in paths:
                context.report(item.result(secretform.by_flux(path)))
    elif typed:
        context.report(Result(WARNING, _quoted(typed)))


def _quoted(typed: list[tuple[Resource, list[Path]]]) -> str:
    """That values were made strings, with the first of them; sops may have changed them before."""
    named = [f"{item.ref} ({', '.join(map(field, paths))})" for item, paths in typed]
    others = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return (
        "numbers, booleans and times were encrypted without quotes, and are quoted now, since a Secret holds strings:"
        f" {', '.join(named[:_NAMED])}{others}; sops may have changed them (0644 is 420, 1.10 is 1.1): put quotes"
        " around them with sops edit"
    )


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
            moved = item.listed and context.encodes(item) and "stringData" in item.node.names()
            return not is_left_encrypted(item) and (moved or any(True for _ in files_in(item)))
        return False
    if is_left_encrypted(item):
        return False
    if is_secret(item) or hides_its_kind(item) or item.listed:
        return True
    if type(item.node.get(BLOCK)) is not Mapping or item.kind in context.config.decrypt_kinds:
        return item.kind in context.config.decrypt_kinds
    if not _holds_ciphertext({key: value for key, value in item.data.items() if key != BLOCK}):
        return True  # sops gives its block to every document of a file, also where the rule selects nothing
    raise SopsError(
        f"is encrypted with sops, and only Secrets are decrypted; add {item.kind or 'its kind'} to decryptKinds,"
        f" set `decrypt: keep` if Flux decrypts it later, or leave it encrypted by the annotation {OPT_OUT}: disabled",
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
    return item.annotation(OPT_OUT).lower() == "disabled" or item.kind in _DECRYPTED_IN_CLUSTER


def files_in(secret: Resource) -> Iterator[tuple[str, str, str, bytes]]:
    """The whole SOPS files in the values of a Secret: section, key, the value and the file in it."""
    for section, key, value in values_of(secret):
        content = file_in(value.value, section == "data")
        if content is not None:
            yield section, key, value.value, content


def _refuse_stray_ciphertext(item: Resource) -> None:
    for section, key, value in values_of(item):
        if is_whole(value.value):
            raise SopsError(
                "is ciphertext, and the object has no sops block to decrypt it with: a patch or a tool dropped"
                " the block, or copied the value; take the whole encrypted file",
                (section, key),
            )


def values_of(secret: Resource) -> Iterator[tuple[str, str, Scalar]]:
    """The values of a Secret: section, key and value."""
    for section in ("data", "stringData"):
        values = secret.node.get(section)
        if type(values) is Mapping:
            for key in values.names():
                value = values.get(key)
                if type(value) is Scalar:
                    yield section, key, value


def hides_its_kind(item: Resource) -> bool:
    """Whether only its key can tell that the object is a Secret."""
    return is_whole(item.kind) or (item.kind == "Secret" and is_whole(item.api_version))
