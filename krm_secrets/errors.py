"""What went wrong, where, and how it is said: every message a user sees takes its final form here.

Rules that this module keeps for the whole program:

* a message is one line of bounded length and says which object, which field, what is wrong and what to do;
* a message never carries a value, a key, a ciphertext or a document; names that others chose are escaped;
* paths grow from the inside out: the code that finds a mistake knows the field, the stage knows the object,
  the shell knows the file.
"""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from typing import Final, Literal, Protocol, TypeAlias, TypeVar

    Severity: TypeAlias = Literal["error", "warning", "info"]

    class _Judged(Protocol):
        @property
        def severity(self) -> Severity: ...

    Judged = TypeVar("Judged", bound=_Judged)

Path = tuple[str | int, ...]
"""Keys and list indexes from the root of one object down to a field."""

ERROR: Final = "error"
WARNING: Final = "warning"
INFO: Final = "info"
SEVERITIES: tuple[Severity, ...] = (ERROR, WARNING, INFO)
WORDS: dict[str, str] = {ERROR: "error", WARNING: "warning", INFO: "notice"}  # for people, and GitHub
_ENCRYPTED = "(encrypted)"

LONGEST = 4000
"""Characters of a message: a name that somebody made a megabyte long does not bury the others."""

MAX_COMPARED = 300
"""Known words that one mistake is compared with, and characters that such words have: many mistakes among many words
are no slips, and to compare each with all takes the square of their number."""

MAX_OWN = 50
"""The same of names that the user gave, of which there may be as many as mistakes."""

MAX_NAMED = 20
"""Names that one message lists."""


class ResourceRef(NamedTuple):
    """Which Kubernetes object: the `resourceRef` of a KRM result."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""

    def fields(self) -> dict[str, str]:
        """The same for programs, by Kubernetes' own names."""
        return dict(zip(("apiVersion", "kind", "name", "namespace"), self.shown(), strict=True))

    def shown(self) -> ResourceRef:
        """The same for a message: sops may have encrypted any of it."""
        return ResourceRef(*(_ENCRYPTED if word.startswith("ENC[") else word for word in self))

    def __str__(self) -> str:
        _, kind, name, namespace = self.shown()
        return clean(f"{kind or 'object'} {namespace}{'/' if namespace else ''}{name}".rstrip())


class Problem(NamedTuple):
    """A mistake inside one object, found by code that does not know where the object stands."""

    path: Path
    message: str
    severity: Severity = ERROR
    rule: str = ""
    """By which rule it was found, where that has a name."""
    offset: int = -1
    """Where in the text that stands at the path; -1 for all of it."""
    outside: bool = False
    """Whether its cause lies outside of the object, such as a key that is not at hand."""


class Location(NamedTuple):
    """Where a result applies; empty fields are unknown. `position` counts a file's documents from 0, lines from 1."""

    resource: ResourceRef | None = None
    path: Path = ()
    file: str = ""
    position: int | None = None
    line: int = 0

    def __str__(self) -> str:
        parts = []
        if self.file:
            parts.append(clean(self.file) + (f":{self.line}" if self.line else ""))
        if self.resource is not None:
            parts.append(str(self.resource) + (f", line {self.line}" if self.line and not self.file else ""))
        elif self.line and not self.file:
            parts.append(f"line {self.line}")
        if self.path:
            parts.append(field(self.path))
        return ": ".join(parts)


class Result(NamedTuple):
    """One entry of a ResourceList's `results`, and one line on stderr."""

    severity: Severity
    message: str
    location: Location = Location()
    rule: str = ""
    """By which rule it was found, where that has a name: `krm-secrets rule NAME` tells more of it."""
    outside: bool = False
    """Whether its cause lies outside of the object, so that many that say the same are told as one."""

    def in_file(self, file: str) -> Result:
        """The same, of what stands in a file."""
        return self._replace(location=self.location._replace(file=file))

    def __str__(self) -> str:
        where = str(self.location)
        text = shortened(f"{where}: {self.message}" if where else self.message)
        return f"{text} [{self.rule}]" if self.rule else text


class Failure(Exception):
    """The run cannot give a complete result. Carries every mistake found, at least one of severity error."""

    def __init__(self, *results: Result) -> None:
        super().__init__(*results)
        self.results = results

    def in_file(self, file: str) -> Failure:
        return Failure(*(result.in_file(file) for result in self.results))

    def __str__(self) -> str:
        return "; ".join(map(str, self.results))


def failure(message: str, location: Location | None = None) -> Failure:
    """The Failure with this one error."""
    return Failure(Result(ERROR, message, location or Location()))


def explain(error: BaseException) -> tuple[Result, ...]:
    """What an exception tells the user. The text of one that nobody foresaw may hold a value, so only its class and
    the places it came through are said."""
    if isinstance(error, Failure):
        return error.results
    if isinstance(error, RecursionError):
        return (Result(ERROR, "the input is nested too deeply"),)
    if isinstance(error, MemoryError) or (isinstance(error, ImportError) and "failed to map" in str(error)):
        error.__traceback__ = None  # whose frames hold what took the memory
        return (Result(ERROR, "the process may use too little memory for this input; raise its limit, or give less"),)
    if isinstance(error, OSError) and error.strerror:
        name = error.filename if isinstance(error.filename, str) else ""
        return (Result(ERROR, f"the system says: {error.strerror}", Location(file=name)),)
    places = []
    trace = error.__traceback__
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    where = " > ".join(places[-4:])
    return (Result(ERROR, f"internal error ({type(error).__name__} at {where}); please report this line"),)


def worst_first(results: Iterable[Judged]) -> list[Judged]:
    """The results, or whatever has a severity; those of one severity in their order."""
    return sorted(results, key=lambda each: SEVERITIES.index(each.severity))


def worst(results: Iterable[_Judged]) -> str:
    """The highest severity among results or problems; info when there are none."""
    return min((r.severity for r in results), key=SEVERITIES.index, default=INFO)


def field(path: Path) -> str:
    """A path as users write it: `spec.containers[0].env`, and `data["tls.crt"]` for keys with dots."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif "ENC[" in part:  # a line that lost its `=`
            text += f'["{_ENCRYPTED}"]'
        elif part and all(c.isalnum() or c in "-_/$" for c in part):
            text += f".{part}" if text else part
        else:
            text += f'["{clean(part)}"]'
    return text


def clean(text: str) -> str:
    """Text that others chose, safe for a terminal and a log: one line, no control or direction characters."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def shortened(text: str) -> str:
    """A message without the middle of what is too long to read; what is wrong and what to do stand at its ends."""
    left = len(text) - LONGEST
    ends = text[: LONGEST // 2], text[-LONGEST // 2 :]
    return f"… ({left} characters left out) …".join(ends) if left > 0 else text


def near(word: str, known: Collection[str]) -> str:
    """The known word that is one slip away: a letter lost, added, changed, or two swapped; "" when there is none.

    Short words are near by chance, and a digit tells things apart on purpose. Among very many words nobody is told,
    since looking for each of as many would take the square of the time.
    """
    for other in sorted(known) if len(known) <= 500 else ():
        if word != other and min(len(word), len(other)) >= 4 and _is_slip(word, other):
            return other
    return ""


def _is_slip(one: str, other: str) -> bool:
    begin = 0
    while one[begin : begin + 1] == other[begin : begin + 1] != "":
        begin += 1
    one, other = one[begin:], other[begin:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    changed = len(one) <= 1 and len(other) <= 1
    swapped = len(one) == 2 and one == other[::-1]
    return (changed or swapped) and not any(sign.isdigit() for sign in one + other)


def did_you_mean(word: str, known: Iterable[object], most: int = MAX_COMPARED) -> str:
    """`; did you mean "x"?` for the known word that was meant, or nothing: a wrong guess costs more than none."""
    word = meant(word, known, most)
    return f'; did you mean "{clean(word)}"?' if word else ""


def meant(word: str, known: Iterable[object], most: int = MAX_COMPARED) -> str:
    """The known word that was meant, or "". Of very many known words the first are looked at, `most` of them."""
    words = _comparable(word, map(str, known), most)
    like = _bare(word)
    found = next((each for each in words if _bare(each) == like), "") or _begun(word, words)
    if not found:
        import difflib  # only mistakes pay for it

        found = next((each for each in difflib.get_close_matches(word, words, 3, 0.6) if _is_meant(word, each)), "")
    return found


def closest(word: str, known: Iterable[str], likeness: float) -> str:
    """The known word that is most like the word, or "" where none is so much like it."""
    import difflib  # only mistakes pay for it

    return next(iter(difflib.get_close_matches(word, _comparable(word, known, MAX_OWN), 1, likeness)), "")


def _comparable(word: str, known: Iterable[str], most: int) -> list[str]:
    """The known words that the word is compared with: none where it is too long for a slip."""
    if len(word) > MAX_COMPARED:
        return []
    return [each for _, each in zip(range(most), known, strict=False) if len(each) <= MAX_COMPARED]


def some(names: Sequence[object], most: int = MAX_NAMED) -> str:
    """Names for a message, of many the first ones and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more


def _bare(word: str) -> str:
    return word.replace("-", "").replace("_", "").lower()


def _begun(word: str, known: list[str]) -> str:
    """The nearest known word that begins it, or that it begins: `refresh` in `refreshInterval`."""
    begun = [each for each in known if min(len(word), len(each)) >= 4 and _extends(*sorted((word, each), key=len))]
    return min(begun, key=lambda each: abs(len(each) - len(word)), default="")


def _extends(short: str, long: str) -> bool:
    rest = long[len(short) :]
    ends = rest[:1].isupper() or rest[:1] in ("-", "_") or (len(rest) <= _ENDING and not any(map(str.isdigit, rest)))
    return long.startswith(short) and ends


_ENDING = 4
"""Letters that make another word of one that means the same: `user` and `username`, `template` and `templates`."""


_PER_SLIP = 4
"""Letters of a word for each slip in it."""


def _is_meant(word: str, other: str) -> bool:
    """Whether there are few slips for the length, and none in what tells names apart: digits, single letters."""
    word, other = word.lower(), other.lower()
    least = min(len(word), len(other))
    if least < _PER_SLIP:
        return sorted((len(word), len(other))) == [3, 4] and _is_slip(word, other)
    if least < _PER_SLIP + 1:  # one letter for another makes another short word
        return _is_slip(word, other) and (len(word) != len(other) or sorted(word) == sorted(other))
    return _slips(word, other) <= least // _PER_SLIP and _told_apart(word) == _told_apart(other)


def _told_apart(word: str) -> list[str]:
    parts = word.replace("_", "-").replace(".", "-").split("-")
    return [part for part in parts if len(part) == 1] + [sign for sign in word if sign.isdigit()]


def _slips(one: str, other: str) -> int:
    """Letters lost, added or changed, and neighbours swapped, from one word to the other."""
    before, row = list[int](), list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, sign in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != sign))
            if i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], sign):
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
