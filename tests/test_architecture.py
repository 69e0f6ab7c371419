"""Imports point one way: who may know whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from krm_secrets.__main__ import _NAMES as QUICK
from krm_secrets.secrets.makers.table import TABLE, signs

PACKAGE = Path(__file__).resolve().parents[1] / "krm_secrets"

ROOMS = (
    "__main__", "cli", "library", "migrate", "render", "shell", "configuration", "keys", "terminal", "excerpt",
    "function", "graph", "check", "stages", "repository", "secrets", "shorthand", "bitwarden", "settings",
    "externalsecrets", "krm", "sops", "age", "yamltext", "shape", "plain", "base64layers", "home", "errors",
    "_startup",
)  # fmt: skip
"""From the street down: each may ask those below it. docs/explanation/architecture.md draws them in fewer steps."""


def imported(path: Path) -> set[str]:
    """The modules of the package that a module imports, at its top or inside a function, as paths without suffix."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    unreal = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in unreal:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
        elif isinstance(node, ast.Import) and id(node) not in unreal:
            found |= {alias.name for alias in node.names}
    return (found & NAMES.keys()) - {name_of(path)}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def room(name: str) -> str:
    return name.split(".")[1]


MODULES = sorted(PACKAGE.rglob("*.py"))
NAMES = {name_of(path): path for path in MODULES}
IMPORTS = {name: imported(path) - {"krm_secrets"} for name, path in NAMES.items()}


def test_there_are_modules() -> None:
    assert len(MODULES) > 100
    assert sum(map(len, IMPORTS.values())) > 500


def test_imports_point_down() -> None:
    arrows = [(name, other) for name, others in IMPORTS.items() for other in others if room(name) != room(other)]
    assert [arrow for arrow in sorted(arrows) if ROOMS.index(room(arrow[0])) > ROOMS.index(room(arrow[1]))] == []


def test_no_modules_stand_in_a_circle() -> None:
    """Take away what knows nobody else, again and again; what is left knows itself."""
    left = {name: set(others) for name, others in IMPORTS.items()}
    while free := {name for name, others in left.items() if not others}:
        left = {name: others - free for name, others in left.items() if name not in free}
    # Those that only lead to a circle know nobody in it that knows them.
    while last := left.keys() - set().union(*left.values()):
        left = {name: others for name, others in left.items() if name not in last}
    assert sorted(left) == []


MAKERS_TOO = {"Secret", "HelmRelease", "Cluster", "Ingress", "Gateway", "Deployment", "Service", "ServiceAccount"}
MAKERS_TOO |= {"Kustomization", "Component", "SopsGenerator", "ksops"}
"""Kinds that are asked for as users, too."""

WRITTEN = {
    "externalsecrets/target.py": {"ClusterExternalSecret", "ExternalSecret"},
    "externalsecrets/words.py": {"VaultDynamicSecret"},
    "settings/ownmarks.py": {"Certificate"},
}
"""Kinds that we write ourselves, and one that is also a generator of External Secrets."""


def test_who_makes_secrets_stands_in_one_place() -> None:
    found = {}
    for path in MODULES:
        where = path.relative_to(PACKAGE)
        if where.parts[:2] in (("secrets", "makers"), ("secrets", "uses")):  # uses: the fields of the same kinds
            continue
        texts = {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        if kinds := texts & TABLE.keys() - MAKERS_TOO:
            found[str(where)] = kinds
    assert found == WRITTEN


def test_the_quick_list_names_every_maker() -> None:
    names = [name.decode() for name in QUICK]
    assert [sign for sign in signs() if not any(name in sign for name in names)] == []
    ours = ("SecretMapping", "BitwardenStore", "SopsGenerator", "SecretsConfig")
    others = (*ours, "sops", "krm-secret", "**SOPS**", "KipTT1BTKi", "eyJtYXNrIjoiKipTT1BTKi")
    assert [name for name in names if name not in others and not any(name in sign for sign in signs())] == []


def test_records_are_those_of_the_package() -> None:
    """Those of `typing` compile their annotations at each start."""
    assert [str(p) for p in MODULES if p.stem != "records" and "typing.NamedTuple" in _imports(p)] == []


def _imports(path: Path) -> set[str]:
    """What a module imports by name from elsewhere."""
    nodes = (n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.ImportFrom))
    return {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}


def test_only_one_module_imports_pyyaml() -> None:
    users = [str(p.relative_to(PACKAGE)) for p in MODULES if "\nimport yaml" in p.read_text(encoding="utf-8")]
    assert users == ["yamltext/events.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_module_grows_beyond_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 320


def test_no_two_modules_of_a_part_share_a_name_with_another_part() -> None:
    names = [
        p.stem for p in MODULES if p.stem not in ("__init__", "__main__") and p.parent.name not in ("stages", "cli")
    ]
    shared = {name for name in names if names.count(name) > 1}
    assert shared <= {"errors"}


HOLDERS = (
    "AgeFile", "AgeKey", "Branch", "Built", "Change", "Comment", "Committed", "Covered", "Decrypted",
    "Edit", "Encoded", "Entry", "Fetch", "FileEdit", "FileValue", "Fixable", "Found", "GeneratorForm",
    "Mapped", "Metadata", "Migration", "Notes", "ObjectForm", "Opened", "Original", "Output", "Part",
    "QuietTuple", "Reading", "Release", "Scope", "Sealed", "Short", "Stanza", "Target", "Text", "Token",
    "Value", "Variables", "Write", "_Chart", "_Move", "_There",
)  # fmt: skip


def test_what_holds_values_or_text_does_not_show_them() -> None:
    """A record prints all of itself, and pytest, debuggers and loggers print records."""
    quiet = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and (_is_quiet(node) or "QuietTuple" in map(ast.unparse, node.bases)):
                quiet.add(node.name)
    assert quiet == set(HOLDERS)


def _is_quiet(node: ast.ClassDef) -> bool:
    return any("return f'<{type(self).__name__}>'" in ast.unparse(line) for line in node.body)
