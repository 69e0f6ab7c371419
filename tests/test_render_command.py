"""`krm-secrets render` as its users see it; what it makes of trees is in `test_trees`."""

from __future__ import annotations

import json
import os
import pty
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from krm_secrets.krm import atomic, swap
from tests.repository.support import lay
from tests.running import MEASURED, run, run_in

CONFIG = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: s}\nstore: vault\n"
MAPPING = (
    "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: web}\nsecrets: {web-secret: web}\n"
)
WORKLOAD = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"
    "spec: {template: {spec: {containers: [{envFrom: [{secretRef: {name: web-secret}}]}]}}}\n"
)
APP = {"app/secrets.yaml": MAPPING, "app/web.yaml": WORKLOAD, "app/kustomization.yaml": "resources:\n  - web.yaml\n"}
WIRED = '--- a/app/web.yaml\n+++ b/app/web.yaml\n@@ -1,5 +1,7 @@\n apiVersion: apps/v1\n kind: Deployment\n metadata:\n+  annotations:\n+    reloader.stakater.com/auto: "true"\n   name: web\n'  # noqa: E501


def render(folder: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a user in a folder, without keys."""
    done = run_in(folder, "render", *words)
    return done.code, done.out.decode(), done.err


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return lay(tmp_path, {".git/HEAD": "", "krm-secrets.yaml": CONFIG, **APP})


def contents(folder: Path) -> dict[Path, str]:
    return {path: path.read_text() for path in folder.rglob("*.yaml")}


def test_it_says_what_it_changed(repository: Path) -> None:
    said = "created app/externalsecret.yaml\nupdated app/kustomization.yaml\nupdated app/web.yaml\n"
    assert render(repository, ".") == (0, f"{said}1 created, 2 updated, 0 removed, 0 unchanged\n", "")
    assert render(repository, ".") == (0, "all is up to date: 1 generated file\n", "")
    (repository / "app/secrets.yaml").unlink()
    said = "removed app/externalsecret.yaml\nupdated app/kustomization.yaml\n"
    assert render(repository, ".") == (0, f"{said}0 created, 1 updated, 1 removed, 0 unchanged\n", "")
    assert render(repository, ".") == (0, "nothing to render: no mappings here\n", "")


def test_annotations_that_stand_twice_stop_what_they_stop_in_kustomize(repository: Path) -> None:
    """kustomize takes those of an object, and refuses every other key that stands twice."""
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  annotations: {a: b}\n  %s: {c: d}\n"
    kustomization = repository / "app/kustomization.yaml"
    kustomization.write_text("resources: [web.yaml, other.yaml]\n")
    (repository / "app/other.yaml").write_text(other % "annotations")
    code, out, err = render(repository, ".")
    assert (code, out.splitlines()[-1], err) == (0, "1 created, 2 updated, 0 removed, 0 unchanged", "")
    (repository / "app/other.yaml").write_text(other % "annotations" + "data: {}\ndata: {}\n")
    said = 'app/other.yaml: ConfigMap c: lines 7 and 8: the key "data" stands twice in one mapping; remove one of them'
    assert render(repository, ".") == (1, "", f"krm-secrets: error: {said}\n")
    (repository / "app/other.yaml").unlink()
    kustomization.write_text("resources: [web.yaml]\n")
    web = (repository / "app/web.yaml").read_text().replace('    reloader.stakater.com/auto: "true"\n', "    a: b\n")
    (repository / "app/web.yaml").write_text(web.replace("  name: web", "  annotations: {c: d}\n  name: web"))
    code, out, err = render(repository, ".")
    assert (code, out) == (1, "")
    assert err.endswith('the key "annotations" stands twice in one mapping; remove one of them\n')


def test_check_shows_the_difference_and_fails(repository: Path) -> None:
    before = contents(repository)
    code, out, err = render(repository, "--check", ".")
    assert code == 1
    assert err == (
        "krm-secrets: error: 3 files are not up to date (1 to create, 2 to update); run `krm-secrets render .` and"
        " commit what it changes [render-stale]\n"
    )
    assert WIRED in out
    assert "--- /dev/null\n+++ b/app/externalsecret.yaml\n" in out
    assert contents(repository) == before
    render(repository, ".")
    assert render(repository, "--check", ".") == (0, "all is up to date: 1 generated file\n", "")


def test_a_configuration_under_another_name_does_not_count_and_that_is_said(repository: Path) -> None:
    (repository / "krm-secrets.yaml").rename(repository / "app/config.yaml")
    function = "metadata: {name: s, annotations: {config.kubernetes.io/function: x}}"
    lay(
        repository,
        {
            "function.yaml": CONFIG.replace("metadata: {name: s}", function),
            "listed.yaml": CONFIG,
            "kustomization.yaml": "transformers: [listed.yaml]\n",
            "kpt/config.yaml": CONFIG,
            "kpt/Kptfile": "pipeline: {mutators: [{configPath: config.yaml}]}\n",
        },
    )
    warning = (
        "krm-secrets: warning: app/config.yaml:1: SecretsConfig s: does not count: a configuration is called"
        " krm-secrets.yaml; rename it, or name it with `-c` [configuration-ignored]\n"
    )
    code, _, err = render(repository, ".")
    assert (code, err.endswith(warning), err.count("does not count")) == (1, True, 1)
    assert render(repository, "-c", "app/config.yaml", ".")[2] == ""


def test_what_would_be_written_over_a_source_is_not_to_be_deleted(repository: Path) -> None:
    mapping = MAPPING.replace("secrets: {", "output: secrets.yaml\nsecrets: {")
    lay(repository, {"app/secrets.yaml": mapping})
    before = contents(repository)
    assert render(repository, ".") == (
        1,
        "",
        "krm-secrets: error: app/secrets.yaml:1: SecretMapping web: would be written over app/secrets.yaml, the file it"
        " is made of: name another one in `output`\n",
    )
    other = MAPPING.replace("name: web", "name: other").replace("web-secret", "other-secret")
    lay(repository, {"app/secrets.yaml": mapping.replace("secrets.yaml", "other.yaml"), "app/other.yaml": other})
    assert render(repository, ".")[2] == (
        "krm-secrets: error: app/secrets.yaml:1: SecretMapping web: would be written over app/other.yaml, which holds"
        " SecretMapping other: name another file in `output`\n"
    )
    assert contents(repository).items() >= {(p, t) for p, t in before.items() if "secrets" not in p.name}


def test_one_file_is_told_as_one(repository: Path) -> None:
    render(repository, ".")
    (repository / "app/externalsecret.yaml").unlink()
    assert render(repository, "--check", "app")[2] == (
        "krm-secrets: error: 1 file is not up to date (1 to create); run `krm-secrets render app` and commit what it"
        " changes [render-stale]\nkrm-secrets: notice: krm-secrets.yaml: is the configuration: the nearest above app\n"
    )


def test_diff_only_shows(repository: Path) -> None:
    before = contents(repository)
    code, out, err = render(repository, "--diff", ".")
    assert (code, err) == (0, "")
    assert WIRED in out
    assert contents(repository) == before


def test_a_file_stands_for_its_folder(repository: Path) -> None:
    lay(repository, {f"app/deeper/{name}": text for name, text in {"secrets.yaml": MAPPING}.items()})
    assert "created app/externalsecret.yaml\n" in render(repository, "app/web.yaml")[1]
    assert not (repository / "app/deeper/externalsecret.yaml").exists()


def test_only_what_is_named_is_written_but_all_is_read(repository: Path) -> None:
    flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n"
    flux += "spec: {path: ./users, targetNamespace: home}\n"
    lay(repository, {"ks.yaml": flux, "users/web.yaml": WORKLOAD})
    lay(repository, {"app/kustomization.yaml": "namespace: home\nresources: [web.yaml]\n"})
    assert render(repository, "users")[1] == "nothing to render: no mappings here\n"  # the Secret is not made yet
    render(repository, "app")
    assert (repository / "users/web.yaml").read_text() == WORKLOAD
    assert render(repository, "users")[1].startswith("updated users/web.yaml\n")


def test_a_configuration_may_be_named(repository: Path) -> None:
    lay(repository, {"other.yml": CONFIG.replace("vault", "other")})
    code, _, err = render(repository, "-c", "other.yml", ".")
    assert (code, err) == (0, "")
    assert "    name: other\n" in (repository / "app/externalsecret.yaml").read_text()


def test_mistakes_of_a_named_configuration_name_its_file(repository: Path) -> None:
    lay(repository, {"other.yml": "a: 1\n---\nb: 1\n"})
    errors = render(repository, "-c", "other.yml", ".")[2]
    assert errors.startswith("krm-secrets: error: other.yml: a configuration file holds one object, this one 2\n")
    assert render(repository, "-c", "no.yml", ".")[2].startswith(
        "krm-secrets: error: no.yml: cannot be read: No such file or directory\n"
    )


def test_a_path_that_is_not_there_touches_nothing(repository: Path) -> None:
    before = contents(repository)
    assert render(repository, "app", "no") == (
        1,
        "",
        "krm-secrets: error: no: there is no such file or folder\n",
    )
    assert contents(repository) == before


def test_without_a_path_it_is_a_usage_error(repository: Path) -> None:
    code, out, err = render(repository)
    assert (code, out) == (2, "")
    assert "Missing argument 'PATH...'" in err


def test_two_repositories_in_one_run(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = lay(tmp_path_factory.mktemp("other"), {".git/HEAD": "", "krm-secrets.yaml": CONFIG, **APP})
    code, out, _ = render(repository, "app", str(other))
    assert code == 0
    assert out.endswith("2 created, 4 updated, 0 removed, 0 unchanged\n")
    assert (other / "app/externalsecret.yaml").read_text() == (repository / "app/externalsecret.yaml").read_text()


def test_a_new_file_has_the_rights_of_the_mapping(repository: Path) -> None:
    (repository / "app/secrets.yaml").chmod(0o664)
    (repository / "app/web.yaml").chmod(0o755)
    render(repository, ".")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (repository / "app").iterdir()}
    assert (modes["externalsecret.yaml"], modes["web.yaml"]) == (0o664, 0o755)


def test_encodings_and_line_ends_are_kept(repository: Path) -> None:
    (repository / "app/web.yaml").write_bytes(b"\xef\xbb\xbf" + WORKLOAD.replace("\n", "\r\n").encode())
    (repository / "app/secrets.yaml").write_bytes(MAPPING.replace("\n", "\r\n").encode())
    render(repository, ".")
    wired = (repository / "app/web.yaml").read_bytes()
    assert wired.startswith(b"\xef\xbb\xbfapiVersion: apps/v1\r\nkind: Deployment\r\nmetadata:\r\n  annotations:\r\n")
    made = (repository / "app/externalsecret.yaml").read_bytes()
    assert made.count(b"\r\n") == made.count(b"\n") > 10
    assert render(repository, "--check", ".")[0] == 0


def test_an_output_that_is_a_link_is_refused(repository: Path) -> None:
    (repository / "app/externalsecret.yaml").symlink_to("/etc/hostname")
    assert render(repository, ".")[::2] == (
        1,
        "krm-secrets: error: app/secrets.yaml:1: SecretMapping web: would be written to app/externalsecret.yaml, which"
        " is a symbolic link; delete it\n",
    )


def test_a_folder_that_cannot_be_written_stops_all(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, before = swap.swap, contents(repository)

    def fails(one: str, other: str, spare: str) -> None:
        if other.endswith("web.yaml"):
            raise OSError(30, "Read-only file system")
        real(one, other, spare)

    monkeypatch.setattr(atomic, "swap", fails)
    monkeypatch.chdir(repository)
    done = run("", "render", ".")
    assert (done.code, done.out) == (1, b"")
    assert done.err == "krm-secrets: error: app/web.yaml: cannot be written: Read-only file system\n"
    assert contents(repository) == before
    assert sorted(path.name for path in (repository / "app").iterdir()) == [
        "kustomization.yaml",
        "secrets.yaml",
        "web.yaml",
    ]


def on_terminal(folder: Path, **environ: str) -> bytes:
    ours, theirs = pty.openpty()
    environment = MEASURED | {"HOME": "/nonexistent", "PATH": "/nonexistent", "TERM": "xterm"} | environ
    words = [sys.executable, "-m", "krm_secrets", "render", "--diff", "."]
    with subprocess.Popen(words, cwd=folder, stdout=theirs, stderr=subprocess.DEVNULL, env=environment) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # the other end is closed
            pass
        process.wait()
    os.close(ours)
    return shown.replace(b"\r\n", b"\n")


def test_a_terminal_gets_colours_unless_it_wants_none(repository: Path) -> None:
    shown = on_terminal(repository)
    assert b"\x1b[1m--- a/app/web.yaml\x1b[0m\n\x1b[1m+++ b/app/web.yaml\x1b[0m\n\x1b[36m@@ " in shown
    assert b"\x1b[32m+  annotations:\x1b[0m\n" in shown
    assert b"\x1b" not in on_terminal(repository, NO_COLOR="1")


def test_explain_tells_what_builds_know(repository: Path) -> None:
    lay(repository, {"app/kustomization.yaml": "namespace: home\nresources: [web.yaml]\n", "lib/web.yaml": WORKLOAD})
    before = contents(repository)
    code, out, err = render(repository, "--explain", ".")
    assert (code, err) == (0, "")
    rows = [row.split() for row in out.splitlines()]
    place = "spec.template.spec.containers[0].envFrom[0].secretRef.name"
    unknown = ["nothing:", "the", "Secret", "is", "not", "known", "here"]
    added = ["Reloader:", "reloader.stakater.com/auto", "(added)"]
    nothing = ["nothing", "without", "a", "namespace,", "but", "in", "home"]
    assert rows[1] == ["web-secret", *nothing, "Deployment", "web", place, *unknown]
    assert rows[2] == ["home/web-secret", "ExternalSecret", "web-secret", "Deployment", "web", place, *added]
    assert contents(repository) == before
    code, out, _ = render(repository, "--explain", "--format", "json", "app")
    (secret,) = json.loads(out)["secrets"]
    assert (secret["name"], secret["namespace"], secret["madeBy"][0]["file"]) == (
        "web-secret",
        "home",
        "app/externalsecret.yaml",
    )


def test_explain_stands_alone(repository: Path) -> None:
    assert "--explain stands alone: it writes nothing" in render(repository, "--explain", "--check", ".")[2]
    assert "--format is for --explain" in render(repository, "--format", "json", ".")[2]


def test_a_secret_of_another_folder_is_no_row_of_this_one(repository: Path) -> None:
    render(repository, ".")
    lay(repository, {"lib/web.yaml": WORKLOAD.replace("web-secret", "lib-secret")})
    assert [row.split()[0] for row in render(repository, "--explain", "lib")[1].splitlines()[1:2]] == ["lib-secret"]


def test_explain_knows_what_an_anchor_keeps_from_being_added(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parent / "trees" / "anchors-are-kept" / "before", tmp_path / "tree")
    (tmp_path / "tree" / ".git").mkdir()
    code, out, _ = render(tmp_path / "tree", "--explain", "--format", "json", ".")
    assert code == 0
    users = [user for secret in json.loads(out)["secrets"] for user in secret["usedBy"]]
    told = {user["name"]: user["how"] for user in users if "by hand" in user["how"]}
    assert sorted(told) == ["owner", "pods", "twice"]
    assert set(told.values()) == {"an anchor (&) shares the place for the annotation with others: add it by hand"}
    assert {user["name"] for user in users if user["added"]} >= {"shared", "some", "named"}
