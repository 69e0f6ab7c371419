"""Random YAML texts in every style that people and programs write: the input of the laws."""

from __future__ import annotations

from hypothesis import strategies as st

SCALARS = (
    *(
        "text",
        "two words",
        "1",
        "0o17",
        "1e3",
        "true",
        "yes",
        "null",
        "~",
        "-1.5",
        "2020-01-01",
        "=",
        "a:b",
        "x#y",
        "-x",
    ),
    *(
        "'single'",
        "'it''s'",
        '"double"',
        '"a\\tb\\u00e9"',
        '""',
        "''",
        '"# no comment"',
        "'{'",
        '"- x"',
        "\U0001f600",
        "é",
    ),
)
TAGS = ("", "", "", "", "", "!!str ", "!local ", "!<tag:example.com,2000:x> ", "! ")
COMMENTS = ("", "", "", "  # a note", " # {[-?: *x", "\t# tab")


class Writer:
    """Writes one text, drawing each choice."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.anchors: list[tuple[str, bool]] = []
        self.keys = 0

    def one(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def chance(self, percent: int) -> bool:
        return self.number(1, 100) <= percent

    def key(self) -> str:
        self.keys += 1
        name = f"k{self.keys}"
        return self.one(
            name, name, name, f'"{name}"', f"'{name}'", f"{self.keys}", f"{name}.x/y", f"&a{self.keys} {name}"
        )

    def scalar(self) -> str:
        return self.one(*TAGS) + self.one(*SCALARS)

    def anchor(self) -> str:
        return f"a{self.number(1, 4)}" if self.chance(25) else ""

    def alias(self) -> str:
        return f"*{self.draw(st.sampled_from(self.anchors))[0]}" if self.anchors and self.chance(15) else ""

    def anchored(self, text: str, is_mapping: bool) -> str:
        name = self.anchor()
        if not name:
            return text
        self.anchors = [(n, m) for n, m in self.anchors if n != name] + [(name, is_mapping)]
        return f"&{name} {text}" if text else f"&{name}"

    def merge(self) -> str:
        maps = [name for name, is_mapping in self.anchors if is_mapping]
        if not maps or not self.chance(40):
            return ""
        names = self.draw(st.lists(st.sampled_from(maps), min_size=1, max_size=2, unique=True))
        return f"*{names[0]}" if len(names) == 1 else f"[*{', *'.join(names)}]"

    def flow(self, depth: int, margin: str = "") -> str:
        kind = self.number(0, 5 if depth else 2)
        if kind <= 2:
            return self.alias() or self.anchored(self.scalar(), False)
        space, gap = self.one("", " "), self.one(", ", ", ", ",", " , ", f",\n{margin} ", f", # c, d: [\n{margin}  ")
        if kind == 3:
            rows = [self.flow_item(depth - 1, margin) for _ in range(self.number(0, 3))]
            return self.anchored(
                "[" + space + gap.join(rows) + (self.one("", ",") if rows else "") + space + "]", False
            )
        rows = [self.flow_entry(depth - 1, margin) for _ in range(self.number(0, 3))]
        if merged := self.merge():
            rows.append(f"<<: {merged}")
        return self.anchored("{" + space + gap.join(rows) + (self.one("", ",") if rows else "") + space + "}", True)

    def flow_item(self, depth: int, margin: str) -> str:
        if self.chance(10):
            return f"{self.one('', '? ')}{self.key()}: {self.flow(depth, margin)}"
        return self.flow(depth, margin)

    def flow_entry(self, depth: int, margin: str) -> str:
        key = self.one("", "", "", "? ") + self.key()
        form = self.number(0, 9)
        if form == 0:
            return key
        return f"{key}: " if form == 1 else f"{key}{self.one(': ', ': ', ' : ')}{self.flow(depth, margin)}"

    def block_scalar(self, indent: int) -> str:
        width = self.number(1, 3)
        explicit = self.chance(30)
        mark, chomp = self.one("|", ">"), self.one("", "-", "+")
        header = mark + (self.one(f"{width}{chomp}", f"{chomp}{width}") if explicit else chomp)
        margin = " " * (max(indent, 0) + width)
        rows = [
            self.one("text", "# no comment", "- x", "a: b", "&x *y", "", "  more", "\ttab", "---") for _ in range(3)
        ]
        if not explicit:
            rows.insert(0, self.one("first", "key: value"))
        body = "".join(f"{margin}{row}\n" if row else "\n" for row in rows)
        return f" {header}{self.one('', ' # {header')}\n{body}" + self.one("", "", "\n", "\n\n")

    def value(self, depth: int, indent: int, in_mapping: bool) -> str:
        """What stands behind `key:` or `-`, to the end of its lines."""
        kind = self.number(0, 9 if depth else 5)
        if kind == 0:
            return self.one("", " &e1", " !!null") + self.one(*COMMENTS) + "\n"
        if kind <= 2:
            return f" {self.alias() or self.anchored(self.scalar(), False)}{self.one(*COMMENTS)}\n"
        if kind == 3:
            return self.block_scalar(indent)
        if kind == 4:
            return f" {self.flow(2, ' ' * (indent + 1))}{self.one(*COMMENTS)}\n"
        if kind == 5:
            return f" plain over\n{' ' * (indent + 1)}two lines{self.one(*COMMENTS)}\n"
        mapping = kind <= 7
        deeper = indent + self.number(1, 4) if mapping or not in_mapping else indent + self.number(0, 3)
        opened = self.anchor()
        body = self.mapping(depth - 1, deeper) if mapping else self.sequence(depth - 1, deeper)
        if opened:
            self.anchors = [(n, m) for n, m in self.anchors if n != opened] + [(opened, mapping)]
        elif not in_mapping and self.chance(60) and not body.startswith("#"):
            return " " * (deeper - indent - 1) + body[deeper:] if deeper > indent + 1 else f"\n{body}"
        return (f" &{opened}" if opened else "") + self.one("", "", "  # note") + "\n" + body

    def between(self, indent: int) -> str:
        return self.one(
            "", "", "", "", "\n", " " * indent + "# between\n", "# at the margin\n", "\n\n", "      # deep\n"
        )

    def mapping(self, depth: int, indent: int) -> str:
        margin, text = " " * indent, ""
        for _ in range(self.number(1, 3)):
            form = self.number(0, 11)
            if form == 0:
                text += f"{margin}? {self.key()}\n"
                if self.chance(80):
                    text += f"{margin}:{self.value(depth, indent, True)}"
            else:
                text += f"{margin}{self.key()}:{self.value(depth, indent, True)}"
            text += self.between(indent)
        if merged := self.merge():
            text += f"{margin}<<: {merged}\n"
        return text

    def sequence(self, depth: int, indent: int) -> str:
        margin = " " * indent
        items = (self.value(depth, indent, False) + self.between(indent) for _ in range(self.number(1, 3)))
        return "".join(f"{margin}-{item}" for item in items)

    def document(self) -> str:
        self.anchors = []
        if self.chance(20):
            return self.flow(3) + "\n"
        return self.mapping(3, self.number(0, 2)) if self.chance(85) else self.sequence(3, 0)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A stream of one to three documents."""
    writer = Writer(draw)
    text = writer.one("", "", "# head\n", "---\n", "%YAML 1.1\n---\n", "--- # marked\n")
    for n in range(writer.number(1, 3)):
        if n:
            text += writer.one(
                "---\n", "---\n", "...\n---\n", "--- # next\n", "...\n# c\n%TAG !e! tag:x:\n---\n", "---\n# only\n---\n"
            )
        text += writer.document()
    if writer.chance(15):
        text = text.rstrip("\n")
    newline = writer.one("\n", "\n", "\n", "\r\n", "\r", "\x85", "\u2028")
    return text.replace("\n", newline)
