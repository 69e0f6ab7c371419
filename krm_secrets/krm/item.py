"""An object as functions of somebody's own see it: plain data to read, and changes that leave all other bytes alone."""

from __future__ import annotations

from krm_secrets.errors import ERROR, INFO, WARNING, Failure, Path, Problem, Result, field
from krm_secrets.krm.resource import Resource
from krm_secrets.yamltext import emit, splice
from krm_secrets.yamltext.nodes import YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from krm_secrets.yamltext.splice import Updates

_ABSENT = object()


class Item:
    """One Kubernetes object. It never changes: `set` and `without` give another one.

    Its data is shared, and only to be read. What cannot be read or changed is a Failure that names object and field.
    """

    __slots__ = ("_data", "_resource", "_touched")

    def __init__(self, resource: Resource, data: object = _ABSENT, touched: tuple[Path, ...] = ()) -> None:
        self._resource = resource
        self._data = data
        self._touched = touched

    @classmethod
    def new(cls, data: dict[str, Any]) -> Item:
        """An object that is to be added."""
        return cls(Resource.new(data))

    @property
    def data(self) -> dict[str, Any]:
        """The object as plain data, with what was set."""
        if self._data is _ABSENT:
            try:
                self._data = self._resource.data
            except YamlError as error:
                raise self._resource.unreadable(error) from None
        assert isinstance(self._data, dict)
        return self._data

    @property
    def api_version(self) -> str:
        return self._text("apiVersion")

    @property
    def kind(self) -> str:
        return self._text("kind")

    @property
    def name(self) -> str:
        return self._text("metadata", "name")

    @property
    def namespace(self) -> str:
        return self._text("metadata", "namespace")

    def get(self, *path: str | int, default: Any = None) -> Any:
        """The value at a path of keys and list indexes, or the default."""
        found: Any = self.data
        for part in path:
            has_entries = isinstance(found, dict) or (isinstance(found, list) and isinstance(part, int) and part >= 0)
            try:
                found = found[part] if has_entries else _ABSENT
            except LookupError:
                return default
        return default if found is _ABSENT else found

    def set(self, *path: str | int, value: Any) -> Item:
        """The object with this value, plain data, at the path; mappings that are missing on the way are made."""
        return self._changed(path, value)

    def without(self, *path: str | int) -> Item:
        """The object without what stands at the path."""
        if self.get(*path, default=_ABSENT) is _ABSENT:
            return self
        if isinstance(path[-1], int):  # the indexes of those behind it change with it
            around = self.get(*path[:-1])
            return self._changed(path[:-1], [each for n, each in enumerate(around) if n != path[-1]])
        return self._changed(path, _ABSENT)

    def error(self, message: str, *path: str | int) -> Result:
        """A result of severity error about a field of this object, which says where it stands. The run fails by it."""
        return self._resource.result(Problem(path, message, ERROR))

    def warning(self, message: str, *path: str | int) -> Result:
        """The same as a warning."""
        return self._resource.result(Problem(path, message, WARNING))

    def info(self, message: str, *path: str | int) -> Result:
        """The same as a notice."""
        return self._resource.result(Problem(path, message, INFO))

    def resource(self) -> Resource:
        """The object for who writes it back, with the edits of its text."""
        if not self._touched:
            return self._resource
        before = Item(self._resource)
        updates: Updates = {}
        for path in sorted(dict.fromkeys(self._touched), key=len):
            if not any(path[:n] in self._touched for n in range(1, len(path))):
                value = self.get(*path, default=_ABSENT)
                while value is _ABSENT and not isinstance(before.get(*path[:-1]), dict):
                    path = path[:-1]  # it was set and taken out again: what was made around it stays
                    value = self.get(*path, default=_ABSENT)
                splice.put(updates, path, _update(value, before.get(*path, default=_ABSENT) is not _ABSENT))
        try:
            return self._resource.updated(updates)
        except YamlError as error:
            raise self._resource.unreadable(error) from None

    def _changed(self, path: Path, value: object) -> Item:
        if not path:
            raise ValueError("a path has at least one key")
        return Item(self._resource, self._with(self.data, path, 0, value), (*self._touched, path))

    def _with(self, data: object, path: Path, depth: int, value: object) -> object:
        """A copy of the data with the value at the path, of which so much is behind us."""
        if depth == len(path):
            return value
        part = path[depth]
        if isinstance(data, list) and isinstance(part, int) and 0 <= part < len(data):
            new = self._with(data[part], path, depth + 1, value)
            return [*data[:part], new, *data[part + 1 :]]
        if data is None or data is _ABSENT:
            data = {}
        if not isinstance(data, dict) or not isinstance(part, str):
            raise Failure(self.error(f"has no {field((part,))} to be set", *path[:depth]))
        new = self._with(data.get(part, _ABSENT), path, depth + 1, value)
        if new is _ABSENT:
            return {key: each for key, each in data.items() if key != part}
        return {**data, part: new}

    def _text(self, *path: str) -> str:
        value = self.get(*path)
        return value if isinstance(value, str) else ""

    def __repr__(self) -> str:
        return f"<Item {self._resource.ref}>"


def _update(value: object, is_there: bool) -> Updates | str | None:
    """A value as the text that takes the place of what is there, or as new entries in the style of their neighbours."""
    if value is _ABSENT:
        return splice.DELETE
    if isinstance(value, dict) and value and not is_there:
        return {key: _update(each, False) for key, each in value.items()}
    return emit.flow(value) if isinstance(value, (dict, list)) else emit.scalar(value)
