"""Text to documents."""

from __future__ import annotations

from krm_secrets.errors import Failure, Location, failure
from krm_secrets.yamltext.load import load
from krm_secrets.yamltext.nodes import Document, YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence


def parse(text: str) -> list[Document]:
    """All documents of a stream; Failure when the text is no YAML.

    The text must carry no byte order mark. A message gives line and reason, never the text.
    """
    from krm_secrets.yamltext import events  # the import of PyYAML costs more than most runs of this program

    try:
        return events.build(text)
    except events.ERRORS as error:
        line, reason = events.explain(error, text)
    raise failure(f"not valid YAML: {reason}", Location(line=line))


def documents(text: str, broken: Sequence[object] = ()) -> Sequence[object]:
    """The documents of a text as data; `broken` where it is no YAML, or such that no tool reads."""
    try:
        return [load(document.root) for document in parse(text)]
    except (Failure, YamlError):
        return broken
