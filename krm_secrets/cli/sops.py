"""`krm-secrets sops`: what its commands take on the command line."""

from __future__ import annotations

from typing import cast

import click

from krm_secrets.cli.manual import PATH, Chapter

TYPE_CHECKING = False


if TYPE_CHECKING:
    from krm_secrets.sops.files.formats import Format

FORMATS = ("yaml", "json", "dotenv", "ini", "binary")


@click.group(
    "sops",
    cls=Chapter,
    for_files="decrypt",
    short_help="Decrypt and inspect the files of SOPS.",
    examples=("krm-secrets sops decrypt age.sops.yaml", "krm-secrets sops inspect kubernetes/"),
    codes={0: "done", 1: "a file failed"},
)
def sops() -> None:
    """Work on whole files that SOPS encrypted with age keys, of every format: YAML, JSON, dotenv, ini, binary.

    Files are never encrypted here.
    """


@sops.command(
    "decrypt",
    short_help="Print or write what sops -d prints.",
    examples=(
        "krm-secrets sops decrypt secret.sops.yaml | kubectl apply -f -",
        "krm-secrets sops decrypt --in-place *.sops.env",
        "krm-secrets sops decrypt --input-type yaml - <secret",
    ),
    codes={0: "all files are decrypted", 1: "one failed: nothing was printed, and it was left as it is"},
)
@click.option("-i", "--in-place", is_flag=True, help="Write each file's plaintext over it, if all of it can be had.")
@click.option("--output", default="", metavar="FILE", type=PATH, help="Write to this file and not to standard output.")
@click.option("--input-type", type=click.Choice(FORMATS), help="Of the input; else its name says it, as for sops.")
@click.option("--output-type", type=click.Choice(FORMATS), help="Of the output; else that of the input.")
@click.option("--ignore-mac", is_flag=True, help="Take files that somebody changed after sops wrote them.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=PATH)
@click.pass_context
def decrypt(
    context: click.Context,
    in_place: bool,
    output: str,
    input_type: str | None,
    output_type: str | None,
    ignore_mac: bool,
    files: tuple[str, ...],
) -> None:
    """Decrypt FILEs (- is standard input) and print the bytes that sops -d prints.

    Several files are printed as the documents of one YAML stream, or not at all when one of them fails.
    """
    from krm_secrets.cli.sops_decrypt import Options, decrypt, format_of

    if in_place and (output or "-" in files):
        raise click.UsageError("--in-place takes files, and no --output")
    if output and len(files) > 1:
        raise click.UsageError("--output takes one FILE; give several with --in-place")
    if "-" in files and input_type is None:
        raise click.UsageError("standard input has no name that says its format: give --input-type")
    given, wanted = cast("Format | None", input_type), cast("Format | None", output_type)
    options = Options(output, in_place, given, wanted, ignore_mac)
    if len(set(files)) < len(files):
        raise click.UsageError("the same FILE stands twice")
    if len(files) > 1 and not in_place and any(format_of(file, options)[1] != "yaml" for file in files):
        raise click.UsageError(
            "only YAML files can be printed one behind the other: give one FILE, --output-type yaml, or --in-place"
        )
    context.exit(decrypt(files, options))


@sops.command(
    "inspect",
    short_help="For whom files are encrypted, and where they differ from .sops.yaml.",
    examples=("krm-secrets sops inspect kubernetes/", "krm-secrets sops inspect --check --format json"),
    codes={0: "all files were looked at", 1: "one could not be read, or --check found something"},
)
@click.option("--format", "form", type=click.Choice(("table", "json")), default="table", help="table is the default.")
@click.option("--check", is_flag=True, help="Exit 1 when there are errors or warnings among the findings.")
@click.argument("paths", nargs=-1, metavar="[PATH...]", type=PATH)
@click.pass_context
def inspect(context: click.Context, form: str, check: bool, paths: tuple[str, ...]) -> None:
    """Show all files that SOPS encrypted in the PATHs (this folder unless given), whatever their names are.

    For each: the recipients, the first matching rule of the nearest .sops.yaml and what differs from it, the version
    of sops, the last change, and whether one of your identities opens it. No key is needed.
    """
    from krm_secrets.cli.sops_inspect import inspect

    context.exit(inspect(paths or (".",), form == "json", check))
