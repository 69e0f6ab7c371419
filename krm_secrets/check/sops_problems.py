"""What there is to say about one encrypted file: by itself, and beside the creation rule that it falls under.

No problem holds a value. Codes are part of the JSON of `sops inspect`, and stay as they are; rules are the names that
everything else has for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from krm_secrets._startup.records import NamedTuple
from krm_secrets.errors import ERROR, INFO, WARNING, Path, clean
from krm_secrets.sops.creation import CreationRule
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.files.formats import Format
from krm_secrets.sops.marks import BLOCK, is_whole
from krm_secrets.sops.metadata import Metadata
from krm_secrets.sops.recipients import Groups
from krm_secrets.sops.recognition import Part
from krm_secrets.sops.rules import Rule, selector

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.errors import Severity


RULES = {
    "plaintext": "sops-plaintext",
    "ciphertext-left": "sops-ciphertext-left",
    "encrypted-identity": "sops-identity-encrypted",
    "empty-value": "sops-empty-value",
    "nothing-encrypted": "sops-nothing-encrypted",
    "typed-value": "sops-typed-value",
    "blocks-differ": "sops-unreadable",
    "mixed-documents": "sops-unreadable",
    "unreadable": "sops-unreadable",
    "invalid-block": "sops-unreadable",
    "recipient-missing": "sops-recipient-missing",
    "recipient-extra": "sops-recipient-stale",
    "groups-differ": "sops-recipient-stale",
    "threshold-differs": "sops-recipient-stale",
    "selector-differs": "sops-selector-differs",
    "mac-differs": "sops-selector-differs",
    "no-rule": "sops-no-rule",
    "name-differs": "sops-name-differs",
}
"""By codes. `not-opened` has none: it depends on who looks."""


class SopsProblem(NamedTuple):
    """What is wrong in one file; `document` counts from 0, and is None where it is about the whole file."""

    severity: Severity
    code: str
    message: str
    path: Path = ()
    document: int | None = None

    @property
    def rule(self) -> str:
        """The name of the rule by which it was found, or nothing."""
        return RULES.get(self.code, "")


def of_values(parts: Mapping[int, Part], metadata: Metadata, form: Format) -> list[SopsProblem]:
    """What the values of the documents that share a block show without a key."""
    found: list[SopsProblem] = []
    any_sealed = any_values = False
    for number, part in parts.items():
        places = _places(part, metadata.rule, form == "binary")
        any_sealed |= bool(places.pop("sealed", None))
        any_values |= bool(part.values)
        for kind, severity, code, message in _VALUES:
            paths = places.get(kind, ())
            if paths:
                more = f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
                found.append(SopsProblem(severity, code, message + more, paths[0], number))
    if any_values and not any_sealed:
        found.append(SopsProblem(WARNING, "nothing-encrypted", _NOTHING))
    return found


def _places(part: Part, rule: Rule, all_selected: bool) -> dict[str, list[Path]]:
    """Where values stand that are worth a word."""
    places: dict[str, list[Path]] = {}
    is_object = isinstance(part.values, dict) and "kind" in part.values and "apiVersion" in part.values
    head = part.values if isinstance(part.values, dict) else {}
    is_secret = (head.get("kind"), head.get("apiVersion")) == ("Secret", "v1")
    for path, value, selected in leaves(part.values, rule, all_selected):
        kinds = []
        if isinstance(value, str) and is_whole(value):
            kinds = ["sealed"]
            if not selected and not rule.by_form:
                kinds.append("outside")
            if is_object and path[0] in _IDENTITY:
                kinds.append("identity")
            if is_secret and path[0] == "stringData" and not value.endswith(_TEXT):
                kinds.append("typed")
        elif selected and value is not None and not rule.by_form:
            kinds = ["empty" if value == "" else "plain"]
        for kind in kinds:
            places.setdefault(kind, []).append(path)
    return places


_IDENTITY = ("apiVersion", "kind", "metadata")
_TEXT = (",type:str]", ",type:bytes]", ",type:comment]")
"""How ciphertext ends of which a Secret takes the plaintext."""

_NOTHING = "no value is encrypted: the file's rule selects none, or those that it selects are empty"
_VALUES: tuple[tuple[str, Severity, str, str], ...] = (
    ("plain", ERROR, "plaintext", "is plaintext where the file's rule wants ciphertext; set the value with sops edit"),
    ("outside", WARNING, "ciphertext-left", "is ciphertext where the file's rule wants plaintext, and stays so"),
    ("identity", WARNING, "encrypted-identity", "is encrypted, so that no Kubernetes tool can tell what the object is"),
    (
        "typed",
        WARNING,
        "typed-value",
        "is a number, a boolean or a time to sops, which the API server refuses in a Secret once Flux decrypts it: put"
        " quotes around it with sops edit",
    ),
    ("empty", INFO, "empty-value", "is empty, which sops does not encrypt"),
)


def leaves(values: object, rule: Rule, all_selected: bool = False) -> Iterator[tuple[Path, object, bool]]:
    """All scalars with their places, and whether the rule selects them."""
    stack: list[tuple[object, Path, bool]] = [(values, (), False)]
    while stack:
        value, path, hit = stack.pop()
        if isinstance(value, dict):
            items = [(item, (*path, key), hit or rule.hit(_text(key))) for key, item in value.items()]
            stack += reversed(items)
        elif isinstance(value, list):
            stack += reversed([(item, (*path, n), hit) for n, item in enumerate(value)])
        elif path:
            yield path, value, all_selected or hit is rule.encrypts


def _text(key: str) -> str:
    """Go's regular expressions take a byte that is no UTF-8 for U+FFFD."""
    return key if key.isascii() else key.encode(errors="surrogateescape").decode(errors="replace")


def of_parts(parts: tuple[Part, ...]) -> list[SopsProblem]:
    """What the documents of one file show beside each other: sops takes the first one's block for all."""
    blocks = [part.block for part in parts if part.block is not None]
    without = [n for n, part in enumerate(parts) if part.block is None and part.values]
    found = []
    if any(block != blocks[0] for block in blocks):
        message = (
            "the documents have different sops blocks, and sops reads the first one's only: it cannot decrypt them"
        )
        found.append(SopsProblem(WARNING, "blocks-differ", message, (BLOCK,)))
    if without:
        message = "the document has no sops block beside others that have: sops cannot decrypt the file"
        found.append(SopsProblem(WARNING, "mixed-documents", message, (), without[0]))
    return found


class Beside(NamedTuple):
    """A rule, where it stands for a message, and the format of the file that falls under it."""

    rule: CreationRule
    where: str
    form: Format


def of_rule(block: Mapping[str, object], metadata: Metadata, groups: Groups, beside: Beside) -> list[SopsProblem]:
    """Where the file differs from the rule that sops would encrypt it by today."""
    rule, where = beside.rule, beside.where
    found = []
    wanted = dict.fromkeys(key for group in rule.groups for key in group)
    actual = dict.fromkeys(key for group in groups for key in group)
    for key in wanted.keys() - actual.keys():
        message = f"is not encrypted for {key.readable}, whom {where} names; run sops updatekeys"
        found.append(SopsProblem(WARNING, "recipient-missing", message, (BLOCK,)))
    for key in actual.keys() - wanted.keys() if wanted else ():  # a rule of no keys is told of itself
        message = f"is encrypted for {key.readable}, whom {where} does not name; run sops updatekeys"
        found.append(SopsProblem(WARNING, "recipient-extra", message, (BLOCK,)))
    found.sort(key=lambda problem: problem.message)
    if not found and wanted and set(map(frozenset, rule.groups)) != set(map(frozenset, groups)):
        message = f"its key groups are others than those of {where}; run sops updatekeys"
        found.append(SopsProblem(WARNING, "groups-differ", message, (BLOCK, "key_groups")))
    if len(groups) > 1 and metadata.threshold != rule.threshold:
        message = f"{metadata.threshold} of its key groups open it, where {where} asks for {rule.threshold}"
        found.append(SopsProblem(WARNING, "threshold-differs", message, (BLOCK, "shamir_threshold")))
    return found if beside.form == "binary" else found + _of_selector(block, metadata, beside)


def _of_selector(block: Mapping[str, object], metadata: Metadata, beside: Beside) -> list[SopsProblem]:
    """sops keeps what a file has, and takes the rule's for a new one."""
    found = []
    own, wanted = selector(block), beside.rule.selector
    if wanted is not None and own != wanted:
        message = f"{_said(own)}, where {beside.where} says {_said(wanted)}; to follow it, decrypt and encrypt anew"
        found.append(SopsProblem(WARNING, "selector-differs", message, (BLOCK, own[0])))
    if metadata.mac_only_encrypted != beside.rule.mac_only_encrypted:
        has, asks = ("only encrypted values", "all values")[:: 1 if metadata.mac_only_encrypted else -1]
        message = f"the MAC is over {has}, where {beside.where} asks for {asks}"
        found.append(SopsProblem(INFO, "mac-differs", message, (BLOCK, "mac_only_encrypted")))
    return found


def _said(named: tuple[str, str]) -> str:
    return clean(f"{named[0]} is {named[1]}")


def of_error(error: SopsError, code: str, severity: Severity = ERROR) -> SopsProblem:
    """A problem from what the file format refuses."""
    return SopsProblem(severity, code, error.message, error.path)
