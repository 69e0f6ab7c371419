"""Rules on Reloader's annotations: those that do nothing where or as they stand."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.check import told
from krm_secrets.check.finding import HIGH, Hit
from krm_secrets.check.rule import rule
from krm_secrets.errors import WARNING
from krm_secrets.secrets.lint_annotations import MISPLACED, REGEX, STRATEGY, UNKNOWN, VALUE

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject

_STORED = """
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: PASSWORD, remoteRef: {key: db}}]
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: mail, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: SMTP, remoteRef: {key: mail}}]
---
"""
_USER = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: web
  annotations: {%s}
spec:
  template:
    spec:
      containers:
        - name: web
          envFrom: [%s]
"""
_DB, _MAIL = "{secretRef: {name: db}}", "{secretRef: {name: mail}}"


def _user(annotations: str, *uses: str) -> str:
    return _STORED.lstrip("\n") + (_USER % (annotations, ", ".join(uses or (_DB,)))).lstrip("\n")


@rule(
    UNKNOWN,
    severity=WARNING,
    confidence=HIGH,
    finds="Reloader has no such annotation.",
    why="""Reloader reads nothing of it, so that the workload goes on with the old value: a slip of the pen, or a key
    that the installation renamed by a flag.""",
    wrong=_user('reloader.stakater.com/secret: "db", reloader.stakater.com/auto: "true"'),
    right=_user('secret.reloader.stakater.com/reload: "db"'),
    mends="It renames the annotation to the one of nearly the same name.",
)
def unknown_annotation(subject: Subject) -> Iterator[Hit]:
    yield from told.of_annotations(subject, UNKNOWN)


@rule(
    MISPLACED,
    severity=WARNING,
    confidence=HIGH,
    finds="An annotation of Reloader stands where Reloader does not look.",
    why="""On a label, on a HelmRelease itself, on a Secret, or in values that the chart puts nowhere, it does nothing.
    A chart may take annotations in places that nobody told us of; only those that are known are named here.""",
    wrong=_user('reloader.stakater.com/auto: "true", reloader.stakater.com/match: "true"'),
    right=_user('reloader.stakater.com/auto: "true"'),
    mends="""It moves what stands among labels to the annotations beside them, `exclude` to the workload, and in a
    release of app-template to the controller that it stands at, or to the only one. What Reloader reads on Secrets
    alone stays: nobody can tell what was meant.""",
)
def misplaced(subject: Subject) -> Iterator[Hit]:
    yield from told.of_annotations(subject, MISPLACED)


@rule(
    VALUE,
    severity=WARNING,
    confidence=HIGH,
    finds="Reloader reads the value of its annotation as something else than what was meant.",
    why="""Reloader asks Go's ParseBool, and at some annotations only for the word "true": `yes`, `on` and an empty
    value are false. A pause that is no duration keeps it from all that comes after it.""",
    wrong=_user('reloader.stakater.com/auto: "yes"'),
    right=_user('reloader.stakater.com/auto: "true"'),
    mends="""It writes "true" for yes, on and what Go takes for true, "false" for no and off. What a star, an empty
    value or a broken duration was to mean, the author alone knows.""",
)
def wrong_value(subject: Subject) -> Iterator[Hit]:
    yield from told.of_annotations(subject, VALUE)


@rule(
    REGEX,
    severity=WARNING,
    confidence=HIGH,
    finds="An entry of a list of Reloader is no regular expression.",
    why="""The entries are expressions of Go: some releases of Reloader fall over one that cannot be compiled, the
    others leave it out, and the workload goes on with the old value.""",
    wrong=_user('secret.reloader.stakater.com/reload: "db,mail-(*"'),
    right=_user('secret.reloader.stakater.com/reload: "db,mail-.*"'),
    mends="Nothing: a broken expression does not say what it was to match.",
)
def bad_regex(subject: Subject) -> Iterator[Hit]:
    yield from told.of_annotations(subject, REGEX)


@rule(
    STRATEGY,
    severity=WARNING,
    confidence=HIGH,
    finds="The strategy for Rollouts stands on another kind of workload.",
    why="""Reloader reads rollout-strategy on Rollouts of Argo alone; a Deployment restarts as if nothing were said.""",
    wrong=_user('reloader.stakater.com/auto: "true", reloader.stakater.com/rollout-strategy: "restart"'),
    right=_user('reloader.stakater.com/auto: "true"'),
)
def rollout_strategy(subject: Subject) -> Iterator[Hit]:
    yield from told.of_annotations(subject, STRATEGY)


@rule(
    "reloader-list-misses",
    severity=WARNING,
    confidence=HIGH,
    finds="The list of Reloader leaves out a Secret that the workload uses.",
    why="""Once there is a list, Reloader restarts for what it names alone; a Secret that came later was forgotten.""",
    wrong=_user('secret.reloader.stakater.com/reload: "db"', _DB, _MAIL),
    right=_user('secret.reloader.stakater.com/reload: "db,mail"', _DB, _MAIL),
    mends="It adds the names, unless one in the list comes so close that it may be a slip.",
)
def list_misses(subject: Subject) -> Iterator[Hit]:
    yield from told.of_effects(subject, "reloader-list-misses")


@rule(
    "reloader-list-stranger",
    severity=WARNING,
    confidence=HIGH,
    finds="The list of Reloader names a Secret that nothing makes and the workload does not use.",
    why="""Mostly a slip of the pen, or what is left of a Secret that went: then nothing restarts for the one that was
    meant.""",
    wrong=_user('secret.reloader.stakater.com/reload: "db,mial"'),
    right=_user('secret.reloader.stakater.com/reload: "db,mail"'),
)
def list_stranger(subject: Subject) -> Iterator[Hit]:
    yield from told.of_effects(subject, "reloader-list-stranger")


@rule(
    "reloader-search-unmatched",
    severity=WARNING,
    confidence=HIGH,
    finds="A workload asks Reloader for Secrets with `match`, and none that it uses has it.",
    why="""With `search` Reloader restarts only for Secrets that say `reloader.stakater.com/match: "true"` themselves:
    put it into the template of the ExternalSecret, or use `auto`.""",
    wrong=_user('reloader.stakater.com/search: "true"'),
    right=_user('reloader.stakater.com/search: "true"').replace(
        "  secretStoreRef",
        '  target: {template: {metadata: {annotations: {reloader.stakater.com/match: "true"}}}}\n  secretStoreRef',
    ),
)
def search_unmatched(subject: Subject) -> Iterator[Hit]:
    yield from told.of_effects(subject, "reloader-search-unmatched")
