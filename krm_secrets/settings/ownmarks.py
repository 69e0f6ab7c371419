"""The annotations on what we generate: by them the next run knows its own objects, and whose they are."""

from __future__ import annotations

from krm_secrets.externalsecrets.target import KIND

CERTIFICATE = "Certificate"
"""What cert-manager makes of a request."""

MAPPING_ANNOTATION = "krm-secrets.dev/mapping"
"""On a generated ExternalSecret: `namespace/name` of its mapping."""

STORE_ANNOTATION = "krm-secrets.dev/store"
"""On everything that a BitwardenStore makes: `namespace/name` of it."""

GENERATED_KINDS = frozenset({"Issuer", CERTIFICATE, "ClusterSecretStore", "SecretStore"})
"""What a BitwardenStore makes."""

KINDS = {MAPPING_ANNOTATION: frozenset({KIND}), STORE_ANNOTATION: GENERATED_KINDS}
"""The kinds that carry each mark; on any other the annotation is somebody else's."""

MAKERS = {MAPPING_ANNOTATION: "SecretMapping", STORE_ANNOTATION: "BitwardenStore"}
