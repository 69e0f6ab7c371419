"""Helm's post-renderer: a program for Helm 3, a plugin for Helm 4."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .helm import CHART, Helm
from .matrix import EACH, EXAMPLE, NO_KEY, checked
from .support import PROGRAM, documents, encrypt, messages, named, objects, output, run

SKIPPED = " (kustomize skips functions in silence without --enable-exec)"

AUTO = {"reloader.stakater.com/auto": "true"}


@pytest.fixture(params=[3, 4], ids=["helm3", "helm4"])
def helm(request: pytest.FixtureRequest, tmp_path: Path) -> Helm:
    return Helm(request.param, tmp_path / "helm")


def chart(folder: Path, **templates: str) -> Path:
    """A chart of these templates."""
    target = folder / "chart"
    (target / "templates").mkdir(parents=True)
    (target / "Chart.yaml").write_text("apiVersion: v2\nname: odd\nversion: 0.1.0\n")
    for name, text in templates.items():
        (target / "templates" / f"{name}.yaml").write_text(text)
    return target


def script(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.sh"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\ndata:\n  a: b\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\nstringData:\n  PASSWORD: swordfish\n"
MAPPING = (
    "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: m}\nstore: vault\n"
    "secrets: {m-secret: {from: item, data: [TOKEN]}}\n"
)


@checked(EACH, "post-renderer", EXAMPLE)
def test_the_example_is_decrypted_expanded_and_wired(helm: Helm) -> None:
    found = objects(helm.template(CHART, *helm.renderer()))
    assert sorted(key[1:] for key in found) == [
        ("ExternalSecret", "", "wiki-secret"),
        ("Job", "", "wiki-migration"),
        ("Secret", "", "wiki-smtp"),
        ("StatefulSet", "", "wiki"),
    ]
    assert named(found, "Secret", "wiki-smtp")["stringData"] == {"SMTP_PASSWORD": "example-password-7Kq2"}
    assert named(found, "StatefulSet", "wiki")["metadata"] == {"name": "wiki", "annotations": AUTO}
    assert named(found, "Job", "wiki-migration")["metadata"]["annotations"] == {"helm.sh/hook": "pre-upgrade"}
    spec = named(found, "ExternalSecret", "wiki-secret")["spec"]
    assert spec["target"]["template"]["data"] == {"DB_PASSWORD": "{{ .databasePassword }}"}


@checked(EACH, "post-renderer", "the objects are those of the pipe behind `helm template`")
def test_the_pipe_behind_it_gives_the_same_objects(helm: Helm) -> None:
    assert objects(output(PROGRAM, stdin=helm.template(CHART))) == objects(helm.template(CHART, *helm.renderer()))


ODD = {
    "a": "---\n{{- if .Values.absent }}\nkind: X\n{{- end }}\n---\n# head\n" + CONFIG_MAP.format("a # trailing"),
    "b": "\n\n---\n" + CONFIG_MAP.format("b") + "---\n\n---\n" + CONFIG_MAP.format("c").replace(": b", ": '1e3'"),
    "d": "# a comment and nothing else\n",
    "e": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "e"}, "data": {"yes": "0644"}}\n',
    "f": "",
    "m": MAPPING,
}


@checked(EACH, "post-renderer", "`# Source:`, comments, empty documents and JSON as with `cat`")
def test_what_is_not_ours_keeps_its_text_and_source(helm: Helm, tmp_path: Path) -> None:
    """Beside a renderer that changes nothing: comments, empty documents, `---` at the start, JSON."""
    folder = chart(tmp_path, **ODD)
    with_cat = helm.template(folder, *helm.renderer(script(tmp_path, "cat", "exec cat")))
    ours = helm.template(folder, *helm.renderer())
    parts = [part.strip() for part in ours.split(b"---\n")]
    lost = [part for part in with_cat.split(b"---\n") if part.strip() not in parts]
    assert [document["kind"] for part in lost for document in documents(part)] == ["SecretMapping"]
    assert b"# Source: odd/templates/b.yaml" in ours
    assert b"postrenderer.helm.sh" not in ours
    found = {(d["kind"], d["metadata"]["name"]) for d in documents(ours)}
    assert found == {("ExternalSecret", "m-secret"), *(("ConfigMap", name) for name in "abce")}


@checked(EACH, "post-renderer", NO_KEY)
def test_without_the_key_nothing_is_printed_and_helm_says_why(helm: Helm) -> None:
    flags = helm.renderer()
    done = run(helm.program, "template", "wiki", CHART, *flags, env=helm.environment(key=False))
    assert (done.returncode, done.stdout) == (1, b"")
    assert "krm-secrets: error: Secret wiki-smtp, line " in done.stderr.decode()
    assert "no age identity found" in done.stderr.decode()


def test_helm_3_shows_the_message_of_the_bare_program(tmp_path: Path) -> None:
    helm = Helm(3, tmp_path)
    done = run(helm.program, "template", "x", CHART, "--post-renderer", PROGRAM, env=helm.environment(key=False))
    assert (done.returncode, done.stdout) == (1, b"")
    assert messages(done)[1].startswith("krm-secrets: error: Secret wiki-smtp, line ")


def test_helm_4_keeps_the_message_of_a_plain_plugin_to_itself(tmp_path: Path) -> None:
    """Which is why the example's script goes past it."""
    helm = Helm(4, tmp_path / "helm")
    flags = helm.renderer(script(tmp_path, "plain", f'exec "{PROGRAM}"'))
    done = run(helm.program, "template", "x", CHART, *flags, env=helm.environment(key=False))
    assert (done.returncode, done.stdout) == (1, b"")
    assert "krm-secrets: error" not in done.stderr.decode()
    assert 'plugin "plain" exited with error' in done.stderr.decode()


def test_a_message_in_a_file_is_not_written_over(helm: Helm, tmp_path: Path) -> None:
    words = (helm.program, "template", "wiki", str(CHART), *helm.renderer())
    line = " ".join(f"'{word}'" for word in words)
    done = run("/bin/sh", "-c", f"{line} 2>log", cwd=tmp_path, env=helm.environment(key=False))
    assert done.returncode == 1
    assert (tmp_path / "log").read_text().startswith("Error: error while running post render on files")


def test_arguments_reach_the_program(helm: Helm) -> None:
    flags = (*helm.renderer(), "--post-renderer-args", "--placeholder")
    done = run(helm.program, "template", "wiki", CHART, *flags, env=helm.environment(key=False))
    # Placeholders are for diffs: the guard in the script refuses them.
    assert (done.returncode, done.stdout) == (1, b"")
    assert "holds placeholders" in done.stderr.decode()


@checked(EACH, "post-renderer", "guard")
def test_the_guard_behind_it_refuses_what_no_cluster_wants(helm: Helm, tmp_path: Path) -> None:
    stray = CONFIG_MAP.format("a").replace(": b", ": one and ..PLACEHOLDER_two.. of it")
    done = run(helm.program, "template", "x", chart(tmp_path, a=stray), *helm.renderer(), env=helm.environment())
    assert (done.returncode, done.stdout) == (1, b"")
    assert re.search("ConfigMap a, line [0-9]+: data.a: holds a placeholder", done.stderr.decode())


@checked(EACH, "post-renderer", "hooks")
def test_hooks_come_with_helm_4_and_not_with_helm_3(helm: Helm, tmp_path: Path) -> None:
    folder = chart(tmp_path, a=CONFIG_MAP.format("a"), s=SECRET.format("s\n  annotations: {helm.sh/hook: pre-install}"))
    encrypt(folder / "templates" / "s.yaml", "--encrypted-regex", "^stringData$")
    rendered = helm.template(folder, *helm.renderer())
    guarded = run(PROGRAM, "guard", stdin=rendered)
    if helm.major == 4:
        assert named(objects(rendered), "Secret", "s")["stringData"] == {"PASSWORD": "swordfish"}
        assert guarded.returncode == 0
    else:
        (message,) = messages(guarded)
        assert message.startswith("krm-secrets: error: Secret s, line ")
        assert message.endswith(": sops: is still encrypted with sops: no function decrypted it" + SKIPPED)
        # What helps there: the chart's output as a whole, through the pipe.
        assert output(PROGRAM, "guard", stdin=output(PROGRAM, stdin=helm.template(folder))).count(b"swordfish") == 1


@checked(EACH, "post-renderer", "the MAC holds")
def test_the_mac_holds_in_spite_of_what_helm_adds(helm: Helm, tmp_path: Path) -> None:
    folder = chart(tmp_path, s=SECRET.format("s"), t=SECRET.format("t\n  annotations: {mine: x}"))
    for name in "st":
        encrypt(folder / "templates" / f"{name}.yaml", "--encrypted-regex", "^stringData$")
    config = tmp_path / "krm-secrets.yaml"
    config.write_text("apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\nmac: require\n")
    flags = (*helm.renderer(), "--post-renderer-args", "-c", "--post-renderer-args", str(config))
    done = run(helm.program, "template", "x", folder, *flags, env=helm.environment())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"swordfish") == 2
    assert named(objects(done.stdout), "Secret", "t")["metadata"]["annotations"] == {"mine": "x"}


def test_a_chart_that_renders_nothing_is_an_error(helm: Helm, tmp_path: Path) -> None:
    done = run(helm.program, "template", "x", chart(tmp_path, f=""), *helm.renderer(), env=helm.environment())
    assert (done.returncode, done.stdout) == (1, b"")
    assert "nothing came in on standard input" in done.stderr.decode()


class _Api(BaseHTTPRequestHandler):
    """As much of an API server as a dry run of Helm 3 asks for: its version, and that it has no groups."""

    def do_GET(self) -> None:
        answers: dict[str, dict[str, object]] = {
            "/version": {"major": "1", "minor": "33", "gitVersion": "v1.33.0"},
            "/api": {"kind": "APIVersions", "versions": ["v1"]},
            "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": []},
            "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
        }
        answer = answers.get(self.path.partition("?")[0])
        body = json.dumps(answer or {}).encode()
        self.send_response(200 if answer is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def api() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@checked(EACH, "install, upgrade (dry runs)", "objects and NOTES")
@pytest.mark.parametrize("command", [("install",), ("upgrade", "--install")], ids=" ".join)
def test_a_dry_run_prints_the_same_objects_and_the_notes(
    helm: Helm, api: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "releases").write_text("")
    env = helm.environment(HELM_DRIVER="memory", HELM_MEMORY_DRIVER_DATA=str(tmp_path / "releases"))
    words = (*command, "wiki", str(CHART), "--dry-run=client", "--kube-apiserver", api, *helm.renderer())
    text = output(helm.program, *words, env=env)
    manifest = text.partition(b"HOOKS:\n")[2].replace(b"\nMANIFEST:\n", b"\n").partition(b"\nNOTES:\n")
    assert objects(manifest[0]) == objects(helm.template(CHART, *helm.renderer()))
    assert manifest[2].strip() == b"The wiki wiki is there."
