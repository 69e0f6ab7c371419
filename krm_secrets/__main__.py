"""The program's first lines, which decide what to import.

A host starts this program for every build, so that most of its time is start-up: input that names nothing of ours is
passed through here, before anything else is imported.
"""

import gc
import sys

if sys.platform == "win32":
    raise SystemExit(
        "krm-secrets: error: Windows is not supported: rights of files, links and signals differ there; run it in WSL "
        "or in a container"
    )

from posix import _exit

from krm_secrets._startup.stdio import MAX_INPUT, plugin, read, write
from krm_secrets._startup.system import environ

_NAMES = (
    *(b"sops", b"krm-secret", b"external-secrets.io", b"ENC["),
    *(b"SecretMapping", b"BitwardenStore", b"SopsGenerator", b"SecretsConfig"),  # also where the group is misspelt
    # Others who make Secrets: a test holds these equal to the table of makers.
    *(b"cert-manager.io/", b"kubernetes.io/tls-acme", b"bitnami.com/", b"postgresql.cnpg.io/", b"externalSecrets"),
    *(b"crunchydata.com/", b"kafka.strimzi.io/", b"objectbucket.io/", b"onepassword.com/", b"k8s.bitwarden.com/"),
    *(b"talos.dev/", b"openshift.io/serving-cert-secret-name"),
    *(b"db.movetokube.com/", b"k8s.mariadb.com/", b"ceph.rook.io/", b"operator.1password.io/"),
    *(b"secrets.infisical.com/", b"pocketid.internal/"),
    b"secretGenerator",
    *(b"secrets.doppler.com/", b"kaniop.rs/", b"infra.contrib.fluxcd.io/", b"kyverno.io/"),
    *(b"secrets.hashicorp.com/", b"writeConnectionSecretToRef", b"k8s.emberstack.com/", b"v1.mittwald.de/"),
    *(b"**SOPS**", b"KipTT1BTKi", b"eyJtYXNrIjoiKipTT1BTKi"),  # Flux's mask for encrypted values
)
_MAYBE = (b"\\u", b"\\x", b"\\U", b"\\\n", b"\\\r", b"\0", b"functionConfig")

# `ENC[AES256_GCM,` in base64, by the three places where it can begin, and in halves, since a host may break the line.
_ENCODED = (b"RU5DW0FFUz", b"I1Nl9HQ00s", b"VOQ1tBRVM", b"yNTZfR0NNL", b"FTkNbQUVT", b"MjU2X0dDTS")

_RESERVE = 1 << 20
"""Bytes that are kept for saying that there was too little memory; the system gives them when they are touched."""


def main(alone: bool = False) -> int:
    """Run as function, plugin, stream or command; returns the exit code.

    `alone` says that the process is this program's, and that nothing else in it may want all of PyYAML.
    """
    options = None if "_KRM_SECRETS_COMPLETE" in environ() else _options(sys.argv[1:])  # a shell completes a line
    if options is None:
        if alone:
            from krm_secrets._startup import bare, modules, signals

            modules.install()
            bare.install()
            signals.catch()
            gc.disable()  # as below, unless a command wants it; one look at all that a check has read takes long
        from krm_secrets.cli.commandline import cli

        return cli()
    config, placeholder = options
    if sys.stdin is None or sys.stdin.isatty():
        from krm_secrets.cli.commandline import usage

        return usage()
    given = [read()]
    if not config and len(given[0]) <= MAX_INPUT and given[0].strip() and not mentions(given[0]) and not plugin():
        return write(given[0])
    gc.disable()  # all objects of a run live until its end; looking for dead ones took a third of the time
    try:
        if alone:
            from krm_secrets._startup import bare, modules

            modules.install()
            bare.install()
        from krm_secrets.shell import pipe

        return pipe(given.pop, config, placeholder)
    finally:
        if not alone:  # else the process ends, and would look once more
            gc.enable()


def console() -> None:
    """The command: `main`, and the end of the process.

    It ends at once. Taking the interpreter and all objects of a run apart would take as long as reading the input, and
    nothing is left to do: the output is written whole, files are closed where they are used.
    """
    reserve = bytes(_RESERVE)
    try:
        code = main(alone=True)
    except KeyboardInterrupt:
        code = 130
    except SystemExit:
        raise
    except BaseException as error:  # a panic of a library in Rust is no Exception; a traceback would print its text
        del reserve
        if isinstance(error, MemoryError):
            error.__traceback__ = None  # whose frames hold what took the memory
        from krm_secrets.shell import explain, tell

        tell(explain(error))
        code = 1
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:
                stream.flush()
            except OSError:  # nobody listens any more
                code = code or 1
    _exit(code)


def mentions(data: bytes) -> bool:
    """Whether the input can name anything of ours.

    Escapes, a line break in the middle of a quoted word and UTF-16 can spell a name in other bytes, and a
    functionConfig of another kind can ask for work. Any object can hold a SOPS file in base64.
    """
    return any(word in data for words in (_NAMES, _MAYBE, _ENCODED) for word in words)


def _options(words: list[str]) -> "tuple[str, bool] | None":
    """`[-c CONFIG] [--placeholder]`, or the file of a legacy plugin; None for everything that a command line parser
    must see."""
    if plugin():
        return sys.argv[1], False
    config, placeholder = "", False
    rest = iter(words)
    for word in rest:
        if word == "--placeholder":
            placeholder = True
        elif word in ("-c", "--config"):
            config = next(rest, "")
            if not config:
                return None
        elif word.startswith("--config="):
            config = word[9:]
        else:
            return None
    return config, placeholder


if __name__ == "__main__":
    console()
