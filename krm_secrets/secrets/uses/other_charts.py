"""HelmReleases of charts that are not made from app-template.

Where such a chart takes annotations for its workloads differs from chart to chart and from version to version, so
Flux is asked to put the annotation on what the chart renders. That is done only where the values name a Secret in
one of the forms below, and not at all where the author chose in any place.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import WARNING, Path, Problem, clean
from krm_secrets.plain import as_list, as_map, as_text, entries
from krm_secrets.secrets import regex_list, reloader
from krm_secrets.secrets.regex_list import NameList
from krm_secrets.secrets.uses import sdk_server
from krm_secrets.secrets.uses.app_template import is_app_template, rendered
from krm_secrets.secrets.uses.fields import anything, nodes
from krm_secrets.secrets.uses.reference import Annotations, Reference, Workload, is_optional, item_keys, placed
from krm_secrets.secrets.uses.release import VALUES, Chart, Release
from krm_secrets.settings.restarts import DEFAULT, ChartRule, Keys, Policy

KINDS = "(Deployment|StatefulSet|DaemonSet)"
"""kustomize's own anchored expression: what Reloader rolls, but for Jobs."""

_SAFE = re.compile(r"[-A-Za-z0-9._${}]+")

_NAMES = frozenset(("externalSecret", "extraEnvVarsSecret", "envFromSecret"))
# As charts call it: existingSecret, smtpExistingSecretName, existingEncryptionKeySecret, existingSecretAdminPassword.
_EXISTING = re.compile(r"(?:existing|\w*Existing)\w*Secret\w*")
_KEY_ENDINGS = ("Key", "Keys", "KeyName")
"""Of fields beside such a name, which hold a key of the Secret."""
_LISTS = frozenset(("envFromSecrets", "extraSecretMounts"))
_SKIPPED = frozenset(("imagePullSecrets", "ingress"))
"""Below these no Pod reads a Secret, nor in a list of an Ingress's `tls`."""


class Render(NamedTuple):
    """A patch by which Flux puts an annotation on the workloads of a release."""

    key: str
    value: str

    def renderer(self) -> dict[str, object]:
        """The entry for `spec.postRenderers`; as a strategic merge it needs no annotations to be there."""
        patch = (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: any\n"
            f'  annotations:\n    {self.key}: "{self.value}"\n'
        )
        return {"kustomize": {"patches": [{"target": {"kind": KINDS}, "patch": patch}]}}


def references(obj: Mapping[str, object], policy: Policy = DEFAULT) -> list[Reference]:
    """What the values of such a release name in the usual forms, or where the user says that they do."""
    if is_app_template(obj):
        return []
    spec = as_map(obj.get("spec"))
    values = as_map(spec.get("values"))
    found = {ref.path: ref for ref in _search(values)}
    for parts in [parts for rule in rules(spec, policy) for parts in rule.secrets]:
        for node, path in nodes(values, parts):
            for ref in anything(node, (*VALUES, *path)):
                found.setdefault(ref.path, ref._replace(restart=True))
    if (server := sdk_server.reference(spec)) is not None:
        found[server.path] = server
    return list(Release.of(obj).named(found.values()))


def rules(spec: Mapping[str, object], policy: Policy) -> list[ChartRule]:
    """What the user says of the release's chart."""
    chart = Chart.of(spec) if policy.charts else Chart("")
    return [
        rule
        for rule in policy.charts
        if rule.chart in ("", chart.name) and (not rule.repository or chart.repository.startswith(rule.repository))
    ]


def workloads(obj: Mapping[str, object], policy: Policy) -> list[Workload]:
    """The workloads of a release for which it is known where they take annotations: by the user, or by the chart."""
    spec = as_map(obj.get("spec"))
    places = [place for rule in rules(spec, policy) for place in rule.annotations]
    release = Release.of(obj)
    patched = reloader.mentions(spec.get("postRenderers"), policy.reloader.keys)
    if places:
        group = tuple(ref._replace(auto=True) for ref in references(obj, policy))
        return [_workload(obj, (*VALUES, *place), release.namespace, group, patched) for place in places]
    if (place := sdk_server.place(spec)) is None:
        return []
    server = sdk_server.reference(spec)
    group = tuple(release.named([server] if server is not None else []))
    return [_workload(obj, place, sdk_server.namespace(spec) or release.namespace, group, patched)]


def _workload(
    obj: Mapping[str, object], place: Path, namespace: str, group: tuple[Reference, ...], patched: bool
) -> Workload:
    found = placed(obj, place, namespace, group, patched)
    return found._replace(annotations=(rendered(as_map(obj.get("spec"))), *found.annotations))


def render(obj: Mapping[str, object], names: Collection[str], policy: Policy, problems: list[Problem]) -> Render | None:
    """What makes the release's workloads restart for these Secrets, which its values name."""
    keys, renderers = policy.reloader.keys, as_map(obj.get("spec")).get("postRenderers", [])
    if chosen := choices(obj, keys):
        problems += _left_out(chosen, names, keys)
    # The list becomes text inside of text, where nothing else than a name may stand.
    listable = [name for name in regex_list.writable(names) if _SAFE.fullmatch(name)]
    if chosen or reloader.mentions(renderers, keys) or not isinstance(renderers, list | None):
        return None
    if policy.mode == "named":
        return Render(keys.named, regex_list.write(listable)) if listable else None
    # Not for ConfigMaps: charts restart for their own ones by themselves, and would then do so twice.
    return Render(keys.typed_auto, "true")


def choices(obj: Mapping[str, object], keys: Keys) -> list[Annotations]:
    """Every map of annotations in the release in which the author chose."""
    spec = as_map(obj.get("spec"))
    everywhere = rendered(spec)
    found = [everywhere] if any(key in everywhere.entries for key in keys.choices) else []
    found += _choices(as_map(spec.get("values")), keys)
    # That of the SDK server alone says nothing of the chart's other workloads.
    server = sdk_server.place(spec)
    return [each for each in found if each.path != server]


def lists(layers: Iterable[Annotations], keys: Keys) -> list[NameList]:
    """The author's lists of names."""
    found = (each.entries[keys.named] for each in layers if keys.named in each.entries)
    return [regex_list.parse(reloader.text_of(each)) for each in found]


def _left_out(chosen: list[Annotations], names: Collection[str], keys: Keys) -> list[Problem]:
    if any(key in each.entries for each in chosen for key in keys.choices if key != keys.named):
        return []
    written = lists(chosen, keys)
    return [
        Problem(
            (*chosen[0].path, keys.named),
            f'the list leaves out the Secret "{clean(name)}", which the values name; add the name',
            WARNING,
        )
        for name in sorted(regex_list.writable(names))
        if not any(each.matches(name) for each in written)
    ]


def _choices(values: Mapping[str, object], keys: Keys) -> Iterator[Annotations]:
    """Every map in the values that has an annotation of Reloader, but for maps of labels."""
    todo: list[tuple[object, Path]] = [(values, VALUES)]
    while todo:
        node, path = todo.pop()
        found = as_map(node)
        if any(key in found for key in keys.choices) and not reloader.is_label_map(path):
            yield Annotations(path, found)
        todo += [(child, (*path, key)) for key, child in entries(node) if isinstance(child, dict | list)]


def _search(values: Mapping[str, object]) -> Iterator[Reference]:
    todo: list[tuple[object, Path]] = [(values, VALUES)]
    while todo:
        node, path = todo.pop()
        if as_map(node).get("enabled") is False:
            continue
        for key, child in entries(node):
            place = (*path, key)
            if key in _SKIPPED or (key == "tls" and isinstance(child, list)):
                continue
            if isinstance(key, str):
                yield from _named(key, child, place)
            if isinstance(child, dict | list):
                todo.append((child, place))


def _named(key: str, node: object, path: Path) -> Iterator[Reference]:
    """The references that stand right at this key."""
    source = as_map(node)
    if key == "secretKeyRef":
        if name := as_text(source.get("name")):
            name_key = as_text(source.get("key"))
            yield Reference(name, (*path, "name"), (name_key,) if name_key else (), optional=is_optional(source))
    elif key == "secret":
        if name := as_text(source.get("secretName")):
            yield Reference(name, (*path, "secretName"), item_keys(source.get("items")))
    elif key in _NAMES or (_EXISTING.fullmatch(key) and not key.endswith(_KEY_ENDINGS)):
        if name := as_text(node):
            yield Reference(name, path)
        for field in ("name", "secretName"):
            if name := as_text(source.get(field)):
                yield Reference(name, (*path, field))
    elif key in _LISTS:
        for index, item in enumerate(as_list(node)):
            field = "secretName" if key == "extraSecretMounts" else "name"
            if name := as_text(as_map(item).get(field)):
                yield Reference(name, (*path, index, field))
    elif key.lower().endswith("envfrom"):
        for index, item in enumerate(as_list(node)):
            if name := as_text(as_map(as_map(item).get("secretRef")).get("name")):
                yield Reference(name, (*path, index, "secretRef", "name"))
    elif key == "tls" and path[-2] == "image":  # what bitwarden-sdk-server serves
        if name := as_text(source.get("secretName")):
            yield Reference(name, (*path, "secretName"))
    elif (name := as_text(source.get("secret"))) and (secret_key := as_text(source.get("key"))):  # GitLab's form
        yield Reference(name, (*path, "secret"), (secret_key,))
    elif key == "projected":
        for index, item in enumerate(as_list(source.get("sources"))):
            if name := as_text(as_map(as_map(item).get("secret")).get("name")):
                yield Reference(name, (*path, "sources", index, "secret", "name"))
