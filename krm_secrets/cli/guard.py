"""`krm-secrets guard`: the last look before a cluster sees the result."""

from __future__ import annotations

from krm_secrets._startup.stdio import write
from krm_secrets.cli import guard_kept, guard_objects
from krm_secrets.cli.guard_identities import identities
from krm_secrets.errors import ERROR, Problem, Result, worst
from krm_secrets.krm.reading import read
from krm_secrets.krm.resource import Resource
from krm_secrets.shell import accepted, explain, located, standard_input, tell
from krm_secrets.sops.marks import BLOCK
from krm_secrets.stages import repeated
from krm_secrets.stages.decrypt import DECRYPTED_IN_CLUSTER
from krm_secrets.stages.leftovers import hidden
from krm_secrets.stages.wholefile import refuse_lines
from krm_secrets.yamltext.nodes import Mapping, YamlError


def guard(keep: bool = False) -> int:
    """Copy standard input, or say what in it must not be applied; returns the exit code.

    With `keep` the input is what Flux decrypts later: Secrets must be encrypted then.
    """
    data = b""
    results: list[Result] = []
    try:
        data = standard_input()
        text = accepted(data).text
        refuse_lines(text)
        given = read(text)
        readable, wrong = repeated.parted(given.items)
        results += [*wrong, *repeated.settled(readable, readable)]
        for item in readable:
            try:
                problems = guard_objects.no_object(item) or _problems(item, keep)
                results += map(item.result, [*problems, *(guard_objects.of_form(item) if keep or not problems else ())])
            except YamlError as error:
                results += item.unreadable(error).results
        results += guard_objects.around(given)
        results += identities(text, given.items, keep)
        results = located(results, given)
    except Exception as error:
        results += explain(error)
    tell(results)
    return 1 if worst(results) == ERROR else write(data)


def _problems(item: Resource, keep: bool) -> list[Problem]:
    unfinished = guard_objects.unfinished(item)
    if unfinished:
        return [Problem((), unfinished)]
    in_cluster = item.kind in DECRYPTED_IN_CLUSTER and type(item.node.get(BLOCK)) is Mapping
    found = guard_kept.problems(item) if keep or in_cluster else guard_objects.problems(item)
    return [problem._replace(path=hidden(problem.path)) for problem in found]
