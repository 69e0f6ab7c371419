"""`krm-secrets sops inspect`: which files it finds, what it says about them, and how."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from krm_secrets.cli import progress
from tests.running import Done, run
from tests.sops.encrypter import KEY, OTHER_KEY, SECRET_RULE, THIRD_KEY, TIME, encrypt, encrypted_secret, secret, stream
from tests.sopsfiles.files import dotenv_file, ini_file, json_file

A, B, C = KEY.recipient, OTHER_KEY.recipient, THIRD_KEY.recipient
CANARY = "plaintext-canary-93c"
ENV = {"SOPS_AGE_KEY": KEY.identity}
RULE = {"path_regex": ".", "age": A, **SECRET_RULE}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(name: str, content: str | bytes | object) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, bytes) else content.encode() if isinstance(content, str) else None
    path.write_bytes(json.dumps(content).encode() if data is None else data)


def rules(*entries: dict[str, Any]) -> None:
    put(".sops.yaml", {"creation_rules": entries})


def inspect(*words: str, env: dict[str, str] | None = None) -> Done:
    return run(b"", "sops", "inspect", *words, env=ENV if env is None else env)


def report(*words: str, env: dict[str, str] | None = None) -> Any:
    done = inspect("--format", "json", *words, env=env)
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def files(*words: str, env: dict[str, str] | None = None) -> list[Any]:
    found = report(*words, env=env)["files"]
    assert isinstance(found, list)
    return found


def findings(content: object, *entries: dict[str, Any], name: str = "x.yaml") -> list[str]:
    """What is said about one file, as `severity code field: message`."""
    if entries:
        rules(*entries)
    put(name, content)
    (found,) = files(name)
    return [f"{f['severity']} {f['code']} {f['field']}: {f['message']}" for f in found["findings"]]


def test_files_are_found_by_content_whatever_their_names() -> None:
    document = {"data": {"k": "v"}}
    put("a.sops.yaml", encrypt(document)[0])
    put("b/c.enc.age.yaml", json_file(document))
    put("b/.env", dotenv_file({"A": "v"}))
    put("b/plain.ini", ini_file({"s": {"k": "v"}}))
    put("b/data.json", json_file(document))
    put("b/logo", json_file({"data": "bytes"}))
    put("b/wide.yaml", ("\ufeff" + json.dumps(encrypt(document)[0])).encode("utf-16-le"))
    put("b/values.txt", re.sub('^{"data"', "", "") + "data: x\n" + yaml_block())
    put("notes.md", "Put it like this:\n\n```yaml\nsops:\n    mac: ENC[AES256_GCM,data:x]\n```\n")
    put("values.yaml", "sops: {enabled: true}\nsecret: ENC[...]\n")
    put("plain.yaml", "a: 1\n")
    put("image.png", b"\x89PNG\r\n\x1a\n\0\0sopsENC[")
    put(".git/x.yaml", encrypt(document)[0])
    os.symlink("nowhere", "broken.yaml")
    os.mkfifo("pipe.yaml")
    found = {entry["file"]: entry["format"] for entry in files()}
    assert found == {
        "a.sops.yaml": "yaml",
        "b/.env": "dotenv",
        "b/c.enc.age.yaml": "yaml",
        "b/data.json": "json",
        "b/logo": "binary",
        "b/plain.ini": "ini",
        "b/values.txt": "yaml",
        "b/wide.yaml": "yaml",
    }
    assert all(entry["opens"] for entry in files())


def yaml_block() -> str:
    """A `sops` block in YAML's own form."""
    block = encrypt({"data": "x"}, unencrypted_suffix="data")[0]["sops"]
    head = f"sops:\n    lastmodified: '{block['lastmodified']}'\n    mac: {block['mac']}\n"
    return f"{head}    version: {block['version']}\n    age: {json.dumps(block['age'])}\n"


def test_a_hidden_folder_that_is_named_is_looked_into() -> None:
    put(".hidden/x.yaml", encrypt({"a": "b"})[0])
    assert files() == []
    assert [entry["file"] for entry in files(".hidden")] == [".hidden/x.yaml"]


def test_the_json_shape() -> None:
    rules({"path_regex": "^y"}, RULE)
    put("x.yaml", encrypted_secret(string_data={"k": CANARY}, only=True))
    assert report() == {
        "version": 1,
        "files": [
            {
                "file": "x.yaml",
                "documents": [0],
                "format": "yaml",
                "keyGroups": [[{"kind": "age", "name": A}]],
                "threshold": 1,
                "selector": {"encrypted_regex": "^(data|stringData)$"},
                "macOnlyEncrypted": True,
                "sopsVersion": "3.13.3",
                "lastModified": TIME,
                "opens": True,
                "rule": {"config": ".sops.yaml", "index": 1, "line": 1, "pathRegex": "."},
                "findings": [
                    {
                        "severity": "info",
                        "code": "mac-differs",
                        "rule": "sops-selector-differs",
                        "message": "the MAC is over only encrypted values, where .sops.yaml:1 asks for all values",
                        "field": "sops.mac_only_encrypted",
                        "document": None,
                    }
                ],
            }
        ],
        "configs": [
            {
                "file": ".sops.yaml",
                "rules": 2,
                "findings": [
                    {
                        "severity": "warning",
                        "rule": "sops-rule-useless",
                        "message": "has no keys, so that sops encrypts a file by it only with those of --age or"
                        " SOPS_AGE_RECIPIENTS",
                        "field": "creation_rules[0]",
                        "line": 1,
                    }
                ],
            }
        ],
    }


def test_the_table() -> None:
    rules({"path_regex": "^b", "age": [A, B], **SECRET_RULE}, {"path_regex": "^a", "age": A})
    put("b/two.yaml", encrypted_secret(string_data={"k": "v", "e": ""}, keys=(KEY,)))
    put("a.env", dotenv_file({"K": "v"}, keys=(OTHER_KEY,)))
    put("c.yaml", encrypt({"a": "b"}, groups=[[KEY], [OTHER_KEY, THIRD_KEY]], threshold=2)[0])
    done = inspect()
    short = {key: f"{key[:10]}…{key[-6:]}" for key in (A, B, C)}
    margin = " " * 74
    counts = sorted([(A, "    2  yes    "), (B, "    2  -      "), (C, "    1  -      ")])
    assert (done.code, done.err) == (0, "")
    assert done.out.decode() == (
        "FILE        RECIPIENTS           RULE          SOPS    CHANGED     OPENS  FINDINGS\n"
        f"a.env       {short[B]}    .sops.yaml:1  3.13.3  2026-01-02  no     sops-recipient-stale\n"
        f"{margin}sops-recipient-missing\n"
        f"{margin}not-opened\n"
        "c.yaml      2 of 2 groups:       -             3.13.3  2026-01-02  no     sops-no-rule\n"
        f"{f'            1 {short[A]}':74}not-opened\n"
        f"            2 {short[B]}\n"
        f"            2 {short[C]}\n"
        f"b/two.yaml  {short[A]}    .sops.yaml:1  3.13.3  2026-01-02  yes    sops-recipient-missing\n"
        f"{margin}sops-empty-value\n"
        "\n"
        "FILES  YOURS  RECIPIENT\n" + "".join(f"{count}{key}\n" for key, count in counts) + "\n"
        f"warning: a.env: sops: is encrypted for {B}, whom .sops.yaml:1 does not name; run sops updatekeys"
        " [sops-recipient-stale]\n"
        f"warning: a.env: sops: is not encrypted for {A}, whom .sops.yaml:1 names; run sops updatekeys"
        " [sops-recipient-missing]\n"
        "warning: c.yaml: no rule of .sops.yaml matches it, so that sops updatekeys fails [sops-no-rule]\n"
        f"warning: b/two.yaml: sops: is not encrypted for {B}, whom .sops.yaml:1 names; run sops updatekeys"
        " [sops-recipient-missing]\n"
        "notice: b/two.yaml: stringData.e: is empty, which sops does not encrypt [sops-empty-value]\n"
        "\n"
        "3 files; 4 warnings, 3 notices\n"
    )


def test_nothing_to_find() -> None:
    assert inspect() == (0, b"\nno file that sops encrypted\n", "")
    assert report() == {"version": 1, "files": [], "configs": []}


def test_what_cannot_be_looked_at_is_an_error() -> None:
    put("plain.yaml", "a: 1\n")
    os.mkfifo("pipe")
    done = inspect("plain.yaml", "none.yaml", "pipe")
    assert done.code == 1
    assert done.err == (
        "krm-secrets: error: none.yaml: cannot be read: No such file or directory\n"
        "krm-secrets: error: pipe: is no regular file\n"
        "krm-secrets: notice: plain.yaml: is not encrypted with sops\n"
    )


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="no /proc here")
def test_a_file_that_opens_and_cannot_be_read_is_an_error() -> None:
    done = run("", "sops", "inspect", "/proc/self/mem")
    assert (done.code, done.err) == (
        1,
        "krm-secrets: error: /proc/self/mem: cannot be read: Input/output error\n",
    )


def test_a_folder_that_cannot_be_listed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def walk(path: str, onerror: Any) -> Any:
        onerror(OSError(13, "Permission denied", "x"))
        return iter(())

    monkeypatch.setattr(os, "walk", walk)
    done = inspect()
    assert (done.code, done.err) == (1, "krm-secrets: error: x: cannot be listed: Permission denied\n")


def test_check_fails_for_warnings_and_errors_only() -> None:
    put("x.yaml", encrypted_secret(string_data={"k": "v", "e": ""}))
    assert inspect("--check").code == 0  # an empty value is a notice
    rules({"path_regex": "^y", "age": A})
    assert inspect().code == 0
    assert inspect("--check").code == 1


def test_check_fails_for_a_broken_configuration() -> None:
    put("x.yaml", encrypted_secret(string_data={"k": "v"}))
    put(".sops.yaml", "- a\n")
    done = inspect("--check")
    assert done.code == 1
    assert b"error: .sops.yaml: must be a mapping with creation_rules [sops-rule-useless]\n" in done.out
    put(".sops.yaml", b"\xff")
    assert b"error: .sops.yaml:1: the input is not UTF-8 text; save it as UTF-8 [sops-rule-useless]\n" in inspect().out


def test_the_nearest_configuration_above_the_file_counts() -> None:
    rules(RULE)
    put("sub/.sops.yaml", {"creation_rules": [{"path_regex": "^deep/x", "age": [A, B], **SECRET_RULE}]})
    put("sub/deep/x.yaml", encrypted_secret(string_data={"k": "v"}))
    put("y.yaml", encrypted_secret(string_data={"k": "v"}))
    found = {entry["file"]: entry["rule"]["config"] for entry in files()}
    assert found == {"sub/deep/x.yaml": "sub/.sops.yaml", "y.yaml": ".sops.yaml"}
    absolute = str(Path("y.yaml").absolute())
    assert files(absolute)[0]["rule"]["config"] == str(Path(".sops.yaml").absolute())


def test_the_environment_names_the_configuration_for_all() -> None:
    put("other/rules", {"creation_rules": [{"age": B}]})
    put("x.yaml", encrypted_secret(string_data={"k": "v"}))
    (found,) = files(env={**ENV, "SOPS_CONFIG": "other/rules"})
    assert found["rule"] == {"config": "other/rules", "index": 0, "line": 1, "pathRegex": ""}


def test_a_configuration_without_rules_says_nothing() -> None:
    put(".sops.yaml", "stores: {yaml: {indent: 2}}\n")
    assert findings(encrypted_secret(string_data={"k": "v"})) == []


class TestFindings:
    """One finding each, word for word."""

    def test_none(self) -> None:
        assert findings(encrypted_secret(string_data={"k": "v"}), RULE) == []

    def test_missing_and_extra_recipients(self) -> None:
        assert findings(encrypted_secret(string_data={"k": "v"}), {**RULE, "age": f"{B},\n {C}"}) == [
            f"warning recipient-extra sops: is encrypted for {A}, whom .sops.yaml:1 does not name; run sops updatekeys",
            *(
                f"warning recipient-missing sops: is not encrypted for {key}, whom .sops.yaml:1 names;"
                " run sops updatekeys"
                for key in sorted((B, C))
            ),
        ]

    def test_other_groups_and_threshold(self) -> None:
        document = encrypt({"a": "b"}, groups=[[KEY], [OTHER_KEY], [THIRD_KEY]], threshold=2)[0]
        entry = {"key_groups": [{"age": [A, B]}, {"age": [C]}], "shamir_threshold": 1}
        assert findings(document, entry)[1:] == [
            "warning groups-differ sops.key_groups: its key groups are others than those of .sops.yaml:1;"
            " run sops updatekeys",
            "warning threshold-differs sops.shamir_threshold: 2 of its key groups open it, where .sops.yaml:1 asks"
            " for 1",
        ]

    def test_another_selector(self) -> None:
        assert findings(encrypted_secret(string_data={"k": "v"}), {"age": A}) == [
            "warning selector-differs sops.encrypted_regex: encrypted_regex is ^(data|stringData)$, where .sops.yaml:1"
            " says unencrypted_suffix is _unencrypted; to follow it, decrypt and encrypt anew"
        ]

    def test_the_default_selector_is_one_too(self) -> None:
        assert findings(encrypt({"a": "b"})[0], {"age": A, "unencrypted_suffix": "_unencrypted"}) == []

    def test_a_rule_with_two_selectors_is_not_compared(self) -> None:
        assert findings(encrypt({"a": "b"})[0], {"age": A, "encrypted_regex": "a", "encrypted_suffix": "b"}) == []

    def test_a_mac_over_all(self) -> None:
        assert findings(encrypt({"a": "b"})[0], {"age": A, "mac_only_encrypted": True}) == [
            "info mac-differs sops.mac_only_encrypted: the MAC is over all values, where .sops.yaml:1 asks for only"
            " encrypted values"
        ]

    def test_rules_of_keys_mean_nothing_to_binary_files(self) -> None:
        assert findings(json_file({"data": "x"}), {**RULE, "mac_only_encrypted": True}, name="x.bin") == []

    def test_no_rule(self) -> None:
        assert findings(encrypt({"a": "b"})[0], {"path_regex": "^y", "age": A}) == [
            "warning no-rule : no rule of .sops.yaml matches it, so that sops updatekeys fails"
        ]

    def test_a_broken_rule_before(self) -> None:
        assert findings(encrypt({"a": "b"})[0], {"path_regex": "(", "age": A}) == [
            "warning no-rule : sops cannot compile the path_regex at .sops.yaml:1, and stops there"
        ]

    def test_empty_values(self) -> None:
        assert findings(encrypted_secret(string_data={"k": "v", "e": "", "f": [""]})) == [
            "info empty-value stringData.e: is empty, which sops does not encrypt (and 1 more)"
        ]

    def test_nothing_encrypted(self) -> None:
        assert findings(encrypted_secret(string_data={"e": ""})) == [
            "info empty-value stringData.e: is empty, which sops does not encrypt",
            "warning nothing-encrypted : no value is encrypted: the file's rule selects none, or those that it selects"
            " are empty",
        ]

    def test_a_document_without_values_is_not_to_blame(self) -> None:
        assert findings(encrypt({})[0]) == []

    def test_plaintext_in_the_middle(self) -> None:
        document = encrypted_secret(string_data={"k": "v"})
        document["stringData"]["added"] = CANARY
        assert findings(document) == [
            "error plaintext stringData.added: is plaintext where the file's rule wants ciphertext; set the value with"
            " sops edit"
        ]

    def test_ciphertext_elsewhere(self) -> None:
        document = encrypted_secret(string_data={"k": "v"})
        document["spec"] = {"a": [document["stringData"]["k"]]}
        assert findings(document) == [
            "warning ciphertext-left spec.a[0]: is ciphertext where the file's rule wants plaintext, and stays so"
        ]

    def test_an_object_that_no_tool_knows(self) -> None:
        assert findings(encrypt(secret(stringData={"k": "v"}))[0]) == [
            "warning encrypted-identity apiVersion: is encrypted, so that no Kubernetes tool can tell what the object"
            " is (and 2 more)"
        ]

    def test_a_rule_over_comments_is_judged_by_form(self) -> None:
        document = encrypt({"a": "b"})[0]
        document["sops"]["encrypted_comment_regex"] = "enc"
        document["plain"] = "x"
        assert findings(document) == []

    def test_documents_with_different_blocks(self) -> None:
        documents = encrypt({"a": "b"}, {"c": "d"}), encrypt({"e": "f"}, keys=(OTHER_KEY,))
        put("x.yaml", stream(*documents[0], *documents[1]))
        first, second = files()
        assert (first["documents"], second["documents"]) == ([0, 1], [2])
        assert (first["opens"], second["opens"]) == (True, False)
        assert [f["code"] for f in first["findings"]] == ["blocks-differ"]
        assert first["findings"][0]["message"] == (
            "the documents have different sops blocks, and sops reads the first one's only: it cannot decrypt them"
        )
        assert [f["code"] for f in second["findings"]] == ["not-opened"]
        out = inspect().out.decode()
        assert "x.yaml (document 1, 2)  " in out
        assert "x.yaml (document 3)     " in out

    def test_a_document_beside_encrypted_ones(self) -> None:
        put("x.yaml", stream(*encrypt({"a": "b"}), {"c": "d"}))
        (found,) = files()
        assert [(f["code"], f["document"], f["message"]) for f in found["findings"]] == [
            (
                "mixed-documents",
                1,
                "the document has no sops block beside others that have: sops cannot decrypt the file",
            )
        ]
        assert "warning: x.yaml (document 2): the document has" in inspect().out.decode()

    def test_a_document_of_several_is_named(self) -> None:
        put("x.yaml", stream(*encrypt({"a": "b"}, {"c": ""})))
        assert "notice: x.yaml (document 2): c: is empty" in inspect().out.decode()

    def test_a_name_of_another_format(self) -> None:
        assert findings(dotenv_file({"A": "b"}), name="x.txt") == [
            "info name-differs : sops takes it for binary by its name, and it is dotenv: give --input-type dotenv"
        ]

    def test_a_block_that_cannot_be_read(self) -> None:
        document = encrypt({"a": "b"})[0]
        document["sops"]["age"][0]["recipient"] = "\x1b[31mnobody"
        put("x.yaml", document)
        (found,) = files()
        assert [f["message"] for f in found["findings"]] == ["is no age recipient"]
        assert (found["opens"], found["threshold"], found["selector"]) == (None, None, None)
        assert "\x1b" not in inspect().out.decode()

    def test_a_file_that_is_no_yaml_any_more(self) -> None:
        text = f"a: ENC[AES256_GCM,data:x]\n<<<<<<< ours\n{yaml_block()}"
        (line,) = findings(text)
        assert re.fullmatch(r"error unreadable : line \d: not valid YAML: .*", line)
        (found,) = files()
        assert (found["documents"], found["keyGroups"], found["sopsVersion"]) == ([], [], "")
        assert "x.yaml  -           -     -     -        ?      sops-unreadable\n" in inspect().out.decode()

    def test_a_file_for_others(self) -> None:
        (line,) = findings(encrypt({"a": "b"}, keys=(OTHER_KEY,))[0])
        assert line.startswith("info not-opened sops: none of the identities opens it; it is encrypted for age1")

    def test_a_damaged_key(self) -> None:
        document = encrypt({"a": "b"})[0]
        document["sops"]["age"][0]["enc"] = "nothing"
        (line,) = findings(document)
        assert line == "warning not-opened sops.age: the encrypted data key is no armored age file"

    def test_a_data_key_that_its_identity_does_not_open(self) -> None:
        document, others = encrypt({"a": "b"})[0], encrypt({"a": "b"}, keys=(OTHER_KEY,))[0]
        document["sops"]["age"][0]["enc"] = others["sops"]["age"][0]["enc"]
        (line,) = findings(document)
        assert line == (
            f"warning not-opened sops: the data key for {A} is damaged: its identity is there and does not open it"
        )

    def test_no_age_key_at_all(self) -> None:
        document = encrypt({"a": "b"})[0]
        document["sops"]["age"] = []
        document["sops"]["pgp"] = [{"fp": "FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4", "enc": "x", "created_at": TIME}]
        assert [f["code"] for f in _one(document)["findings"]] == ["not-opened"]
        assert _one(document)["keyGroups"] == [[{"kind": "pgp", "name": "FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4"}]]
        assert "pgp FBC7B9E2A4…7381B4" in inspect().out.decode()


def _one(document: object) -> Any:
    put("x.yaml", document)
    (found,) = files()
    return found


def test_without_an_identity_nothing_is_said_about_opening() -> None:
    put("x.yaml", encrypt({"a": "b"})[0])
    (found,) = files(env={})
    assert (found["opens"], found["findings"]) == (None, [])
    done = inspect(env={})
    assert "  ?      -\n" in done.out.decode()
    assert done.out.decode().endswith("\n1 file; nothing found; no age identity at hand, so none was opened\n")


def test_an_identity_that_is_asked_for_counts() -> None:
    put("x.yaml", encrypt({"a": "b"}, keys=(OTHER_KEY,))[0])
    command = f"{sys.executable} -c 'print({KEY.identity!r})'".replace("'AGE", '"AGE').replace("')'", "\")'")
    (found,) = files(env={"SOPS_AGE_KEY_CMD": command})
    assert found["opens"] is False


def test_key_groups_open_with_enough_of_them() -> None:
    put("x.yaml", encrypt({"a": "b"}, groups=[[KEY], [OTHER_KEY], [THIRD_KEY]], threshold=2)[0])
    both = f"{KEY.identity}\n{THIRD_KEY.identity}"
    assert [files(env={"SOPS_AGE_KEY": keys})[0]["opens"] for keys in (KEY.identity, both)] == [False, True]


@pytest.mark.parametrize("form", ["table", "json"])
def test_no_value_and_no_key_is_ever_shown(form: str) -> None:
    rules({"path_regex": "x", "age": KEY.identity}, {"age": [A, KEY.identity]})
    document = encrypted_secret(string_data={"k": CANARY})
    document["stringData"]["plain"] = CANARY
    document["sops"]["version"] = f"3.13.3\n{CANARY}"[:7]
    put("x.yaml", document)
    put("y.yaml", stream(document, {"a": CANARY}))
    put("z.env", dotenv_file({"K": CANARY}) + CANARY.encode())
    done = inspect("--format", form)
    for word in (CANARY, KEY.identity, "BEGIN AGE", "ENC["):
        assert word not in done.out.decode() + done.err


def test_names_of_files_are_escaped() -> None:
    name = "a\x1b[31m\u202e[bold].yaml"
    put(name, encrypt({"a": "b"})[0])
    out = inspect().out.decode()
    assert "a\\u001b[31m\\u202e[bold].yaml  " in out
    assert files()[0]["file"] == name


def test_a_name_that_is_no_text() -> None:
    put(os.fsdecode(b"\xff.yaml"), encrypt({"a": "b"})[0])
    rules({"path_regex": "^\ufffd\\.yaml$", "age": A})
    (found,) = files()
    assert (found["file"], found["findings"]) == ("\udcff.yaml", [])
    assert "\\udcff.yaml  " in inspect().out.decode()


def test_an_unforeseen_error_names_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(CANARY)

    put("x.yaml", encrypt({"a": "b"})[0])
    monkeypatch.setattr("krm_secrets.cli.sops_inspect.recognize", fail)
    done = inspect()
    assert done.code == 1
    assert done.first.startswith("krm-secrets: error: x.yaml: internal error (RuntimeError at ")
    assert CANARY not in done.err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_terminal(columns: int) -> str:
    """The report as a terminal gets it."""
    from krm_secrets import keys
    from krm_secrets.cli import sops_inspect, sops_report
    from krm_secrets.sops.identities import Identities

    env = {"COLUMNS": str(columns), "TERM": "xterm-256color", "HOME": "/nonexistent", **ENV}
    with mock.patch.object(sys, "stdout", Terminal()), mock.patch.dict(os.environ, env, clear=True):
        return sops_report.as_table(sops_inspect.survey((".",), [], Identities(keys.sources(os.environ))))


def test_a_terminal_gets_colour_and_its_width() -> None:
    rules({"age": B})
    put("kubernetes/apps/network/external-dns/secret.sops.yaml", encrypt({"a": "b"})[0])
    wide, narrow = on_terminal(160), on_terminal(80)
    assert "\x1b[32myes" in wide
    assert "\x1b[33mwarning:" in wide
    plain = re.sub(r"\x1b\[[0-9;]*m", "", narrow)
    table = plain.partition("\n\n")[0]
    assert all(len(line) <= 80 for line in table.splitlines())
    assert [line.split("  ")[0].strip() for line in table.splitlines()] == [
        "FILE",
        "kubernetes/apps/",
        "network/",
        "external-dns/",
        "secret.sops.yaml",
    ]
    assert "CHANGED" in wide
    assert "CHANGED" not in narrow
    assert A in plain.replace("\n", "")


def test_a_pipe_gets_neither_colour_nor_folded_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    put("/".join(["folder"] * 60) + "/x.yaml", encrypt({"a": "b"})[0])
    out = run(b"", "sops", "inspect", env={**ENV, "FORCE_COLOR": "1", "COLUMNS": "20"}).out.decode()
    assert "\x1b" not in out
    assert "/".join(["folder"] * 60) + "/x.yaml  " in out
    assert not [line for line in out.splitlines() if line != line.rstrip()]


class TestProgress:
    """A bar on a terminal, once it takes long."""

    @staticmethod
    def shown(err: io.StringIO, seconds: float) -> str:
        with (
            mock.patch.object(sys, "stderr", err),
            mock.patch("time.monotonic", side_effect=(n * seconds for n in range(10))),
            mock.patch.dict(os.environ, {"TERM": "xterm-256color"}),
        ):
            assert list(progress.watched(["a", "b", "c"], "looking")) == ["a", "b", "c"]
        return err.getvalue()

    def test_is_shown_on_a_terminal_and_wiped_out(self) -> None:
        text = self.shown(Terminal(), 0.6)
        assert "looking" in text
        assert "2/3" in text
        assert text.endswith("\x1b[2K")

    def test_is_not_shown_for_a_quick_run(self) -> None:
        assert self.shown(Terminal(), 0.1) == ""

    def test_is_not_shown_in_a_pipe(self) -> None:
        assert self.shown(io.StringIO(), 100.0) == ""

    def test_needs_no_stderr(self) -> None:
        with mock.patch.object(sys, "stderr", None):
            assert list(progress.watched(["a"], "looking")) == ["a"]
