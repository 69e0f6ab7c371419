"""Records: named tuples without what `typing` and `collections` do to make one, and what their fields may default to.

`typing.NamedTuple` compiles each annotation that is a text, as all of them are here, and `import typing` takes longer
than a bare interpreter; `collections` compiles some source for each record. Nobody asks for annotations at run time.
Type checkers see the one of `typing`.
"""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any
    from typing import NamedTuple as NamedTuple

    NO_ENTRIES: Mapping[Any, Any]
else:
    from _collections import _tuplegetter

    _new = tuple.__new__

    class _Record(type):
        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = tuple(body.pop("__annotations__", ()))
            defaults = {field: body.pop(field) for field in fields if field in body}
            # A signature of its own makes Python check the arguments, and costs nothing when a record is made.
            words = "".join(f"{field}, " for field in fields)
            make = eval(f"lambda _cls, {words}: _new(_cls, ({words}))", {"_new": _new})  # noqa: S307 - our own names
            make.__name__ = "__new__"
            make.__qualname__ = f"{name}.__new__"
            make.__defaults__ = tuple(defaults.values())
            given = {"__repr__": _repr, "__getnewargs__": tuple, "_replace": _replace}
            places = {field: _tuplegetter(at, None) for at, field in enumerate(fields)}
            own = {"__slots__": (), "__new__": make, "__match_args__": fields, "_fields": fields}
            return type(name, (tuple,), given | places | body | own | {"_field_defaults": defaults})

    def _repr(self):
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in zip(self._fields, self, strict=True))})"

    def _replace(self, **changes):
        made = _new(type(self), map(changes.pop, self._fields, self))
        if changes:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(changes)}")
        return made

    class NamedTuple(metaclass=_Record):
        """The base class of records."""

    NO_ENTRIES = type(type.__dict__)({})  # `types.MappingProxyType`, and `types` makes all others, too


__all__ = ["NO_ENTRIES", "NamedTuple"]
