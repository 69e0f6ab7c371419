"""Shapes of real repositories, one of each, and the text that a person gets for them.

`python -m tests.migrate.test_shapes` writes the text anew; read it.
"""

from __future__ import annotations

from pathlib import Path

from krm_secrets.krm.files import read_source
from krm_secrets.krm.reading import read_files
from krm_secrets.migrate.learning import learn
from krm_secrets.migrate.mappings import gathered, shortened
from krm_secrets.migrate.original import search
from krm_secrets.migrate.texts import config_text
from krm_secrets.settings.config_document import parse_config

SHAPES = Path(__file__).parent / "shapes"


def text() -> str:
    found = search(read_files([read_source(str(SHAPES / "externalsecrets.yaml"))]).items)
    learnt = learn([each.reading for each in found.originals])
    config = parse_config(learnt.document, [])
    shorts, refused = shortened(found.originals, lambda _: config)
    assert (found.refused, refused) == ((), [])
    mappings = gathered(shorts)
    return "---\n".join([config_text(learnt), *(each.text() for each in mappings)])


def test_shapes() -> None:
    assert text() == (SHAPES / "mappings.yaml").read_text()


def test_only_what_the_grammar_has_no_words_for_needs_the_overlay() -> None:
    assert text().count("    spec:\n") == 4


def test_a_generated_password_keeps_its_interval_which_the_mapping_must_say_itself() -> None:
    entry = text().split("  db-admin:\n")[1]
    assert entry == "    from: gen:Password/long\n    refresh: 1h\n    data: [password]\n"


if __name__ == "__main__":
    (SHAPES / "mappings.yaml").write_text(text())
