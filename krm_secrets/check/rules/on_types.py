"""Rules on the type and the labels of the Secret that an ExternalSecret makes."""

from __future__ import annotations

from krm_secrets.check.finding import HIGH
from krm_secrets.check.rules.specs import spec_rule
from krm_secrets.errors import ERROR, WARNING

spec_rule(
    "type-refused",
    severity=ERROR,
    confidence=HIGH,
    finds="A type of Secret that External Secrets does not make.",
    why="""Tokens of nodes and service accounts are made by Kubernetes itself: the webhook refuses the object.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {type: bootstrap.kubernetes.io/token}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {type: Opaque}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "template-target-refused",
    severity=ERROR,
    confidence=HIGH,
    finds="A template writes to a place that External Secrets does not take.",
    why="""Of a Secret it writes Data, Annotations and Labels alone: the webhook refuses the object.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {templateFrom: [{target: Spec, literal: "a: b"}]}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {templateFrom: [{target: Data, literal: "a: b"}]}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "label-refused",
    severity=ERROR,
    confidence=HIGH,
    finds="A label or annotation for the Secret that the API server refuses.",
    why="""External Secrets cannot write the Secret, and says so in the status of the ExternalSecret alone.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {metadata: {labels: {app: "my app!"}}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {metadata: {labels: {app: my-app}}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "type-lacks-keys",
    severity=ERROR,
    confidence=HIGH,
    finds="A Secret of this type needs keys that it does not get.",
    why="""The API server refuses a Secret of type tls, dockerconfigjson, ssh-auth or basic-auth without its keys. It is
    said where all keys are known.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {type: kubernetes.io/tls, data: {cert.pem: "{{ .password }}"}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {type: kubernetes.io/tls, data: {tls.crt: "{{ .password }}", tls.key: "{{ .password }}"}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "type-unknown",
    severity=WARNING,
    confidence=HIGH,
    finds="Kubernetes has no such type of Secret of its own.",
    why="""What asks for the right type, such as an Ingress, does not take the Secret: mostly a slip of the pen.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {type: kubernetes.io/basic-authentication}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {type: example.com/basic}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)
