"""Text to documents."""

from __future__ import annotations

from krm_secrets.errors import Location, failure
from krm_secrets.yamltext.nodes import Document


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
