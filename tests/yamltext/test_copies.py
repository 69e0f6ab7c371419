from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings

from krm_secrets.errors import Failure
from krm_secrets.yamltext import edits
from krm_secrets.yamltext.edits import DELETE, Updates
from krm_secrets.yamltext.load import load, parse
from krm_secrets.yamltext.nodes import Mapping, YamlError
from tests.yamltext.texts import texts


def copied(text: str, updates: Updates | None = None) -> str:
    return edits.copy(parse(text)[0].root, updates)


@settings(max_examples=200, deadline=None, suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much))
@given(texts())
def test_a_copy_is_one_line_that_means_the_same(text: str) -> None:
    try:
        roots = [document.root for document in parse(text)]
        data = [load(root) for root in roots]
    except (Failure, YamlError):
        assume(False)
        raise
    for root, expected in zip(roots, data, strict=True):
        line = edits.copy(root)
        assert len(line.splitlines()) == 1
        found = load(parse(f"a: {line}\n")[0].root)
        assert json.dumps(found, default=repr) == json.dumps({"a": expected}, default=repr)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b # c\n", '{"a": "b"}'),
        ("- 0644\n- 0x1F\n- ~\n- \n- TRUE\n- 1e3\n- .inf\n- yes\n- '1'\n- =\n",
         '[0644, 0x1F, ~, null, TRUE, 1e3, .inf, "yes", "1", "="]'),
        ("2020-01-01T1:2:3,5Z", "2020-01-01T1:2:3.5Z"),
        ("|\n a\n b\n", '"a\\nb\\n"'),
        ("&x {a: &y [1], b: *y}\n", '{"a": [1], "b": [1]}'),
        ("a: &x {c: 1}\nb:\n  <<: [*x]\n", '{"a": {"c": 1}, "b": {<<: [{"c": 1}]}}'),
        ("'<<': 1\n", '{"<<": 1}'),
        ("a: &x k\n*x : 1\n", '{"a": "k", "k": 1}'),
        ("~: 1\n", "{~: 1}"),
        ("? \n: 1\n", "{null: 1}"),
        ("? [a]\n: 1\n", '{["a"]: 1}'),
        # tags
        ("!!str 1", '!!str "1"'),
        ("!!int '1'", '!!int "1"'),
        ("!!binary |\n YWJj\n", '!!binary "YWJj\\n"'),
        ("!!map\na: !!seq [1]\n", '!!map {"a": !!seq [1]}'),
        ("!local 1", '!<!local> "1"'),
        ("! 12", "! 12"),
        ("! '12'", '! "12"'),
        ("!", "! null"),
        ("!<tag:example.com,2000:x,y[z]> [a]", '!<tag:example.com%2C2000:x%2Cy%5Bz%5D> ["a"]'),
        ("%TAG !e! tag:x:\n---\n!e!a%20%C3%A9 {x: 1}", '!<tag:x:a%20%C3%A9> {"x": 1}'),
    ],
)  # fmt: skip
def test_a_copy_is_written_like_this(text: str, expected: str) -> None:
    assert copied(text) == expected
    before, after = parse(text)[0].root, parse(expected)[0].root
    assert after.tag == before.tag


def test_a_copied_text_is_the_same_to_pyyaml() -> None:
    text = "a: &x {c: [1, 'x: y', é\U0001f600, \"\\x85\\u2028\"]}\nb: {<<: *x, d: *x}\n"
    assert yaml.load(copied(text), yaml.CSafeLoader) == yaml.load(text, yaml.CSafeLoader)


def test_a_long_key_is_copied_in_the_explicit_form() -> None:
    line = copied(f"? {'k' * 1100}\n: 1\n")
    assert line.startswith('{? "kkk')
    assert load(parse(line)[0].root) == {"k" * 1100: 1}


@pytest.mark.parametrize(
    ("text", "updates", "expected"),
    [
        ("{a: 1, b: [1, 2]}", {"a": "2", "b": {0: DELETE, 1: "3"}, "c": "4"}, '{"c": 4, "a": 2, "b": [3]}'),
        ("{a: 1, b: 2}", {"a": DELETE}, '{"b": 2}'),
        ("{a: {b: 1}}", {"a": {"b": DELETE}, "x": {"y": DELETE}, "z": {}}, '{"a": {}}'),
        ("{8080: 1}", {8080: "2"}, "{8080: 2}"),
        ("a: &x {b: 1, c: {d: 1, e: 1}}\nz: {<<: *x}\n", {"z": {"b": DELETE, "c": {"d": "2"}}},
         '{"a": {"b": 1, "c": {"d": 1, "e": 1}}, "z": {"c": {"d": 2, "e": 1}, <<: {"c": {"d": 1, "e": 1}}}}'),
        ("a: &x {b: 1}\nz: {<<: [*x, {b: 3, c: 4}]}\n", {"z": {"b": DELETE}},
         '{"a": {"b": 1}, "z": {<<: [{}, {"c": 4}]}}'),
        ("~", {"a": {"b": "1"}}, '{"a": {"b": 1}}'),
        ("text", {"a": DELETE}, '"text"'),
    ],
)  # fmt: skip
def test_updates_are_made_in_a_copy(text: str, updates: Updates, expected: str) -> None:
    assert copied(text, updates) == expected


def test_a_copy_of_nothing_is_made_of_the_updates() -> None:
    assert edits.copy(None, {"a": "1", "b": DELETE}) == '{"a": 1}'


@pytest.mark.parametrize(
    ("text", "updates"), [("text", {"a": "1"}), ("[1]", {"a": "1"}), ("{a: 1}", {"a": {"b": "1"}})]
)
def test_a_mapping_never_takes_the_place_of_something_else(text: str, updates: Updates) -> None:
    with pytest.raises(YamlError) as caught:
        copied(text, updates)
    assert caught.value.message == "a mapping is needed here"


def test_what_a_merge_brings_in_is_copied_without_some_keys() -> None:
    root = parse("{<<: {a: 1, b: 2, <<: {a: 3, c: 4}}}")[0].root
    assert type(root) is Mapping
    assert edits.without(root.children[1], ["a"]) == '{"b": 2, <<: {"c": 4}}'


def test_aliases_that_grow_exponentially_are_refused() -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    with pytest.raises(YamlError) as caught:
        copied(text)
    assert caught.value.message == "aliases expand to too many values"


def test_aliases_that_nest_deeply_are_refused() -> None:
    text = "a0: &a0 x\n" + "".join(f"a{n}: &a{n} {'[' * 150}*a{n - 1}{']' * 150}\n" for n in range(1, 40))
    with pytest.raises(YamlError) as caught:
        copied(text)
    assert caught.value.message == "aliases nest too deeply"
