"""The table of `--explain`: Secret, made by, used by, restarted by, or why not; for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from krm_secrets.cli.folding import Folded
from krm_secrets.cli.printing import grid, json_text, printed
from krm_secrets.errors import clean, field, some
from krm_secrets.krm.resource import Resource
from krm_secrets.stages.explanation import Explained, User

VERSION = 1
"""Of the JSON shape; it grows by fields, and changes its number when a field goes or means something else."""

_NAMED = 3
"""Other namespaces that are named."""

_WIDE = 150  # columns; below, each Secret gets a line of its own, and places stand below users


def as_json(found: Sequence[Explained]) -> str:
    """The table as the JSON that `docs/explanation/restarts.md` describes."""
    data = {"version": VERSION, "secrets": [_secret(each) for each in found]}
    return json_text(data)


def _secret(secret: Explained) -> dict[str, object]:
    return {
        "name": secret.name,
        "namespace": secret.namespace,
        "madeBy": [{**_object(item), "renewed": renewal} for item, renewal in secret.makers],
        "usedBy": [
            {
                **_object(user.item),
                "places": [field(place) for place in user.places],
                "keys": list(user.keys),
                "restartedBy": user.effect.by or None,
                "how": user.effect.how,
                "added": user.effect.added,
                "needed": user.effect.needed,
            }
            for user in secret.users
        ],
    }


def _object(item: Resource) -> dict[str, object]:
    location = item.location()
    return {**item.ref.fields(), "file": location.file, "line": location.line}


def as_table(found: Sequence[Explained]) -> str:
    """The table as text; for a person a Secret is named once, and for other programs in every line."""

    elsewhere = _elsewhere(found)

    def draw(console: Console) -> None:
        if console.width >= _WIDE and found:
            console.print(_wide(found, console.is_terminal, elsewhere), "")
        for secret in found if console.width < _WIDE else ():
            for part in (*_block(secret, console.width, elsewhere), ""):
                console.print(part)
        console.print(_summary(found), soft_wrap=True)

    return printed(draw)


def _elsewhere(found: Sequence[Explained]) -> dict[str, list[str]]:
    """The namespaces in which a Secret of a name is made."""
    places: dict[str, list[str]] = {}
    for secret in found:
        if secret.makers:
            places.setdefault(secret.name, []).append(secret.namespace)
    return places


def _wide(found: Sequence[Explained], once: bool, elsewhere: dict[str, list[str]]) -> Table:
    """A line for each use; names of Secrets once, or in every line."""
    table = grid("SECRET", "MADE BY", "USED BY", "AT", "RESTARTED BY")
    for secret in found:
        head = (Text(_name(secret), style="bold"), _makers(secret, "\n", elsewhere))
        for user in secret.users:
            table.add_row(*head, Folded(str(user.item.ref), "."), _places(user), _effect(user))
            head = (Text(), Text()) if once else head
        if not secret.users:
            table.add_row(*head, Text("nobody", style="dim"), "", "")
    return table


def _block(secret: Explained, width: int, elsewhere: dict[str, list[str]]) -> Iterator[RenderableType]:
    """One Secret as a line of its own, with its users below it: what a narrow terminal has room for."""
    yield Text.assemble((_name(secret), "bold"), "  made by ", _makers(secret, ", ", elsewhere))
    if not secret.users:
        yield Text("  used by nobody", style="dim")
        return
    table = grid()
    table.show_header = False
    table.add_column(width=2)
    table.add_column(width=(width - 4) * 11 // 20)
    table.add_column(overflow="fold")
    for user in secret.users:
        table.add_row("", Group(Folded(str(user.item.ref), "."), _places(user)), _effect(user))
    yield table


def _name(secret: Explained) -> str:
    return clean(f"{secret.namespace}/{secret.name}" if secret.namespace else secret.name)


def _makers(secret: Explained, between: str, elsewhere: dict[str, list[str]]) -> Text:
    if not secret.makers and (places := [each for each in elsewhere.get(secret.name, ()) if each != secret.namespace]):
        others = some([clean(place or "no namespace") for place in places], _NAMED)
        here = f"in {clean(secret.namespace)}" if secret.namespace else "without a namespace"
        return Text(f"nothing {here}, but in {others}", style="yellow")
    if not secret.makers:
        return Text("nobody can tell" if secret.open else "nothing here", style="yellow")
    return Text(between.join(_short(item, secret.namespace) for item, _ in secret.makers), style="dim")


def _short(item: Resource, namespace: str) -> str:
    """An object's kind and name, and its namespace where it is another one."""
    ref = item.ref.shown()
    return str(ref._replace(namespace="") if ref.namespace == namespace else ref)


def _places(user: User) -> Folded:
    shown = field(user.places[0])
    more = len(user.places) - 1
    return Folded(f"{shown} and {more} more" if more else shown, ".", "dim")


def _effect(user: User) -> Folded:
    effect = user.effect
    if effect.by:
        return Folded(f"{effect.by}: {clean(effect.how)}{' (added)' if effect.added else ''}", ".", "green")
    return Folded(f"nothing: {clean(effect.how)}", ".", "yellow" if effect.needed else "dim")


def _summary(found: Sequence[Explained]) -> str:
    users = [user for secret in found for user in secret.users]
    if not found:
        return "no Secret is made or used here"
    added = sum(user.effect.added for user in users)
    missing = sum(user.effect.needed and not user.effect.by for user in users)
    parts = [f"{len(found)} Secret{'s' if len(found) > 1 else ''}", f"{len(users)} use{'' if len(users) == 1 else 's'}"]
    parts += [f"{added} wired by this run", f"{missing} that nothing restarts"]
    return ", ".join(parts)
