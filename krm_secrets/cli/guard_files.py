"""`krm-secrets guard --files`: a last look at files before they are committed.

Only what is certain is an error: it runs before each commit, where a false alarm teaches people to pass it by.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from krm_secrets._startup.records import NamedTuple
from krm_secrets.age.keyfile import text_of
from krm_secrets.age.privatekeys import holds_identity
from krm_secrets.cli.sops_findings import of_values
from krm_secrets.cli.sops_inspect import MAX_SIZE, listing
from krm_secrets.cli.sops_rulebook import RuleBook
from krm_secrets.errors import ERROR, Failure, Location, Path, Problem, Result, clean, quiet, worst
from krm_secrets.krm import lastapplied
from krm_secrets.krm.files import read_bytes
from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.reading import read_files
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.shell import explain, tell
from krm_secrets.sops.creation import FILE, CreationRule
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import BLOCK, file_in, is_whole
from krm_secrets.sops.metadata import parse
from krm_secrets.sops.recognition import HEAD, Recognized, is_text, recognize
from krm_secrets.sops.rules import Rule, rule
from krm_secrets.stages import placeholder
from krm_secrets.stages.decrypt import is_left_encrypted
from krm_secrets.yamltext.encoding import decode
from krm_secrets.yamltext.nodes import YamlError

_TREES = (".yaml", ".yml", ".json")
_DATA = (*_TREES, ".env", ".ini")
# What lies beside secrets and is for everybody: a rule for a whole folder does not mean it.
_OPEN = (".md", ".rst", ".adoc", ".pub", ".sh", ".py", ".tmpl", ".tpl", ".j2", ".example", ".sample")
_PUBLIC = re.compile(rb"^[ \t]*(?:#|//|;)[ \t]*krm-secrets: public\b", re.M)
_WORTH_READING = (b"Secret", b"secretGenerator", b"ENC[")
# Filled in by envsubst, Argo CD's vault plugin, vals, 1Password, Bank-Vaults, or by ourselves without a key.
_FILLED_IN = re.compile(
    r"\s*(?:\$[A-Z_][A-Z0-9_]*|<[^>]*>|(?:secret)?(?:ref\+\w+|op)://\S+|vault:\S+#\S+|\.\.PLACEHOLDER_.*\.\.)?\s*"
)
_TEMPLATE = re.compile(r"[$#]\{[^{}]*\}|\{\{[^{}]*\}\}")  # of Flux, of tools that replace tokens, of Helm and Jinja
# What shows that a line with templates has its secret beside them: a URL with a password, or a word for one.
_BESIDE = re.compile(r"://[^/@\s:]*:[^/@\s]+@|(?i:passw(?:or)?d|pwd|secret|token)[\"']?(?:=|: ?)[\"']?[^\s\"'&;,}]")
_PROBE = "krm-secrets-probe/x"

_LOST = "is ciphertext, and there is no sops block to decrypt it with: restore what sops wrote"
_PLAIN = (
    "is plaintext: encrypt the file with sops, or let a SecretMapping or an ExternalSecret make the Secret; a comment"
    " `# krm-secrets: public` says that the file holds no secret"
)
_COPY = (
    "repeats the values in plaintext, as kubectl got them from a cluster: remove it, with sops edit where the file is"
    " encrypted, and replace the values if they were pushed"
)
_KEY = "holds an age identity: whoever can read the repository can decrypt; remove it, and make a new one"


class Text(NamedTuple):
    """A file: its path, and what is in it."""

    file: str
    data: bytes

    def __repr__(self) -> str:
        return quiet(self)


def guard_files(paths: Iterable[str]) -> int:
    """Say what in the files must not be committed; returns the exit code."""
    results: list[Result] = []
    book = RuleBook(os.environ.get("SOPS_CONFIG", ""))
    for file, named in listing(paths, results):
        try:
            data = _content(file, named)
            if data is not None:
                results += _problems(Text(file, data), book)
        except Exception as error:
            results += (r._replace(location=r.location._replace(file=file)) for r in explain(error))
    tell(results)
    return 1 if worst(results) == ERROR else 0


def _content(file: str, named: bool) -> bytes | None:
    """The bytes of a text file. A link is looked at where it leads to."""
    if not named and (os.path.islink(file) or not os.access(file, os.R_OK)):
        return None
    data = read_bytes(file, MAX_SIZE)
    return data if is_text(data[:HEAD]) and not _PUBLIC.search(data) else None


def _problems(text: Text, book: RuleBook) -> Iterator[Result]:
    if holds_identity(text_of(text.data), handles=False):
        yield Result(ERROR, _KEY, Location(file=text.file))
    found = recognize(os.path.basename(text.file), text.data)
    if found is not None:
        yield from _of_encrypted(text, found)
    elif os.path.basename(text.file) != FILE:
        wanted = _wanted(text, book)
        if wanted:
            message = f"is not encrypted: {wanted} that it is to be; run sops encrypt --in-place {clean(text.file)}"
            yield Result(ERROR, message, Location(file=text.file))
            return
    readable = found is None or not found.error
    if readable and text.file.endswith(_TREES) and any(word in text.data for word in _WORTH_READING):
        yield from _of_objects(text)


# Files that sops encrypted


def _of_encrypted(text: Text, found: Recognized) -> Iterator[Result]:
    if found.error:
        yield Result(ERROR, found.error, Location(file=text.file))
    for number, part in enumerate(found.parts):
        if part.block is None:
            continue
        try:
            metadata = parse(part.block)
        except SopsError as error:
            yield _at(text, error.path, error.message)
            continue
        for finding in of_values({number: part}, metadata, found.format):
            if finding.severity == ERROR:
                yield _at(text, finding.path, finding.message)


def _at(text: Text, path: Path, message: str) -> Result:
    return Result(ERROR, message, Location(file=text.file, path=path))


# Files that sops is to encrypt


def _wanted(text: Text, book: RuleBook) -> str:
    """Who says that the file is to be encrypted, or nothing."""
    name = os.path.basename(text.file)
    if not text.data.strip():
        return ""
    if ".sops." in name and name.endswith(_DATA) and any(_leaves(text)):
        return "its name says"
    config = book.config(text.file)
    found = config.first(os.path.abspath(text.file)) if config is not None else None
    if config is None or found is None or found.hit is None or not _is_meant(name, found):
        return ""
    return f"{clean(config.shown)}:{found.line} says" if _selects(text, found) else ""


def _is_meant(name: str, found: CreationRule) -> bool:
    """Whether the rule is for files like this one, and not for whatever there is."""
    probe = _PROBE + os.path.splitext(name)[1] if name.endswith(_TREES) else _PROBE
    return not (found.hit is None or found.hit(probe) or name.startswith(".") or name.endswith(_OPEN))


def _selects(text: Text, found: CreationRule) -> bool:
    """Whether sops would encrypt anything by the rule. Of Kubernetes objects nobody encrypts but Secrets."""
    if not text.file.endswith(_TREES) or found.selector is None:
        return found.selector is not None
    return any(_is_selected(path, rule({found.selector[0]: found.selector[1]})) for path in _leaves(text))


def _is_selected(path: Path, selection: Rule) -> bool:
    return any(selection.hit(str(step)) for step in path if isinstance(step, str)) is selection.encrypts


def _leaves(text: Text) -> Iterator[Path]:
    """Where values stand that may be secret: in documents that are no Kubernetes objects, and in Secrets; of other
    formats, that there is something."""
    if not text.file.endswith(_TREES):
        yield ("",)
        return
    try:
        items = read_files([Source(decode(text.data).text, text.file)]).items
    except Failure:  # a template, or broken, which others say better
        return
    for item in items:
        with suppress(YamlError):
            if is_secret(item):
                for section in ("data", "stringData"):
                    yield from _paths(item.data.get(section), (section,))
            elif not (item.kind and item.api_version):
                yield from _paths(item.data, ())


def _paths(value: object, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _paths(below, (*path, key))
    elif isinstance(value, list):
        for n, below in enumerate(value):
            yield from _paths(below, (*path, n))
    elif value is not None and not _is_filled_in(str(value)):
        yield path


# Kubernetes objects


def _of_objects(text: Text) -> Iterator[Result]:
    try:
        items = read_files([Source(decode(text.data).text, text.file)]).items
    except Failure as failure:
        if b"{{" not in text.data and re.search(rb"^kind: *[\"']?Secret\b", text.data, re.M):
            yield from (r._replace(location=r.location._replace(file=text.file)) for r in failure.results)
        return
    for item in items:
        try:
            if not is_left_encrypted(item):
                yield from map(item.result, list(_of_object(item)))
        except YamlError as error:
            if is_secret(item) and b"{{" not in text.data:
                yield from item.unreadable(error).results


def _of_object(item: Resource) -> Iterator[Problem]:
    if any(map(_is_plain, lastapplied.values(item))):
        yield Problem(("metadata", "annotations", lastapplied.ANNOTATION), _COPY, ERROR)
    if isinstance(item.data.get(BLOCK), dict):
        return
    lost = [path for path, value in _strings(item.data, ()) if is_whole(value)]
    if lost:
        yield _several(lost, _LOST)
    if placeholder.ANNOTATION in item.annotations:
        return
    plain = [path for path, value in _values(item) if _is_plain(value)]
    if plain:
        yield _several(plain, _PLAIN)


def _is_plain(value: str) -> bool:
    return not is_whole(value) and not _is_filled_in(value)


def _is_filled_in(value: str) -> bool:
    """Whether something else puts the secret in: as all of a value, or by a template in its only line."""
    line = value.strip()
    rest, templates = _TEMPLATE.subn("", line)
    if templates and "\n" not in line:
        return not _BESIDE.search(rest)
    return _FILLED_IN.fullmatch(line) is not None


def _several(paths: list[Path], message: str) -> Problem:
    return Problem(paths[0], message + (f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""), ERROR)


def _values(item: Resource) -> Iterator[tuple[Path, str]]:
    """The values that the author wants to keep secret: of a Secret, and of a generator of Secrets."""
    for section in ("data", "stringData") if is_secret(item) else ():
        for path, value in _strings(item.data.get(section), (section,)):
            if not file_in(value, section == "data"):
                yield path, value
    generators = item.data.get("secretGenerator") if item.kind in ("Kustomization", "Component", "") else None
    for n, generator in enumerate(generators if isinstance(generators, list) else ()):
        literals = generator.get("literals") if isinstance(generator, dict) else None
        for m, literal in enumerate(literals if isinstance(literals, list) else ()):
            yield ("secretGenerator", n, "literals", m), str(literal).partition("=")[2].strip("\"'")


def _strings(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _strings(below, (*path, key))
    elif isinstance(value, list):
        for n, below in enumerate(value):
            yield from _strings(below, (*path, n))
    elif isinstance(value, str):
        yield path, value
