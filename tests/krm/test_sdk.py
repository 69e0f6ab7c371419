"""Functions of somebody's own: what they see, what they change, and what a host hears when they fail."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, strategies as st

import krm_secrets
from krm_secrets import krm
from krm_secrets.errors import INFO
from krm_secrets.krm import Call, Failure, Item
from krm_secrets.yamltext.load import load, parse
from tests.sops.encrypter import KEY, encrypted_secret, stream

TEXT = """\
# head
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web   # mine
  namespace: shop
spec:
  replicas: 2
  list: [1, 2, 3]
  containers:
    - name: a   # first
      image: "x"
    - {name: b, image: y}
  empty:
"""


def one(text: str = TEXT) -> Item:
    seen: list[Item] = []

    def keep(call: Call) -> Iterable[Item]:
        seen.extend(call.items)
        return call.items

    assert krm.run(keep, text.encode()).data == text.encode()
    return seen[0]


def changed(*changes: tuple[Any, ...], text: str = TEXT) -> str:
    """The text after each change: a path and a value, or a path alone for what goes."""

    def change(call: Call) -> Iterable[Item]:
        (item,) = call.items
        for path, *value in changes:
            item = item.set(*path, value=value[0]) if value else item.without(*path)
        return [item]

    done = krm.run(change, text.encode())
    assert done.ok, done.results
    return done.data.decode()


def test_what_an_item_says() -> None:
    item = one()
    assert (item.api_version, item.kind, item.namespace, item.name) == ("apps/v1", "Deployment", "shop", "web")
    assert item.get("spec", "containers", 1, "image") == "y"
    assert [item.get(*path) for path in (("spec", "no"), ("spec", 0), ("spec", "list", 9), ("kind", "x"))] == [None] * 4
    assert item.get("spec", "list", -1, default=7) == 7
    assert repr(item) == "<Item Deployment shop/web>"
    assert one("metadata: []\n").name == ""


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ([(("spec", "replicas"), 3)], "replicas: 2", "replicas: 3"),
        ([(("spec", "replicas"), "3")], "replicas: 2", 'replicas: "3"'),
        ([(("spec", "list", 1), "z")], "[1, 2, 3]", "[1, z, 3]"),
        ([(("spec", "list", 1),)], "[1, 2, 3]", "[1, 3]"),
        ([(("spec", "containers", 0, "image"), "z")], '"x"', "z"),
        ([(("spec", "replicas"),)], "  replicas: 2\n", ""),
        ([(("spec", "no", "way"),)], "", ""),
        ([(("spec", "replicas"),), (("spec", "replicas"), 2)], "replicas: 2", "replicas: 2"),
        ([(("spec", "empty", "a"), {"b": []})], "  empty:\n", "  empty:\n    a:\n      b: []\n"),
        ([(("spec", "list"), {"a": 1}), (("spec", "list", "a"), 2)], "[1, 2, 3]", '{"a": 2}'),
        ([(("metadata", "labels", "a"), "1"), (("metadata", "labels", "b"), "x")], "  name: web ",
         '  labels:\n    a: "1"\n    b: x\n  name: web '),
    ],
)  # fmt: skip
def test_changes_leave_all_other_bytes_alone(changes: list[tuple[Any, ...]], old: str, new: str) -> None:
    assert changed(*changes) == TEXT.replace(old, new, 1)


paths = st.sampled_from(
    [("metadata", "name"), ("metadata", "labels"), ("metadata", "labels", "x"), ("spec", "replicas"), ("spec", "list"),
     ("spec", "list", 0), ("spec", "containers", 1, "image"), ("spec", "empty"), ("spec", "empty", "a"), ("new",),
     ("spec", "containers", 0)]
)  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3),
    max_leaves=4,
)


@given(st.lists(st.tuples(paths, values) | st.tuples(paths), max_size=5))
def test_the_text_reads_as_the_data(changes: list[tuple[Any, ...]]) -> None:
    meant: list[object] = []

    def change(call: Call) -> Iterable[Item]:
        (item,) = call.items
        for path, *value in changes:
            item = item.set(*path, value=value[0]) if value else item.without(*path)
        meant.append(item.data)
        return [item]

    done = krm.run(change, TEXT.encode())
    if meant:
        (document,) = parse(done.data.decode())
        assert load(document.root) == meant[0]
    else:  # a way that leads through no mapping
        assert not done.ok


def test_a_place_that_cannot_be_is_an_error() -> None:
    with pytest.raises(Failure) as error:
        one().set("kind", "x", value=1)
    assert str(error.value) == "Deployment shop/web, line 3: kind: has no x to be set"
    with pytest.raises(ValueError, match="at least one key"):
        one().set(value=1)


def test_a_key_that_stands_twice_is_an_error_of_its_object() -> None:
    done = krm.run(lambda call: [item.set("a", value=1) for item in call.items], b"kind: A\nx: 1\nx: 2\n")
    assert not done.ok
    assert [str(result) for result in done.results] == [
        'A: lines 2 and 3: the key "x" stands twice in one mapping; remove one of them'
    ]


def test_items_that_are_not_given_go_and_new_ones_come() -> None:
    new = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}}
    text = f"{TEXT}---\nkind: B\n"
    done = krm.run(lambda call: [call.items[1], Item.new(new).set("data", "a", value="b")], text.encode())
    assert done.data.decode() == (
        "kind: B\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: new\ndata:\n  a: b\n"
    ) or load(parse(done.data.decode())[1].root) == {**new, "data": {"a": "b"}}


def resource_list(**fields: object) -> bytes:
    item = {"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}}
    head = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList"}
    return json.dumps({**head, "items": [item], **fields}).encode()


def test_results_have_paths_and_stand_in_the_list() -> None:
    def look(call: Call) -> Iterable[Item]:
        assert call.config is not None
        for item in call.items:
            call.report(item.info(call.config.get("data", "say"), "spec", "list", 0))
            call.report(item.warning("hm"))
        return call.items

    done = krm.run(look, resource_list(functionConfig={"kind": "ConfigMap", "data": {"say": "seen"}}))
    assert done.ok
    assert [result.severity for result in done.results] == ["info", "warning"]
    (first, _) = json.loads(done.data)["results"]
    assert first == {
        "message": "seen",
        "severity": "info",
        "resourceRef": {"apiVersion": "v1", "kind": "A", "name": "a"},
        "field": {"path": "spec.list[0]"},
    }


def test_a_mistake_leaves_the_items_as_they_came() -> None:
    def refuse(call: Call) -> Iterable[Item]:
        for item in call.items:
            call.report(item.error("is wrong", "kind"))
            yield item.set("kind", value="B")

    done = krm.run(refuse, resource_list())
    assert not done.ok
    assert json.loads(done.data)["items"][0]["kind"] == "A"
    assert json.loads(done.data)["results"][0]["severity"] == "error"
    assert krm.run(refuse, b"kind: A\n").data == b""


def test_of_an_exception_the_class_and_the_place_are_said_and_no_value() -> None:
    def fails(call: Call) -> Iterable[Item]:
        raise ValueError("CANARY")

    (result,) = krm.run(fails, TEXT.encode()).results
    assert "ValueError at sdk.py:" in result.message
    assert "CANARY" not in str(result)
    assert "CANARY" not in repr(krm.run(lambda call: call.items, b"a: CANARY\n"))


def test_input_that_is_none_is_an_error() -> None:
    for data in (b"a: [", b"\xff"):
        assert not krm.run(lambda call: call.items, data).ok
    (result,) = krm.run(lambda call: call.items, b"a: 1\n", b"a: 1\n---\na: 2\n").results
    assert str(result) == "a functionConfig is one object, not 2"
    with mock.patch("krm_secrets.krm.sdk.MAX_INPUT", 3):
        assert not krm.run(lambda call: call.items, b"a: 1\n").ok


def main(function: krm.Function, data: bytes, *words: str) -> tuple[int, bytes, str]:
    raw, err = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(raw)
    with (
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(data))),
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(sys, "stderr", err),
        mock.patch.object(sys, "argv", ["/usr/bin/team", *words]),
        pytest.raises(SystemExit) as exit,
    ):
        krm.main(function)
    assert isinstance(exit.value.code, int)
    return exit.value.code, raw.getvalue(), err.getvalue()


def reporting(severity: str) -> krm.Function:
    def function(call: Call) -> Iterable[Item]:
        for item in call.items:
            call.report(getattr(item, severity)("a message", "kind"))
            yield item

    return function


def test_a_process_ends_as_hosts_want_it() -> None:
    text = "kind: A\nmetadata: {name: a}\n"
    assert main(reporting("info"), text.encode()) == (0, text.encode(), "team: notice: A a, line 1: kind: a message\n")
    assert main(reporting("error"), text.encode()) == (1, b"", "team: error: A a, line 1: kind: a message\n")
    code, out, _ = main(reporting("error"), resource_list())
    assert (code, json.loads(out)["results"][0]["severity"]) == (1, "error")


def test_a_legacy_plugin_gets_its_config_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text("kind: C\ndata: {a: b}\n")
    monkeypatch.setenv("KUSTOMIZE_PLUGIN_CONFIG_ROOT", str(tmp_path))

    def add(call: Call) -> Iterable[Item]:
        assert call.config is not None
        return [item.set("a", value=call.config.get("data", "a")) for item in call.items]

    code, out, _ = main(add, b"kind: A\n", str(tmp_path / "config.yaml"))
    assert (code, out) == (0, b"a: b\nkind: A\n")
    (tmp_path / "config.yaml").write_bytes(b"\xff")
    code, out, err = main(add, b"kind: A\n", str(tmp_path / "config.yaml"))
    assert (code, out, err.startswith("team: error: ")) == (1, b"", True)


# The program for programs


def test_the_function_over_bytes() -> None:
    data = (
        b"apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: a}\nstore: s\nsecrets: {a: b}\n"
    )
    done = krm_secrets.run(data)
    assert (done.ok, done.results) == (True, ())
    assert b"kind: ExternalSecret" in done.data
    failed = krm_secrets.run(data.replace(b"secrets:", b"secret:"))
    assert (failed.ok, failed.data) == (False, b"")
    assert "unknown field" in str(failed.results[0])
    assert krm_secrets.run(stream(encrypted_secret(string_data={"a": "x"})).encode(), placeholder=True).ok


def test_a_file_is_decrypted_by_the_key_that_is_given() -> None:
    data = json.dumps(encrypted_secret(string_data={"a": "CANARY"})).encode()
    assert b"CANARY" in krm_secrets.decrypt_file(data, "json", {"SOPS_AGE_KEY": KEY.identity})
    for environ in ({}, {"SOPS_AGE_KEY": "nonsense"}):
        with pytest.raises(Failure) as error:
            krm_secrets.decrypt_file(data, "json", environ)
        assert "CANARY" not in str(error.value)
    with pytest.raises(Failure, match="there is no format 'toml'"):
        krm_secrets.decrypt_file(data, "toml")


@pytest.mark.parametrize("module", [krm_secrets, krm])
def test_all_that_is_offered_is_there(module: Any) -> None:
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = module.nonsense


def test_a_start_pays_for_none_of_it() -> None:
    code = "import sys, krm_secrets, krm_secrets.krm; print(*sorted(n for n in sys.modules if 'krm_secrets' in n))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["krm_secrets", "krm_secrets.krm"]
    assert INFO == "info"
