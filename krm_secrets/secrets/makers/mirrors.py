"""Copies of Secrets in other namespaces, which emberstack's reflector and mittwald's replicator make and keep up.

Read in reflector 10.0, src/ES.Kubernetes.Reflector/Mirroring/Core, and replicator 2.12, README.md and replicate/common.
"""

from __future__ import annotations

from krm_secrets.secrets.makers.labels import annotation_of
from krm_secrets.secrets.makers.maker import Made, Maker

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


REFLECTOR, REPLICATOR = "reflector.v1.k8s.emberstack.com/", "replicator.v1.mittwald.de/"
_EVERYWHERE = ".*"
_MIRRORS = (f"{REFLECTOR}reflects", f"{REPLICATOR}replicate-from")
"""On a copy that somebody wrote down: what it is filled from."""


def is_mirror(maker: Maker) -> bool:
    """Whether the Secret is filled with what another one holds."""
    return any(annotation_of(maker, key) for key in _MIRRORS)


def with_copies(makers: list[Maker]) -> list[Maker]:
    """The makers of Secrets and of their copies; one that is itself a copy changes with what it is filled from."""
    found = [each._replace(made=each.made._replace(plain=False)) if is_mirror(each) else each for each in makers]
    return found + [maker._replace(made=made) for maker in makers for made in _copies(maker)]


def _copies(maker: Maker) -> Iterator[Made]:
    made = maker.made
    allowed, auto = (
        annotation_of(maker, f"{REFLECTOR}{word}").strip().lower()
        for word in ("reflection-allowed", "reflection-auto-enabled")
    )
    if allowed == auto == "true":
        lists = (_listed(maker, f"{REFLECTOR}reflection-{word}-namespaces") for word in ("allowed", "auto"))
        yield made._replace(owned=False, copied=tuple(each for each in lists if each) or (_EVERYWHERE,))
    if pushed := annotation_of(maker, f"{REPLICATOR}replicate-to"):
        yield made._replace(owned=False, copied=(pushed,))
    if annotation_of(maker, f"{REPLICATOR}replicate-to-matching"):
        # Which namespaces have the labels stands nowhere here.
        yield made._replace(owned=False, copied=(_EVERYWHERE,))


def _listed(maker: Maker, key: str) -> str:
    """The namespaces that an annotation lists; "" where others have labels that another one asks for."""
    return "" if annotation_of(maker, f"{key}-selector") else annotation_of(maker, key)
