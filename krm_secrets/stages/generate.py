"""Generators to the objects that they list or describe; they themselves are consumed.

A generator reads files and decrypts in the name of whoever runs it. So only those run that he gave himself: as the
functionConfig, as a file for `krm-secrets run`, or by name in the configuration. Any other item may come from a base.

Under kpt they cannot run: it hands functions objects and no files, and would write the plaintext into the package.
"""

from __future__ import annotations

from krm_secrets._startup.system import normpath
from krm_secrets.errors import Problem, clean
from krm_secrets.krm.reading import KPT
from krm_secrets.krm.resource import Resource
from krm_secrets.settings.kinds import is_generator
from krm_secrets.stages.context import Context

TYPE_CHECKING = False


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from krm_secrets.stages.generation import Generated

_UNDER_KPT = (
    "cannot run under kpt, which would write the plaintext into the package; put the encrypted Secrets themselves into"
    " it, or build them with kustomize or `krm-secrets run`"
)
_KEPT = (
    "has nothing to generate with `decrypt: keep`, since nothing decrypts a generator's files in the cluster; list"
    " encrypted Secrets under `resources:`, or leave `decrypt: keep` out"
)
_UNNAMED = (
    "came in among the objects, where whoever writes a base can put it to read your files with your key, and does not"
    " run; if you want it to, write `generators: [{}]` into the configuration of `-c` or the functionConfig, or list"
    " its file under `generators:` of your kustomization"
)
_TWICE = "is the second generator of this name, and `generators` means one; give it another name"


def generate(items: Sequence[Resource], context: Context) -> list[Resource]:
    """The items with what their generators make; a file that a generator lists is no item beside it."""
    given = context.document if context.document is not None and is_generator(context.document) else None
    generators = [item for item in items if is_generator(item)]
    same = [item for item in generators if _is_same(item, given)]  # kustomize has it among the items, too
    own = same[0] if same else given
    generators = [item for item in generators if item not in same]
    if own is not None:
        generators.append(own)
    if not generators:
        return list(items)
    refused = _UNDER_KPT if context.host == KPT else _KEPT if context.config.decrypt == "keep" else ""
    if refused:
        for generator in generators:
            context.report(generator.result(Problem((), refused)))
        return list(items)
    from krm_secrets.stages.generation import generated  # what no other run needs

    made = [generated(generator, context) for generator in _allowed(generators, own, context)]
    listed = {file for each in made for file in each.files}
    kept = [item for item in items if not is_generator(item) and _file(item) not in listed]
    _report_twins(kept, made, context)
    return kept + [item for each in made for item in each.items]


def _is_same(item: Resource, given: Resource | None) -> bool:
    """Whether a host has the functionConfig among the items too; it may have annotated one of them."""
    if given is None or item.ref != given.ref:
        return False
    data, own = ({**each.data, "metadata": None} for each in (item, given))
    return data == own


def _allowed(generators: Iterable[Resource], own: Resource | None, context: Context) -> Iterator[Resource]:
    """The generators that whoever runs this wants to run; the others are reported."""
    named: set[str] = set()
    for generator in generators:
        name = "/".join(filter(None, (generator.ref.namespace, generator.ref.name)))
        if generator is own or generator.slot.source.file:
            yield generator
        elif name not in context.config.generators:
            context.report(generator.result(Problem((), _UNNAMED.format(clean(name)))))
        elif name in named:
            context.report(generator.result(Problem((), _TWICE)))
        else:
            named.add(name)
            yield generator


def _file(item: Resource) -> str:
    file = item.slot.source.file
    return normpath(file) if file else ""


def _report_twins(kept: Iterable[Resource], made: Iterable[Generated], context: Context) -> None:
    """Report generated objects that are there already, of which a cluster would get the last one."""
    known = {item.ref: "is in the input" for item in kept}
    for each in made:
        for item in each.items:
            if item.ref in known:
                message = f"makes {item.ref}, which {known[item.ref]} already; one must go"
                context.report(each.generator.result(Problem((), message)))
            known[item.ref] = "is generated"
