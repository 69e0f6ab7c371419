"""Generators to the objects that they list or describe; they themselves are consumed.

Under kpt they cannot run: it hands functions objects and no files, and would write the plaintext into the package.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from krm_secrets.errors import Problem
from krm_secrets.krm.kinds import is_generator
from krm_secrets.krm.reading import KPT
from krm_secrets.krm.resource import Resource
from krm_secrets.stages.context import Context

if TYPE_CHECKING:
    from krm_secrets.stages.generation import Generated

_UNDER_KPT = (
    "cannot run under kpt, which would write the plaintext into the package; put the encrypted Secrets themselves into"
    " it, or build them with kustomize or `krm-secrets run`"
)
_KEPT = (
    "has nothing to generate with `decrypt: keep`, since nothing decrypts a generator's files in the cluster; list"
    " encrypted Secrets under `resources:`, or leave `decrypt: keep` out"
)


def generate(items: Sequence[Resource], context: Context) -> list[Resource]:
    """The items with what their generators make; a file that a generator lists is no item beside it."""
    generators = [item for item in items if is_generator(item)]
    given = context.document
    if given is not None and is_generator(given) and given.ref not in [item.ref for item in generators]:
        generators.append(given)
    if not generators:
        return list(items)
    refused = _UNDER_KPT if context.host == KPT else _KEPT if context.config.decrypt == "keep" else ""
    if refused:
        for generator in generators:
            context.report(generator.result(Problem((), refused)))
        return list(items)
    from krm_secrets.stages.generation import generated  # what no other run needs

    made = [generated(generator, context) for generator in generators]
    listed = {file for each in made for file in each.files}
    kept = [item for item in items if not is_generator(item) and _file(item) not in listed]
    _report_twins(kept, made, context)
    return kept + [item for each in made for item in each.items]


def _file(item: Resource) -> str:
    file = item.slot.source.file
    return posixpath.normpath(file) if file else ""


def _report_twins(kept: Iterable[Resource], made: Iterable[Generated], context: Context) -> None:
    """Report generated objects that are there already, of which a cluster would get the last one."""
    known = {item.ref: "is in the input" for item in kept}
    for each in made:
        for item in each.items:
            if item.ref in known:
                message = f"makes {item.ref}, which {known[item.ref]} already; one must go"
                context.report(each.generator.result(Problem((), message)))
            known[item.ref] = "is generated"
