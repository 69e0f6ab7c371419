"""What builds give to the objects that they take, on the way from a file to the API server: namespaces, names, labels
and annotations."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.krm.kustomization import Kustomization, Pairs

MAX_NAME = 253
"""No name is longer, so that kustomizations which list each other in a circle come to an end."""


class Way(NamedTuple):
    """All that is given to an object; "" and nothing where the builds on the way give none."""

    namespace: str = ""
    prefix: str = ""
    suffix: str = ""
    labels: Pairs = ()
    annotations: Pairs = ()
    default: str = ""
    """The namespace of an object that would have none otherwise."""

    def into(self, one: Kustomization) -> Way:
        """The way of what a kustomization takes, when this is that of the kustomization: the outer one has its way."""
        return self._replace(
            namespace=self.namespace or one.namespace,
            prefix=(self.prefix + one.prefix)[:MAX_NAME],
            suffix=(one.suffix + self.suffix)[:MAX_NAME],
            labels=merged(one.labels, self.labels),
            annotations=merged(one.annotations, self.annotations),
        )


def merged(inner: Pairs, outer: Pairs) -> Pairs:
    """Labels or annotations with those that are given later."""
    return tuple(sorted({**dict(inner), **dict(outer)}.items())) if inner or outer else ()
