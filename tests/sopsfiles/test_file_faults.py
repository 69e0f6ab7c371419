"""Files of every format with one fault each, and the whole message that it must lead to."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import pytest

from krm_secrets.errors import field
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.file import decrypt_file
from krm_secrets.sops.files.formats import Format
from tests.sops.encrypter import encrypt
from tests.sops.faults import BELONGS, CANARY, PLAINTEXT, UNFIT
from tests.sops.test_faults import leaks
from tests.sopsfiles.files import dotenv_file, ini_file, json_file
from tests.sopsfiles.program import OURS

VALUES = {"a": f"{CANARY}-one", "b": f"{CANARY}-two"}
MAC = (
    "sops.mac: the MAC does not fit: the file was changed or merged after sops wrote it; restore what sops wrote, or"
    " change it with sops"
)
NO_BLOCK = "is no file that sops encrypted: it has no sops block"
TWICE = 'lines 1 and 1: the key "{}" stands twice in one mapping; remove one of them'

ENV = dotenv_file(VALUES).decode()
INI = ini_file({"s": VALUES, "t": VALUES}).decode()
BINARY = json_file({"data": VALUES["a"]}).decode()
DOCUMENTS = [json.dumps(document) for document in encrypt(VALUES, {"c": VALUES["b"]})]


def _twice(path: str, text: str, mark: str, apart: int) -> str:
    first = text[: text.index(mark)].count("\n") + 1
    return f"{path}: stands twice, in lines {first} and {first + apart}: remove one of them, or restore what sops wrote"


class Fault(NamedTuple):
    """A file with its fault."""

    form: Format
    text: str
    message: str


def yaml(*documents: str) -> str:
    return "\n---\n".join(documents)


def changed(text: str, pattern: str, new: str) -> str:
    """The text with the first place replaced that the pattern fits."""
    result, count = re.subn(pattern, new, text, count=1, flags=re.MULTILINE)
    assert count
    return result


FAULTS = {
    "dotenv, a key renamed": Fault("dotenv", changed(ENV, "^a=", "c="), f"c: {BELONGS}"),
    "dotenv, values swapped": Fault("dotenv", changed(ENV, r"^a=(.*)\nb=(.*)$", r"a=\2\nb=\1"), f"a: {UNFIT}"),
    "dotenv, plaintext": Fault("dotenv", changed(ENV, "^a=.*$", f"a={CANARY}"), f"a: {PLAINTEXT}"),
    "dotenv, a line less": Fault("dotenv", changed(ENV, r"^a=.*\n", ""), MAC),
    "dotenv, a line twice": Fault("dotenv", changed(ENV, r"^(a=.*\n)", r"\1\1"), MAC),
    "dotenv, lines in another order": Fault("dotenv", changed(ENV, r"^(a=.*\n)(b=.*\n)", r"\2\1"), MAC),
    "dotenv, a line without =": Fault("dotenv", changed(ENV, "^a=", "a"), f'["(encrypted)"]: {PLAINTEXT}'),
    "dotenv, a MAC that is no text": Fault("dotenv", changed(ENV, r"^(sops_mac=.*type:)str", r"\1int"), MAC),
    "dotenv, no MAC": Fault(
        "dotenv",
        changed(ENV, r"^sops_mac=.*\n", ""),
        "sops.mac: has no MAC, which says whether somebody changed the file",
    ),
    "dotenv, two MACs": Fault(
        "dotenv", changed(ENV, r"^(sops_mac=.*\n)", r"\1\1"), _twice("sops.mac", ENV, "sops_mac=", 1)
    ),
    "dotenv, no data key": Fault(
        "dotenv",
        changed(ENV, r"^sops_age__list_0__map_enc=.*\n", ""),
        "sops.age[0]: must have the strings recipient and enc",
    ),
    "dotenv, no recipients": Fault(
        "dotenv",
        "".join(line for line in ENV.splitlines(True) if not line.startswith("sops_age")),
        "sops: has no keys in it: restore what sops wrote",
    ),
    "dotenv, more parts than groups": Fault(
        "dotenv",
        f"{ENV}sops_shamir_threshold=9\n",
        "sops.shamir_threshold: must be a number of key groups",
    ),
    "dotenv, CRLF": Fault(
        "dotenv",
        ENV.replace("\n", "\r\n"),
        "the lines end in CRLF, which sops refuses in a dotenv file; save it with LF",
    ),
    "dotenv, cut short": Fault("dotenv", ENV[: ENV.index("sops_")], NO_BLOCK),
    "ini, a section renamed": Fault("ini", changed(INI, r"^\[s\]", "[u]"), f"u.a: {BELONGS}"),
    "ini, a section's head lost": Fault("ini", changed(INI, r"^\[t\]\n", ""), f"s.a: {UNFIT}"),
    "ini, values swapped": Fault("ini", changed(INI, r"^a = (.*)\nb = (.*)$", r"a = \2\nb = \1"), f"s.a: {BELONGS}"),
    "ini, plaintext": Fault("ini", changed(INI, "^a = .*$", f"a = {CANARY}"), f"s.a: {PLAINTEXT}"),
    "ini, a plain key more": Fault("ini", changed(INI, r"^\[t\]", f"c_unencrypted = {CANARY}\n[t]"), MAC),
    "ini, a null byte before a comment": Fault("ini", f"; x\n\0{INI}", "line 2: not of the form NAME = VALUE"),
    "ini, two blocks": Fault(
        "ini", f"{INI}[sops]\nmac = x\n", _twice("sops", INI, "[sops]", INI[INI.index("[sops]") :].count("\n"))
    ),
    "ini, cut short": Fault("ini", INI[: INI.index("[sops]")], NO_BLOCK),
    "binary, the key renamed": Fault("binary", changed(BINARY, '"data"', '"date"'), f"date: {UNFIT}"),
    "binary, a key more": Fault("binary", changed(BINARY, '"data"', '"x_unencrypted": "y", "data"'), MAC),
    "binary, cut short": Fault("binary", BINARY[:200], "not valid JSON: line 1: Unterminated string starting at"),
    "yaml, documents in another order": Fault("yaml", yaml(*DOCUMENTS[::-1]), MAC),
    "yaml, a document less": Fault("yaml", DOCUMENTS[0], MAC),
    "yaml, a document twice": Fault("yaml", yaml(*DOCUMENTS, DOCUMENTS[0]), MAC),
    "yaml, a plain document more": Fault("yaml", yaml(*DOCUMENTS, f"d: {CANARY}"), f"d: {PLAINTEXT}"),
    "yaml, two blocks": Fault("yaml", changed(DOCUMENTS[0], '"sops"', '"sops": 1, "sops"'), TWICE.format("sops")),
    "yaml, a key twice": Fault("yaml", changed(DOCUMENTS[0], '"a"', '"a": 1, "a"'), TWICE.format("a")),
    "yaml, cut short": Fault("yaml", DOCUMENTS[0][:100], "line 1: not valid YAML: found unexpected end of stream"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_one_message(name: str) -> None:
    fault = FAULTS[name]
    with pytest.raises(SopsError) as caught:
        decrypt_file(fault.text.encode(), OURS, fault.form)
    error = caught.value
    message = f"{field(error.path)}: {error.message}" if error.path else error.message
    assert message == fault.message
    assert leaks(message, fault.text) == []
