"""The values of an object to build, of files, env files and literals: decrypted, or placeholders without a key.

The keys of a dotenv, YAML, JSON or ini file are plain text in a SOPS file, so that placeholders get their names too.
"""

from __future__ import annotations

import posixpath

from krm_secrets.errors import WARNING, Failure, Problem, clean, failure, field
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.file import opened_tree
from krm_secrets.sops.files.filetype import by_key
from krm_secrets.sops.files.formats import STORES, Format, by_name
from krm_secrets.sops.marks import is_whole
from krm_secrets.sops.metadata import parse
from krm_secrets.sops.recognition import looks_like, mismatch
from krm_secrets.sops.tree import Branch, Tree, check
from krm_secrets.sops.value import Comment
from krm_secrets.stages.context import Context
from krm_secrets.stages.generator import envfile
from krm_secrets.stages.generator.form import NOT_ENCRYPTED, FileRef, ObjectForm
from krm_secrets.stages.generator.objects import Value
from krm_secrets.stages.placeholder import text_of
from krm_secrets.stages.plaintext import as_text
from krm_secrets.yamltext.scalars import Timestamp

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_SECTION = "DEFAULT"
_LINES = ("dotenv", "binary")
_NAMED = 5
_OTHER_IN_KSOPS = (
    ": KSOPS reads another value of {}: it takes off quotes and blanks, cuts ` #` and fills in `$NAME`, all of which"
    " stays here; set the values as they are to be, and make this document a SopsGenerator, which reads them so and is"
    " silent"
)


class Contents:
    """Reads the values of one object; `placeholders` is set once one of them stands for another.

    `of_ksops` says that the document was written for KSOPS, which may have read other values.
    """

    __slots__ = ("context", "of_ksops", "placeholders", "problems", "read")

    def __init__(
        self, context: Context, read: Callable[[FileRef], bytes], problems: list[Problem], of_ksops: bool
    ) -> None:
        self.context = context
        self.read = read
        self.problems = problems
        self.of_ksops = of_ksops
        self.placeholders = False

    def values(self, form: ObjectForm) -> list[Value]:
        """All values in the order of their sources; a file that cannot be used is a problem and gives none."""
        found: list[Value] = []
        for ref in form.files:
            found += self._noted(ref, self._file)
        for ref in form.envs:
            found += self._noted(ref, self._pairs)
        return found + [(name, text.encode(), False) for name, text in form.literals]

    def _noted(self, ref: FileRef, read: Callable[[FileRef], list[Value]]) -> list[Value]:
        """What is read of a file; what goes wrong with it becomes a problem of the place that names it."""
        try:
            return read(ref)
        except Failure as error:
            said = f" {error.results[0].message}"
        except SopsError as error:
            said = f": {field(error.path)}: {error.message}" if error.path else f": {error.message}"
        except envfile.EnvFileError as error:
            said = f": {error}"
        self.problems.append(Problem(ref.at, clean(ref.path) + said))
        return []

    def _file(self, ref: FileRef) -> list[Value]:
        key = ref.key or posixpath.basename(ref.path)
        return [(key, self._content(ref, key), ref.binary)]

    def _content(self, ref: FileRef, key: str) -> bytes:
        data = self.read(ref)
        form = _form(ref, data)
        tree, block = self._loaded(ref, data, form, form == "binary" or ref.plain)
        if block is None:
            return data
        if self._is_closed():
            check(tree, parse(block))
            return text_of(key).encode()
        return STORES[form].emit(self._decrypted(tree, block, form))

    def _pairs(self, ref: FileRef) -> list[Value]:
        data = self.read(ref)
        form = _form(ref, data)
        if form == "binary" and not ref.format and b"sops_mac=" in data:
            form = "dotenv"  # `sops --input-type dotenv` for a file of another name
        tree, block = self._loaded(ref, data, form, form in _LINES)
        if block is None and form in _LINES:
            return self._lines(ref, data)
        if block is not None and self._is_closed():
            check(tree, parse(block))
            if form == "binary":  # the keys are encrypted, too
                return []
            tree = [_placeholders(branch) for branch in tree]
        elif block is not None:
            tree = self._decrypted(tree, block, form)
        if form in _LINES:
            return self._lines(ref, STORES[form].emit(tree))
        return [(name, value, False) for name, value in _entries(tree, form)]

    def _lines(self, ref: FileRef, data: bytes) -> list[Value]:
        pairs = envfile.parse(data)
        other = [name for name, value in pairs if envfile.differs_in_ksops(value)] if self.of_ksops else []
        if other:
            more = f" and {len(other) - _NAMED} more" if len(other) > _NAMED else ""
            said = _OTHER_IN_KSOPS.format(", ".join(other[:_NAMED]) + more)
            self.problems.append(Problem(ref.at, clean(ref.path) + said, WARNING))
        return [(name, value.encode(), False) for name, value in pairs]

    def _loaded(self, ref: FileRef, data: bytes, form: Format, any_text: bool) -> tuple[Tree, dict[str, object] | None]:
        """The file and its `sops` block, which only a file that may be plain can lack.

        `any_text` is set where a plain file need not have the format that an encrypted one has.
        """
        try:
            tree, block = STORES[form].load(data)
        except SopsError:
            _refuse_other(ref, data, form)
            if not any_text or b"ENC[AES256_GCM" in data:
                raise
            tree, block = [], None
        if block is None and not ref.plain:
            _refuse_other(ref, data, form)
            raise failure(NOT_ENCRYPTED)
        if block is not None and form == "binary":  # which is JSON, like other files
            _refuse_other(ref, data, form)
        return tree, block

    def _is_closed(self) -> bool:
        closed = self.context.config.decrypt == "placeholder"
        self.placeholders = self.placeholders or closed
        return closed

    def _decrypted(self, tree: Tree, block: dict[str, object], form: Format) -> Tree:
        mac = self.context.config.mac
        return opened_tree(tree, block, self.context.unlock, form, "ignore" if mac == "ignore" else "require")


def _form(ref: FileRef, data: bytes) -> Format:
    """The format of a file: as the user says, as its name says, or as its key says where what is in it agrees."""
    if ref.format:
        return ref.format
    form = by_name(ref.path)
    if form != "binary" or not ref.key:
        return form
    named = by_key(ref.key)
    return named if named != "binary" and looks_like(data) == named else form


def _refuse_other(ref: FileRef, data: bytes, form: Format) -> None:
    """SopsError for a file that sops encrypted in another format than is taken for it."""
    said = mismatch(form, data)
    if said and ref.format:
        said = said.replace("its name says", "`format` says").replace("nothing of a format", form)
    if said:
        raise SopsError(f"{said}: give it as {{path: …, format: {looks_like(data)}}}")


def _placeholders(branch: Branch) -> Branch:
    return Branch((key, _placeholder(key, value)) for key, value in branch)


def _placeholder(key: str, value: object) -> object:
    if isinstance(value, Branch):
        return _placeholders(value)
    return text_of(key) if isinstance(value, str) and is_whole(value) else value


def _entries(tree: Tree, form: Format) -> Iterator[tuple[str, bytes]]:
    """The keys and values of a file of one level; an ini file has them before its first section."""
    if len(tree) != 1:
        raise SopsError("must hold one document with keys and values")
    branch = tree[0]
    if form == "ini":
        for name, section in branch:
            if name != _SECTION:
                raise SopsError("is a section, and the keys of a Secret have none", (name,))
            assert isinstance(section, Branch)
            branch = section
    for key, value in branch:
        if isinstance(key, Comment):
            continue
        if isinstance(value, list):
            raise SopsError("is a list or a mapping, and the values of a Secret are texts", (key,))
        yield key, value if isinstance(value, bytes) else _text(value).encode()


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.source if isinstance(value, Timestamp) else as_text(value)
