"""The wanted items, opened: each one's values in place, and all MACs verified."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import INFO, Path, Result, some
from krm_secrets.krm.reading import inside, is_list
from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.secret import hides_its_kind, is_secret
from krm_secrets.sops.document import Opened, check_document, open_document
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import BLOCK, LEAST, START, file_in
from krm_secrets.sops.metadata import Metadata, parse
from krm_secrets.stages import plaintext, verification
from krm_secrets.stages.context import Context
from krm_secrets.stages.filevalues import files_in
from krm_secrets.yamltext.load import load
from krm_secrets.yamltext.nodes import Mapping, YamlError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Done(NamedTuple):
    """The items decrypted, or with placeholders, by the identity of their slots; `secrets` are the Secrets among them,
    as they came in."""

    items: dict[int, list[Resource]]
    secrets: list[Resource]


def open_all(wanted: Iterable[Resource], context: Context) -> Done:
    """Open the items; mistakes are reported."""
    done: dict[int, list[Resource]] = {}
    secrets: list[Resource] = []
    opened: list[verification.Member] = []
    decrypted: list[Resource] = []
    for item in wanted:
        try:
            encrypted = BLOCK in item.node.entries()
            files = list(files_in(item)) if not encrypted and context.config.decrypt == "placeholder" else []
            if context.config.decrypt == "placeholder" and (encrypted or files):
                if encrypted:
                    check_document(item.node, _metadata(item), *_hosts_places(item))
                for held in files:
                    from krm_secrets.stages import embedded  # the stores, which only whole files need

                    embedded.check(held)
                done[id(item.slot)] = _with_placeholders(item, context)
                secrets += _secrets(item, is_secret(item))
                continue
            if not encrypted:
                from krm_secrets.stages import embedded  # the stores, which only whole files need

                done[id(item.slot)] = [embedded.plain(item, context)]
                secrets += [item] if is_secret(item) else []
                decrypted.append(item)
                continue
            document = open_item(item, context)
            if is_list(item):
                from krm_secrets.stages import lists  # few files hold one

                done[id(item.slot)] = lists.opened(item, document, context)
            else:
                whole = _with_files(document, context)
                done[id(item.slot)] = [plaintext.plain(item, whole, context.encodes(item))]
            opened.append((item, verification.of(document)))
            secrets += _secrets(item, plaintext.is_secret(document))
            decrypted.append(item)
        except SopsError as error:
            context.report(item.result(error.problem))
        except YamlError as error:
            context.report(item.unreadable(error).results[0])
    verification.verify(opened, context)
    shown = [item for item in decrypted if item.kind in context.config.decrypt_kinds]
    if shown:
        context.report(Result(INFO, _shown(shown)))
    return Done(done, secrets)


def _shown(items: list[Resource]) -> str:
    named = some([item.ref for item in items], 1)
    return f"decrypted, as decryptKinds says: {named}; whoever may read objects of these kinds sees their values"


def _with_placeholders(item: Resource, context: Context) -> list[Resource]:
    if is_list(item):
        from krm_secrets.stages import lists  # few files hold one

        return lists.with_placeholders(item, context)
    from krm_secrets.stages import placeholder  # builds without keys

    return [placeholder.placeholder(item, context.encodes(item))]


def _secrets(item: Resource, is_one: bool) -> list[Resource]:
    """The Secrets in an item, as they came in."""
    if is_list(item):
        return [each for _, each in inside(item) if is_secret(each)]
    return [item] if is_one else []


def _metadata(item: Resource) -> Metadata:
    block = item.node.get(BLOCK)
    if type(block) is not Mapping:
        raise SopsError("must be the mapping that sops writes", (BLOCK,))
    return parse(load(block))


def _hosts_places(item: Resource) -> tuple[Callable[[Path], bool], ...]:
    """Where a host writes on its own, and where it copies values to; nowhere in a file that we read ourselves."""
    return () if item.slot.source.file else (_is_hosts_place, verification.is_added)


def open_item(item: Resource, context: Context) -> Opened:
    """An object's values, each authenticated at its place; SopsError where no key opens it."""
    metadata = _metadata(item)
    document = open_document(item.node, metadata, context.unlock(metadata), *_hosts_places(item))
    if hides_its_kind(item) and not item.listed and not is_list(item):
        head = {leaf.path[0]: value for leaf, value in document.values if len(leaf.path) == 1}
        kind = head.get("kind")
        if (kind, head.get("apiVersion")) != ("Secret", "v1") and kind not in context.config.decrypt_kinds:
            raise SopsError("decrypts to another kind than Secret, which decryptKinds does not name", ("kind",))
    return document


def _with_files(document: Opened, context: Context) -> Opened:
    for leaf, value in document.values:
        encoded = leaf.path[0] in ("data", "binaryData")
        if type(value) is str and len(value) >= LEAST and (START in value or (encoded and file_in(value, True))):
            from krm_secrets.stages import embedded  # the stores, which only whole files need

            return embedded.with_files(document, context)
    return document


def _is_hosts_place(path: Path) -> bool:
    """Hosts add annotations, labels and the namespace of the overlay as plain text, whatever the file's rule says."""
    return path[0] == "metadata"
