"""Rules on files and on documents of ours: what cannot be read, and what no run would take."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.check.finding import HIGH, Hit, Place
from krm_secrets.check.rule import rule
from krm_secrets.errors import ERROR, INFO, WARNING, Result
from krm_secrets.krm.resource import group_of
from krm_secrets.settings.kinds import API_VERSION, GROUP, is_ours
from krm_secrets.stages.repeated import kustomize_takes
from krm_secrets.yamltext.nodes import YamlError, shown

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject


@rule(
    "unreadable-file",
    severity=WARNING,
    confidence=HIGH,
    files=True,
    finds="A file that may hold Kubernetes objects cannot be read.",
    why="""kustomize, Flux and kubectl refuse it too, and nothing is known of what is in it: other findings may be
    missing. The exit code is 3. A file that is there for another program is left out by `ignore` in the
    SecretsConfig.""",
    wrong="""
apiVersion: v1
kind: Secret
metadata: {name: db
""",
    right="""
apiVersion: v1
kind: Secret
metadata: {name: db}
""",
)
def unreadable_file(subject: Subject) -> Iterator[Hit]:
    unread = _unread(subject)
    for result in subject.told:
        if result in unread:
            yield _as_told(result)


@rule(
    "mapping-error",
    severity=ERROR,
    confidence=HIGH,
    lends=True,
    finds="A SecretMapping, BitwardenStore, SopsGenerator or SecretsConfig says what it cannot say.",
    why="""The function and `krm-secrets render` refuse it with these words, and make nothing of it.""",
    wrong="""
apiVersion: krm-secrets.dev/v1alpha1
kind: SecretMapping
metadata: {name: db, namespace: web}
secrets:
  db: {store: vault, from: database, refresh: often}
""",
    right="""
apiVersion: krm-secrets.dev/v1alpha1
kind: SecretMapping
metadata: {name: db, namespace: web}
secrets:
  db: {store: vault, from: database}
""",
)
def mapping_error(subject: Subject) -> Iterator[Hit]:
    ours = {(item.ref, item.slot.source.file): item for item in subject.objects if is_ours(item)}
    unread, told = _unread(subject), dict[object, list[tuple[str | int, ...]]]()
    for result in subject.told:
        location, severity = result.location, result.severity
        ref = location.resource
        if result in unread or ref is None or group_of(ref.api_version) != GROUP:
            continue
        if severity == INFO and not result.rule:
            continue
        told.setdefault((ref, location.file), []).append(location.path)
        item = ours.get((ref, location.file))
        if item is None:
            yield _as_told(result)
        else:
            hit = subject.hit(item, location.path, result.message, severity=severity, other=result.message)
            yield hit._replace(rule=result.rule)
    for (ref, file), item in ours.items():
        for key in item.repeated:
            for result in item.unreadable(key).results:
                yield subject.hit(item, (), result.message, other=key.key)
        if ref.api_version == API_VERSION:
            from krm_secrets.check.schema_mistakes import mistakes  # few trees have documents of ours

            try:
                found = mistakes(ref.kind, item.data, told.get((ref, file), ()))
            except YamlError:  # every run says so
                continue
            for path, message in found:
                yield subject.hit(item, path, message, other=message)


@rule(
    "key-stands-twice",
    severity=ERROR,
    confidence=HIGH,
    finds="A key stands twice in one mapping of an object.",
    why="""kustomize refuses the file, and with it the whole build; readers that do not, like Helm and kubectl, take the
    last value and drop the first without a word. Of an object's annotations alone kustomize takes both. Where no
    kustomization lists the file, this is a warning.""",
    wrong="""
# file: kustomization.yaml
resources: [app.yaml]
---
# file: app.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: web}
data: {level: debug}
data: {format: json}
""",
    right="""
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: web}
data: {level: debug, format: json}
""",
)
def key_stands_twice(subject: Subject) -> Iterator[Hit]:
    files = subject.files
    repeated = [item for item in subject.objects if item.repeated and not is_ours(item)]
    listed = files.seen.listed() if files is not None and repeated else set[str]()
    for item in repeated:
        source = item.slot.source
        for key in item.repeated:
            merged, refused = kustomize_takes(item, key), files is not None and files.path(item) in listed
            said = f'the key "{shown(key.key)}" stands more than once in one mapping ({key.lines(source.line_of)})'
            what = (
                "kustomize takes them together, and others drop all but the last"
                if merged
                else "kustomize refuses the file, and others drop all but the last"
            )
            start = key.starts[-1]
            hit = subject.hit_in(
                source, start, start + len(key.key), f"{said}: {what}", hint="keep one of them", other=key.key
            )
            hit = hit._replace(object=item.ref.shown())
            yield hit if refused and not merged else hit._replace(severity=WARNING)


def _unread(subject: Subject) -> set[Result]:
    """What was reported of files that cannot be read."""
    if subject.files is None:
        return set()
    tree, seen = subject.files.seen.tree, subject.files.seen
    return {result for error in (*tree.unread.values(), *seen.unread.values()) for result in error.results}


def _as_told(result: Result) -> Hit:
    """What a run says, in the line that it says."""
    location, line = result.location, result.location.line
    place = Place(location.file, line, min(line, 1), line, 2 * min(line, 1), location.path, location.position)
    return Hit(place, result.message, location.resource, other=result.message, rule=result.rule)
