"""Generators that give another value at every call, in what is fetched again and again.

Generators of tokens and leases are meant to be called again: what they gave runs out. A password, a key or an id that
changes by itself locks out everybody who keeps the old one.
"""

from __future__ import annotations

from krm_secrets.errors import ERROR, WARNING, Problem, clean
from krm_secrets.externalsecrets.names import has_variable
from krm_secrets.plain import as_list, at
from krm_secrets.settings.config import UNLIKELY
from krm_secrets.shorthand.grammar import Secret

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


RANDOM = ("Password", "SSHKey", "UUID")
"""Kinds that draw a value at every call and keep none. `Fake` says always the same, and a `Webhook` what it likes."""
CLUSTER_GENERATOR = "ClusterGenerator"


def check_rotation(secret: Secret, spec: Mapping[str, object], known: Collection[str], problems: list[Problem]) -> None:
    """Tell of generators that would draw a new value at every refresh: an error unless the Secret says how often.

    `known` are the names of ClusterGenerators that are of such a kind.
    """
    if not secret.interval:
        return
    chosen = secret.form.refresh or "refreshInterval" in secret.form.overlay or has_variable(secret.interval)
    written = {(source.item.generator, source.item.key): source.path for source in secret.sources}
    for index, kind, name in called(spec):
        if kind not in RANDOM and (kind != CLUSTER_GENERATOR or name not in known):
            continue
        laid_over = "dataFrom" in secret.form.overlay
        path = (*secret.path, "spec", "dataFrom", index) if laid_over else written[kind, name]
        what = f"the generator {kind}/{clean(name)} gives another value at every refresh, so that what uses the Secret"
        once = "generate it once with policy: CreatedOnce"
        if chosen:
            told = f"restarts with a new one every {secret.interval}; if that is not meant, {once}"
        else:
            told = f"would restart with a new one every {secret.interval}: {once}, or write refresh here if it is meant"
        problems.append(Problem(path, f"{what} {told}", WARNING if chosen else ERROR, UNLIKELY))


def called(spec: Mapping[str, object]) -> Iterator[tuple[int, str, str]]:
    """The generators of a spec: where in `dataFrom`, kind and name."""
    for index, entry in enumerate(as_list(spec.get("dataFrom"))):
        generator = at(entry, ("sourceRef", "generatorRef"))
        if isinstance(generator, dict):
            yield index, str(generator.get("kind")), str(generator.get("name"))
