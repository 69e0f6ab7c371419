"""Each fault leads to its one message, on every way in, and to nothing that was secret."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from krm_secrets.yamltext.load import load, parse
from tests.running import Done, run, start
from tests.sops.encrypter import KEY, OTHER_KEY, THIRD_KEY
from tests.sops.faults import CANARY, FAULTS, VALUES, broken, honest

ENV = {"SOPS_AGE_KEY": KEY.identity}


def whole(message: str) -> str:
    for name, key in (("{KEY}", KEY), ("{OTHER}", OTHER_KEY), ("{THIRD}", THIRD_KEY)):
        message = message.replace(name, key.recipient)
    return f"krm-secrets: error: {message}"


def leaks(text: str, source: str) -> list[str]:
    """Every secret, key or piece of ciphertext of the source that stands in the text."""
    pieces = re.findall(r"(?:data|iv|tag):([A-Za-z0-9+/]{8,})", source)
    pieces += re.findall(r"[A-Za-z0-9+/]{40,}", source.replace("\\n", " "))
    known = {KEY.recipient, OTHER_KEY.recipient, THIRD_KEY.recipient}
    secrets = [CANARY, *VALUES.values(), KEY.identity, KEY.identity.lower(), "4711", "ENC["]
    return [piece for piece in (*secrets, *pieces) if piece in text and piece not in known]


@pytest.mark.parametrize("name", FAULTS)
def test_a_stream_with_a_fault(name: str) -> None:
    source = broken(FAULTS[name])
    done = run(source, env=ENV)
    assert done == Done(1, b"", done.err)
    assert done.first == whole(FAULTS[name].message)
    assert leaks(done.err, source) == []


# Of a list in which a key stands twice no items can be read that could come back.
@pytest.mark.parametrize("name", [name for name in FAULTS if name != "block stands twice"])
def test_a_resource_list_with_a_fault(name: str) -> None:
    source = broken(FAULTS[name])
    items = source.split("\n---\n")
    text = f'{{"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [{", ".join(items)}]}}'
    done = run(text, env=ENV)
    assert done.code == 1
    expected = re.sub(", line [0-9]+:", ":", whole(FAULTS[name].message))  # nobody sees the list
    assert done.first == re.sub("(: line [0-9]+):", r"\1 of the object:", expected)
    assert leaks(done.err, source) == []
    # The items come back as they were, behind the results.
    output = done.out.decode()
    results, _, rest = output.partition('], "apiVersion"')
    assert text == '{"apiVersion"' + rest
    assert leaks(results, source) == []
    assert json.loads(results.removeprefix('{"results": ') + "]")[0]["severity"] == "error"


@pytest.mark.parametrize("name", FAULTS)
def test_the_real_command_leaks_nothing(name: str) -> None:
    source = broken(FAULTS[name])
    done = start(source, env=ENV)
    assert done == Done(1, b"", done.err)
    assert done.first == whole(FAULTS[name].message)
    assert leaks(done.err, source) == []


@pytest.mark.parametrize("name", [n for n, fault in FAULTS.items() if fault.mac == "require"])
def test_under_auto_a_mac_that_fails_is_a_notice(name: str) -> None:
    done = run(broken(FAULTS[name]._replace(mac="auto")), env=ENV)
    assert done.code == 0
    assert done.err == (
        "krm-secrets: notice: the MAC of 1 of 1 decrypted objects could not be verified, since the host changes what"
        " it covers: Secret s; every value was authenticated at its place (`buildMetadata: [originAnnotations]` lets"
        " the files be verified)\n"
    )


def test_without_a_fault_the_values_come_out() -> None:
    done = run(json.dumps(honest()), env=ENV)
    assert (done.code, done.err) == (0, "")
    assert objects(done.out)[0]["data"] == VALUES


def test_all_faults_are_told_in_one_run() -> None:
    names = ["an unknown type", "no block", "only kms and pgp"]
    done = run("\n---\n".join(broken(FAULTS[name]) for name in names), env=ENV)
    assert done.code == 1
    lines = done.err.splitlines()
    assert [re.sub(r", line \d+", ", line 1", line) for line in lines] == [
        whole(FAULTS[n].message) for n in names[1:2]
    ] + [whole(FAULTS[n].message) for n in (names[0], names[2])]


def objects(data: bytes) -> list[Any]:
    return [load(document.root) for document in parse(data.decode())]
