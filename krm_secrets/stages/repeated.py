"""Keys that stand twice: an error in what we act on, and no hindrance to what only passes through.

An object of ours is a Secret, one of our group, one that sops encrypted, and every one that a stage would change. Any
other passes as it came, with a warning: Helm installs such charts, and the API server takes the last value.
"""

from __future__ import annotations

from krm_secrets.errors import WARNING, Result
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.secret import is_secret
from krm_secrets.settings.kinds import SECRETS_CONFIG, is_generator, is_ours
from krm_secrets.sops.marks import BLOCK
from krm_secrets.yamltext.nodes import DuplicateKey, Mapping, YamlError, resolved

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


_WHAT_IT_IS = ("apiVersion", "kind", BLOCK)


def parted(items: Sequence[Resource]) -> tuple[Sequence[Resource], list[Result]]:
    """The items as the stages are to read them, without those of ours that are wrong; and what is wrong with those."""
    if not any(item.slot.document.repeats for item in items):
        return items, []
    readable: list[Resource] = []
    results: list[Result] = []
    for item in items:
        read = item.latest()
        if read.repeated and concerns_us(read):
            results += errors(read)
            continue
        try:
            _ = read.data
        except YamlError as error:  # a key that is a list or a mapping: no reader of Kubernetes takes it
            results += read.unreadable(error).results
        else:
            readable.append(read)
    return readable, results


def settled(before: Iterable[Resource], after: Iterable[Resource]) -> Iterator[Result]:
    """What is to be said of the others, once the stages are through with them."""
    there = {id(item.slot): item for item in after}
    for item in before:
        if not item.repeated:
            continue
        passed = there.get(id(item.slot))
        if passed is None or len(passed.edits) > len(item.edits):
            yield from errors(item)
        else:
            yield warning(item)


def errors(item: Resource) -> Iterator[Result]:
    """An error for each key."""
    for key in item.repeated:
        yield from item.unreadable(key).results


def warning(item: Resource) -> Result:
    """That an object passes as it came."""
    first, *others = item.repeated
    (result,) = item.unreadable(first).results
    more = f", and {len(others)} more keys do" if len(others) > 1 else ", and one more key does" if others else ""
    message = f"{result.message.partition('; ')[0]}{more}; the object is passed on as it came: readers take the last"
    return result._replace(severity=WARNING, message=f"{message} one, or refuse it")


def kustomize_takes(item: Resource, key: DuplicateKey) -> bool:
    """Whether kustomize takes a key that stands twice, which it does for an object's annotations alone.

    It reads and writes these by itself before it looks for such keys, so that the entries of both come out (5.8, run).
    """
    metadata = item.node.get("metadata")
    annotations = metadata.get("annotations") if type(metadata) is Mapping else None
    keys = list(metadata.children[::2]) if type(metadata) is Mapping else []
    of_annotations = [each for each in keys if getattr(resolved(each), "value", "") == "annotations"]
    if type(annotations) is Mapping:
        of_annotations += annotations.children[::2]
    return any(each.start in key.starts for each in of_annotations)


def concerns_us(item: Resource) -> bool:
    """Whether the object is one of ours, whatever becomes of it."""
    if is_ours(item, SECRETS_CONFIG):  # whose reader says so
        return False
    own = {key.start for key in item.node.children[::2]}
    if any(key.key in _WHAT_IT_IS and key.starts[-1] in own for key in item.repeated):
        return True  # others may take it for something else
    return is_secret(item) or is_ours(item) or is_generator(item) or BLOCK in item.node.entries()
