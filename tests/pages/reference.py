"""Pages of reference that are made of the program: fields of the schema, commands of the parser."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any

import click
import yaml

from krm_secrets.cli.commandline import group
from krm_secrets.cli.manual import WRONG, Page
from tests.tools import ROOT

MADE_BY = "<!-- made by python -m tests.pages.made -->\n"
_FIRST = "0.1.0"
"""The version since which a field is there that does not say another one (`x-since`)."""

_CONFIGURATION = f"""# SecretsConfig, the configuration
{MADE_BY}
One document a repository, in `krm-secrets.yaml`. Every field may be left out.
[Which one counts](../how-to/hosts.md#which-way-for-whom), where there are several, follows from who wrote it. Editors
show all of this from the same schema. `*` stands for any name, `[]` for an entry of a list.

```yaml
# krm-secrets.yaml
apiVersion: krm-secrets.dev/v1alpha1
kind: SecretsConfig
metadata:
  name: secrets
store: onepassword
refresh: 12h
```
"""

_COMMANDS = f"""# Command line
{MADE_BY}
Without a command the program is a filter: it reads what is piped in. Every command has `--help`, with the same text.
"""


def configuration() -> str:
    """The fields of a SecretsConfig."""
    schema = json.loads((ROOT / "schemas/SecretsConfig.json").read_text(encoding="utf-8"))
    fields = {name: field for name, field in schema["properties"].items() if name not in ("apiVersion", "kind")}
    del fields["metadata"]
    parts = [_CONFIGURATION, _table(fields)]
    for name, field in fields.items():
        for path, below in _below(name, field):
            parts.append(f"## {path}\n\n{_table(below)}")
    return "\n".join(parts)


def _below(path: str, field: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The fields inside of a field, however deep, by the path that leads to them."""
    inside = {
        name: value for each in (field, *field.get("anyOf", ())) for name, value in each.get("properties", {}).items()
    }
    if inside:
        yield path, inside
    for name, value in inside.items():
        yield from _below(f"{path}.{name}", value)
    for step, deeper in (("[]", field.get("items")), (".*", field.get("additionalProperties"))):
        if isinstance(deeper, dict):
            yield from _below(path + step, deeper)


def _table(fields: dict[str, Any]) -> str:
    rows = [
        f"| `{name}` | {_cell(field['description'])} | {_code(field, 'default')} | {_code(field, 'examples')} "
        f"| {field.get('x-since', _FIRST)} |"
        for name, field in fields.items()
    ]
    return "\n".join(("| field | is | default | example | since |", "|---|---|---|---|---|", *rows)) + "\n"


def _code(field: dict[str, Any], key: str) -> str:
    """A default or an example as one writes it."""
    if key not in field:
        return ""
    value = field[key][0] if key == "examples" else field[key]
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=1000, sort_keys=False)
    return f"`{_cell(text.removesuffix('...' + chr(10)).strip())}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def command_line() -> str:
    """Every command with its options, examples and exit codes."""
    return "\n".join(
        [_COMMANDS, *_command(click.Context(group, info_name="krm-secrets", **group.context_settings), group)]
    )


def _command(context: click.Context, command: click.Command) -> Iterator[str]:
    words = " ".join((context.command_path, *command.collect_usage_pieces(context)[1:]))
    yield f"## `{words}`\n\n{_prose(command.help or '')}\n"
    rows = [
        f"| {_cell(f'`{term}`')} | {_cell(text)} |"
        for param in command.get_params(context)
        if (record := param.get_help_record(context)) is not None
        for term, text in [record]
        if text and not term.endswith("--help")
    ]
    if rows:
        yield "\n".join(("| option | does |", "|---|---|", *rows)) + "\n"
    if isinstance(command, Page):
        yield "```console\n" + "".join(f"$ {line}\n" for line in command.examples) + "```\n"
        codes = {**command.codes, 2: WRONG} if command.codes else {}
        if codes:
            yield (
                "\n".join(
                    ("| code | means |", "|---|---|", *(f"| {c} | {_cell(t)} |" for c, t in sorted(codes.items())))
                )
                + "\n"
            )
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            below = command.commands[name]
            if not below.hidden:
                yield from _command(click.Context(below, info_name=name, parent=context), below)


def _prose(text: str) -> str:
    """Help as it is written: paragraphs, in which nothing is markup but code."""
    return inspect.cleandoc(text).replace("<", "&lt;").replace("*", "\\*")


def function_definition() -> str:
    """function.yaml, with the schemas as they are."""
    path = ROOT / "function.yaml"
    head = path.read_text(encoding="utf-8").partition("\n---\n")[0]
    documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    for document in documents:
        schema = (ROOT / f"schemas/{document['spec']['names']['kind']}.json").read_text(encoding="utf-8")
        document["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = json.loads(schema)
    dumped = (yaml.safe_dump(each, sort_keys=False, allow_unicode=True, width=120) for each in documents)
    return f"{head}\n" + "".join(f"---\n{text}" for text in dumped)
