"""`krm-secrets completion`: click's own scripts for shells."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")

VARIABLE = "_KRM_SECRETS_COMPLETE"
"""By this the script asks the program what fits; click makes its name from that of the program."""


def script(command: click.Command, shell: str) -> str:
    """The lines that a shell is to run when it starts.

    They are the same for every version of the shell: nobody starts one to ask for it.
    """
    from click.shell_completion import get_completion_class  # nothing else needs it

    kind = get_completion_class(shell)
    assert kind is not None
    made = kind(command, {}, "krm-secrets", VARIABLE)
    return made.source_template % made.source_vars()
