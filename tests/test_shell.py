"""The contract of the process: what goes to which stream, with which exit code, and what is imported for it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from krm_secrets import shell
from krm_secrets.__main__ import main, mentions
from krm_secrets._startup import stdio
from krm_secrets.errors import INFO, WARNING, Location, ResourceRef, Result
from krm_secrets.shell import folded
from krm_secrets.yamltext.load import load, parse
from tests.running import Done, run, start
from tests.sops.encrypter import KEY, encrypted_secret, secret, stream

ENV = {"SOPS_AGE_KEY": KEY.identity}
CONFIG = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretsConfig", "metadata": {"name": "c"}}
SECRET = encrypted_secret(string_data={"z": "CANARY", "a": "CANARY"})
BROKEN = {**SECRET, "sops": {**SECRET["sops"], "mac": 7}}
BROKEN_MESSAGE = "Secret s, line {}: sops.mac: must be a string"
UNVERIFIED = (
    "the MAC of 1 of 1 decrypted objects could not be verified, since the host changes what it covers: Secret s; every"
    " value was authenticated at its place (`buildMetadata: [originAnnotations]` lets the files be verified)"
)


def resource_list(*items: object, **fields: object) -> str:
    head = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList"}
    return json.dumps({**head, "items": items, **fields})


def document(done: Done) -> Any:
    (found,) = parse(done.out.decode())
    return load(found.root)


# Streams


def test_a_stream_that_succeeds() -> None:
    done = run(stream(SECRET), env=ENV)
    assert done == Done(0, done.out, "")
    assert document(done) == secret(stringData={"z": "CANARY", "a": "CANARY"})


def test_a_stream_that_fails_writes_nothing() -> None:
    done = run(stream(SECRET, BROKEN), env=ENV)
    assert done == Done(1, b"", f"krm-secrets: error: {BROKEN_MESSAGE.format(4)}\n")


def test_a_stream_that_warns_does_so_once() -> None:
    changed = {**SECRET, "type": "Opaque"}
    done = run(stream(changed), env=ENV)
    assert (done.code, done.err) == (0, f"krm-secrets: notice: {UNVERIFIED}\n")


def test_errors_stand_before_notices() -> None:
    done = run(stream({**SECRET, "type": "Opaque"}, BROKEN), env=ENV)
    assert done.err.splitlines() == [
        f"krm-secrets: error: {BROKEN_MESSAGE.format(4)}",
        f"krm-secrets: notice: {UNVERIFIED}",
    ]


@pytest.mark.parametrize("data", [b"", b" \n\t\n"])
def test_empty_input_is_an_error(data: bytes) -> None:
    done = run(data)
    assert done == Done(
        1, b"", "krm-secrets: error: nothing came in on standard input: did the command before the pipe fail?\n"
    )


def test_what_is_no_yaml_is_an_error_that_quotes_nothing() -> None:
    done = run("sops: [CANARY\nb: {CANARY\n")
    assert (done.code, done.out) == (1, b"")
    assert done.err.startswith("krm-secrets: error: line ")
    assert "not valid YAML" in done.err
    assert "CANARY" not in done.err


def test_what_is_no_text_is_an_error() -> None:
    done = run(b"sops: \xff\xfe\n")
    assert done == Done(1, b"", "krm-secrets: error: line 1: the input is not UTF-8 text; save it as UTF-8\n")


def test_too_much_input_is_an_error() -> None:
    with mock.patch.object(shell, "MAX_INPUT", 10):
        done = run(b"sops: much too long")
    assert done == Done(1, b"", "krm-secrets: error: the input is larger than 0 MiB\n")


def test_nesting_without_end_is_an_error() -> None:
    done = run("sops: " + "[" * 5000)
    assert done.code == 1
    assert "nesting" in done.first


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_the_encoding_stays(codec: str) -> None:
    plain = {**SECRET, "metadata": {"name": "é😀"}}
    done = run(stream(plain).encode(codec), env=ENV)
    assert done.code == 0
    text = done.out.decode(codec)
    assert load(parse(text)[0].root) == secret("é😀", stringData={"z": "CANARY", "a": "CANARY"})
    assert done.out.startswith(stream(plain).encode(codec)[:8])


def test_line_ends_stay() -> None:
    text = stream(SECRET).replace("---\n", "---\r\n# c\r\n")
    assert run(text, env=ENV).out.startswith(b"---\r\n# c\r\n{")


def test_control_characters_in_names_are_escaped() -> None:
    done = run(stream({**BROKEN, "metadata": {"name": "a\x1b[31m\u202e\nb", "namespace": "n\r"}}), env=ENV)
    assert done.err == (
        "krm-secrets: error: Secret n\\u000d/a\\u001b[31m\\u202e\\u000ab, line 2: sops.mac: must be a string\n"
    )


# Equal ones


def notices(count: int) -> list[Result]:
    return [Result(INFO, f'nobody mounts "v{n}"', Location(ResourceRef("v1", "Pod", f"p{n}"))) for n in range(count)]


def test_many_equal_notices_are_one() -> None:
    (told,) = folded(notices(100))
    assert str(told) == 'Pod p0: nobody mounts "v0" (99 others alike: Pod p1, Pod p2, Pod p3 and 96 more)'
    assert str(folded(notices(6))[0]).endswith("(5 others alike: Pod p1, Pod p2, Pod p3 and 2 more)")


def test_what_no_key_opens_is_told_once(tmp_path: Path) -> None:
    secrets = [encrypted_secret(name=f"s{n}", string_data={"a": "b"}) for n in range(6)]
    (told,) = run(stream(*secrets), env={"HOME": str(tmp_path)}).err.splitlines()
    assert told.startswith(
        "krm-secrets: error: Secret s0, line 2: sops: no age identity found to decrypt it (encrypted "
    )
    assert told.endswith("(5 others alike: Secret s1, Secret s2, Secret s3 and 2 more)")


def test_other_errors_at_the_block_stay_apart() -> None:
    broken = [{**BROKEN, "metadata": {"name": f"s{n}"}} for n in range(6)]
    assert len(run(stream(*broken), env=ENV).err.splitlines()) == 6


def test_few_equal_notices_and_all_warnings_are_told_one_by_one() -> None:
    assert folded(notices(5)) == notices(5)
    warnings = [each._replace(severity=WARNING) for each in notices(100)]
    assert folded(warnings) == warnings
    assert folded([*warnings, *warnings]) == warnings


# ResourceLists


def test_a_resource_list_that_succeeds() -> None:
    done = run(resource_list(SECRET), env=ENV)
    assert done == Done(0, done.out, "")
    assert document(done) == json.loads(resource_list(secret(stringData={"z": "CANARY", "a": "CANARY"})))


def test_a_resource_list_that_fails_comes_back_with_results() -> None:
    done = run(resource_list(SECRET, BROKEN), env=ENV)
    assert (done.code, done.err) == (1, "krm-secrets: error: Secret s: sops.mac: must be a string\n")
    assert document(done) == json.loads(
        resource_list(
            SECRET,
            BROKEN,
            results=[
                {
                    "message": "must be a string",
                    "severity": "error",
                    "resourceRef": {"apiVersion": "v1", "kind": "Secret", "name": "s"},
                    "field": {"path": "sops.mac"},
                }
            ],
        )
    )


def test_a_notice_goes_into_the_results() -> None:
    done = run(resource_list({**SECRET, "type": "Opaque"}), env=ENV)
    assert (done.code, done.err) == (0, "")
    assert document(done)["results"] == [{"message": UNVERIFIED, "severity": "info"}]


def test_kustomize_shows_no_results_so_that_a_notice_goes_to_stderr() -> None:
    item = json.loads(json.dumps({**SECRET, "type": "Opaque"}))
    item["metadata"]["annotations"] = {"kustomize.config.k8s.io/id": "x", "config.k8s.io/id": "1"}
    done = run(resource_list(item), env=ENV)
    assert (done.code, done.err) == (0, f"krm-secrets: notice: {UNVERIFIED}\n")
    assert "results" not in document(done)
    assert document(done)["items"][0]["metadata"]["annotations"] == {"kustomize.config.k8s.io/id": "x"}


def test_kustomize_gets_its_items_back_unmodified_on_failure() -> None:
    item = json.loads(json.dumps(BROKEN))
    item["metadata"]["annotations"] = {"kustomize.config.k8s.io/id": "x", "config.k8s.io/id": "1"}
    done = run(resource_list(item), env=ENV)
    assert done.code == 1
    assert document(done)["items"] == [item]


def test_results_that_were_there_are_not_kept_beside_ours() -> None:
    done = run(resource_list(BROKEN, results=[]), env=ENV)
    assert [row["message"] for row in document(done)["results"]] == ["must be a string"]


# The environment and the options


@pytest.mark.parametrize("value", ["Keep", "true", "Placeholder", "sops"])
def test_the_environment_can_only_ask_for_less(value: str) -> None:
    assert run(stream(SECRET), env={**ENV, "KRM_SECRETS_DECRYPT": value}) == Done(
        1,
        b"",
        "krm-secrets: error: the environment variable KRM_SECRETS_DECRYPT can only be `placeholder` or `keep`;"
        " unset it to decrypt\n",
    )


def test_the_environment_keeps_ciphertext_whatever_the_configuration_says() -> None:
    given = stream(SECRET)
    assert run(given, env={"KRM_SECRETS_DECRYPT": "keep"}) == Done(0, given.encode(), "")


@pytest.mark.parametrize(("words", "env"), [(["--placeholder"], {}), ([], {"KRM_SECRETS_DECRYPT": "placeholder"})])
def test_placeholders_need_no_key(words: list[str], env: dict[str, str]) -> None:
    done = run(stream(SECRET), *words, env=env)
    assert done.code == 0
    assert document(done)["stringData"] == {"z": "..PLACEHOLDER_z..", "a": "..PLACEHOLDER_a.."}


def test_an_empty_variable_is_none() -> None:
    assert run(stream(SECRET), env={**ENV, "KRM_SECRETS_DECRYPT": ""}).code == 0


@pytest.mark.parametrize("words", [["-c", "{}"], ["--config", "{}"], ["--config={}"]])
def test_a_configuration_file(words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(json.dumps({**CONFIG, "stringData": "encode"}))
    done = run(stream(SECRET), *(word.format(path) for word in words), env=ENV)
    assert document(done)["data"] == {"z": "Q0FOQVJZ", "a": "Q0FOQVJZ"}


def test_a_configuration_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(json.dumps(CONFIG) + "\n---\n" + json.dumps(CONFIG))
    for name, message in (
        (path, f"{path}: a configuration file holds one object, this one 2"),
        (tmp_path, f"{tmp_path}: cannot be read: Is a directory"),
        (tmp_path / "none", f"{tmp_path / 'none'}: cannot be read: No such file or directory"),
    ):
        done = run(stream(SECRET), "-c", str(name), env=ENV)
        assert done == Done(1, b"", f"krm-secrets: error: {message}\n")


def test_an_option_that_does_not_exist_is_a_mistake() -> None:
    for words in (["--nothing"], ["-c"], ["nothing"]):
        done = start(stream(SECRET), *words, env=ENV)
        assert (done.code, done.out) == (2, b"")


# A legacy plugin of kustomize


def test_a_legacy_plugin_takes_its_configuration_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(json.dumps({**CONFIG, "stringData": "encode"}))
    env = {**ENV, "KUSTOMIZE_PLUGIN_CONFIG_ROOT": str(tmp_path)}
    done = run(stream(SECRET), str(path), env=env)
    assert document(done)["data"] == {"z": "Q0FOQVJZ", "a": "Q0FOQVJZ"}
    code, out, err = run(b"", str(path), env=env)
    assert (code, out) == (0, b"")
    assert err.endswith("what stands under `transformers`, and none to what stands under `generators`\n")


# What goes wrong around the process


def real(stdin: Any, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "krm_secrets"], stdin=stdin, stderr=subprocess.PIPE, env={"HOME": "/", **ENV}, **options
    )


def test_a_terminal_gets_help() -> None:
    ours, theirs = pty.openpty()
    with real(theirs, stdout=subprocess.PIPE) as process:
        out, err = process.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert (process.returncode, out) == (2, b"")
    assert err.decode().startswith("Usage: krm-secrets")


def test_no_standard_input_gets_help() -> None:
    done = subprocess.run(f"{sys.executable} -m krm_secrets <&-", shell=True, capture_output=True, timeout=30)
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize("text", [stream(SECRET), "kind: Other\n"])
def test_standard_output_that_is_closed(text: str) -> None:
    done = subprocess.run(
        f"{sys.executable} -m krm_secrets >&-",
        shell=True,
        input=text.encode(),
        capture_output=True,
        env=dict(ENV),
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (1, b"krm-secrets: error: standard output is closed\n")


def test_a_full_disk() -> None:
    with open("/dev/full", "wb") as full, real(subprocess.PIPE, stdout=full) as process:
        _, err = process.communicate(stream(SECRET).encode(), timeout=30)
    assert (process.returncode, err) == (
        1,
        b"krm-secrets: error: standard output cannot be written: No space left on device\n",
    )


def test_a_reader_that_went_away() -> None:
    read, write = os.pipe()
    os.close(read)
    with real(subprocess.PIPE, stdout=write) as process:
        os.close(write)
        _, err = process.communicate(stream(SECRET).encode(), timeout=30)
    assert (process.returncode, err) == (1, b"")


def test_standard_error_that_is_closed_does_not_reach_standard_output() -> None:
    for text, code in ((stream({**SECRET, "type": "Opaque"}), 0), (stream(BROKEN), 1)):
        done = subprocess.run(
            f"{sys.executable} -m krm_secrets 2>&-",
            shell=True,
            input=text.encode(),
            capture_output=True,
            env=dict(ENV),
            timeout=30,
        )
        assert done.returncode == code
        assert b"MAC" not in done.stdout
        assert b"must be" not in done.stdout


class Output:
    """A standard output that fails."""

    def __init__(self, error: OSError) -> None:
        self.error = error
        self.buffer = self

    def write(self, _: bytes) -> None:
        raise self.error

    def fileno(self) -> int:
        return os.dup(2)


@pytest.mark.parametrize(
    ("error", "message"),
    [(BrokenPipeError(), ""), (OSError(28, "No space left"), "standard output cannot be written: No space left")],
)
def test_output_that_cannot_be_written(error: OSError, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with mock.patch.object(sys, "stdout", Output(error)), mock.patch.object(os, "dup2"):
        assert stdio.write(b"x") == 1
    assert capsys.readouterr().err == (f"krm-secrets: error: {message}\n" if message else "")


def test_output_that_is_closed(capsys: pytest.CaptureFixture[str]) -> None:
    with mock.patch.object(sys, "stdout", None):
        assert stdio.write(b"x") == 1
        assert capsys.readouterr().err == "krm-secrets: error: standard output is closed\n"
        with mock.patch.object(sys, "stderr", None):
            assert stdio.write(b"x") == 1
            shell.tell([Result("error", "what")])


def test_help_in_this_process(capsys: pytest.CaptureFixture[str]) -> None:
    with mock.patch.object(sys, "stdin", None), mock.patch.object(sys, "argv", ["krm-secrets"]):
        assert main() == 2
    assert capsys.readouterr().err.startswith("Usage: krm-secrets")
    for words in (["-c"], ["nothing"], ["--config"]):
        assert run("sops: x", *words).code == 2


# What nobody foresaw


class Unforeseen(Exception):
    """An exception whose text holds a secret."""


@pytest.mark.parametrize("place", ["process", "text_of", "read"])
@pytest.mark.parametrize("text", [stream(SECRET), resource_list(SECRET)])
def test_an_unforeseen_exception_tells_its_class_and_place_only(place: str, text: str) -> None:
    with mock.patch.object(shell, place, side_effect=Unforeseen("CANARY")):
        done = run(text, env=ENV)
    assert done.code == 1
    for line in done.err.splitlines():
        assert line.startswith("krm-secrets: error: internal error (Unforeseen at shell.py:")
        assert line.endswith("); please report this line")
    assert "CANARY" not in done.err
    assert b"CANARY" not in done.out


def test_recursion_without_end_is_told() -> None:
    with mock.patch.object(shell, "process", side_effect=RecursionError("CANARY")):
        done = run(stream(SECRET), env=ENV)
    assert done == Done(1, b"", "krm-secrets: error: the input is nested too deeply\n")


def test_a_result_without_a_place() -> None:
    assert str(Result("error", "what")) == "what"


# What passes through, and what is imported

PLAIN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: b}\n"
SPELLINGS = [
    b'"\\x73ops": {}',
    b'"\\u0073ops": {}',
    b'"so\\\nps": {}',
    b'"so\\\r\nps": {}',
    "sops: {}".encode("utf-16"),
    "sops: {}".encode("utf-16-be"),
    b"a: ENC[x",
    b"functionConfig: {}",
    b"apiVersion: external-secrets.io/v1",
]


@pytest.mark.parametrize("data", SPELLINGS)
def test_every_spelling_of_our_names_is_seen(data: bytes) -> None:
    assert mentions(data)


def test_what_names_nothing_of_ours_passes_byte_for_byte() -> None:
    data = PLAIN.encode() + b"---\r\n \t # \xff\n  broken: [\n"
    assert run(data) == Done(0, data, "")


def imported(text: str, *words: str) -> set[str]:
    """The modules that a run leaves in sys.modules, beyond those of an interpreter that does nothing."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "from krm_secrets.__main__ import main\n"
        "code = main(alone=True)\n"
        "print(code, *(set(sys.modules) - before), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        input=text.encode(),
        capture_output=True,
        env={"HOME": "/", **ENV},
        timeout=30,
    )
    code_text, *names = done.stderr.decode().splitlines()[-1].split(" ")
    assert code_text == "0"
    return set(names) - set(sys.builtin_module_names)


COSTLY = {"click", "jsonschema", "subprocess", "dataclasses", "importlib.metadata", "argparse", "inspect", "logging",
          "difflib", "shlex", "json", "tempfile", "typing_extensions"}  # fmt: skip
ENGINES = {"cryptography", "pyrage", "re2"}


def test_input_that_names_nothing_of_ours_imports_nothing() -> None:
    ours = {
        "krm_secrets",
        *(f"krm_secrets.{name}" for name in ("__main__", "_startup", "_startup.stdio", "_startup.system")),
    }
    assert imported(PLAIN) - {"io"} == ours  # which Python 3.14 imports for a script on its command line


def test_a_list_without_encrypted_items_imports_no_cipher() -> None:
    text = resource_list(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "stringData": {"a": "b"}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}},
        functionConfig=CONFIG,
    )
    names = imported(text)
    assert names & (COSTLY | ENGINES) == set()


OTHER_IDENTITIES = {f"krm_secrets.age.{name}" for name in ("hybrid", "locked", "plugin", "ssh")}


def test_decrypting_imports_what_it_needs_and_no_more() -> None:
    names = imported(stream(SECRET))
    assert names & (COSTLY | OTHER_IDENTITIES | {"re2", "pyrage", "getpass", "shutil"}) == set()
    assert "cryptography.hazmat.primitives.ciphers.aead" not in names


@pytest.mark.parametrize(
    ("raised", "code", "told"),
    [
        ("KeyboardInterrupt()", 130, ""),
        ("type('Panic', (BaseException,), {})('canary')", 1, "krm-secrets: error: internal error (Panic at "),
        ("KeyError('canary')", 1, "krm-secrets: error: internal error (KeyError at "),
    ],
)
def test_what_nobody_caught_ends_the_program_without_its_text(raised: str, code: int, told: str) -> None:
    script = f"import krm_secrets.__main__ as m\ndef main(**_): raise {raised}\nm.main = main\nm.console()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == bool(told)
    assert "canary" not in done.stderr


def test_windows_is_not_supported_and_the_program_says_so() -> None:
    script = "import sys; sys.platform = 'win32'; import krm_secrets.__main__"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "krm-secrets: error: Windows is not supported: rights of files, links and signals differ there; run it in WSL "
        "or in a container\n",
    )
