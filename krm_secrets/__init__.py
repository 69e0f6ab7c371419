"""One KRM function for a Kubernetes secret's whole way from Git to the Pod.

`run` is the function over bytes, `decrypt_file` is `sops -d`, and `krm_secrets.krm` is for functions of your own:
docs/reference/python.md. All else is no interface, and may change with every version.
"""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.errors import Failure as Failure, Location as Location, Result as Result
    from krm_secrets.library import Output as Output, decrypt_file as decrypt_file, run as run

__all__ = ["Failure", "Location", "Output", "Result", "decrypt_file", "run"]


def __getattr__(name: str) -> object:
    """The names above are imported when somebody asks for them: a start pays for none."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("krm_secrets.library"), name)
