"""Lists of kustomization files, edited in the style of the file."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, strategies as st

from krm_secrets.errors import Failure
from krm_secrets.krm import kustomization

HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"

ADDED = {
    "to the end of a list without order": (
        "resources:\n  - ./z.yaml\n  - ./a.yaml\n",
        "resources:\n  - ./z.yaml\n  - ./a.yaml\n  - ./m.yaml\n",
    ),
    "to its place in a list with order": (
        "resources:\n  - ./a.yaml\n  - ./z.yaml\n",
        "resources:\n  - ./a.yaml\n  - ./m.yaml\n  - ./z.yaml\n",
    ),
    "before the first": ("resources:\n- n.yaml\n- z.yaml\n", "resources:\n- m.yaml\n- n.yaml\n- z.yaml\n"),
    "not between a comment and what it is about": (
        "resources:\n  # the app\n  - n.yaml\n",
        "resources:\n  # the app\n  - n.yaml\n  - m.yaml\n",
    ),
    "behind a comment on the line": (
        "resources:\n  - a.yaml # first\ncomponents:\n  - ../c\n",
        "resources:\n  - a.yaml # first\n  - m.yaml\ncomponents:\n  - ../c\n",
    ),
    "before a blank line and comments that follow": (
        "resources:\n  - a.yaml\n  # - off.yaml\n\ncomponents: []\n",
        "resources:\n  - a.yaml\n  - m.yaml\n  # - off.yaml\n\ncomponents: []\n",
    ),
    "without a line break at the end": ("resources:\n  - a.yaml", "resources:\n  - a.yaml\n  - m.yaml"),
    "quoted where the others are": ("resources:\n  - 'a.yaml'\n", "resources:\n  - 'a.yaml'\n  - 'm.yaml'\n"),
    "with the gap behind the dash": ("resources:\n-   a.yaml\n", "resources:\n-   a.yaml\n-   m.yaml\n"),
    "on lines of CRLF": ("resources:\r\n  - a.yaml\r\n", "resources:\r\n  - a.yaml\r\n  - m.yaml\r\n"),
    "to a list on one line": ("resources: [a.yaml, z.yaml]\n", "resources: [a.yaml, m.yaml, z.yaml]\n"),
    "to the end of a list on one line": ("resources: [./a.yaml] # all\n", "resources: [./a.yaml, ./m.yaml] # all\n"),
    "to a list in brackets over lines": (
        'resources: [\n  "./a.yaml", # first\n]\n',
        'resources: [\n  "./a.yaml", # first\n  "./m.yaml",\n]\n',
    ),
    "to one over lines without a last comma": (
        'resources: [\n  "a.yaml" # first\n]\n',
        'resources: [\n  "a.yaml", # first\n  "m.yaml"\n]\n',
    ),
    "to one that closes on its last line": (
        'resources: [\n  "a.yaml"]\n',
        'resources: [\n  "a.yaml",\n  "m.yaml"]\n',
    ),
    "in order to one over lines": (
        'resources: [\n  "n.yaml",\n  "o.yaml",\n]\n',
        'resources: [\n  "m.yaml",\n  "n.yaml",\n  "o.yaml",\n]\n',
    ),
    "to an empty list": ("resources: [] # none\n", "resources: # none\n  - m.yaml\n"),
    "to a list without a value": ("resources:\nnamespace: x\n", "resources:\n  - m.yaml\nnamespace: x\n"),
    "to a list without a value at the end": ("resources:", "resources:\n  - m.yaml"),
    "as a list that was missing": (
        f"{HEAD}# what follows\ncomponents:\n- ../c\n",
        f"{HEAD}resources:\n- m.yaml\n# what follows\ncomponents:\n- ../c\n",
    ),
    "behind the namespace": (
        "kind: Kustomization\nnamespace: home # here\n",
        "kind: Kustomization\nnamespace: home # here\nresources:\n  - m.yaml\n",
    ),
    "where nothing says which file it is": (
        "components:\n  - ../c\n",
        "resources: [m.yaml]\ncomponents:\n  - ../c\n",
    ),
    "to an empty file": ("", "resources:\n  - m.yaml\n"),
    "to a file of comments": ("# nothing yet", "# nothing yet\nresources:\n  - m.yaml\n"),
    "to JSON": (
        '{"kind": "Kustomization", "components": ["../c"]}\n',
        '{"kind": "Kustomization", "resources": ["m.yaml"], "components": ["../c"]}\n',
    ),
    "to braces over lines": (
        '---\n{\n  kind: "Kustomization",\n  components: ["../c"],\n}\n',
        '---\n{\n  kind: "Kustomization",\n  resources: ["m.yaml"],\n  components: ["../c"],\n}\n',
    ),
    "to an empty list in braces": ('{"resources": []}', '{"resources": [m.yaml]}'),
    "to an alias": (
        "components: &both\n  - a\nresources: *both\n",
        "components: &both\n  - a\nresources: [a, m.yaml]\n",
    ),
    "to a list with an anchor": (
        "resources: &both\n  - a\ncomponents: *both\n",
        'resources: &both\n  - a\n  - m.yaml\ncomponents: ["a"]\n',
    ),
    "to a merged list": (
        "x: &x\n  resources: [a]\n<<: *x\nkind: Kustomization\n",
        "x: &x\n  resources: [a]\n<<: *x\nkind: Kustomization\nresources:\n  - a\n  - m.yaml\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=ADDED)
def test_an_entry_is_added(before: str, after: str) -> None:
    assert kustomization.add(before, "./m.yaml") == after
    assert kustomization.add(after, "m.yaml") == after


REMOVED = {
    "from the middle": ("resources:\n  - a\n  - ./m.yaml\n  - z\n", "resources:\n  - a\n  - z\n"),
    "and the blank line behind it stays": (
        "resources:\n  - a\n  - m.yaml # ours\n\ncomponents: [c]\n",
        "resources:\n  - a\n\ncomponents: [c]\n",
    ),
    "the only one": ("resources:\n  - m.yaml\nnamespace: x\n", "resources: []\nnamespace: x\n"),
    "the only one under a comment": (
        "resources: # all\n  # of ours\n  - m.yaml\n",
        "resources: [] # all\n  # of ours\n",
    ),
    "the only one of a list with an anchor": ("resources: &x\n  - m.yaml\ny: *x\n", 'resources: []\ny: ["m.yaml"]\n'),
    "from a list on one line": ("resources: [a, m.yaml]\n", "resources: [a]\n"),
    "every time": ("resources: [m.yaml, a, ./m.yaml]\n", "resources: [a]\n"),
    "from an alias": ("components: &l [a, m.yaml]\nresources: *l\n", "components: &l [a, m.yaml]\nresources: [a]\n"),
    "that an alias names": (
        "resources:\n  - &f m.yaml\n  - a\ncrds:\n  - *f\n",
        'resources:\n  - a\ncrds:\n  - "m.yaml"\n',
    ),
    "at the end of the file": ("resources:\n  - a\n  - m.yaml", "resources:\n  - a\n"),
    "that is not there": ("resources:\n  - a\n", "resources:\n  - a\n"),
    "from no list": ("namespace: x\n", "namespace: x\n"),
    "from nothing": ("", ""),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_an_entry_is_removed(before: str, after: str) -> None:
    assert kustomization.remove(before, "m.yaml") == after
    assert kustomization.remove(after, "m.yaml") == after


def test_other_lists_are_edited_too() -> None:
    before = "resources:\n  - a\ncomponents:\n  - ../x\n"
    assert kustomization.add(before, "../y", "components") == "resources:\n  - a\ncomponents:\n  - ../x\n  - ../y\n"
    assert kustomization.remove(before, "../x", kustomization.COMPONENTS) == "resources:\n  - a\ncomponents: []\n"


def test_what_is_read() -> None:
    text = (
        f"---\n{HEAD}namespace: home\nresources: [./a.yaml, &x b]\nbases: [*x]\ncomponents:\n- ../c\ngenerators: [g]\n"
    )
    found = kustomization.read(text)
    assert (found.kind, found.namespace) == ("Kustomization", "home")
    assert found.resources == ("./a.yaml", "b", "b")
    assert found.components == ("../c",)
    assert found.lists["generators"] == ("g",)


def test_what_says_nothing_is_an_empty_kustomization() -> None:
    assert kustomization.read("# nothing\n") == kustomization.Kustomization("Kustomization", "", {})


WRONG = {
    "resources: a.yaml\n": "line 1: resources: is no list of names",
    "x: 1\nresources:\n  - {a: b}\n": "line 3: resources: is no list of names",
    "- a\n": "line 1: a kustomization file holds a mapping",
    "x: 1\n---\ny: 1\n": "line 3: a kustomization file holds one document",
    "x: 1\nx: 2\n": 'lines 1 and 2: the key "x" stands twice in one mapping; remove one of them',
    "x: [\n": "line 2: not valid YAML: did not find expected node content",
}


@pytest.mark.parametrize(("text", "message"), WRONG.items())
def test_a_file_of_another_form(text: str, message: str) -> None:
    for change in (
        kustomization.read,
        lambda t: kustomization.add(t, "m"),
        lambda t: kustomization.remove(t, "a"),
    ):
        with pytest.raises(Failure) as raised:
            change(text)
        assert str(raised.value) == message


# The law: whatever the style, the list gains or loses exactly the entry, and everything else reads as before.

NAMES = st.sampled_from(["a.yaml", "./b.yaml", "../c", "d/e.yml", "./z.yaml", "https://x.example/y"])
NEW = "m.yaml"


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A kustomization file in some style, with comments, gaps and neighbours."""
    entries = draw(st.lists(NAMES, max_size=4))
    if draw(st.booleans()):
        entries.insert(draw(st.integers(0, len(entries))), draw(st.sampled_from(["m.yaml", "./m.yaml"])))
    quote = draw(st.sampled_from(["", "'", '"']))
    quoted = [f"{quote}{entry}{quote}" for entry in entries]
    comment = st.sampled_from(["", "", " # why"])
    style = draw(st.sampled_from(["block", "flow", "lines"]))
    if not entries:
        listed = [f"resources:{draw(st.sampled_from(['', ' []', ' null', ' # none']))}"]
    elif style == "block":
        margin, gap = " " * draw(st.integers(0, 3)), " " * draw(st.integers(1, 3))
        listed = ["resources:" + draw(comment)]
        for entry in quoted:
            listed += draw(st.sampled_from([[], [], [f"{margin}# note"], [""]]))
            listed.append(f"{margin}-{gap}{entry}{draw(comment)}")
    elif style == "flow":
        listed = [f"resources: [{', '.join(quoted)}]{draw(comment)}"]
    else:
        comma = draw(st.sampled_from(["", ","]))
        rows = [f"  {entry}{',' if n < len(quoted) - 1 else comma}{draw(comment)}" for n, entry in enumerate(quoted)]
        listed = ["resources: [", *rows, "]"]
    before = draw(st.sampled_from([[], ["kind: Kustomization"], ["# top", "kind: Kustomization", "namespace: x"]]))
    after = draw(st.sampled_from([[], [""], ["", "# below", "components:", "- ../k"], ["labels: {a: b}"]]))
    blocks = [before, listed if draw(st.integers(0, 5)) else [], after]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join(row for block in blocks for row in block) + draw(st.sampled_from(["", newline]))


def others(text: str) -> dict[str, object]:
    data = yaml.safe_load(text) or {}
    return {key: value for key, value in data.items() if key != "resources"}


def plain(text: str) -> list[str]:
    listed = (yaml.safe_load(text) or {}).get("resources") or []
    return [entry.removeprefix("./") for entry in listed]


@given(texts())
def test_law_of_add(text: str) -> None:
    after = kustomization.add(text, NEW)
    before, found = plain(text), plain(after)
    assert NEW in found
    assert [entry for entry in found if entry != NEW] == [entry for entry in before if entry != NEW]
    assert others(after) == others(text)
    assert after.count("#") == text.count("#")
    assert kustomization.add(after, NEW) == after
    assert (after == text) == (NEW in before)
    assert after.replace("\r\n", "").count("\n") == (0 if "\r\n" in text else after.count("\n"))


@given(texts())
def test_law_of_remove(text: str) -> None:
    after = kustomization.remove(text, NEW)
    assert plain(after) == [entry for entry in plain(text) if entry != NEW]
    assert others(after) == others(text)
    assert kustomization.remove(after, NEW) == after
