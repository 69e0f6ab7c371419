"""The real yaml-language-server, asked as editors ask it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.npm import module
from tests.tools import tool

LOCKED = Path(__file__).parent / "editor"
_SCRIPT = "yaml-language-server/bin/yaml-language-server"


class Editor:
    """A person's editor with one file open at a time."""

    def __init__(self) -> None:
        script = module(LOCKED, _SCRIPT)
        self._process = subprocess.Popen(
            [tool("node"), script, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._count = 0
        self._file: dict[str, str] = {}
        self._ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self._send({"method": "initialized", "params": {}})
        settings = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": {"yaml": settings}}})

    def errors(self, path: Path, text: str) -> list[str]:
        """What the editor underlines in the file once it is open: lines from 1, and messages."""
        path.write_text(text)
        self._file = {"uri": path.as_uri()}
        document = {**self._file, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        while True:
            message = self._read()
            params = message.get("params", {})
            if message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == self._file["uri"]:
                return [f"{d['range']['start']['line'] + 1}: {d['message']}" for d in params["diagnostics"]]

    def offered(self, line: int, column: int) -> set[str]:
        """What is offered at a place of the open file, counted from 1."""
        found = self._ask("textDocument/completion", self._at(line, column))
        return {item["label"] for item in (found["items"] if isinstance(found, dict) else found)}

    def hover(self, line: int, column: int) -> str:
        """What a mouse over the place shows."""
        found = self._ask("textDocument/hover", self._at(line, column))
        text: str = found["contents"]["value"] if found else ""
        return text

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _at(self, line: int, column: int) -> dict[str, Any]:
        return {"textDocument": self._file, "position": {"line": line - 1, "character": column - 1}}

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        self._count += 1
        self._send({"id": self._count, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == self._count and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        """The next message; questions of the server are answered with nothing."""
        out = self._process.stdout
        assert out is not None
        length = 0
        while line := out.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server ended"
        message: dict[str, Any] = json.loads(out.read(length))
        if "id" in message and "method" in message:
            wanted = message["params"].get("items") if message["method"] == "workspace/configuration" else None
            self._send({"id": message["id"], "result": [None] * len(wanted) if wanted else None})
        return message
