"""What Reloader does after our run, for every workload of a real repository and each Secret that it uses."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from krm_secrets.reload.action import KnownSecret, actions
from krm_secrets.reload.references import workloads
from krm_secrets.reload.workload import Annotations, Workload
from tests.reload.decision import reloads
from tests.reload.test_reload_corpus import ROOT, cases, stripped, without_namespaces

AUTO, TYPED = "reloader.stakater.com/auto", "secret.reloader.stakater.com/auto"
NAMED = "secret.reloader.stakater.com/reload"
SEARCH, EXCLUDE = "reloader.stakater.com/search", "secrets.exclude.reloader.stakater.com/reload"


@pytest.mark.parametrize(
    ("workload", "pod", "expected"),
    [
        ({}, {}, False),
        ({AUTO: "true"}, {}, True),
        ({AUTO: "false"}, {AUTO: "true"}, False),
        ({}, {AUTO: "true"}, True),
        ({TYPED: "1"}, {}, True),
        ({NAMED: "other"}, {AUTO: "true"}, False),
        ({NAMED: "other, use.*"}, {}, True),
        ({NAMED: "other", AUTO: "true"}, {}, True),
        ({AUTO: "true", EXCLUDE: "x, used"}, {}, False),
        ({AUTO: "true"}, {EXCLUDE: "used"}, True),
        ({SEARCH: "true"}, {}, False),
    ],
)
def test_the_rules(workload: Mapping[str, str], pod: Mapping[str, str], expected: bool) -> None:
    assert reloads("used", {"used"}, workload, pod) is expected


def test_a_list_needs_no_reference_and_auto_does() -> None:
    assert reloads("a", (), {NAMED: "a"}, {})
    assert not reloads("a", (), {AUTO: "true"}, {})
    assert reloads("a", {"a"}, {SEARCH: "true"}, {}, matched=True)


def _merged(layers: Iterable[Annotations]) -> dict[str, str]:
    return {key: str(value) for layer in reversed(list(layers)) for key, value in layer.entries.items()}


def _decisions(release: Mapping[str, Any], secrets: frozenset[KnownSecret]) -> dict[tuple[Any, str], tuple[bool, bool]]:
    """For each workload and known Secret that it uses: whether it restarts, and whether it should."""
    found = {}
    for each in workloads(release):
        references = [ref for group in each.references for ref in group if ref.restart]
        used = {ref.name for ref in references if ref.auto}
        for ref in references:
            if KnownSecret(ref.name, each.namespace) in secrets:
                does = reloads(ref.name, used, _merged(each.annotations), _merged(each.pod))
                found[each.annotations[1].path, ref.name] = (does, _should(each))
    return found


def _should(workload: Workload) -> bool:
    """Long-lived, and the author did not say no."""
    chosen = _merged(workload.annotations) | _merged(workload.pod)
    return workload.place is not None and chosen.get(AUTO) != "false"


def _after(release: dict[str, Any], secrets: frozenset[KnownSecret]) -> dict[str, Any]:
    after: dict[str, Any] = copy.deepcopy(release)
    for path, key, value in actions(release, secrets, "auto", []):
        node: Any = after
        for part in path:
            node[part] = node.get(part) or {}
            node = node[part]
        node[key] = value
    return after


@pytest.mark.skipif(not ROOT.is_dir(), reason=f"no corpus in {ROOT}")
@pytest.mark.parametrize("unwired", [False, True], ids=["as it is", "without any annotation"])
def test_exactly_those_restart_that_should(unwired: bool) -> None:
    count: Counter[str] = Counter()
    for case in map(without_namespaces, cases()):
        release = stripped(case.release) if unwired else case.release
        before = _decisions(release, case.secrets)
        after = _decisions(_after(release, case.secrets), case.secrets)
        assert before.keys() == after.keys()
        for key, (did, should) in before.items():
            does = after[key][0]
            assert does is (True if should else did), (case.name, key)
            count["uses"] += 1
            count["should"] += should
            count["did"] += did
            count["does"] += does
    print(dict(count))
    assert count["does"] >= count["should"] > 50
    assert count["did"] == 0 if unwired else count["did"] < count["does"]
