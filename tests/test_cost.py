"""What somebody may send to stop us is read once, asked once, or refused: counted here, and measured in `bench`."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, strategies as st

from krm_secrets import __main__ as program, shell
from krm_secrets._startup import stdio
from krm_secrets.errors import MAX_COMPARED, did_you_mean, some
from krm_secrets.externalsecrets import names
from krm_secrets.migrate import mappings
from krm_secrets.secrets.uses import value_forms
from krm_secrets.sops import identities, value
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.identities import Identities, KeySource
from krm_secrets.sops.metadata import AgeKey, Metadata, parse
from krm_secrets.sops.recognition import recognize
from krm_secrets.stages import verification
from krm_secrets.yamltext.comments import comments
from krm_secrets.yamltext.lines import newline_of
from krm_secrets.yamltext.load import parse as documents
from tests.running import run, run_with
from tests.sops.encrypter import KEY, OTHER_KEY, encrypt, encrypted_secret, seal, stream

ENV = {"SOPS_AGE_KEY": KEY.identity}
TOO_MUCH = "the input is larger than 0 MiB"


def counting(target: object, name: str) -> Any:
    return mock.patch.object(target, name, wraps=getattr(target, name))


# Standard input


@pytest.fixture
def small() -> Iterator[None]:
    with mock.patch.object(stdio, "MAX_INPUT", 10), mock.patch.object(shell, "MAX_INPUT", 10):
        yield


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("guard",),
        ("guard", "--keep"),
        ("run", "-"),
        ("shorten", "-"),
        ("sops", "decrypt", "--input-type", "yaml", "-"),
    ],
)
def test_every_reader_of_standard_input_has_a_limit(words: tuple[str, ...], small: None) -> None:
    done = run(b"sops: much too long", *words)
    assert (done.code, done.out) == (1, b"")
    assert done.first.endswith(TOO_MUCH)


def test_what_names_nothing_of_ours_has_it_too() -> None:
    with mock.patch.object(program, "MAX_INPUT", 3), mock.patch.object(shell, "MAX_INPUT", 3):
        assert run(b"plain").err == f"krm-secrets: error: {TOO_MUCH}\n"


def test_no_more_is_read_than_is_taken(small: None) -> None:
    given = io.TextIOWrapper(io.BytesIO(b"x" * 100))
    with mock.patch("sys.stdin", given):
        assert stdio.read() == b"x" * 11
    assert given.buffer.tell() == 11


# Keys


def metadata(recipients: int) -> Metadata:
    block: Any = encrypted_secret(string_data={"a": "b"}, keys=[OTHER_KEY])["sops"]
    entry = parse(block).groups[0][0]
    return parse(block)._replace(groups=(tuple(AgeKey(f"age1{n}", entry.enc) for n in range(recipients)),))


def test_a_command_runs_a_bounded_number_of_times_in_a_run() -> None:
    asked: list[str] = []

    def read(recipient: str) -> str:
        asked.append(recipient)
        return ""

    found = Identities([KeySource("THE_CMD", read, asks=True)])
    with mock.patch.object(identities, "MAX_ASKED", 3):
        for _ in range(2):
            with pytest.raises(SopsError) as caught:
                found.unlock(metadata(5))
    assert asked == ["age10", "age11", "age12"]
    assert f"THE_CMD: {identities.TOO_MANY}" in str(caught.value)


# Values


def test_the_places_of_values_have_a_limit_together() -> None:
    (document,) = encrypt({"k" * 30: {"a": "x", "b": "y"}})
    data = stream(document)
    words = ("sops", "decrypt", "--input-type", "yaml", "-")
    with mock.patch.object(value, "MAX_PLACES", 66):
        assert run(data, *words, env=ENV).code == 0
    with mock.patch.object(value, "MAX_PLACES", 65):
        done = run(data, *words, env=ENV)
    assert (done.code, done.out) == (1, b"")
    assert "has such long keys over so many values" in done.err


def test_a_key_of_colons_is_one_step_of_a_place() -> None:
    key = b"k" * 32
    item = encrypted_secret(string_data={"b": "x"}, data_key=key)
    text = json.dumps(item)
    comment = seal(key, "why", "stringData:", "comment")
    lines = text.replace('"stringData": {', f'"stringData": {{ #{comment}\n')
    done = run(f"{lines}\n", env=ENV)
    assert (done.code, "#why" in done.out.decode()) == (0, True)


@pytest.mark.parametrize("end", ["", ",type:comment", ",type:str]"])
def test_a_comment_without_an_end_is_none(end: str) -> None:
    row = "#ENC[AES256_GCM,data:" * 3 + end
    item = stream(encrypted_secret(string_data={"b": "x"}))
    done = run(f"{row}\n{item}", env=ENV)
    assert (done.code, done.out.decode().startswith(row)) == (0, True)


def test_each_document_is_opened_twice_at_most_for_macs_of_its_own(tmp_path: Path) -> None:
    items = [encrypted_secret(name=f"s{n}", string_data={"a": "b", "c": "d"}) for n in range(12)]
    for item in items:
        item["stringData"]["c"] = ""
    path = tmp_path / "a.yaml"
    path.write_text(stream(*items))
    with counting(verification, "open_document") as opened:
        assert run(b"", "run", str(path), env=ENV).code == 1
    assert opened.call_count == len(items)


def test_the_marks_of_a_broken_file_are_searched_for_in_turn() -> None:
    broken = b"a: [\n"
    assert recognize("a.yaml", broken + b"sops:\n  mac: ENC[x]\n") is not None
    assert recognize("a.yaml", broken + b"  mac: ENC[x]\nsops:\n") is None
    assert recognize("a.yaml", broken + b"sops:\n" * 3 + b" ENC[") is None


# Messages


def test_of_many_known_words_the_first_ones_are_looked_at() -> None:
    words = [f"word-{chr(97 + n % 26)}{n}" for n in range(MAX_COMPARED)]
    assert did_you_mean("pasword", [*words[:-1], "password"]) == '; did you mean "password"?'
    assert did_you_mean("pasword", [*words, "password"]) == ""
    assert did_you_mean("x" * 301, ["x" * 300]) == ""


def test_a_message_lists_so_many_names() -> None:
    assert some(["a", "b"]) == "a, b"
    assert some([f"n{n}" for n in range(23)]).endswith("n18, n19 and 3 more")


# Text


@pytest.mark.parametrize(("text", "newline"), [("a\r\nb\n", "\r\n"), ("a\n", "\n"), ("x" * 70000 + "\r\n", "\n")])
def test_the_line_end_is_looked_for_where_lines_begin(text: str, newline: str) -> None:
    assert newline_of(text) == newline


def test_a_comment_belongs_to_the_last_entry_that_is_indented_no_deeper() -> None:
    text = "a:\n  b:\n    - c: 1\n      d: 2\n  # two\n    # four\ne: 3\n# none\n"
    (document,) = documents(text)
    found = {each.text: each.path for each in comments(text, document, 0, len(text))}
    assert found == {"# two": ("a", "b"), "# four": ("a", "b", 0), "# none": ("e",)}


# ExternalSecrets


def external(name: str, target: str) -> dict[str, object]:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name},
        "spec": {
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "op"},
            "target": {"name": target, "template": {"data": {"A": "{{ .a }}", "B": "x{{ .b }}", "C": "y{{ .c }}"}}},
            "dataFrom": [{"extract": {"key": f"item-{name}"}}],
        },
    }


@pytest.mark.parametrize(
    ("targets", "mapped", "most"),
    [
        (lambda n: f"s{n}", 1, 1),  # all fit together
        (lambda n: f"s{n // 2}", 2, 2),  # each target twice
    ],
)
def test_externalsecrets_of_a_file_are_gathered_in_few_tries(
    targets: Callable[[int], str], mapped: int, most: int
) -> None:
    data = stream(*(external(f"s{n}", targets(n)) for n in range(40)))
    with counting(mappings, "_fits") as tried:
        done = run(data, "shorten", "-")
    assert done.code == 0
    assert done.out.decode().count("kind: SecretMapping") == mapped
    assert tried.call_count <= most * 2


# What is looked for in all of what others wrote

NAMES = st.lists(st.sampled_from(["existing", "Existing", "Secret", "secret", "a", "_", "é", "-", "Key"]), max_size=6)


@given(NAMES.map("".join))
def test_the_name_of_an_existing_secret_is_read_as_by_an_expression_that_tries_all_places(key: str) -> None:
    expression = re.compile(r"(?:existing|\w*Existing)\w*Secret\w*")
    assert value_forms._is_existing(key) is (expression.fullmatch(key) is not None)


def test_whether_all_items_are_ids_is_looked_at_once() -> None:
    ids = {f"item{n}": f"00000000-0000-0000-0000-{n:012}" for n in range(20)}
    mappings = "".join(
        f"---\n{{apiVersion: krm-secrets.dev/v1alpha1, kind: SecretMapping, metadata: {{name: m{n}}},"
        f" secrets: {{s{n}: odd{n}}}}}\n"
        for n in range(20)
    )
    config = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretsConfig", "metadata": {"name": "c"}}
    with counting(names, "is_uuid") as asked:
        done = run_with({**config, "store": "bitwarden", "items": ids}, mappings)
    assert done.err.count("is no UUID, but all other items known here are") == 20
    assert asked.call_count < 100
