"""Every HelmRelease of a real repository, against the Secrets that the ExternalSecrets beside it make."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from krm_secrets.errors import Problem
from krm_secrets.secrets.uses.release import Release
from krm_secrets.secrets.uses.workloads import references, workloads
from tests.secrets.support import KnownSecret, actions

ROOT = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "home-ops" / "kubernetes"
AUTO = "reloader.stakater.com/auto"

pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason=f"no corpus in {ROOT}")


class _Loader(yaml.SafeLoader):
    """Reads what Kubernetes tools read: an anchor may be defined twice, `=` is text, unknown tags are ignored."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if not isinstance(event, yaml.AliasEvent):
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)


_Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)
_Loader.add_multi_constructor("!", lambda loader, tag, node: None)


class Case(NamedTuple):
    """A HelmRelease and the Secrets that come from its folder."""

    name: str
    release: dict[str, Any]
    secrets: frozenset[KnownSecret]


def _documents(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.y*ml")):
        text = file.read_text("utf-8")
        if "kind: HelmRelease" in text or "kind: ExternalSecret" in text:
            yield from (d for d in yaml.load_all(text, _Loader) if isinstance(d, dict))


def _target(secret: dict[str, Any]) -> str:
    name = (secret["spec"].get("target") or {}).get("name")
    return str(name or secret["metadata"]["name"])


@cache
def cases() -> list[Case]:
    found = []
    for folder in sorted(path for path in ROOT.rglob("*") if path.is_dir()):
        documents = list(_documents(folder))
        secrets = frozenset(
            KnownSecret(_target(d), d["metadata"].get("namespace", ""))
            for d in documents
            if d.get("kind") == "ExternalSecret"
        )
        found += [Case(str(folder.relative_to(ROOT)), d, secrets) for d in documents if d.get("kind") == "HelmRelease"]
    return found


def _wired(case: Case) -> set[str]:
    """The controllers on which the author put an annotation of Reloader."""
    return {
        str(w.annotations[1].path[3])
        for w in workloads(case.release)
        if any("reloader.stakater.com" in key for key in w.annotations[1].entries)
    }


def _added(release: dict[str, Any], secrets: frozenset[KnownSecret]) -> list[str]:
    problems: list[Problem] = []
    found = actions(release, secrets, "auto", problems)
    # Its author has a CronJob start whenever its Secret changes.
    told = {problem.message.partition(" at once")[0] for problem in problems}
    assert told <= {"Reloader starts this CronJob"}
    assert all(a.key == AUTO and a.value == "true" and a.path[:3] == ("spec", "values", "controllers") for a in found)
    return [str(a.path[3]) for a in found]


def stripped(node: Any) -> Any:
    """The node without any annotation of Reloader."""
    if isinstance(node, dict):
        return {k: stripped(v) for k, v in node.items() if "reloader.stakater.com" not in str(k)}
    return [stripped(item) for item in node] if isinstance(node, list) else node


def without_namespaces(case: Case) -> Case:
    """The case as it is once Flux has put all of its objects into one namespace."""
    release = copy.deepcopy(case.release)
    release["metadata"].pop("namespace", None)
    return Case(case.name, release, frozenset(KnownSecret(s.name) for s in case.secrets))


def test_the_repository_is_the_one_that_was_looked_at() -> None:
    assert len(cases()) > 150
    assert sum(bool(workloads(case.release)) for case in cases()) > 90


def test_paperless_is_wired_already() -> None:
    (case,) = (c for c in cases() if c.name == "apps/default/paperless/app")
    assert {ref.name for ref in references(case.release)} == {"paperless-secret"}
    assert KnownSecret("paperless-secret") in case.secrets
    assert _added(case.release, case.secrets) == []
    assert _added(stripped(case.release), case.secrets) == ["paperless"]


@pytest.mark.parametrize("name", ["romm", "opencloud"])
def test_a_list_of_names_is_understood(name: str) -> None:
    (case,) = (c for c in cases() if c.name == f"apps/media/{name}/app")
    assert _added(case.release, case.secrets) == []
    assert _added(stripped(case.release), case.secrets) == [name]


def test_one_release_of_the_repository_was_forgotten() -> None:
    forgotten = {case.name: found for case in cases() if (found := _added(case.release, case.secrets))}
    assert forgotten == {"apps/observability/exporters/omada-exporter/app": ["omada-exporter"]}


def test_no_other_release_was_forgotten_in_the_namespace_where_flux_puts_it() -> None:
    forgotten = {c.name: f for c in map(without_namespaces, cases()) if (f := _added(c.release, c.secrets))}
    assert forgotten == {"apps/observability/exporters/omada-exporter/app": ["omada-exporter"]}


def test_what_authors_annotated_by_hand_is_found_without_them() -> None:
    by_hand = found = 0
    for case in map(without_namespaces, cases()):
        added, authors = set(_added(stripped(case.release), case.secrets)), _wired(case)
        # Authors also watch ConfigMaps, and jobs that need no restart; the other way round only one was forgotten.
        assert added <= authors | {"omada-exporter"}, case.name
        by_hand, found = by_hand + len(authors), found + len(added)
    assert by_hand > 70
    assert found > 50


def test_jobs_are_left_alone() -> None:
    for case in map(without_namespaces, cases()):
        controllers = (case.release["spec"].get("values") or {}).get("controllers") or {}
        for name in _added(stripped(case.release), case.secrets):
            assert controllers[name].get("type", "deployment") in ("deployment", "statefulset")


# Where a text in a release happens to be the name of a Secret, and means something else.
OTHER_MEANINGS = {
    *("existingClaim", "controller", "identifier", "serviceAccount", "fullnameOverride"),
    *("MEMINI_NAMESPACE", "MATRIX_ADMIN_USER", "secret.reloader.stakater.com/reload"),
}
OTHER_PLACES = {
    "apps/flux-system/kubernetes-schemas/app: spec.chartRef.name",
    "apps/jobs/opnsense-backup/app: spec.values.persistence.script.name",
}
# Secrets that an operator or a CronJob reads, which the chart hands over to it.
OF_OTHERS = {
    "apps/security/policy-reporter/app: spec.values.emailReports.smtp.secret",
    "apps/actions-runner-system/actions-runner-controller/runners/home-ops: spec.values.githubConfigSecret",
    "apps/media/syncthing/app: spec.values.serviceMonitor.app.endpoints.0.bearerTokenSecret.name",
    "apps/observability/kube-prometheus-stack/app: spec.values.alertmanager.alertmanagerSpec.configSecret",
}


def _texts(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(node, str):
        yield path, node
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in pairs:
        yield from _texts(child, (*path, key))


def test_every_text_that_is_the_name_of_a_secret_is_a_reference() -> None:
    missed, applications = set(), set()
    for case in map(without_namespaces, cases()):
        names = {secret.name for secret in case.secrets}
        release, found = Release.of(case.release), {ref.path for ref in references(case.release)}
        for path, text in _texts({"spec": case.release["spec"]}):
            if release.render(text) not in names:
                continue
            if path in found:
                applications.add(case.name)
            elif path[-1] not in OTHER_MEANINGS and "backendRefs" not in path:
                missed.add(f"{case.name}: {'.'.join(map(str, path))}")
    assert missed == OTHER_PLACES | OF_OTHERS
    assert len(applications) > 60
