"""The creation rules of a `.sops.yaml`: for whom, and by which rule, sops encrypts a new file.

Source: getsops/sops 3.13, `config/config.go`, read and run. What sops refuses or silently ignores becomes a Problem
here, and the rest is read on, so that one run shows all mistakes.
"""

from __future__ import annotations

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import ERROR, WARNING, Failure, Path, Problem, did_you_mean
from krm_secrets.plain import as_map
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.recipients import Groups
from krm_secrets.sops.rulekeys import FLAT, Keys
from krm_secrets.sops.rules import NAMES, search, selector
from krm_secrets.yamltext.linenumbers import Lines
from krm_secrets.yamltext.load import load, parse
from krm_secrets.yamltext.nodes import (
    Mapping as MappingNode,
    Node,
    Sequence as SequenceNode,
    YamlError,
    describe,
    resolved,
)

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from krm_secrets.errors import Severity


FILE = ".sops.yaml"

_TOP = ("creation_rules", "destination_rules", "stores")
_FIELDS = frozenset(
    ("path_regex", "aws_profile", "key_groups", "shamir_threshold", "mac_only_encrypted", "plugins", "timeout")
).union(FLAT, NAMES)
_EVERYTHING = frozenset(("", ".", ".*", ".+", "^.*", ".*$", "^.*$"))
_YES, _NO = ("y", "yes", "on"), ("n", "no", "off")  # go-yaml, where a bool is expected


class CreationRule(NamedTuple):
    """One rule, counted from 0. `hit` says whether a path is its; None where sops cannot compile the expression.

    `selector` is None where several are set, which sops refuses.
    """

    number: int
    line: int
    path_regex: str
    hit: Callable[[str], bool] | None
    groups: Groups
    threshold: int
    selector: tuple[str, str] | None
    mac_only_encrypted: bool


class CreationRules(NamedTuple):
    """What a `.sops.yaml` says. `rules` is None where it has none, as if there were no such file."""

    rules: tuple[CreationRule, ...] | None
    indents: Mapping[str, int]
    problems: tuple[tuple[Problem, int], ...]

    def first(self, path: str) -> CreationRule | None:
        """The rule for a path relative to the configuration, or the broken one at which sops stops before it."""
        # Go's regular expressions take a byte that is no UTF-8 for U+FFFD.
        text = path.encode(errors="surrogateescape").decode(errors="replace")
        return next((rule for rule in self.rules or () if rule.hit is None or rule.hit(text)), None)


def parse_rules(text: str) -> CreationRules:
    """Read a `.sops.yaml`; SopsError when it is no YAML mapping."""
    try:
        documents = parse(text)
        root = documents[0].root if documents else None
        data = load(root) if root is not None else None
    except Failure as failure:
        raise SopsError("; ".join(map(str, failure.results))) from None
    except YamlError as error:
        raise SopsError(describe(error, text)) from None
    if data is None:
        return CreationRules(None, {}, ())
    if type(root) is not MappingNode or not isinstance(data, dict):
        raise SopsError("must be a mapping with creation_rules")
    lines = Lines(text)
    reader = _Reader(lambda path: lines.of(_start(root, path)))
    if len(documents) > 1:
        reader.report((), "has several documents, of which sops reads the first", WARNING)
    return reader.config(data)


def _start(node: Node, path: Path) -> int:
    """Where a path's value begins, or the innermost value around it."""
    for step in path:
        below: Node | None = None
        if type(node) is MappingNode and isinstance(step, str):
            below = node.get(step)
        elif type(node) is SequenceNode and isinstance(step, int):
            below = node.items[step]
        if below is None:
            break
        node = resolved(below)
    return node.start


class _Reader:
    def __init__(self, line: Callable[[Path], int]) -> None:
        self.line = line
        self.problems: list[tuple[Problem, int]] = []

    def report(self, path: Path, message: str, severity: Severity = ERROR) -> None:
        self.problems.append((Problem(path, message, severity), self.line(path)))

    def config(self, data: dict[str, object]) -> CreationRules:
        for key in data:
            # Other keys are where people keep their anchors.
            hint = did_you_mean(key, _TOP) if key not in _TOP else ""
            if hint:
                self.report((key,), f"unknown key, which sops ignores{hint}", WARNING)
        entries = data.get("creation_rules")
        rules = None if entries is None else tuple(self.rules(entries))
        return CreationRules(rules, self.indents(data.get("stores")), tuple(self.problems))

    def rules(self, entries: object) -> list[CreationRule]:
        if not isinstance(entries, list):
            self.report(("creation_rules",), "must be a list")
            return []
        found = []
        for index, entry in enumerate(entries):
            path: Path = ("creation_rules", index)
            if not isinstance(entry, dict):
                self.report(path, "must be a mapping")
                continue
            found.append(self.rule(index, entry, path))
        for rule in found[:-1]:
            if rule.path_regex in _EVERYTHING:
                why = f"path_regex {rule.path_regex}" if rule.path_regex else "no path_regex"
                count = len(entries) - rule.number - 1
                behind = "rule behind it never applies" if count == 1 else f"{count} rules behind it never apply"
                message = f"{why} matches every file, so that the {behind}; put it last"
                self.report(("creation_rules", rule.number), message, WARNING)
                break
        return found

    def rule(self, index: int, entry: dict[str, object], path: Path) -> CreationRule:
        for key in entry:
            if key not in _FIELDS:
                self.report((*path, key), f"unknown key, which sops ignores{did_you_mean(key, _FIELDS)}", WARNING)
        pattern = self.text(entry, "path_regex", path)
        hit = search(pattern)
        if hit is None:
            self.report((*path, "path_regex"), "the regular expression is not one that sops can compile (Go, RE2)")
        groups = Keys(self.report).of_rule(entry, path)
        threshold = self.threshold(entry, path, len(groups))
        return CreationRule(
            index,
            self.line(path),
            pattern,
            hit,
            groups,
            threshold,
            self.selector(entry, path),
            self.flag(entry, "mac_only_encrypted", path),
        )

    def text(self, entry: dict[str, object], name: str, path: Path) -> str:
        value = entry.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        self.report((*path, name), "must be a string")
        return ""

    def flag(self, entry: dict[str, object], name: str, path: Path) -> bool:
        value = entry.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        word = value.lower() if isinstance(value, str) else ""
        if word not in (*_YES, *_NO):
            self.report((*path, name), "must be true or false")
        return word in _YES

    def threshold(self, entry: dict[str, object], path: Path, groups: int) -> int:
        value = entry.get("shamir_threshold") or 0
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.report((*path, "shamir_threshold"), "must be a number of key groups")
            value = 0
        elif value > groups > 0:
            self.report((*path, "shamir_threshold"), f"is more than the {groups} key groups of the rule")
            value = 0
        return value or groups

    def selector(self, entry: dict[str, object], path: Path) -> tuple[str, str] | None:
        named = [name for name in NAMES if self.text(entry, name, path)]
        if len(named) > 1:
            self.report((*path, named[1]), f"{' and '.join(named)} are both set, where sops allows one")
            return None
        name, text = selector({name: entry[name] for name in named})
        if name.endswith("_regex") and search(text) is None:
            # An encrypted_regex that never matches encrypts nothing, and sops says nothing.
            self.report((*path, name), "the regular expression is not one that Go can compile, and sops ignores it")
        return name, text

    def indents(self, stores: object) -> dict[str, int]:
        """How far a store indents what it prints."""
        found = {}
        for name in ("yaml", "json"):
            value = as_map(as_map(stores).get(name)).get("indent")
            if isinstance(value, int) and value >= 0:
                found[name] = value
        return found
