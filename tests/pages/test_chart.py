"""The picture and the table of the costs beside KSOPS's are those of the figures that were measured last."""

from __future__ import annotations

from bench.chart import FIGURES, PICTURE, ROOT, figures, picture, table


def test_the_page_shows_what_was_measured() -> None:
    rows = figures(FIGURES.read_text(encoding="utf-8"))
    assert len(rows) == len(FIGURES.read_text(encoding="utf-8").splitlines()) == 10
    assert PICTURE.read_text(encoding="utf-8") == picture(rows), "python -m bench.chart"
    assert table(rows) in (ROOT / "docs/explanation/start-up.md").read_text(encoding="utf-8")
