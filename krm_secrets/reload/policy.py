"""How restarts are to be wired, and how the cluster's Reloader was started."""

from __future__ import annotations

from typing import NamedTuple

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


class Policy(NamedTuple):
    """What a configuration says of restarts."""

    mode: str = MODES[0]
    keys: Keys = KEYS
    reloads_all: bool = False
    """Whether Reloader restarts without any annotation."""
    ignored: frozenset[str] = frozenset()
    """Namespaces that Reloader does not look at."""


DEFAULT = Policy()
