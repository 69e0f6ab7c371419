"""`krm-secrets guard`: the last look before a cluster sees the result."""

from __future__ import annotations

from krm_secrets._startup.stdio import write
from krm_secrets.cli.guard_form import of_form
from krm_secrets.cli.guard_identities import identities
from krm_secrets.errors import ERROR, Path, Problem, Result, failure
from krm_secrets.krm import lastapplied
from krm_secrets.krm.kinds import is_generator, is_ours, is_secret
from krm_secrets.krm.reading import read
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.masked import MASKS
from krm_secrets.shell import explain, tell
from krm_secrets.sops.marks import BLOCK, file_in, is_whole, is_whole_encoded
from krm_secrets.stages import placeholder
from krm_secrets.stages.decrypt import is_left_encrypted
from krm_secrets.yamltext.encoding import decode
from krm_secrets.yamltext.nodes import Mapping, YamlError


def guard(data: bytes, keep: bool = False) -> int:
    """Copy the input, or say what in it must not be applied; returns the exit code.

    With `keep` the input is what Flux decrypts later: Secrets must be encrypted then.
    """
    results: list[Result] = []
    try:
        if not data.strip():
            raise failure("nothing came in on standard input: did the command before the pipe fail?")
        text = decode(data).text
        given = read(text)
        for item in given.items:
            try:
                problems = _problems(item, keep)
                results += map(item.result, [*problems, *(of_form(item) if keep or not problems else ())])
            except YamlError as error:
                results += item.unreadable(error).results
        results += identities(text, given.items, keep)
    except Exception as error:
        results += explain(error)
    if results:
        tell(results)
        return 1
    return write(data)


def _problems(item: Resource, keep: bool) -> list[Problem]:
    if is_ours(item) or is_generator(item):
        return [_problem("was not expanded: run krm-secrets in the build, or leave the object out of it")]
    if is_left_encrypted(item):
        return []
    if placeholder.ANNOTATION in item.annotations:
        return [_problem("holds placeholders: it was built without keys, and is not for a cluster")]
    if keep and not all(is_whole(value) or not value for value in lastapplied.values(item)):
        return [_problem(_COPY, "metadata", "annotations", lastapplied.ANNOTATION)]
    block = item.node.get(BLOCK)
    if type(block) is Mapping and keep:
        return [] if block.get("mac") is not None else [_problem(_NO_MAC, BLOCK)]
    if type(block) is Mapping:
        return [_problem("is still encrypted with sops: no function decrypted it", BLOCK)]
    found: list[Problem] = []
    _scan(item.data, (), is_secret(item), keep, found)
    return found


_NO_MAC = "has no MAC, so that Flux takes the object for a plain one; restore what sops wrote"
_PLAIN = "is plaintext in what is to be stored: encrypt the file with sops, and build with `decrypt: keep`"
_COPY = "repeats the values in plaintext, as kubectl got them from a cluster: remove it where the Secret is kept"
_NOT_BY_FLUX = "holds a SOPS file, which Flux decrypts under data only: move it there, in base64"


def _problem(message: str, *path: str | int) -> Problem:
    return Problem(path, message, ERROR)


def _scan(value: object, path: Path, secret: bool, keep: bool, found: list[Problem]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _scan(item, (*path, key), secret, keep, found)
    elif isinstance(value, list):
        for n, item in enumerate(value):
            _scan(item, (*path, n), secret, keep, found)
    elif isinstance(value, str):
        message = _wrong(value, path[0] if secret and len(path) == 2 else "", keep)
        if message:
            found.append(_problem(message, *path))


def _wrong(value: str, section: str | int, keep: bool) -> str:
    """What is wrong with a value; `section` is where a Secret has it."""
    if is_whole(value) or (section == "data" and is_whole_encoded(value)):
        return "is still ciphertext: no function decrypted it"
    if value.startswith(placeholder.PREFIX) and value.endswith(".."):
        return "is a placeholder: it was built without keys"
    if section not in ("data", "stringData"):
        return ""
    if value.strip() in MASKS:
        return "is masked by flux build, whose output is for reading and not for a cluster"
    if file_in(value, section == "data"):
        if keep:
            return _NOT_BY_FLUX if section == "stringData" else ""
        return "holds a file that is still encrypted with sops"
    return _PLAIN if keep and value else ""
