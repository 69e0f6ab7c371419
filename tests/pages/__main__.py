"""`python -m tests.pages PAGE…` follows pages, and writes into them what is seen where they say something else."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from .page import read, written_anew
from .terminal import follow

for page in map(Path, sys.argv[1:]):
    with tempfile.TemporaryDirectory() as folder:
        page.write_text(written_anew(read(page), follow(read(page), Path(folder))), encoding="utf-8")
