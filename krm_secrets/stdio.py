"""Standard output, and who called: the part of the shell that every run needs."""

import os
import sys


def plugin() -> bool:
    """Whether kustomize calls us as a legacy exec plugin."""
    return len(sys.argv) > 1 and "KUSTOMIZE_PLUGIN_CONFIG_ROOT" in os.environ and os.path.isfile(sys.argv[1])


def write(data: bytes) -> int:
    """Write the whole output at once; a reader that went away is no error of ours, but no success either."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0
