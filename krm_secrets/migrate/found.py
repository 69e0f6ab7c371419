"""The ExternalSecrets of a run: which of them can be read, and why others stay what they are."""

from __future__ import annotations

from collections.abc import Iterable

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.errors import WARNING, Path, Result, clean, near
from krm_secrets.externalsecrets.target import KIND as EXTERNAL_SECRET
from krm_secrets.krm.resource import Resource, group_of
from krm_secrets.migrate.original import VERSIONS, NotShort, Reading, is_external_secret, read_external_secret
from krm_secrets.shorthand.externalsecret import marked_by
from krm_secrets.yamltext import emit
from krm_secrets.yamltext.comments import Comment, comments
from krm_secrets.yamltext.nodes import YamlError


class Original(QuietTuple):
    """An ExternalSecret as it stands in its file, and what it says."""

    item: Resource
    reading: Reading

    def text(self) -> str:
        """Its document, or its item of a list; JSON as the YAML that it would be."""
        node = self.item.node
        text = self.item.slot.source.text[node.start : node.end]
        return emit.block(self.item.data) if text.startswith("{") else text

    def comments(self) -> list[Comment]:
        """The comments of its document; those of an item of a list are left to the list."""
        source, document = self.item.slot.source, self.item.slot.document
        if self.item.slot.parent is not None:
            return []
        at = source.position_of(document)
        end = source.documents[at + 1].start if at + 1 < len(source.documents) else len(source.text)
        return comments(source.text, document, document.start if at else 0, end)


class Search(NamedTuple):
    """What was found: those that can be read, those that cannot with the reason, and how many are generated."""

    originals: tuple[Original, ...]
    refused: tuple[Result, ...]
    generated: int


def search(items: Iterable[Resource]) -> Search:
    """Look at all objects; what is no ExternalSecret does not count."""
    originals: list[Original] = []
    refused: list[Result] = []
    generated = 0
    for item in items:
        if item.kind != EXTERNAL_SECRET:
            continue
        try:
            data = item.data
            if not is_external_secret(data):
                if reason := _other_version(item.api_version):
                    raise NotShort(f"apiVersion: {reason}", ("apiVersion",))
            elif marked_by(data):
                generated += 1
            else:
                originals.append(Original(item, read_external_secret(data)))
        except YamlError as error:
            refused += item.unreadable(error).results
        except NotShort as error:
            refused.append(stays(item, str(error), error.path))
    return Search(tuple(originals), tuple(refused), generated)


def _other_version(api_version: str) -> str:
    """What is wrong with a version that cannot be read; nothing where the object is of another operator."""
    group = group_of(api_version)
    if group == _GROUP:
        return f"{clean(api_version)} is a version that only old releases serve"
    return f"{clean(api_version)} is nobody's; did you mean {VERSIONS[0]}?" if near(group, (_GROUP,)) else ""


def stays(item: Resource, reason: str, path: Path = ()) -> Result:
    """That an ExternalSecret is left as it is, and why, with the line of the field that the reason names."""
    return Result(WARNING, f"stays an ExternalSecret: {reason}", item.location(path)._replace(path=()))


_GROUP = group_of(VERSIONS[0])


def counted(text: str) -> int:
    """The lines of a document that say something: no blank ones, comments and separators."""
    rows = (row.strip() for row in text.splitlines())
    return sum(bool(row) and not row.startswith("#") and row != "---" for row in rows)
