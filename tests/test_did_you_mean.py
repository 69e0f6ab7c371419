"""Which word is offered for one that is not known: the one that was meant, or none."""

from __future__ import annotations

import pytest

from krm_secrets.errors import did_you_mean

MEANT = [
    ("fro", "from"),
    ("form", "from"),
    ("dat", "data"),
    ("stoer", "store"),
    ("stores", "store"),
    ("Secretsconfig", "SecretsConfig"),
    ("SecretConfig", "SecretsConfig"),
    ("SecretMaping", "SecretMapping"),
    ("sopsgenerator", "SopsGenerator"),
    ("string_data", "stringData"),
    ("decryptkinds", "decryptKinds"),
    ("refreshInterval", "refresh"),
    ("template", "templates"),
    ("relod", "reload"),
    ("defualts", "defaults"),
    ("b64decode", "b64dec"),
    ("cloudflare-dsn", "cloudflare-dns"),
    ("DB_PASWORD", "DB_PASSWORD"),
    ("DB-PASSWORD", "DB_PASSWORD"),
    ("username", "user"),
    ("pass", "password"),
    ("grafana-admim", "grafana-admin"),
]
UNRELATED = [
    ("namespace", "name"),
    ("username", "name"),
    ("DB_HOST", "DB_PORT"),
    ("DB_USER", "DB_NAME"),
    ("TOKEN_A", "TOKEN_B"),
    ("token-1", "token-2"),
    ("kind", "find"),
    ("mode", "node"),
    ("prod", "prom"),
    ("none", "not"),
    ("url", "uri"),
    ("token", "token2"),
    ("route", "store"),
    ("labels", "aliases"),
    ("web-app", "web-db"),
    ("postgres-user", "postgres-superuser"),
    ("immich-db", "immich-app"),
    ("password", "passphrase"),
    ("Deployment", "ReplicaSet"),
    ("a", "b"),
    ("", "data"),
    ("ConfigMap", "SecretMapping"),
    ("ClusterSecretStore", "BitwardenStore"),
]


@pytest.mark.parametrize(("word", "known"), MEANT)
def test_what_was_meant_is_offered(word: str, known: str) -> None:
    assert did_you_mean(word, ["other", known, "zebra"]) == f'; did you mean "{known}"?'


@pytest.mark.parametrize(("word", "known"), UNRELATED)
def test_what_is_only_alike_is_not(word: str, known: str) -> None:
    assert did_you_mean(word, ["other", known, "zebra"]) == ""
    assert did_you_mean(known, ["other", word, "zebra"]) == ""
