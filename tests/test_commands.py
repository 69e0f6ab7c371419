"""The commands for people: what they print, and how they fail."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: s}\nstore: vault\n"
MAPPING = (
    "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: web}\n"
    "secrets: {web-secret: {from: web, data: [TOKEN]}}\n"
)
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def krm(*words: str, cwd: Path | None = None, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "krm_secrets", *words], input=given, capture_output=True, text=True, cwd=cwd, timeout=60
    )


def test_help_names_the_commands_and_the_pipe() -> None:
    done = krm("--help")
    assert done.returncode == 0
    assert "kustomize build . | krm-secrets | krm-secrets guard | kubectl apply -f -" in done.stdout
    for command in ("run", "guard", "schema"):
        assert f"\n  {command} " in done.stdout


def test_version() -> None:
    assert krm("--version").stdout.startswith("krm-secrets, version 0.")


def test_an_unknown_command_is_a_usage_error() -> None:
    done = krm("rnu")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'rnu'" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("m.yaml",), "m.yaml is no command: krm-secrets run m.yaml reads it"),
        (("./apps",), "./apps is no command: krm-secrets run ./apps reads it"),
        (("there",), "there is no command: krm-secrets run there reads it"),
        (("-c", "c.yaml", "m.yaml"), "m.yaml is no command: krm-secrets run m.yaml reads it"),
        (("sops", "s.sops.yaml"), "s.sops.yaml is no command: krm-secrets sops decrypt s.sops.yaml reads it"),
        (("gaurd",), "No such command 'gaurd'; did you mean \"guard\"?"),
        (("plugin", "x.yaml"), "No such command 'x.yaml'\n"),
    ],
)
def test_a_file_in_the_place_of_a_command(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    done = krm(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_options_of_the_pipe_do_not_stand_before_a_command() -> None:
    done = krm("--placeholder", "run", "x")
    assert done.returncode == 2
    assert "give -c and --placeholder behind run, if it takes them" in done.stderr


@pytest.mark.parametrize("words", [("-c", ""), ("-c",), ("--config=",), ("--config",)])
def test_an_option_without_its_file_is_a_usage_error_or_reads_none(words: tuple[str, ...]) -> None:
    assert krm(*words, given=CONFIG_MAP).returncode in (0, 2)


NAMES = "BitwardenStore, Doctor, Explanation, Graph, Inspection, SecretMapping, SecretsConfig, SopsGenerator"


def test_schema_lists_the_kinds() -> None:
    assert krm("schema").stdout.split() == NAMES.split(", ")


@pytest.mark.parametrize("kind", ["SecretsConfig", "SecretMapping", "SopsGenerator", "BitwardenStore"])
def test_schema_prints_a_json_schema(kind: str) -> None:
    schema = json.loads(krm("schema", kind).stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["kind"]["const"] == kind


def test_schema_of_an_unknown_kind_suggests_one() -> None:
    done = krm("schema", "SecretMaping")
    assert done.returncode == 1
    assert done.stderr == (
        f'krm-secrets: error: there is no kind SecretMaping (kinds: {NAMES}); did you mean "SecretMapping"?\n'
    )


def test_run_reads_folders_in_order_and_leaves_out_what_is_for_tools(tmp_path: Path) -> None:
    files = {
        "b/z.yaml": CONFIG_MAP.replace("a}", "z}"),
        "b/a.yml": "# head\n" + CONFIG_MAP,
        "b/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
        "b/Kptfile": "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: b}\n",
        "b/local.yaml": CONFIG_MAP
        + "---\n"
        + CONFIG_MAP.replace("{name: a}", '{name: l, annotations: {config.kubernetes.io/local-config: "true"}}'),
        "b/values.yaml": "replicas: 2\n",
        "b/.hidden/x.yaml": CONFIG_MAP,
        "b/.sops.yaml": "creation_rules: []\n",
        "a/m.yaml": MAPPING,
        "b/notes.txt": "kind: ConfigMap\n",
        "krm-secrets.yaml": CONFIG,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    done = krm("run", "a", "b", cwd=tmp_path)
    assert done.stderr == "krm-secrets: notice: krm-secrets.yaml: is the configuration: the nearest above a\n"
    assert done.stdout == (
        f"# head\n{CONFIG_MAP}---\n{CONFIG_MAP}---\n{CONFIG_MAP.replace('a}', 'z}')}"
        "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"
        "metadata:\n  name: web-secret\n  annotations:\n    krm-secrets.dev/mapping: web\n"
        "spec:\n  secretStoreRef:\n    kind: ClusterSecretStore\n    name: vault\n"
        '  target:\n    name: web-secret\n    template:\n      data:\n        TOKEN: "{{ .TOKEN }}"\n'
        "  dataFrom:\n    - extract:\n        key: web\n"
    )


def test_run_names_every_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: [\napiVersion: x\n")
    (tmp_path / "b.yaml").write_bytes(b"kind: \xff\xfe\xfa\napiVersion: v1\n")
    done = krm("run", "a.yaml", "b.yaml", "c.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "krm-secrets: error: a.yaml:3: not valid YAML: did not find expected ',' or ']'\n"
        "krm-secrets: error: b.yaml:1: the input is not UTF-8 text; save it as UTF-8\n"
        "krm-secrets: error: c.yaml: cannot be read: No such file or directory\n"
    )


def test_run_takes_standard_input_as_a_path() -> None:
    assert krm("run", "-", given=CONFIG_MAP).stdout == CONFIG_MAP


def test_run_prefers_the_configuration_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "krm-secrets.yaml").write_text(CONFIG)
    (tmp_path / "m.yaml").write_text(MAPPING)
    (tmp_path / "other.yaml").write_text(CONFIG.replace("vault", "other"))
    assert "name: other" in krm("run", "-c", "other.yaml", "m.yaml", cwd=tmp_path).stdout


def test_run_says_which_configuration_it_took_where_that_is_not_in_sight(tmp_path: Path) -> None:
    for name in ("krm-secrets.yaml", "b/krm-secrets.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(CONFIG)
    for name in ("a/c.yaml", "b/c/c.yaml", "c.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(CONFIG_MAP)
    took = "krm-secrets: notice: {}: is the configuration: the nearest above {}\n"
    assert krm("run", ".", cwd=tmp_path / "a").stderr == took.format("../krm-secrets.yaml", ".")
    assert krm("run", "a/c.yaml", cwd=tmp_path).stderr == took.format("krm-secrets.yaml", "a/c.yaml")
    assert krm("run", "b", cwd=tmp_path).stderr == ""
    assert krm("run", "c.yaml", cwd=tmp_path).stderr == ""
    assert krm("run", "-c", "krm-secrets.yaml", "a", cwd=tmp_path).stderr == ""
    assert krm("run", "-", cwd=tmp_path / "a", given=CONFIG_MAP).stderr == took.format("../krm-secrets.yaml", ".")
    assert krm("run", "a", "b/c", cwd=tmp_path).stderr == (
        "krm-secrets: warning: b/krm-secrets.yaml: does not count for b/c: a run takes what is nearest to its first"
        " path, and krm-secrets.yaml is\n" + took.format("krm-secrets.yaml", "a")
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "secrets: {web: web}\n"])
def test_a_named_file_without_any_object_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(text)
    done = krm("run", "x.yaml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        0,
        "krm-secrets: notice: x.yaml: no Kubernetes object is in this file\n",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MAPPING, "x.yaml:2: SecretMapping web: kind: a configuration is a SecretsConfig, and no SecretMapping"),
        (
            CONFIG.replace("SecretsConfig", "SecretConfig"),
            "x.yaml:2: SecretConfig s: kind: a configuration is a SecretsConfig, and no SecretConfig; did you",
        ),
        ("store: vault\n", "x.yaml:1: object: kind: a configuration is a SecretsConfig, and this has no kind"),
    ],
)
def test_what_is_no_configuration_is_one_error(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(text)
    (tmp_path / "c.yaml").write_text(CONFIG_MAP)
    done = krm("run", "-c", "x.yaml", "c.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"krm-secrets: error: {message}")


def test_a_misspelt_field_is_not_missed_as_well(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(MAPPING.replace("secrets:", "secret:"))
    (message,) = krm("run", "m.yaml", cwd=tmp_path).stderr.splitlines()
    assert message.endswith('secret: unknown field; did you mean "secrets"? [unknown-field]')


def test_a_configuration_file_holds_one_object(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(CONFIG + "---\n" + CONFIG)
    done = krm("-c", str(tmp_path / "c.yaml"), given=CONFIG_MAP)
    assert done.returncode == 1
    assert done.stderr.endswith("c.yaml: a configuration file holds one object, this one 2\n")
