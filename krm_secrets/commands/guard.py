"""`krm-secrets guard`: the last look before a cluster sees the result."""

from __future__ import annotations

from krm_secrets.errors import ERROR, Path, Problem, Result, failure
from krm_secrets.krm.kinds import is_generator, is_ours, is_secret
from krm_secrets.krm.reading import read
from krm_secrets.krm.resource import Resource
from krm_secrets.shell import explain, tell
from krm_secrets.sops.marks import BLOCK, file_in, is_whole
from krm_secrets.stages import placeholder
from krm_secrets.stages.decrypt import is_left_encrypted
from krm_secrets.stdio import write
from krm_secrets.yamltext.encoding import decode
from krm_secrets.yamltext.nodes import Mapping, YamlError


def guard(data: bytes) -> int:
    """Copy the input, or say what in it must not be applied; returns the exit code."""
    results: list[Result] = []
    try:
        if not data.strip():
            raise failure("nothing came in on standard input: did the command before the pipe fail?")
        given = read(decode(data).text)
        for item in given.items:
            try:
                results += [item.result(problem) for problem in _problems(item)]
            except YamlError as error:
                results += item.unreadable(error).results
    except Exception as error:
        results += explain(error)
    if results:
        tell(results)
        return 1
    return write(data)


def _problems(item: Resource) -> list[Problem]:
    if is_ours(item) or is_generator(item):
        return [Problem((), "was not expanded: run krm-secrets in the build, or leave the object out of it", ERROR)]
    if is_left_encrypted(item):
        return []
    if placeholder.ANNOTATION in item.annotations:
        return [Problem((), "holds placeholders: it was built without keys, and is not for a cluster", ERROR)]
    if type(item.node.get(BLOCK)) is Mapping:
        return [Problem((BLOCK,), "is still encrypted with sops: no function decrypted it", ERROR)]
    found: list[Problem] = []
    _scan(item.data, (), is_secret(item), found)
    return found


def _scan(value: object, path: Path, secret: bool, found: list[Problem]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _scan(item, (*path, key), secret, found)
    elif isinstance(value, list):
        for n, item in enumerate(value):
            _scan(item, (*path, n), secret, found)
    elif isinstance(value, str):
        if is_whole(value):
            found.append(Problem(path, "is still ciphertext: no function decrypted it", ERROR))
        elif value.startswith(placeholder.PREFIX) and value.endswith(".."):
            found.append(Problem(path, "is a placeholder: it was built without keys", ERROR))
        elif secret and len(path) == 2 and path[0] in ("data", "stringData") and file_in(value, path[0] == "data"):
            found.append(Problem(path, "holds a file that is still encrypted with sops", ERROR))
