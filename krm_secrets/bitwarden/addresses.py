"""Addresses of Bitwarden's own cloud: where a person looks at the vault is not where a program asks for secrets."""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


API, IDENTITY = "api", "identity"

_REGIONS = {"com": "us", "eu": "eu"}


def wrong(api: str, identity: str) -> Iterator[tuple[str, str]]:
    """What is wrong with the two addresses of a server: which of them, and why. Other people's servers are theirs."""
    regions = set()
    for role, url in ((API, api), (IDENTITY, identity)):
        host, path = _parts(url)
        region = _region(host)
        if not region:
            continue
        regions.add(region)
        own, other = (API, IDENTITY) if role == API else (IDENTITY, API)
        top = host.rpartition(".")[2]
        cure = f"take https://{own}.bitwarden.{top}, or leave both to region: {region}"
        if host == f"{own}.bitwarden.{top}" and not path and url.lower().startswith("https:"):
            continue
        if host == f"vault.bitwarden.{top}" and path == own and url.lower().startswith("https:"):
            continue
        if host == f"{other}.bitwarden.{top}" or path == other:
            yield role, f"is the address of the {other} service: {cure}"
        elif host.startswith("vault."):
            yield role, f"is Bitwarden's web vault, which answers no program: {cure}"
        else:
            yield role, f"is no address of Bitwarden's {own} service: {cure}"
    if len(regions) > 1:
        yield IDENTITY, "is in another region than api, and a token is known in one region only: take both from one"


def is_cloud(url: str) -> bool:
    """Whether the address is of Bitwarden's own cloud, where no `bw serve` runs."""
    return bool(_region(_parts(url)[0]))


def _region(host: str) -> str:
    rest, _, top = host.rpartition(".")
    return _REGIONS.get(top, "") if rest == "bitwarden" or rest.endswith(".bitwarden") else ""


def _parts(url: str) -> tuple[str, str]:
    """Host and path, in lower case and without slashes at the ends."""
    host, _, path = url.partition("://")[2].lower().partition("/")
    return host.partition(":")[0], path.strip("/")
