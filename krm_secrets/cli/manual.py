"""The help of commands, laid out as manual pages are: what, options, examples, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from krm_secrets._startup.stdio import write
from krm_secrets.errors import clean, did_you_mean
from krm_secrets.excerpt import is_coloured

_FILES = (".yaml", ".yml", ".json", ".env", ".ini")

PATH = click.Path(readable=False)
"""A file or a folder, which shells complete. Whether it can be read is said by who reads it."""

WRONG = "the command line is wrong"
"""What exit code 2 means everywhere."""

WIDTH = 80

_BREAKABLE, _BOUND = "-", "\u2011"
_TITLE, _TERM = "yellow", "green"


class Formatter(click.HelpFormatter):
    """Lines do not break behind a hyphen: `krm-secrets` and `--in-place` are words. On a terminal titles, options and
    commands are in colour."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, _painted("Usage: ", _TITLE) if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        super().write_heading(_painted(heading, _TITLE))

    def write_text(self, text: str) -> None:
        super().write_text(text.replace(_BREAKABLE, _BOUND))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        bound = [(_painted(term, _TERM), text.replace(_BREAKABLE, _BOUND)) for term, text in rows]
        super().write_dl(bound, col_max, col_spacing)

    def getvalue(self) -> str:
        return super().getvalue().replace(_BOUND, _BREAKABLE)


def _painted(text: str, colour: str) -> str:
    return click.style(text, colour, bold=True) if is_coloured(sys.stdout) else text


class Context(click.Context):
    """A command line, whose help is laid out here."""

    formatter_class = Formatter


def show(context: click.Context, text: str) -> None:
    """Print what was asked for instead of a command, and end with 1 where it cannot be printed."""
    context.exit(write(f"{text}\n".encode()))


def _show_help(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        show(context, context.get_help())


class Page(click.Command):
    """A command with examples, a command line each, and the meaning of its exit codes; 2 needs none."""

    context_class = Context

    def __init__(self, *given: Any, examples: Sequence[str] = (), codes: Mapping[int, str] = {}, **more: Any) -> None:
        super().__init__(*given, **more)
        self.examples, self.codes = examples, codes

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        with formatter.section("Examples"):
            for line in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), text) for code, text in sorted({**self.codes, 2: WRONG}.items())])


class Chapter(click.Group, Page):
    """A group of commands; `for_files` is the one that somebody means who names a file in its place."""

    command_class = Page

    def __init__(self, *given: Any, for_files: str = "", **more: Any) -> None:
        super().__init__(*given, **more)
        self.for_files = for_files

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first word; a mistake says which one was meant."""
        word = args[0]
        if self.get_command(ctx, word) is None and not word.startswith("-"):
            if self.for_files and (os.path.exists(word) or os.sep in word or word.endswith(_FILES)):
                ctx.fail(f"{clean(word)} is no command: {ctx.command_path} {self.for_files} {clean(word)} reads it")
            ctx.fail(f"No such command '{clean(word)}'{did_you_mean(word, self.commands)}")
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        Page.format_epilog(self, ctx, formatter)
