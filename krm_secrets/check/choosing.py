"""Which rules are asked, and which of their findings are shown."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from krm_secrets._startup.records import NamedTuple
from krm_secrets.check.finding import LOW, Finding
from krm_secrets.check.rule import Rule
from krm_secrets.check.rules import RULES
from krm_secrets.errors import INFO, SEVERITIES, clean, did_you_mean, failure


class Choice(NamedTuple):
    """What somebody asked for. `select` and `ignore` are names of rules, in which * stands for anything."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    least: str = ""
    """The least severity that is shown; empty for what is usual."""
    pedantic: bool = False

    def rules(self) -> list[Rule]:
        """The rules to ask; Failure for a name that none has."""
        selected = _named(self.select) if self.select else None
        ignored = _named(self.ignore)
        return [
            rule
            for rule in RULES.values()
            if rule.id not in ignored
            and (rule.id in selected if selected is not None else self.pedantic or not rule.pedantic)
        ]

    def shows(self, finding: Finding) -> bool:
        """Whether a finding is shown: what is not certain, and mere notices, only where somebody asks for them."""
        if self.least and SEVERITIES.index(finding.severity) > SEVERITIES.index(self.least):
            return False
        if self.pedantic or self.select:
            return True
        return finding.confidence != LOW and (finding.severity != INFO or self.least == INFO)


def _named(names: Iterable[str]) -> set[str]:
    found = set[str]()
    for name in names:
        matching = {id for id in RULES if fnmatchcase(id, name)}
        if not matching:
            raise failure(f'there is no rule "{clean(name)}"{did_you_mean(name, RULES)}')
        found |= matching
    return found
