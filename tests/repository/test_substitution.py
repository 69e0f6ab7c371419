"""What Flux puts in place of variables, and what nobody can tell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from krm_secrets.repository.substitution import Variables
from tests.repository.support import seen

VALUES: Mapping[str, str | None] = {"APP": "web", "EMPTY": "", "HIDDEN": None}


@pytest.mark.parametrize(
    ("text", "complete", "partly"),
    [
        ("${APP}-db", "web-db", "web-db"),
        ("$${APP}", "$${APP}", "$${APP}"),
        ("${OTHER}", "${OTHER}", "${OTHER}"),
        ("${OTHER:-${APP}}-x", "web-x", "${OTHER:-${APP}}-x"),
        ("${OTHER:=a}${OTHER=b}${OTHER-c}", "abc", "${OTHER:=a}${OTHER=b}${OTHER-c}"),
        ("${APP:-other}${EMPTY:-d}", "webd", "webd"),
        ("${HIDDEN:-d}", "${HIDDEN:-d}", "${HIDDEN:-d}"),
        ("${APP/w/x}${APP^}", "${APP/w/x}${APP^}", "${APP/w/x}${APP^}"),
        ("${APP", "${APP", "${APP"),
        ("$APP {{ .x }}", "$APP {{ .x }}", "$APP {{ .x }}"),
    ],
)
def test_variables_are_put_in_where_they_are_known(text: str, complete: str, partly: str) -> None:
    assert Variables(VALUES).resolve(text) == complete
    assert Variables(VALUES, complete=False).resolve(text) == partly
    assert "web" not in repr(Variables(VALUES))


def _variables(tmp_path: Path, post_build: str, more: Mapping[str, str]) -> Variables | None:
    text = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n"
        f"spec:\n  path: ./app\n  postBuild: {post_build}\n"
    )
    files = {"ks.yaml": text, "app/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", **more}
    return seen(tmp_path, files).starts()[0].variables


CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {A: from, B: map}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {B: hidden}\n"


def test_sources_count_in_their_order_and_the_kustomizations_own_last(tmp_path: Path) -> None:
    sources = "substituteFrom: [{kind: ConfigMap, name: c}, {kind: Secret, name: s}]"
    found = _variables(tmp_path, f"{{{sources}, substitute: {{A: own}}}}", {"c.yaml": CONFIG, "s.yaml": SECRET})
    assert found == Variables({"A": "own", "B": None})


def test_a_source_that_is_not_here_may_say_anything(tmp_path: Path) -> None:
    sources = "substituteFrom: [{kind: ConfigMap, name: c}, {kind: Secret, name: s}]"
    assert _variables(tmp_path, f"{{{sources}}}", {"c.yaml": CONFIG}) == Variables({}, complete=False)


def test_two_config_maps_of_one_name_say_what_both_say(tmp_path: Path) -> None:
    more = {"one/c.yaml": CONFIG, "two/c.yaml": CONFIG.replace("map", "other")}
    found = _variables(tmp_path, "{substituteFrom: [{kind: ConfigMap, name: c}]}", more)
    assert found == Variables({"A": "from", "B": None})


def test_nothing_is_put_in_where_nothing_says_so(tmp_path: Path) -> None:
    assert _variables(tmp_path, "{}", {}) is None


def test_patches_of_others_may_say_more(tmp_path: Path) -> None:
    patch = "patches:\n- patch: |\n    kind: Kustomization\n    spec: {postBuild: {substitute: {A: patched}}}\n"
    found = _variables(tmp_path, "{substitute: {A: own, B: own}}", {"top/kustomization.yaml": patch})
    assert found is not None
    assert (found.values["A"], found.values["B"], found.complete) == (None, "own", False)
