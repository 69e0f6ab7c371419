"""Whoever follows docs/start/bitwarden.md on an empty cluster sees what it says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cluster.harness.cluster import Cluster, can_resolve, running
from tests.cluster.stores import CA, LEAF, NAMESPACE
from tests.pages.page import fits, read, written_anew
from tests.pages.terminal import follow
from tests.tools import ROOT, missing

PAGE = ROOT / "docs/start/bitwarden.md"
CERTIFICATES = f"/apis/cert-manager.io/v1/namespaces/{NAMESPACE}/certificates"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with External Secrets and cert-manager, and nothing else."""
    if not can_resolve():
        missing("mount namespaces are not allowed here, so the SDK server's name cannot resolve")
    with running(tmp_path_factory.mktemp("empty")) as cluster:
        yield cluster


def test_the_page_is_followed_as_it_is_written(empty: Cluster, tmp_path: Path) -> None:
    empty.namespaces(NAMESPACE)
    empty.bitwarden("wiki", "correct horse battery staple")

    def start_server() -> None:
        """What the server's Pod does: it waits for its certificate, and starts."""
        empty.wait(CERTIFICATES, (CA, LEAF))
        empty.serve_certificate(LEAF, NAMESPACE)

    with ThreadPoolExecutor() as pod:
        started = pod.submit(start_server)
        shown = follow(read(PAGE), tmp_path, KUBECONFIG=str(empty.kubeconfig))
        started.result()
    if os.environ.get("KRM_SECRETS_WRITE_PAGES"):
        PAGE.write_text(written_anew(read(PAGE), shown), encoding="utf-8")
    for commands, text in shown:
        assert fits(commands.seen, text), f"line {commands.line}:\n{text}"
    assert empty.secret("web", "wiki-secret") == {"PASSWORD": b"correct horse battery staple"}
