"""How a rule is registered that looks at files as they are committed, and encrypted files for its examples.

Nobody can decrypt these: what rules look at is their form.
"""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.check import at_rest
from krm_secrets.check.finding import Hit
from krm_secrets.check.rule import rule

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject
    from krm_secrets.errors import Severity

ALICE = "age190vqdjtlpcq27xslcveglfmr4ynfwg7gmw86cnun4acakxrdd6gq9e9dqx"
BOB = "age1sxmr0k8u6trd5c6eu6trzyapzux7090ykujmsng7pdx0m8k93n5smh2wtg"
CIPHERTEXT = (
    "ENC[AES256_GCM,data:q83v,iv:q83vq83vq83vq83vq83vq83vq83vq83vq83vq83vq80=,tag:q83vq83vq83vq83vq83vqw==,type:str]"
)
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: web}\n"  # noqa: S105
VALUES = f"stringData:\n  password: {CIPHERTEXT}\n"
_RECIPIENT = """
    - recipient: {recipient}
      enc: |
        -----BEGIN AGE ENCRYPTED FILE-----
        YWdl
        -----END AGE ENCRYPTED FILE-----
"""
_BLOCK = """
  lastmodified: "2026-01-01T00:00:00Z"
  mac: {mac}
  {selector}
  version: 3.11.0
"""


def sealed(text: str, *recipients: str, selector: str = "encrypted_regex: ^(data|stringData)$") -> str:
    """A document as sops leaves it."""
    keys = "".join(_RECIPIENT.format(recipient=each).lstrip("\n") for each in recipients or (ALICE,))
    return f"{text}sops:\n  age:\n{keys}{_BLOCK.format(mac=CIPHERTEXT, selector=selector).lstrip(chr(10))}"


def creation_rules(expression: str = r"\.sops\.yaml$", selects: str = "^(data|stringData)$", age: str = ALICE) -> str:
    """A `.sops.yaml` with one rule, as the beginning of an example."""
    rule = f"  - path_regex: {expression}\n    encrypted_regex: {selects}\n    age: {age}\n"
    return f"# file: .sops.yaml\ncreation_rules:\n{rule}"


def file_rule(
    id: str,
    *,
    severity: Severity,
    confidence: str,
    finds: str,
    why: str,
    wrong: str,
    right: str,
    mends: str = "",
    security: float = 0.0,
) -> None:
    """Register a rule that looks at the files themselves."""

    @rule(
        id,
        severity=severity,
        confidence=confidence,
        finds=finds,
        why=why,
        wrong=wrong,
        right=right,
        mends=mends,
        security=security,
        files=True,
    )
    def look(subject: Subject) -> Iterator[Hit]:
        yield from at_rest.hits(subject, id)
