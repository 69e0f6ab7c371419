"""Rules on what Flux makes of a folder: variables, decryption, and functions that it does not run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from krm_secrets.check.finding import HIGH, LOW, Fix, Hit
from krm_secrets.check.flux_installed import is_strict
from krm_secrets.check.flux_paths import flux_builds
from krm_secrets.check.places import word
from krm_secrets.check.rule import rule
from krm_secrets.errors import ERROR, WARNING, Path, clean, meant
from krm_secrets.krm.resource import Resource, at, text_at
from krm_secrets.repository.substitution import DISABLED
from krm_secrets.sops.marks import BLOCK
from krm_secrets.yamltext.edits import Edit
from krm_secrets.yamltext.nodes import Mapping, Node, Scalar, Sequence, resolved

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject
    from krm_secrets.errors import Severity

_VARIABLE = re.compile(r"(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _kustomization(more: str = "", path: str = "./apps") -> str:
    return f"""# file: flux.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: apps, namespace: flux-system}}
spec:
  interval: 1h
  path: {path}
  sourceRef: {{kind: GitRepository, name: flux-system}}
{more}"""


_LISTED = "# file: apps/kustomization.yaml\nresources: [app.yaml]\n"
_VARIABLES = "  postBuild: {substitute: {DOMAIN: example.com}}\n"
_CONFIG = "# file: apps/app.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: web}\n"


@rule(
    "substitution-unset",
    severity=WARNING,
    confidence=HIGH,
    finds="A manifest of a Flux build has a variable that nobody sets.",
    why="""Flux 2.9 and later fail the whole Kustomization at a variable without value and default: an error where the
    repository says that it installs such a release. Before that the variable became an empty text. Where variables come
    from what is not in Git, nothing is said. Text that is to keep `${…}` is written `$${…}`, or its object gets
    `kustomize.toolkit.fluxcd.io/substitute: disabled`.""",
    mends="""It puts the one name of nearly the same letters in its place, or `$${…}` where the text sets the variable
    itself, as scripts do; elsewhere `$${…}` only with --fix=unsafe, since the cluster then gets another text.""",
    wrong=_kustomization(_VARIABLES) + _LISTED + _CONFIG + 'data: {url: "${DOMAN}/web"}\n',
    right=_kustomization(_VARIABLES) + _LISTED + _CONFIG + 'data: {url: "${DOMAIN}/web"}\n',
    files=True,
)
def substitution_unset(subject: Subject) -> Iterator[Hit]:
    written: dict[int, Resource] = {}  # as the files have them, without what Flux puts in
    severity: Severity | None = None
    for flux in subject.once(flux_builds):
        variables = flux.build.variables
        if variables is None or not variables.complete or not variables.values or len(flux.by) > 1:
            continue
        for built in flux.world.build.items:
            if not built.slot.source.holds("${") or _is_left_alone(built):
                continue
            written = written or {id(item.slot): item for item in subject.objects}
            item = written.get(id(built.slot), built)
            for path, text in _texts(item.node, ()):
                for match in _VARIABLE.finditer(text):
                    escaped, name = match.groups()
                    if escaped or name in variables.values:
                        continue
                    if severity is None:
                        severity = ERROR if subject.once(is_strict) else WARNING
                    other = meant(name, variables.values)
                    hint = f'; did you mean "{clean(other)}"?' if other else ""
                    hit = subject.hit(
                        item,
                        path,
                        f'nobody sets the variable "{clean(name)}", and it has no default{hint}',
                        related=[subject.related(by, ("spec", "postBuild"), "sets the variables") for by in flux.by],
                        fix=_mended(subject, item, path, match, other),
                        other=name,
                        severity=severity,
                        offset=match.start(),
                    )
                    yield hit._replace(object=built.ref)


def _mended(subject: Subject, item: Resource, path: Path, match: re.Match[str], other: str) -> Fix | None:
    """The variable that was meant, or one dollar more, so that Flux leaves it to what the text is for."""
    place = word(item, path, match.start())
    if place is None:
        return None
    start, (_, name) = place[0], match.groups()
    if other:
        return subject.fix(item, [Edit(start + 2, start + 2 + len(name), other)])
    own = re.search(_SET.format(name), match.string) is not None
    return subject.fix(item, [Edit(start, start, "$")], "safe" if own else "unsafe")


_SET = r"(?m)(?:^|[\s;(&|])(?:{0}=|for\s+{0}\s+in\b|read\b[^\n;]*\s{0}\b)"
"""Where a script sets a variable itself."""


def _is_left_alone(item: Resource) -> bool:
    labels = at(item.node, "metadata", "labels")
    return item.annotation(DISABLED) == "disabled" or text_at(labels, DISABLED) == "disabled"


def _texts(node: Node, path: Path) -> Iterator[tuple[Path, str]]:
    """All texts of an object with variables in them."""
    node = resolved(node)
    if type(node) is Scalar:
        if "${" in node.value:
            yield path, node.value
    elif type(node) is Mapping:
        for key in node.names():
            if (value := node.get(key)) is not None:
                yield from _texts(value, (*path, key))
    elif type(node) is Sequence:
        for number, each in enumerate(node.items):
            yield from _texts(each, (*path, number))


_SEALED = "ENC[AES256_GCM,data:q83v,iv:q83v,tag:q83v,type:str]"
_SECRET = f"""# file: apps/app.yaml
apiVersion: v1
kind: Secret
metadata: {{name: web, namespace: web}}
stringData: {{password: "{_SEALED}"}}
sops:
  lastmodified: "2026-01-01T00:00:00Z"
  mac: "{_SEALED}"
  encrypted_regex: ^stringData$
  version: 3.11.0
"""
_DECRYPTS = "  decryption: {provider: sops, secretRef: {name: sops-age}}\n"


@rule(
    "flux-decryption-missing",
    severity=WARNING,
    confidence=LOW,
    finds="Flux builds what sops encrypted and is not told to decrypt it.",
    why="""The API server gets ciphertext, or refuses the object. A patch from above, or the flag --sops-age-secret of
    the controller, may say it for all: where either is here, nothing is said.""",
    wrong=_kustomization() + _LISTED + _SECRET,
    right=_kustomization(_DECRYPTS) + _LISTED + _SECRET,
    pedantic=True,
    files=True,
)
def flux_decryption_missing(subject: Subject) -> Iterator[Hit]:
    files = subject.files
    if files is None:
        return
    patches = [file.text for file in files.seen.tree.files.values() if "decryption" in file.text]
    if any("patch" in text for text in patches) or any(
        "sops-age-secret" in file.text for file in files.seen.tree.files.values()
    ):
        return
    for flux in subject.once(flux_builds):
        sealed = next((item for item in flux.world.build.items if _is_sealed(item)), None)
        for by in flux.by if sealed is not None else ():
            if at(by.node, "spec", "decryption") is None and sealed is not None:
                yield subject.hit(
                    by,
                    ("spec", "path"),
                    f"builds {sealed.ref.shown()}, which sops encrypted, and decrypts nothing",
                    related=[subject.related(sealed, (BLOCK,), "was encrypted by sops")],
                    hint="add spec.decryption",
                )


def _is_sealed(item: Resource) -> bool:
    block = at(item.node, BLOCK) if item.slot.source.holds("ENC[") else None
    return type(block) is Mapping and bool(text_at(block, "mac"))


_COMMENTS = ("encrypted_comment_regex", "unencrypted_comment_regex")


@rule(
    "flux-comment-rule",
    severity=ERROR,
    confidence=HIGH,
    finds="Flux builds a file whose values sops chose by comments.",
    why="""Flux reads an object without its comments and cannot tell which values are encrypted: the MAC does not fit,
    and the Kustomization fails. Encrypt the file anew by encrypted_regex.""",
    wrong=_kustomization(_DECRYPTS) + _LISTED + _SECRET.replace("encrypted_regex: ^", "encrypted_comment_regex: ^"),
    right=_kustomization(_DECRYPTS) + _LISTED + _SECRET,
    files=True,
)
def flux_comment_rule(subject: Subject) -> Iterator[Hit]:
    for flux in subject.once(flux_builds):
        for item in filter(_is_sealed, flux.world.build.items):
            for key in _COMMENTS:
                if text_at(at(item.node, BLOCK), key):
                    yield subject.hit(
                        item,
                        (BLOCK, key),
                        "chooses values by comments, which Flux does not see",
                        related=[subject.related(by, ("spec", "path"), "builds the file") for by in flux.by],
                        key=True,
                    )


_FUNCTION = "config.kubernetes.io/function"
_TRANSFORMED = "# file: apps/kustomization.yaml\nresources: [app.yaml]\ntransformers: [run.yaml]\n"
_RUN = """# file: apps/run.yaml
apiVersion: example.com/v1
kind: Label
metadata:
  name: label
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ./label}
"""


@rule(
    "function-under-flux",
    severity=ERROR,
    confidence=HIGH,
    finds="A kustomization that Flux builds runs a function.",
    why="""Flux builds without plugins: an exec or container function fails the Kustomization. Run it before the commit
    (`krm-secrets render`), or let Flux decrypt by itself.""",
    wrong=_kustomization() + _TRANSFORMED + _RUN + _CONFIG,
    right=_kustomization() + _LISTED + _CONFIG,
    files=True,
)
def function_under_flux(subject: Subject) -> Iterator[Hit]:
    files = subject.files
    if files is None:
        return
    tree, kustomizations = files.seen.tree, files.seen.kustomizations
    items = {id(item.slot.source): item for item in subject.objects if item.slot.source.holds(_FUNCTION)}
    by_path = {path: one.source for path, one in files.seen.parsed.items()}
    for flux in subject.once(flux_builds):
        for folder in sorted(flux.build.folders):
            lists = kustomizations[folder].content.lists if folder in kustomizations else {}
            for field in ("generators", "transformers", "validators"):
                for path in (tree.find(folder, entry) for entry in lists.get(field, ())):
                    item = items.get(id(by_path.get(path)))
                    if item is not None and item.annotation(_FUNCTION):
                        yield subject.hit(
                            item,
                            ("metadata", "annotations", _FUNCTION),
                            "is a function, which Flux does not run",
                            related=[subject.related(by, ("spec", "path"), "builds the folder") for by in flux.by],
                            key=True,
                        )
