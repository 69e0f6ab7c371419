"""Where this process finds age identities: the places that sops looks at, read when they are needed."""

from __future__ import annotations

import sys

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.system import getcwd, isabs, join
from krm_secrets.errors import clean
from krm_secrets.sops.identities import Identities, KeySource
from krm_secrets.terminal import ControllingTerminal

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


MAX_SIZE = 1024 * 1024
_LONGEST_PATH = 500

IMAGE = "KRM_SECRETS_IMAGE"
"""Set in our container image, where nothing of the user's own environment and files is seen."""

_HAND_OVER = (
    "hand one to the container: -e SOPS_AGE_KEY, or --mount a key file and -e SOPS_AGE_KEY_FILE (`kpt fn render` can"
    " hand none to an image: there use `exec:`, or `decrypt: keep`)"
)

_AGE, _SSH = "SOPS_AGE_KEY", "SOPS_AGE_SSH_PRIVATE_KEY"
_DEFAULT = "the sops key file"


def identities(environ: Mapping[str, str]) -> Identities:
    """The identities of this process, none of them read yet."""
    given = sources(environ)
    return Identities(given, advice=_HAND_OVER) if environ.get(IMAGE) else Identities(given)


def sources(environ: Mapping[str, str]) -> list[KeySource]:
    """The sources that the environment names, and sops's default places. All of them count, as for sops."""
    terminal = ControllingTerminal()
    return [source._replace(terminal=terminal) for source in (*_age(environ), *_ssh(environ))]


def files(environ: Mapping[str, str]) -> dict[str, str]:
    """The files in which this process looks for keys, each with what names it."""
    named = {environ[f"{prefix}_FILE"]: f"{prefix}_FILE" for prefix in (_AGE, _SSH) if environ.get(f"{prefix}_FILE")}
    default = _default(environ)
    return {**({default: _DEFAULT} if default else {}), **_ssh_files(environ), **named}


def _age(environ: Mapping[str, str]) -> Iterator[KeySource]:
    if environ.get(_AGE):
        yield KeySource(_AGE, lambda _: _held(environ[_AGE]))
    yield from _named(environ, _AGE)
    default = _default(environ)
    if default:
        place = "" if environ.get(IMAGE) else _shown(default, environ)  # nobody knows the folders of the image
        yield _file(_DEFAULT, default, default=True)._replace(place=place)


def _held(text: str) -> str:
    """The text of SOPS_AGE_KEY, unless it is a path, which many put there."""
    word = text.strip()
    if not _holds_key(word) and " " not in word and (word[:1] in "/~." or word.endswith((".txt", ".key", ".agekey"))):
        raise ValueError(f"holds a path and no identity: put the path into {_AGE}_FILE")
    return text


def _ssh(environ: Mapping[str, str]) -> Iterator[KeySource]:
    for source in _named(environ, _SSH):
        yield source._replace(ssh=True)
    for path, name in _ssh_files(environ).items():
        yield _file(name, path, default=True)._replace(ssh=True)


def _ssh_files(environ: Mapping[str, str]) -> dict[str, str]:
    home = environ.get("HOME", "")
    names = ("id_ed25519", "id_rsa") if home else ()
    return {join(home, f".ssh/{name}"): f"~/.ssh/{name}" for name in names}


def _named(environ: Mapping[str, str], prefix: str) -> Iterator[KeySource]:
    file, command = f"{prefix}_FILE", f"{prefix}_CMD"
    if environ.get(file):
        yield _file(file, environ[file], default=False)._replace(place=_shown(environ[file], environ))
    if environ.get(command):
        yield KeySource(command, lambda recipient: _ask(environ, command, recipient), asks=True)


def _file(name: str, path: str, default: bool) -> KeySource:
    """A file; the public part of an SSH key is in one beside it."""
    return KeySource(
        name, lambda _: _read(path, must=not default), default=default, public=lambda: _public(f"{path}.pub")
    )


def _default(environ: Mapping[str, str]) -> str:
    """`sops/age/keys.txt` in the user's configuration folder, as Go's os.UserConfigDir has it.

    That takes no relative one, which would name another folder in each base that a host builds.
    """
    base = environ.get("XDG_CONFIG_HOME", "")
    if base and not isabs(base):
        return ""
    home = environ.get("HOME", "")
    if not base and home:
        base = join(home, "Library/Application Support" if sys.platform == "darwin" else ".config")
    return join(base, "sops/age/keys.txt") if base else ""


def _read(path: str, must: bool) -> bytes | None:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_SIZE + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        if must:
            raise ValueError(f"cannot be read: {error.strerror}{_why_not(path)}") from None
        return None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}{_why_not(path) if must else ''}") from None
    if len(data) > MAX_SIZE:
        raise ValueError("cannot be a key file: it is larger than 1 MiB")
    return data


_KEY = ("AGE-SECRET-KEY-", "AGE-PLUGIN-", "-----BEGIN", "\r", "\n")
_PATH = pattern(r"(?:\.\.?/)|[^/]*\.[A-Za-z]+$|[\w.-]+/|[\w.-]{1,30}$")


def _shown(path: str, environ: Mapping[str, str]) -> str:
    """A path for messages; "" for what may be a key that somebody put into the wrong variable."""
    usual = path[:1] in ("/", "~")  # without an expression to compile
    if _holds_key(path) or len(path) > _LONGEST_PATH or not (usual or _PATH.match(path)):
        return ""
    home = environ.get("HOME", "").rstrip("/")
    return clean(f"~{path[len(home) :]}" if home and path.startswith(f"{home}/") else path)


def _holds_key(text: str) -> bool:
    return any(sign in text.upper() for sign in _KEY)


def _why_not(path: str) -> str:
    """What a person may not have thought of, where a file is not there."""
    if _holds_key(path):
        return f"; that is a key and not a path: put it into {_AGE}"
    if path.startswith("~"):
        return "; no shell has put your home for `~`: write $HOME"
    if isabs(path):
        return ""
    return f"; it is looked for in {clean(getcwd())}, where the host runs krm-secrets: make the path absolute"


def _public(path: str) -> str | None:
    try:
        data = _read(path, must=False)
    except (OSError, ValueError):
        return None
    return None if data is None else data.decode("utf-8", "replace")


def _ask(environ: Mapping[str, str], variable: str, recipient: str) -> bytes:
    """Run the user's own command. What it prints is the key: it appears in no message."""
    import shlex
    import subprocess

    try:
        command = shlex.split(environ[variable])
    except ValueError:
        raise ValueError("the command cannot be split into words; check its quotes") from None
    if not command:
        raise ValueError("the command is empty")
    # A person at a terminal is to see "touch your key"; hosts record stderr, and its first line is to be ours.
    stderr = None if sys.stderr is not None and sys.stderr.isatty() else subprocess.DEVNULL
    try:
        done = subprocess.run(  # noqa: S603 - the user's own environment names it; no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**environ, "SOPS_AGE_RECIPIENT": recipient},
        )
    except OSError as error:
        raise ValueError(f"the command cannot be run: {error.strerror}") from None
    if done.returncode:
        raise ValueError(f"the command failed with exit code {done.returncode}; run it by hand to see why")
    return done.stdout[:MAX_SIZE]
