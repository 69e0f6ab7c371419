"""Rules on what the API server and the webhook take of an ExternalSecret, ClusterExternalSecret or PushSecret."""

from __future__ import annotations

from krm_secrets.check.finding import HIGH
from krm_secrets.check.rules.specs import spec_rule
from krm_secrets.errors import ERROR, WARNING

spec_rule(
    "unknown-field",
    severity=ERROR,
    confidence=HIGH,
    finds="A field that the API of External Secrets does not have.",
    why="""The API server drops the field or refuses the object, by how it is applied: what was meant never happens.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {nam: login}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: login}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "field-refused",
    severity=ERROR,
    confidence=HIGH,
    finds="A field has a value that the API server refuses.",
    why="""A wrong type, a word that is none of those that are allowed, or a required field that is missing: the object
    is not applied.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  refreshPolicy: Always
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  refreshPolicy: Periodic
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "eso-version-not-served",
    severity=WARNING,
    confidence=HIGH,
    finds="A version of the API that External Secrets no longer serves.",
    why="""Since 0.17 External Secrets serves v1 alone: the API server does not know the object. `esoVersion` in the
    SecretsConfig says which release runs; where it is known to be newer, this is an error. Where nothing says it and
    nothing here is of v1, the old release may run: it is told with --pedantic.""",
    wrong="""
apiVersion: external-secrets.io/v1beta1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "field-newer-than-eso",
    severity=ERROR,
    confidence=HIGH,
    finds="A field or word that came after the release of External Secrets that runs.",
    why="""The API server refuses it, or the operator takes it for something else: with CreateOrMerge an old release
    says Ready and makes no Secret.""",
    wrong="""
# file: krm-secrets.yaml
apiVersion: krm-secrets.dev/v1alpha1
kind: SecretsConfig
metadata: {name: config}
esoVersion: "2.0"
# file: app.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {creationPolicy: CreateOrMerge}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "fetches-nothing",
    severity=ERROR,
    confidence=HIGH,
    finds="An ExternalSecret fetches nothing.",
    why="""The webhook of External Secrets refuses it: at least one of data and dataFrom is needed.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: login}
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "policies-refused",
    severity=ERROR,
    confidence=HIGH,
    finds="A deletion policy that cannot go with the creation policy.",
    why="""The webhook of External Secrets refuses it: what is not owned cannot be deleted.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {creationPolicy: Merge, deletionPolicy: Delete}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {creationPolicy: Merge}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "secret-key-twice",
    severity=ERROR,
    confidence=HIGH,
    finds="One key of the Secret is fetched twice.",
    why="""The webhook of External Secrets refuses it, since nobody can tell which of the two is meant.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: password, remoteRef: {key: web}}, {secretKey: password, remoteRef: {key: db}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "store-not-named",
    severity=ERROR,
    confidence=HIGH,
    finds="Nothing says from which store a value comes.",
    why="""External Secrets cannot fetch it: name the store in secretStoreRef, or in the sourceRef of each entry.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "source-refused",
    severity=ERROR,
    confidence=HIGH,
    finds="An entry of dataFrom says too much or nothing.",
    why="""extract, find and a generator exclude each other, and one of them is needed: the webhook refuses the
    object.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  dataFrom: [{extract: {key: web}, find: {path: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  dataFrom: [{extract: {key: web}}]
""",
)
