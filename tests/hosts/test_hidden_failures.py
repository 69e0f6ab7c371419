"""What hosts keep to themselves, and what notices it: each failure that ends in a success somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import tool

from .matrix import MISSING, checked
from .support import (
    EXAMPLES,
    EXEC,
    PROGRAM,
    build,
    encrypt,
    environment,
    kustomization,
    messages,
    output,
    package,
    run,
    transformer,
    tree,
)

SKIPPED = " (kustomize skips functions in silence without --enable-exec)"

ALPHA = "--enable-alpha-plugins"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  PASSWORD: swordfish\n"


@pytest.fixture
def encrypted(tmp_path: Path) -> Path:
    """A kustomization with an encrypted Secret, and the function among its transformers."""
    files = {"a.yaml": SECRET, "fn.yaml": transformer()}
    folder = kustomization(tmp_path / "k", "resources: [a.yaml]\ntransformers: [fn.yaml]\n", files)
    encrypt(folder / "a.yaml", "--encrypted-regex", "^stringData$")
    return folder


def refused(stream: bytes) -> list[str]:
    """What guard says of a stream that must not be applied."""
    done = run(PROGRAM, "guard", stdin=stream, env=environment(key=False))
    assert (done.returncode, done.stdout) == (1, b"")
    return messages(done)


STILL_ENCRYPTED = (
    "krm-secrets: error: Secret a, line 5: sops: is still encrypted with sops: no function decrypted it" + SKIPPED
)


@pytest.mark.parametrize("host", ["kustomize", "kubectl"])
def test_a_function_that_is_skipped_in_silence(encrypted: Path, host: str) -> None:
    words = ("build",) if host == "kustomize" else ("kustomize",)
    done = run(tool(host), *words, ALPHA, encrypted)
    assert (done.returncode, done.stderr) == (0, b"")
    assert refused(done.stdout) == [STILL_ENCRYPTED]


@checked("kustomize", "pipe", "an env file that kustomize's own generator took encrypted: guard notices")
def test_an_env_file_that_only_flux_would_decrypt(tmp_path: Path) -> None:
    """Flux decrypts the sources of generators before it builds; kustomize alone takes each line for a value."""
    folder = kustomization(
        tmp_path, "secretGenerator: [{name: a, envs: [a.sops.env]}]\n", {"a.sops.env": "PASSWORD=swordfish\n"}
    )
    encrypt(folder / "a.sops.env")
    assert "data.PASSWORD: is still ciphertext" in refused(build(folder))[0]
    done = run(PROGRAM, stdin=build(folder))
    assert (done.returncode, done.stdout) == (1, b"")
    assert "data.PASSWORD: is ciphertext in base64" in messages(done)[0]


def without_us(**more: str) -> dict[str, str]:
    """An environment whose PATH does not have the program."""
    env = environment(True, **more)
    folders = env["PATH"].split(":")
    return env | {"PATH": ":".join(folder for folder in folders if not (Path(folder) / "krm-secrets").exists())}


@checked("kustomize", "transformer", MISSING)
def test_a_function_that_kustomize_does_not_find(encrypted: Path) -> None:
    done = run(tool("kustomize"), "build", *EXEC, encrypted, env=without_us())
    assert (done.returncode, done.stdout) == (1, b"")
    assert "krm-secrets" in done.stderr.decode()
    assert "executable file not found in $PATH" in done.stderr.decode()


@checked("kubectl", "legacy plugin", MISSING)
def test_a_legacy_plugin_that_kubectl_does_not_find(tmp_path: Path) -> None:
    env = environment(KUSTOMIZE_PLUGIN_HOME=str(tmp_path))
    done = run(tool("kubectl"), "kustomize", ALPHA, EXAMPLES / "legacy", env=env)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "krm-secrets.dev/v1alpha1/secretsconfig/SecretsConfig" in done.stderr.decode()


@checked("kpt", "eval, exec", MISSING)
def test_a_function_that_kpt_does_not_find_or_must_not_run(tmp_path: Path) -> None:
    folder = package(tmp_path)
    before = tree(folder)
    (tmp_path / "home").mkdir()
    for words in (("eval", folder, "--exec", "krm-secrets"), ("render", EXAMPLES / "kpt")):
        done = run(tool("kpt"), "fn", *words, "-o", "unwrap", env=without_us(HOME=str(tmp_path / "home")))
        assert done.returncode == 1
        assert b"swordfish" not in done.stdout
    assert "must run with `--allow-exec`" in done.stderr.decode()
    assert tree(folder) == before


@pytest.mark.parametrize("major", [3, 4])
def test_a_post_renderer_that_helm_does_not_find(tmp_path: Path, major: int) -> None:
    env = without_us(HELM_DATA_HOME=str(tmp_path), HELM_CACHE_HOME=str(tmp_path))
    words = ("template", "x", EXAMPLES / "helm" / "chart", "--post-renderer", "krm-secrets")
    done = run(tool(f"helm{major}"), *words, env=env)
    assert (done.returncode, done.stdout) == (1, b"")
    assert ("executable file not found" if major == 3 else "not found") in done.stderr.decode()


def test_a_pipe_that_ends_in_a_program_that_is_not_there(encrypted: Path) -> None:
    """The shell's last command decides: without pipefail it is the one that got nothing."""
    line = f'"{tool("kustomize")}" build {ALPHA} "{encrypted}" | krm-secrets | cat >applied'
    done = run("/bin/sh", "-c", line, cwd=encrypted, env=without_us())
    assert done.returncode == 0
    assert (encrypted / "applied").read_bytes() == b""
    guarded = run("/bin/sh", "-c", line.replace("cat", f'"{PROGRAM}" guard'), cwd=encrypted, env=without_us())
    assert guarded.returncode == 1
    assert "nothing came in on standard input: did the command before the pipe fail?" in guarded.stderr.decode()


def test_a_pipe_without_pipefail_gives_kubectl_nothing_to_apply(encrypted: Path) -> None:
    bash = tool("bash")
    apply = f'"{tool("kubectl")}" apply --dry-run=client -f -'
    line = f'"{tool("kustomize")}" build {ALPHA} "{encrypted}" | "{PROGRAM}" | {apply}'
    done = run(bash, "-c", line, env=environment(key=False, KUBECONFIG="/dev/null"))
    assert done.returncode != 0
    assert "krm-secrets: error: Secret a, line 5: sops: no age identity found" in done.stderr.decode()
    assert "error: no objects passed to apply" in done.stderr.decode()


def _spoilt(folder: Path, name: str, text: str) -> Path:
    """A kustomization whose prefix spoils a MAC, which is worth a notice; with the function as its transformer."""
    files = {"a.yaml": SECRET, "fn.yaml": text}
    lines = "namePrefix: x-\nresources: [a.yaml]\n" + ("transformers: [fn.yaml]\n" if text else "")
    made = kustomization(folder / name, lines, files)
    encrypt(made / "a.yaml", "--encrypted-regex", "^stringData$")
    return made


NOTICE = "krm-secrets: notice: the MAC of 1 of 1"


@checked("kustomize", "transformer", "results that kustomize drops are on stderr")
def test_results_that_kustomize_drops_are_on_stderr(tmp_path: Path) -> None:
    done = run(tool("kustomize"), "build", *EXEC, _spoilt(tmp_path, "k", transformer()))
    assert done.returncode == 0
    assert [line[: len(NOTICE)] for line in messages(done)] == [NOTICE]


def test_results_that_a_legacy_plugin_loses_are_shown_by_the_pipe(tmp_path: Path) -> None:
    """kustomize shows a plugin's stderr only when it fails."""
    link = tmp_path / "plugins" / "krm-secrets.dev" / "v1alpha1" / "secretsconfig" / "SecretsConfig"
    link.parent.mkdir(parents=True)
    link.symlink_to(PROGRAM)
    config = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\n"
    env = environment(KUSTOMIZE_PLUGIN_HOME=str(tmp_path / "plugins"))
    done = run(tool("kubectl"), "kustomize", ALPHA, _spoilt(tmp_path, "legacy", config), env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"swordfish" in done.stdout
    piped = run(PROGRAM, stdin=output(tool("kubectl"), "kustomize", _spoilt(tmp_path, "pipe", "")))
    assert [line[: len(NOTICE)] for line in messages(piped)] == [NOTICE]


@checked("kpt", "eval, exec", "the first line that kpt shows is the message")
def test_results_that_kpt_cuts_begin_with_the_error(tmp_path: Path) -> None:
    """kpt 1.0.0-beta.56 shows four lines of them, newer ones all; the first is an error, and the whole of it."""
    folder = tmp_path / "package"
    folder.mkdir()
    (tmp_path / "home").mkdir()
    head = "apiVersion: krm-secrets.dev/v1alpha1\nkind: {}\nmetadata: {{name: {}}}\n"
    for n in range(6):
        text = head.format("SecretMapping", f"m{n}") + "store: s\nsecrets: {x: {fro: y}}\n"
        (folder / f"m{n}.yaml").write_text(text)
    env = environment(HOME=str(tmp_path / "home"))
    done = run(tool("kpt"), "fn", "eval", folder, "--exec", PROGRAM, "-o", "unwrap", env=env)
    assert (done.returncode, done.stdout) == (1, b"")
    text = done.stderr.decode()
    message = 'secrets.x.fro: unknown field; did you mean "from"?'
    assert text.index(f"[error] krm-secrets.dev/v1alpha1/SecretMapping/m0 {message}") < text.index("SecretMapping/m1")
    assert "truncate-output" in text or text.count(message) == 12


def test_guard_passes_what_may_be_applied(encrypted: Path) -> None:
    result = build(encrypted, *EXEC)
    assert b"swordfish" in result
    assert output(PROGRAM, "guard", stdin=result) == result
