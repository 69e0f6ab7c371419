"""How restarts are to be wired, and how the cluster's Reloader was started."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path

DOMAIN = "reloader.stakater.com"

MODES = ("auto", "all", "named", "off")
"""`auto` and `named`: consumers of the known Secrets; `all`: of any Secret."""


class Keys(NamedTuple):
    """The annotations that Reloader reads, as far as its flags can rename them."""

    auto: str = f"{DOMAIN}/auto"
    typed_auto: str = f"secret.{DOMAIN}/auto"
    named: str = f"secret.{DOMAIN}/reload"
    search: str = f"{DOMAIN}/search"
    match: str = f"{DOMAIN}/match"

    @property
    def choices(self) -> tuple[str, ...]:
        """What is read for Secrets; any of these on the workload hides all of them on the Pod template."""
        return (self.named, self.auto, self.typed_auto, self.search)


KEYS = Keys()
"""Those of a Reloader that was started without such flags."""


class KindRule(NamedTuple):
    """Where objects of a kind name Secrets, as the user says."""

    kind: str
    group: str | None
    """None for any."""
    secrets: tuple[tuple[str, ...], ...]
    annotations: Path = ()
    """Where the object takes annotations for its workload; empty when it passes none on."""


class ChartRule(NamedTuple):
    """Where a chart's values name Secrets and take annotations, as the user says."""

    chart: str
    """The chart's name; empty for any of the repository."""
    repository: str = ""
    """What the address that it comes from begins with; empty for any."""
    secrets: tuple[tuple[str, ...], ...] = ()
    annotations: tuple[Path, ...] = ()


class Policy(NamedTuple):
    """What a configuration says of restarts."""

    mode: str = MODES[0]
    keys: Keys = KEYS
    reloads_all: bool = False
    """Whether Reloader restarts without any annotation."""
    ignored: frozenset[str] = frozenset()
    """Namespaces that Reloader does not look at."""
    kinds: tuple[KindRule, ...] = ()
    charts: tuple[ChartRule, ...] = ()

    def rules(self, kind: str, group: str) -> list[KindRule]:
        """What the user says of a kind."""
        if not self.kinds:
            return []
        return [rule for rule in self.kinds if rule.kind == kind and rule.group in (None, group)]


DEFAULT = Policy()
