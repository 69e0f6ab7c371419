"""Whole SOPS files as values of a Secret or a ConfigMap."""

from __future__ import annotations

from krm_secrets._startup.records import QuietTuple
from krm_secrets.krm.resource import Resource
from krm_secrets.sops.marks import file_in
from krm_secrets.yamltext.nodes import Mapping, Scalar

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


ENCODED_SECTIONS = {"Secret": {"data": True, "stringData": False}, "ConfigMap": {"data": False, "binaryData": True}}
"""Where a Secret and a ConfigMap have their values, and whether in base64."""


class FileValue(QuietTuple):
    """A whole SOPS file in a value: where it stands, the value, whether that is base64, and the file in it."""

    section: str
    key: str
    value: str
    encoded: bool
    content: bytes


def files_in(item: Resource) -> Iterator[FileValue]:
    """The whole SOPS files in the values of a Secret or a ConfigMap."""
    for section, key, value, encoded in values_of(item):
        content = file_in(value, encoded)
        if content is not None:
            yield FileValue(section, key, value, encoded, content)


def values_of(item: Resource) -> Iterator[tuple[str, str, str, bool]]:
    """The values of a Secret or a ConfigMap: section, key, value, and whether that is base64."""
    for section, encoded in ENCODED_SECTIONS[item.kind].items():
        values = item.node.get(section)
        if type(values) is not Mapping:
            continue
        for key in values.names():
            value = values.get(key)
            if type(value) is Scalar:
                yield section, key, value.value, encoded
