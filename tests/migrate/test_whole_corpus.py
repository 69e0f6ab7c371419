"""Every ExternalSecret of a real repository comes back from the shorthand with the meaning that it had."""

from __future__ import annotations

import re
from functools import cache

import pytest

from bench.lines import report
from krm_secrets.krm.files import read_source
from krm_secrets.krm.folders import find
from krm_secrets.krm.reading import read_files
from krm_secrets.migrate.learning import learn
from krm_secrets.migrate.mappings import expanded, shorten
from krm_secrets.migrate.meaning import meaning
from krm_secrets.migrate.original import Reading, is_external_secret, read_external_secret
from krm_secrets.settings.config import Config
from krm_secrets.settings.config_document import parse_config
from tests.tools import ROOT, shared


@cache
def corpus() -> tuple[tuple[Reading, ...], Config]:
    sources = [read_source(path) for path in find([str(shared("corpus/home-ops"))])]
    objects = [item.data for item in read_files(sources).items if item.kind == "ExternalSecret"]
    readings = tuple(read_external_secret(data) for data in objects if is_external_secret(data))
    assert len(readings) == len(objects) > 100
    problems: list[object] = []
    return readings, parse_config(learn(readings).document, problems)  # type: ignore[arg-type]


def test_every_one_means_the_same_and_few_need_the_overlay() -> None:
    readings, config = corpus()
    with_spec = 0
    for reading in readings:
        entry = shorten(reading, config)
        with_spec += isinstance(entry, dict) and "spec" in entry
        (external_secret,) = expanded({reading.target: entry}, reading.namespace, config, [])
        assert meaning(external_secret) == reading.meaning, reading.name
    assert with_spec == 6  # five fetch something that no value uses, one the same field twice


def test_the_page_tells_the_numbers() -> None:
    told = report(str(shared("corpus/home-ops") / "kubernetes"))
    numbers = [int(number) for number in re.findall(r"^[a-zA-Z .-]+?(\d+)(?:  |$)", told, re.MULTILINE)]
    total, short, with_spec, before, after, config = numbers
    assert (short, with_spec) == (total, 6)
    page = " ".join((ROOT / "docs/how-to/moving-over.md").read_text().split())
    assert f"a real repository of {total} ExternalSecrets in 96 files" in page
    assert f"{before:,} lines to {after:,}, and {config} lines of configuration." in page


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("store", "the store of 93 of 103 ExternalSecrets"),
        ("refresh", "the interval of 57 of 103 ExternalSecrets"),
    ],
)
def test_what_is_learnt_has_its_reason(name: str, reason: str) -> None:
    readings, _ = corpus()
    assert learn(readings).reasons[name,] == reason


def test_what_is_learnt_does_not_depend_on_the_order_of_files() -> None:
    readings, _ = corpus()
    assert learn(readings) == learn(readings[::-1])
