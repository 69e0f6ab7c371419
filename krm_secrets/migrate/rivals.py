"""ExternalSecrets that are not alone in a build: another object has their name, or makes their Secret."""

from __future__ import annotations

from collections.abc import Sequence

from krm_secrets.errors import Result
from krm_secrets.externalsecrets.api import KIND
from krm_secrets.migrate.found import stays
from krm_secrets.migrate.mappings import Short
from krm_secrets.repository.builds import Build
from krm_secrets.repository.survey import Survey
from krm_secrets.repository.touched import Touched
from krm_secrets.repository.worlds import worlds_of
from krm_secrets.secrets.clashes import clashes
from krm_secrets.settings.ownmarks import MAPPING_ANNOTATION


def alone(
    shorts: Sequence[Short], seen: Survey, builds: list[Build], touched: Touched
) -> tuple[list[Short], list[Result]]:
    """Those that are alone; the others stay, each with the other object, since render would refuse to make them."""
    # What mappings make may be these very ExternalSecrets, in a move that was not finished.
    written = (
        (path, item)
        for path, one in seen.parsed.items()
        for item in one.items
        if item.kind != KIND or not item.annotation(MAPPING_ANNOTATION)
    )
    worlds = worlds_of(written, builds, seen.kustomizations, touched)
    documents = {id(short.original.item.slot): short.original.item for short in shorts}
    refused: list[Result] = []
    while True:  # what stays is a rival of the next
        found = clashes(worlds, documents)
        if not found:
            break
        for item, problem in found:
            if documents.pop(id(item.slot), None) is not None:
                message = problem.message.replace(f"{item.ref} makes", "it makes", 1)
                refused.append(stays(item, message.replace(f"makes {item.ref}, and so does", "it meets", 1)))
    return [short for short in shorts if id(short.original.item.slot) in documents], refused
