"""`krm-secrets init`: what is learnt, with the reason for each field."""

from __future__ import annotations

from pathlib import Path

from krm_secrets.migrate.configtext import MODELINE
from krm_secrets.settings.config import parse_config
from tests.shorthand.support import load

from .test_moved_trees import run

HEAD = f"""{MODELINE}apiVersion: krm-secrets.dev/v1alpha1
kind: SecretsConfig
metadata:
  name: secrets
  annotations:
    config.kubernetes.io/local-config: "true"  # builds leave this file out
"""
EMPTY = f"""{HEAD}refresh: 1h  # what External Secrets takes by itself
decrypt: sops  # nothing is encrypted here yet; keep leaves ciphertext for Flux to decrypt in the cluster
reload: auto  # with Reloader in the cluster, what uses a Secret is restarted when it changes; off does nothing
defaults: minimal  # explicit spells out what the API server adds, which Argo CD would show as a difference
"""
EXTERNAL = """
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: NAME}
spec:
  refreshInterval: 12h
  secretStoreRef: {name: vault, kind: SecretStore}
  data:
    - secretKey: TOKEN
      remoteRef: {key: ce0161ae-6d5b-4210-88a0-e46097b87733, property: token}
    - secretKey: USER
      sourceRef: {storeRef: {name: login, kind: SecretStore}}
      remoteRef: {key: ce0161ae-6d5b-4210-88a0-e46097b87733, property: username}
"""
STORES = """
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: bitwarden}
spec: {provider: {bitwardensecretsmanager: {}}}
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: files}
spec: {provider: {webhook: {}}}
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: vault}
spec: {provider: {vault: {}}}
"""
SOPS = """
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {a: "ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]"}
sops: {mac: x}
"""
FLUX = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps}
spec: {path: ./apps}
"""
WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, annotations: {reloader.stakater.com/auto: "true"}}
"""
ARGO = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app}
"""


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


def test_an_empty_folder_gets_defaults_with_comments(tmp_path: Path) -> None:
    code, said = run(tmp_path, "init")
    assert (code, said) == (0, f"created ./krm-secrets.yaml: there is nothing here yet to learn from\n\n{EMPTY}")
    assert (tmp_path / "krm-secrets.yaml").read_text() == EMPTY


def test_what_is_there_is_learnt(tmp_path: Path) -> None:
    apps = EXTERNAL.replace("NAME", "app-token") + "---" + EXTERNAL.replace("NAME", "app-other")
    write(tmp_path, external=apps, stores=STORES, sops=SOPS, flux=FLUX, workload=WORKLOAD)
    code, said = run(tmp_path.parent, "init", tmp_path.name)
    expected = f"""{HEAD}store: login  # the store of 2 of 2 ExternalSecrets
stores:
  login: {{fetch: property, kind: SecretStore}}  # fetched here: 2 single properties
  vault: {{fetch: property, kind: SecretStore}}  # fetched here: 2 single properties
  bitwarden: {{provider: bitwardensecretsmanager}}  # of the provider bitwardensecretsmanager; not used yet
  files: {{fetch: property, kind: SecretStore}}  # of the provider webhook; not used yet
route:
  token: vault  # 2 of 2 uses
refresh: 12h  # the interval of 2 of 2 ExternalSecrets
decrypt: keep  # Flux decrypts in the cluster what SOPS encrypted; sops would do it in the build
reload: auto  # Reloader is used: what uses a Secret is restarted when it changes
defaults: minimal  # explicit spells out what the API server adds, which Argo CD would show as a difference
# names for ids that several ExternalSecrets use
items:
  app: ce0161ae-6d5b-4210-88a0-e46097b87733
"""
    told = (
        "learnt from 2 ExternalSecrets, 3 stores, 1 object encrypted with SOPS, 1 Flux Kustomization, "
        "1 file with Reloader's annotations"
    )
    assert (code, said) == (0, f"created {tmp_path.name}/krm-secrets.yaml: {told}\n\n{expected}")
    problems: list[object] = []
    parse_config(load(expected), problems)  # type: ignore[arg-type]
    assert problems == []


def test_argo_cd_and_a_store_that_is_alone(tmp_path: Path) -> None:
    write(tmp_path, argo=ARGO, store=STORES.split("---")[0], sops=SOPS)
    code, said = run(tmp_path, "init", ".")
    assert code == 0
    assert said.endswith(
        f"""{HEAD}store: bitwarden  # the only store here
stores:
  bitwarden: {{provider: bitwardensecretsmanager}}  # of the provider bitwardensecretsmanager; not used yet
refresh: 1h  # what External Secrets takes by itself
decrypt: sops  # Secrets are encrypted with SOPS, and no Flux is here that would decrypt them in the cluster
reload: "off"  # no annotation of Reloader is here; auto restarts what uses a Secret when it changes
defaults: explicit  # Argo CD would show what the API server adds as a difference
"""
    )


def test_a_configuration_that_is_there_is_not_touched(tmp_path: Path) -> None:
    write(tmp_path, **{"krm-secrets": "mine"})
    (tmp_path / "below").mkdir()
    message = "krm-secrets: error: krm-secrets.yaml: is there already and counts for this folder: edit it\n"
    assert run(tmp_path, "init") == (1, message)
    assert run(tmp_path, "init", "below") == (1, message)
    assert (tmp_path / "krm-secrets.yaml").read_text() == "mine"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert run(tmp_path, "init", "nowhere") == (1, "krm-secrets: error: nowhere: there is no such folder\n")
