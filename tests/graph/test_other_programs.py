"""What others make of the forms that are theirs: Mermaid's own parser, Graphviz, and a browser of an SVG."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from krm_secrets.graph.dot import dot
from krm_secrets.graph.mermaid import mermaid
from krm_secrets.graph.model import EXTERNAL, SECRET, USES, WORKLOAD, Edge, Graph, Node, graph
from tests.graph.chromium import Page, chromium, script
from tests.graph.many import repository
from tests.graph.support import write
from tests.graph.test_forms import drawn, many
from tests.tools import shared, tool

TYPE_CHECKING = False

if TYPE_CHECKING:
    from krm_secrets.graph.model import Type

pytestmark = pytest.mark.hosts

ODD = (
    *(
        "</script>",
        "\u202egpj",
        '"',
        "`",
        "#quot;",
        "%%{init}%%",
        "end",
        "a --> b",
        "[x]",
        "{y}",
        "|z|",
        "click n0",
        "\\",
    ),
    *(
        "a\nb",
        "&amp;",
        "<br/>",
        "${APP}-secret",
        "*",
        "subgraph",
        ";",
        "n" * 10_000,
        "ö世界",
        "\\N",
        "style",
        "::: x",
        "~~~",
    ),
)
"""Names that mean something to somebody."""


def odd() -> Graph:
    nodes: list[Node] = []
    edges: list[Edge] = []
    for number, name in enumerate(ODD):
        kind: Type = SECRET if number % 2 else EXTERNAL
        nodes += (
            Node(f"secret:{number}", kind, name, name[:60], "Secret"),
            Node(f"workload:{number}", WORKLOAD, name, name[:60], name[:40] or "Deployment"),
        )
        edges.append(Edge(f"secret:{number}", f"workload:{number}", USES, (name[:50],), file=name))
    return graph(nodes, edges)


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        page.open("about:blank")
        page.eval(script("mermaid/dist/mermaid.min.js") + "; mermaid.initialize({startOnLoad: false}); true")
        yield page


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Mermaid and Graphviz text of a repository, of a larger one, and of names that mean something."""
    small = tmp_path_factory.mktemp("forms")
    write(small, repository(12))
    texts = [(drawn(small, "mermaid"), drawn(small, "dot"))]
    texts += ((mermaid(each), dot(each)) for each in (odd(), many(200, 3)))
    return texts


def test_mermaids_own_parser_reads_each_diagram(browser: Page, graphs: list[tuple[str, str]]) -> None:
    count = 0
    for text, _ in graphs:
        for diagram in re.findall(r"```mermaid\n(.*?)```", text, re.S):
            found = browser.eval(f"mermaid.parse({json.dumps(diagram)}).then(r => r.diagramType, e => String(e))")
            assert found == "flowchart-v2", (found, diagram[:500])
            count += 1
    assert count > 30


def test_a_diagram_shows_names_as_they_are(browser: Page) -> None:
    names = [name for name in ODD if len(name) < 50 and name.isprintable() and name.strip()]
    nodes = [Node(f"secret:{n}", SECRET, name, "", "Secret") for n, name in enumerate(names)]
    (diagram,) = re.findall(r"```mermaid\n(.*?)```", mermaid(graph(nodes, [])), re.S)
    shown = browser.eval(
        f"mermaid.render('drawing', {json.dumps(diagram)}).then(r =>"
        " [...new DOMParser().parseFromString(r.svg, 'text/html').querySelectorAll('.nodeLabel')]"
        ".map(n => n.textContent))"
    )
    assert sorted(each.removeprefix("Secret").strip() for each in shown) == sorted(names)


def test_graphviz_draws_it(graphs: list[tuple[str, str]]) -> None:
    program = tool("dot")
    for _, text in graphs:
        done = subprocess.run([program, "-Tsvg"], input=text.encode(), capture_output=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.count(b'class="node"') == len(re.findall(r"^  n\d+ \[", text, re.M))


def test_a_browser_draws_the_svg_without_a_word(browser: Page, tmp_path: Path) -> None:
    write(tmp_path, repository(6))
    (tmp_path / "graph.svg").write_text(drawn(tmp_path, "svg"))
    browser.open(tmp_path / "graph.svg")
    assert browser.said() == []
    assert browser.asked() == [(tmp_path / "graph.svg").as_uri()]
    assert browser.eval("document.querySelectorAll('rect').length") > 20


def test_a_real_repository_in_all_forms(tmp_path: Path) -> None:
    root = shared("corpus/home-ops")
    text = drawn(root, "mermaid")
    assert len(re.findall("```mermaid", text)) > 10
    done = subprocess.run([tool("dot"), "-Tsvg"], input=drawn(root, "dot").encode(), capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
