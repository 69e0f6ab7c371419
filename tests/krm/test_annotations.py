from __future__ import annotations

import pytest

from krm_secrets.krm.annotations import is_hosts


@pytest.mark.parametrize(
    "key",
    [
        *(
            "kustomize.config.k8s.io/id",
            "config.kubernetes.io/origin",
            "config.kubernetes.io/index",
            "config.k8s.io/id",
        ),
        *("config.kubernetes.io/path", "internal.config.kubernetes.io/path", "internal.config.kubernetes.io/seqindent"),
        *("internal.config.k8s.io/kpt-resource-id", "alpha.config.kubernetes.io/transformations"),
        *(
            "internal.config.kubernetes.io/annotations-migration-resource-id",
            "postrenderer.helm.sh/postrender-filename",
        ),
    ],
)
def test_what_hosts_keep_track_with_is_theirs(key: str) -> None:
    assert is_hosts(key)


@pytest.mark.parametrize(
    "key",
    [
        *("config.kubernetes.io/local-config", "config.kubernetes.io/function", "config.k8s.io/function"),
        *("kustomize.config.k8s.io/needs-hash", "example.org/id", "id", "", "xconfig.k8s.io/id"),
    ],
)
def test_what_authors_write_is_not_the_hosts(key: str) -> None:
    assert not is_hosts(key)
