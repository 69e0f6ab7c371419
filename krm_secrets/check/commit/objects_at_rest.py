"""What must not be committed in the documents of a file: plaintext, and what a build or a tool left in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from krm_secrets.check.commit.secret_places import INLINE, LITERAL, OWN, Value, may_hold_values, secret_values
from krm_secrets.check.commit.verdict import Verdict, judged
from krm_secrets.errors import ERROR, Failure, Path, Problem, Result, clean, field
from krm_secrets.krm.kustomization import NAMES
from krm_secrets.krm.reading import read_files
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.secrets.secret import LAST_APPLIED, is_secret, last_applied_values
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.marks import BLOCK, ENCODED
from krm_secrets.sops.recognition import Recognized
from krm_secrets.sops.rules import rule
from krm_secrets.stages.leftovers import CIPHERTEXT, MASK, PLACEHOLDER, leftovers
from krm_secrets.yamltext.nodes import YamlError

# Of Secrets all is read; in other objects what was left over shows itself, in base64 too: `..PLACEHOLDER_`, `**SOPS**`.
_WORTH_READING = (
    *("Secret", "secretGenerator", "stringData", "sops", "ENC[", *ENCODED),
    *("PLACEHOLDER_", "Li5QTEFDR", "UhPTERFUl", "**SOPS**", "KipTT1BTKi", "eyJtYXNrIjoi"),
)
_KIND = re.compile(r"^[ \t-]*[\"']?kind[\"']?\s*:\s*[\"']?Secret\b", re.M)
_TEMPLATE = re.compile(r"\{\{|\{%")
_OF_SOPS = frozenset(("age", "pgp", "kms", "gcp_kms", "azure_kv", "hc_vault", "hckms", "key_groups", "lastmodified"))

UNREADABLE, COPY, LEFT = "sops-unreadable", "last-applied-copy", "masked-or-placeholder"
PLAIN, PRIVATE, MAYBE = "plaintext-secret", "private-key", "plaintext-value"
"""Rules by which something is found; of `MAYBE` nobody can be certain."""

LOST = "is ciphertext, and there is no sops block to decrypt it with: restore what sops wrote"
NO_MAC = "has no MAC, so that Flux takes the file for a plain one: restore what sops wrote, or encrypt the file anew"
_OTHERWISE = "; a comment `# krm-secrets: public` says that the file holds no secret"
_PLAIN = {
    OWN: "encrypt the file with sops, or let a SecretMapping or an ExternalSecret make the Secret",
    INLINE: "take it out, and let a SecretMapping, an ExternalSecret or a file that sops encrypted make the Secret",
    LITERAL: "take it out, and let a SecretMapping, an ExternalSecret or a SopsGenerator make the Secret",
}
_COPY = (
    "repeats the values in plaintext, as kubectl got them from a cluster: remove it, with sops edit where the file is"
    " encrypted, and replace the values if they were pushed"
)
_LEFT = "is a placeholder of a build without keys: restore what stood there; such a build is for reading"
_MASKED = "is masked by flux build, whose output is for reading: restore what stood there"


def of_objects(
    file: str, text: str, found: Recognized | None, items: Sequence[Resource] | None = None
) -> Iterator[Result]:
    """What is wrong in the documents; one that cannot be read is told where it seems to be a Secret.

    `items` are its objects where they are known.
    """
    if any(word in text for word in _WORTH_READING):
        for result in _of_text(file, text, found, items):
            yield result.in_file(file)


def _of_text(file: str, text: str, found: Recognized | None, items: Sequence[Resource] | None) -> Iterator[Result]:
    try:
        items = read_files([Source(text, file)]).items if items is None else items
    except Failure as failure:
        if not _TEMPLATE.search(text) and _KIND.search(text):
            yield from failure.results
        return
    may_hold = may_hold_values(text)
    for item in items:
        try:
            yield from map(item.result, list(_of_object(file, item, found, may_hold)))
        except YamlError as error:
            if is_secret(item) and not _TEMPLATE.search(text):
                yield from item.unreadable(error).results


def _of_object(file: str, item: Resource, found: Recognized | None, may_hold: bool) -> Iterator[Problem]:
    if any(judged("", value) for value in last_applied_values(item)):
        yield Problem(("metadata", "annotations", LAST_APPLIED), _COPY, ERROR, COPY)
    block = item.data.get(BLOCK)
    encrypted = isinstance(block, dict) and bool(block.get("mac"))
    if found is None and isinstance(block, dict) and not encrypted and _OF_SOPS & block.keys():
        yield Problem((BLOCK,), NO_MAC, ERROR, UNREADABLE)
    found_left = [
        (path, each.kind)
        for path, each, _ in leftovers({key: value for key, value in item.data.items() if key != BLOCK})
        if not each.quoted
    ]
    sealed = [path for path, kind in found_left if kind == CIPHERTEXT]
    if sealed and not isinstance(block, dict):
        yield _several(sealed, LOST, UNREADABLE)
    made = []
    for kind, message in ((PLACEHOLDER, _LEFT), (MASK, _MASKED)):
        paths = [path for path, each in found_left if each == kind]
        made += paths
        if paths:
            yield _several(paths, message, LEFT)
    if encrypted and not (is_secret(item) and not sealed):
        return
    done = {*sealed, *made, *(_told(item, block) if encrypted and isinstance(block, dict) else ())}
    values = secret_values(item.data) if may_hold else ()
    plain = [(value, verdict) for value in values if (verdict := _judged(value, done)) is not None]
    if not item.kind and file.rpartition("/")[2] not in NAMES:
        plain = [each for each in plain if each[1].certain]  # values of a chart, or what tests of charts set
    if plain:
        yield _plain(plain)


def _told(item: Resource, block: dict[str, object]) -> Iterator[Path]:
    """The values that the file's own rule wants encrypted: what is said of an encrypted file names them."""
    with suppress(SopsError):
        selection = rule(block)
        for value in secret_values(item.data):
            if any(selection.hit(str(step)) for step in value.path) is selection.encrypts:
                yield value.path


def _judged(value: Value, done: set[Path]) -> Verdict | None:
    return None if value.path in done else judged(value.name, value.text)


def _plain(found: list[tuple[Value, Verdict]]) -> Problem:
    """The value that is a secret beyond doubt, before those that may be."""
    value, verdict = next((each for each in found if each[1].certain), found[0])
    inside = f"{field(value.inside)} in it " if value.inside else ""
    entry = f"{clean(verdict.entry)} in it " if verdict.entry and not inside else ""
    rule = PRIVATE if verdict.private else PLAIN if verdict.certain else MAYBE
    return _several([value.path] * len(found), f"{inside}{entry}is plaintext: {_PLAIN[value.how]}{_OTHERWISE}", rule)


def _several(paths: list[Path], message: str, rule: str) -> Problem:
    return Problem(paths[0], message + (f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""), ERROR, rule)
