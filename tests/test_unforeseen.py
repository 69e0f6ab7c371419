"""What nobody foresees: odd outputs, inputs and limits. Each is a message, and none is an internal error."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.running import Done, run, start
from tests.sops.encrypter import KEY, encrypt, encrypted_secret, seal

MAPPING = """\
apiVersion: krm-secrets.dev/v1alpha1
kind: SecretMapping
metadata: {name: db, namespace: shop}
store: s
secrets: {db: item}
"""
FULL = "krm-secrets: error: standard output cannot be written: No space left on device\n"
CLOSED = "krm-secrets: error: standard output is closed\n"
NOTHING = "krm-secrets: error: nothing came in on standard input: did the command before the pipe fail?\n"
PRINTING = ("schema", "schema SecretMapping", "--help", "--version", "render --help", "sops --help")


def program(*words: str, **given: object) -> subprocess.CompletedProcess[bytes]:
    """The program with streams that are set by the caller."""
    command = [sys.executable, "-m", "krm_secrets", *words]
    return subprocess.run(command, **{"stderr": subprocess.PIPE, "timeout": 60, **given})  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("line", PRINTING)
def test_a_full_disk(line: str) -> None:
    with open("/dev/full", "wb") as full:
        done = program(*line.split(), stdout=full)
    assert (done.returncode, done.stderr.decode()) == (1, FULL)


def test_a_full_disk_when_plugins_are_installed(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = program("plugin", "install", str(tmp_path), stdout=full)
    assert (done.returncode, done.stderr.decode().splitlines()[-1]) == (1, FULL.strip())


@pytest.mark.parametrize("line", PRINTING)
def test_a_closed_output(line: str) -> None:
    done = program(*line.split(), preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr.decode()) == (1, CLOSED)


@pytest.mark.parametrize("line", ["guard", "guard --keep", "run -", "run --explain -", "shorten -"])
@pytest.mark.parametrize("closed", [True, False])
def test_no_input(line: str, closed: bool) -> None:
    given = {"preexec_fn": lambda: os.close(0)} if closed else {"stdin": subprocess.DEVNULL}
    done = program(*line.split(), stdout=subprocess.PIPE, **given)
    assert (done.returncode, done.stdout, done.stderr.decode()) == (1, b"", NOTHING)


@pytest.mark.parametrize("closed", [True, False])
def test_nobody_to_tell(closed: bool) -> None:
    with open("/dev/full", "wb") as full:
        given = {"preexec_fn": lambda: os.close(2), "stderr": None} if closed else {"stderr": full}
        done = program("run", "nowhere", stdout=subprocess.PIPE, **given)
    assert (done.returncode, done.stdout) == (1, b"")


def test_little_memory() -> None:
    def limited(megabytes: int) -> Callable[[], None]:
        return lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    text = f"items:\n{'- {a: [b, c, d]}' + chr(10)}" + "- {kind: SecretMapping, a: [b, c, d, e, f]}\n" * 200_000
    done = program(input=text.encode(), stdout=subprocess.PIPE, preexec_fn=limited(80))
    message = "the process may use too little memory for this input; raise its limit, or give less"
    assert (done.returncode, done.stdout, done.stderr.decode()) == (1, b"", f"krm-secrets: error: {message}\n")


COMMANDS = (
    *("run", "run --explain", "render", "render --check", "shorten", "guard --files", "sops inspect", "doctor", "init"),
)
JSON = ("sops inspect --format json", "doctor --format json", "run --explain --format json")


@pytest.mark.parametrize("line", COMMANDS)
def test_folders_a_thousand_deep(line: str, tmp_path: Path) -> None:
    before = os.getcwd()
    os.chdir(tmp_path)
    try:
        os.mkdir(".git")
        for _ in range(1000):
            os.mkdir("d")
            os.chdir("d")
        Path("m.yaml").write_text(MAPPING)
        os.chdir(tmp_path)
        done = run("", *line.split(), ".")
    finally:
        os.chdir(before)
        subprocess.run(["rm", "-r", str(tmp_path / "d")], check=True)  # Python could not
    assert done.code == 1
    assert "d/d/d: lies more than 200 folders below the one that was named: name one further down" in done.err


@pytest.mark.parametrize("line", [*COMMANDS, *JSON])
def test_a_path_that_is_no_utf8(line: str, tmp_path: Path) -> None:
    folder = os.path.join(os.fsencode(tmp_path), b"\xff")
    os.mkdir(folder)
    for name, text in ((b"m\xfe.yaml", MAPPING), (b"kustomization.yaml", "resources: []\n")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    done = start("", *line.split(), ".", cwd=str(tmp_path))
    assert done.code in (0, 1)
    assert "internal error" not in done.err
    assert "Traceback" not in done.err
    done.out.decode()


# Keys that stand twice, and what no reader takes, in every object that commands on folders look into

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  labels:\n    x: '1'\n    x: '2'\n"
OBJECTS = {
    "labels": (DEPLOYMENT, "Deployment a: lines 6 and 7: the key \"x\" stands twice in one mapping"),
    "metadata of a mapping": (
        MAPPING.replace("{name: db, ", "{name: db, name: db, "),
        'lines 3 and 3: the key "name" stands twice in one mapping',
    ),
    "a Flux Kustomization": (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\n"
        "spec:\n  path: ./a\n  path: ./a\n",
        'Kustomization x: lines 5 and 6: the key "path" stands twice in one mapping',
    ),
    "a marked ExternalSecret": (
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: web\n  name: web\n"
        "  annotations:\n    krm-secrets.dev/mapping: web\nspec: {}\n",
        'ExternalSecret web: lines 4 and 5: the key "name" stands twice in one mapping',
    ),
    "a merge key": (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, <<: 1}\n",
        "x.yaml:3: not valid YAML: a merge key (<<) takes mappings",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("line", COMMANDS)
def test_objects_that_cannot_be_read(name: str, line: str, tmp_path: Path) -> None:
    text, message = OBJECTS[name]
    (tmp_path / ".git").mkdir()
    (tmp_path / "x.yaml").write_text(text)
    (tmp_path / "m.yaml").write_text(MAPPING.replace("db", "other"))
    (tmp_path / "kustomization.yaml").write_text("resources: [x.yaml, m.yaml]\n")
    before = os.getcwd()
    os.chdir(tmp_path)
    try:
        done: Done = run("", *line.split(), ".")
    finally:
        os.chdir(before)
    assert "internal error" not in done.err
    assert done.code == 0 or "x.yaml" in done.err or line == "doctor" or "stands twice" in done.err
    if line in ("render", "render --check"):
        assert message in done.err


# Hosts

LISTED = """\
kind: ResourceList
items:
- {{apiVersion: v1, kind: Secret, metadata: {{name: a, annotations: {{{annotations}}}}}, stringData: {{a: b}}}}
"""
ID, PATH = 'kustomize.config.k8s.io/id: "kind: Secret"', "config.kubernetes.io/path: x.yaml"
INDENT = "internal.config.kubernetes.io/seqindent: compact"


@pytest.mark.parametrize(
    ("annotations", "host"),
    [
        (ID, "kustomize"), (PATH, "kpt"), (f"{ID}, {PATH}", "kustomize"),
        (f"{PATH}, internal.{PATH}, {ID}", "kustomize"),
        (f"{ID}, {PATH}, {INDENT}", "kpt"), (INDENT, "orchestrator"), ("a: b", "orchestrator"),
    ],
)  # fmt: skip
def test_a_path_in_a_file_makes_no_kpt_of_kustomize(annotations: str, host: str) -> None:
    from krm_secrets.krm.reading import read

    assert read(LISTED.format(annotations=annotations)).host == host


def test_a_kpt_package_whose_files_hold_an_id_of_kustomize() -> None:
    from krm_secrets.krm.reading import read

    first, second = LISTED.format(annotations=f"{ID}, {PATH}"), LISTED.format(annotations=PATH)
    assert read(first + second.rpartition("items:\n")[2]).host == "kpt"


# Types of encrypted values, which nothing but the MAC authenticates

DATA_KEY = b"k" * 32
COMMENT = "is a comment to sops, in the place of a value: restore what sops wrote"
BYTES = "the encrypted value has the type bytes, at which sops crashes: encrypt the value anew"


@pytest.mark.parametrize("words", [(), ("--placeholder",), ("guard", "--keep")], ids=str)
@pytest.mark.parametrize(("kind", "message"), [("comment", COMMENT), ("bytes", BYTES)])
def test_a_type_that_no_value_has(words: tuple[str, ...], kind: str, message: str) -> None:
    document = encrypted_secret(string_data={"a": "b"}, data_key=DATA_KEY)
    document["stringData"]["a"] = seal(DATA_KEY, "b", "stringData:a:", kind)
    done = run(json.dumps(document), *words, env={"SOPS_AGE_KEY": KEY.identity})
    assert (done.code, done.out, done.first) == (
        1,
        b"",
        f"krm-secrets: error: Secret s, line 1: stringData.a: {message}",
    )


def test_a_name_that_became_a_comment() -> None:
    plain = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}
    (document,) = encrypt(plain, data_key=DATA_KEY)
    document["metadata"]["name"] = seal(DATA_KEY, "s", "metadata:name:", "comment")
    done = run(json.dumps(document), env={"SOPS_AGE_KEY": KEY.identity})
    where = "(encrypted) (encrypted), line 1: metadata.name"
    assert (done.code, done.out, done.err) == (1, b"", f"krm-secrets: error: {where}: {COMMENT}\n")


ODD_FILES = {
    "no UTF-8": b"kind: Secret\nmetadata: {name: a-\xff}\n",
    "half of a pair": b"\xff\xfek\0i\0n\0\xd8\xd8",
    "an alias of itself": b"a: &a [*a]\n",
    "a kind that is a list": b"kind: [a]\napiVersion: {b: c}\nmetadata: 3\n",
    "a block of sops that is a number": b"kind: Secret\napiVersion: v1\nsops: 3\nmetadata: {name: a}\n",
    "fields of other types": b"kind: ExternalSecret\napiVersion: external-secrets.io/v1\nmetadata: {name: 1}\n"
    b"spec: {data: 3, target: [], dataFrom: {a: b}, secretStoreRef: 1}\n",
}


@pytest.mark.parametrize("data", ODD_FILES.values(), ids=ODD_FILES)
def test_files_of_a_tree_that_nobody_can_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "x.yaml").write_bytes(data)
    (tmp_path / "plain.yaml").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: b}\nstringData: {password: tO9pSe3cReT1}\n"
    )
    for words in (("check", "--format", "json"), ("check", "--format", "full"), ("graph",), ("render", "--explain")):
        done = run("", *words, str(tmp_path))
        said = done.err + done.out.decode()
        assert done.code in (0, 1, 3)
        assert "internal error" not in said
        assert "tO9pSe3cReT1" not in said
        if words[0] == "check":
            assert "plaintext-secret" in said  # the others' findings are there
    done = run("", "guard", "--files", str(tmp_path / "x.yaml"))
    assert "internal error" not in done.err
