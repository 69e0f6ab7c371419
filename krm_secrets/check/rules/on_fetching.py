"""Rules on what an ExternalSecret fetches, how often, and from where."""

from __future__ import annotations

from collections.abc import Iterator

from krm_secrets.check.finding import HIGH, MEDIUM, Hit
from krm_secrets.check.named_stores import stores
from krm_secrets.check.rule import rule
from krm_secrets.check.rules.specs import spec_rule
from krm_secrets.errors import ERROR, INFO, WARNING
from krm_secrets.stages.credentials import ADDRESS, addresses

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.check.subject import Subject

_STORE = """
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: bitwarden}
spec:
  provider:
    bitwardensecretsmanager:
      bitwardenServerSDKURL: https://bitwarden-sdk-server.external-secrets.svc.cluster.local:9998
      organizationID: 0b2a1c1e-0000-4000-8000-000000000001
      projectID: 0b2a1c1e-0000-4000-8000-000000000002
      auth: {secretRef: {credentials: {name: token, key: token, namespace: external-secrets}}}
      caProvider: {type: Secret, name: ca, key: ca.crt, namespace: external-secrets}
---
"""


def _with(manifest: str) -> str:
    """The manifest, behind the store that it names."""
    return _STORE + manifest.lstrip("\n")


spec_rule(
    "bitwarden-property-ignored",
    severity=ERROR,
    confidence=HIGH,
    finds="Bitwarden Secrets Manager ignores property and version.",
    why="""The provider takes the whole value, whatever stands there: use `dataFrom.extract` for a value that is a
    map.""",
    wrong=_with("""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: bitwarden}
  data: [{secretKey: password, remoteRef: {key: web, property: password}}]
"""),
    right=_with("""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: bitwarden}
  data: [{secretKey: password, remoteRef: {key: web}}]
"""),
)

spec_rule(
    "bitwarden-find-all",
    severity=ERROR,
    confidence=HIGH,
    finds="With find Bitwarden Secrets Manager gives every secret of the organization.",
    why="""The provider ignores what find asks for: all secrets that the machine account may read come into the
    Secret.""",
    wrong=_with("""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: bitwarden}
  dataFrom: [{find: {name: {regexp: web}}}]
"""),
    right=_with("""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: bitwarden}
  dataFrom: [{extract: {key: web}}]
"""),
)

spec_rule(
    "bitwarden-deletion-policy",
    severity=WARNING,
    confidence=HIGH,
    finds="The deletion policy has no effect with Bitwarden Secrets Manager.",
    why="""The provider never says that a secret is gone, so that nothing is deleted: the ExternalSecret fails
    instead.""",
    wrong=_with("""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: bitwarden}
  target: {deletionPolicy: Delete}
  data: [{secretKey: password, remoteRef: {key: web}}]
"""),
    right=_with("""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: bitwarden}
  data: [{secretKey: password, remoteRef: {key: web}}]
"""),
)

spec_rule(
    "call-budget",
    severity=WARNING,
    confidence=HIGH,
    finds="More calls a minute than Bitwarden Secrets Manager takes.",
    why="""Each value is fetched by itself; above the limit the provider answers with errors and every ExternalSecret of
    the store waits. Longer intervals, or one secret with several fields, need fewer calls.""",
    wrong=_with("""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: bitwarden}
  data:
    - {secretKey: key-a, remoteRef: {key: item-a}}
    - {secretKey: key-b, remoteRef: {key: item-b}}
    - {secretKey: key-c, remoteRef: {key: item-c}}
    - {secretKey: key-d, remoteRef: {key: item-d}}
    - {secretKey: key-e, remoteRef: {key: item-e}}
    - {secretKey: key-f, remoteRef: {key: item-f}}
"""),
    right=_with("""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: bitwarden}
  data: [{secretKey: password, remoteRef: {key: web}}]
"""),
)

spec_rule(
    "extracts-overlap",
    severity=INFO,
    confidence=MEDIUM,
    pedantic=True,
    finds="Several items are fetched as a whole into one map.",
    why="""Of fields with one name the later item wins in silence: a rewrite that puts a prefix before the names keeps
    them apart.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: "{{ .password }}"}}}
  dataFrom: [{extract: {key: web}}, {extract: {key: db}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: "{{ .password }}"}}}
  dataFrom: [{extract: {key: web}}]
""",
)

spec_rule(
    "placeholder-key",
    severity=WARNING,
    confidence=MEDIUM,
    finds="The name of an item was left to be filled in.",
    why="""The provider has no such item, so that no Secret is made.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: password, remoteRef: {key: PLACEHOLDER}}]
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
    "refresh-too-often",
    severity=INFO,
    confidence=MEDIUM,
    pedantic=True,
    finds="The values are fetched again every few minutes.",
    why="""Many providers limit or bill their calls; a change that must arrive at once can be asked for by an annotation
    instead.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  refreshInterval: 1m
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  refreshInterval: 1h
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)


@rule(
    ADDRESS,
    severity=WARNING,
    confidence=HIGH,
    finds="A store has an address of Bitwarden that is none of the service that it is for.",
    why="""The SDK server logs in at one address and asks the other: the web vault answers neither, and a token is known
    in one region alone. Addresses of other people's servers are theirs.""",
    wrong=_STORE.replace("      auth:", "      apiURL: https://vault.bitwarden.com\n      auth:"),
    right=_STORE.replace("      auth:", "      apiURL: https://api.bitwarden.com\n      auth:"),
)
def bitwarden_address(subject: Subject) -> Iterator[Hit]:
    for store in subject.once(stores):
        for problem in addresses(store.item):
            yield subject.hit(store.item, problem.path, problem.message)
