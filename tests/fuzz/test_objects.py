"""Objects of all our kinds, on standard input: as a stream, as a ResourceList, to `guard`, `run` and `shorten`."""

from __future__ import annotations

import tempfile

import pytest
from hypothesis import strategies as st

from tests.fuzz.changes import Change, changed, changes, damage, damaged, text_of
from tests.fuzz.inputs import encrypted, golden, resource_list
from tests.fuzz.nodes import Node, block, flow
from tests.fuzz.running import ENV, check, check_stream, fuzz
from tests.running import run

KINDS = ("sops", "SecretMapping", "HelmRelease", "ExternalSecret", "")
"""What a golden input names: `sops` stands for what is encrypted, nothing for all of them."""

STREAMS = (
    (), ("--placeholder",), ("guard",), ("guard", "--keep"), ("run", "-"), ("run", "--explain", "-"),
    ("run", "--explain", "--format", "json", "-"), ("run", "--placeholder", "-"), ("shorten", "-"),
)  # fmt: skip


def documents_of(kind: str) -> st.SearchStrategy[tuple[Node, ...]]:
    """Golden inputs with the kind; beside them encrypted ones, or those of all kinds."""
    return st.sampled_from(encrypted() if kind == "sops" else golden(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_streams(kind: str) -> None:
    def test(
        documents: tuple[Node, ...],
        wanted: list[Change],
        cuts: list[tuple[float, int, str]],
        lines: bool,
        words: tuple[str, ...],
    ) -> None:
        text = text_of(changed(list(documents), wanted), lines)
        if kind == "sops":  # elsewhere a cut makes names of values
            text = damage(text, cuts)
        check_stream(run(text.encode(errors="surrogatepass"), *words, env=ENV))

    fuzz(test, documents_of(kind), changes(), damaged(), st.booleans(), st.sampled_from(STREAMS))


@pytest.mark.parametrize("kind", ["sops", ""])
def test_resource_lists(kind: str) -> None:
    def test(
        documents: tuple[Node, ...], wanted: list[Change], lines: bool, configured: bool, data: st.DataObject
    ) -> None:
        items = changed(list(documents), wanted)
        config = None
        if configured:
            config = next(iter(changed(list(data.draw(st.sampled_from(golden("SecretsConfig")))), wanted[:1])), None)
        listed = resource_list(items, config)
        text = f"{block(listed) if lines else flow(listed)}\n"
        done = run(text.encode(), env=ENV)
        check(done)
        if done.code and done.out:  # items as they came in, and why nothing was done to them
            body = done.out.decode()
            rest = text[text.index("items:") :].strip().removesuffix("}")
            assert rest in body
            assert "results" in body

    fuzz(test, documents_of(kind), changes(), st.booleans(), st.booleans(), st.data())


def test_configurations() -> None:
    """A configuration that the user names."""

    def test(config: tuple[Node, ...], mappings: tuple[Node, ...], wanted: list[Change], lines: bool) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8", errors="surrogatepass") as file:
            file.write(text_of(changed(list(config), wanted), lines))
            file.flush()
            check_stream(run(text_of(list(mappings), True), "-c", file.name, env=ENV))

    fuzz(
        test,
        st.sampled_from(golden("SecretsConfig")),
        st.sampled_from(golden("SecretMapping")),
        changes(),
        st.booleans(),
    )
