"""Where identities are found, how they are read, and what is said when none of them opens a document."""

from __future__ import annotations

import base64
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat

from krm_secrets import keys
from krm_secrets.age import bech32
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.identities import Identities
from krm_secrets.sops.metadata import parse
from tests.running import Done, run, start
from tests.sops.agefiles import new_hybrid
from tests.sops.encrypter import KEY, OTHER_KEY, THIRD_KEY, Key, encrypt, encrypted_secret, stream
from tests.sops.sshkeys import PHRASE, ed25519_key

SECRET = stream(encrypted_secret(string_data={"a": "CANARY"}))
FOR_SSH = stream(encrypted_secret(string_data={"a": "CANARY"}, keys=[Key("", ed25519_key().recipient)]))
OTHERS = stream(encrypted_secret(string_data={"a": "CANARY"}, keys=[THIRD_KEY]))


def opens(**env: str) -> bool:
    done = run(SECRET, env=env)
    assert (done.code, done.err) == (0, "")
    return b'"a": "CANARY"' in done.out


def explained(text: str = OTHERS, **env: str) -> str:
    """The message, without its beginning; no key and no value is in it."""
    done = run(text, env=env)
    assert (done.code, done.out) == (1, b"")
    assert done.err.count("\n") == 1
    for secret in (KEY.identity, OTHER_KEY.identity, "CANARY"):
        assert secret not in done.err
    return done.err.removeprefix("krm-secrets: error: Secret s, line 2: sops: ").rstrip("\n")


def none_found(looked: str) -> str:
    return (
        f"no age identity found to decrypt it (encrypted for {THIRD_KEY.recipient}); set SOPS_AGE_KEY or"
        f" SOPS_AGE_KEY_FILE, or build without keys: KRM_SECRETS_DECRYPT=placeholder ({looked})"
    )


def test_in_the_image_the_message_says_how_a_container_gets_a_key() -> None:
    assert explained(KRM_SECRETS_IMAGE="1.2.3") == (
        f"no age identity found to decrypt it (encrypted for {THIRD_KEY.recipient}); hand one to the container:"
        " -e SOPS_AGE_KEY, or --mount a key file and -e SOPS_AGE_KEY_FILE (`kpt fn render` can hand none to an image:"
        " there use `exec:`, or `decrypt: keep`), or build without keys: KRM_SECRETS_DECRYPT=placeholder"
        " (the sops key file: nothing there)"
    )


def none_opens(looked: str) -> str:
    return f"none of the identities opens it; it is encrypted for {THIRD_KEY.recipient} ({looked})"


PLUGIN = bech32.encode("age-plugin-nowhere-", b"x").upper()
HYBRID, HYBRID_RECIPIENT = new_hybrid()

# The shapes of a key file

SHAPES: dict[str, Callable[[str], bytes]] = {
    "as age-keygen writes it": lambda key: f"# created: 2026\n# public key: age1\n{key}\n".encode(),
    "without a line end": lambda key: key.encode(),
    "CRLF": lambda key: f"# c\r\n{key}\r\n".encode(),
    "a byte order mark": lambda key: b"\xef\xbb\xbf" + key.encode(),
    "a byte order mark and a comment": lambda key: b"\xef\xbb\xbf# c\n" + key.encode(),
    "UTF-16 of Windows": lambda key: f"# c\r\n{key}\r\n".encode("utf-16"),
    "UTF-16, big end first": lambda key: b"\xfe\xff" + f"{key}\n".encode("utf-16-be"),
    "spaces around it": lambda key: f"  \t{key} \t\n\n".encode(),
    "several on a line": lambda key: f"{OTHER_KEY.identity} {key}".encode(),
    "several lines": lambda key: f"{OTHER_KEY.identity}\n\n{key}\n".encode(),
    "a comment behind it": lambda key: f"{key} # mine\n".encode(),
    "an indented comment": lambda key: f"  # {OTHER_KEY.identity[:30]}\n{key}\n".encode(),
    "lower case": lambda key: key.lower().encode(),
    "beside a plugin's and a post-quantum one": lambda key: f"{PLUGIN}\n{key}\n{HYBRID}\n".encode(),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_of_a_key_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_bytes(SHAPES[name](KEY.identity))
    assert opens(SOPS_AGE_KEY_FILE=str(path))


@pytest.mark.parametrize("name", [name for name in SHAPES if "UTF-16" not in name])
def test_shapes_of_a_key_in_the_environment(name: str) -> None:
    assert opens(SOPS_AGE_KEY=SHAPES[name](KEY.identity).decode())


WRONG = {
    "words": ("please decrypt", "line 1 is no age identity (AGE-SECRET-KEY-1…)"),
    "a recipient": (
        f"# c\n{KEY.recipient}",
        "line 2 is a recipient (age1…), which only encrypts: its other half is AGE-SECRET-KEY-1…",
    ),
    "cut short": (f"{KEY.identity}\n{KEY.identity[:40]}", "line 2 is a damaged age identity"),
    "a wrong letter": (
        KEY.identity[:-1] + ("Q" if KEY.identity[-1] != "Q" else "P"),
        "line 1 is a damaged age identity",
    ),
    "mixed case": (KEY.identity[:30] + KEY.identity[30:].lower(), "line 1 is a damaged age identity"),
    "quoted": (f'"{KEY.identity}"', "line 1 is no age identity (AGE-SECRET-KEY-1…): take the quotes off"),
    "an assignment": (
        f"SOPS_AGE_KEY={KEY.identity}",
        "line 1 is no age identity (AGE-SECRET-KEY-1…): leave nothing beside it",
    ),
    "a public key line": (
        "ssh-ed25519 AAAA me",
        "line 1 is a public SSH key, which only encrypts: its other half is the private one",
    ),
    "an encrypted one behind a plain one": (
        f"{OTHER_KEY.identity}\n-----BEGIN AGE ENCRYPTED FILE-----\n",
        "line 2 begins an encrypted identity, which stands alone: give it a file or variable of its own",
    ),
    "a manifest": (
        f"apiVersion: v1\nkind: Secret\nstringData: {{a: {KEY.identity}}}",
        "line 1 is no age identity (AGE-SECRET-KEY-1…) but of a manifest: take the identity out of it",
    ),
    "a path": ("/home/me/keys.txt", "holds a path and no identity: put the path into SOPS_AGE_KEY_FILE"),
    "a path in the home": ("~/age/key", "holds a path and no identity: put the path into SOPS_AGE_KEY_FILE"),
    "a name of a file": ("keys.txt\n", "holds a path and no identity: put the path into SOPS_AGE_KEY_FILE"),
    "only comments": ("# nothing\n\n", "no identities in it"),
    "an SSH key": (
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "line 1 begins an SSH key, which is read from SOPS_AGE_SSH_PRIVATE_KEY_FILE",
    ),
    "locked, and damaged": ("-----BEGIN AGE ENCRYPTED FILE-----\n", "it is a damaged age file"),
}


@pytest.mark.parametrize("name", WRONG)
def test_keys_in_the_wrong_shape(name: str) -> None:
    text, reason = WRONG[name]
    assert explained(SOPS_AGE_KEY=text) == none_found(f"SOPS_AGE_KEY: {reason}")


def test_an_identity_beside_unusable_ones_is_told_with_them() -> None:
    env = {"SOPS_AGE_KEY": f"{KEY.identity} {PLUGIN}"}
    assert explained(**env) == none_opens(
        f"SOPS_AGE_KEY: {KEY.recipient}, an identity of age-plugin-nowhere, age-plugin-nowhere is not on PATH"
    )


# Files


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "huge").write_bytes(b"#" * (1024 * 1024 + 1))
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    for path, reason in (
        (tmp_path / "none", "cannot be read: No such file or directory"),
        (tmp_path / "huge" / "below", "cannot be read: Not a directory"),
        (tmp_path, "cannot be read: Is a directory"),
        (tmp_path / "huge", "cannot be a key file: it is larger than 1 MiB"),
        (tmp_path / "binary", "line 1 is no age identity (AGE-SECRET-KEY-1…)"),
    ):
        assert explained(SOPS_AGE_KEY_FILE=str(path)) == none_found(f"SOPS_AGE_KEY_FILE: {path}: {reason}")


def test_a_file_that_cannot_be_read_is_no_error_where_another_source_helps(tmp_path: Path) -> None:
    assert opens(SOPS_AGE_KEY_FILE=str(tmp_path), SOPS_AGE_KEY=KEY.identity)


def test_a_path_that_leads_nowhere_says_from_where(tmp_path: Path) -> None:
    here = (
        "cannot be read: No such file or directory; it is looked for in {}, where the host runs krm-secrets: make the"
    )
    before = os.getcwd()
    os.chdir(tmp_path)
    try:
        for path in ("keys.txt", "./keys", "../none/keys", "keys"):
            assert explained(SOPS_AGE_KEY_FILE=path) == none_found(
                f"SOPS_AGE_KEY_FILE: {path}: {here.format(tmp_path)} path absolute"
            )
    finally:
        os.chdir(before)
    assert explained(SOPS_AGE_KEY_FILE="~/keys.txt") == none_found(
        "SOPS_AGE_KEY_FILE: ~/keys.txt: cannot be read: No such file or directory; no shell has put your home for `~`:"
        " write $HOME"
    )


def test_a_key_in_the_place_of_a_path_is_not_shown() -> None:
    """`explained` looks for it in the message."""
    for text in (KEY.identity, f"# mine\n{KEY.identity}\n", f"/{KEY.identity.lower()}", f"{KEY.identity}.txt"):
        said = explained(SOPS_AGE_KEY_FILE=text)
        assert KEY.identity.lower()[20:] not in said.lower()
        assert said.endswith("; that is a key and not a path: put it into SOPS_AGE_KEY)")
    coded = base64.b64encode(KEY.identity.encode()).decode()
    assert coded[:20] not in explained(SOPS_AGE_KEY_FILE=coded)


def test_the_sops_key_file(tmp_path: Path) -> None:
    path = tmp_path / ".config/sops/age/keys.txt"
    path.parent.mkdir(parents=True)
    path.write_text(KEY.identity)
    assert opens(HOME=str(tmp_path))
    assert opens(XDG_CONFIG_HOME=str(tmp_path / ".config"))
    assert explained(HOME=str(tmp_path)) == none_opens(f"the sops key file: {KEY.recipient}")
    path.unlink()
    path.mkdir()
    assert explained(HOME=str(tmp_path)) == none_found(
        "the sops key file: ~/.config/sops/age/keys.txt: cannot be read: Is a directory"
    )
    path.rmdir()
    assert explained(HOME=str(tmp_path)) == none_found("the sops key file: nothing at ~/.config/sops/age/keys.txt")


def test_ssh_keys_from_every_place(tmp_path: Path) -> None:
    text, home = ed25519_key().text(), tmp_path / "home"
    path = tmp_path / "key"
    path.write_text(text)
    (home / ".ssh").mkdir(parents=True)
    for name in ("id_ed25519", "id_rsa"):
        (home / ".ssh" / name).write_text(text)
        assert run(FOR_SSH, env={"HOME": str(home)}).code == 0
        (home / ".ssh" / name).unlink()
    assert run(FOR_SSH, env={"SOPS_AGE_SSH_PRIVATE_KEY_FILE": str(path)}).code == 0
    assert run(FOR_SSH, env={"SOPS_AGE_SSH_PRIVATE_KEY_CMD": f"cat {path}"}).code == 0


def test_an_ssh_key_that_cannot_be_read(tmp_path: Path) -> None:
    env = {"SOPS_AGE_SSH_PRIVATE_KEY_FILE": str(tmp_path), "SOPS_AGE_SSH_PRIVATE_KEY_CMD": "echo CANARY"}
    assert explained(FOR_SSH, **env).endswith(
        f"KRM_SECRETS_DECRYPT=placeholder (SOPS_AGE_SSH_PRIVATE_KEY_FILE: {tmp_path}: cannot be read: Is a directory;"
        " SOPS_AGE_SSH_PRIVATE_KEY_CMD: it is no SSH private key)"
    )


def test_the_public_part_beside_a_locked_key(tmp_path: Path) -> None:
    path, public = tmp_path / "key", tmp_path / "key.pub"
    path.write_text(ed25519_key().text(PrivateFormat.PKCS8, PHRASE))
    env = {"SOPS_AGE_SSH_PRIVATE_KEY_FILE": str(path)}
    assert explained(**env) == none_opens("SOPS_AGE_SSH_PRIVATE_KEY_FILE: a passphrase-protected key")
    public.write_text(f"{ed25519_key().recipient} me@host\n")
    assert explained(**env) == none_opens(
        f"SOPS_AGE_SSH_PRIVATE_KEY_FILE: passphrase-protected {ed25519_key().recipient}"
    )
    public.unlink()
    public.mkdir()
    assert explained(**env) == none_opens("SOPS_AGE_SSH_PRIVATE_KEY_FILE: a passphrase-protected key")


def test_without_a_home_and_any_source() -> None:
    assert explained(HOME="") == none_found("no source is set")


def test_a_mac_keeps_its_configuration_elsewhere() -> None:
    with mock.patch.object(sys, "platform", "darwin"):
        assert keys._default({"HOME": "/h"}) == "/h/Library/Application Support/sops/age/keys.txt"
        assert keys._default({"HOME": "/h", "XDG_CONFIG_HOME": "/x"}) == "/x/sops/age/keys.txt"
    assert keys._default({"HOME": "/h"}) == "/h/.config/sops/age/keys.txt"


def test_a_relative_folder_of_configurations_does_not_count() -> None:
    """For Go neither; each base that a host builds would bring keys of its own."""
    assert keys._default({"HOME": "/h", "XDG_CONFIG_HOME": "x"}) == ""


def test_a_named_pipe_is_read_as_shells_give_it(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with subprocess.Popen([sys.executable, "-c", f"open({str(path)!r}, 'w').write({KEY.identity!r})"]):
        assert start(SECRET, env={"SOPS_AGE_KEY_FILE": str(path)}).code == 0


# The command


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """Where the command notes for which recipient it was asked."""
    return tmp_path / "asked"


def command(asked: Path, answer: str, code: int = 0) -> str:
    script = f"echo $SOPS_AGE_RECIPIENT >> {asked}; printf %s '{answer}'; echo CANARY >&2; exit {code}"
    return f"sh -c {shlex.quote(script)}"


def test_the_command_gives_the_key_for_a_recipient(asked: Path) -> None:
    assert opens(SOPS_AGE_KEY_CMD=command(asked, KEY.identity))
    assert asked.read_text() == f"{KEY.recipient}\n"


def test_the_command_is_asked_only_when_the_others_do_not_open(asked: Path) -> None:
    env = {"SOPS_AGE_KEY": KEY.identity, "SOPS_AGE_KEY_CMD": command(asked, THIRD_KEY.identity)}
    file = stream(*(encrypted_secret(string_data={"a": "x"}, keys=[THIRD_KEY, OTHER_KEY, KEY]) for _ in range(2)))
    assert run(file, env=env).code == 0
    assert not asked.exists()


def test_the_command_is_asked_once_a_recipient(asked: Path) -> None:
    env = {"SOPS_AGE_KEY_CMD": command(asked, KEY.identity)}
    file = stream(*(encrypted_secret(string_data={"a": "x"}, keys=[OTHER_KEY, KEY]) for _ in range(3)))
    assert run(file, env=env).code == 0
    assert asked.read_text().split() == [OTHER_KEY.recipient, KEY.recipient]


def test_the_command_is_asked_for_the_groups_that_are_missing(asked: Path) -> None:
    file = stream(*encrypt({"apiVersion": "v1", "kind": "Secret", "data": {}, "metadata": {"name": "s"}, "x": "y"},
                           groups=[[KEY], [OTHER_KEY], [THIRD_KEY]], threshold=2, encrypted_regex="x"))  # fmt: skip
    env = {"SOPS_AGE_KEY": KEY.identity, "SOPS_AGE_KEY_CMD": command(asked, THIRD_KEY.identity)}
    assert run(file, env=env).code == 0
    assert asked.read_text().split() == [OTHER_KEY.recipient, THIRD_KEY.recipient]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("'unclosed", "the command cannot be split into words; check its quotes"),
        ("  ", "the command is empty"),
        ("/nonexistent/x CANARY", "the command cannot be run: No such file or directory"),
        ("false", "the command failed with exit code 1; run it by hand to see why"),
        ("echo CANARY", "line 1 is no age identity (AGE-SECRET-KEY-1…)"),
        ("true", "no identities in it"),
        ("printf '\\377\\376'", "no identities in it"),
        ("printf '\\377\\300'", "line 1 is no age identity (AGE-SECRET-KEY-1…)"),
    ],
)
def test_a_command_that_gives_no_key(text: str, reason: str) -> None:
    assert explained(SOPS_AGE_KEY_CMD=text) == none_found(f"SOPS_AGE_KEY_CMD: {reason}")


def test_what_a_command_writes_to_stderr_is_not_recorded(asked: Path) -> None:
    done = start(OTHERS, env={"SOPS_AGE_KEY_CMD": command(asked, "", 3)})
    assert done.code == 1
    assert "CANARY" not in done.err
    assert done.first.startswith("krm-secrets: error: Secret s, line 2: sops: no age identity found")


@pytest.mark.parametrize("recipient", ["$(touch CANARY)", "age1; id", "age1abc\nX=1", "-x", "", "AGE1ABC", "age1é"])
def test_what_is_no_recipient_reaches_no_command(recipient: str, asked: Path) -> None:
    item = encrypted_secret(string_data={"a": "x"})
    item["sops"]["age"][0]["recipient"] = recipient
    done = run(stream(item), env={"SOPS_AGE_KEY_CMD": command(asked, KEY.identity)})
    assert done == Done(1, b"", "krm-secrets: error: Secret s, line 2: sops.age[0].recipient: is no age recipient\n")
    assert not asked.exists()


# What is said


def test_several_sources_are_listed_with_what_they_hold(tmp_path: Path, asked: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_text(OTHER_KEY.identity)
    env = {"SOPS_AGE_KEY": KEY.identity, "SOPS_AGE_KEY_FILE": str(path), "SOPS_AGE_KEY_CMD": "false"}
    assert explained(**env) == none_opens(
        f"SOPS_AGE_KEY: {KEY.recipient}; SOPS_AGE_KEY_FILE: {OTHER_KEY.recipient}; SOPS_AGE_KEY_CMD: the"
        " command failed with exit code 1; run it by hand to see why"
    )


def test_a_long_recipient_is_shortened() -> None:
    item = encrypted_secret(string_data={"a": "x"}, keys=[THIRD_KEY])
    item["sops"]["age"][0]["recipient"] = "age1pq1" + "q" * 1900
    assert explained(stream(item), SOPS_AGE_KEY=KEY.identity) == (
        f"none of the identities opens it; it is encrypted for age1pq1{'q' * 113}… (SOPS_AGE_KEY: {KEY.recipient})"
    )


def test_a_damaged_entry_does_not_matter_where_another_one_opens() -> None:
    item = encrypted_secret(string_data={"a": "x"}, keys=[THIRD_KEY, KEY])
    item["sops"]["age"][0]["enc"] = "damaged"
    assert run(stream(item), env={"SOPS_AGE_KEY": KEY.identity}).code == 0


def test_identities_show_nothing_of_themselves() -> None:
    found = Identities(keys.sources({"SOPS_AGE_KEY": KEY.identity}))
    assert repr(found) == "Identities(1 sources)"
    metadata = parse(encrypted_secret(string_data={"a": "x"})["sops"])
    found.unlock(metadata)
    assert KEY.identity not in repr(found)
    assert repr(metadata) == "<Metadata>"
    assert repr(metadata.groups[0][0]) == "<AgeKey>"


def test_an_identity_is_no_secret_in_an_exception() -> None:
    with pytest.raises(SopsError) as caught:
        Identities(keys.sources({"SOPS_AGE_KEY": KEY.identity[:-2]})).unlock(
            parse(encrypted_secret(string_data={"a": "x"})["sops"])
        )
    error: BaseException | None = caught.value
    while error is not None:
        assert KEY.identity[16:40] not in repr(error)
        error = error.__cause__ or error.__context__
