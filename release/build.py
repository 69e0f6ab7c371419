"""Build what is published: a wheel and a source archive in `dist/`. Run as `python -m release.build`.

Nothing is built as long as the project has no home: what people copy would name nothing, or a stranger's place.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from krm_secrets.home import HOME

ROOT = Path(__file__).resolve().parents[1]


def refusal(home: str, project: str) -> str:
    """What is missing before anything may be built, given the address and the text of pyproject.toml; or nothing."""
    if not home:
        return "the project has no home yet: set HOME in krm_secrets/home.py to the address of its repository"
    if f'Repository = "{home}"' not in project:
        return f'pyproject.toml does not say the same: it needs [project.urls] with Repository = "{home}"'
    return ""


def main() -> None:
    """Build, or say why not."""
    if reason := refusal(HOME, (ROOT / "pyproject.toml").read_text(encoding="utf-8")):
        sys.exit(f"release: {reason}")
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(ROOT / "dist"), str(ROOT)], check=True)


if __name__ == "__main__":
    main()
