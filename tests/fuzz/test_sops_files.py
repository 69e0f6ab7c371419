"""SOPS files of every format: what sops refuses we refuse, and what both accept gives the same bytes.

sops is asked about what we accept; what we refuse and it accepts is nobody's loss here.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

from hypothesis import strategies as st

from krm_secrets.sops.files.formats import Format
from tests.fuzz.changes import Change, changed, changes, text_of
from tests.fuzz.nodes import read
from tests.fuzz.running import fuzz
from tests.sopsfiles import blocks
from tests.sopsfiles.mutations import MUTATIONS, PLAIN, Mutation
from tests.sopsfiles.program import SUFFIXES, our_decrypt, run_decrypt, sops_encrypt
from tests.sopsfiles.test_real_sops import RULES

Encrypted = tuple[Format, bytes]


def encrypted(folder: Path) -> list[Encrypted]:
    """A file of every format by every rule."""
    found: list[Encrypted] = []
    for form, plain in PLAIN.items():
        for rule in RULES[:1] if form == "binary" else RULES:
            data = sops_encrypt(plain, form, folder, rule)
            assert data is not None
            found.append((form, data))
    return found


def compare(data: bytes, form: Format, folder: Path) -> None:
    ours = our_decrypt(data, form)
    if ours is not None:
        path = folder / f"x.{SUFFIXES[form]}"
        path.write_bytes(data)
        theirs = run_decrypt(path)
        assert theirs.output == ours, theirs.error.strip()[-200:]


def test_changed_bytes(tmp_path: Path) -> None:
    files = encrypted(tmp_path)

    def test(file: Encrypted, mutations: list[Mutation], number: int) -> None:
        form, data = file
        for mutation in mutations:
            data = mutation(data, Random(number)) if data.strip() else data
        with tempfile.TemporaryDirectory() as folder:
            compare(data, form, Path(folder))

    fuzz(
        test,
        st.sampled_from(files),
        st.lists(st.sampled_from(MUTATIONS), min_size=1, max_size=2),
        st.integers(0, 2**32),
    )


def test_changed_structure(tmp_path: Path) -> None:
    files = [data for form, data in encrypted(tmp_path) if form == "yaml"]

    def test(data: bytes, wanted: list[Change], lines: bool) -> None:
        text = text_of(changed(read(data.decode()), wanted), lines)
        with tempfile.TemporaryDirectory() as folder:
            compare(text.encode(errors="surrogatepass"), "yaml", Path(folder))

    fuzz(test, st.sampled_from(files), changes(2), st.booleans())


def test_changed_block(tmp_path: Path) -> None:
    files = encrypted(tmp_path)

    def test(file: Encrypted, wanted: list[blocks.Change], number: int) -> None:
        form, data = file
        with tempfile.TemporaryDirectory() as folder:
            compare(blocks.changed(data, form, wanted, number), form, Path(folder))

    fuzz(
        test,
        st.sampled_from(files),
        st.lists(st.sampled_from(blocks.CHANGES), min_size=1, max_size=2),
        st.integers(0, 2**32),
    )
