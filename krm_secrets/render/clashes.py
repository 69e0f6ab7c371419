"""Objects and Secrets that a build would have twice, where one of the two is generated."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import Problem, clean
from krm_secrets.krm.kinds import is_secret
from krm_secrets.krm.resource import Resource, text_at
from krm_secrets.render.wiring import Placed
from krm_secrets.repository.builds import Build
from krm_secrets.stages.producers import at


class _Claim(NamedTuple):
    """Who makes an object or has a Secret for itself; `maker` is the document that it is generated from."""

    item: Resource
    maker: Resource | None


def clashes(
    objects: list[Placed],
    builds: list[Build],
    makers: Mapping[int, Resource],
    deleted: Callable[[Build, str, Resource], bool],
) -> list[tuple[Resource, Problem]]:
    """Each clash with the document that it is told of; `makers` go by the index of what they generate.

    `deleted` says whether a build takes an object of a file and deletes it again.
    """
    if not makers:
        return []
    claims: dict[tuple[int | str, ...], _Claim] = {}
    found: dict[tuple[int, int], tuple[Resource, Problem]] = {}
    inside = _builds_of(builds)
    concerned = {build for index in makers for build in inside.get(objects[index].path, (objects[index].path,))}
    for index, each in enumerate(objects):
        claim = _Claim(each.item, makers.get(index))
        for build in inside.get(each.path, (each.path,)):
            if build not in concerned or (isinstance(build, int) and deleted(builds[build], each.path, each.item)):
                continue
            for place in each.places:
                for what in _claimed(each.item):
                    other = claims.setdefault((build, place, *what), claim)
                    if other is not claim and (other.maker or claim.maker):
                        first, second = (claim, other) if claim.maker else (other, claim)
                        assert first.maker is not None
                        # Two objects of one name mostly make one Secret, too, which need not be said.
                        pair = (id(first.item.slot), id(second.item.slot))
                        found.setdefault(pair, (first.maker, _problem(first.item, second, what)))
    return list(found.values())


def _builds_of(builds: list[Build]) -> dict[str, tuple[int | str, ...]]:
    found: dict[str, tuple[int | str, ...]] = {}
    for n, build in enumerate(builds):
        for path in build.members:
            found[path] = (*found.get(path, ()), n)
    return found


def _claimed(item: Resource) -> list[tuple[str, ...]]:
    """What only one object of a build may have: the object's own name, and the Secret that it owns."""
    ref = item.ref
    group = ref.api_version.rpartition("/")[0]
    found: list[tuple[str, ...]] = [(group, ref.kind, ref.name)] if ref.name else []
    if is_secret(item):
        found.append(("owned", "Secret", ref.name))
    elif ref.kind == "ExternalSecret" and group == "external-secrets.io":
        target = at(item.node, "spec", "target")
        if at(target, "manifest") is None and (text_at(target, "creationPolicy") or "Owner") in ("Owner", "Orphan"):
            found.append(("owned", "Secret", text_at(target, "name") or ref.name))
    elif ref.kind == "Certificate" and group == "cert-manager.io":
        found.append(("owned", "Secret", text_at(at(item.node, "spec"), "secretName")))
    return found


def _problem(item: Resource, other: _Claim, what: tuple[str, ...]) -> Problem:
    source = other.maker or other.item
    where = f"{source.ref} in {clean(source.slot.source.file)}"
    path = ("secrets",) if item.kind == "ExternalSecret" else ()
    if what[0] != "owned":
        return Problem(path, f"makes {item.ref}, and so does {where}; rename or delete one of them")
    verb = "is" if is_secret(other.item) else "makes"
    return Problem(path, f'{item.ref} makes the Secret "{clean(what[2])}", which {where} {verb} too; one must go')
