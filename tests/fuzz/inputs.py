"""What the fuzzers begin with: the golden inputs, and encrypted objects of every form."""

from __future__ import annotations

from functools import cache

import yaml

from tests.fuzz.changes import secret_value
from tests.fuzz.nodes import Mapping, Node, Scalar, Sequence, flow, read
from tests.sops.encrypter import KEY, encrypt, encrypted_secret, stream
from tests.tools import ROOT

_SECRET = ("data", "stringData")
_LONGEST = 20_000


def with_canaries(documents: list[Node]) -> list[Node]:
    """The documents, with values in Secrets that no message may show."""
    for document in documents:
        if not isinstance(document, Mapping):
            continue
        found = {key.text: value for key, value in document.pairs if isinstance(key, Scalar)}
        kind = found.get('"kind"')
        items = found.get('"items"')
        if items is not None and not isinstance(items, (Scalar, Mapping)):
            with_canaries(items.items)
        if not isinstance(kind, Scalar) or kind.text != '"Secret"' or '"sops"' in found:
            continue
        for name in _SECRET:
            section = found.get(f'"{name}"')
            if isinstance(section, Mapping):
                section.pairs.append((Scalar('"planted"'), Scalar(secret_value(name))))
    return documents


@cache
def golden(kind: str = "") -> tuple[tuple[Node, ...], ...]:
    """The documents of each golden input that names the kind."""
    paths = [*ROOT.glob("tests/cases/*/input.yaml"), *ROOT.glob("tests/trees/*/before/**/*.yaml")]
    paths += ROOT.glob("examples/**/*.yaml")
    texts = [path.read_text() for path in sorted(paths) if path.stat().st_size < _LONGEST and path.is_file()]
    found = [with_canaries(_taken_out(documents)) for text in texts if kind in text and (documents := _readable(text))]
    return tuple(tuple(documents) for documents in found if documents)


def _taken_out(documents: list[Node]) -> list[Node]:
    """The items of a ResourceList, which the fuzzers put into one themselves."""
    for document in documents:
        found = {flow(key): value for key, value in document.pairs} if isinstance(document, Mapping) else {}
        items = found.get('"items"')
        if isinstance(items, Sequence) and flow(found.get('"kind"', items)) == '"ResourceList"':
            return items.items
    return documents


def _readable(text: str) -> list[Node]:
    try:
        return read(text)
    except yaml.YAMLError:  # some are wrong on purpose
        return []


@cache
def encrypted() -> tuple[tuple[Node, ...], ...]:
    """Encrypted objects, and lists of them."""
    plain = {"password": secret_value("a"), "token": secret_value("b")}
    one = encrypted_secret(name="one", data=None, string_data=plain)
    whole = encrypt({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "two"}, "stringData": plain})[0]
    listed = encrypt(
        {"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "three"}, "stringData": plain}]},
        encrypted_regex="^stringData$")[0]  # fmt: skip
    groups = encrypted_secret(name="four", string_data={"n": "4711"}, groups=[[KEY], [KEY]], threshold=2)
    return tuple(tuple(read(stream(*each))) for each in ([one], [whole], [listed], [groups, one]))


def resource_list(items: list[Node], config: Node | None = None) -> Node:
    """What a host hands over."""
    pairs: list[tuple[Node, Node]] = [
        (Scalar("apiVersion"), Scalar("config.kubernetes.io/v1")),
        (Scalar("kind"), Scalar("ResourceList")),
    ]
    if config is not None:
        pairs.append((Scalar("functionConfig"), config))
    return Mapping([*pairs, (Scalar("items"), Sequence(items))])
