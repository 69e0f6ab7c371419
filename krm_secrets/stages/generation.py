"""What one generator makes: the objects in the files that it lists, and those that it builds."""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets._startup.system import dirname, join, normpath
from krm_secrets.errors import ERROR, Failure, Location, Problem, Result, clean
from krm_secrets.krm.resource import Resource, Slot, Source
from krm_secrets.settings.kinds import is_ksops
from krm_secrets.sops.marks import BLOCK
from krm_secrets.stages.context import Context
from krm_secrets.stages.generator.form import NOT_ENCRYPTED, FileRef, ObjectForm, read_generator, read_ksops
from krm_secrets.yamltext.encoding import decode
from krm_secrets.yamltext.nodes import Document, Mapping, Scalar, YamlError, describe
from krm_secrets.yamltext.scalars import resolve

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator


_KEY_SHOWN = "would show a private key of age or SSH in a ConfigMap: make it a Secret"


class Generated(NamedTuple):
    """The items that a generator makes, and the files that it lists, as the shell would name them."""

    generator: Resource
    items: tuple[Resource, ...]
    files: frozenset[str]


def generated(generator: Resource, context: Context) -> Generated:
    """Read and build all that a generator says; mistakes are reported."""
    return _Generation(generator, context).run()


class _Generation:
    __slots__ = ("context", "files", "folder", "generator", "problems")

    def __init__(self, generator: Resource, context: Context) -> None:
        self.generator = generator
        self.folder = dirname(generator.slot.source.file)
        self.context = context
        self.problems: list[Problem] = []
        self.files: set[str] = set()

    def run(self) -> Generated:
        items: list[Resource] = []
        try:
            read = read_ksops if is_ksops(self.generator) else read_generator
            form = read(self.generator.data, self.problems)
            if not self.problems:
                for ref in form.files:
                    items += self.manifests(ref)
                file = self.generator.slot.source.file
                items += [Resource.new(data, file) for data in map(self.built, form.objects)]
        except YamlError as error:
            self.context.report(self.generator.unreadable(error).results[0])
        self.context.note(self.generator, *self.problems)
        return Generated(self.generator, tuple(items), frozenset(self.files))

    def read(self, ref: FileRef) -> bytes:
        """The bytes of a file; Failure says why they cannot be had."""
        self.files.add(self.name(ref))
        return self.context.listed(ref.path, self.generator.slot.source.file)

    def name(self, ref: FileRef) -> str:
        return normpath(join(self.folder, ref.path))

    def wrong(self, ref: FileRef, message: str) -> None:
        self.problems.append(Problem(ref.at, clean(ref.path) + message))

    def manifests(self, ref: FileRef) -> list[Resource]:
        """The objects of a file, still encrypted: the next stage decrypts them where they stand."""
        try:
            data = self.read(ref)
        except Failure as error:
            self.wrong(ref, f" {error.results[0].message}")
            return []
        name = self.name(ref)
        try:
            source = Source(_without_tabs(decode(data).text), name)
            source.made_of = self.generator.slot.source.file
        except Failure as error:
            for result in error.in_file(name).results:
                self.context.report(result)
            return []
        try:
            items = list(self.resources(source, ref))
        except YamlError as error:
            self.context.report(Result(ERROR, describe(error, source.text), Location(file=name)))
            return []
        if not items and not self.problems:
            self.wrong(ref, " holds no Kubernetes object")
        return items

    def resources(self, source: Source, ref: FileRef) -> Iterator[Resource]:
        for number, document in enumerate(source.documents, 1):
            root = document.root
            if _is_empty(document):
                continue
            resource = Resource(Slot(source, document), root, made=True) if type(root) is Mapping else None
            which = f": document {number} of it" if len(source.documents) > 1 else ""
            if resource is None or not (resource.kind and resource.api_version):
                self.wrong(ref, f"{which} is no Kubernetes object: it has no apiVersion and kind")
            elif BLOCK not in resource.node.entries() and not ref.plain:
                self.wrong(ref, f"{which} {NOT_ENCRYPTED}")
            else:
                yield resource

    def built(self, form: ObjectForm) -> dict[str, object]:
        """The Secret or ConfigMap of a form."""
        from krm_secrets.age.privatekeys import holds_private_key
        from krm_secrets.stages.contents import Contents  # the stores, which whole manifests do not need
        from krm_secrets.stages.generator import objects

        contents = Contents(self.context, self.read, self.problems, is_ksops(self.generator))
        values = list(contents.values(form))
        if form.kind == "ConfigMap" and any(holds_private_key(content) for _, content, _ in values):
            self.problems.append(Problem(form.at, _KEY_SHOWN))
        if contents.placeholders:
            from krm_secrets.stages import placeholder  # builds without keys

            form = form._replace(annotations={**form.annotations, placeholder.ANNOTATION: "true"})
        if not self.context.for_kustomize:
            kept = {key: value for key, value in form.annotations.items() if key not in objects.FOR_KUSTOMIZE}
            form = form._replace(annotations=kept, needs_hash=False, behavior="")
        return objects.build(form, values, self.problems)


def _is_empty(document: Document) -> bool:
    """Whether nothing stands between two `---` but comments, which sops gives its block too."""
    root = document.root
    if type(root) is Mapping:
        return set(root.entries()) <= {BLOCK}
    return type(root) is Scalar and resolve(root) is None


def _without_tabs(text: str) -> str:
    """JSON as sops indents it, with tabs, for a YAML parser; a tab inside of a JSON string would be an escape."""
    if "\t" not in text or not text.lstrip().startswith("{"):
        return text
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text.replace("\t", "  ")
