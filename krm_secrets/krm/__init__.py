"""The wire format: ResourceLists, streams and files of Kubernetes objects. It knows nothing of secrets.

What functions of somebody's own are written with is here by name: docs/reference/python.md.
"""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.errors import Failure as Failure, Location as Location, Result as Result
    from krm_secrets.krm.item import Item as Item
    from krm_secrets.krm.sdk import Call as Call, Function as Function, Output as Output, main as main, run as run

__all__ = ["Call", "Failure", "Function", "Item", "Location", "Output", "Result", "main", "run"]

_ELSEWHERE = {"Item": "krm_secrets.krm.item"} | dict.fromkeys(("Failure", "Location", "Result"), "krm_secrets.errors")


def __getattr__(name: str) -> object:
    """The names above are imported when somebody asks for them: a start pays for none."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_ELSEWHERE.get(name, "krm_secrets.krm.sdk")), name)
