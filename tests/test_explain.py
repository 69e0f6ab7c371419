"""`krm-secrets run --explain`: every Secret, what makes it, who uses it, and what restarts whom.

`explain/` holds one stream and what is printed for it; rewrite with `python -m tests.test_explain`, and read it.
"""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import MEASURED, start

FOLDER = Path(__file__).parent / "explain"
INPUT = str(FOLDER / "input.yaml")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(columns: int) -> str:
    """What a terminal of this width shows."""
    master, slave = pty.openpty()
    seen = {"COLUMNS": str(columns), "TERM": "xterm-256color"}
    env = MEASURED | {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **seen}
    with subprocess.Popen([sys.executable, "-m", "krm_secrets", "run", "--explain", INPUT], stdout=slave, env=env):
        os.close(slave)
        shown = io.BytesIO()
        while data := _read(master):
            shown.write(data)
    os.close(master)
    return shown.getvalue().decode().replace("\r\n", "\n")


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # how Linux says that nobody writes any more
        return b""


def piped(*words: str) -> str:
    done = start("", "run", "--explain", *words, INPUT)
    assert (done.code, done.err) == (0, "")
    return done.out.decode().replace(str(FOLDER), "explain")


def test_a_secret_that_is_made_in_another_namespace(tmp_path: Path) -> None:
    made = (
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: shared, namespace: NS}\nspec: {}\n"
    )
    user = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: a}\n"
        "spec: {template: {spec: {containers: [{name: m, envFrom: [{secretRef: {name: shared}}]}]}}}\n"
    )
    path = tmp_path / "x.yaml"
    path.write_text("---\n".join((user, *(made.replace("NS", each) for each in ("b", "c", "d", "e")))))
    shown = start("", "run", "--explain", str(path)).out.decode()
    assert "nothing in a, but in b, c, d and 1 more" in shown
    assert "nothing here" not in shown


def test_a_secret_that_another_build_makes_in_the_same_namespace(tmp_path: Path) -> None:
    head = "apiVersion: cert-manager.io/v1\nkind: Certificate\n"
    made = f"{head}metadata: {{name: tls, namespace: a}}\nspec: {{secretName: tls}}\n"
    user = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: a}\n"
        "spec: {template: {spec: {containers: [{name: m, envFrom: [{secretRef: {name: tls}}]}]}}}\n"
    )
    for name, text in (("one", made), ("two", user)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.yaml").write_text(text)
        (tmp_path / name / "kustomization.yaml").write_text("resources: []\n")
    (tmp_path / ".git").mkdir()
    shown = start("", "render", "--explain", str(tmp_path)).out.decode()
    assert "but in a" not in shown
    assert "nothing here" in shown


def test_a_patch_in_a_file_is_a_use_of_what_it_patches(tmp_path: Path) -> None:
    """By its own name, by a target, with the namespace of the build; what patches nothing stays as it is."""
    web = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
        "spec: {template: {spec: {containers: [{name: m}]}}}\n"
    )
    patch = web.replace("{name: m}", "{name: m, envFrom: [{secretRef: {name: s}}]}")
    files = {
        "kustomization.yaml": (
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
            "namespace: x\nresources: [web.yaml, db.yaml, es.yaml]\n"
            "patches:\n- path: named.yaml\n- path: nothing.yaml\n"
            "- {path: aimed.yaml, target: {kind: Deployment, name: d.*}}\n"
        ),
        "web.yaml": web,
        "db.yaml": web.replace("web", "db"),
        "es.yaml": "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: s}\nspec: {}\n",
        "named.yaml": patch,
        "aimed.yaml": patch.replace("web", "any"),
        "nothing.yaml": patch.replace("web", "nobody"),
    }
    (tmp_path / ".git").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    told = "the build changes this object, so that nobody can tell"
    for command in ("render", "run"):
        shown = json.loads(start("", command, "--explain", "--format", "json", str(tmp_path)).out)
        users = [(bool(each["madeBy"]), user) for each in shown["secrets"] for user in each["usedBy"]]
        patched = [(user["name"], user["places"]) for _, user in users if user["kind"] == "Kustomization"]
        assert patched == [(tmp_path.name, ["patches[1].path"])]  # of the others the objects tell
        found = [(made, Path(u["file"]).name, u["name"], u["how"]) for made, u in users if u["kind"] == "Deployment"]
        assert sorted(found) == [
            (False, "nothing.yaml", "nobody", "the Secret is not known here"),
            (True, "aimed.yaml", "db", told),
            (True, "named.yaml", "web", told),
        ]


def test_an_object_that_hides_its_kind_does_not_hide_the_rest(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    hidden = "kind: ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]\nsops: {version: 3.9.0}\n"
    (tmp_path / "hidden.yaml").write_text(f"apiVersion: v1\n{hidden}")
    made = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: s, namespace: x}\nspec: {}\n"
    (tmp_path / "es.yaml").write_text(made)
    for command in ("run", "render"):
        done = start("", command, "--explain", "--format", "json", str(tmp_path))
        assert done.code == 0
        assert [each["name"] for each in json.loads(done.out)["secrets"]] == ["s"]


def test_a_label_is_told_whatever_a_build_does_to_its_user(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": (
            "namespace: x\nresources: [ks.yaml, secret.sops.yaml]\n"
            "patches:\n- target: {kind: Kustomization}\n  patch: '[{op: add, path: /spec/prune, value: true}]'\n"
        ),
        "ks.yaml": (
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\n"
            "spec: {postBuild: {substituteFrom: [{kind: Secret, name: s}]}}\n"
        ),
        "secret.sops.yaml": (
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
            "stringData: {a: 'ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]'}\nsops: {version: 3.9.0}\n"
        ),
    }
    (tmp_path / ".git").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    shown = json.loads(start("", "render", "--explain", "--format", "json", str(tmp_path)).out)
    (user,) = (each for secret in shown["secrets"] for each in secret["usedBy"])
    assert user["how"].startswith("needs the label reconcile.fluxcd.io/watch on the Secret: ")


def test_a_list_with_a_name_that_another_namespace_has(tmp_path: Path) -> None:
    head = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"
    made = f"{head}metadata: {{name: NAME, namespace: NS}}\nspec: {{}}\n---\n"
    path = tmp_path / "x.yaml"
    path.write_text(
        made.replace("NAME", "shared").replace("NS", "b")
        + made.replace("NAME", "own").replace("NS", "a")
        + "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: a\n"
        '  annotations: {secret.reloader.stakater.com/reload: "own,shared"}\n'
        "spec: {template: {spec: {containers: [{name: m, envFrom: [{secretRef: {name: own}}]}]}}}\n"
    )
    assert (
        'the Secret "shared" is made in the namespace b, where this workload is not, nor does it use it ['
        in start("", "run", str(path)).err
    )


def told(name: str) -> str:
    if name == "objects.json":
        return piped("--format", "json")
    if name == "plain.txt":
        return piped()
    shown = COLOURS.sub("", on_terminal(80 if name == "narrow.txt" else 200))
    return "".join(f"{line.rstrip()}\n" for line in shown.splitlines())


@pytest.mark.parametrize("name", ["narrow.txt", "wide.txt", "plain.txt", "objects.json"])
def test_what_is_printed(name: str) -> None:
    assert told(name) == (FOLDER / name).read_text()


def test_no_line_is_wider_than_the_terminal() -> None:
    assert max(map(len, (FOLDER / "narrow.txt").read_text().splitlines())) <= 80


def test_a_terminal_gets_colours_and_a_pipe_none() -> None:
    shown = on_terminal(200)
    assert "\x1b[33mnothing: Reloader does not know the kind" in shown
    assert "\x1b[32mReloader" in shown
    assert "\x1b" not in piped()


def test_a_pipe_gets_one_whole_line_a_use() -> None:
    (line,) = (line for line in piped().splitlines() if "forgotten" in line)
    assert line.startswith("web/app-secret ")
    assert line.endswith("Reloader: reloader.stakater.com/auto (added)")


def test_the_json_names_every_place_and_key() -> None:
    found = json.loads(piped("--format", "json"))
    assert found["version"] == 1
    (app,) = (secret for secret in found["secrets"] if secret["name"] == "app-secret")
    assert app["madeBy"][0]["line"] == 2
    (use,) = (use for use in app["usedBy"] if use["name"] == "forgotten")
    assert len(use["places"]) == 2
    assert use["keys"] == ["TOKEN"]
    assert (use["restartedBy"], use["added"], use["needed"]) == ("Reloader", True, True)


def test_what_the_table_says_is_added_is_what_the_run_adds() -> None:
    done = start("", "run", "--placeholder", INPUT)
    own = Path(INPUT).read_text().count("reloader.stakater.com/auto")
    made = done.out.decode().count("reloader.stakater.com/auto") - own + done.out.decode().count("fluxcd.io/watch")
    assert made == piped().count("(added)") == 3


def test_a_mistake_fails_and_prints_no_table(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: a}\nsecrets: {}\n")
    done = start("", "run", "--explain", str(file))
    assert (done.code, done.out) == (1, b"")
    assert done.err == f"krm-secrets: error: {file}:4: SecretMapping a: secrets: must hold at least one Secret\n"


def test_nothing_to_tell(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    done = start("", "run", "--explain", str(tmp_path))
    assert (done.code, done.out, done.err) == (0, b"no Secret is made or used here\n", "")


def test_references_to_other_namespaces_and_from_none(tmp_path: Path) -> None:
    """An Ingress may name another namespace's Secret; what has no namespace leaves it to its operator."""
    (tmp_path / "a.yaml").write_text(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: s, namespace: one}\n---\n"
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\n"
        "metadata: {name: i, namespace: two, annotations: {nginx.ingress.kubernetes.io/auth-secret: one/s}}\n---\n"
        "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: c}\nspec: {ca: {secretName: s}}\n"
    )
    done = start("", "run", "--explain", "--format", "json", str(tmp_path))
    (secret,) = json.loads(done.out)["secrets"]
    assert (secret["name"], secret["namespace"]) == ("s", "one")
    assert [use["kind"] for use in secret["usedBy"]] == ["Ingress", "ClusterIssuer"]


def test_the_format_is_for_the_table() -> None:
    done = start("", "run", "--format", "json", "x")
    assert done.code == 2
    assert "--format is for --explain" in done.err


if __name__ == "__main__":
    for name in ("narrow.txt", "wide.txt", "plain.txt", "objects.json"):
        (FOLDER / name).write_text(told(name))
