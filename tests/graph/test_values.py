"""No value, ciphertext, text of a template or address with credentials is in any form, wherever somebody put it."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from tests.graph.asked_readers import ALICE, sealed
from tests.graph.support import text, write
from tests.running import run

FORMS = ("tree", "json", "mermaid", "dot", "svg", "html")
COPIES = 12

_FILE = """\
# CANARY
apiVersion: v1
kind: Secret
metadata:
  name: plain-NUMBER
  namespace: apps
  annotations: {note: CANARY, kubectl.kubernetes.io/last-applied-configuration: '{"stringData": {"a": "CANARY"}}'}
stringData:
  KEY: CANARY # CANARY
data: {OTHER: "CANARY"}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web-NUMBER, namespace: apps}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target:
    template:
      data: {KEY: "{{ .token }} CANARY", url: "https://user:CANARY@example.com/"}
      metadata: {annotations: {a: CANARY}}
  data:
  - {secretKey: token, remoteRef: {key: "https://user:CANARY@vault.example.com/web", property: token}}
  dataFrom:
  - find: {path: "https://CANARY@example.com/x", name: {regexp: "^a"}}
---
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault-NUMBER}
spec:
  provider: {vault: {server: "https://user:CANARY@vault.example.com", auth: {tokenSecretRef: {name: plain-NUMBER}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-NUMBER, namespace: apps, labels: {l: CANARY}}
spec:
  template:
    spec:
      containers:
      - name: main
        image: "registry.example.com/CANARY"
        args: ["--password=CANARY"]
        env:
        - {name: A, value: CANARY}
        - {name: B, valueFrom: {secretKeyRef: {name: web-NUMBER, key: KEY}}}
        - {name: C, valueFrom: {secretKeyRef: {name: not-made-NUMBER, key: KEY}}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: chart-NUMBER, namespace: apps}
spec: {values: {password: CANARY, existingSecret: web-NUMBER}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c-NUMBER, namespace: apps}
data: {password: CANARY}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    root = tmp_path_factory.mktemp("values")
    numbers, canaries = count(), list[str]()

    def planted(content: str) -> str:
        parts = content.split("CANARY")
        for at in range(len(parts) - 1):
            canaries.append(f"c4nary{next(numbers):03}x")
            parts[at] += canaries[-1]
        return "".join(parts)

    files = {f"{n}/all.yaml": planted(_FILE.replace("NUMBER", str(n))) for n in range(COPIES)}
    hidden = sealed("sealed", ALICE).replace("data:AAAA", "data:CANARY").replace("enc: nothing", "enc: CANARY")
    files["sealed.sops.yaml"] = planted(hidden)
    files[".sops.yaml"] = planted(f"keys:\n- &alice {ALICE} # CANARY\n# CANARY\n")
    files[".git/config"] = planted('[remote "origin"]\n  url = https://user:CANARY@example.com/o/r.git\n')
    files["app.yaml"] = text()
    write(root, files)
    return root, canaries


@pytest.mark.parametrize("form", FORMS)
def test_no_canary_is_in_any_form(root: tuple[Path, list[str]], form: str) -> None:
    folder, canaries = root
    assert len(canaries) >= 200
    done = run("", "graph", "--format", form, str(folder))
    assert done.code == 0, done.err
    told = done.out.decode() + done.err
    assert "web-3" in told
    assert [each for each in canaries if each in told] == []
    assert "ENC[" not in told


def test_what_cannot_be_drawn_tells_none_either(root: tuple[Path, list[str]], tmp_path: Path) -> None:
    _, canaries = root
    write(
        tmp_path,
        {"a.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData: {{a: {canaries[0]}, [}}\n"},
    )
    done = run("", "graph", str(tmp_path))
    assert (done.code, done.out) == (1, b"")
    assert canaries[0] not in done.err
