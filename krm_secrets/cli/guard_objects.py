"""What must not be applied: in one object, and in what a stream holds beside its objects; and what is no object."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.errors import ERROR, Location, Path, Problem, Result
from krm_secrets.krm.reading import Input
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.secret import is_secret
from krm_secrets.settings.kinds import is_generator, is_ours
from krm_secrets.sops.marks import BLOCK
from krm_secrets.stages import placeholder, secretform, wholefile
from krm_secrets.stages.decrypt import DECRYPTED_IN_CLUSTER, is_left_encrypted
from krm_secrets.stages.leftovers import FILE, MASK, PLACEHOLDER, Leftover, hidden, leftover, leftovers
from krm_secrets.stages.strays import OPT_OUT
from krm_secrets.yamltext.nodes import Alias, Mapping, Node, Scalar, Sequence, YamlError, resolved
from krm_secrets.yamltext.scalars import resolve

_SKIPPED = " (kustomize skips functions in silence without --enable-exec)"
_QUOTED = f"if it is there on purpose, say so by the annotation {OPT_OUT}: disabled"


def problems(item: Resource) -> Iterator[Problem]:
    """What is wrong with an object on its way to a cluster."""
    left = is_left_encrypted(item)
    encrypted = type(item.node.get(BLOCK)) is Mapping
    if encrypted and not left:
        yield Problem((BLOCK,), f"is still encrypted with sops: no function decrypted it{_SKIPPED}")
        return
    if left and item.kind in DECRYPTED_IN_CLUSTER and not encrypted:
        left = False  # its controller needs the block
    secret = is_secret(item)
    for path, found, in_key in leftovers(item.data, (), not left):
        if found.kind != MASK or (secret and path[0] in ("data", "stringData")):
            yield Problem(path, said(found, in_key))


def unfinished(item: Resource) -> str:
    """Why an object is none for a cluster at all, or nothing."""
    if is_ours(item) or is_generator(item):
        return f"was not expanded: run krm-secrets in the build, or leave the object out of it{_SKIPPED}"
    if placeholder.ANNOTATION in item.annotations:
        return "holds placeholders: it was built without keys, and is not for a cluster"
    return ""


def no_object(item: Resource) -> list[Problem]:
    """What is wrong with a document that has no kind, which is all that there is to say of it."""
    if item.kind:
        return []
    form = wholefile.of_document(item)
    if form is not None:
        return [Problem((), wholefile.told(form))]
    return [Problem((), "has no kind, so that it is no Kubernetes object: leave it out of what is applied")]


def of_form(item: Resource) -> Iterator[Problem]:
    """The problems of one object; YamlError when it cannot be read."""
    if is_secret(item):
        found = secretform.held(item)
        yield from found.problems
        yield from map(secretform.by_flux, found.typed)


def said(found: Leftover, in_key: bool = False) -> str:
    """What is wrong with a value, or with a key that has something in it."""
    has = "has a name that holds" if in_key else "holds"
    if found.kind == MASK:
        return "is masked by flux build, whose output is for reading and not for a cluster"
    if found.kind == PLACEHOLDER:
        is_or_has = "is a placeholder" if found.whole and not in_key else f"{has} a placeholder"
        return f"{is_or_has}: it was built without keys"
    if found.kind == FILE:
        return "holds a file that is still encrypted with sops"
    if found.whole and not in_key:
        return "is still ciphertext: no function decrypted it"
    return f"{has} ciphertext, which no function decrypted; {_QUOTED}"


def around(given: Input) -> Iterator[Result]:
    """What a stream holds beside its objects: documents and items that are no mappings, and what is around a list."""
    inside = {id(item.node) for item in given.items}
    for source in given.sources:
        for document in source.documents:
            walk = _Walk(inside)
            walk.node(document.root, ())
            for node, path, message in walk.found:
                yield Result(ERROR, message, Location(path=hidden(path), line=source.line_of(node.start)))


class _Walk:
    """All scalars outside of the objects, each once, however many aliases name it."""

    __slots__ = ("found", "seen")

    def __init__(self, inside: set[int]) -> None:
        self.seen = inside
        self.found: list[tuple[Node, Path, str]] = []

    def node(self, node: Node, path: Path) -> None:
        if type(node) is Alias or id(node) in self.seen:
            return
        if type(node) is Mapping:
            for key, below in node.pairs():
                self.node(below, (*path, self.key(resolved(key), path)))
        elif type(node) is Sequence:
            for n, item in enumerate(node.items):
                self.node(item, (*path, n))
        elif type(node) is Scalar:
            found = leftover(_value(node))
            if found is not None and found.kind != MASK:
                self.found.append((node, path, said(found)))

    def key(self, key: Node, path: Path) -> str:
        """Look at a key; returns how a path may name it."""
        if type(key) is not Scalar:
            self.node(key, (*path, ""))
            return ""
        found = leftover(key.value)
        if found is None or found.kind == MASK:
            return key.value
        self.found.append((key, (*path, key.value), said(found, True)))
        return key.value


def _value(scalar: Scalar) -> str | bytes:
    try:
        value = resolve(scalar)
    except YamlError:  # what does not fit its tag, which whoever reads it refuses
        return scalar.value
    return value if isinstance(value, bytes) else scalar.value
