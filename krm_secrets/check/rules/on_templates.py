"""Rules on Go's templates and expressions in an ExternalSecret, ClusterExternalSecret or PushSecret."""

from __future__ import annotations

from krm_secrets.check.finding import HIGH
from krm_secrets.check.rules.specs import spec_rule
from krm_secrets.errors import ERROR, INFO, WARNING

spec_rule(
    "template-syntax",
    severity=ERROR,
    confidence=HIGH,
    finds="Go cannot read a template.",
    why="""External Secrets renders nothing of it, and the Secret keeps what it had or is never made.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: "{{ .password"}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: "{{ .password }}"}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "template-function-unknown",
    severity=ERROR,
    confidence=HIGH,
    finds="A template calls a function that External Secrets does not have.",
    why="""The template cannot be read, so that no Secret is made. Helm's functions, and `env`, are none of its own.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: "{{ .password | shout }}"}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: "{{ .password | upper }}"}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "random-in-template",
    severity=WARNING,
    confidence=HIGH,
    finds="A template gives something else at every refresh.",
    why="""The Secret changes at each refresh, and with it everything that restarts when it does. Keep the value in the
    store, make it by a generator, or fetch it once with `refreshPolicy: CreatedOnce`.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {TOKEN: "{{ randAlphaNum 32 }}"}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {TOKEN: "{{ .password }}"}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "unordered-in-template",
    severity=WARNING,
    confidence=HIGH,
    finds="A template lists a map in an order that changes.",
    why="""`keys` and `values` come in another order each time, so that the Secret changes at every refresh: add
    `sortAlpha`.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {LIST: '{{ keys . | join "," }}'}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {LIST: '{{ keys . | sortAlpha | join "," }}'}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "template-variable-not-fetched",
    severity=ERROR,
    confidence=HIGH,
    finds="A template uses a value that nothing fetches.",
    why="""External Secrets renders with missingkey=error: the Secret is not made. It is said only where all fetched
    names are known.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: "{{ .passwd }}"}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: "{{ .password }}"}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "index-dot-data",
    severity=ERROR,
    confidence=HIGH,
    finds="A template asks for `.data`, which engine v2 does not have.",
    why="""Old documentation has `index .data`; since engine v2 the fetched values stand at the root: write `index
    .`.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: '{{ index .data "password" }}'}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: '{{ index . "password" }}'}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "default-does-not-help",
    severity=INFO,
    confidence=HIGH,
    finds="A default behind a value that may be missing is never reached.",
    why="""With missingkey=error the template fails before `default` is asked: `index . \"x\" | default` does what is
    meant.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: '{{ .user | default "web" }}'}}}
  dataFrom: [{extract: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: '{{ index . "user" | default "web" }}'}}}
  dataFrom: [{extract: {key: web}}]
""",
)

spec_rule(
    "index-hides-missing",
    severity=WARNING,
    confidence=HIGH,
    finds="`index` gives nothing for a value that nothing fetches.",
    why="""Unlike `.name`, `index` does not fail where the value is missing: the Secret is made with an empty text.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: '{{ index . "passwd" }}'}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: '{{ index . "password" }}'}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "fetched-not-used",
    severity=INFO,
    confidence=HIGH,
    finds="A value is fetched that no template uses.",
    why="""It costs a call to the provider at every refresh, and is left over from something.""",
    mends="Only `--fix=unsafe` takes the entry out: a template that nobody sees here may use it.",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: "{{ .password }}"}}}
  data: [{secretKey: password, remoteRef: {key: web}}, {secretKey: user, remoteRef: {key: web}}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {template: {data: {URL: "{{ .password }}"}}}
  data: [{secretKey: password, remoteRef: {key: web}}]
""",
)

spec_rule(
    "regexp-refused",
    severity=ERROR,
    confidence=HIGH,
    finds="An expression that Go cannot compile.",
    why="""External Secrets fails at it, so that no Secret is made.""",
    wrong="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  dataFrom: [{extract: {key: web}, rewrite: [{regexp: {source: "(.*", target: "web_$1"}}]}]
""",
    right="""
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  dataFrom: [{extract: {key: web}, rewrite: [{regexp: {source: "(.*)", target: "web_$1"}}]}]
""",
)
