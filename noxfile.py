"""What is run before a change is merged, by parts: `nox -s lint`, `nox -s tests-3.12`; `nox -l` lists them.

`.ci/run` does all of it on a bare machine, with the programs that the tests of hosts need.
"""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "types", "tests"]

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]


def prepare(session: nox.Session) -> None:
    """The locked tools, and the package as it stands here."""
    session.install("--require-hashes", "-r", "release/dev.lock")
    session.install("--no-deps", "-e", ".")


@nox.session
def lint(session: nox.Session) -> None:
    """Style."""
    prepare(session)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Types, strictly."""
    prepare(session)
    session.run("mypy")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The default set, which needs nothing but Python."""
    prepare(session)
    session.run("python", "-m", "pytest", "-q", "-n", "auto", *session.posargs)


@nox.session
def hosts(session: nox.Session) -> None:
    """The hosts that are installed; the others are skipped, visibly."""
    prepare(session)
    session.run("python", "-m", "pytest", "-q", "-m", "hosts", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The site; a warning is an error."""
    prepare(session)
    session.run("python", "-m", "sphinx", "-W", "--keep-going", "-q", "docs", "site")
