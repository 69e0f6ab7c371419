"""The templates that a spec holds: what Go cannot read, what differs at every refresh, what nothing fetches."""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import ERROR, INFO, WARNING, Path, Problem, did_you_mean, some
from krm_secrets.externalsecrets import functions
from krm_secrets.externalsecrets.names import has_variable
from krm_secrets.externalsecrets.target import interval
from krm_secrets.externalsecrets.template import Ref, Template, parse_template
from krm_secrets.externalsecrets.tokens import TemplateError, told_place
from krm_secrets.plain import as_list, as_map, at

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krm_secrets.errors import Severity
    from krm_secrets.shape import Node


_PREFIXED = pattern(r"([A-Za-z0-9_]+)\$1")
_INDEX, _DEFAULT = pattern(r"\bindex\s$"), pattern(r"\s*\|\s*default\b")


class Fetched(NamedTuple):
    """What the templates of a spec can name: keys, and all that begins with one of the prefixes."""

    keys: tuple[str, ...]
    prefixes: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether something of this name is fetched, as far as the name is known."""
        return name in self.keys or name.startswith(self.prefixes) or has_variable(name)


def texts(spec: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    """Every template of a spec, with its place: those of the Secret, then those that rename keys."""
    yield from template_texts(at(spec, ("target", "template")), ("target", "template"))
    for index, entry in enumerate(as_list(spec.get("dataFrom"))):
        for step, rewrite in enumerate(as_list(as_map(entry).get("rewrite"))):
            text = at(rewrite, ("transform", "template"))
            if isinstance(text, str):
                yield ("dataFrom", index, "rewrite", step, "transform", "template"), text


def template_texts(template: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Those of what stands under `template`, also in a PushSecret."""
    for field in (("data",), ("metadata", "labels"), ("metadata", "annotations")):
        for key, text in as_map(at(template, field)).items():
            if isinstance(text, str):
                yield (*path, *field, key), text
    for index, source in enumerate(as_list(at(template, ("templateFrom",)))):
        text = as_map(source).get("literal")
        if isinstance(text, str):
            yield (*path, "templateFrom", index, "literal"), text


def check_templates(spec: Node) -> None:
    """Check all templates of a spec that a person wrote, and what they name; the node holds the spec."""
    given = as_map(spec.value)
    if at(given, ("target", "template", "engineVersion")) == "v1":
        return
    known, again = fetched(given), interval(given)
    used, is_clear = set[str](), True
    for path, text in texts(given):
        place = spec.place(*path)
        template = read(text, place)
        is_clear = is_clear and template is not None and not template.uses_all
        if template is not None:
            severity: Severity = INFO if "metadata" in path else WARNING
            check_changing(template, text, again, place, "refreshPolicy: CreatedOnce", severity)
            if path[-1] != "template":
                used.update(ref.segments[0] for ref in template.refs)
                check_names(template, known, place)
    if is_clear:
        _check_used(spec, used)


def read(text: str, place: Node) -> Template | None:
    """A template that Go has to read; None, and a mistake noted, when it cannot."""
    try:
        return parse_template(text, go=True)
    except TemplateError as error:
        told = f"the template breaks at {told_place(text, error.offset)}: {error.message}"
        place.problems.append(Problem(place.path, told, ERROR, error.rule, error.offset))
        return None


def check_changing(
    template: Template,
    text: str,
    again: str,
    place: Node,
    once: str = "policy: CreatedOnce",
    severity: Severity = WARNING,
) -> None:
    """Note what differs from one rendering to the next, which happens again after that interval; see `functions`.

    Never an error: whoever needs such a function after all finds in the spec a way to have it.
    """
    for name, offset in functions.changing(template.calls) if again else ():
        random = name in functions.VOLATILE
        told = functions.volatile(name, again, once) if random else functions.unordered(name)
        rule = "random-in-template" if random else "unordered-in-template"
        place.problems.append(Problem(place.path, f"at {told_place(text, offset)}, {told}", severity, rule, offset))


def check_pushed(spec: Node) -> None:
    """Check all templates of a PushSecret; the node holds its spec."""
    given = as_map(spec.value)
    once = given.get("updatePolicy") == "IfNotExists"
    again = "" if once else interval({"refreshInterval": given.get("refreshInterval")})
    for path, text in template_texts(given.get("template"), ("template",)):
        place = spec.place(*path)
        template = read(text, place)
        calls = functions.changing(template.calls) if template is not None and again and "metadata" not in path else ()
        for name, offset in calls:
            if name in functions.VOLATILE:
                told = f"at {told_place(text, offset)}, {functions.pushed(name, again)}"
                place.problems.append(Problem(place.path, told, WARNING, "random-in-template", offset))


def fetched(spec: Mapping[str, object]) -> Fetched | None:
    """The names under which values are fetched; None when nobody knows them."""
    keys = tuple(str(as_map(entry).get("secretKey")) for entry in as_list(spec.get("data")))
    if any(map(has_variable, keys)):
        return None
    prefixes = []
    for entry in map(as_map, as_list(spec.get("dataFrom"))):
        last = as_map(at(as_list(entry.get("rewrite"))[-1:], (0, "regexp")))
        match = _PREFIXED.fullmatch(str(last.get("target")))
        if last.get("source") != "(.*)" or match is None:
            return None
        prefixes.append(match[1])
    return Fetched(keys, tuple(prefixes))


def check_names(template: Template, known: Fetched | None, place: Node) -> None:
    """Note what a template names in vain, each name once."""
    told = set[str]()
    guarded = any(name == "hasKey" for name, _ in template.calls)
    for (before, ref, behind), offset in zip(_apart(template), template.starts, strict=True):
        name = ref.segments[0]
        wrong = None if name in told or guarded else _in_vain(ref, before, behind, known)
        if wrong is not None:
            told.add(name)
            message, severity, rule = wrong
            place.problems.append(Problem(place.path, message, severity, rule, offset))


def _in_vain(ref: Ref, before: str, behind: str, known: Fetched | None) -> tuple[str, Severity, str] | None:
    """What is wrong with a reference between these texts: message, severity and rule."""
    name = ref.segments[0]
    missing = known is not None and not known.has(name)
    if name == "data" and _INDEX.search(before) and behind.lstrip()[:1] in ('"', "`"):
        return 'what is fetched stands at the root: write index . "name"', ERROR, "index-dot-data"
    if missing and ref.lenient:
        return "gives nothing: nothing of this name is fetched, and index does not tell", WARNING, "index-hides-missing"
    if missing and known is not None:
        # The name stays out: what looks like a reference may be a secret that was meant as text.
        hint = did_you_mean(name, known.keys) or (f"; fetched are {some(known.keys)}" if known.keys else "")
        message = f"refers to something that is not fetched, which fails, even with a default{hint}"
        return message, ERROR, "template-variable-not-fetched"
    if known is None and not ref.lenient and _DEFAULT.match(behind):
        message = (
            "a field that is missing fails before default is asked, which helps only where it is empty: for one that"
            ' may be missing write index . "name" | default'
        )
        return message, INFO, "default-does-not-help"
    return None


def _apart(template: Template) -> Iterator[tuple[str, Ref, str]]:
    """Each reference with the texts before and behind it."""
    parts = ("", *template.parts, "")
    for before, ref, behind in zip(parts, parts[1:], parts[2:], strict=False):
        if isinstance(ref, Ref):
            yield before if isinstance(before, str) else "", ref, behind if isinstance(behind, str) else ""


def _check_used(spec: Node, used: set[str]) -> None:
    """Note what is fetched by itself and reaches no key of the Secret."""
    template = as_map(at(spec.value, ("target", "template")))
    if not template.get("data") or template.get("mergePolicy", "Replace") != "Replace":
        return
    if any("literal" not in as_map(source) for source in as_list(template.get("templateFrom"))):
        return
    for index, entry in enumerate(as_list(as_map(spec.value).get("data"))):
        key = as_map(entry).get("secretKey")
        if isinstance(key, str) and key not in used and not has_variable(key):
            spec.place("data", index, "secretKey").wrong("no template uses it", "fetched-not-used", INFO)
