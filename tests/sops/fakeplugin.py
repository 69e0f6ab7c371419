"""An age plugin in a few lines, for tests: it wraps a file key by turning its bits over.

`FAKE_PLUGIN` says what it does beside: ask, tell, fail. Source: C2SP, age plugin protocol.
"""

from __future__ import annotations

import os
import sys
from base64 import b64decode, b64encode
from pathlib import Path


def install(folder: Path) -> None:
    """Make `age-plugin-fake` a program of the folder."""
    program = folder / "age-plugin-fake"
    program.write_text(f"#!{sys.executable}\n{Path(__file__).read_text()}")
    program.chmod(0o755)


def receive() -> tuple[list[str], bytes]:
    words = sys.stdin.readline().removeprefix("-> ").split()
    text, line = "", "\n".rjust(65)
    while len(line) == 65:
        line = sys.stdin.readline()
        text += line.strip()
    return words, b64decode(text + "=" * (-len(text) % 4))


def send(*words: str, body: bytes = b"") -> tuple[list[str], bytes]:
    text = b64encode(body).decode().rstrip("=")
    rows = [text[i : i + 64] for i in range(0, len(text), 64)] + ([""] if len(text) % 64 == 0 else [])
    print("->", *words, end="\n" + "\n".join(rows) + "\n", flush=True)
    return receive() if words != ("done",) else ([], b"")


def turned(data: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in data)


def unwrap(wanted: str) -> None:
    stanzas = []
    while (given := receive())[0] != ["done"]:
        if given[0][0] == "recipient-stanza":
            stanzas.append(given)
    answers = [b""]
    if "tell" in wanted:
        send("msg", body=b"touch \x1b[31mit")
    if "confirm" in wanted:
        answers.append(" ".join(send("confirm", *map(plain, ("Do it", "Skip")), body=b"Really?")[0]).encode())
    if "public" in wanted:
        answers.append(send("request-public", body=b"Slot?")[1])
    if "secret" in wanted:
        answers.append(send("request-secret", body=b"PIN?")[1])
    if "fail" in wanted:
        send("error", "identity", "0", body=b"CANARY")
    for words, body in stanzas:
        if words[2] == "fake" and "fail" not in wanted and wanted.partition("=")[2].encode() == answers[-1]:
            send("file-key", words[1], body=turned(body))
            break
    send("done")


def plain(text: str) -> str:
    return b64encode(text.encode()).decode().rstrip("=")


def wrap() -> None:
    count, keys = 0, []
    while (given := receive())[0] != ["done"]:
        count += given[0][0] == "add-recipient"
        keys += [given[1]] if given[0][0] == "wrap-file-key" else []
    for number, key in enumerate(keys):
        for _ in range(count):
            send("recipient-stanza", str(number), "fake", body=turned(key))
    send("done")


if __name__ == "__main__":
    print("CANARY", file=sys.stderr)
    if "die" in os.environ.get("FAKE_PLUGIN", ""):
        sys.exit(3)
    if "--age-plugin=identity-v1" in sys.argv:
        unwrap(os.environ.get("FAKE_PLUGIN", ""))
    else:
        wrap()
