"""What is wrong with an object of External Secrets, whoever wrote it: each mistake with its rule and its place.

The rules over a spec are those that mappings are checked with; here stand the object around it, what nobody can tell
before Flux has filled in its variables, and what only a person writes.
"""

from __future__ import annotations

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import ERROR, INFO, WARNING, Problem
from krm_secrets.externalsecrets import api, crd_forms, names, objectmeta
from krm_secrets.externalsecrets.admission import check_admission
from krm_secrets.externalsecrets.duration import nanoseconds
from krm_secrets.externalsecrets.secretsmanager import check_manager
from krm_secrets.externalsecrets.secrettypes import check_type
from krm_secrets.externalsecrets.spec_templates import check_pushed, check_templates
from krm_secrets.externalsecrets.target import CLUSTER_KIND, KIND, interval
from krm_secrets.externalsecrets.versions import check_version
from krm_secrets.externalsecrets.words import NEWEST
from krm_secrets.plain import as_list, as_map, as_text, at
from krm_secrets.shape import Node, matches

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.errors import Severity
    from krm_secrets.externalsecrets.secretsmanager import IsManager
    from krm_secrets.externalsecrets.words import Version
    from krm_secrets.shape import Node


GROUP = "external-secrets.io"
PUSH_KIND = "PushSecret"
_SERVED = {KIND: "v1", CLUSTER_KIND: "v1", PUSH_KIND: "v1alpha1"}
_LAST: dict[str, Version] = {"v1beta1": (0, 16), "v1alpha1": (0, 15)}
_OFTEN = nanoseconds("5m")
_UNSET = ("CHANGEME", "CHANGE_ME", "CHANGE-ME", "TODO", "00000000-0000-0000-0000-000000000000")
# What tools that copy whole repositories put something in place of: `<CLUSTER_NAME>`, `{{ name }}`, `[[ name ]]`.
_FILLED_IN = pattern(r"<[A-Za-z0-9_.-]+>|\{\{[^{}]*\}\}|\[\[[^\[\]]*\]\]")
_UNTIL_FILLED_IN = ("field-refused", "label-refused", "template-syntax", "type-unknown", "type-refused")
"""What may be right once something stands in place of a variable."""


class Around(NamedTuple):
    """What is known around an object."""

    version: Version | None = None
    """The version of External Secrets; None where nobody says it."""
    manages: IsManager | None = None
    """Whether a store is one of Bitwarden Secrets Manager."""
    substituted: bool = False
    """Whether Flux fills in variables."""


UNKNOWN = Around()


def check_object(data: object, around: Around = UNKNOWN) -> list[Problem]:
    """Check an ExternalSecret, ClusterExternalSecret or PushSecret; nothing of any other object.

    Paths begin at the object's root. An error is certain: the API server, the webhook or the operator refuses it.
    """
    given = as_map(pruned(data))
    group, _, version = as_text(given.get("apiVersion")).partition("/")
    kind = as_text(given.get("kind"))
    if group != GROUP or kind not in _SERVED:
        return []
    found: list[Problem] = []
    _served(Node(version, ("apiVersion",), found), kind, around.version)
    if version != _SERVED[kind] and version != "v1beta1":
        return found
    spec = Node(given.get("spec", {}), ("spec",), found)
    if kind == PUSH_KIND:
        _push(spec)
    elif kind == CLUSTER_KIND:
        api.check_form(spec, crd_forms.CLUSTER_EXTERNAL_SECRET)
        if "externalSecretSpec" in as_map(spec.value):
            _spec(spec.at("externalSecretSpec", as_map(spec.value)["externalSecretSpec"]), around)
    else:
        _spec(spec, around)
    return [_named(problem) for problem in dict.fromkeys(found) if not _open(problem, given, version, around)]


def pruned(value: object) -> object:
    """Data as the API server takes it: a field that is null is no field."""
    if isinstance(value, dict):
        return {key: pruned(inner) for key, inner in value.items() if inner is not None}
    return [pruned(inner) for inner in value] if isinstance(value, list) else value


def _served(place: Node, kind: str, version: Version | None) -> None:
    given, right = as_text(place.value), f"{GROUP}/{_SERVED[kind]}"
    if f"{GROUP}/{given}" == right:
        return
    if kind == PUSH_KIND or given not in _LAST:
        place.wrong(f"External Secrets has no such version of {kind}: write {right}", "eso-version-not-served")
    elif version is None or version > _LAST[given]:
        last = ".".join(map(str, _LAST[given]))
        severity: Severity = WARNING if version is None else ERROR
        message = f"External Secrets serves {given} until {last} only: write {right}"
        place.wrong(message, "eso-version-not-served", severity)


def _spec(spec: Node, around: Around) -> None:
    api.check_form(spec)
    if not isinstance(spec.value, dict):
        return
    check_admission(spec)
    check_version(spec, around.version or NEWEST)
    if around.manages is not None:
        check_manager(spec, around.manages)
    check_type(spec)
    check_templates(spec)
    check_rewrites(spec, around.substituted)
    _fetches(spec)
    _template(spec.place("target").at("template", at(spec.value, ("target", "template"))))


def _fetches(spec: Node) -> None:
    """What people write and do not mean."""
    given = as_map(spec.value)
    again = interval(given)
    if again and 0 < nanoseconds(again) < _OFTEN:
        message = "each of them is a call for every entry, which stores limit: 5m and more is usual"
        spec.place("refreshInterval").wrong(message, "refresh-too-often", INFO)
    for field, fetch in (("data", "remoteRef"), ("dataFrom", "extract")):
        for index, entry in enumerate(as_list(given.get(field))):
            key = as_text(at(entry, (fetch, "key")))
            if names.is_placeholder(key) or key.strip("<>").upper() in _UNSET:
                place = spec.place(field, index, fetch, "key")
                place.wrong("is a placeholder: put the name or id of the item there", "placeholder-key", WARNING)


def _push(spec: Node) -> None:
    api.check_form(spec, crd_forms.PUSH_SECRET)
    crd_forms.check_push(spec)
    check_pushed(spec)
    _template(spec.at("template", as_map(spec.value).get("template")))


def _template(template: Node) -> None:
    """What the API server would refuse of the Secret that is made of it."""
    given = as_map(template.value)
    objectmeta.check_labels(template.place("metadata", "labels"), _texts(at(given, ("metadata", "labels"))), True)
    annotations = _texts(at(given, ("metadata", "annotations")))
    objectmeta.check_annotations(template.place("metadata", "annotations"), annotations)
    for key in as_map(given.get("data")):
        if isinstance(key, str) and not (matches(names.KEY, key) and len(key) <= names.LONGEST):
            template.place("data", key).wrong(f"the key {names.KEY_RULE}", "field-refused")


def _texts(value: object) -> dict[str, str]:
    return {key: text for key, text in as_map(value).items() if isinstance(key, str) and isinstance(text, str)}


def _named(problem: Problem) -> Problem:
    return problem if problem.rule else problem._replace(rule="field-refused")


def _open(problem: Problem, given: object, version: str, around: Around) -> bool:
    """Whether nobody can tell, before something is filled in or without knowing which version is installed."""
    if problem.path[-1:] == ("engineVersion",):  # the old ones have another engine, too
        return version == "v1beta1" and around.version is None
    if (problem.rule or "field-refused") not in _UNTIL_FILLED_IN:
        return False
    text = as_text(at(given, problem.path))
    return "${" in text or ("template" not in problem.path and _FILLED_IN.search(text) is not None)


_GLUED = pattern(r"(?<!\$)(?:\$\$)*\$([0-9]+)[A-Za-z_]")
_BRACED = pattern(r"(?<!\$)(?:\$\$)*\$\{[0-9]+\}")


def check_rewrites(spec: Node, substituted: bool) -> None:
    """Note expressions that Go refuses or reads otherwise; `substituted` is whether Flux fills in variables."""
    whole = 0
    for index, entry in enumerate(map(as_map, as_list(as_map(spec.value).get("dataFrom")))):
        place, steps = spec.place("dataFrom", index), as_list(entry.get("rewrite"))
        whole += "extract" in entry and not steps
        if whole > 1 and "extract" in entry and not steps:
            message = "takes whole items one after the other: a key that two of them have gets the value of the last"
            place.wrong(message, "extracts-overlap", INFO)
        for step, rewrite in enumerate(steps):
            _check(place.place("rewrite", step, "regexp"), as_map(as_map(rewrite).get("regexp")), substituted)
        _compiles(place.place("find", "name", "regexp"), as_map(as_map(entry.get("find")).get("name")).get("regexp"))


def _check(place: Node, regexp: dict[str, object], substituted: bool) -> None:
    source, target = as_text(regexp.get("source")), as_text(regexp.get("target"))
    _compiles(place.place("source"), source)
    glued = _GLUED.search(target)
    if glued and f"?P<{glued[1]}" not in source and f"?<{glued[1]}" not in source:
        message = "Go takes the letters after a group's number for its name, so that nothing is put there"
        cure = ("$${" if substituted else "${") + glued[1] + "}"
        place.place("target").wrong(f"{message}: write {cure}", "rewrite-group", WARNING)
    if substituted and _BRACED.search(target):
        message = "Flux fills in ${1} as a variable before External Secrets sees it: write $1, or $${1}"
        place.place("target").wrong(message, "rewrite-under-flux", WARNING)


def _compiles(place: Node, source: object) -> None:
    if not isinstance(source, str) or not source or "${" in source:
        return
    import re2  # only rewrites pay for it

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(source, options)
    except re2.error:
        place.wrong("is no regular expression that Go can read", "regexp-refused")
