from __future__ import annotations

import pytest

from krm_secrets.errors import INFO, Path, Problem
from krm_secrets.krm.reading import read, read_files
from krm_secrets.krm.resource import Resource, Source
from krm_secrets.yamltext.nodes import YamlError

TEXT = """\
# head
apiVersion: v1
kind: Secret
metadata: &meta
  name: a
  namespace: n
data:
  "tls.crt": x
  8080: y
list:
- a: 1
  b: 2
other: *meta
"""


def only(text: str) -> Resource:
    (item,) = read(text).items
    return item


@pytest.mark.parametrize(
    ("path", "line", "said"),
    [
        ((), 2, "Secret n/a, line 2"),
        (("data",), 7, "Secret n/a, line 7: data"),
        (("data", "tls.crt"), 8, 'Secret n/a, line 8: data["tls.crt"]'),
        (("data", "8080"), 9, "Secret n/a, line 9: data.8080"),
        (("data", "none"), 7, "Secret n/a, line 7: data.none"),
        (("none", "x"), 2, "Secret n/a, line 2: none.x"),
        (("list", 0, "b"), 12, "Secret n/a, line 12: list[0].b"),
        (("list", 7), 10, "Secret n/a, line 10: list[7]"),
        (("list", "x"), 10, "Secret n/a, line 10: list.x"),
        (("data", "tls.crt", "x"), 8, 'Secret n/a, line 8: data["tls.crt"].x'),
        (("other", "name"), 5, "Secret n/a, line 5: other.name"),
    ],
)
def test_a_location_has_the_line_of_the_deepest_key_that_exists(path: Path, line: int, said: str) -> None:
    location = only(TEXT).location(path)
    assert (location.line, str(location)) == (line, said)


def test_a_location_in_a_file_counts_its_documents() -> None:
    given = read_files([Source("kind: A\n", "a.yaml"), Source("kind: B\n---\n# c\n---\nkind: C\n", "b.yaml")])
    locations = [item.location() for item in given.items]
    assert [(each.file, each.position, each.line) for each in locations] == [
        ("a.yaml", 0, 1), ("b.yaml", 0, 1), ("b.yaml", 2, 5),
    ]  # fmt: skip
    assert str(locations[2]) == "b.yaml:5: C"


def test_a_location_below_a_duplicate_key_is_the_objects_own() -> None:
    assert only("kind: A\nspec:\n  x: 1\n  x: 2\n").location(("spec", "x")).line == 1


def test_a_made_resource_has_no_line() -> None:
    item = Resource.new({"kind": "A", "metadata": {"name": "a"}})
    assert (item.made, item.location(("metadata",)).line) == (True, 0)


def test_a_problem_becomes_a_result_of_the_resource() -> None:
    result = only(TEXT).result(Problem(("data",), "is wrong", INFO))
    assert (result.severity, str(result)) == (INFO, "Secret n/a, line 7: data: is wrong")


def test_the_reference_is_empty_where_the_object_does_not_say() -> None:
    assert only("a: 1\n").ref == ("", "", "", "")
    assert only("kind: [A]\nmetadata: text\n").ref == ("", "", "", "")
    assert only("kind: A\nmetadata: {name: 12, namespace: true}\n").ref == ("", "A", "12", "true")


def test_annotations_are_scalars_as_text() -> None:
    text = (
        "kind: A\nmetadata:\n  annotations: {a: x, b: true, c: 0644, d: '', e: ~, f: [], g: {}, 8: y, h: &h z, i: *h}\n"
    )
    assert only(text).annotations == {
        "a": "x", "b": "true", "c": "0644", "d": "", "e": "~", "8": "y", "h": "z", "i": "z",
    }  # fmt: skip


@pytest.mark.parametrize("metadata", ["", "~", "text", "[]", "{annotations: [a]}", "{annotations: ~}"])
def test_an_object_may_have_no_annotations(metadata: str) -> None:
    assert only(f"kind: A\nmetadata: {metadata}\n").annotations == {}


def test_data_are_read_once_and_without_the_edits() -> None:
    item = only("kind: A\nspec: {x: 1}\n")
    edited = item.updated({"spec": {"x": "2"}})
    assert item.data is item.data
    assert edited.data == {"kind": "A", "spec": {"x": 1}}
    assert item.updated({}) is item


def test_an_object_that_cannot_be_read_says_which_and_where() -> None:
    item = only("kind: A\nmetadata: {name: a}\nspec:\n  x: 1\n  x: 2\n")
    with pytest.raises(YamlError) as caught:
        _ = item.data
    assert str(item.unreadable(caught.value)) == (
        'A a: lines 4 and 5: the key "x" stands twice in one mapping; remove one of them'
    )


def test_a_made_resource_is_written_with_its_edits() -> None:
    item = Resource.new({"kind": "A", "metadata": {"name": "yes"}})
    assert item.text() == 'kind: A\nmetadata:\n  name: "yes"\n'
    assert item.updated({"metadata": {"annotations": {"a": '"b"'}}}).text() == (
        'kind: A\nmetadata:\n  annotations:\n    a: "b"\n  name: "yes"\n'
    )
