"""`krm-secrets init`: what is learnt, with the reason for each field."""

from __future__ import annotations

from pathlib import Path

import pytest

from krm_secrets.settings.config_document import parse_config
from tests.shorthand.support import load

from .test_moved_trees import run

HEAD = """apiVersion: krm-secrets.dev/v1alpha1
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
reload: "off"  # no Reloader and no annotation of it is here; auto restarts what uses a Secret when it changes
defaults: explicit  # Argo CD would show what the API server adds as a difference
"""
    )


def learnt(tmp_path: Path, field: str) -> str:
    code, said = run(tmp_path, "init", ".")
    assert code == 0
    return next(row for row in said.splitlines() if row.startswith(f"{field}: "))


DECRYPTION = FLUX.replace("./apps", "./apps, decryption: {provider: sops}")
KEEP = "decrypt: keep  # Flux decrypts in the cluster, as spec.decryption says; sops would do it in the build"
PATCH = """
patches:
  - target: {group: kustomize.toolkit.fluxcd.io, kind: Kustomization}
    patch: |
      - {op: add, path: /spec/decryption, value: {provider: sops}}
resources: [flux.yaml]
"""


def test_any_object_that_sops_encrypted_counts_and_so_does_flux_that_decrypts(tmp_path: Path) -> None:
    write(tmp_path, other=SOPS.replace("kind: Secret", "kind: ConfigMap"), flux=DECRYPTION)
    code, said = run(tmp_path, "init")
    told = "1 object encrypted with SOPS, 1 Flux Kustomization, 1 place where Flux is told to decrypt"
    assert said.startswith(f"created ./krm-secrets.yaml: learnt from {told}\n")
    assert (code, KEEP in said) == (0, True)


def test_flux_that_decrypts_what_is_not_here_yet(tmp_path: Path) -> None:
    assert learnt(write(tmp_path, flux=DECRYPTION), "decrypt") == KEEP


def test_flux_that_a_patch_tells_to_decrypt(tmp_path: Path) -> None:
    assert learnt(write(tmp_path, flux=FLUX, kustomization=PATCH), "decrypt") == KEEP


def test_decryption_that_is_commented_out(tmp_path: Path) -> None:
    flux = FLUX.replace("spec: {path: ./apps}", "spec:\n  path: ./apps\n  # decryption: {provider: sops}")
    assert learnt(write(tmp_path, flux=flux), "decrypt").startswith("decrypt: sops  # nothing is encrypted here yet")


def test_an_encrypted_config_map_without_flux(tmp_path: Path) -> None:
    write(tmp_path, other=SOPS.replace("kind: Secret", "kind: ConfigMap"))
    why = "no Flux is here that decrypts in the cluster; what is no Secret waits for decryptKinds: [KIND]"
    assert learnt(tmp_path, "decrypt") == f"decrypt: sops  # {why}"


def test_what_a_controller_decrypts_is_not_ours(tmp_path: Path) -> None:
    write(tmp_path, other=SOPS.replace("v1\nkind: Secret", "isindir.github.com/v1alpha3\nkind: SopsSecret"), flux=FLUX)
    assert learnt(tmp_path, "decrypt").startswith("decrypt: sops  # nothing is encrypted here yet")


def test_values_of_a_chart_that_sops_encrypted(tmp_path: Path) -> None:
    write(
        tmp_path,
        values="password: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]\nsops: {mac: x, lastmodified: x}\n",
        flux=FLUX,
    )
    code, said = run(tmp_path, "init")
    assert "learnt from 1 other file encrypted with SOPS, 1 Flux Kustomization\n" in said
    assert (code, "decrypt: keep  # Flux decrypts" in said) == (0, True)


RELOADERS = {
    "release": "kind: HelmRelease\nspec:\n  chart:\n    spec:\n      chart: reloader\n",
    "oci": "kind: OCIRepository\nspec: {url: oci://ghcr.io/stakater/charts/reloader}\n",
    "application": "kind: Application\nspec: {source: {repoURL: https://stakater.github.io/stakater-charts}}\n",
    "deployment": "kind: Deployment\nspec:\n  image: ghcr.io/stakater/reloader:v1.4.5\n",
    "kustomization": "resources: [https://github.com/stakater/Reloader/deployments/kubernetes]\n",
}


@pytest.mark.parametrize("name", RELOADERS)
def test_reloader_that_is_installed(name: str, tmp_path: Path) -> None:
    write(tmp_path, flux=FLUX, **{name: f"apiVersion: x/v1\n{RELOADERS[name]}"})
    row = "reload: auto  # Reloader is installed: what uses a Secret is restarted when it changes"
    assert learnt(tmp_path, "reload") == row


def test_reloader_in_a_comment_is_not_installed(tmp_path: Path) -> None:
    write(tmp_path, flux=f"{FLUX}# see https://github.com/stakater/Reloader\n")
    assert learnt(tmp_path, "reload").startswith('reload: "off"')


def test_a_configuration_under_another_name_is_told(tmp_path: Path) -> None:
    write(tmp_path, settings=HEAD)
    code, said = run(tmp_path, "init")
    assert code == 0
    assert said.startswith(
        "krm-secrets: warning: settings.yaml:1: SecretsConfig secrets: does not count: a configuration is called"
        " krm-secrets.yaml; rename it, or name it with `-c` [configuration-ignored]\n"
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
