"""The names of items in a mapping: each can be read in one way only."""

from __future__ import annotations

import pytest

from krm_secrets.migrate.sources import aliases
from krm_secrets.settings.config import ItemTable
from krm_secrets.shorthand.items import Item


def named(*fetched: list[str], prefix: str = "", **items: str) -> list[str]:
    sources = {(Item(f"key{number}"), 1): names for number, names in enumerate(fetched)}
    return aliases(sources, {next(iter(sources)): prefix}, ItemTable(items))


@pytest.mark.parametrize(
    ("fetched", "wanted"),
    [
        ([["DB_USER", "DB_PASSWORD"]], ["app"]),
        ([["DB_USER", "DB_PASSWORD"], ["DB_TOKEN"]], ["app", "db"]),
        ([["TOKEN"], ["TOKEN"]], ["token", "app"]),
        ([["TOKEN"], ["TOKEN"], ["TOKEN"], ["TOKEN"], ["TOKEN"]], ["token", "app", "item", "item2", "item3"]),
        ([["DB"], ["DB_HOST"]], ["db", "app"]),  # db_host would be `host` of db too
        ([["DB_HOST"], ["DB"]], ["db_host", "app"]),
        ([["STORE"], ["KEY"]], ["app", "item"]),  # fields of an entry
    ],
)
def test_names_come_from_what_is_fetched(fetched: list[list[str]], wanted: list[str]) -> None:
    assert named(*fetched) == wanted


def test_a_prefix_counts_before_the_name_of_the_item() -> None:
    assert named(["A"], prefix="web_", login="key0") == ["web"]
    assert named(["A"], prefix="store_", login="key0") == ["login"]
    assert named(["A"], ["B"], other="key1") == ["a", "other"]
