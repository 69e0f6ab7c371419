"""The process around the function: bytes, files, environment, messages and exit code.

Its rules: one write, at the end; exit 0 only with a complete result; on failure exit 1, the first line on stderr is the
whole message, and stdout holds the unmodified ResourceList with results, or, as a stream, nothing.
"""

from __future__ import annotations

import sys
from posix import stat

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.stdio import MAX_INPUT, plugin, read as read_stdin, write
from krm_secrets._startup.system import dirname, environ
from krm_secrets.configuration import choose
from krm_secrets.errors import (
    ERROR,
    INFO,
    WORDS,
    Failure,
    Location,
    Result,
    clean,
    explain as explain,
    failure,
    some,
    worst,
    worst_first,
)
from krm_secrets.function import run
from krm_secrets.krm.files import Below, read_bytes, read_source, read_text
from krm_secrets.krm.reading import OTHER, Input, read, read_files
from krm_secrets.krm.resource import Resource
from krm_secrets.krm.writing import write as text_of
from krm_secrets.stages.context import Context
from krm_secrets.stages.wholefile import refuse_lines
from krm_secrets.yamltext.encoding import Encoded, decode

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from krm_secrets.settings.config import Decrypt
    from krm_secrets.sops.identities import Identities
    from krm_secrets.sops.metadata import Metadata
    from krm_secrets.sops.value import Aead

ENVIRONMENT = "KRM_SECRETS_DECRYPT"
WITHOUT_KEYS: tuple[Decrypt, ...] = ("placeholder", "keep")


def pipe(read_input: Callable[[], bytes], config: str = "", placeholder: bool = False) -> int:
    """Standard input to standard output: a ResourceList as a function, anything else as a stream.

    `read_input` gives the input and does not hold it, so that its bytes are gone as soon as they are text.
    """
    encoded = Encoded("")
    given: Input | None = None
    results: list[Result] = []
    output = ""
    try:
        encoded = accepted(read_input())
        refuse_lines(encoded.text)
        given = read(encoded.text)
        if plugin():  # kustomize hands a legacy plugin its functionConfig as a file of its own
            handed = _only(read(read_text(config)).items, config)
            handed.slot.source.hidden = True
            given, config = given._replace(function_config=handed), ""
        items = process(given, config, placeholder, results)
        if worst(results) != ERROR:
            results = located(folded(results), given)
            listed = given.takes_results
            output = text_of(given, items, results if listed else ())
            tell(() if listed else results)
    except Exception as error:
        results += explain(error)
    if worst(results) != ERROR:
        return write(encoded.encode(output))
    results = located(results, given)
    answer = b""
    if given is not None and given.envelope is not None:
        # Items as they came in, also under kustomize: the host of a failed function takes nothing but the results.
        try:
            answer = encoded.encode(text_of(given._replace(host=OTHER), given.items, results))
        except Exception as error:
            results += explain(error)
    tell(results)
    if answer:
        write(answer)
    return 1


def located(results: list[Result], given: Input | None) -> list[Result]:
    """The results of what a host handed over, each once, with the files and lines of the user where they are found."""
    if not results or given is None:
        return results
    from krm_secrets.krm import originlines  # only mistakes pay for it

    return originlines.located(results, given, _of_host)


def _of_host(folder: str, path: str) -> str | None:
    """The text of a file that a host names, below the package that it names or in this repository."""
    if not folder:
        return _origin(path)
    try:
        return read_text(Below(folder).real(path))
    except Failure:
        return None


def process(given: Input, config: str, placeholder: bool, results: list[Result]) -> list[Resource]:
    """Run the stages with what environment and files provide; `config` names a configuration file."""
    return run(given.items, prepare(given, config, placeholder, results))


def prepare(given: Input, config: str, placeholder: bool, results: list[Result]) -> Context:
    """What the stages need: the configuration, and what environment and files provide."""
    named = read_config(config) if config else None
    chosen = choose(given, named, results.append)
    settings = chosen.config
    wanted: Decrypt | None = "placeholder" if placeholder else _wanted()
    if wanted:
        settings = settings._replace(decrypt=wanted)
    return Context(settings, given.host, _Keyring().unlock, _origin, results.append, _Listed().read, chosen.document)


class _Keyring:
    """The identities of this process, looked for when the first data key is to be opened."""

    __slots__ = ("_identities",)

    def __init__(self) -> None:
        self._identities: Identities | None = None

    def unlock(self, metadata: Metadata) -> Aead:
        if self._identities is None:
            from krm_secrets import keys

            self._identities = keys.identities(environ())
        return self._identities.unlock(metadata)


def read_config(path: str) -> Resource:
    """The one object of a configuration file."""
    return _only(read_files([read_source(path)]).items, path)


def _only(items: tuple[Resource, ...], path: str) -> Resource:
    if len(items) != 1:
        raise failure(f"{clean(path)}: a configuration file holds one object, this one {len(items)}")
    return items[0]


def tell(results: Iterable[Result]) -> None:
    """Write results to stderr, a line each, the worst first; on a terminal with the lines that they are about."""
    ordered = worst_first(folded(results))
    if ordered and sys.stderr is not None and sys.stderr.isatty():
        from krm_secrets.excerpt import is_coloured, told  # only people look at it

        for line in told(ordered, WORDS, is_coloured(sys.stderr)):
            say(line)
        return
    for result in ordered:
        say(f"krm-secrets: {WORDS[result.severity]}: {result}")


def suggest(*commands: str) -> None:
    """Say what comes next to a person at a terminal; nobody else needs it."""
    if sys.stderr is not None and sys.stderr.isatty():
        for command in commands:
            say(f"next: {command}")


def say(text: str) -> None:
    """Write a line to stderr; where that is closed or full, nobody can be told."""
    if sys.stderr is not None:  # print() would take standard output instead
        try:  # noqa: SIM105 - contextlib takes a millisecond to import
            print(text, file=sys.stderr)
        except OSError:
            pass


_QUOTED = pattern(r'"[^"]*"')
_EQUAL, _NAMED = 5, 3
"""Results that may say the same of other objects, and how many objects one names for all of them."""


def folded(results: Iterable[Result]) -> list[Result]:
    """The results, each once, and one for many that say the same of other objects: notices, and what no key opens."""
    alike: dict[tuple[str, str], list[Result]] = {}
    for result in dict.fromkeys(results):
        key = _QUOTED.sub('""', result.message) if result.severity == INFO else str(result)
        key = result.message if result.outside else key
        alike.setdefault((result.severity, key), []).append(result)
    told: list[Result] = []
    for group in alike.values():
        told += group if len(group) <= _EQUAL else [_for_all(group)]
    return told


def _for_all(group: list[Result]) -> Result:
    first, *others = group
    names = some([each.location.resource or each.location for each in others], _NAMED)
    return first._replace(message=f"{first.message} ({len(others)} others alike: {names})")


def standard_input() -> bytes:
    """All of standard input; Failure when more comes in than is taken, which is not read then."""
    return _bounded(read_stdin())


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_INPUT:
        raise failure(f"the input is larger than {MAX_INPUT // (1024 * 1024)} MiB")
    return data


def accepted(data: bytes) -> Encoded:
    """Standard input as text; Failure for nothing, for too much, and for what is no text."""
    _bounded(data)
    if not data.strip() and not plugin():
        raise failure("nothing came in on standard input: did the command before the pipe fail?")
    return decode(data)


def _wanted() -> Decrypt | None:
    """What the environment wants instead of decryption: a build that has no key to lose."""
    value = environ().get(ENVIRONMENT, "")
    wanted = next((word for word in WITHOUT_KEYS if word == value), None)
    if value and wanted is None:
        names = " or ".join(f"`{name}`" for name in WITHOUT_KEYS)
        raise failure(f"the environment variable {ENVIRONMENT} can only be {names}; unset it to decrypt")
    return wanted


def _origin(path: str) -> str | None:
    """The text of a file that kustomize names as an item's origin, if it lies in the repository."""
    from krm_secrets.krm.folders import below_root  # few builds tell origins

    try:
        real = below_root(path)
        return read_text(real) if real else None
    except (Failure, ValueError):  # ValueError: a null byte in the path
        return None


_IDENTITY = (
    "holds a private key of age or SSH, and no generator reads one: whoever may see the object would have it; encrypt"
    " the file with sops"
)


class _Listed:
    """The files that generators list. None of them is a key of whoever runs this, or of anybody else."""

    __slots__ = ("_folders", "_keys")

    def __init__(self) -> None:
        self._folders: dict[str, Below] = {}
        self._keys: dict[tuple[int, int], str] | None = None

    def read(self, path: str, holder: str) -> bytes:
        """A file below the root of the kustomization, or below the folder of the generator's own file."""
        if holder not in self._folders:
            root = environ()["KUSTOMIZE_PLUGIN_CONFIG_ROOT"] if plugin() else dirname(holder)
            self._folders[holder] = Below(root or ".")
        real = self._folders[holder].real(path)
        self._refuse_key_file(real, path)
        data = read_bytes(real)
        from krm_secrets.age.privatekeys import holds_private_key

        if holds_private_key(data):
            raise failure(_IDENTITY, Location(file=path))
        return data

    def _refuse_key_file(self, real: str, path: str) -> None:
        """Refuse what the environment names as a place of keys, also under another name for the same file."""
        if self._keys is None:
            from krm_secrets import keys

            places = ((_file_at(file), source) for file, source in keys.files(environ()).items())
            self._keys = {place: source for place, source in places if place is not None}
        place = _file_at(real) if self._keys else None
        if place in self._keys:
            named = self._keys[place]
            raise failure(f"is {named}, where your own keys are, and no generator reads it", Location(file=path))


def _file_at(path: str) -> tuple[int, int] | None:
    """What a file is, whatever it is called; None where there is none."""
    try:
        found = stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
