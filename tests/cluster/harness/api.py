"""The API server's own HTTP interface: for what is asked too often to start a program each time."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

Object = dict[str, Any]

EXTERNAL_SECRETS = "/apis/external-secrets.io/v1"
MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"


def trusting(cafile: str) -> ssl.SSLContext:
    """A context that trusts the cluster's own certificates. Python 3.13 asks for extensions that these do not have."""
    context = ssl.create_default_context(cafile=cafile)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


class Api:
    """A client with the rights of a cluster's administrator; for one thread."""

    def __init__(self, kubeconfig: Path) -> None:
        config = json.loads(kubeconfig.read_text())
        cluster = config["clusters"][0]["cluster"]
        self._host = urlsplit(cluster["server"]).netloc
        self._trust = trusting(cafile=cluster["certificate-authority"])
        self._head = {"Authorization": f"Bearer {config['users'][0]['user']['token']}", "Accept": "application/json"}
        self._line: http.client.HTTPSConnection | None = None

    def get(self, path: str, **query: str) -> Object:
        return self._ask("GET", path, query)

    def find(self, path: str) -> Object | None:
        """An object, or None where there is none."""
        try:
            return self.get(path)
        except LookupError:
            return None

    def items(self, path: str) -> list[Object]:
        """All objects of a collection."""
        found: list[Object] = self.get(path)["items"]
        return found

    def patch(self, path: str, change: object, kind: str = MERGE) -> Object:
        return self._ask("PATCH", path, {}, change, kind)

    def create(self, path: str, body: object) -> Object:
        return self._ask("POST", path, {}, body, "application/json")

    def delete(self, path: str) -> None:
        self._ask("DELETE", path, {})

    def watch(self, path: str, since: str, seconds: int) -> Iterator[Object]:
        """Events after that version of the collection, until the API server ends the watch."""
        query = {"watch": "1", "resourceVersion": since, "timeoutSeconds": str(seconds)}
        with contextlib.closing(self._connection()) as line:
            line.request("GET", f"{path}?{urlencode(query)}", headers=self._head)
            with line.getresponse() as answer:
                while text := answer.readline():
                    yield json.loads(text)

    def close(self) -> None:
        """Close the connection that requests share."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _ask(self, method: str, path: str, query: dict[str, str], body: object = None, kind: str = "") -> Object:
        self._line = self._line or self._connection()
        target = f"{path}?{urlencode(query)}" if query else path
        head = {**self._head, "Content-Type": kind} if kind else self._head
        try:
            self._line.request(method, target, None if body is None else json.dumps(body), head)
            answer = self._line.getresponse()
            text = answer.read()
        except (http.client.HTTPException, OSError):
            self.close()
            raise
        if answer.status == 404:
            raise LookupError(path)
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text.decode(errors='replace')}")
        result: Object = json.loads(text)
        return result

    def _connection(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self._host, context=self._trust, timeout=120)


def content(secret: Object) -> dict[str, bytes]:
    """The decoded data of a Secret."""
    return {key: base64.b64decode(value) for key, value in (secret.get("data") or {}).items()}
