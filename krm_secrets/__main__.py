"""The program's first lines, which decide what to import.

A host starts this program for every build, so that most of its time is start-up: input that names nothing of ours is
passed through here, before anything else is imported.
"""

import gc
import sys

from krm_secrets.stdio import plugin, write

_NAMES = (b"sops", b"krm-secrets.dev", b"external-secrets.io", b"ENC[")
_MAYBE = (b"\\u", b"\\x", b"\\U", b"\\\n", b"\\\r", b"\0", b"functionConfig")


def main() -> int:
    """Run as function, plugin, stream or command; returns the exit code."""
    options = _options(sys.argv[1:])
    if options is None:
        from krm_secrets.commands.cli import cli

        return cli()
    config, placeholder = options
    if sys.stdin is None or sys.stdin.isatty():
        from krm_secrets.commands.cli import usage

        return usage()
    data = sys.stdin.buffer.read()
    if not config and data.strip() and not mentions(data) and not plugin():
        return write(data)
    from krm_secrets.shell import pipe

    gc.disable()  # all objects of a run live until its end; looking for dead ones took a third of the time
    try:
        return pipe(data, config, placeholder)
    finally:
        gc.enable()


def mentions(data: bytes) -> bool:
    """Whether the input can name anything of ours.

    Escapes, a line break in the middle of a quoted word and UTF-16 can spell a name in other bytes, and a
    functionConfig of another kind can ask for work.
    """
    return any(name in data for name in _NAMES) or any(name in data for name in _MAYBE)


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
    sys.exit(main())
