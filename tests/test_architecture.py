"""Imports point one way: who may know whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "krm_secrets"

# Each part of the package with the parts that it may import.
MAY_IMPORT = {
    "__init__": set[str](),
    "__main__": {"cli", "shell"},
    "_startup": set[str](),
    "age": {"errors", "sops"},
    "bitwarden": {"errors", "externalsecrets", "settings", "shape", "shorthand"},
    "cli": {
        "age",
        "configuration",
        "errors",
        "function",
        "keys",
        "krm",
        "migrate",
        "render",
        "repository",
        "secrets",
        "settings",
        "shell",
        "sops",
        "stages",
        "yamltext",
    },
    "configuration": {"errors", "krm", "settings", "yamltext"},
    "errors": set[str](),
    "externalsecrets": {"errors", "shape", "shorthand"},
    "function": {"krm", "stages"},
    "keys": {"sops", "terminal"},
    "krm": {"errors", "yamltext"},
    "migrate": {
        "errors",
        "externalsecrets",
        "krm",
        "render",
        "repository",
        "settings",
        "shape",
        "shorthand",
        "yamltext",
    },
    "render": {"configuration", "errors", "krm", "repository", "settings", "sops", "stages", "yamltext"},
    "repository": {"errors", "krm", "yamltext"},
    "plain": set[str](),
    "secrets": {"errors", "krm", "plain", "settings", "yamltext"},
    "settings": {"errors", "externalsecrets", "shape"},
    "shape": {"errors"},
    "shell": {"age", "configuration", "errors", "function", "keys", "krm", "sops", "stages", "yamltext"},
    "shorthand": {"bitwarden", "errors", "externalsecrets", "settings", "shape"},
    "sops": {"age", "errors", "yamltext"},
    "stages": {
        "age",
        "bitwarden",
        "errors",
        "krm",
        "plain",
        "secrets",
        "settings",
        "shape",
        "shorthand",
        "sops",
        "yamltext",
    },
    "terminal": {"age"},
    "yamltext": {"errors"},
}


def imported(path: Path) -> set[str]:
    """The parts of the package that a module imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module == "krm_secrets":
            names += [f"krm_secrets.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("krm_secrets.")}
    return found


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


MODULES = sorted(PACKAGE.rglob("*.py"))


def test_there_are_modules() -> None:
    assert len(MODULES) > 30


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    own = part(path)
    assert imported(path) - {own, "_startup"} <= MAY_IMPORT[own]


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


HOLDERS = ("AgeFile", "AgeKey", "Branch", "Built", "Change", "Comment", "Covered", "Decrypted", "Edit", "Encoded",
           "Entry", "Fetch", "FileValue", "Found", "GeneratorForm", "Mapped", "Metadata", "Migration", "Notes",
           "ObjectForm", "Opened", "Original", "Output", "Part", "Reading", "Release", "Scope", "Sealed", "Short",
           "Shortened", "Stanza", "Target", "Text", "Token", "Value", "Write", "_Chart", "_Move", "_There")  # fmt: skip


def test_what_holds_values_or_text_does_not_show_them() -> None:
    """A record prints all of itself, and pytest, debuggers and loggers print records."""
    quiet = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and any("return quiet(self)" in ast.unparse(line) for line in node.body):
                quiet.add(node.name)
    assert quiet == set(HOLDERS)
