"""The graph as JSON, the form for other programs: `schemas/Graph.json` describes it, and fields are only added."""

from __future__ import annotations

from krm_secrets.graph.model import Edge, Graph, Node, Problem

VERSION = 1


def published(found: Graph, tool: str) -> dict[str, object]:
    """The data; `tool` is the name and version of the program."""
    problems = {each.fingerprint: each for node in found.nodes for each in node.problems}
    return {
        "version": VERSION,
        "tool": tool,
        "nodes": [_node(node) for node in found.nodes],
        "edges": [_edge(edge) for edge in found.edges],
        "findings": [_problem(problems[each]) for each in sorted(problems)],
    }


def _node(node: Node) -> dict[str, object]:
    data: dict[str, object] = {
        "id": node.id,
        "type": node.type,
        "name": node.name,
        "namespace": node.namespace,
        "kind": node.kind,
        "apiVersion": node.api_version,
        "file": node.file,
        "line": node.line,
        "here": node.here,
    }
    if node.type in ("secret", "external"):
        data["keys"] = list(node.keys) if node.keys is not None else None
    optional = {"provider": node.provider, "renewed": node.renewed, "alias": node.alias}
    optional |= {"madeBy": node.known, "change": node.change}
    data |= {key: value for key, value in optional.items() if value}
    if node.maybe:
        data["maybeMade"] = True
    data["findings"] = [each.fingerprint for each in node.problems]
    return data


def _edge(edge: Edge) -> dict[str, object]:
    data: dict[str, object] = {
        "from": edge.source,
        "to": edge.target,
        "type": edge.type,
        "keys": list(edge.keys),
        "places": list(edge.places),
        "file": edge.file,
        "line": edge.line,
    }
    if edge.type == "restarts":
        data |= {"by": edge.by or None, "how": edge.how, "added": edge.added, "needed": edge.needed}
    if edge.change:
        data["change"] = edge.change
    return data


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "fingerprint": problem.fingerprint,
        "rule": problem.rule,
        "severity": problem.severity,
        "message": problem.message,
        "url": problem.url,
        "file": problem.file,
        "line": problem.line,
    }
