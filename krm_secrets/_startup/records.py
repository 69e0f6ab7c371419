"""Records: named tuples without what `typing` and `collections` do to make one, and what their fields may default to.

`typing.NamedTuple` compiles each annotation that is a text, as all of them are here, and `import typing` takes longer
than a bare interpreter; `collections` compiles some source for each record. Nobody asks for annotations at run time.
Type checkers see the one of `typing`.
"""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NamedTuple as NamedTuple, NamedTuple as QuietTuple, Protocol as Protocol

    NO_ENTRIES: Mapping[Any, Any]
else:
    from _collections import _tuplegetter

    _new = tuple.__new__

    # What makes a record of so many fields. To compile one for each class took a tenth of a start.
    _MAKERS = (
        lambda _cls: _new(_cls, ()),
        lambda _cls, a: _new(_cls, (a,)),
        lambda _cls, a, b: _new(_cls, (a, b)),
        lambda _cls, a, b, c: _new(_cls, (a, b, c)),
        lambda _cls, a, b, c, d: _new(_cls, (a, b, c, d)),
        lambda _cls, a, b, c, d, e: _new(_cls, (a, b, c, d, e)),
        lambda _cls, a, b, c, d, e, f: _new(_cls, (a, b, c, d, e, f)),
        lambda _cls, a, b, c, d, e, f, g: _new(_cls, (a, b, c, d, e, f, g)),
        lambda _cls, a, b, c, d, e, f, g, h: _new(_cls, (a, b, c, d, e, f, g, h)),
        lambda _cls, a, b, c, d, e, f, g, h, i: _new(_cls, (a, b, c, d, e, f, g, h, i)),
        lambda _cls, a, b, c, d, e, f, g, h, i, j: _new(_cls, (a, b, c, d, e, f, g, h, i, j)),
    )

    def _maker(fields, defaults):
        """A function whose parameters are the fields: Python itself checks the arguments, at no cost for a record."""
        if len(fields) >= len(_MAKERS):
            return _wide(fields, defaults)
        code = _MAKERS[len(fields)].__code__.replace(co_varnames=("_cls", *fields))
        return type(_maker)(code, {"_new": _new}, "__new__", tuple(defaults.values()))

    def _wide(fields, defaults):
        """The same for more fields, slower for each record: few are so wide, and few are made of them."""

        def make(_cls, *values, **named):
            given = defaults | dict(zip(fields, values, strict=False)) | named
            if given.keys() != set(fields) or len(values) > len(fields):
                raise TypeError(f"{_cls.__name__} takes {', '.join(fields)}")
            return _new(_cls, map(given.__getitem__, fields))

        return make

    class _Record(type):
        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = tuple(body.pop("__annotations__", ()))
            defaults = {field: body.pop(field) for field in fields if field in body}
            make = _maker(fields, defaults)
            make.__name__, make.__qualname__ = "__new__", f"{name}.__new__"
            given = {"__repr__": bases[0].__repr__, "__getnewargs__": tuple, "_replace": _replace}
            places = {field: _tuplegetter(at, None) for at, field in enumerate(fields)}
            own = {"__slots__": (), "__new__": make, "__match_args__": fields, "_fields": fields}
            return type(name, (tuple,), given | places | body | own | {"_field_defaults": defaults})

    def _replace(self, **changes):
        made = _new(type(self), map(changes.pop, self._fields, self))
        if changes:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(changes)}")
        return made

    class NamedTuple(metaclass=_Record):
        """The base class of records."""

        def __repr__(self):
            return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in zip(self._fields, self, strict=True))})"

    class QuietTuple(metaclass=_Record):
        """That of what holds values, keys or text: debuggers, logs and tracebacks print all locals, and not these."""

        def __repr__(self):
            return f"<{type(self).__name__}>"

    Protocol = object  # at run time nobody asks what a class promises

    NO_ENTRIES = type(type.__dict__)({})  # `types.MappingProxyType`, and `types` makes all others, too


__all__ = ["NO_ENTRIES", "NamedTuple", "Protocol", "QuietTuple"]
