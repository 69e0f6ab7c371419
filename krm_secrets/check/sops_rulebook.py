"""The `.sops.yaml` files of a run: the nearest one above each file, and what is wrong in them."""

from __future__ import annotations

import os

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import ERROR, Failure, Location, Result
from krm_secrets.krm.files import read_text
from krm_secrets.sops.creation import FILE, CreationRule, CreationRules, parse_rules
from krm_secrets.sops.errors import SopsError

USELESS = "sops-rule-useless"
"""The rule for all that is wrong in a `.sops.yaml`."""


class Config(NamedTuple):
    """One `.sops.yaml` as it is shown; `rules` is None when it cannot be read or has none."""

    shown: str
    folder: str
    rules: CreationRules | None
    results: tuple[Result, ...]

    def first(self, path: str) -> CreationRule | None:
        """The rule for an absolute path, which counts relative to the folder as in sops."""
        return self.rules.first(path.removeprefix(os.path.join(self.folder, ""))) if self.rules is not None else None


class RuleBook:
    """Finds and reads each `.sops.yaml` once; `named` is one that the environment prescribes for all files."""

    __slots__ = ("_above", "_by_folder", "configs", "named")

    def __init__(self, named: str = "") -> None:
        self.named = os.path.abspath(named) if named else ""
        self.configs: dict[str, Config] = {}
        self._by_folder: dict[str, str] = {}
        self._above: dict[str, str] = {}

    def config(self, file: str) -> Config | None:
        """What applies to the file, or None."""
        folder = os.path.dirname(file)
        if folder not in self._by_folder:
            self._by_folder[folder] = self.named or self._nearest(os.path.abspath(folder))
        found = self._by_folder[folder]
        if found and found not in self.configs:
            self.configs[found] = _read(found, found if os.path.isabs(file) else os.path.relpath(found))
        return self.configs.get(found)

    def _nearest(self, folder: str) -> str:
        """The file of an absolute folder, which is that of the folder above it where it has none."""
        if folder not in self._above:
            own, above = os.path.join(folder, FILE), os.path.dirname(folder)
            there = os.path.lexists(own)
            self._above[folder] = own if there else self._nearest(above) if above != folder else ""
        return self._above[folder]


def _read(path: str, shown: str) -> Config:
    folder = os.path.dirname(path)
    try:
        rules = parse_rules(read_text(path))
    except SopsError as error:
        return Config(
            shown, folder, None, (Result(ERROR, error.message, Location(path=error.path, file=shown), USELESS),)
        )
    except Failure as error:
        results = (result._replace(rule=USELESS) for result in error.in_file(shown).results)
        return Config(shown, folder, None, tuple(results))
    results = (
        Result(problem.severity, problem.message, Location(path=problem.path, file=shown, line=line), USELESS)
        for problem, line in rules.problems
    )
    return Config(shown, folder, rules, tuple(results))
