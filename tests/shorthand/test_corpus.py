"""Shorthand for real ExternalSecrets expands to objects that mean the same."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
import yaml

from krm_secrets.migrate.meaning import meaning
from tests.tools import shared

from .support import config, run

APPS = "corpus/home-ops/kubernetes/apps"
CLUSTER = """
store: bitwarden-fields
stores: {bitwarden-fields: {fetch: property}, bitwarden-login: {fetch: property}, bitwarden-notes: {fetch: property}}
route: {username: bitwarden-login, password: bitwarden-login, notes: bitwarden-notes}
"""
ONEPASSWORD = "store: onepassword-connect"
BITWARDEN = "store: bitwarden-secrets-manager"

PAPERLESS = """
paperless-secret:
  from: {app: ce0161ae-6d5b-4210-88a0-e46097b87733, postgres: 2e579895-287a-4b26-976b-2677620dc376}
  refresh: 12h
  policy: Delete
  data:
    PAPERLESS_DBENGINE: postgresql
    PAPERLESS_DBPORT: "5432"
    PAPERLESS_DBNAME: paperless
    PAPERLESS_DBHOST: postgres-rw.database.svc.cluster.local
    PAPERLESS_DBUSER: paperless
    PAPERLESS_DBPASS: .app.dbPass
    PAPERLESS_SECRET_KEY: .app.PAPERLESS_SECRET_KEY
    PAPERLESS_SOCIALACCOUNT_PROVIDERS: >
      {
        "openid_connect": {
          "APPS": [
            {
              "provider_id": "authentik",
              "name": "Authentik",
              "client_id": "{{ .app.PAPERLESS_OAUTH_CLIENT_ID }}",
              "secret": "{{ .app.PAPERLESS_OAUTH_CLIENT_SECRET }}",
              "settings": {
                "server_url": "https://auth.cloudjur.com/application/o/paperless/.well-known/openid-configuration"
              }
            }
          ]
        }
      }
    PAPERLESS_ADMIN_USER: .app.username
    PAPERLESS_ADMIN_PASSWORD: .app.password
    INIT_POSTGRES_DBNAME: paperless
    INIT_POSTGRES_HOST: postgres-rw.database.svc.cluster.local
    INIT_POSTGRES_USER: paperless
    INIT_POSTGRES_PASS: .app.dbPass
    INIT_POSTGRES_SUPER_PASS: .postgres.password
"""
FLUX_INSTANCE = """
github-webhook-token-secret:
  name: github-webhook-token
  from: b67e4583-a622-4cf2-a172-58ee67c703da
  data:
    token: .github-webhook-token
"""
EXAMPLES: dict[str, tuple[str, str, str]] = {
    "3 cloudflare-dns": (
        ONEPASSWORD,
        """
        cloudflare-dns-secret:
          name: cloudflare-dns
          from: cloudflare
          data:
            CF_API_TOKEN: .CLOUDFLARE_DNS_TOKEN
            CF_ZONE_ID: .CLOUDFLARE_ZONE_ID
        """,
        """
        metadata: {name: cloudflare-dns}
        spec:
          secretStoreRef: {kind: ClusterSecretStore, name: onepassword-connect}
          target:
            name: cloudflare-dns-secret
            template:
              data:
                CF_API_TOKEN: "{{ .CLOUDFLARE_DNS_TOKEN }}"
                CF_ZONE_ID: "{{ .CLOUDFLARE_ZONE_ID }}"
          dataFrom:
            - extract: {key: cloudflare}
        """,
    ),
    "4 recyclarr": (
        BITWARDEN,
        """
        recyclarr-secret:
          from: [41aa4e16-cbc1-4112-86eb-b2e7008ad013, ff545276-d258-4aae-a1de-b2f100cf1bda]
          data: [RADARR_API_KEY, SONARR_API_KEY]
        """,
        """
        metadata: {name: recyclarr-secret}
        spec:
          secretStoreRef: {kind: ClusterSecretStore, name: bitwarden-secrets-manager}
          target:
            name: recyclarr-secret
            template:
              data:
                RADARR_API_KEY: "{{ .RADARR_API_KEY }}"
                SONARR_API_KEY: "{{ .SONARR_API_KEY }}"
          dataFrom:
            - extract: {key: 41aa4e16-cbc1-4112-86eb-b2e7008ad013}
            - extract: {key: ff545276-d258-4aae-a1de-b2f100cf1bda}
        """,
    ),
    "5 immich": (
        ONEPASSWORD,
        """
        immich-secret:
          refresh: 1m
          from: {CNPG: cloudnative-pg, IMMICH: immich}
          data:
            DB_DATABASE_NAME: immich
            DB_USERNAME: .IMMICH.POSTGRES_USER
            DB_PASSWORD: .IMMICH.POSTGRES_PASS
            INIT_POSTGRES_DBNAME: immich
            INIT_POSTGRES_PASS: .IMMICH.POSTGRES_PASS
            INIT_POSTGRES_SUPER_PASS: .CNPG.SUPER_PASS
        """,
        """
        metadata: {name: immich-secret}
        spec:
          refreshInterval: 1m
          secretStoreRef: {kind: ClusterSecretStore, name: onepassword-connect}
          target:
            name: immich-secret
            creationPolicy: Owner
            template:
              data:
                DB_DATABASE_NAME: immich
                DB_USERNAME: "{{ .IMMICH_POSTGRES_USER }}"
                DB_PASSWORD: "{{ .IMMICH_POSTGRES_PASS }}"
                INIT_POSTGRES_DBNAME: immich
                INIT_POSTGRES_PASS: "{{ .IMMICH_POSTGRES_PASS }}"
                INIT_POSTGRES_SUPER_PASS: "{{ .CNPG_SUPER_PASS }}"
          dataFrom:
            - extract: {key: cloudnative-pg}
              rewrite: [{regexp: {source: "(.*)", target: "CNPG_$1"}}]
            - extract: {key: immich}
              rewrite: [{regexp: {source: "(.*)", target: "IMMICH_$1"}}]
        """,
    ),
    "6 unifi-cert": (
        ONEPASSWORD,
        """
        unifi-cert:
          store: gateway
          type: kubernetes.io/tls
          from: mgmt-wildcard
          data: [tls.crt, tls.key]
        """,
        """
        metadata: {name: unifi-cert}
        spec:
          secretStoreRef: {kind: ClusterSecretStore, name: gateway}
          target:
            name: unifi-cert
            template: {engineVersion: v2, type: kubernetes.io/tls}
          data:
            - secretKey: tls.crt
              remoteRef: {key: mgmt-wildcard, property: tls.crt}
            - secretKey: tls.key
              remoteRef: {key: mgmt-wildcard, property: tls.key}
        """,
    ),
    "7 mr-borboto": (
        "",
        """
        mr-borboto-auth-token:
          from: gen:GithubAccessToken/mr-borboto-auth-token
          data:
            GITHUB_COM_TOKEN: .token
            GITHUB_COM_USER: mr-borboto
            RENOVATE_TOKEN: .token
        """,
        """
        metadata: {name: mr-borboto-auth-token}
        spec:
          target:
            name: mr-borboto-auth-token
            template:
              type: Opaque
              engineVersion: v2
              data: {GITHUB_COM_TOKEN: "{{ .token }}", GITHUB_COM_USER: mr-borboto, RENOVATE_TOKEN: "{{ .token }}"}
          dataFrom:
            - sourceRef:
                generatorRef:
                  apiVersion: generators.external-secrets.io/v1alpha1
                  kind: GithubAccessToken
                  name: mr-borboto-auth-token
        """,
    ),
    "8 volsync": (
        CLUSTER,
        """
        ${APP}-volsync-r2:
          from: cb424eb9-ca32-4608-93ef-63e28c3f531e
          policy: Delete
          data:
            RESTIC_REPOSITORY: "{{ .r2_url }}/${APP}"
            RESTIC_PASSWORD: .r2_token
        """,
        """
        metadata: {name: "${APP}-volsync-r2"}
        spec:
          target:
            deletionPolicy: Delete
            name: ${APP}-volsync-r2
            template:
              engineVersion: v2
              data: {RESTIC_REPOSITORY: "{{ .REPOSITORY_TEMPLATE }}/${APP}", RESTIC_PASSWORD: "{{ .RESTIC_PASSWORD }}"}
          data:
            - secretKey: REPOSITORY_TEMPLATE
              sourceRef: {storeRef: {name: bitwarden-fields, kind: ClusterSecretStore}}
              remoteRef: {key: cb424eb9-ca32-4608-93ef-63e28c3f531e, property: r2_url}
            - secretKey: RESTIC_PASSWORD
              sourceRef: {storeRef: {name: bitwarden-fields, kind: ClusterSecretStore}}
              remoteRef: {key: cb424eb9-ca32-4608-93ef-63e28c3f531e, property: r2_token}
        """,
    ),
}


def means_the_same(short: str, config_text: str, original: dict[str, Any]) -> None:
    objects, messages = run(textwrap.dedent(short), config(config_text))
    assert messages == []
    assert [meaning(item) for item in objects] == [meaning(original)]


def test_example_1_paperless() -> None:
    original = yaml.safe_load(shared(f"{APPS}/default/paperless/app/externalsecret.yaml").read_text())
    means_the_same(PAPERLESS, CLUSTER, original)


def test_example_2_flux_instance() -> None:
    original = yaml.safe_load(shared(f"{APPS}/flux-system/flux-instance/app/externalsecret.yaml").read_text())
    means_the_same(FLUX_INSTANCE, CLUSTER, original)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example(example: str) -> None:
    config_text, short, original = EXAMPLES[example]
    means_the_same(short, config_text, yaml.safe_load(textwrap.dedent(original)))


def test_the_comparison_sees_a_difference() -> None:
    config_text, short, original = EXAMPLES["6 unifi-cert"]
    changed = yaml.safe_load(textwrap.dedent(original.replace("property: tls.key", "property: tls.other")))
    with pytest.raises(AssertionError):
        means_the_same(short, config_text, changed)
