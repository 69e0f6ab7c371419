"""The names of the Secrets that SopsSecrets make, where their file's rule encrypts them too and a key is at hand."""

from __future__ import annotations

from krm_secrets.krm.resource import Resource, at, text_at
from krm_secrets.secrets.makers import SOPS_KIND
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import is_whole
from krm_secrets.stages.context import Context
from krm_secrets.yamltext.nodes import Sequence, YamlError, resolved

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable


PLACE = ("spec", "secretTemplates")


def opened(items: Iterable[Resource], context: Context) -> dict[int, Resource]:
    """In place of each such SopsSecret, by its slot, one that holds nothing but these names."""
    return {
        id(item.slot): Resource.new(found)
        for item in items
        if item.kind == SOPS_KIND and _hides_names(item) and (found := _names(item, context)) is not None
    }


def _hides_names(item: Resource) -> bool:
    templates = at(item.node, *PLACE)
    listed = templates.items if type(templates) is Sequence else ()
    return any(is_whole(text_at(resolved(each), "name")) for each in listed)


def _names(item: Resource, context: Context) -> dict[str, object] | None:
    if context.config.decrypt != "sops":
        return None
    from krm_secrets.stages.opening import open_item  # cryptography and its friends

    try:
        document = open_item(item, context)
    except (SopsError, YamlError):
        return None  # its operator may have a key that is not here
    values = [(leaf.path, value) for leaf, value in document.values]
    names = [{"name": value} for path, value in values if path[:2] == PLACE and path[3:] == ("name",)]
    ref = item.ref
    return {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name, **({"namespace": item.namespace} if item.namespace else {})},
        "spec": {"secretTemplates": names},
    }
