"""ini files as sops reads and prints them: sections of keys; a comment belongs to what follows, and is kept behind it.

Source: getsops/sops 3.13, `stores/ini`, over gopkg.in/ini.v1 1.67.3 with its defaults and non-unique sections.
"""

from __future__ import annotations

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files.flat import twice, unflatten
from krm_secrets.sops.files.gotext import plain_text
from krm_secrets.sops.files.inireader import DELIMITERS, SPACE, Entry, Reader, Section
from krm_secrets.sops.marks import BLOCK
from krm_secrets.sops.tree import Branch, Tree, split_metadata, text_of
from krm_secrets.sops.value import Comment

_DEFAULT = "DEFAULT"
_MARKS = (b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")


def load(data: bytes) -> tuple[Tree, dict[str, object] | None]:
    """The tree and metadata of an ini file; SopsError for a line that is no key, section or comment."""
    mark = next((mark for mark in _MARKS if data.startswith(mark)), b"")
    text = data[len(mark) :].decode(errors="surrogateescape")
    sections = Reader(text).sections()
    tree = [Branch((section.name, _keys(section)) for section in sections)]
    if sum(section.name == BLOCK for section in sections) > 1:
        at = [number for number, line in enumerate(text.split("\n"), 1) if line.strip(SPACE) == f"[{BLOCK}]"]
        raise SopsError(twice(*at[:2]) if len(at) > 1 else "stands twice", (BLOCK,))
    flat = split_metadata(tree)
    if not flat:
        return tree, None
    # sops itself writes line breaks of the metadata as `\n`, beside what ini does with them.
    return tree, unflatten((k, v.replace("\\n", "\n") if isinstance(v, str) else v) for k, v in flat.items())


def _keys(section: Section) -> Branch:
    branch = Branch()
    if section.comment:
        branch.append((_comment(section.comment), None))
    for name, entry in section.entries.items():
        branch.append((name, text_of(entry.value.encode(errors="surrogateescape"))))
        if entry.comment:
            branch.append((_comment(entry.comment), None))
    return branch


def _comment(text: str) -> Comment:
    return Comment(text.lstrip(f"{text[0]} ") if text[0] in "#;" else text)


def emit(tree: Tree) -> bytes:
    """All branches as one ini file; SopsError when it is nested deeper than sections."""
    sections = [_section(key, value) for branch in tree for key, value in branch if not isinstance(key, Comment)]
    rows: list[str] = []
    for n, section in enumerate(sections):
        if section.comment:
            rows += _comment_rows(section.comment, section.name, "")
        if n or section.name.upper() != _DEFAULT:
            rows.append(f"[{section.name}]")
        elif not section.entries:
            continue
        rows += _entry_rows(section)
        if n + 1 < len(sections):
            rows.append("")
    return "".join(f"{row}\n" for row in rows).encode(errors="surrogateescape")


def _section(name: str, value: object) -> Section:
    if not isinstance(value, Branch):
        raise SopsError("must be a mapping, which becomes a section of an ini file", (name,))
    if not name:
        raise SopsError("an ini file has no section without a name", (name,))
    section = Section(name, "")
    last = ""
    for n, (key, item) in enumerate(value):
        if isinstance(key, Comment):
            if n == 0:
                section.comment = key
            elif last:
                section.entries[last] = Entry(section.entries[last].value, key)
            continue
        if isinstance(item, list):
            raise SopsError("is a list or a mapping, which an ini file cannot hold here", (name, key))
        if not key:
            raise SopsError("an ini file has no key without a name", (name, key))
        text = plain_text(item).decode(errors="surrogateescape")
        last = key
        section.entries[key] = Entry(text, section.entries[key].comment if key in section.entries else "")
    return section


def _entry_rows(section: Section) -> list[str]:
    rows = []
    names = {name: _quoted_name(name) for name in section.entries}
    width = max((_size(name) for name in names.values()), default=0)
    for name, entry in section.entries.items():
        if entry.comment:
            rows += _comment_rows(entry.comment, section.name, SPACE)
        written = names[name]
        rows.append(f"{written}{' ' * (width - _size(written))} = {_quoted_value(entry.value)}")
    return rows


def _size(text: str) -> int:
    return len(text.encode(errors="surrogateescape"))


def _quoted_name(name: str) -> str:
    if any(char in name for char in f'"{DELIMITERS}'):
        return f"`{name}`"
    return f'"""{name}"""' if "`" in name else name


def _quoted_value(value: str) -> str:
    if "\n" in value or "`" in value:
        return f'"""{value}"""'
    if "#" in value or ";" in value:
        return f"`{value}`"
    return f'"{value}"' if value != value.strip(SPACE) else value


def _comment_rows(comment: str, section: str, trimmed: str) -> list[str]:
    """Rows that begin with `;` or `#`; what `trimmed` holds is cut off a row that has no such mark of its own."""
    rows = comment.split("\n")
    if not all(rows):
        raise SopsError("a comment with an empty line, which ini cannot write", (section,))
    return [f"{row[0]} {row[1:].strip(SPACE)}" if row[0] in "#;" else f"; {row.strip(trimmed)}" for row in rows]
