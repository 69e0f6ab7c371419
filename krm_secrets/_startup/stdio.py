"""Standard output, and who called: the part of the shell that every run needs."""

import sys
from io import BytesIO
from posix import O_WRONLY, dup2, open as opened

from krm_secrets._startup.system import environ, isfile

MAX_INPUT = 256 * 1024 * 1024
_STEP = 1024 * 1024  # Python sets the memory aside for all that is asked for


def plugin() -> bool:
    """Whether kustomize calls us as a legacy exec plugin."""
    return len(sys.argv) > 1 and "KUSTOMIZE_PLUGIN_CONFIG_ROOT" in environ() and isfile(sys.argv[1])


def read() -> bytes:
    """All of standard input, nothing where it is closed; of what is larger than MAX_INPUT one byte more than that."""
    if sys.stdin is None:
        return b""
    data, left = BytesIO(), MAX_INPUT + 1
    while left and (more := sys.stdin.buffer.read(min(left, _STEP))):
        data.write(more)
        left -= len(more)
    return data.getvalue()


def write(data: bytes) -> int:
    """Write the whole output at once; a reader that went away is no error of ours, but no success either."""
    if sys.stdout is None:
        return _failed("is closed")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _silence()
        return 1
    except OSError as error:
        _silence()
        return _failed(f"cannot be written: {error.strerror}")
    return 0


def _silence() -> None:
    """Let the flush at exit, of what is still in the buffer, succeed."""
    dup2(opened("/dev/null", O_WRONLY), sys.stdout.fileno())


def _failed(what: str) -> int:
    if sys.stderr is not None:
        sys.stderr.write(f"krm-secrets: error: standard output {what}\n")
    return 1
