"""The version of External Secrets whose fields we know, and those that take one of a few words."""

from __future__ import annotations

CREATION = ("Owner", "Orphan", "Merge", "CreateOrMerge", "None")
DELETION = ("Delete", "Retain")
REFRESH = ("CreatedOnce", "Periodic", "OnChange")
DECODINGS = ("Auto", "Base64", "Base64URL", "None")

GENERATORS = (
    "ACRAccessToken", "BeyondtrustWorkloadCredentialsDynamicSecret", "ClusterGenerator", "CloudsmithAccessToken",
    "ECRAuthorizationToken", "Fake", "GCRAccessToken", "GithubAccessToken", "GitlabDeployToken", "QuayAccessToken",
    "Password", "SSHKey", "STSSessionToken", "UUID", "VaultDynamicSecret", "Webhook", "Grafana", "MFA",
)  # fmt: skip
"""Kinds that make a value in place of a store."""
GENERATOR_API_VERSION = "generators.external-secrets.io/v1alpha1"


Version = tuple[int, int]

NEWEST: Version = (2, 9)
"""Assumed unless a SecretsConfig says other."""
