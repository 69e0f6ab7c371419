"""Workloads that an operator makes of an object, where no annotation on what a chart renders reaches them.

Where the operator puts annotations of its object on the Pods, Reloader reads them there. They name the Secrets: `auto`
would restart for all that the operator writes itself, such as Prometheus' own configuration. The rest is told.
"""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Path
from krm_secrets.secrets.uses.reference import ANEW, KEEPS, RELOADS, Reference
from krm_secrets.secrets.uses.release import VALUES

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


class Part(NamedTuple):
    """A part of a chart's values that becomes no workload of the chart's own."""

    values: Path
    """Where it stands below the values."""
    place: Path = ()
    """Where its Pods take annotations from, below it; empty for nowhere."""
    how: str = ""
    """What a change comes to in that case."""


_POD: Path = ("podMetadata", "annotations")

PARTS: Mapping[str, tuple[Part, ...]] = {
    # The operator copies podMetadata into the template of the StatefulSet that it makes.
    "kube-prometheus-stack": (
        Part(("prometheus", "prometheusSpec"), _POD),
        Part(("alertmanager", "alertmanagerSpec"), _POD),
        Part(("thanosRuler", "thanosRulerSpec"), _POD),
    ),
    "victoria-metrics-k8s-stack": tuple(
        Part((name, "spec"), how=KEEPS)
        for name in ("vmsingle", "vmcluster", "vmagent", "vmalert", "alertmanager", "vmauth")
    ),
    # Runners live for one job; their listener is made by the controller.
    "gha-runner-scale-set": (Part(("template",), how=ANEW), Part((), how=KEEPS)),
    # Its certificates are read again when their files change (pkg/crypto/certloader).
    "cilium": (
        Part(("hubble", "tls"), how=RELOADS),
        Part(("hubble", "relay", "tls"), how=RELOADS),
        Part(("clustermesh", "apiserver", "tls"), how=RELOADS),
    ),
}
"""By the chart's name."""

OBJECT_PLACE: Path = ("spec", *_POD)
"""Where the Prometheus operator's own objects take them."""


def part_of(chart: str, path: Path) -> Part | None:
    """The part of the chart in which a place of its values is."""
    below = path[len(VALUES) :]
    return next((part for part in PARTS.get(chart, ()) if below[: len(part.values)] == part.values), None)


def place_of(part: Part) -> Path:
    """Where a part takes annotations, in a HelmRelease."""
    return (*VALUES, *part.values, *part.place)


def told(chart: str, ref: Reference) -> Reference:
    """A reference in a chart's values, with what a change comes to where nothing can be added."""
    part = part_of(chart, ref.path)
    return ref._replace(how=part.how, restart=part.how == KEEPS) if part is not None and part.how else ref
