"""What is right by the grammar and nearly surely not meant: warnings, each with the way to say that it is."""

from __future__ import annotations

from krm_secrets.errors import INFO, WARNING, Problem, clean, near
from krm_secrets.settings.config import SECRETS_MANAGER, UNLIKELY, Config, StoreRef
from krm_secrets.settings.config_document import check_near
from krm_secrets.shape import Node
from krm_secrets.shorthand.access import Router
from krm_secrets.shorthand.forms import SourceForm
from krm_secrets.shorthand.grammar import Secret, SecretMapping

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


_FIELDS = frozenset((
    "password", "passwd", "passphrase", "token", "secret", "apikey", "api_key", "api-key", "apiKey", "client_secret",
    "client-secret", "clientSecret", "access_token", "access-token", "accessToken", "access_key", "access-key",
    "accessKey", "secret_key", "secret-key", "secretKey", "private_key", "private-key", "privateKey",
))  # fmt: skip
"""What people call the fields that hold a secret."""
_SECRET_KEYS = ("pass", "passwd", "password", "passphrase", "token", "secret", "key")
_WHOLE = frozenset(("value", "secret", "note", "notes", "password"))
"""Names by which people ask for a value that is nothing but one."""


def check_nearness(mapping: SecretMapping, config: Config, problems: list[Problem]) -> None:
    """Tell of stores and values of a mapping that are nearly something else."""
    known = {*config.stores, *config.route.values()} | {store.name for store in (config.store,) if store}
    if mapping.store:
        check_near(Node(None, ("store",), problems), mapping.store.name, known)
    for secret in mapping.secrets:
        if secret.form.store:
            own = known | ({mapping.store.name} if mapping.store else set())
            check_near(Node(None, (*secret.path, "store"), problems), secret.form.store[0], own)
        declared = known | {store.name for store in (mapping.store, secret.store) if store}
        for source in secret.form.sources:
            _source(source, declared, problems)
        problems += _values(secret)
        problems += _plain_values(secret, mapping.store, config)


def _source(source: SourceForm, declared: Collection[str], problems: list[Problem]) -> None:
    if not isinstance(source.item, str):
        if source.item.store:
            check_near(Node(None, (*source.path, "store"), problems), source.item.store, declared)
        return
    prefix, colon, _ = source.item.partition(":")
    if not colon or prefix == "gen" or any(source.item.startswith(f"{name}:") for name in declared):
        return
    other = near(prefix, declared)
    if other:
        message = (
            f'"{clean(prefix)}" is no store, so that the whole text is taken for the key; did you mean the store'
            f' "{clean(other)}"? If the key is right, write {{key: …}}'
        )
        problems.append(Problem(source.path, message, WARNING, UNLIKELY))


def _values(secret: Secret) -> Iterator[Problem]:
    """Text where a reference was meant; the text itself stays out of the message."""
    aliases = {source.alias for source in secret.sources if source.alias}
    fields = {ref.segments[-1] for value in secret.data or () for ref in value.template.refs}
    for form in secret.form.data or () if secret.sources else ():
        if form.is_literal or form.is_field:
            continue
        alias, dot, field = form.text.partition(".")
        asked = dot and alias in aliases and field.isidentifier()
        named = form.text in _FIELDS or (form.text in fields and form.text != form.key)
        if asked or (named and form.key.lower().endswith(_SECRET_KEYS)):
            yield Problem(
                form.path,
                "is text that reads like the name of a field: for the field put a dot before it; if the text is meant,"
                " write {literal: …}",
                WARNING,
                UNLIKELY,
            )


def _plain_values(secret: Secret, default: StoreRef | None, config: Config) -> Iterator[Problem]:
    """One field of a value of the Secrets Manager, by a name that people give to the whole of it."""
    router = Router(secret, default, config, [])
    for source in secret.sources:
        store, _ = router.store(source.item, "")
        if store is None or config.served(store).provider != SECRETS_MANAGER or config.served(store).fetch != "value":
            continue
        asked = [
            (value.path, ref.segments[1:] if secret.aliased else ref.segments)
            for value in secret.data or ()
            for ref in value.template.refs
            if not secret.aliased or ref.segments[0] == source.alias
        ]
        names = {way for _, way in asked}
        if source.item.property or len(names) != 1 or not (secret.aliased or len(secret.sources) == 1):
            continue
        (way,) = names
        if len(way) == 1 and way[0] in _WHOLE:
            yield Problem(
                asked[0][0],
                "is looked up in the value, which fails where the Secrets Manager holds a plain text; for the whole"
                f" value write {'.' + source.alias if source.alias else 'from: {alias: item} and .alias'}",
                INFO,
                UNLIKELY,
            )
