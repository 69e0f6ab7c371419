"""`krm-secrets sops decrypt`: files to what `sops -d` prints for them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from krm_secrets import keys
from krm_secrets._startup import stdio
from krm_secrets._startup.records import NamedTuple
from krm_secrets._startup.stdio import write
from krm_secrets.cli.progress import watched
from krm_secrets.errors import ERROR, WARNING, Failure, Location, Result, worst
from krm_secrets.krm.atomic import Write, named, tidy, write_all, write_bytes
from krm_secrets.krm.files import read_bytes, read_text
from krm_secrets.krm.folders import nearest
from krm_secrets.shell import explain, standard_input, tell
from krm_secrets.sops.creation import FILE, parse_rules
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.file import MacPolicy, decrypt_file
from krm_secrets.sops.files.formats import Format, by_name
from krm_secrets.sops.identities import Identities
from krm_secrets.sops.recognition import looks_like, mismatch


class Options(NamedTuple):
    """What the user asked for; without `output` and `in_place` the plaintext is printed."""

    output: str = ""
    in_place: bool = False
    input_type: Format | None = None
    output_type: Format | None = None
    ignore_mac: bool = False


def format_of(file: str, options: Options) -> tuple[Format, Format]:
    """The formats of input and output, as sops chooses them."""
    given = options.input_type or by_name(file)
    return given, options.output_type or given


def decrypt(files: tuple[str, ...], options: Options) -> int:
    """Decrypt the files; returns the exit code. Nothing is printed unless all of them could be decrypted."""
    identities = keys.identities(os.environ)
    results: list[Result] = []
    printed: list[bytes] = []
    indents = _indents(results)
    for file in watched(files, "decrypting"):
        try:
            if options.output or options.in_place:
                tidy(options.output or file)
            content = standard_input() if file == "-" else read_bytes(file, stdio.MAX_INPUT)
            data = _plaintext(file, content, options, identities, indents)
            if options.output:
                write_bytes(options.output, data)
            elif options.in_place:
                with named(file) as path:
                    write_all([Write(path, file, data, content, secret=True)])
            else:
                printed.append(data)
        except SopsError as error:
            results.append(Result(ERROR, error.message, Location(path=error.path, file=_shown(file))))
        except Exception as error:
            results += (_in_file(result, file) for result in explain(error))
    tell(results)
    if worst(results) == ERROR:
        return 1
    return write(b"---\n".join(printed)) if printed else 0


def _plaintext(
    file: str, content: bytes, options: Options, identities: Identities, indents: Mapping[str, int]
) -> bytes:
    given, wanted = format_of(file, options)
    policy: MacPolicy = "ignore" if options.ignore_mac else "require"
    try:
        return decrypt_file(content, identities, given, wanted, policy, indents.get(wanted))
    except SopsError:
        said = mismatch(given, content) if options.input_type is None else ""
        if said:
            raise SopsError(f"{said}: give --input-type {looks_like(content)}") from None
        raise


def _indents(results: list[Result]) -> Mapping[str, int]:
    """How far to indent what is printed: sops looks for its configuration from the working folder upwards."""
    config = os.environ.get("SOPS_CONFIG") or nearest(FILE, ".")
    if not config:
        return {}
    try:
        return parse_rules(read_text(config)).indents
    except Failure as error:
        results += (result._replace(severity=WARNING) for result in error.results)
    except SopsError as error:
        results.append(Result(WARNING, f"is ignored: {error.message}", Location(path=error.path, file=config)))
    return {}


def _in_file(result: Result, file: str) -> Result:
    return result if result.location.file else result.in_file(_shown(file))


def _shown(file: str) -> str:
    return "standard input" if file == "-" else file
