"""What the stores of Bitwarden's Secrets Manager would log in with and to, as far as this run sees it."""

from __future__ import annotations

from base64 import b64decode

from krm_secrets._startup.records import NamedTuple
from krm_secrets.bitwarden.storeform import API, wrong
from krm_secrets.errors import WARNING, Failure, Problem, Result, clean
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.plain import as_map, as_text
from krm_secrets.secrets.secret import is_secret
from krm_secrets.settings.config import SECRETS_MANAGER, STORE_KINDS
from krm_secrets.yamltext import splice
from krm_secrets.yamltext.lines import column
from krm_secrets.yamltext.load import load
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeAlias


Object: TypeAlias = "Mapping[str, object]"

ADDRESS = "bitwarden-address"
"""The rule for addresses of Bitwarden that are none of what they are for."""

_FIELDS = {True: "apiURL", False: "identityURL"}


class Login(NamedTuple):
    """The Secret that holds the access token of a store; an empty namespace is that of whoever asks."""

    store: str
    name: str
    namespace: str
    key: str


def check_logins(items: Iterable[Resource], made: Iterable[Object]) -> Iterator[Result]:
    """Tokens that no login takes, and addresses in stores that were written by hand."""
    items = list(items)
    logins = [login for each in made for login in _login(each)]
    for item in items:
        if item.kind in STORE_KINDS and item.api_version.startswith("external-secrets.io/"):
            logins += _login(_data(item))
            yield from map(item.result, addresses(item))
    for item in items:
        wanted = [login for login in logins if item.ref.name == login.name and is_secret(item)]
        for login in wanted:
            if item.namespace in ("", login.namespace) or not login.namespace:
                yield from _token(item, login)


def addresses(store: Resource) -> Iterator[Problem]:
    """What is wrong with the addresses in a store that was written by hand."""
    provider = _provider(_data(store))
    for role, message in wrong(as_text(provider.get("apiURL")), as_text(provider.get("identityURL"))):
        path = ("spec", "provider", SECRETS_MANAGER, _FIELDS[role == API])
        yield Problem(path, message.partition(", or leave")[0], WARNING, ADDRESS)


def _token(item: Resource, login: Login) -> Iterator[Result]:
    for section in ("stringData", "data"):
        values = _data(item).get(section)
        value = values.get(login.key) if isinstance(values, dict) else None
        if isinstance(value, str):
            if _ends_in_a_break(value, section == "data"):
                message = (
                    f"ends in a line break, and {clean(login.store)} logs in with the token as it stands, which fails:"
                    " write it without one (in YAML: `|-` in place of `|`; in a file: without its last line end)"
                )
                yield item.result(Problem((section, login.key), message))
            return


def _ends_in_a_break(value: str, encoded: bool) -> bool:
    if not encoded:
        return value.endswith(("\n", "\r"))
    try:
        return b64decode(value).endswith((b"\n", b"\r"))
    except ValueError:
        return False


def _login(store: Object) -> Iterator[Login]:
    metadata, auth = as_map(store.get("metadata")), as_map(_provider(store).get("auth"))
    place = as_map(as_map(auth.get("secretRef")).get("credentials"))
    name, key = as_text(place.get("name")), as_text(place.get("key"))
    if name and key:
        where = as_text(place.get("namespace")) or as_text(metadata.get("namespace"))
        yield Login(f"{store.get('kind')} {metadata.get('name')}", name, where, key)


def _provider(store: Object) -> Object:
    return as_map(as_map(as_map(store.get("spec")).get("provider")).get(SECRETS_MANAGER))


def _data(item: Resource) -> Object:
    """The object with what this run decrypted in it; nothing where it cannot be read."""
    try:
        if not item.edits:
            return item.data
        node, text = item.node, item.slot.source.text
        edits = [
            edit._replace(start=edit.start - node.start, end=min(edit.end, node.end) - node.start)
            for edit in item.edits
            if node.start <= edit.start <= node.end
        ]
        own = " " * column(text, node.start) + splice.apply(text[node.start : node.end], edits)
        return as_map(load(Source(own).documents[0].root))
    except (YamlError, Failure):
        return {}
