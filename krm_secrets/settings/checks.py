"""`check`: what a SecretsConfig says of findings: which to pass over, what is made elsewhere, how severe rules are."""

from __future__ import annotations

from krm_secrets._startup.records import NO_ENTRIES, NamedTuple
from krm_secrets.errors import SEVERITIES
from krm_secrets.externalsecrets.names import LONGEST

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final, Literal

    from krm_secrets.errors import Severity
    from krm_secrets.shape import Node

OFF: Final = "off"
_SEVERITIES: tuple[Severity | Literal["off"], ...] = (*SEVERITIES, OFF)
RESULTS: tuple[Literal["error", "warning"], ...] = ("error", "warning")
_RULE = r"^[a-z][a-z0-9-]*$"
_RULE_SAID = "must be the name of a rule, such as no-restart"
_LONGEST = 1000


class Ignored(NamedTuple):
    """Findings that somebody decided upon: of these rules, at these files, of these objects; empty means any."""

    rules: tuple[str, ...]
    paths: tuple[str, ...]
    objects: tuple[str, ...]
    """KIND/NAMESPACE/NAME, each of which may be a pattern."""
    reason: str


class Known(NamedTuple):
    """A Secret that is made where nobody here sees it."""

    name: str
    namespace: str = ""
    """Empty for any."""
    keys: tuple[str, ...] = ()
    """All that it has; empty where nobody says."""
    by: str = ""


class CheckConfig(NamedTuple):
    """What counts for findings; `results` is whether the function reports them, and how severe at most."""

    ignore: tuple[Ignored, ...] = ()
    known: tuple[Known, ...] = ()
    severity: Mapping[str, Severity | Literal["off"]] = NO_ENTRIES
    """By rules; `off` is not to ask one."""
    results: Literal["", "error", "warning"] = ""

    @property
    def weakens(self) -> bool:
        """Whether it keeps anything from being told."""
        return bool(self.ignore or self.known or self.severity)


DEFAULT = CheckConfig()


def read(node: Node) -> CheckConfig:
    """The table `check`; its mistakes are noted."""
    fields = node.fields(("ignore", "known", "severity", "results"))
    return CheckConfig(
        tuple(map(_ignored, fields["ignore"].elements())) if "ignore" in fields else (),
        tuple(map(_known, fields["known"].elements())) if "known" in fields else (),
        _severities(fields["severity"]) if "severity" in fields else {},
        fields["results"].choice(RESULTS) if "results" in fields else "",
    )


def _ignored(node: Node) -> Ignored:
    fields = node.fields(("rules", "paths", "objects", "reason"), ("reason",))
    if fields and fields.keys() <= {"reason"}:
        node.wrong("says nothing but a reason: name rules, paths or objects")
    return Ignored(
        tuple(each.text(_RULE, _RULE_SAID) for each in fields["rules"].elements()) if "rules" in fields else (),
        _texts(fields, "paths"),
        _texts(fields, "objects"),
        fields["reason"].text(longest=_LONGEST) if "reason" in fields else "",
    )


def _known(node: Node) -> Known:
    fields = node.fields(("name", "namespace", "keys", "by"), ("name",))
    return Known(
        fields["name"].text(longest=LONGEST) if "name" in fields else "",
        fields["namespace"].text(longest=LONGEST) if "namespace" in fields else "",
        _texts(fields, "keys"),
        fields["by"].text(longest=_LONGEST) if "by" in fields else "",
    )


def _texts(fields: Mapping[str, Node], name: str) -> tuple[str, ...]:
    return tuple(each.text(longest=_LONGEST) for each in fields[name].elements()) if name in fields else ()


def _severities(node: Node) -> dict[str, Severity | Literal["off"]]:
    return {name: each.choice(_SEVERITIES) for name, each in node.entries(_RULE, _RULE_SAID, _LONGEST)}
