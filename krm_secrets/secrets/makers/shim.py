"""The certificates that cert-manager makes because an annotation asks for them, as its 1.21 has it.

Several objects may name one Secret: only the first of them gets it made.
"""

from __future__ import annotations

from krm_secrets.krm.resource import Resource
from krm_secrets.plain import as_list, as_map, as_text
from krm_secrets.secrets.makers.maker import Made

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


ISSUERS = ("cert-manager.io/issuer", "cert-manager.io/cluster-issuer")
ACME = "kubernetes.io/tls-acme"
"""Asks for one of the issuer that cert-manager was told to take by default; on an Ingress alone."""
_IGNORED = "cert-manager.io/ignore-tls-listeners"
_TRUE = ("1", "t", "T", "TRUE", "true", "True")  # what Go reads as true


def of_ingress(item: Resource) -> Iterator[Made]:
    """One for each entry that has hosts and a name; none at all where two entries have one name."""
    if not _asks(item) and item.annotation(ACME) not in _TRUE:
        return
    entries = [as_map(each) for each in as_list(as_map(item.data.get("spec")).get("tls"))]
    names = [as_text(each.get("secretName")) for each in entries]
    if len(set(names)) == len(names):
        for entry, name in zip(entries, names, strict=True):
            if as_list(entry.get("hosts")):
                yield Made(name, item.namespace)


def of_gateway(item: Resource) -> Iterator[Made]:
    """One for each Secret of a listener that has a host and ends TLS; a ListenerSet has the same listeners."""
    if not _asks(item):
        return
    ignored = {each.strip() for each in item.annotation(_IGNORED).split(",")}
    for listener in map(as_map, as_list(as_map(item.data.get("spec")).get("listeners"))):
        tls = as_map(listener.get("tls"))
        ends = listener.get("protocol") in ("HTTPS", "TLS") and tls.get("mode", "Terminate") == "Terminate"
        if not ends or not listener.get("hostname") or as_text(listener.get("name")) in ignored - {""}:
            continue
        refs = [as_map(each) for each in as_list(tls.get("certificateRefs"))]
        if all(_is_own(ref, item) for ref in refs):  # else the whole listener is left out
            yield from (Made(as_text(ref.get("name")), item.namespace) for ref in refs)


def _asks(item: Resource) -> bool:
    return any(key in item.annotations for key in ISSUERS)


def _is_own(ref: object, item: Resource) -> bool:
    """Whether a reference is to a Secret of the same namespace."""
    found = as_map(ref)
    plain = found.get("group", "") in ("", "core") and found.get("kind", "Secret") in ("", "Secret")
    return plain and (found.get("namespace") or item.namespace) == item.namespace
