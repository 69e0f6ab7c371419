"""Rules on secrets that stand in a repository as they are."""

from __future__ import annotations

from krm_secrets.check.finding import HIGH, LOW, MEDIUM
from krm_secrets.check.rules.files_at_rest import SECRET, file_rule
from krm_secrets.errors import ERROR, WARNING

_RIGHT = SECRET + 'stringData: {password: "${PASSWORD}"}\n'

file_rule(
    "plaintext-secret",
    severity=ERROR,
    confidence=MEDIUM,
    security=9.1,
    finds="A Secret holds a value in plaintext.",
    why="""Whoever reads the repository reads it, and Git never forgets: encrypt it or fetch it, and change the value. A
    comment `# krm-secrets: public` says that a file holds no secret.""",
    wrong=SECRET + "stringData: {password: written-by-hand}\n",
    right=_RIGHT,
)

file_rule(
    "plaintext-value",
    severity=WARNING,
    confidence=LOW,
    finds="A Secret holds a value in plaintext that may be a secret.",
    why="""Neither its name nor its form says so: settings often stand in a Secret for convenience.""",
    wrong=SECRET + "stringData: {note: some words that nobody can judge}\n",
    right=_RIGHT,
)

file_rule(
    "private-key",
    severity=ERROR,
    confidence=HIGH,
    security=9.8,
    finds="A private key stands in plaintext.",
    why="""Whoever reads the repository has it: make a new one, and take this one out of all that trusts it.""",
    wrong=SECRET + f"stringData:\n  tls.key: |\n    -----BEGIN {'PRIVATE'} KEY-----\n    MIIBVQIBADANBgkqhkiG9w0BAQ\n",
    right=_RIGHT,
)

file_rule(
    "age-identity",
    severity=ERROR,
    confidence=HIGH,
    security=9.8,
    finds="An age identity stands in a file.",
    why="""It opens everything that was encrypted for it, in all of history: remove it, make a new one, and change the
    values.""",
    wrong="# file: age.txt\nAGE-SECRET-KEY-1" + "Q" * 58 + "\n",
    right="# file: age.txt\n# The public half may be here.\n",
)

file_rule(
    "last-applied-copy",
    severity=ERROR,
    confidence=HIGH,
    security=9.1,
    finds="kubectl's annotation repeats the values of a Secret.",
    why="""The Secret was taken from a cluster with `kubectl get`: the annotation has the values in plaintext, also
    where the file is encrypted.""",
    wrong="""
apiVersion: v1
kind: Secret
metadata:
  name: web
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"kind":"Secret","stringData":{"password":"written-by-hand"}}'
""",
    right=_RIGHT,
)

file_rule(
    "masked-or-placeholder",
    severity=ERROR,
    confidence=HIGH,
    finds="What a build left in place of a value was committed.",
    why="""`flux build` masks values, and a build without keys puts placeholders: such output is for reading, and
    applied it overwrites the Secret.""",
    wrong=SECRET + 'stringData: {password: "**SOPS**"}\n',
    right=_RIGHT,
)
