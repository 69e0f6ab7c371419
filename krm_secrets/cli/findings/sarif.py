"""SARIF 2.1.0 as code hosts read it: one place, a fingerprint and the chain for each finding, and no line of a file.

GitHub takes the first place of a result and its `primaryLocationLineHash`, shows the rule's `help.markdown`, and the
steps of `codeFlows`. What it ignores is written where other readers want it.
"""

from __future__ import annotations

import json
import os
from importlib.metadata import version

from krm_secrets.check.finding import Finding, Place
from krm_secrets.check.root_paths import from_root
from krm_secrets.check.rule import Rule
from krm_secrets.check.rules import RULES
from krm_secrets.check.suppression import Suppressed
from krm_secrets.cli.findings.report import Report
from krm_secrets.errors import ERROR, INFO, WARNING, shortened
from krm_secrets.home import HOME

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
STDIN = "stdin"
"""What stands for a file where nobody says which one it was."""

_LEVELS = {ERROR: "error", WARNING: "warning", INFO: "note"}
_PROBLEM = {ERROR: "error", WARNING: "warning", INFO: "recommendation"}
_LONGEST = 1024
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def sarif(report: Report) -> str:
    """One run as JSON; the rules that it names, and no others."""
    found = [(each, None) for each in report.findings]
    found += [(each.finding, each) for each in report.suppressed]  # type: ignore[misc]
    named = sorted({finding.rule for finding, _ in found})
    order = {id: number for number, id in enumerate(named)}
    run: dict[str, object] = {
        "tool": {
            "driver": {
                "name": "krm-secrets",
                "semanticVersion": version("krm-secrets"),
                **({"informationUri": HOME} if HOME else {}),
                "rules": [_rule(RULES[id]) for id in named],
            }
        },
        "automationDetails": {"id": f"krm-secrets/{_below(report.root)}"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": shortened(str(each))}} for each in report.unread
                ],
            }
        ],
        "results": [_result(finding, suppressed, order, report.root) for finding, suppressed in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _below(root: str) -> str:
    """Which part of the repository was looked at, as a path that ends in a slash."""
    here = from_root(os.getcwd(), root)
    return "" if os.path.isabs(here) else f"{here}/"


def _rule(rule: Rule) -> dict[str, object]:
    properties: dict[str, object] = {
        "tags": ["kubernetes", "secrets", *(["security"] if rule.security else [])],
        "precision": rule.confidence,
        "problem.severity": _PROBLEM[rule.severity],
    }
    if rule.security:
        properties["security-severity"] = str(rule.security)
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.finds},
        "fullDescription": {"text": rule.why[:_LONGEST]},
        "help": {"text": f"{rule.finds} {rule.why}", "markdown": rule.markdown()},
        **({"helpUri": rule.url} if rule.url else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": properties,
    }


def _result(finding: Finding, suppressed: Suppressed | None, order: dict[str, int], root: str) -> dict[str, object]:
    said = f"{finding.object}: {finding.message}" if finding.object is not None else finding.message
    if finding.hint:
        said += f"; {finding.hint}"
    links = "".join(f" [{_link(each.label)}]({n})." for n, each in enumerate(finding.related, 1))
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": order[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": shortened(f"{said}{'' if said.endswith('?') else '.'}{links}")},
        "locations": [_location(finding.location, root)],
        "partialFingerprints": {"primaryLocationLineHash": f"{finding.fingerprint}:1"},
        "properties": {"confidence": finding.confidence},
    }
    if finding.related:
        chain = [(each.label, each.place) for each in finding.related]
        result["relatedLocations"] = [
            {"id": n, **_location(place, root, label)} for n, (label, place) in enumerate(chain, 1)
        ]
        steps = [*chain, (finding.message, finding.location)]
        result["codeFlows"] = [
            {"threadFlows": [{"locations": [{"location": _location(p, root, label)} for label, p in steps]}]}
        ]
    if suppressed is not None:
        result["suppressions"] = [{"kind": suppressed.sarif_kind, "justification": suppressed.reason}]
    return result


def _location(place: Place, root: str, label: str = "") -> dict[str, object]:
    physical = {
        "artifactLocation": {"uri": _uri(from_root(place.file, root) if place.file else STDIN)},
        "region": {
            "startLine": place.line or 1,
            "startColumn": place.column or 1,
            "endLine": place.end_line or 1,
            "endColumn": place.end_column or 2,
        },
    }
    return {"physicalLocation": physical, **({"message": {"text": label}} if label else {})}


def _uri(path: str) -> str:
    """A path as a relative reference: `urllib`, which could, reaches the network."""
    data = path.encode(errors="surrogateescape")
    return "".join(chr(byte) if chr(byte) in _UNRESERVED else f"%{byte:02X}" for byte in data)


def _link(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
