"""The command line."""

from __future__ import annotations

import click

from krm_secrets.cli.check_command import check, rule
from krm_secrets.cli.completion import SHELLS, script
from krm_secrets.cli.graph_command import graph
from krm_secrets.cli.manual import PATH, WIDTH, Chapter, show
from krm_secrets.cli.plugin import plugin
from krm_secrets.cli.sops import sops
from krm_secrets.settings.schema_files import kinds

_HELP = """Take care of a Kubernetes secret on its way from Git to the Pod.

Without a command, krm-secrets reads a ResourceList (as a KRM function) or a stream of manifests on standard input,
decrypts what SOPS keeps in it, expands SecretMappings into ExternalSecrets, wires the restarts, and writes the result.
On failure nothing is written, and the first line on stderr is the whole message.

Keys are found as sops finds them: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, SOPS_AGE_KEY_CMD, sops/age/keys.txt in the
configuration folder, SSH keys. KRM_SECRETS_DECRYPT=placeholder builds without keys, KRM_SECRETS_DECRYPT=keep leaves
what is encrypted to Flux.
"""

_CONFIG = "A SecretsConfig; else the nearest krm-secrets.yaml."
_BUILT = {0: "the result is complete", 1: "it is not; stderr says why"}
_VERSION = "Show the version and exit."


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from importlib.metadata import version

        show(context, f"krm-secrets, version {version('krm-secrets')}")


@click.group(
    "krm-secrets",
    cls=Chapter,
    invoke_without_command=True,
    for_files="run",
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH},
    examples=(
        "kustomize build . | krm-secrets | krm-secrets guard | kubectl apply -f -",
        "kustomize build . | krm-secrets --placeholder",
        "kustomize build --enable-alpha-plugins --enable-exec .    # as a transformer",
        "kpt fn eval PKG --exec krm-secrets -o unwrap -- inPlace=allow",
    ),
    codes=_BUILT,
)
@click.option(
    "-c", "--config", default="", metavar="FILE", type=PATH, help="A SecretsConfig; else it is looked for in the input."
)
@click.option("--placeholder", is_flag=True, help="Build without keys: placeholders for encrypted values.")
@click.option(
    *("-V", "--version"), is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help=_VERSION
)
@click.pass_context
def group(context: click.Context, config: str, placeholder: bool) -> None:
    if context.invoked_subcommand is None:
        from krm_secrets._startup.stdio import read
        from krm_secrets.shell import pipe

        context.exit(pipe(read, config, placeholder))
    if config or placeholder:
        raise click.UsageError(f"give -c and --placeholder behind {context.invoked_subcommand}, if it takes them")


@group.command(
    "run",
    short_help="The same over files and folders, printed.",
    examples=(
        "krm-secrets run kubernetes/",
        "krm-secrets run --placeholder apps/wiki | kubectl diff -f -",
        "krm-secrets run --explain kubernetes/",
    ),
    codes=_BUILT,
)
@click.option("-c", "--config", default="", metavar="FILE", type=PATH, help=_CONFIG)
@click.option("--placeholder", is_flag=True, help="Build without keys: placeholders for encrypted values.")
@click.option("--explain", is_flag=True, help="Print instead who uses which Secret, and what restarts whom.")
@click.option("--format", "form", type=click.Choice(("table", "json")), help="Of --explain; table is the default.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=PATH)
@click.pass_context
def run(
    context: click.Context, config: str, placeholder: bool, explain: bool, form: str | None, paths: tuple[str, ...]
) -> None:
    """Read manifests from files and folders (- is standard input) and print what the function makes of them.

    Of a folder all Kubernetes objects in .yaml, .yml and .json files are taken, but what is there for tools only:
    kustomization files, Kptfiles and objects with the local-config annotation. --explain needs no key.
    """
    if form and not explain:
        raise click.UsageError("--format is for --explain")
    from krm_secrets.cli import run as command

    context.exit(command.explain(paths, config, form == "json") if explain else command.run(paths, config, placeholder))


@group.command(
    "render",
    short_help="What mappings make, written into the tree.",
    examples=(
        "krm-secrets render kubernetes/",
        "krm-secrets render --check kubernetes/        # in CI",
    ),
    codes={
        0: "all is written, or was up to date",
        1: "nothing was written, or --check found what would be; stderr says what",
    },
)
@click.option("-c", "--config", default="", metavar="FILE", type=PATH, help=_CONFIG)
@click.option("--check", is_flag=True, help="Write nothing; show what would change, and exit 1 if something would.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@click.option("--explain", is_flag=True, help="Write nothing; print who uses which Secret, and what restarts whom.")
@click.option("--format", "form", type=click.Choice(("table", "json")), help="Of --explain; table is the default.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=PATH)
@click.pass_context
def render(
    context: click.Context,
    config: str,
    check: bool,
    diff: bool,
    explain: bool,
    form: str | None,
    paths: tuple[str, ...],
) -> None:
    """Write what SecretMappings make into files beside them, and wire restarts in the files of the workloads.

    For repositories that Flux or Argo CD build in the cluster, where no function can run. A generated file is put into
    the kustomization file of its folder, and goes when its mapping does. Nothing is decrypted, and no key is needed.
    A file in PATH stands for its folder.
    """
    from krm_secrets.cli import render as render_command

    if form and not explain:
        raise click.UsageError("--format is for --explain")
    if explain and (check or diff):
        raise click.UsageError("--explain stands alone: it writes nothing")
    if explain:
        context.exit(render_command.explain_who(paths, config, form == "json"))
    context.exit(render_command.render(paths, config, check, diff))


@group.command(
    "shorten",
    short_help="ExternalSecrets to SecretMappings, printed or moved over.",
    examples=(
        "krm-secrets shorten kubernetes/apps/wiki",
        "krm-secrets shorten --write kubernetes/",
    ),
    codes={0: "what can be shortened was", 1: "nothing was printed or written; stderr says why"},
)
@click.option("-c", "--config", default="", metavar="FILE", type=PATH, help=_CONFIG)
@click.option("--write", is_flag=True, help="Move the files over: mappings, configuration and what render generates.")
@click.option("--prove", is_flag=True, help="Before that, compare what kustomize builds with what it would build.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=PATH)
@click.pass_context
def shorten(context: click.Context, config: str, write: bool, prove: bool, paths: tuple[str, ...]) -> None:
    """Turn the ExternalSecrets in files and folders (- is standard input) into SecretMappings, and print those.

    Each is expanded again and must mean the same. Without a krm-secrets.yaml above the path one is learnt and printed
    first. What cannot be shortened stays as it is; stderr says why.

    With --write the mappings are put beside the files, what they generate takes the place of the ExternalSecrets, and
    kustomization files are brought up to date: `krm-secrets render --check` is clean then, and builds are the same.
    """
    from krm_secrets.cli.shorten import shorten as shorten_command

    context.exit(shorten_command(paths, config, write, prove))


@group.command(
    "init",
    short_help="Write a krm-secrets.yaml, learnt from what is there.",
    examples=("krm-secrets init kubernetes/",),
    codes={0: "the file was written", 1: "it was not; stderr says why"},
)
@click.argument("folder", required=False, default=".", metavar="[DIR]", type=PATH)
@click.pass_context
def init(context: click.Context, folder: str) -> None:
    """Write DIR/krm-secrets.yaml, or one here: stores, routes, refresh and names of items as the ExternalSecrets below
    have them, and what SOPS, Flux, Argo CD and Reloader in the repository ask for. Each field says why it is there.

    A configuration that is there already is never touched.
    """
    from krm_secrets.cli.init import init as init_command

    context.exit(init_command(folder))


@group.command(
    "guard",
    short_help="Fail when ciphertext, a placeholder, a mapping or plaintext is left.",
    examples=(
        "kustomize build . | krm-secrets guard | kubectl apply -f -",
        "krm-secrets guard --files kubernetes/",
    ),
    codes={0: "nothing was found", 1: "something was, and nothing was copied; stderr says what"},
)
@click.option("--keep", is_flag=True, help="For what is stored until Flux decrypts it: refuse Secrets in plaintext.")
@click.option("--files", is_flag=True, help="Look at files before a commit, and not at standard input.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=PATH)
@click.pass_context
def guard(context: click.Context, keep: bool, files: bool, paths: tuple[str, ...]) -> None:
    """Copy standard input to standard output, unchanged, or exit 1 when something in it must not be applied.

    With --files, look at PATHs (files, and all files of folders but what Git ignores) as they are to be committed.
    Errors are: a file that its name (*.sops.*) or the path_regex of a rule in .sops.yaml wants encrypted, and that is
    not; a damaged sops block, or plaintext where the file's own rule wants ciphertext; ciphertext without a sops
    block; a Secret in plaintext, also in a patch, a chart's values or a literal of a secretGenerator; a placeholder;
    an age identity. Nothing is decrypted, and no key is needed.
    """
    if files is not bool(paths) or (files and keep):
        raise click.UsageError("--files takes PATHs, and no --keep" if files else "PATHs are for --files")
    if files:
        from krm_secrets.cli.guard_files import guard_files

        context.exit(guard_files(paths))
    from krm_secrets.cli import guard as command

    context.exit(command.guard(keep))


def _kinds(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    return [kind for kind in kinds() if kind.startswith(begun)]


@group.command(
    "schema",
    short_help="Print the JSON Schema of a kind.",
    examples=("krm-secrets schema --install", "krm-secrets schema SecretMapping >schema.json"),
    codes={0: "printed or written", 1: "it could not be, or there is no such kind"},
)
@click.option("--install", is_flag=True, help="Put the schemas where editors find them, in this Git repository.")
@click.argument("kind", required=False, default="", shell_complete=_kinds)
@click.pass_context
def schema(context: click.Context, install: bool, kind: str) -> None:
    """Print the JSON Schema of KIND, or the kinds there are.

    With --install, write the schemas into .krm-secrets/schemas of this repository, and above each document of ours a
    comment that leads there, where none does: editors with yaml-language-server complete and check it then. `init`
    and `shorten` write such comments from then on. Run it again after an update.
    """
    if install and kind:
        raise click.UsageError("--install takes all kinds, and no KIND")
    from krm_secrets.cli import schema as command

    context.exit(command.install(".") if install else command.schema(kind))


@group.command(
    "doctor",
    short_help="What works here, which keys are found, and what to do.",
    examples=(
        "krm-secrets doctor",
        "krm-secrets doctor --format json kubernetes/",
    ),
    codes={0: "nothing stands in the way", 1: "something does"},
)
@click.option("--format", "form", type=click.Choice(("table", "json")), default="table", help="table is the default.")
@click.argument("path", default=".", metavar="[PATH]", type=PATH)
@click.pass_context
def doctor(context: click.Context, form: str, path: str) -> None:
    """Look for the programs that krm-secrets works with, for age identities, and for the files of SOPS in PATH (this
    folder unless given) that they open; say which ways of use work here, and what to do about the others.

    Programs are asked for their version and nothing else. Nobody is asked for a key.
    """
    from krm_secrets.cli.doctor import doctor

    context.exit(doctor(path, form == "json"))


@group.command(
    "completion",
    short_help="Print what lets a shell complete command lines.",
    examples=(
        'eval "$(krm-secrets completion bash)"         # in ~/.bashrc',
        'eval "$(krm-secrets completion zsh)"          # in ~/.zshrc, below compinit',
        "krm-secrets completion fish | source          # in ~/.config/fish/config.fish",
    ),
    codes={0: "printed", 1: "it could not be printed"},
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the lines by which SHELL completes commands, options, kinds and files of krm-secrets."""
    show(context, script(group, shell))


group.add_command(check)
group.add_command(graph)
group.add_command(plugin)
group.add_command(rule)
group.add_command(sops)


def cli() -> int:
    """Run the command line; returns the exit code."""
    try:
        result = group(prog_name="krm-secrets", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    return result if isinstance(result, int) else 0


def usage() -> int:
    """Nothing is piped in: show the help, as a mistake."""
    with group.make_context("krm-secrets", [], resilient_parsing=True) as context:
        click.echo(group.get_help(context), err=True)
    return 2
