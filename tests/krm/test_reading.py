from __future__ import annotations

import pytest

from krm_secrets.errors import Failure
from krm_secrets.krm.reading import KPT, KUSTOMIZE, OTHER, STREAM, read, read_files
from krm_secrets.krm.resource import Source

HEAD = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"


def names(text: str) -> list[str]:
    return [item.ref.name for item in read(text).items]


def refused(text: str) -> str:
    with pytest.raises(Failure) as caught:
        read(text)
    return str(caught.value)


def item(name: str, annotations: str = "") -> str:
    return f"- kind: A\n  metadata: {{name: {name}, annotations: {{{annotations}}}}}\n"


def test_one_document_of_kind_resource_list_is_one() -> None:
    given = read(HEAD + "items:\n" + item("a") + item("b") + "functionConfig: {kind: Config, metadata: {name: c}}\n")
    assert [each.ref.name for each in given.items] == ["a", "b"]
    assert given.envelope is not None
    assert given.function_config is not None
    assert given.function_config.kind == "Config"
    assert given.host == OTHER


@pytest.mark.parametrize(
    "text", ['{"kind": "ResourceList", "items": [{"kind": "A"}]}', '---\n"kind": ResourceList\nitems:\n- kind: A\n']
)
def test_json_and_quoted_keys_are_read_like_any_other(text: str) -> None:
    given = read(text)
    assert given.envelope is not None
    assert [each.kind for each in given.items] == ["A"]


@pytest.mark.parametrize("items", ["", "items:\n", "items: ~\n", "items: []\n", "items: [~, text, [kind]]\n"])
def test_a_resource_list_may_have_no_objects(items: str) -> None:
    given = read(HEAD + items)
    assert given.envelope is not None
    assert given.items == ()


@pytest.mark.parametrize("items", ["{}", "text", "1", "{kind: A}", "''"])
def test_items_that_are_no_list_are_an_error(items: str) -> None:
    assert refused(HEAD + f"items: {items}\n") == "items: the ResourceList's items are no list"


@pytest.mark.parametrize(
    ("annotations", "host"),
    [
        ("", OTHER),
        ("kustomize.config.k8s.io/id: x", KUSTOMIZE),
        ("config.kubernetes.io/path: x", KPT),
        ("internal.config.kubernetes.io/path: x", KPT),
        ("kustomize.config.k8s.io/id: x, config.kubernetes.io/path: y", KPT),
        ("config.kubernetes.io/path: {}", OTHER),
    ],
)
def test_annotations_tell_the_host(annotations: str, host: str) -> None:
    assert read(HEAD + "items:\n" + item("a") + item("b", annotations) + item("c")).host == host


def test_several_documents_are_a_stream_even_with_a_resource_list_among_them() -> None:
    given = read("kind: A\n---\nkind: ResourceList\nitems: [{kind: B}]\n")
    assert (given.host, given.envelope, [each.kind for each in given.items]) == (STREAM, None, ["A", "B"])


@pytest.mark.parametrize("text", ["# only a comment\n", "---\n---\n", "---\n# c\n---\ntext\n---\n- kind: A\n", "\n"])
def test_documents_that_are_no_mappings_hold_no_objects(text: str) -> None:
    assert read(text).items == ()


def test_lists_are_looked_into_also_inside_each_other() -> None:
    text = "kind: List\nitems:\n- kind: SecretList\n  items: [{kind: A, metadata: {name: a}}]\n- kind: B\n"
    assert names(text) == ["a", ""]
    assert names(f"{HEAD}items:\n- kind: List\n  items:\n  - kind: A\n    metadata: {{name: a}}\n") == ["a"]


@pytest.mark.parametrize("items", ["items: [1, {a: b}]", "items: []", "items: {kind: A}", "items: text", "spec: {}"])
def test_a_list_of_something_else_is_an_object_itself(items: str) -> None:
    assert [each.kind for each in read(f"kind: AllowList\n{items}\n").items] == ["AllowList"]


def test_every_mapping_in_a_list_is_looked_at_also_one_that_says_no_kind() -> None:
    """It could be ciphertext that lost everything else."""
    assert names("kind: List\nitems: [{metadata: {name: x}}, ~, {kind: A, metadata: {name: a}}, text]\n") == ["x", "a"]
    assert names("kind: AllowList\nmetadata: {name: l}\nitems: [{metadata: {name: x}}]\n") == ["l"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("kind: List\nitems:\n- &a {kind: A}\n- *a\n", 4),
        (HEAD + "items:\n- &a {kind: A}\n- *a\n", 5),
        ("x: &a [{kind: A}]\nkind: List\nitems: *a\n", 1),
        ("x: &a\n  items: [{kind: A}]\nkind: List\n<<: *a\n", 1),
        ("functionConfig: &a [{kind: A}]\nkind: ResourceList\nitems: *a\n", 1),
    ],
)
def test_an_alias_in_the_place_of_objects_is_refused_since_nobody_could_edit_it(text: str, line: int) -> None:
    assert refused(text) == f"line {line}: an alias stands for objects in a list; write them out"


def test_an_alias_for_something_else_is_left_alone() -> None:
    assert names("kind: List\nitems:\n- &a x\n- *a\n- {kind: A, metadata: {name: a}}\n") == ["a"]


def test_names_are_read_through_aliases_and_merges() -> None:
    text = "x: &m {name: a, namespace: n}\nkind: A\nmetadata:\n  <<: *m\n"
    assert str(read(text).items[0].ref) == "A n/a"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "kind: A\n", 'lines 2 and 3: the key "kind" stands twice in one mapping; remove one of them'),
        (
            HEAD + "items: []\nitems: []\n",
            'lines 3 and 4: the key "items" stands twice in one mapping; remove one of them',
        ),
        (
            "kind: List\nitems: []\nitems: []\n",
            'lines 2 and 3: the key "items" stands twice in one mapping; remove one of them',
        ),
        ("a: 1\n<<: 2\n", "line 2: not valid YAML: a merge key (<<) takes mappings"),
    ],
)
def test_what_must_be_read_and_cannot_is_an_error_with_its_lines(text: str, message: str) -> None:
    assert refused(text) == message


def test_duplicate_keys_elsewhere_are_for_others_to_judge() -> None:
    assert names("kind: A\nmetadata: {name: a}\nspec: {x: 1, x: 2}\n") == ["a"]
    (item,) = read("kind: A\nkind: B\nmetadata: {name: a}\nmetadata: {name: b, name: c}\n").items
    assert str(item.ref) == "B c"
    given = read(HEAD + "items:\n- kind: A\n  metadata:\n    name: a\n    annotations: {x: 1, x: 2}\n")
    assert [key.key for key in given.items[0].latest().repeated] == ["x"]


def test_files_are_one_stream_and_errors_name_the_file() -> None:
    sources = [Source("kind: A\n", "a.yaml"), Source("kind: B\n---\nkind: C\n", "b.yaml")]
    given = read_files(sources)
    assert [each.kind for each in given.items] == ["A", "B", "C"]
    assert (given.host, given.envelope) == (STREAM, None)
    with pytest.raises(Failure) as caught:
        read_files([*sources, Source("kind: List\nitems: []\nitems: []\n", "c.yaml")])
    assert str(caught.value) == (
        'c.yaml: lines 2 and 3: the key "items" stands twice in one mapping; remove one of them'
    )


def test_no_message_holds_text_of_the_input() -> None:
    secret = "hunter2"
    for text in (
        f"kind: List\nitems: [{secret}]\nitems: [{secret}]\n",
        f"kind: [{secret}\n",
        f"a: *{secret}\n",
        f"a: !{secret}!x y\n",
        f"kind: List\nitems:\n- &{secret} {{kind: A}}\n- *{secret}\n",
    ):
        assert secret not in refused(text)


BUILT = (
    "comes with a ResourceList that no host wrote, but a base or a chart, to configure what you run; take the object"
)


@pytest.mark.parametrize(
    "text",
    [
        "kind: ResourceList\nfunctionConfig: {kind: A}\nmetadata: {name: x}\n",
        "functionConfig: {kind: A}\nkind: ResourceList\nmetadata: {}\nitems: []\n",
        "---\n# Source: wiki/templates/x.yaml\nkind: ResourceList\nfunctionConfig: {kind: A}\n",
        "x: &x {metadata: {name: a}}\n<<: *x\nkind: ResourceList\nfunctionConfig: {kind: A}\n",
    ],
)
def test_an_object_of_a_build_is_not_taken_for_what_a_host_hands_over(text: str) -> None:
    with pytest.raises(Failure, match=f"^functionConfig: {BUILT} out of the build$"):
        read(text)


def test_a_comment_of_a_person_is_no_mark_of_a_chart() -> None:
    assert read("# mine\nkind: ResourceList\nfunctionConfig: {kind: A}\n").function_config is not None
