"""The command line of `krm-secrets graph`."""

from __future__ import annotations

import click

from krm_secrets.cli.manual import PATH, Page

FORMS = ("tree", "json")


@click.command(
    "graph",
    cls=Page,
    short_help="The way of every secret, drawn: store, maker, Secret, user, restart.",
    examples=(
        "krm-secrets graph kubernetes/",
        "krm-secrets graph --format json kubernetes/ >graph.json",
    ),
    codes={0: "all of it was drawn", 1: "it could not be; stderr says why"},
)
@click.option("-c", "--config", default="", metavar="FILE", type=PATH, help="A SecretsConfig.")
@click.option("--format", "form", type=click.Choice(FORMS), default="tree", help="tree is the default.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=PATH)
@click.pass_context
def graph(context: click.Context, config: str, form: str, paths: tuple[str, ...]) -> None:
    """Draw the way of every secret in the work trees around PATHs (this folder unless given): where it is kept, what
    makes the Secret, who uses it, and what restarts whom when it changes.

    Nothing is decrypted, no key is needed, and no value, ciphertext or text of a template is in any format.
    """
    from krm_secrets.cli.graph import graph

    context.exit(graph(paths or (".",), config, form))
