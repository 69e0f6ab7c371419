"""The table of docs/explanation/hosts.md that says what was run where, made of the tests' own results.

A test says what it checks with `@checked(host, way, what)`; the host EACH is the one that the test's parameter names.
The last test of the folder compares the table with what ran and passed; `python -m tests.hosts.matrix` runs the folder
and writes it anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.tools import ROOT, tool

from .support import environment

DOCUMENT = ROOT / "docs" / "explanation" / "hosts.md"
BEGIN, END = "<!-- made by python -m tests.hosts.matrix -->\n", "<!-- end -->\n"
REWRITE = "KRM_SECRETS_WRITE_MATRIX"

_TITLE = "| host | way | what the tests run and check |\n|---|---|---|\n"

VERSIONS = {
    "kustomize": ("kustomize", "version"),
    "kubectl": ("kubectl", "version", "--client"),
    "kpt": ("kpt", "version"),
    "Helm 3": ("helm3", "version", "--template", "{{.Version}}"),
    "Helm 4": ("helm4", "version", "--template", "{{.Version}}"),
    "Flux": ("flux", "--version"),
    "Argo CD": ("argocd-plugin", "--version"),
    "podman": ("podman", "--version"),
}
"""Hosts whose program says its version."""

PINNED = ("kustomize", "Helm 3", "Helm 4", "Flux", "Argo CD")
"""Those that .ci/run installs itself. Of the others a machine may have any version: the table names the one it was
written with, and is current with every other."""

HOSTS = ("kustomize", "kubectl", "kpt", "Helm 3", "Helm 4", "Flux", "Argo CD", "podman", "no host")
"""The order of the rows."""

EXAMPLE = "the example is decrypted, expanded and wired"
SAME = "the objects of the example are those of the pipe"
NO_KEY = "no key: the message, no output"
MISSING = "a missing program is an error"

EACH = "each"
"""The host that the test's parameter names."""


class Check(NamedTuple):
    """One thing that a test checks, and a line of the table's last column."""

    host: str
    way: str
    what: str


def checked(host: str, way: str, what: str) -> pytest.MarkDecorator:
    """What a test checks, in the words of the table."""
    assert host in (*HOSTS, EACH)
    return pytest.mark.checked(host, way, what)


def of(item: pytest.Item) -> list[Check]:
    """What a collected test checks."""
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    host = f"Helm {parameters['helm']}" if "helm" in parameters else str(parameters.get("host"))
    found = [Check(*mark.args) for mark in item.iter_markers("checked")]
    return [check._replace(host=host) if check.host == EACH else check for check in found]


def rows(checks: Iterable[Check], versions: dict[str, str]) -> str:
    """The table's rows: one for a way of a host, in which each check stands once, in the order given."""
    ways: dict[tuple[str, str], list[str]] = {}
    for check in sorted(checks, key=lambda check: HOSTS.index(check.host)):
        whats = ways.setdefault((check.host, check.way), [])
        if check.what not in whats:
            whats.append(check.what)
    named = {host: f"{host.rstrip(' 34')} {versions[host]}" if host in versions else host for host in HOSTS}
    return _TITLE + "".join(f"| {named[host]} | {way} | {'; '.join(whats)} |\n" for (host, way), whats in ways.items())


def written() -> str:
    """The table as it stands in the document."""
    text = DOCUMENT.read_text()
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)]


def write(table: str) -> None:
    text = DOCUMENT.read_text()
    DOCUMENT.write_text(text.replace(BEGIN + written() + END, BEGIN + table + END))


def installed() -> dict[str, str]:
    """The versions of the hosts here."""
    found = {}
    for host, (name, *words) in VERSIONS.items():
        done = subprocess.run([tool(name), *words], capture_output=True, text=True, env=environment(), timeout=60)
        match = re.search(r"v?(\d+\.\d+(\.\d+)?(-(alpha|beta|rc)[.\d]*)?)", done.stdout)
        assert match is not None, name
        found[host] = match[1]
    return found


def without_versions(table: str) -> str:
    """The table without the versions that depend on the machine."""
    return _VERSION.sub(r"| \1 |", table)


_VERSION = re.compile(r"^\| ({}) \d[^|]* \|".format("|".join(host for host in VERSIONS if host not in PINNED)), re.M)


def main() -> int:
    """Run the tests of hosts and write the table that they make."""
    words = [sys.executable, "-m", "pytest", "-q", "-m", "checked or table", str(Path(__file__).parent)]
    return subprocess.run(words, cwd=ROOT, env={**os.environ, REWRITE: "1"}).returncode


if __name__ == "__main__":
    sys.exit(main())
