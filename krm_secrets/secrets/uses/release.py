"""A Helm release as Flux names it, with its chart's identity and its values."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple, QuietTuple
from krm_secrets.errors import Path
from krm_secrets.plain import as_map, as_text
from krm_secrets.secrets.uses.reference import Reference

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


VALUES: Path = ("spec", "values")
"""Where a HelmRelease has them."""

RESTARTED = ("deployment", "statefulset", "daemonset")
"""Controllers of app-template that Reloader rolls; of `cronjob` and `job` each new Pod reads the Secret anew."""

CONTROLLERS = {"deployment": "Deployment", "statefulset": "StatefulSet", "daemonset": "DaemonSet"}
CONTROLLERS |= {"cronjob": "CronJob", "job": "Job"}
"""All of them, and what they are for Kubernetes."""

MAX_NAME = 53
"""Helm's limit; helm-controller cuts longer names and appends a hash."""

REPOSITORY = "repository"
"""In `spec.chart.spec`, beside Flux's own fields: where the chart comes from, once its source has been looked up."""


class Release(QuietTuple):
    """What templates of a HelmRelease can ask for; empty fields are unknown."""

    name: str
    namespace: str
    values: Mapping[str, object] = {}

    @classmethod
    def of(cls, obj: Mapping[str, object]) -> Release:
        """The release that Flux makes of this HelmRelease."""
        metadata, spec = as_map(obj.get("metadata")), as_map(obj.get("spec"))
        target = as_text(spec.get("targetNamespace"))
        name = as_text(spec.get("releaseName"))
        if not name and (name := as_text(metadata.get("name"))) and target:
            name = f"{target}-{name}"
        namespace = target or as_text(metadata.get("namespace"))
        return cls(_shortened(name), namespace, as_map(spec.get("values")))

    def render(self, text: str) -> str:
        """The text with the expressions filled in that are understood; other templates stay as they are."""
        if "{{" not in text:
            return text
        # What nearly all names say, without the parser for the rest.
        short = text.replace("{{ .Release.Name }}", self.name) if self.name else text
        if "{{" not in short:
            return short
        from krm_secrets.secrets.uses import helm_templates  # many runs have no such name

        return helm_templates.render(
            text, helm_templates.Scope(self.name, self.namespace, self.values, self.fullname())
        )

    def fullname(self) -> str:
        """The name that app-template gives to what it makes: the release's, unless the values say other."""
        everywhere = as_map(self.values.get("global"))
        if given := as_text(everywhere.get("fullnameOverride")):
            return "" if "{{" in given else given
        name = as_text(everywhere.get("nameOverride"))
        if "{{" in name or not self.name:
            return ""
        return self.name if name in self.name else f"{self.name}-{name}"

    def filled(self, annotations: Mapping[str, object]) -> Mapping[str, object]:
        """Annotations with their values rendered."""
        if not any(isinstance(value, str) and "{{" in value for value in annotations.values()):
            return annotations
        return {key: self.render(value) if isinstance(value, str) else value for key, value in annotations.items()}

    def named(self, references: Iterable[Reference]) -> Iterator[Reference]:
        """The references, their names rendered."""
        return (ref._replace(name=self.render(ref.name)) for ref in references)


class Chart(NamedTuple):
    """Which chart a release is made from; empty fields are unknown."""

    name: str
    version: str = ""
    repository: str = ""

    @classmethod
    def of(cls, spec: Mapping[str, object]) -> Chart:
        """By the HelmRelease itself, or by what its source says where that was looked up."""
        chart = as_map(as_map(spec.get("chart")).get("spec"))
        name = as_text(chart.get("chart")).rstrip("/").rpartition("/")[2]
        return cls(name, as_text(chart.get("version")), as_text(chart.get(REPOSITORY)))

    def is_before(self, major: int, minor: int) -> bool:
        """Whether its version is known, and an earlier one."""
        numbers = self.version.lstrip("v^~= ").split(".")[:2]
        known = [int(part) if part.isdecimal() and len(part) < 9 else None for part in numbers]
        if known[0] is None:
            return False
        return known[0] < major or (known[0] == major and known[1:] != [None] and known[1:] < [minor])


def _shortened(name: str) -> str:
    if len(name) <= MAX_NAME:
        return name
    import hashlib  # names that long are rare

    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    return f"{name[: MAX_NAME - 13]}-{digest[:12]}"
