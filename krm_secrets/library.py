"""The program for programs: bytes to bytes, without a process."""

from __future__ import annotations

import os

from krm_secrets import keys
from krm_secrets.errors import ERROR, Failure, Location, Result, failure, worst
from krm_secrets.krm.reading import read
from krm_secrets.krm.sdk import Output
from krm_secrets.krm.writing import write
from krm_secrets.shell import accepted, explain, folded, process
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.file import decrypt_file as decrypted
from krm_secrets.sops.files.formats import STORES, Format, named
from krm_secrets.stages.wholefile import refuse_lines

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Failure", "Location", "Output", "Result", "decrypt_file", "run"]


def run(data: bytes, config: str = "", placeholder: bool = False) -> Output:
    """What `krm-secrets` makes of a ResourceList or a stream of manifests on standard input.

    `config` is the path of a SecretsConfig, as for `-c`; `placeholder` builds without keys. Keys are looked for as sops
    does it, by `os.environ`. Nothing is raised; where `ok` is false nothing of `data` is to be used.
    """
    results: list[Result] = []
    try:
        encoded = accepted(data)
        refuse_lines(encoded.text)
        given = read(encoded.text)
        items = process(given, config, placeholder, results)
        if worst(results) != ERROR:
            results = folded(results)
            text = write(given, items, results if given.takes_results else ())
            return Output(encoded.encode(text), tuple(results), True)
    except Exception as error:
        results += explain(error)
    return Output(b"", tuple(folded(results)), False)


def decrypt_file(data: bytes, form: str, environ: Mapping[str, str] | None = None) -> bytes:
    """The bytes that `sops -d` prints for a whole file: `form` is yaml, json, dotenv, ini or binary.

    Keys are looked for in the environment that is given, and in this process's where none is: `{"SOPS_AGE_KEY": …}` is
    all that is needed. Failure, which holds no value, where the file cannot be decrypted.
    """
    given: Format | None = named(form)
    if given is None:
        raise failure(f"there is no format {form!r}: give one of {', '.join(STORES)}")
    identities = keys.identities(os.environ if environ is None else environ)
    try:
        return decrypted(data, identities, given)
    except SopsError as error:
        raise Failure(Result(ERROR, error.message, Location(path=error.path))) from None
