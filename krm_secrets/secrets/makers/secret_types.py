"""The type that a Secret gets from the object that makes it."""

from __future__ import annotations

from krm_secrets.krm.resource import at, text_at
from krm_secrets.secrets.makers.maker import Maker
from krm_secrets.sops.marks import is_whole

_PLACES = {
    "Secret": (),
    "SealedSecret": ("spec", "template"),
    "ExternalSecret": ("spec", "target", "template"),
}
"""Where the objects hold it."""


def type_of(maker: Maker) -> str | None:
    """The type; None where nobody can tell, since the kind is not known for it, or others may make the Secret too."""
    place = _PLACES.get(maker.item.kind)
    if place is None or not (maker.made.owned or maker.made.plain):
        return None
    found = text_at(at(maker.item.node, *place), "type") or "Opaque"
    return None if "{" in found or is_whole(found) else found
