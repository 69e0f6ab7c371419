"""One document of a file as a text of its own, that can stand among the documents and items of an output."""

from __future__ import annotations

from krm_secrets.yamltext import splice
from krm_secrets.yamltext.edits import Edit, copy
from krm_secrets.yamltext.lines import line_end
from krm_secrets.yamltext.load import load, parse
from krm_secrets.yamltext.nodes import Document

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


_ODD_BREAKS = "\r\x85\u2028\u2029"


def cutout(text: str, documents: list[Document], at: int, edits: list[Edit]) -> str:
    """The document at a place among all, with its comments and the edits, without `---`, `...` and directives, in lines
    that end in LF.

    It is indented as a whole where it becomes an item of a list, which a break other than LF would undo, and its last
    line is ended, which must not change a block scalar there: in these two rare cases it is written in flow style.
    """
    document = documents[at]
    begin = document.start if at else 0
    end = documents[at + 1].start if at + 1 < len(documents) else len(text)
    edits = edits + list(_markers(text, begin, document.root.start)) + list(_markers(text, document.root.end, end))
    if begin:
        edits = [edit._replace(start=edit.start - begin, end=edit.end - begin) for edit in edits]
    own = splice.apply(text[begin:end], edits)
    own = _without_blank_lines(own.replace("\r\n", "\n"))
    if any(sign in own for sign in _ODD_BREAKS):
        return _flow(own)
    if own.endswith("\n"):
        return own
    ended = own + "\n"
    return ended if _data(ended) == _data(own) else _flow(own)


def _without_blank_lines(text: str) -> str:
    """The text from its first line that holds something."""
    begin = 0
    while (end := text.find("\n", begin)) >= 0 and not text[begin:end].strip(" \t"):
        begin = end + 1
    return text[begin:]


def _markers(text: str, begin: int, end: int) -> Iterator[Edit]:
    """Cut what only the start or the end of a document means, of the lines that begin in a span around its content."""
    at = begin
    while at < end:
        if at == 0 or text[at - 1] in "\r\n":
            following = line_end(text, at)
            if text.startswith(("---", "..."), at):
                rest = text[at + 3 : following]
                yield Edit(at, at + 3 + len(rest) - len(rest.lstrip()), "")
            elif text.startswith("%", at):
                yield Edit(at, following, "")
            at = following
        else:
            at = line_end(text, at)


def _data(text: str) -> object:
    return load(parse(text)[0].root)


def _flow(text: str) -> str:
    return copy(parse(text)[0].root) + "\n"
