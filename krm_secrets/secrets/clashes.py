"""Objects and Secrets that a build would have twice, where one of the two is generated."""

from __future__ import annotations

from krm_secrets.errors import WARNING, Problem, clean
from krm_secrets.externalsecrets.target import KIND
from krm_secrets.krm.resource import Resource, group_of
from krm_secrets.secrets.secret import is_secret
from krm_secrets.secrets.world import World
from krm_secrets.settings.kinds import SECRET_MAPPING

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_MERGE = ", or `creationPolicy: Merge` lets it add its keys to that"


def clashes(worlds: Iterable[World], documents: Mapping[int, Resource]) -> list[tuple[Resource, Problem]]:
    """Each clash with the document that it is told of; these go by the slots of what they generate."""
    found: dict[tuple[int, int], tuple[Resource, Problem]] = {}
    for world in worlds if documents else ():
        for one, other, secret in (*_twice(world), *world.contested()):
            first, second = (one, other) if id(one.slot) in documents else (other, one)
            pair = (id(first.slot), id(second.slot))
            # Two objects of one name mostly make one Secret, too, which need not be said.
            if pair[0] in documents and pair not in found:
                document = documents[pair[0]]
                found[pair] = (document, _problem(first, second, secret, document, documents.get(pair[1])))
    return list(found.values())


def contest(first: Resource, second: Resource, name: str) -> Problem:
    """What to say of the second of two objects by hand that make one Secret, which nobody refuses."""
    verb = "is" if is_secret(first) else "makes"
    cure = _MERGE if second.kind == KIND else ""
    message = f'makes the Secret "{clean(name)}" for itself, which {first.ref} {verb} too; one must go{cure}'
    return Problem((), message, WARNING, "secret-made-twice")


def _twice(world: World) -> Iterable[tuple[Resource, Resource, str]]:
    """Objects of one kind and name."""
    seen: dict[tuple[str, str, str, str], Resource] = {}
    doubtful = world.build.doubtful
    for item in (item for item in world.build.items if id(item.slot) not in doubtful):
        identity = (group_of(item.api_version), item.kind, item.namespace, item.name)
        other = seen.setdefault(identity, item) if item.name else item
        if other.slot is not item.slot:
            yield item, other, ""


def _problem(first: Resource, second: Resource, secret: str, document: Resource, other: Resource | None) -> Problem:
    source = other or second
    where = f"{source.ref} in {clean(source.slot.source.file)}"
    ours = document.kind == SECRET_MAPPING
    path = ("secrets",) if ours else ()
    if not secret:
        return Problem(path, f"makes {first.ref}, and so does {where}; rename or delete one of them")
    verb = "is" if is_secret(second) else "makes"
    cure = ", or `policy: Merge` lets the mapping add its keys to it" if ours and is_secret(second) else ""
    cure = _MERGE if document.kind == KIND else cure
    return Problem(path, f'{first.ref} makes the Secret "{clean(secret)}", which {where} {verb} too; one must go{cure}')
