"""The page in a real browser: what it shows, what it asks for, and how it is used without a mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from krm_secrets.check.rules import RULES
from tests.graph.asked_readers import ALICE
from tests.graph.chromium import Page, chromium, script
from tests.graph.many import repository
from tests.graph.support import graph, write
from tests.running import run

pytestmark = pytest.mark.hosts


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        yield page


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("page")
    write(root, repository(24))
    return root


@pytest.fixture(scope="module")
def file(root: Path) -> Path:
    return drawn(root, root.parent / "page.html")


def drawn(root: Path, file: Path, *words: str) -> Path:
    done = run("", "graph", "--format", "html", *words, str(root))
    assert done.code == 0, done.err
    file.write_bytes(done.out)
    return file


@pytest.fixture
def page(browser: Page, file: Path) -> Page:
    browser.size(1280, 900)
    browser.media(prefers_color_scheme="light", prefers_reduced_motion="reduce")
    browser.open(file)
    return browser


def shown(page: Page) -> list[str]:
    """The names on the cards that are there to be seen."""
    found: list[str] = page.eval(
        "[...document.querySelectorAll('.p button')].filter(b => b.checkVisibility({visibilityProperty: true}))"
        ".map(b => b.querySelector('b').textContent)"
    )
    return found


def focused(page: Page) -> str:
    found: str = page.eval("document.activeElement.querySelector('b')?.textContent || document.activeElement.id")
    return found


def test_it_opens_without_a_word_and_asks_for_nothing_else(page: Page, file: Path) -> None:
    assert page.said() == []
    assert page.asked() == [file.as_uri()]
    assert page.eval("document.title").endswith(" · the way of every secret")


def test_nothing_runs_that_is_not_the_pages_own(page: Page) -> None:
    """The policy lets no other script, style or request in, whoever gets an element into the document."""
    page.eval(
        "for (const html of ['<img src=https://example.com/x>', '<p style=\"color:red\" id=red>x</p>'])"
        " document.body.insertAdjacentHTML('beforeend', html);"
        "const s = document.createElement('script'); s.textContent = 'window.mine = 1'; document.body.append(s);"
    )
    assert page.eval("window.mine") is None
    assert page.eval("getComputedStyle(document.querySelector('#red')).color") != "rgb(255, 0, 0)"
    assert page.eval("fetch('https://example.com/').then(() => 'asked', () => 'refused')") == "refused"
    assert len(page.asked()) <= 2  # a request that the policy stops is noted, too
    assert "Content Security Policy" in " ".join(page.said())


def test_all_that_the_graph_has_is_there(page: Page, root: Path) -> None:
    data = graph(root)
    cards = [node for node in data["nodes"] if node["type"] not in ("store", "reader")]
    assert len(shown(page)) == len(cards)
    assert page.eval("document.querySelectorAll('.p path').length") == len(
        {(e["from"], e["to"]) for e in data["edges"] if e["type"] in ("fetches", "makes", "uses")}
    )
    listed = page.eval("[...document.querySelectorAll('.list .store b')].map(b => b.textContent)")
    assert sorted(listed) == sorted(node["name"] for node in data["nodes"] if node["type"] == "store")


def test_without_a_script_it_can_be_read(page: Page, file: Path) -> None:
    page.send("Emulation.setScriptExecutionDisabled", value=True)
    page.open(file)
    page.send("Emulation.setScriptExecutionDisabled", value=False)
    assert len(shown(page)) > 100
    assert page.eval("document.querySelector('#counts').textContent").startswith("36 Secrets, ")
    assert not page.eval("document.querySelector('#filters').checkVisibility()")
    assert page.eval("document.querySelector('.p button').title").endswith(".yaml:8")
    assert page.eval("document.querySelectorAll('.finding').length") > 0


def choose(page: Page, name: str) -> None:
    page.eval(f"[...document.querySelectorAll('#filters label')].find(l => l.title === '{name}').click()")


def test_a_filter_leaves_the_right_nodes(page: Page, root: Path) -> None:
    for name, words in (
        ("media", ("--namespace", "media")),
        ("made by nothing", ("--only", "unmade")),
        ("used by nothing", ("--only", "unused")),
        ("vault", ("--store", "vault")),
    ):
        wanted = [n["name"] for n in graph(root, *words)["nodes"] if n["type"] not in ("store", "reader")]
        choose(page, name)
        assert sorted(shown(page)) == sorted(Path(each).name for each in wanted)
        choose(page, name)
    assert len(shown(page)) > 100


def test_counts_say_how_many_a_filter_leaves(page: Page) -> None:
    counted = (
        "[...document.querySelectorAll('#filters label')].map(l => [l.title, +l.querySelector('output').textContent])"
    )
    before = dict(page.eval(counted))
    choose(page, "media")
    assert page.eval("document.querySelector('#counts').textContent") == f"{before['media']} of 36 Secrets"
    after = dict(page.eval(counted))
    assert after["media"] == before["media"]
    assert after["home"] == before["home"]  # beside it, and not within it
    assert after["vault"] < before["vault"]


def test_a_search_goes_over_names_keys_and_files(page: Page) -> None:
    for words, some, other in (
        ("plex", "plex-secret", "grafana-secret"),
        ("GRAFANA_TOKEN", "grafana-secret", "plex-secret"),
        ("smtp.sops media", "smtp.sops.yaml", "plex-backup"),
    ):
        page.key("/")
        assert focused(page) == "search"
        page.eval(f"document.querySelector('#search').value = '{words}'")
        page.eval("document.querySelector('#search').dispatchEvent(new Event('input'))")
        assert some in shown(page)
        assert other not in shown(page)
    page.eval("document.querySelector('#search').value = 'nothing-is-called-so'")
    page.eval("document.querySelector('#search').dispatchEvent(new Event('input'))")
    assert shown(page) == []
    assert page.eval("document.querySelector('.empty').checkVisibility()")
    page.key("Escape")
    assert len(shown(page)) > 100


def test_the_way_of_a_card_stays_and_its_facts_are_told(page: Page) -> None:
    page.eval("[...document.querySelectorAll('.p .s')].find(b => b.textContent.startsWith('plex-secret')).click()")
    kept = page.eval("[...document.querySelectorAll('.p button.on')].map(b => b.querySelector('b').textContent)")
    assert sorted(kept) == ["plex", "plex", "plex", "plex-backup", "plex-secret"]
    told = page.eval("document.querySelector('#details').innerText")
    for each in (
        "plex-secret",
        "Secret in media",
        "kubernetes/apps/media/plex/app/externalsecret.yaml:1",
        "PLEX_TOKEN",
    ):
        assert each in told
    assert "↻ Reloader: reloader.stakater.com/auto" in told
    page.key("Escape")
    assert page.eval("document.querySelectorAll('.on').length") == 0


def test_findings_are_told_with_their_help(page: Page) -> None:
    page.eval("document.querySelector('.p button.w.wrong').click()")
    told = page.eval("document.querySelector('#details').innerText")
    assert "no-restart" in told
    assert page.eval("document.querySelector('#details details p').textContent").startswith(RULES["no-restart"].why)


def test_a_link_shows_the_same(page: Page, file: Path) -> None:
    choose(page, "media")
    page.eval("[...document.querySelectorAll('.p .s')].find(b => b.textContent.startsWith('plex-secret')).click()")
    before, address = shown(page), page.eval("location.hash")
    assert "way=secret%3Amedia%2Fplex-secret" in address
    page.open("about:blank")
    page.open(file.as_uri() + address)
    assert shown(page) == before
    assert page.eval("document.querySelector('[aria-pressed] b').textContent") == "plex-secret"
    assert page.said() == []


def test_the_keyboard_reaches_every_card(page: Page) -> None:
    """By arrows alone, from the one card that the Tab key comes to."""
    tabbed = page.eval("[...document.querySelectorAll('.p button')].filter(b => b.tabIndex === 0).length")
    assert tabbed == 1
    page.eval("document.querySelector('.p button[tabindex=\"0\"]').focus()")
    number = "[...document.querySelectorAll('.p button')].indexOf(document.activeElement)"
    count = page.eval("document.querySelectorAll('.p button').length")
    reached, waiting = {page.eval(number)}, [page.eval(number)]
    steps = "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"
    walk = (
        "(from, keys) => keys.map(key => { const b = document.querySelectorAll('.p button'); b[from].focus();"
        "b[from].dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));"
        "return [...b].indexOf(document.activeElement) })"
    )
    while waiting:
        found = page.eval(f"({walk})({waiting.pop()}, {list(steps)})")
        waiting += (new := set(found) - reached)
        reached |= new
    assert len(reached) == count


def test_keys_that_are_pressed(page: Page) -> None:
    page.eval("[...document.querySelectorAll('.p .s')].find(b => b.textContent.startsWith('plex-secret')).focus()")
    page.key("ArrowLeft")
    assert page.eval("document.activeElement.className").startswith("m ")
    page.key("ArrowRight")
    assert focused(page) == "plex-secret"
    page.key("Enter")
    assert page.eval("document.activeElement.getAttribute('aria-pressed')") == "true"
    page.key("Escape")
    page.key("j")
    problem = focused(page)
    assert page.eval("document.activeElement.matches('.wrong, .gone')")
    page.key("j")
    page.key("k")
    assert focused(page) == problem
    page.key("Escape")
    page.key("?")
    assert "Keyboard" in page.eval("document.querySelector('#details').innerText")
    outline = page.eval("getComputedStyle(document.querySelector('#details')).outlineStyle")
    assert outline is not None


def test_both_themes_and_the_switch(page: Page) -> None:
    back = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.eval(back)
    page.media(prefers_color_scheme="dark")
    dark = page.eval(back)
    assert light != dark
    page.eval("document.querySelector('#theme').click()")
    assert page.eval(back) == light
    page.eval("document.querySelector('#theme').click()")
    assert page.eval(back) == dark
    page.media(prefers_color_scheme="light")
    assert page.eval(back) == dark


def test_a_small_screen_shows_trees_without_scrolling_sideways(page: Page) -> None:
    page.size(390, 844, mobile=True)
    assert page.eval("document.documentElement.scrollWidth") <= 390
    assert not page.eval("document.querySelector('.p svg').checkVisibility()")
    page.eval("document.querySelector('.p button.s').click()")
    assert page.eval("document.querySelector('#details').getBoundingClientRect().width") == 390


def test_on_paper_there_is_the_drawing_alone(page: Page) -> None:
    page.send("Emulation.setEmulatedMedia", media="print")
    hidden = "['#filters', '#search', '#theme'].every(s => !document.querySelector(s).checkVisibility())"
    assert page.eval(hidden)
    assert len(shown(page)) > 100
    page.send("Emulation.setEmulatedMedia", media="")


def test_names_of_others_are_text(browser: Page, tmp_path: Path) -> None:
    evil = "</script><img src=x onerror=window.mine=1>"
    long = "n" * 10_000
    user = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: '{0}', namespace: '{1}'}}\n"
        "spec: {{template: {{spec: {{containers: [{{name: m, envFrom: [{{secretRef: {{name: '{0}'}}}}]}}]}}}}}}\n"
    )
    turned = (
        'apiVersion: v1\nkind: Secret\nmetadata: {name: "a\\u202Egpj", namespace: ns}\nstringData: {"k\\u2028": x}\n'
    )
    write(tmp_path, {"a.yaml": user.format(evil, "ns"), "b.yaml": user.format(long, evil), "c.yaml": turned})
    browser.size(1280, 900)
    browser.open(drawn(tmp_path, tmp_path / "page.html"))
    assert browser.said() == []
    assert browser.eval("window.mine") is None
    assert evil in shown(browser)
    assert r"a\u202egpj" in shown(browser)
    browser.eval("document.querySelectorAll('.p button').forEach(b => b.click())")
    assert browser.eval("document.querySelectorAll('img').length") == 0
    assert "\u202e" not in (tmp_path / "page.html").read_text()
    assert len((tmp_path / "page.html").read_text()) < 60_000


def test_one_page_is_as_small_as_promised(tmp_path: Path) -> None:
    for count, most in ((100, 150_000), (500, 1_000_000)):
        write(tmp_path / str(count), repository(count))
        page = drawn(tmp_path / str(count), tmp_path / "page.html")
        assert page.stat().st_size <= most
    assert len(re.findall("<button", page.read_text())) > 2_000


def test_a_change_is_painted(browser: Page, tmp_path: Path) -> None:
    from tests.graph.test_since import CONSUMER, commit

    root = tmp_path / "since"
    write(root, repository(3))
    (root / ".git").rmdir()
    commit(root)
    (root / "new.yaml").write_text(CONSUMER.replace("namespace: apps", "namespace: media").replace("web-", "plex-"))
    browser.open(drawn(root, tmp_path / "page.html", "--since", "HEAD"))
    assert browser.eval("[...document.querySelectorAll('.p button.added b')].map(b => b.textContent)") == ["clean"]
    assert browser.eval("document.querySelectorAll('path.added').length") == 1


def violations(page: Page) -> list[str]:
    """What axe-core finds that is serious, and where."""
    if not page.eval("Boolean(window.axe)"):
        page.eval(script("axe-core/axe.min.js") + "; true")
    passed, found = page.eval(
        "axe.run(document).then(r => [r.passes.length, r.violations.map("
        "v => [v.id, v.impact, v.nodes.length, v.nodes[0].html.slice(0, 200)])])"
    )
    assert passed > 15
    return [str(each) for each in found if each[1] in ("serious", "critical")]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(page: Page, theme: str, width: int) -> None:
    page.media(prefers_color_scheme=theme, prefers_reduced_motion="reduce")
    page.size(width, 900, mobile=width < 600)
    assert violations(page) == []
    page.eval("document.querySelector('.p button.wrong').click()")
    assert violations(page) == []
    page.key("Escape")
    page.key("?")
    assert violations(page) == []


def test_readers_stand_on_the_files_that_they_open(page: Page) -> None:
    page.eval("document.querySelector('.p button.f').click()")
    told = page.eval("document.querySelector('#details').innerText")
    assert "Who can read it" in told
    assert f"alice ({ALICE[:10]}…{ALICE[-6:]})" in told
