"""`Protocol` for type checkers; at run time, where nobody asks what a class promises, a class like any other."""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Protocol as Protocol
else:
    Protocol = object

__all__ = ["Protocol"]
