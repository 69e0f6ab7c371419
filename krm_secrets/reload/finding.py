"""What one object uses, as it stands: found once, for what is done about it and for what is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from krm_secrets.reload.policy import DEFAULT, Policy
from krm_secrets.reload.references import HELM_GROUP, elsewhere, group_of, watches, workloads
from krm_secrets.reload.workload import Reference, Workload, as_map, as_text

if TYPE_CHECKING:
    from krm_secrets.reload.catalog import Watched


class Found(NamedTuple):
    """The uses of Secrets in one object, by what they call for."""

    obj: Mapping[str, object]
    namespace: str
    """Where the object is, and with it the Secrets that it names itself."""
    workloads: tuple[Workload, ...] = ()
    values: tuple[Reference, ...] = ()
    """What the values of a release name whose chart is not made from app-template."""
    released: str = ""
    """The namespace of that release."""
    watched: tuple[Watched, ...] = ()
    """What takes effect by a label on the Secret."""

    @property
    def kind(self) -> str:
        return as_text(self.obj.get("kind"))

    @property
    def renderers(self) -> object:
        """The author's post renderers of a release."""
        return as_map(self.obj.get("spec")).get("postRenderers")

    def rest(self) -> Iterator[Reference]:
        """All other references: what reads its Secrets when it needs them."""
        known = {ref.path for ref in self.values} | {each.reference.path for each in self.watched}
        known |= {ref.path for workload in self.workloads for group in workload.references for ref in group}
        yield from (ref for ref in elsewhere(self.obj) if ref.path not in known)


def find(obj: Mapping[str, object], policy: Policy = DEFAULT) -> Found:
    """The uses in an object of any kind."""
    kind, group = as_text(obj.get("kind")), group_of(as_text(obj.get("apiVersion")))
    found = Found(obj, as_text(as_map(obj.get("metadata")).get("namespace")), tuple(workloads(obj, policy)))
    if kind == "HelmRelease" and group == HELM_GROUP and not found.workloads:
        from krm_secrets.reload import chart  # releases of app-template need none of it
        from krm_secrets.reload.release import Release

        found = found._replace(values=tuple(chart.references(obj)), released=Release.of(obj).namespace)
    if watches(kind, as_text(obj.get("apiVersion"))):
        from krm_secrets.reload.catalog import watched  # most runs have none of its kinds

        found = found._replace(watched=tuple(watched(obj, kind, group)))
    return found
