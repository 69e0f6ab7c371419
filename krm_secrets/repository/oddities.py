"""Files of a folder that are no manifests: which of them concern us nevertheless, and how the others are told of.

One odd file ends no run. Helm values, templates, what is broken or large: each kind is one notice, with a count.
"""

from __future__ import annotations

from collections.abc import Iterable

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import INFO, Failure, Location, Result, clean
from krm_secrets.settings.kinds import GROUP
from krm_secrets.yamltext.encoding import decode

CHART, TEMPLATE, BROKEN, LARGE, NO_TEXT, SOPS = "chart", "template", "broken", "large", "no text", "sops"
LINK = "link"

_SAID = {
    CHART: ("is a template of a Helm chart", "are templates of Helm charts"),
    TEMPLATE: ("is a template, and no YAML yet", "are templates, and no YAML yet"),
    BROKEN: ("is no valid YAML", "are no valid YAML"),
    LARGE: ("is larger than 5 MiB", "are larger than 5 MiB"),
    NO_TEXT: ("is no text", "are no text"),
    LINK: ("is a link that leads out of the repository", "are links that lead out of the repository"),
    SOPS: (
        "is no Kubernetes object, and sops encrypted it (`krm-secrets sops decrypt` prints it)",
        "are no Kubernetes objects, and sops encrypted them (`krm-secrets sops decrypt` prints them)",
    ),
}
_RULES = {BROKEN: "unreadable-file"}
"""Rules of `check` by kinds; the others are as they are meant to be."""

_NAMED = 3
_KINDS = rb"(?:Secret|(?:Cluster)?ExternalSecret)"
_SECRET = pattern(rb"(?m)^(?:kind: *[\"']?%b[\"']?|[ \t]*\"kind\": *\"%b\",?)[ \t]*\r?$" % (_KINDS, _KINDS))
# What begins a line of Helm, Jinja, ERB, envtpl or makejinja, is a word to replace (`<NAME>`), or can be nothing else
# than Helm's.
_TEMPLATE = pattern(
    rb"(?m)^[ \t]*(?:- +)?(?:\{\{|\{%|<%|\[\[|#\{|#%|<[A-Z][A-Z0-9_]*>[ \t]*\r?$)"
    rb"|\{\{-|-\}\}|\{\{ *include |\.(?:Values|Release|Chart)\."
)


class Odd(NamedTuple):
    """A file that is left out: its name in messages, which kind of odd it is, and the line for one that is broken."""

    name: str
    kind: str
    line: int = 0
    reason: str = ""


def odd(name: str, data: bytes, error: Failure) -> Odd | None:
    """A file that cannot be read as YAML, unless it concerns us; `data` are its bytes, none where it is too large."""
    if not data:
        return Odd(name, LARGE)
    plain = data.replace(b"\0", b"")
    if GROUP.encode() in plain:
        return None
    if _TEMPLATE.search(plain):
        return Odd(name, TEMPLATE)
    if _SECRET.search(plain):
        return None
    try:
        decode(data)
    except Failure:
        return Odd(name, NO_TEXT)
    return Odd(name, BROKEN, error.results[0].location.line, error.results[0].message)


def told(files: Iterable[Odd]) -> list[Result]:
    """A notice for each kind of odd files."""
    groups: dict[str, list[Odd]] = {}
    for file in files:
        groups.setdefault(file.kind, []).append(file)
    return [Result(INFO, *_notice(kind, group), _RULES.get(kind, "")) for kind, group in groups.items()]


def _notice(kind: str, group: list[Odd]) -> tuple[str, Location]:
    one, many = _SAID[kind]
    first = group[0]
    if len(group) == 1:
        return f"is left out: {first.reason or f'it {one}'}", Location(file=first.name, line=first.line)
    names = ", ".join(clean(file.name) for file in group[:_NAMED])
    more = f" and {len(group) - _NAMED} more" if len(group) > _NAMED else ""
    return f"{len(group)} files are left out, which {many}: {names}{more}", Location()
