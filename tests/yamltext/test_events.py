from __future__ import annotations

import gc
import importlib
import sys

import pytest

from krm_secrets.errors import Failure
from krm_secrets.yamltext import events
from krm_secrets.yamltext.load import parse


def test_without_libyaml_the_program_says_so_and_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)
    monkeypatch.delitem(sys.modules, events.__name__)
    with pytest.raises(SystemExit) as caught:
        importlib.import_module(events.__name__)
    assert str(caught.value) == (
        "krm-secrets: PyYAML is installed without libyaml, which is too slow for clusters and does not report positions"
        " the same way; install PyYAML from a wheel (pip install --only-binary PyYAML PyYAML)"
    )


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("text", ["a: 1\n", "a: [\n"])
def test_the_collector_is_left_as_it_was(enabled: bool, text: str) -> None:
    before = gc.isenabled()
    try:
        gc.enable() if enabled else gc.disable()
        try:
            parse(text)
        except Failure:
            assert text == "a: [\n"
        assert gc.isenabled() is enabled
    finally:
        gc.enable() if before else gc.disable()


@pytest.mark.parametrize(
    ("text", "line"),
    [("é\U0001f600\nb: \x07\n", 2), ("\x07", 1), ("a\r\n\r\n\x00", 3), ("a: 1\n" * 50_000 + "\x01", 50_001)],
)
def test_a_control_character_is_found_by_its_line(text: str, line: int) -> None:
    with pytest.raises(Failure) as caught:
        parse(text)
    assert str(caught.value) == (
        f"line {line}: not valid YAML: a control character, which YAML does not allow; write it as an escape"
    )
