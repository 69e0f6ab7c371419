"""`krm-secrets check` and `krm-secrets rule` on the command line."""

from __future__ import annotations

import click

from krm_secrets.cli.manual import PATH, Page

FORMATS = ("full", "concise", "json", "sarif", "github", "markdown")
_SEVERITIES = ("error", "warning", "info")
_FIX = "--fix"


class _Check(Page):
    """A command whose `--fix` may stand alone: click would take the word behind it for its value."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        plain = [f"{_FIX}=safe" if word == _FIX else word for word in args[:end]]
        return super().parse_args(ctx, plain + args[end:])


def _listed(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for each in value for word in map(str.strip, each.split(",")) if word)


def _pairs(formats: tuple[str, ...], outputs: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Formats with their files in the order in which they were given; one without a file is printed."""
    if len(outputs) > max(len(formats), 1):
        raise click.UsageError("give a --format for each --output")
    wanted = formats or ("",)
    files = ["" if file == "-" else file for file in outputs] + [""] * (len(wanted) - len(outputs))
    if files.count("") > 1:
        raise click.UsageError("two formats cannot both be printed: give an --output for each but one")
    return tuple(zip(wanted, files, strict=True))


@click.command(
    "check",
    cls=_Check,
    short_help="Find mistakes in the way of every Secret.",
    examples=(
        "krm-secrets check",
        "krm-secrets check --since origin/main --format github",
        "krm-secrets check --format sarif --output krm-secrets.sarif --format concise",
        "kustomize build . | krm-secrets check -",
        "krm-secrets check --fix --diff kubernetes/",
    ),
    codes={
        0: "nothing was found, or --exit-zero or sarif was asked for",
        1: "something was",
        3: "something could not be read, and the rest is reported",
    },
)
@click.option("-c", "--config", default="", metavar="FILE", type=PATH, help="A SecretsConfig; else the nearest.")
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(FORMATS), help="full on a terminal, else concise."
)
@click.option("--output", "outputs", multiple=True, metavar="FILE", type=PATH, help="For the --format in its place.")
@click.option("--select", multiple=True, metavar="RULE,...", callback=_listed, help="Ask these rules, and no others.")
@click.option("--ignore", multiple=True, metavar="RULE,...", callback=_listed, help="Do not ask these.")
@click.option("--min-severity", type=click.Choice(_SEVERITIES), default=None, help="Show nothing below.")
@click.option("--pedantic", is_flag=True, help="Show what may be wrong, or is a notice, too.")
@click.option("--fail-on", type=click.Choice(_SEVERITIES[:2]), default="warning", help="warning is the default.")
@click.option("--since", default="", metavar="REV", help="Only what changes since the revision brought.")
@click.option("--baseline", default="", metavar="FILE", type=PATH, help="Findings that are known.")
@click.option("--write-baseline", default="", metavar="FILE", type=PATH, help="Write what is found, and exit 0.")
@click.option(_FIX, type=click.Choice(("safe", "unsafe")), default=None, help="Mend; --fix=unsafe mends more.")
@click.option("--diff", is_flag=True, help="Mend nothing; show what --fix would change.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever is found.")
@click.option("--no-source", is_flag=True, help="Show no lines of files, of which keys alone are shown.")
@click.argument("paths", nargs=-1, metavar="[PATH...]", type=PATH)
@click.pass_context
def check(
    context: click.Context,
    config: str,
    formats: tuple[str, ...],
    outputs: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    min_severity: str | None,
    pedantic: bool,
    fail_on: str,
    since: str,
    baseline: str,
    write_baseline: str,
    fix: str | None,
    diff: bool,
    statistics: bool,
    exit_zero: bool,
    no_source: bool,
    paths: tuple[str, ...],
) -> None:
    """Look for mistakes in the files below PATHs (the Git work tree unless given; - is a stream that was built):
    Secrets that nobody makes, keys that they never get, Pods that go on with an old value, ExternalSecrets that the
    operator refuses, files that sops left in plaintext.

    A finding is suppressed by `# krm-secrets: ignore[RULE] reason` on its line or above its object, by `check.ignore`
    in the SecretsConfig, or by the annotation krm-secrets.dev/ignore. No key is needed.
    """
    from krm_secrets.check.choosing import Choice
    from krm_secrets.cli.check import Options, check as run

    if "-" in paths and (len(paths) > 1 or since or fix or diff):
        raise click.UsageError("- stands alone: a stream has no files to mend, and no revisions")
    options = Options(
        Choice(select, ignore, min_severity or "", pedantic),
        _pairs(formats, outputs),
        fail_on,
        since,
        baseline,
        write_baseline,
        fix or "",
        diff,
        statistics,
        exit_zero,
        not no_source,
        config,
    )
    context.exit(run(paths, options))


@click.command(
    "rule",
    cls=Page,
    short_help="What a rule of check finds, and why.",
    examples=("krm-secrets rule no-restart", "krm-secrets rule --all --format json"),
    codes={0: "printed", 1: "it could not be printed"},
)
@click.option("--all", "every", is_flag=True, help="All rules.")
@click.option("--format", "form", type=click.Choice(("markdown", "json")), default="markdown", help="Of the output.")
@click.argument("name", default="", metavar="[NAME]", shell_complete=lambda _, __, begun: _completed(begun))
@click.pass_context
def rule(context: click.Context, every: bool, form: str, name: str) -> None:
    """Print what the rule NAME finds, why, and a wrong and a right example; without a name, the rules there are."""
    from krm_secrets.cli.rule import rule as run

    if every and name:
        raise click.UsageError("--all stands without a NAME")
    context.exit(run(name, every, form == "json"))


def _completed(begun: str) -> list[str]:
    from krm_secrets.check.rules import RULES

    return [id for id in RULES if id.startswith(begun)]
