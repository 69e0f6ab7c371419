"""What `check` found, at the nodes that it is about."""

from __future__ import annotations

import os
from collections.abc import Iterable

from krm_secrets.check.finding import Finding
from krm_secrets.check.rules import RULES
from krm_secrets.graph.model import SOPS_FILE, Graph, Problem


def painted(found: Graph, findings: Iterable[Finding]) -> Graph:
    """The graph with each finding at the parts of its object; what is about a file stands at the SOPS file."""
    problems: dict[tuple[str, ...], list[Problem]] = {}
    for each in findings:
        place = each.location
        about = (each.object.kind, each.object.name) if each.object is not None else ()
        rule = RULES.get(each.rule)
        problem = Problem(
            each.rule,
            each.severity,
            each.message,
            each.fingerprint,
            each.url,
            place.file,
            place.line,
            rule.why if rule is not None else "",
        )
        problems.setdefault((os.path.realpath(place.file), *about), []).append(problem)
    nodes = []
    for node in found.nodes:
        file = os.path.realpath(node.file)
        key = (file,) if node.type == SOPS_FILE else (file, node.kind, node.name)
        nodes.append(node._replace(problems=tuple(problems.get(key, ()) if node.here else ())))
    return found._replace(nodes=tuple(nodes))
