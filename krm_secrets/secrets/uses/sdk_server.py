"""Bitwarden's SDK server in a release of External Secrets' own chart.

It loads its certificate when it starts, so that after a renewal nothing works until somebody restarts it. The chart
names the Secret by default, and since the server's chart 0.5.1 takes annotations for its Deployment.
"""

from __future__ import annotations

from krm_secrets.errors import Path
from krm_secrets.plain import as_map, as_text
from krm_secrets.secrets.uses.reference import Reference
from krm_secrets.secrets.uses.release import VALUES, Chart

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


_CHART, _PART = "external-secrets", "bitwarden-sdk-server"
_DEFAULT = "bitwarden-tls-certs"
_BASE: Path = (*VALUES, _PART)


def reference(spec: Mapping[str, object]) -> Reference | None:
    """The Secret with the server's certificate; None where the release has no server."""
    server = _server(spec)
    tls = as_map(as_map(server.get("image")).get("tls"))
    if server.get("enabled") is not True or tls.get("enabled") is False:
        return None
    return Reference(as_text(tls.get("secretName")) or _DEFAULT, (*_BASE, "image", "tls", "secretName"))


def place(spec: Mapping[str, object]) -> Path | None:
    """Where the server's Deployment takes annotations; None without a server, or where the chart is too old for it."""
    # External Secrets 0.20 is the first with a server's chart of 0.5.1.
    if reference(spec) is None or Chart.of(spec).is_before(0, 20):
        return None
    return (*_BASE, "deploymentAnnotations")


def namespace(spec: Mapping[str, object]) -> str:
    """Where the server is, if the values put it elsewhere than the release."""
    return as_text(_server(spec).get("namespaceOverride"))


def _server(spec: Mapping[str, object]) -> Mapping[str, object]:
    if Chart.of(spec).name != _CHART and as_text(as_map(spec.get("chartRef")).get("name")) != _CHART:
        return {}
    return as_map(as_map(spec.get("values")).get(_PART))
