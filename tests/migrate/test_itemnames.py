"""Names for ids: from what all users have in common, else from the one that takes most."""

from __future__ import annotations

import pytest

from krm_secrets.migrate.learning import Use, app_words, item_names
from krm_secrets.migrate.sources import common_words, short_duration


def uses(*secrets: str, key: str = "id", fetched: str = "x", field: str = "p") -> list[Use]:
    return [Use(key, secret, fetched, field) for secret in secrets]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (uses("wiki-secret", "wiki-db-secret"), {"wiki": "id"}),
        (uses("a-secret"), {}),
        (uses("a-secret", key="PLACEHOLDER_A"), {"a": "PLACEHOLDER_A"}),
        (uses("placeholder-secret", key="PLACEHOLDER_A"), {"item": "PLACEHOLDER_A"}),
        (uses("one", "two", fetched="SMTP_HOST"), {"smtp-host": "id"}),
        (
            [*uses("one", field="a"), *uses("two", field="a"), *uses("two", field="b", fetched="y")],
            {"two": "id"},
        ),
        ([*uses("a-b", "a-c"), *uses("a-d", "a-e", key="other")], {"a-b": "id", "a-d": "other"}),
        ([*uses("wiki-b", "wiki-c"), *uses("wiki-d", "wiki-e", key="other")], {"wiki": "id", "wiki-2": "other"}),
        ([*uses("wiki-b", "wiki-c", key="wiki")], {"wiki-2": "wiki"}),
        ([*uses("${APP}-x", "${APP}-y"), *uses("z")], {"x": "id"}),
        (
            [*uses("a", "b", "c", "d", fetched="POSTGRES_SUPER_PASS"), *uses("e", fetched="q", field="x")],
            {"postgres-super": "id"},
        ),
    ],
)
def test_names(given: list[Use], expected: dict[str, str]) -> None:
    assert item_names(given) == expected
    assert item_names(given[::-1]) == expected


def test_words() -> None:
    assert app_words("paperless-ngx-secret") == ["paperless", "ngx"]
    assert app_words("secret") == ["secret"]
    assert app_words("${APP}-volsync-secret") == ["volsync"]
    assert common_words(["POSTGRES_USER", "POSTGRES_PASS"]) == "postgres"
    assert common_words(["autobrrApiToken"]) == "autobrr"
    assert common_words(["TOKEN"]) == "token"
    assert common_words([]) == ""


@pytest.mark.parametrize(
    ("text", "short"),
    [("12h0m0s", "12h"), ("1h30m", "1h30m"), ("90s", "1m30s"), ("60m", "1h"), ("0", "0"), ("10h",) * 2, ("${R}",) * 2],
)  # fmt: skip
def test_durations_as_people_write_them(text: str, short: str) -> None:
    assert short_duration(text) == short
