"""Which configuration applies, when several could."""

from __future__ import annotations

from pathlib import Path

import pytest

from krm_secrets.configuration import Chosen, choose
from krm_secrets.errors import Result
from krm_secrets.krm.reading import read
from krm_secrets.krm.resource import Resource
from tests.running import run

HEAD = "apiVersion: krm-secrets.dev/v1alpha1, kind: SecretsConfig, metadata: {name: c}"


def listed(function_config: str = "", *items: str) -> str:
    given = f"functionConfig: {function_config}\n" if function_config else ""
    return f"kind: ResourceList\n{given}items: [{', '.join(items)}]\n"


def chosen(text: str, named: str = "") -> tuple[Chosen, list[str]]:
    problems: list[Result] = []
    file: Resource | None = read(named).items[0] if named else None
    result = choose(read(text), file, problems.append)
    return result, [str(problem) for problem in problems]


def test_nothing_given_means_the_defaults() -> None:
    (config, mapping), problems = chosen(listed())
    assert (config.reload, mapping, problems) == ("auto", None, [])


@pytest.mark.parametrize("empty", ["{}", "{apiVersion: v1, kind: ConfigMap, metadata: {name: function-input}}"])
def test_an_empty_functionconfig_leaves_it_to_the_item(empty: str) -> None:
    (config, _), problems = chosen(listed(empty, f"{{{HEAD}, reload: off}}"))
    assert (config.reload, problems) == ("off", [])


@pytest.mark.parametrize(
    "given",
    [
        f"{{{HEAD}, inPlace: allow, decryptKinds: [Widget]}}",
        "{apiVersion: v1, kind: ConfigMap, data: {inPlace: allow, decryptKinds: Widget}}",
    ],
)
def test_the_functionconfig_overrules_the_item_field_by_field(given: str) -> None:
    item = f"{{{HEAD}, inPlace: refuse, reload: named, decryptKinds: [Gadget]}}"
    (config, _), problems = chosen(listed(given, item))
    assert (config.in_place, config.decrypt_kinds, config.reload, problems) == ("allow", ("Widget",), "named", [])


def test_a_mapping_as_functionconfig_goes_with_the_configuration_of_the_item() -> None:
    mapping = "{apiVersion: krm-secrets.dev/v1alpha1, kind: SecretMapping, metadata: {name: m}, secrets: {}}"
    result, problems = chosen(listed(mapping, f"{{{HEAD}, reload: off}}"))
    assert result.document is not None
    assert (result.document.ref.name, result.config.reload, problems) == ("m", "off", [])


def test_a_named_file_counts_alone() -> None:
    text = listed(f"{{{HEAD}, reload: off}}", f"{{{HEAD}, mac: require}}")
    (config, _), problems = chosen(text, f"{{{HEAD}, reload: all}}")
    assert (config.reload, config.mac, problems) == ("all", "auto", [])


def test_two_configurations_among_the_items_are_an_error() -> None:
    _, problems = chosen(listed("", f"{{{HEAD}}}", f"{{{HEAD}}}".replace("name: c", "name: d")))
    assert problems == ["SecretsConfig d: is the second SecretsConfig beside SecretsConfig c; a run takes one"]


def test_another_kind_as_functionconfig_is_an_error_that_says_what_was_meant() -> None:
    _, problems = chosen(listed("{apiVersion: krm-secrets.dev/v1alpha1, kind: SecretConfig, metadata: {name: c}}"))
    assert problems == [
        "SecretConfig c: kind: SecretConfig is no kind that configures krm-secrets: use SecretsConfig, SecretMapping,"
        ' BitwardenStore, SopsGenerator of krm-secrets.dev/v1alpha1; did you mean "SecretsConfig"?'
    ]


def test_another_group_as_functionconfig_is_an_error_at_the_group() -> None:
    _, problems = chosen(listed("{apiVersion: krm-secrets.io/v1alpha1, kind: SecretsConfig, metadata: {name: c}}"))
    assert problems == ["SecretsConfig c: apiVersion: must be krm-secrets.dev/v1alpha1"]


def test_a_configuration_without_objects_is_told() -> None:
    _, (problem,) = chosen(listed(f"{{{HEAD}, reload: all}}"))
    assert problem.startswith("SecretsConfig c: no objects came with this configuration: ")
    _, (problem,) = chosen(listed(f"{{{HEAD}, reload: all}}", f"{{{HEAD}, reload: all}}"))
    assert problem.startswith("SecretsConfig c: no objects came with this configuration: ")
    config, problems = chosen(listed(f"{{{HEAD}, reload: all}}", "{kind: A}"))
    assert (config.config.reload, problems) == ("all", [])


def test_fields_one_level_too_deep_are_told() -> None:
    _, problems = chosen(listed(f"{{{HEAD}, spec: {{reload: all, mac: auto}}}}", "{kind: A}"))
    assert problems == [
        'SecretsConfig c: spec: unknown field; write "reload" and "mac" one level up, without it [unknown-field]'
    ]


def test_what_cannot_be_read_is_one_error() -> None:
    _, problems = chosen(listed(f"{{{HEAD}, stores: {{a: {{fetch: value, fetch: value}}}}}}"))
    assert len(problems) == 1
    assert problems[0].startswith("SecretsConfig c")


MAPPING = (
    "{apiVersion: krm-secrets.dev/v1alpha1, kind: SecretMapping, metadata: {name: m},"
    " secrets: {a: {from: x, data: {A: .A}, dat: [A]}}}"
)
UNKNOWN = 'stoer: unknown field; did you mean "store"? [unknown-field]'


@pytest.mark.parametrize(
    ("given", "item", "message"),
    [
        (f"{{{HEAD}, stoer: vault}}", f"{{{HEAD}}}", f"SecretsConfig c: {UNKNOWN}"),
        ("", f"{{{HEAD}, stoer: vault}}", f"SecretsConfig c: {UNKNOWN}"),
        (f"{{{HEAD}, mac: auto}}", f"{{{HEAD}, stoer: vault}}", f"SecretsConfig c: {UNKNOWN}"),
        (f"{{{HEAD.replace('ts', 't')}, store: vault}}", f"{{{HEAD}}}", "SecretConfig c: kind: "),
    ],
    ids=["functionConfig", "item", "both", "another kind"],
)
def test_a_store_that_a_mistake_hides_is_not_missed_again_by_each_mapping(given: str, item: str, message: str) -> None:
    done = run(listed(given, item, MAPPING).encode())
    first, second = done.err.splitlines()
    assert (done.code, first.startswith(f"krm-secrets: error: {message}")) == (1, True), first
    assert second.endswith('secrets.a.dat: unknown field; did you mean "data"? [unknown-field]')


# What weakens protection counts only from whoever runs the program

LESS = {
    "mac": "ignore",
    "inPlace": "allow",
    "decryptKinds": "[ConfigMap]",
    "generators": "[apps/loot]",
}
NOT_HERE = "weakens what protects you, and does not count from an object that may come with a base"
TRANSFORMER = "write it into the file of `-c`, or into the functionConfig of the transformer"


@pytest.mark.parametrize(("field", "value"), LESS.items())
def test_an_item_cannot_weaken(field: str, value: str) -> None:
    _, problems = chosen(listed("", f"{{{HEAD}, {field}: {value}}}"))
    assert problems == [f"SecretsConfig c: {field}: {NOT_HERE}: {TRANSFORMER}"]


@pytest.mark.parametrize(("field", "value"), LESS.items())
def test_an_item_of_a_stream_cannot_weaken(field: str, value: str) -> None:
    done = run(f"{{{HEAD}, {field}: {value}}}")
    assert (done.code, done.out) == (1, b"")
    assert done.err == f"krm-secrets: error: SecretsConfig c, line 1: {field}: {NOT_HERE}: {TRANSFORMER}\n"


@pytest.mark.parametrize(("field", "value"), LESS.items())
def test_kpt_is_told_how_it_hands_a_field_over(field: str, value: str) -> None:
    item = HEAD.replace("name: c", "name: c, annotations: {internal.config.kubernetes.io/path: c.yaml}")
    _, problems = chosen(listed("", f"{{{item}, {field}: {value}}}"))
    assert problems == [
        f"c.yaml: SecretsConfig c: {field}: {NOT_HERE}: give it to kpt behind `--`, as {field}=VALUE, or make this file"
        " the function's configPath"
    ]


@pytest.mark.parametrize(("field", "value"), LESS.items())
def test_what_the_functionconfig_sets_is_not_asked_of_the_item(field: str, value: str) -> None:
    """kpt hands over the file of `configPath`, and has it among the items too."""
    same = f"{{{HEAD}, {field}: {value}}}"
    (config, _), problems = chosen(listed(same, same, "{kind: A}"))
    alone, _ = chosen(listed(same))
    assert (problems, config) == ([], alone.config)


def test_what_describes_counts_from_an_item() -> None:
    item = f"{{{HEAD}, store: vault, decrypt: keep, stringData: encode, mac: require, reload: named, inPlace: refuse}}"
    (config, _), problems = chosen(listed("", item))
    assert (config.decrypt, config.string_data, config.mac, config.reload) == ("keep", "encode", "require", "named")
    assert problems == []


def test_the_function_of_a_mapping_takes_no_weakness_from_an_item() -> None:
    mapping = "{apiVersion: krm-secrets.dev/v1alpha1, kind: SecretMapping, metadata: {name: m}, secrets: {}}"
    _, problems = chosen(listed(mapping, f"{{{HEAD}, mac: ignore}}"))
    assert problems == [f"SecretsConfig c: mac: {NOT_HERE}: {TRANSFORMER}"]


def test_run_takes_the_file_above_its_path_and_says_what_it_sets_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base").mkdir()
    other = tmp_path / "base/policy.yaml"
    other.write_text(f"{{{HEAD}, inPlace: allow}}\n")
    done = run("", "run", "base")
    assert done.err == (
        f"krm-secrets: error: base/policy.yaml:1: SecretsConfig c: inPlace: {NOT_HERE}: write it into krm-secrets.yaml"
        " in or above the first path, or name this file with `-c`\n"
    )
    (tmp_path / "krm-secrets.yaml").write_text(f"{{{HEAD}, inPlace: allow, mac: ignore}}\n")
    done = run("", "run", "base")
    assert (done.code, done.err) == (
        0,
        "krm-secrets: warning: base/policy.yaml:1: SecretsConfig c: does not count: krm-secrets.yaml is the"
        " configuration; or choose this one with `-c` [configuration-ignored]\n"
        "krm-secrets: notice: krm-secrets.yaml: is the configuration: the nearest above base\n",
    )
    other.unlink()
    assert run("", "run", ".") == (0, b"", "")
    assert run("", "run", "base")[:2] == (0, b"")
