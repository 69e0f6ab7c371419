"""Fields of an ExternalSecret that take one of a few words."""

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
