from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from krm_secrets.errors import ERROR, Failure, Location, ResourceRef, Result
from krm_secrets.krm.reading import KUSTOMIZE, read, read_files
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.krm.writing import write
from krm_secrets.yamltext import edits
from krm_secrets.yamltext.load import parse
from krm_secrets.yamltext.nodes import YamlError
from krm_secrets.yamltext.splice import DELETE
from tests.krm.support import loaded, made, named, rewritten
from tests.yamltext.texts import texts

A, B, C = named("a"), named("b"), named("c")
NEW = "apiVersion: v1\nkind: Made\nmetadata:\n  name: new\n"
SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example)


def comparable(data: object) -> str:
    return json.dumps(data, sort_keys=True, default=repr)


# --- nothing edited -------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(texts())
def test_what_nobody_edits_comes_out_as_it_came(text: str) -> None:
    try:
        given_ = read(text)
    except (Failure, YamlError):
        assume(False)
        raise
    assert write(given_, given_.items) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n", "# only\n", "---\n", "---\n...\n", A, A.rstrip(), f"{A}---\n{B}", f"---\n{A}...\n"),
        f"---\n---\n{A}---\n# c\n",
        *("kind: List\nitems: []\n", "kind: ResourceList\n", "kind: ResourceList\nitems:\n"),
        '{"kind":"ResourceList","items":[]}',
        *(A.replace("\n", newline) for newline in ("\r\n", "\r", "\x85", "\u2028", "\u2029")),
        "kind: A\nx: |+\n  y\n\n", "kind: A\nx: |\n  y", "kind: A\nx: &a [1]\ny: *a\n",
    ],
)  # fmt: skip
def test_any_shape_comes_out_as_it_came(text: str) -> None:
    assert rewritten(text) == text


# --- streams --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "gone", "expected"),
    [
        (f"{A}---\n{B}---\n{C}", "a", f"---\n{B}---\n{C}"),
        (f"{A}---\n{B}---\n{C}", "b", f"{A}---\n{C}"),
        (f"{A}---\n{B}---\n{C}", "c", f"{A}---\n{B}"),
        (A, "a", ""),
        (f"---\n{A}...\n", "a", ""),
        (f"{A}...\n...\n", "a", ""),
        (f"{A}---\n{B}...\n", "b", A),
        (f"{A}---\n{B}".rstrip(), "b", A),
        (f"# head\n{A}# behind\n---\n{B}", "a", f"# behind\n---\n{B}"),
        (f"{A}---\n# in\n{B}# behind\n---\n{C}", "b", f"{A}# behind\n---\n{C}"),
        (f"{A}--- # marked\n{B}---\n{C}", "b", f"{A}---\n{C}"),
        # what would become part of a block scalar goes, too
        (f"{A}x: |+\n  y\n---\n{B}\n  # deep\n# c\n---\n{C}", "b", f"{A}x: |+\n  y\n# c\n---\n{C}"),
        # directives
        (f"%YAML 1.1\n---\n{A}---\n{B}", "a", f"---\n{B}"),
        (f"{A}...\n%YAML 1.1\n---\n{B}", "a", f"%YAML 1.1\n---\n{B}"),
        (f"{A}...\n...\n%YAML 1.1\n---\n{B}", "a", f"%YAML 1.1\n---\n{B}"),
        (f"{A}---\n{B}...\n%YAML 1.1\n---\n{C}", "b", f"{A}...\n%YAML 1.1\n---\n{C}"),
        (f"{A}---\n{B}%YAML 1.1\n---\n{C}", "b", f"{A}%YAML 1.1\n---\n{C}"),
        # other breaks
        (f"{A}---\n{B}---\n{C}".replace("\n", "\r\n"), "b", f"{A}---\n{C}".replace("\n", "\r\n")),
        (f"{A}---\n{B}---\n{C}".replace("\n", "\r"), "b", f"{A}---\n{C}".replace("\n", "\r")),
    ],
)  # fmt: skip
def test_a_consumed_document_goes_with_its_marker(text: str, gone: str, expected: str) -> None:
    assert rewritten(text, gone) == expected
    assert len(parse(expected)) == len([d for d in loaded(text) if d is not None]) - 1


def test_all_documents_may_be_consumed_at_once() -> None:
    assert rewritten(f"{A}---\n{B}---\n{C}", "a", "b") == f"---\n{C}"
    assert rewritten(f"{A}---\n{B}---\n{C}", "a", "b", "c") == ""
    assert rewritten(f"{A}...\n%YAML 1.1\n---\n{B}...\n%YAML 1.1\n---\n{C}", "a", "b") == f"%YAML 1.1\n---\n{C}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (A, f"{A}---\n{NEW}"),
        (A.rstrip(), f"{A}---\n{NEW}"),
        (f"{A}...\n", f"{A}...\n---\n{NEW}"),
        (f"{A}...", f"{A}...\n---\n{NEW}"),
        (f"{A}# end", f"{A}# end\n---\n{NEW}"),
        (A.replace("\n", "\r\n"), f"{A}---\n{NEW}".replace("\n", "\r\n")),
        (f"{A}x: |\n  y\n", f"{A}x: |\n  y\n---\n{NEW}"),
        (f"{A}x: |\n  y", f'{A}x: "y"\n---\n{NEW}'),
        (f"{A}x: |+\n  y", f'{A}x: "y"\n---\n{NEW}'),
        (f"{A}x: |-\n  y", f"{A}x: |-\n  y\n---\n{NEW}"),
        (f"{A}x: >\n  y\n  z", f'{A}x: "y z"\n---\n{NEW}'),
        (f"{A}x: |\n  y  ", f'{A}x: "y  "  \n---\n{NEW}'),
        (f"{A}x: |+\n  y\n  ", f'{A}x: "y\\n"\n  \n---\n{NEW}'),
        (f"{A}x: |\n  y\n  ", f"{A}x: |\n  y\n  \n---\n{NEW}"),
        (f"{A}x: [&a 1, {{y: *a}}]", f"{A}x: [&a 1, {{y: *a}}]\n---\n{NEW}"),
        (f"{A}? |\n  y", f'{A}? "y"\n---\n{NEW}'),
        ("--- |\n  y", f'--- "y"\n---\n{NEW}'),
        ("# only a comment\n", f"# only a comment\n---\n{NEW}"),
        ("", NEW),
    ],
)
def test_a_new_document_comes_behind_the_others_and_changes_none(text: str, expected: str) -> None:
    after = rewritten(text, new=(made("new"),))
    assert after == expected
    assert comparable(loaded(after)) == comparable(loaded(text) + loaded(NEW))


def test_new_documents_take_the_place_of_what_was_consumed() -> None:
    assert (
        rewritten(f"{A}x: |\n  y", "a", new=(made("new"), made("m")))
        == f"{NEW}---\n{NEW.replace('name: new', 'name: m')}"
    )
    assert rewritten(f"{A}---\n{B}x: |\n  y", "b", new=(made("new"),)) == f"{A}---\n{NEW}"


def test_an_edited_block_scalar_at_the_end_is_followed_like_any_other() -> None:
    given_ = read(f"{A}x: |\n  y")
    items = [given_.items[0].updated({"x": '"z"'}), made("new")]
    assert write(given_, items) == f'{A}x: "z"\n---\n{NEW}'


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (A, B, f"{A}---\n{B}"),
        (A.rstrip(), B, f"{A}---\n{B}"),
        (A, f"---\n{B}", f"{A}---\n{B}"),
        (A, f"--- # m\n{B}", f"{A}--- # m\n{B}"),
        (A, "---\ttext\n", f"{A}---\ttext\n"),
        (A, "---x: 1\nkind: B\n", f"{A}---\n---x: 1\nkind: B\n"),
        (A, f"# c\n---\n{B}", f"{A}# c\n---\n{B}"),
        (A, f"# c\n{B}", f"{A}---\n# c\n{B}"),
        (A, f"\n\n---\n{B}", f"{A}---\n{B}"),
        (A, f"  # c\n---\n{B}", f"{A}---\n  # c\n---\n{B}"),
        (A, "  kind: B\n", f"{A}---\n  kind: B\n"),
        (A, f"%YAML 1.1\n---\n{B}", f"{A}...\n%YAML 1.1\n---\n{B}"),
        (f"{A}...\n", f"# c\n%TAG !e! tag:x:\n---\n{B}", f"{A}...\n...\n# c\n%TAG !e! tag:x:\n---\n{B}"),
        (f"{A}...\n", B, f"{A}...\n---\n{B}"),
        (f"{A}x: |+\n  y\n", f"\n\n# c\n---\n{B}", f"{A}x: |+\n  y\n# c\n---\n{B}"),
        (f"{A}x: |\n  y", f"---\n{B}", f'{A}x: "y"\n---\n{B}'),
        (" ? k\n : |\n  y", B, f' ? k\n : "y"\n---\n{B}'),
        (A, "# only\n", f"{A}# only\n"),
        (A, "", A),
        ("\n", B, B),
        (A.replace("\n", "\r\n"), B, A.replace("\n", "\r\n") + "---\r\n" + B),
        ('{"kind": "A"}', '{"kind": "B"}', '{"kind": "A"}\n---\n{"kind": "B"}'),
    ],
)  # fmt: skip
def test_files_are_joined_into_one_stream(first: str, second: str, expected: str) -> None:
    given_ = read_files([Source(first, "a.yaml"), Source(second, "b.yaml")])
    after = write(given_, given_.items)
    assert after == expected
    before = [data for text in (first, second) for data in loaded(text) if data is not None]
    assert comparable([data for data in loaded(after) if data is not None]) == comparable(before)


def test_no_files_make_no_text() -> None:
    assert write(read_files([]), []) == ""


@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
@given(texts(), texts(), st.data())
def test_documents_that_stay_mean_the_same_whatever_happens_around_them(
    first: str, second: str, data: st.DataObject
) -> None:
    try:
        given_ = read_files([Source(first, "a"), Source(second, "b")])
        roots = [document.root for source in given_.sources for document in source.documents]
        before = loaded(first) + loaded(second)
    except (Failure, YamlError):
        assume(False)
        raise
    kept = [item for item in given_.items if data.draw(st.booleans())]
    gone = {id(item.node) for item in given_.items} - {id(item.node) for item in kept}
    new = [made("new")] if data.draw(st.booleans()) else []
    after = loaded(write(given_, [*kept, *new]))
    expected = [d for d, root in zip(before, roots, strict=True) if id(root) not in gone] + [item.data for item in new]
    assert comparable([d for d in after if d is not None]) == comparable([d for d in expected if d is not None])


@pytest.mark.parametrize("text", ["kind: List\nitems:\n- {0}\n- {1}\n", "kind: List\nitems: [{0}, {1}]\n"])
@pytest.mark.parametrize("gone", [(), ("a",), ("b",), ("a", "b")])
def test_objects_of_a_list_are_consumed_from_it(text: str, gone: tuple[str, ...]) -> None:
    text = text.replace("{0}", "{kind: A, metadata: {name: a}}").replace("{1}", "{kind: B, metadata: {name: b}}")
    expected = [{"kind": name.upper(), "metadata": {"name": name}} for name in "ab" if name not in gone]
    assert loaded(rewritten(text, *gone)) == [{"kind": "List", "items": expected}]


# --- aliases --------------------------------------------------------------------------------------------------------


def test_an_edit_does_not_reach_the_other_users_of_an_anchor() -> None:
    text = "kind: A\nmetadata: {name: a}\nx: &x {k: 1}\n---\nkind: B\nx: &x {k: 1}\ny: *x\nz: {<<: *x}\n"
    given_ = read(text)
    after = write(given_, [given_.items[0], given_.items[1].updated({"x": {"k": "2"}})])
    assert after == (
        'kind: A\nmetadata: {name: a}\nx: &x {k: 1}\n---\nkind: B\nx: &x {k: 2}\ny: {"k": 1}\nz: {<<: {"k": 1}}\n'
    )


def test_consumed_items_leave_their_anchors_meaning_to_the_others() -> None:
    text = f"{HEAD}items:\n- kind: A\n  metadata: {{name: a}}\n  x: &x [1]\n- kind: B\n  x: *x\n"
    assert rewritten(text, "a") == f"{HEAD}items:\n- kind: B\n  x: [1]\n"


def test_copies_without_bound_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "MAX_COPIED", 5_000)
    text = f"kind: A\nx: &x [{'b, ' * 100}]\ny: [{'*x, ' * 100}]\n"
    given_ = read_files([Source("kind: B\n", "a.yaml"), Source(text, "b.yaml")])
    with pytest.raises(Failure) as caught:
        write(given_, [given_.items[0], given_.items[1].updated({"x": DELETE})])
    assert str(caught.value) == "b.yaml: line 2: aliases expand to too many values"


# --- resource lists -------------------------------------------------------------------------------------------------

HEAD = "kind: ResourceList\n"
ITEM = "- apiVersion: v1\n  kind: Made\n  metadata:\n    name: new\n"


def indented(text: str, margin: int) -> str:
    return "".join(" " * margin + line for line in text.splitlines(keepends=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # behind others
        (f"{HEAD}items:\n- kind: A\nz: 1\n", f"{HEAD}items:\n- kind: A\n{ITEM}z: 1\n"),
        (f"{HEAD}items:\n    - kind: A\n", f"{HEAD}items:\n    - kind: A\n{indented(ITEM, 4)}"),
        (f"{HEAD}items: &x # -\n  - kind: A", f"{HEAD}items: &x # -\n  - kind: A\n{indented(ITEM, 2)}"),
        (f"{HEAD}items:\n- kind: A\n  x: |\n    y", f'{HEAD}items:\n- kind: A\n  x: "y"\n{ITEM}'),
        (f"{HEAD}items:\n- kind: A\n  x: |+\n    y\n\nz: 1\n",
         f"{HEAD}items:\n- kind: A\n  x: |+\n    y\n\n{ITEM}z: 1\n"),
        (f"{HEAD}items:\n- kind: A\n  # deep\n# c\n", f"{HEAD}items:\n- kind: A\n  # deep\n{ITEM}# c\n"),
        (f"{HEAD}items:\n- kind: A\n...\n", f"{HEAD}items:\n- kind: A\n{ITEM}...\n"),
        # nothing before
        (f"{HEAD}items: [] # none\n", f"{HEAD}items:  # none\n{ITEM}"),
        (f"{HEAD}items: [\n]\nz: 1\n", f"{HEAD}items: \n{ITEM}z: 1\n"),
        (f"{HEAD}items: ~ # none\nz: 1", f"{HEAD}items:  # none\n{ITEM}z: 1"),
        (f"{HEAD}items: # none\nz: 1", f"{HEAD}items: # none\n{ITEM}z: 1"),
        (f"{HEAD}items:", f"{HEAD}items:\n{ITEM}"),
        (f"{HEAD}items: []", f"{HEAD}items: \n{ITEM}"),
        ("  kind: ResourceList\n  items: []\n", f"  kind: ResourceList\n  items: \n{indented(ITEM, 2)}"),
        ("  kind: ResourceList\n  z: 1\n", f"  items:\n{indented(ITEM, 2)}  kind: ResourceList\n  z: 1\n"),
        (HEAD, f"items:\n{ITEM}{HEAD}"),
        ("? kind\n: ResourceList\n? items\n: []\n", f"? kind\n: ResourceList\n? items\n: \n{ITEM}"),
        # flow style
        ('{"kind":"ResourceList","items":[]}', '{"kind":"ResourceList","items":[NEW]}'),
        ('{"kind":"ResourceList","items":[{"kind":"A"}]}', '{"kind":"ResourceList","items":[{"kind":"A"}, NEW]}'),
        ('{"kind":"ResourceList","items":null}', '{"kind":"ResourceList","items":[NEW]}'),
        ('{"kind":"ResourceList"}', '{"items": [NEW], "kind":"ResourceList"}'),
        ("{kind: ResourceList, items: }", "{kind: ResourceList, items: [NEW] }"),
        (f"{HEAD}items: [{{kind: A}}] # c\n", f"{HEAD}items: [{{kind: A}}, NEW] # c\n"),
    ],
)  # fmt: skip
def test_a_new_item_comes_behind_the_others_in_the_style_of_the_list(text: str, expected: str) -> None:
    new = '{"apiVersion": "v1", "kind": "Made", "metadata": {"name": "new"}}'
    for newline in ("\n", "\r\n"):
        after = rewritten(text.replace("\n", newline), new=(made("new"),))
        assert after == expected.replace("NEW", new).replace("\n", newline)
        (before,), (data,) = loaded(text), loaded(after)
        assert isinstance(before, dict)
        assert data == {**before, "items": [*(before.get("items") or []), made("new").data]}
        assert yaml.load(after, yaml.CSafeLoader) == data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAD}items:\n- &a\n  kind: A\n  metadata: {{name: a}} # c\n\n  # deep\nz: 1\n",
         f"{HEAD}items:\nITEMz: 1\n"),
        (f"{HEAD}items: !!seq # -\n  - kind: A\n    metadata: {{name: a}}", f"{HEAD}items: !!seq # -\nINDENTED"),
        (f"{HEAD}items: [{{kind: A, metadata: {{name: a}}}}] # c\n", f"{HEAD}items: [FLOW] # c\n"),
        ('{"kind":"ResourceList","items":[{"kind":"A","metadata":{"name":"a"}}]}',
         '{"kind":"ResourceList","items":[FLOW]}'),
    ],
)  # fmt: skip
def test_new_items_take_the_place_of_a_list_that_was_consumed_whole(text: str, expected: str) -> None:
    flow = '{"apiVersion": "v1", "kind": "Made", "metadata": {"name": "new"}}'
    expected = expected.replace("INDENTED", indented(ITEM, 2)).replace("ITEM", ITEM).replace("FLOW", flow)
    assert rewritten(text, "a", new=(made("new"),)) == expected


def test_what_is_no_object_stays_in_the_list_when_all_objects_are_consumed() -> None:
    others = "- ~\n- kind: List\n  items:\n  - kind: B\n    metadata: {name: b}\n"
    text = f"{HEAD}items:\n- kind: A\n  metadata: {{name: a}}\n{others}"
    assert rewritten(text, "a", new=(made("new"),)) == f"{HEAD}items:\n{others}{ITEM}"
    assert loaded(rewritten(text, "a", "b", new=(made("new"),))) == [
        {"kind": "ResourceList", "items": [None, {"kind": "List", "items": []}, made("new").data]}
    ]


@pytest.mark.parametrize("style", ["block", "flow"])
@pytest.mark.parametrize("gone", ["a", "b", "c", "ab", "bc", "ac", "abc"])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_any_items_may_be_consumed_while_others_are_added(style: str, gone: str, count: int) -> None:
    if style == "block":
        rows = "".join(f"- kind: A\n  metadata: {{name: {n}}}\n  x: |+\n    y\n\n" for n in "abc")
        text = f"{HEAD}items:\n{rows}".rstrip()
    else:
        text = f"{{kind: ResourceList, items: [{', '.join(f'{{kind: A, metadata: {{name: {n}}}}}' for n in 'abc')}]}}"
    new = [made(f"n{i}", x="one\ntwo\n") for i in range(count)]
    (before,) = loaded(text)
    (after,) = loaded(rewritten(text, *gone, new=tuple(new)))
    assert isinstance(before, dict)
    kept = [item for item in before["items"] if item["metadata"]["name"] not in gone]
    assert after == {"kind": "ResourceList", "items": [*kept, *(item.data for item in new)]}


def test_an_edited_new_item_is_added_with_its_edits() -> None:
    item = made("new").updated({"metadata": {"labels": {"a": '"b"'}}})
    assert '    labels:\n      a: "b"\n    name: new\n' in rewritten(f"{HEAD}items: []\n", new=(item,))
    assert '"labels": {"a": "b"}' in rewritten('{"kind": "ResourceList"}', new=(item,))


# --- results --------------------------------------------------------------------------------------------------------

RESULT = Result(ERROR, "is wrong", Location(ResourceRef("v1", "A", "a", "n"), ("data", "x.y"), "f.yaml", 2, 7))
ROW = {
    "message": "is wrong",
    "severity": "error",
    "resourceRef": {"apiVersion": "v1", "kind": "A", "name": "a", "namespace": "n"},
    "field": {"path": 'data["x.y"]'},
    "file": {"path": "f.yaml", "index": 2},
}
OLD = {"message": "old", "severity": "info"}


@pytest.mark.parametrize(
    ("text", "old"),
    [
        (f"{HEAD}items: []\n", []),
        (f"# head\n---\n{HEAD}items: []", []),
        ("  kind: ResourceList\n  items: []\n", []),
        ('{"kind": "ResourceList", "items": []}', []),
        ("{ # c\n kind: ResourceList, items: []}", []),
        (f"{HEAD}items: []\nresults: []\n", []),
        (f"{HEAD}items: []\nresults:\n", []),
        (f"{HEAD}results:\n  items:\n  - message: old\nitems: []\n", []),
        (f"{HEAD}results:\n- message: old\n  severity: info\nitems: []\n", [OLD]),
        (f"{HEAD}results: &r\n    - message: old # -\n      severity: info\nitems: []\n", [OLD]),
        ('{"kind": "ResourceList", "items": [], "results": [{"message": "old", "severity": "info"}]}', [OLD]),
        (f"{HEAD}items: []\nresults: [{{message: old, severity: info}}]\n", [OLD]),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_results_come_before_those_of_earlier_functions(text: str, old: list[object], newline: str) -> None:
    after = rewritten(text.replace("\n", newline), results=(RESULT,))
    assert loaded(after) == [{"kind": "ResourceList", "items": [], "results": [ROW, *old]}]
    assert "\n" not in after.replace(newline, "")


def test_results_are_written_in_block_style_where_the_list_is() -> None:
    assert rewritten(f"{HEAD}items: []\n", results=(Result(ERROR, "m"),)) == (
        f"results:\n  - message: m\n    severity: error\n{HEAD}items: []\n"
    )


def test_a_result_says_only_what_is_known() -> None:
    given_ = read(f"{HEAD}items: []\n")
    place = Location(ResourceRef("", "A", "a"), file="f.yaml")
    (after,) = loaded(write(given_, [], [Result(ERROR, "m", place)]))
    assert isinstance(after, dict)
    assert after["results"] == [
        {
            "message": "m",
            "severity": "error",
            "resourceRef": {"apiVersion": "", "kind": "A", "name": "a"},
            "file": {"path": "f.yaml"},
        }
    ]


def test_results_and_new_items_go_together() -> None:
    for text in (HEAD, f"{HEAD}items: []\n", '{"kind": "ResourceList"}', f"  {HEAD}"):
        (after,) = loaded(rewritten(text, new=(made("new"),), results=(RESULT,)))
        assert after == {"kind": "ResourceList", "items": [made("new").data], "results": [ROW]}


# --- kustomize's ids ------------------------------------------------------------------------------------------------

IDS = "config.k8s.io/id: '1'\n      internal.config.kubernetes.io/id: '1'\n"


def listed(annotations: str) -> str:
    return f"{HEAD}items:\n- kind: A\n  metadata:\n    annotations:\n      {annotations}    name: a\n"


def test_under_kustomize_its_two_comment_ids_are_left_out() -> None:
    text = listed(f"a: b\n      {IDS}      kustomize.config.k8s.io/id: |\n        kind: A\n")
    assert rewritten(text) == listed("a: b\n      kustomize.config.k8s.io/id: |\n        kind: A\n")


@pytest.mark.parametrize(
    "others",
    [
        "",
        "      config.kubernetes.io/path: a.yaml\n",
        "      config.kubernetes.io/path: a.yaml\n      internal.config.kubernetes.io/seqindent: compact\n"
        "      kustomize.config.k8s.io/id: x\n",
    ],
)
def test_under_other_hosts_the_ids_stay(others: str) -> None:
    text = listed(f"{IDS}{others}")
    assert rewritten(text) == text


def test_new_annotations_go_where_the_ids_were() -> None:
    given_ = read(listed(f"{IDS}      kustomize.config.k8s.io/id: x\n"))
    item = given_.items[0].updated({"metadata": {"annotations": {"new": '"x"'}}})
    assert write(given_, [item]) == listed('new: "x"\n      kustomize.config.k8s.io/id: x\n')


def test_ids_stay_where_nothing_else_is_left_of_the_annotations() -> None:
    text = listed(IDS)
    given_ = read(text)._replace(host=KUSTOMIZE)
    item = given_.items[0].updated({"metadata": {"annotations": {"new": '"x"'}}})
    assert write(given_, [item]) == listed('new: "x"\n      ' + IDS)


def test_ids_are_left_out_of_flow_annotations_and_made_items_have_none() -> None:
    annotations = "{config.k8s.io/id: '1', kustomize.config.k8s.io/id: x}"
    text = f"{HEAD}items: [{{kind: A, metadata: {{annotations: {annotations}}}}}]\n"
    given_ = read(text)
    assert given_.host == KUSTOMIZE
    after = write(
        given_, [*given_.items, Resource.new({"kind": "B", "metadata": {"annotations": {"config.k8s.io/id": "1"}}})]
    )
    assert after == (
        f"{HEAD}items: [{{kind: A, metadata: {{annotations: {{kustomize.config.k8s.io/id: x}}}}}},"
        ' {"kind": "B", "metadata": {"annotations": {"config.k8s.io/id": "1"}}}]\n'
    )


# --- size -----------------------------------------------------------------------------------------------------------


def test_many_documents_are_written_in_linear_time() -> None:
    text = "---\n".join(f"kind: A\nmetadata: {{name: n{n}}}\nx: &x {{y: 1}}\nz: *x\n" for n in range(3_000))
    given_ = read(text)
    items = [item.updated({"x": {"y": "2"}}) for item in given_.items[::2]]
    after = write(given_, items)
    assert after.count("{y: 2}") == after.count('z: {"y": 1}') == 1_500
