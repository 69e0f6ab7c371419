"""Programs that are built inside copies of others' modules are built from the sources that lie here."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from tests.tools import tool

from .support import environment, output

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("program", "variable", "folder"),
    [("flux-build", "controller", "flux"), ("argocd-plugin", "argocd", "argocd")],
)
def test_the_program_is_built_from_the_sources_that_lie_here(program: str, variable: str, folder: str) -> None:
    sources = sorted((HERE / folder).glob("*.go"))
    assert len(sources) == 2
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    version = re.search(rf"^{variable}=(\S+)", (HERE / "build.sh").read_text(), re.M)
    assert version is not None
    assert output(tool(program), "--version", env=environment(False)).decode() == f"{version[1]} {digest[:12]}\n"
