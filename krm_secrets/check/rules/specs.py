"""How a rule is registered whose finding the rooms below already make: of the spec of an object of External Secrets."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.check import told
from krm_secrets.check.rule import rule

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.finding import Hit
    from krm_secrets.check.subject import Subject
    from krm_secrets.errors import Severity


def spec_rule(
    id: str,
    *,
    severity: Severity,
    confidence: str,
    finds: str,
    why: str,
    wrong: str,
    right: str,
    mends: str = "",
    pedantic: bool = False,
    files: bool = False,
) -> None:
    """Register a rule of `externalsecrets.spec_rules` under its name there."""

    @rule(
        id,
        severity=severity,
        confidence=confidence,
        finds=finds,
        why=why,
        wrong=wrong,
        right=right,
        mends=mends,
        pedantic=pedantic,
        files=files,
    )
    def look(subject: Subject) -> Iterator[Hit]:
        yield from told.of_specs(subject, id)
