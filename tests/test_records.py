from __future__ import annotations

import pytest

from krm_secrets._startup.records import NamedTuple, QuietTuple


class Point(NamedTuple):
    """A place."""

    x: int
    y: int = 2
    z: list[int] = []  # noqa: RUF012 - the default of a field

    @property
    def sum(self) -> int:
        return self.x + self.y

    @classmethod
    def origin(cls) -> Point:
        return cls(0, 0)

    def __str__(self) -> str:
        return f"<{self.x}>"


def test_a_record_is_a_named_tuple() -> None:
    point = Point(1)
    assert tuple(point) == (1, 2, [])
    assert (point.x, point.y, point.sum) == (1, 2, 3)
    assert point._replace(y=5) == Point(x=1, y=5)
    assert Point._fields == ("x", "y", "z")
    assert Point._field_defaults == {"y": 2, "z": []}
    assert Point.origin() == (0, 0, [])
    assert (str(point), repr(point)) == ("<1>", "Point(x=1, y=2, z=[])")
    assert (Point.__doc__, Point.__module__, Point.__mro__[1:]) == ("A place.", __name__, (tuple, object))


class Secret(QuietTuple):
    value: str


def test_a_quiet_one_shows_nothing() -> None:
    assert (repr(Secret("hidden")), Secret("hidden").value) == ("<Secret>", "hidden")


def test_it_takes_what_it_has_fields_for() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'w'"):
        Point(1, w=1)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Point(1).x = 2  # type: ignore[misc]


def test_without_fields() -> None:
    class Empty(NamedTuple):
        pass

    assert Empty() == ()


class Wide(NamedTuple):
    a: int
    b: int
    c: int
    d: int
    e: int
    f: int
    g: int
    h: int
    i: int
    j: int
    k: int = 11


def test_one_with_many_fields_is_no_other() -> None:
    wide = Wide(1, 2, 3, 4, 5, 6, 7, 8, i=9, j=10)
    assert tuple(wide) == tuple(range(1, 12))
    assert wide._replace(k=0).k == 0
    with pytest.raises(TypeError, match="Wide takes a, b, c"):
        Wide(1, 2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Wide takes a, b, c"):
        Wide(*range(12))
    with pytest.raises(TypeError, match="Wide takes a, b, c"):
        Wide(*range(10), x=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError) as caught:
        wide._replace(x=1)  # type: ignore[call-arg]
    assert str(caught.value) == "Wide has no field x"
