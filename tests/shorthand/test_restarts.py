"""What a SecretsConfig says of restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from krm_secrets.errors import Problem
from krm_secrets.settings.config_document import parse_config, parse_config_map
from krm_secrets.settings.restarts import (
    ANNOTATION_RULE,
    MADE_RULE,
    PLACE_RULE,
    PLACES_RULE,
    SELECTOR_RULE,
    ChartRule,
    Keys,
    KindRule,
    MakerRule,
    Policy,
    Reloader,
)

from .support import config, config_document, said

MISTAKES = {
    "an unknown flag": (
        "reloader: {autoAnotation: a}",
        ['reloader.autoAnotation: unknown field; did you mean "autoAnnotation"?'],
    ),
    "no key of an annotation": ("reloader: {autoAnnotation: a/b/c}", [f"reloader.autoAnnotation: {ANNOTATION_RULE}"]),
    "no selector": ("reloader: {namespaceSelector: a b}", [f"reloader.namespaceSelector: {SELECTOR_RULE}"]),
    "an unknown type of workloads": (
        "reloader: {ignoredWorkloadTypes: [job]}",
        ['reloader.ignoredWorkloadTypes[0]: must be one of jobs, cronjobs; did you mean "jobs"?'],
    ),
    "a word for a flag": ('reloader: {autoReloadAll: "true"}', ["reloader.autoReloadAll: must be true or false"]),
    "a namespace twice": (
        "reloader: {namespacesToIgnore: [a, a]}",
        ['reloader.namespacesToIgnore[1]: "a" is listed twice'],
    ),
    "a kind without places": ("references: [{kind: App}]", ["references[0].secrets: is required"]),
    "places as text": (
        "references: [{kind: App, secrets: spec.a}]",
        ["references[0].secrets: must be a list, not a string"],
    ),
    "an index": ("references: [{kind: App, secrets: ['spec.a[0]']}]", [f"references[0].secrets[0]: {PLACES_RULE}"]),
    "a list for annotations": (
        "references: [{kind: App, secrets: [a], annotations: 'spec.a[]'}]",
        [f"references[0].annotations: {PLACE_RULE}"],
    ),
    "a maker without Secrets": ("makers: [{kind: App}]", ["makers[0].secrets: is required"]),
    "a name without a path": ("makers: [{kind: App, secrets: ['a-{}']}]", [f"makers[0].secrets[0]: {MADE_RULE}"]),
    "a brace that stays open": (
        "makers: [{kind: App, secrets: ['{metadata.name', '{a}B']}]",
        [f"makers[0].secrets[0]: {MADE_RULE}", f"makers[0].secrets[1]: {MADE_RULE}"],
    ),
    "a list for labels": (
        "makers: [{kind: App, secrets: [a], labels: 'spec.a[]', keys: [1]}]",
        [
            "makers[0].keys[0]: must be a string: put quotes around it (a number may already have changed: 0644 is"
            " read as 420)",
            f"makers[0].labels: {PLACE_RULE}",
        ],
    ),
    "no chart": ("charts: [{annotations: [a]}]", ["charts[0].chart: is required"]),
    "a star for annotations": ("charts: [{chart: a, annotations: ['*']}]", [f"charts[0].annotations[0]: {PLACE_RULE}"]),
    "a map of charts": ("charts: {a: {}}", ["charts: must be a list, not a map"]),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistake(case: str) -> None:
    text, expected = MISTAKES[case]
    problems: list[Problem] = []
    parse_config(config_document(text), problems)
    assert said(problems) == expected


def test_what_is_given() -> None:
    found = config("""
reloader: {autoAnnotation: example.com/auto, searchMatchAnnotation: example.com/match, autoReloadAll: true,
           namespacesToIgnore: [a]}
references:
- {kind: App, secrets: ['spec.tls[].secret', 'metadata.annotations["example.com/secret"]', 'a.*.b']}
- {kind: App, group: "", secrets: [a], annotations: 'spec.pod["x.y"].annotations'}
charts: [{chart: web, repository: "oci://a", secrets: ['a[][]'], annotations: [server.annotations]}]
makers: [{kind: Db, group: x.y, secrets: [spec.secret, "{metadata.name}-{spec.users[].name}"], keys: [a], labels: b.c}]
""")
    given = frozenset(("autoAnnotation", "searchMatchAnnotation", "autoReloadAll", "namespacesToIgnore"))
    keys = Keys(auto="example.com/auto", match="example.com/match")
    assert found.reloader == Reloader(keys, True, frozenset("a"), given=given)
    assert found.references == (
        KindRule(
            "App",
            None,
            (("spec", "tls", "[]", "secret"), ("metadata", "annotations", "example.com/secret"), ("a", "*", "b")),
        ),
        KindRule("App", "", (("a",),), ("spec", "pod", "x.y", "annotations")),
    )
    assert found.charts == (ChartRule("web", "oci://a", (("a", "[]", "[]"),), (("server", "annotations"),)),)
    names = ("spec.secret", "{metadata.name}-{spec.users[].name}")
    assert found.makers == (MakerRule("Db", "x.y", names, ("a",), ("b", "c")),)
    assert found.restarts == Policy("auto", found.reloader, found.references, found.charts, found.makers)


def test_all_flags_of_reloader() -> None:
    found = config("""
reloader: {ignoreAnnotation: x/i, pauseDeploymentAnnotation: x/p, configmapAnnotation: x/c,
           configmapAutoAnnotation: x/a, namespaces: [a, b], namespaceSelector: "t=h,!u",
           resourceLabelSelector: "r in (a, b)", webhook: true,
           resourcesToIgnore: [secrets], ignoredWorkloadTypes: [jobs, cronjobs], isArgoRollouts: false,
           reloadOnCreate: true, syncAfterRestart: true}
""").reloader
    assert found is not None
    assert found.keys == Keys(ignore="x/i", pause="x/p", configmap="x/c", configmap_auto="x/a")
    assert (found.namespaces, found.namespace_selector, found.resource_selector) == (
        frozenset(("a", "b")),
        "t=h,!u",
        "r in (a, b)",
    )
    assert (found.resources_ignored, found.workloads_ignored) == (
        frozenset(("secrets",)),
        frozenset(("jobs", "cronjobs")),
    )
    assert (found.calls_webhook, found.rollouts, found.on_create, found.after_restart) == (True, False, True, True)


def test_what_is_given_stands_over_what_was_learnt() -> None:
    own = config("reloader: {autoReloadAll: false, secretAnnotation: x/own, namespacesToIgnore: [a]}").reloader
    learnt = config(
        "reloader: {autoReloadAll: true, secretAnnotation: x/s, autoAnnotation: x/a, namespaces: [b]}"
    ).reloader
    assert own is not None
    assert learnt is not None
    both = own.over(learnt._replace(source="reloader.yaml"))
    assert both.keys == Keys(auto="x/a", named="x/own")
    assert (both.reloads_all, both.namespaces, both.ignored) == (False, frozenset(), frozenset(("a",)))
    assert both.source == "reloader.yaml"
    assert both.given == own.given


@pytest.mark.parametrize("field", ["reloader", "references", "charts", "makers"])
def test_key_and_value_cannot_give_a_table(field: str) -> None:
    problems: list[Problem] = []
    parse_config_map({"data": {field: "x"}}, problems)
    assert said(problems) == [f"data.{field}: is a table, which key=value cannot give: write a SecretsConfig"]


def test_what_the_page_shows_can_be_written() -> None:
    page = (Path(__file__).parents[2] / "docs/explanation/restarts.md").read_text()
    blocks = [block.partition("```")[0] for block in page.split("```yaml\n")[1:]]
    shown = [block for block in blocks if "makers:" in block]
    assert [len(config(block).makers) for block in shown] == [2, 6]
