"""Rules on what suppresses findings. They are asked when all others have been."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.check.finding import HIGH, Hit
from krm_secrets.check.rule import REGISTRY, rule
from krm_secrets.check.suppression import CONFIGURATION
from krm_secrets.errors import INFO, WARNING, clean, did_you_mean

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject

_POD = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: web}
spec:
  containers:
    - name: web
      env:
        - name: PASSWORD
          valueFrom: {secretKeyRef: {name: db, key: PASWORD}}"""
_DATABASE = """
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: web}
data: {PASSWORD: ""}
"""


@rule(
    "unused-suppression",
    severity=WARNING,
    confidence=HIGH,
    last=True,
    finds="Something suppresses a finding that is not there.",
    why="""What it was written for is gone, or was never found by this name. It would hide the next mistake at its
    place: take it out.""",
    wrong=_DATABASE.replace("data:", "data:  # krm-secrets: ignore[key-not-made] the operator adds it\n ", 1),
    right=_DATABASE,
)
def unused_suppression(subject: Subject) -> Iterator[Hit]:
    for each in subject.unused_suppressions:
        names = ", ".join(f'"{clean(name)}"' for name in each.rules if name)
        unknown = next((name for name in each.rules if name not in REGISTRY), None)
        if unknown is not None:
            message = f'there is no rule "{clean(unknown)}"{did_you_mean(unknown, REGISTRY)}'
        else:
            message = f"no finding{f' of {names}' if names else ''} is there to suppress; take it out"
        yield Hit(each.place, message, each.object, other=names)


@rule(
    "suppression-without-reason",
    severity=INFO,
    confidence=HIGH,
    last=True,
    finds="A comment or an annotation suppresses a finding and does not say why.",
    why="""Whoever reads it next cannot tell whether it still holds. Write the reason behind the bracket, or behind the
    colon of an annotation.""",
    wrong=f"{_DATABASE}---{_POD}  # krm-secrets: ignore[key-not-made]\n",
    right=f"{_DATABASE}---{_POD}  # krm-secrets: ignore[key-not-made] the operator adds it\n",
)
def suppression_without_reason(subject: Subject) -> Iterator[Hit]:
    for each in subject.suppressions:
        if not each.reason and each.kind != CONFIGURATION:
            names = ", ".join(f'"{clean(name)}"' for name in each.rules)
            yield Hit(each.place, f"does not say why {names} is suppressed", each.object, other=names)
