"""A provider inside the test process: its items are a dictionary that tests write to.

It serves them as `bw serve` does (`/object/item/ID`, `/object/attachment/NAME?itemid=ID`), and as a store that gives an
item as a map or one field of it (`/map/KEY?property=NAME`), as 1Password, Vault and others do, or as one text
(`/notes/KEY`).
"""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

Value = str | bytes

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Item(NamedTuple):
    """A remote item; `fields` are the custom ones in `bw serve` and all there are in a map."""

    fields: Mapping[str, Value] = _NOTHING
    login: Mapping[str, str] = _NOTHING
    notes: str = ""
    ssh: Mapping[str, str] = _NOTHING
    attachments: Mapping[str, bytes] = _NOTHING


class Vault:
    """Serves `items` at `address` from entering to leaving."""

    def __init__(self, host: str, port: int) -> None:
        self.items: dict[str, Item] = {}
        handler = type("Handler", (_Handler,), {"items": self.items})
        self._server = http.server.ThreadingHTTPServer((host, port), handler)
        self.url = f"http://{host}:{self._server.server_address[1]}"

    def __enter__(self) -> Vault:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    items: ClassVar[dict[str, Item]]

    def do_GET(self) -> None:
        """Answer with the item, a part of it, or that there is none."""
        url = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(url.query).items()}
        kind, _, name = url.path.lstrip("/").rpartition("/")
        found = _answer(self.items, kind, unquote(name), asked)
        body = b"" if found is None else found
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


def _answer(items: dict[str, Item], kind: str, name: str, asked: dict[str, str]) -> bytes | None:
    item = items.get(asked.get("itemid", name))
    if item is None:
        return None
    if kind == "object/item":
        return json.dumps({"success": True, "data": _as_bitwarden(name, item)}).encode()
    if kind == "object/attachment":
        return item.attachments.get(name)
    if kind == "notes":
        return item.notes.encode()
    if kind != "map":
        return None
    if "property" in asked:
        value = item.fields.get(asked["property"])
        return value.encode() if isinstance(value, str) else value
    return json.dumps({key: value for key, value in item.fields.items() if isinstance(value, str)}).encode()


def _as_bitwarden(name: str, item: Item) -> dict[str, object]:
    fields = [{"name": key, "value": value, "type": 0} for key, value in item.fields.items() if isinstance(value, str)]
    login: dict[str, object] = {"uris": [], "username": None, "password": None, **item.login}
    return {"object": "item", "id": name, "name": name, "notes": item.notes, "login": login, "fields": fields,
            "sshKey": dict(item.ssh)}  # fmt: skip
