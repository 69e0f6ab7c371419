"""What the values of charts that are not made from app-template name, in the usual forms or where the user says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from krm_secrets.errors import Path
from krm_secrets.plain import as_list, as_map, as_text, entries
from krm_secrets.secrets import reloader
from krm_secrets.secrets.uses import sdk_server
from krm_secrets.secrets.uses.app_template import is_app_template, rendered
from krm_secrets.secrets.uses.fields import anything, nodes
from krm_secrets.secrets.uses.reference import Reference, Workload, is_optional, item_keys, placed
from krm_secrets.secrets.uses.release import VALUES, Chart, Release
from krm_secrets.settings.restarts import DEFAULT, ChartRule, Policy

_NAMES = frozenset(("externalSecret", "extraEnvVarsSecret", "envFromSecret"))
# As charts call it: existingSecret, smtpExistingSecretName, existingEncryptionKeySecret, existingSecretAdminPassword.
_EXISTING = re.compile(r"(?:existing|\w*Existing)\w*Secret\w*")
_KEY_ENDINGS = ("Key", "Keys", "KeyName")
"""Of fields beside such a name, which hold a key of the Secret."""
_LISTS = frozenset(("envFromSecrets", "extraSecretMounts"))
_SKIPPED = frozenset(("imagePullSecrets", "ingress"))
"""Below these no Pod reads a Secret, nor in a list of an Ingress's `tls`."""


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
