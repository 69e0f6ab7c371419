"""What people copy names no place that does not exist, or that a stranger could have tomorrow."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from krm_secrets import home
from krm_secrets.check.rule import PAGE
from krm_secrets.check.rules import RULES
from release.build import refusal
from tests.tools import ROOT

COPIED = ("docs", "examples", "krm_secrets", "schemas", "release", ".github")
SUFFIXES = {".md", ".yaml", ".yml", ".json", ".py", ".rst", ".sh", ".txt", ".toml", ""}

KNOWN = {
    "api.bitwarden.com", "api.bitwarden.eu", "bitwarden.com", "charts.external-secrets.io", "docs.oasis-open.org",
    "external-secrets.io", "getsops.io", "ghcr.io", "github.com", "identity.bitwarden.com", "identity.bitwarden.eu",
    "json-schema.org", "keepachangelog.com", "semver.org", "vault.bitwarden.com", "www.apache.org", "www.w3.org",
    "127.0.0.1",
}  # fmt: skip
"""Hosts that exist, and whose owners are known."""

NOBODYS = re.compile(r"(?:.*\.)?(?:example|example\.(?:org|com)|svc|svc\.cluster\.local|localhost)")
"""Names that nobody can have."""

STAND_INS = re.compile(r"\bOWNER\b|\bTAG\b|//REGISTRY\b|(?:pip|pipx|tool) install krm-secrets")
"""Words in place of a name, and the name in an index in which it is not registered."""

ADDRESS = re.compile(r"\b(?:https?|oci)://([A-Za-z0-9][A-Za-z0-9.-]*)")


def copied() -> list[Path]:
    """Every file that people copy from, or that the program writes from."""
    top = [path for path in ROOT.iterdir() if path.is_file() and path.suffix in SUFFIXES and path.name[0] != "."]
    below = [path for name in COPIED for path in (ROOT / name).rglob("*") if path.is_file()]
    return [path for path in [*top, *below] if path.suffix in SUFFIXES]


def strangers(text: str) -> set[str]:
    """Hosts in addresses that are neither known nor nobody's, and words that stand in for a name."""
    hosts = {host.rstrip(".").lower() for host in ADDRESS.findall(text)}
    own = {host for host in hosts if home.HOME and home.HOME.startswith(f"https://{host}/")}
    found = {host for host in hosts - KNOWN - own if not NOBODYS.fullmatch(host)}
    return found | set(STAND_INS.findall(text))


def test_no_name_is_a_strangers() -> None:
    files = copied()
    assert len(files) > 300
    found = {str(path.relative_to(ROOT)): strangers(path.read_text(encoding="utf-8")) for path in files}
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "text",
    [
        "https://krm-secrets.dev/schemas/SecretMapping.json",
        "https://docs.krm-secrets.dev",
        "uses: OWNER/krm-secrets@v1",
        "rev: TAG",
        "oci://REGISTRY/cluster",
        "oci://registry.somebody.io/cluster",
        "run: pip install krm-secrets",
    ],
)
def test_a_strangers_name_is_found(text: str) -> None:
    assert strangers(text)


@pytest.mark.parametrize("text", ["apiVersion: krm-secrets.dev/v1alpha1", "https://vault.example.org/x", "PORTAGE"])
def test_what_is_ours_or_nobodys_is_not(text: str) -> None:
    assert not strangers(text)


def test_what_needs_an_address_is_silent_without_one_and_made_of_it_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = next(iter(RULES.values()))
    monkeypatch.setattr(home, "HOME", "")
    assert rule.url == home.address("README.md") == ""
    monkeypatch.setattr(home, "HOME", "https://git.example.org/x/krm-secrets")
    assert rule.url == f"https://git.example.org/x/krm-secrets/blob/main/{PAGE}#{rule.id}"


def test_nothing_is_released_without_a_home() -> None:
    there = "https://git.example.org/x/krm-secrets"
    assert refusal("", "").startswith("the project has no home yet")
    assert (
        refusal(there, "")
        == f'pyproject.toml does not say the same: it needs [project.urls] with Repository = "{there}"'
    )
    assert refusal(there, f'[project.urls]\nRepository = "{there}"\n') == ""


@pytest.mark.skipif(bool(home.HOME), reason="the project has a home")
def test_the_command_refuses() -> None:
    done = subprocess.run([sys.executable, "-m", "release.build"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.startswith("release: the project has no home yet")) == (
        1,
        "",
        True,
    )
