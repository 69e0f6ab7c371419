"""Files that sops is to encrypt: by their names, or by a rule of `.sops.yaml` that means them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from krm_secrets._startup.patterns import pattern
from krm_secrets._startup.records import QuietTuple
from krm_secrets.check.commit.filled_in import is_filled_in, templated
from krm_secrets.check.commit.key_names import points
from krm_secrets.check.sops_rulebook import RuleBook
from krm_secrets.errors import Failure, Path, clean
from krm_secrets.externalsecrets.target import CLUSTER_KIND, KIND as EXTERNAL_SECRET
from krm_secrets.krm.files import SUFFIXES
from krm_secrets.krm.kustomization import NAMES
from krm_secrets.krm.reading import read_files
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.plain import leaves
from krm_secrets.secrets.makers import SOPS_KIND
from krm_secrets.secrets.secret import is_secret
from krm_secrets.settings.kinds import is_generator, is_ours
from krm_secrets.sops.creation import CreationRule
from krm_secrets.sops.rules import Rule, rule
from krm_secrets.yamltext.nodes import YamlError

_DATA = (*SUFFIXES, ".env", ".ini")
# What lies beside secrets and is for everybody: a rule for a whole folder does not mean it.
TEMPLATES = (
    ".tmpl",
    ".tpl",
    ".j2",
    ".jinja",
    ".jinja2",
    ".gotmpl",
    ".template",
    ".erb",
    ".md",
    ".mdx",
    ".rst",
    ".adoc",
)
_OPEN = (*TEMPLATES, ".pub", ".sh", ".py", ".example", ".sample")
_MANIFEST = re.compile(r"\.(?:ya?ml|json)(?:\.|$)")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_PROBE = "krm-secrets-probe"
# Objects that name secrets and hold none.
_NAMES_ONLY = ("Kustomization", "Component", EXTERNAL_SECRET, CLUSTER_KIND, "SecretStore", "PushSecret")
_LISTING, _API_VERSION = pattern(r"(?m)^kind: *(?:Kustomization|Component) *$"), pattern(r"(?m)^apiVersion: *\S")
_IDENTITY = ("apiVersion", "kind", "metadata", "type", "immutable")
_UNFINISHED = re.compile(r"\{\{|\{%")


BY_NAME = "its name says"


class Text(QuietTuple):
    """A file: its path, what is in it, and the objects in that where they are known."""

    file: str
    text: str
    items: Sequence[Resource] | None = None


def is_manifest(name: str) -> bool:
    """Whether the name is that of YAML or JSON, also of a copy: `secret.yaml.bak`. kustomize asks for no suffix."""
    small = name.lower()
    return name in NAMES or (_MANIFEST.search(small) is not None and not small.endswith(TEMPLATES))


def due(text: Text, book: RuleBook) -> str:
    """Who says that the file is to be encrypted, or nothing."""
    name = os.path.basename(text.file)
    if not text.text.strip():
        return ""
    config = book.config(text.file)
    found = config.first(os.path.abspath(text.file)) if config is not None else None
    rules = found is not None and found.hit is not None
    if ".sops." in name and name.lower().endswith(_DATA):
        selection = _selection(found) if found is not None and rules and not _fits_anything(found, name) else None
        return BY_NAME if _selects(text, selection, True) else ""
    if config is None or found is None or not rules or name.startswith(".") or name.lower().endswith(_OPEN):
        return ""
    if _fits_anything(found, name) or found.selector is None:
        return ""
    probe = os.path.join(os.path.dirname(os.path.abspath(text.file)), _PROBE + os.path.splitext(name)[1])
    meant = config.first(probe) is not found
    return f"{clean(config.shown)}:{found.line} says" if _selects(text, _selection(found), meant) else ""


def _fits_anything(found: CreationRule, name: str) -> bool:
    """Whether the rule is for whatever there is, and says nothing of this file."""
    probe = f"{_PROBE}/x"
    suffix = os.path.splitext(name)[1] if name.endswith(SUFFIXES) else ""
    return found.hit is not None and found.hit(probe + suffix)


def _selection(found: CreationRule) -> Rule | None:
    return rule({found.selector[0]: found.selector[1]}) if found.selector is not None else None


def _selects(text: Text, selection: Rule | None, meant: bool) -> bool:
    """Whether sops would encrypt something. What is no YAML it encrypts as a whole."""
    name = os.path.basename(text.file)
    if not is_manifest(name):
        return True
    if name in NAMES and _LISTING.search(text.text) and _API_VERSION.search(text.text):
        return False  # as each folder has one, there is no need to parse it again
    try:
        items = read_files([Source(text.text, text.file)]).items if text.items is None else text.items
    except Failure:  # a template; or broken, and then it is as it is in any case
        return _UNFINISHED.search(text.text) is None
    return any(_is_selected(path, selection) for item in items for path in _readable_leaves(item, meant))


def _is_selected(path: Path, selection: Rule | None) -> bool:
    if selection is None or selection.by_form:
        return True
    return any(selection.hit(step) for step in path if isinstance(step, str)) is selection.encrypts


def _readable_leaves(item: Resource, meant: bool) -> Iterator[Path]:
    with suppress(YamlError):
        yield from _leaves(item, meant)


def _leaves(item: Resource, meant: bool) -> Iterator[Path]:
    """Where values stand that may be secret: in what is no object of Kubernetes, in Secrets, and in other objects where
    the file itself is meant. A rule for a folder says nothing of what people do not encrypt."""
    if is_secret(item):
        for section in ("data", "stringData"):
            yield from _paths(item.data.get(section), (section,))
    elif not (item.kind and item.api_version):
        # In a folder with a rule, `!env_var API_KEY` and the like name what programs read their secrets from.
        yield from _paths(item.data, (), None if meant else _VARIABLE)
    elif item.kind not in _NAMES_ONLY and not is_ours(item) and not is_generator(item):
        for key, value in item.data.items() if meant or item.kind == SOPS_KIND else ():
            if key not in _IDENTITY:
                yield from (path for path in _paths(value, (key,)) if not points(str(path[-1])))


def _paths(value: object, path: Path, but: re.Pattern[str] | None = None) -> Iterator[Path]:
    for place, leaf in leaves(value, path):
        if leaf is not None and not isinstance(leaf, bool) and not _is_clear(str(leaf), but):
            yield place


def _is_clear(value: str, but: re.Pattern[str] | None) -> bool:
    named = but is not None and but.fullmatch(value) is not None
    return named or not value.strip() or is_filled_in(value) or templated(value) is False
