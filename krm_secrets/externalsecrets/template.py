"""Go's text/template, read as far as needed: which names in an action stand for fetched data, and what Go refuses."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.externalsecrets.pipeline import KEYWORDS, read_action
from krm_secrets.externalsecrets.tokens import OPERANDS, TemplateError, Token, is_go, segments, tokens, unquote

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


_TRIMMING = ("{{- ", "{{-\t", "{{-\r", "{{-\n")
_COMMENT_END = pattern(r"\*/(?:[ \t\r\n]-)?\}\}")
_BLOCKS = ("if", "range", "with", "define", "block")


class Ref(NamedTuple):
    """A place that names fetched data: `.app.user`, `$.app.user` or `index . "user"`.

    `lenient` is `index`, which gives nothing where a field is missing; the others fail.
    """

    root: str
    segments: tuple[str, ...]
    lenient: bool = False


class Template(NamedTuple):
    """A value in pieces: text that stays as it is, and references that get the name under which the data is fetched."""

    parts: tuple[str | Ref, ...]
    uses_all: bool = False
    calls: tuple[tuple[str, int], ...] = ()  # functions, and where in the text
    starts: tuple[int, ...] = ()  # where in the text the references stand, in order

    @property
    def refs(self) -> Iterator[Ref]:
        """The references, in order."""
        return (part for part in self.parts if isinstance(part, Ref))

    @property
    def only(self) -> Ref | None:
        """The reference, when the template is nothing but one."""
        if len(self.parts) != 3:
            return None
        before, ref, after = self.parts
        if isinstance(ref, str) or isinstance(before, Ref) or isinstance(after, Ref):
            return None
        return ref if before.rstrip() == "{{" and after.lstrip() == "}}" else None


class _Block(NamedTuple):
    keyword: str
    start: int
    dot: bool  # the dot is still the root
    dollar: bool  # `$` is
    outside: tuple[str, ...]  # the variables there
    is_last: bool = False  # only the end may follow


def parse_template(text: str, go: bool = False) -> Template:
    """Read a template, with `go` only what Go reads itself; raises TemplateError."""
    return _Reader(text, go).read()


def refs_of(text: str) -> list[Ref]:
    """The references of a template; none where it cannot be read."""
    try:
        return list(parse_template(text).refs)
    except TemplateError:
        return []


def actions(text: str) -> list[tuple[int, int]]:
    """The spans of the actions, from `{{` to `}}`; raises TemplateError."""
    reader = _Reader(text, go=False)
    reader.read()
    return reader.spans


def literal(text: str) -> str:
    """A template that renders to exactly this text."""
    return text.replace("{{", '{{ "{{" }}')


def quoted(text: str) -> str:
    """The text as a string constant of a template."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


class _Reader:
    def __init__(self, text: str, go: bool) -> None:
        self.text = text
        self.go = go
        self.parts: list[str | Ref] = []
        self.copied = 0
        self.uses_all = False
        self.blocks: list[_Block] = []
        self.spans: list[tuple[int, int]] = []
        self.variables: list[str] = []
        self.calls: list[tuple[str, int]] = []
        self.starts: list[int] = []

    def read(self) -> Template:
        position = self.text.find("{{")
        while position >= 0:
            end = self._action(position)
            self.spans.append((position, end))
            position = self.text.find("{{", end)
        if self.blocks:
            block = self.blocks[-1]
            raise TemplateError(f'"{block.keyword}" has no "end"', block.start)
        self._copy(len(self.text))
        return Template(tuple(self.parts), self.uses_all, tuple(self.calls), tuple(self.starts))

    def _copy(self, end: int) -> None:
        if end > self.copied:
            self.parts.append(self.text[self.copied : end])
        self.copied = end

    def _replace(self, root: str, names: tuple[str, ...], start: int, end: int, lenient: bool = False) -> None:
        self._copy(start)
        self.parts.append(Ref(root, names, lenient))
        self.starts.append(start)
        self.copied = end

    def _action(self, start: int) -> int:
        trimmed = self.text.startswith(_TRIMMING, start)
        position = start + (3 if trimmed else 2)
        # A comment must follow the trim marker's one space at once; anywhere else `/*` is an error, as in Go.
        if self.text.startswith("/*", position + trimmed):
            return self._comment(start, position)
        found = tokens(self.text, start, position)
        end = found.pop().end
        if not found:
            raise TemplateError('"{{ }}" is empty', start)
        self._names(found)
        return end

    def _comment(self, start: int, position: int) -> int:
        end = self.text.find("*/", position)
        closing = _COMMENT_END.match(self.text, end) if end >= 0 else None
        if closing is None:
            raise TemplateError('the comment is not closed by "*/}}"', start)
        return closing.end()

    def _names(self, tokens: list[Token]) -> None:
        """Collect the references of one action, and follow the blocks, since they change what a dot means."""
        keyword = tokens[0].text if tokens[0].kind == "word" and tokens[0].text in KEYWORDS else ""
        inner = tokens[1].text if keyword == "else" and len(tokens) > 1 else keyword
        if keyword in ("else", "end"):
            self._leave(keyword, tokens, inner)
        dot, dollar = (self.blocks[-1].dot, self.blocks[-1].dollar) if self.blocks else (True, True)
        index = 0
        while index < len(tokens):
            index += self._name(tokens, index, dot, dollar)
        outside = tuple(self.variables)
        read_action(keyword, tokens, self.variables)
        if keyword in _BLOCKS:
            self._enter(keyword, tokens[0], dot, dollar, outside)
        elif keyword == "else" and inner == "with":
            self.blocks[-1] = self.blocks[-1]._replace(dot=False)
        elif keyword in ("break", "continue") and not any(block.keyword == "range" for block in self.blocks):
            raise TemplateError(f'"{keyword}" may stand only inside "range"', tokens[0].start)

    def _enter(self, keyword: str, token: Token, dot: bool, dollar: bool, outside: tuple[str, ...]) -> None:
        own = keyword in ("define", "block")
        if keyword == "define" and self.blocks:
            raise TemplateError('"define" may not stand inside a block', token.start)
        changed = own or keyword in ("range", "with")
        self.blocks.append(_Block(keyword, token.start, dot and not changed, dollar and not own, outside))
        if own:
            self.variables.clear()

    def _leave(self, keyword: str, tokens: list[Token], inner: str) -> None:
        if not self.blocks:
            raise TemplateError(f'"{keyword}" has no block to belong to', tokens[0].start)
        block = self.blocks.pop()
        if keyword == "end":
            self.variables[:] = block.outside
            return
        if block.keyword in ("define", "block") or block.is_last:
            raise TemplateError('"else" has no block to belong to', tokens[0].start)
        if inner != "else" and inner != block.keyword and inner in ("if", "with"):
            raise TemplateError(f'"else {inner}" may stand only inside "{inner}"', tokens[0].start)
        # After else the dot is what it was before range or with.
        outer = self.blocks[-1].dot if self.blocks else True
        self.blocks.append(block._replace(dot=outer, is_last=inner == "else"))

    def _name(self, tokens: list[Token], index: int, dot: bool, dollar: bool) -> int:
        """Look at one token; how many were used."""
        token = tokens[index]
        follows = index + 1 < len(tokens) and tokens[index + 1].start == token.end
        chained = index > 0 and tokens[index - 1].end == token.start and tokens[index - 1].kind in OPERANDS
        if token.kind == "word":
            self.calls.append((token.text, token.start))
        if token.kind == "word" and token.text == "index":
            return self._index(tokens, index, dot, dollar)
        if token.kind == "root" and dollar:
            if follows and tokens[index + 1].kind == "path":
                path = tokens[index + 1]
                self._replace("$.", segments(path.text, path.start), token.start, path.end)
                return 2
            self.uses_all = True
        elif token.kind == "dot" and dot and not chained:
            self.uses_all = True
        elif token.kind == "path" and self.go and not is_go(token.text):
            raise TemplateError("a name that Go's templates can say only by index", token.start)
        elif token.kind == "path" and not chained and dot:
            self._replace(".", segments(token.text, token.start), token.start, token.end)
        elif token.kind == "path" and not is_go(token.text):
            raise TemplateError("a quoted or dashed name stands only for a fetched field", token.start)
        return 1

    def _index(self, tokens: list[Token], index: int, dot: bool, dollar: bool) -> int:
        """`index . "name"`, which plain templates need for names that are no identifiers, is `."name"`."""
        rest = tokens[index + 1 : index + 4]
        before = tokens[index - 1] if index else None
        starts = before is None or before.kind in ("open", "word") or before.text in (":=", "=")
        alone = len(rest) < 3 or rest[2].kind in ("shut", "mark")
        if not (starts and alone and len(rest) > 1 and rest[1].kind == "string"):
            return 1
        if not ((rest[0].kind == "dot" and dot) or (rest[0].kind == "root" and dollar)):
            return 1
        name = unquote(rest[1].text, rest[1].start)
        self._replace("." if rest[0].kind == "dot" else "$.", (name,), tokens[index].start, rest[1].end, True)
        return 3
