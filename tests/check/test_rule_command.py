"""`krm-secrets rule`: what rules say for themselves."""

from __future__ import annotations

import json

import pytest

from krm_secrets.check.finding import FileEdit
from krm_secrets.check.rule import REGISTRY, rule
from krm_secrets.check.rules import RULES
from krm_secrets.cli.check_command import _completed
from krm_secrets.errors import ERROR
from krm_secrets.yamltext.edits import Edit
from tests.running import run


def test_all_rules_are_listed() -> None:
    lines = run("", "rule").out.decode().splitlines()
    assert [line.split()[0] for line in lines] == list(RULES)


def test_one_rule_is_a_section() -> None:
    text = run("", "rule", "no-restart").out.decode()
    assert text.startswith("## no-restart\n\n*warning, confidence high, since ")
    assert "\nWrong:\n\n```yaml\n" in text
    assert "\nRight:\n\n```yaml\n" in text


def test_all_rules_are_sections_in_one_text() -> None:
    text = run("", "rule", "--all").out.decode()
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(RULES)


@pytest.mark.parametrize(("words", "ids"), [(("no-restart",), ["no-restart"]), (("--all",), list(RULES))])
def test_rules_are_told_to_programs(words: tuple[str, ...], ids: list[str]) -> None:
    found = json.loads(run("", "rule", *words, "--format", "json").out)
    assert [each["id"] for each in found] == ids
    assert all(each["finds"] and each["why"] and each["wrong"] and each["right"] for each in found)


def test_a_rule_that_is_not_there() -> None:
    done = run("", "rule", "no-restrat")
    assert (done.code, done.out) == (2, b"")
    assert done.err == 'krm-secrets: error: there is no rule "no-restrat"; did you mean "no-restart"?\n'
    assert run("", "rule", "--all", "no-restart").code == 2


def test_names_are_completed() -> None:
    assert _completed("no-r") == ["no-restart"]


def test_two_rules_of_one_name_are_refused() -> None:
    register = rule("no-restart", severity=ERROR, confidence="high", finds="a.", why="b.", wrong="", right="")
    with pytest.raises(ValueError, match="two rules are called no-restart"):
        register(lambda _: iter(()))
    assert REGISTRY["no-restart"] is RULES["no-restart"]


def test_an_edit_does_not_show_what_it_writes() -> None:
    assert repr(FileEdit("a.yaml", Edit(0, 0, "canary"))) == "<FileEdit>"
