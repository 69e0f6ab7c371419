"""The forms in which the graph is drawn: the same bytes for the same input, within the limits of those who show it."""

from __future__ import annotations

import difflib
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from krm_secrets.graph import model
from krm_secrets.graph.layout import layout
from krm_secrets.graph.mermaid import MOST_CHARACTERS, MOST_EDGES, mermaid
from krm_secrets.graph.model import Edge, Graph, Node, graph
from tests.graph.support import text, write
from tests.running import run

FORMS = ("tree", "json", "mermaid", "dot", "svg")


def drawn(root: Path, form: str, *words: str) -> str:
    done = run("", "graph", "--format", form, *words, str(root))
    assert done.code == 0, done.err
    return done.out.decode()


@pytest.mark.parametrize("form", FORMS)
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, form: str) -> None:
    write(tmp_path, {f"{n}/a.yaml": text(f"a{n}", f"ns{n % 3}") for n in range(12)})
    assert drawn(tmp_path, form) == drawn(tmp_path, form)


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_repository(tmp_path: Path, form: str) -> None:
    write(tmp_path, {})
    drawn(tmp_path, form)


def test_a_tree_says_all_that_there_is(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": text()})
    file = Path(tmp_path / "a.yaml")
    told = drawn(file.parent, "tree")
    lines = [re.sub(r" {2,}", "  ", line.replace(str(tmp_path), "").strip()) for line in told.splitlines()]
    lines = [re.sub(r"\S*a\.yaml", "a.yaml", line) for line in lines]
    assert lines == [
        "store vault (ClusterSecretStore)  not in these files",
        "└─ item web",
        "└─ ExternalSecret apps/web  a.yaml:1",
        "└─ Secret apps/web-secret  TOKEN",
        "└─ Deployment apps/web  all keys"
        "  ✗ nothing restarts it: krm-secrets render would add reloader.stakater.com/auto"
        "  a.yaml:11",
        "",
        "Secret apps/elsewhere  ✗ nothing here makes it",
        "└─ Deployment apps/web  TOKEN"
        "  ✗ nothing restarts it: krm-secrets render would add reloader.stakater.com/auto"
        "  a.yaml:11",
        "",
        "2 Secrets, 2 uses, 1 made by nothing here, 2 not restarted",
    ]


def test_one_secret_more_changes_few_lines_of_the_svg(tmp_path: Path) -> None:
    write(tmp_path, {f"{n}/a.yaml": text(f"app-{n:03}", f"ns{n % 4}") for n in range(40)})
    before = drawn(tmp_path, "svg").splitlines()
    write(tmp_path, {"new/a.yaml": text("app-005-b", "ns1")})
    after = drawn(tmp_path, "svg").splitlines()
    changed = sum(line[0] in "+-" for line in difflib.unified_diff(before, after, n=0, lineterm="")) - 2
    assert 0 < changed <= len(before) / 10


def test_the_svg_is_well_formed_and_names_each_card(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": text()})
    root = ET.fromstring(drawn(tmp_path, "svg"))
    titles = [each.text for each in root.iter("{http://www.w3.org/2000/svg}title")]
    assert any(each and each.startswith("Secret apps/web-secret ") for each in titles)


def many(secrets: int, users: int, name: str = "s") -> Graph:
    """Secrets of one namespace with users, all of one item."""
    nodes = [Node("item:i", model.ITEM, "i")]
    edges: list[Edge] = []
    for n in range(secrets):
        nodes += (
            Node(f"maker:m{n}", model.MAKER, f"{name}{n}", "ns", "ExternalSecret"),
            Node(f"secret:s{n}", model.SECRET, f"{name}{n}", "ns"),
        )
        edges += (Edge("item:i", f"maker:m{n}", model.FETCHES), Edge(f"maker:m{n}", f"secret:s{n}", model.MAKES))
        for user in range(users):
            nodes.append(Node(f"workload:w{n}-{user}", model.WORKLOAD, f"{name}{user}", "ns", "Deployment"))
            edges.append(Edge(f"secret:s{n}", f"workload:w{n}-{user}", model.USES, ("KEY",)))
    return graph(nodes, edges)


@pytest.mark.parametrize(
    "found",
    [many(400, 2), many(1, 1200), many(300, 1, "x" * 10_000)],
    ids=["many Secrets", "many users of one", "long names"],
)
def test_no_diagram_is_larger_than_github_draws(found: Graph) -> None:
    diagrams = re.findall(r"```mermaid\n(.*?)```", mermaid(found), re.S)
    assert len(diagrams) > 1
    arrows = [len(re.findall(r"^  n\d+ -", each, re.M)) for each in diagrams]
    assert max(map(len, diagrams)) <= MOST_CHARACTERS
    assert max(arrows) <= MOST_EDGES
    assert sum(arrows) == len(found.edges)


def test_a_piece_is_as_high_as_its_highest_column_and_no_two_cards_meet() -> None:
    drawing = layout(many(7, 3))
    (group,) = drawing.groups
    (piece,) = group.pieces
    taken: dict[int, list[int]] = {}
    for spot in piece.spots:
        taken.setdefault(spot.column, []).append(spot.row)
    assert sorted(taken) == [0, 1, 2, 3]
    assert [b - a >= 2 for rows in taken.values() for a, b in zip(sorted(rows), sorted(rows)[1:], strict=False)].count(
        False
    ) == 0
    assert piece.height == max(max(rows) for rows in taken.values()) + 2
    assert min(min(rows) for rows in taken.values()) == 0


def test_what_hangs_together_stands_in_one_piece_whatever_the_store() -> None:
    one = many(2, 1)
    stores = [Node("store:v", model.STORE, "v", kind="ClusterSecretStore")]
    apart = graph(
        [
            *one.nodes,
            *stores,
            Node("item:j", model.ITEM, "j"),
            Node("maker:z", model.MAKER, "z", "ns", "ExternalSecret"),
        ],
        [
            *one.edges,
            Edge("store:v", "item:i", model.OPENS),
            Edge("store:v", "item:j", model.OPENS),
            Edge("item:j", "maker:z", model.FETCHES),
        ],
    )
    drawing = layout(apart)
    assert [len(group.pieces) for group in drawing.groups] == [2]
    assert [node.name for node in drawing.above["item:j"]] == ["v"]


def test_a_drawing_goes_into_a_file(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": text()})
    printed = drawn(tmp_path, "dot")
    file = tmp_path / "graph.out"
    assert drawn(tmp_path, "dot", "--output", str(file)) == ""
    assert file.read_text() == printed
    assert drawn(tmp_path, "dot", "--output", "-") == printed
    assert drawn(tmp_path, "html", "--output", str(file)) == f"{file}\n"
    assert file.read_text() == drawn(tmp_path, "html")


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": text()})
    done = run("", "graph", "--format", "html", "--output", str(tmp_path / "no" / "graph.html"), str(tmp_path))
    assert (done.code, done.out) == (1, b"")
    assert "no/graph.html: cannot be written: No such file or directory" in done.err


def test_what_could_not_be_read_leaves_the_file_alone(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": "kind: Secret\napiVersion: v1\n  metadata: x\n"})
    file = tmp_path / "graph.json"
    file.write_text("before")
    done = run("", "graph", "--format", "json", "--output", str(file), str(tmp_path))
    assert (done.code, file.read_text()) == (1, "before")


def test_what_could_be_read_is_drawn_beside_a_file_that_could_not(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": text()})
    whole = drawn(tmp_path, "dot")
    (tmp_path / "b.yaml").write_text("kind: Secret\napiVersion: v1\n  metadata: x\n")
    done = run("", "graph", "--format", "dot", str(tmp_path))
    assert (done.code, done.out.decode()) == (1, whole)
    assert "b.yaml:3: not valid YAML" in done.err
