"""The command line of `krm-secrets graph`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from krm_secrets.cli.manual import PATH, Page

FC = TypeVar("FC", bound=Callable[..., Any] | click.Command)


ONLY = ("problems", "unused", "unmade", "not-restarted")
FORMS = ("tree", "json", "mermaid", "dot", "svg", "html")


def _many(name: str, metavar: str, text: str) -> Callable[[FC], FC]:
    return click.option(name, multiple=True, metavar=metavar, help=text)


@click.command(
    "graph",
    cls=Page,
    short_help="The way of every secret, drawn: store, maker, Secret, user, restart.",
    examples=(
        "krm-secrets graph kubernetes/",
        "krm-secrets graph --item plex kubernetes/               # who is hit",
        "krm-secrets graph --only not-restarted kubernetes/",
        "krm-secrets graph --since origin/main --format mermaid .  # for a review",
        "krm-secrets graph --format html --output graph.html kubernetes/",
        "kustomize build . | krm-secrets graph -",
    ),
    codes={0: "all of it was drawn", 1: "something could not be read, as stderr says; the rest was drawn"},
)
@click.option("-c", "--config", default="", metavar="FILE", type=PATH, help="A SecretsConfig.")
@click.option("--format", "form", type=click.Choice(FORMS), default="tree", help="tree is the default.")
@click.option("--output", default="", metavar="FILE", type=PATH, help="Write it there; of a page, the path is printed.")
@_many("--secret", "NS/NAME", "Only what leads to this Secret, and what it leads to.")
@_many("--workload", "KIND/NS/NAME", "The same for who uses Secrets.")
@_many("--item", "NAME", "The same for an item of a store: what if it leaks, or rotates?")
@_many("--store", "NAME", "The same for a store.")
@_many("--reader", "RECIPIENT", "The same for who opens SOPS files: age1…, or the name of its anchor in .sops.yaml.")
@_many("--namespace", "NS", "Only what has to do with this namespace.")
@click.option("--only", type=click.Choice(ONLY), help="Only what leads to such, and what that leads to.")
@click.option("--since", default="", metavar="REV", help="What was added and taken away since a commit.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=PATH)
@click.pass_context
def graph(
    context: click.Context,
    config: str,
    form: str,
    output: str,
    secret: tuple[str, ...],
    workload: tuple[str, ...],
    item: tuple[str, ...],
    store: tuple[str, ...],
    reader: tuple[str, ...],
    namespace: tuple[str, ...],
    only: str | None,
    since: str,
    paths: tuple[str, ...],
) -> None:
    """Draw the way of every secret in the work trees around PATHs (this folder unless given): where it is kept, what
    makes the Secret, who uses it, what restarts whom when it changes, and what `krm-secrets check` found. As PATH, -
    is standard input.

    Nothing is decrypted, no key is needed, and no value, ciphertext or text of a template is in any format. Options
    with names can be given several times, and * in a name stands for anything.
    """
    from krm_secrets.cli.graph import graph
    from krm_secrets.graph.asking import Question

    question = Question(secret, workload, item, store, reader, namespace, only or "", bool(since))
    context.exit(graph(paths or (".",), config, form, question, since, "" if output == "-" else output))
