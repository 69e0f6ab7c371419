from __future__ import annotations

import pytest

from krm_secrets.krm.resource import Resource
from krm_secrets.secrets.secret import is_secret
from krm_secrets.settings.kinds import API_VERSION, SECRET_MAPPING, is_ours


def item(version: str, kind: str) -> Resource:
    return Resource.new({"apiVersion": version, "kind": kind})


@pytest.mark.parametrize(
    ("version", "kind", "expected"),
    [
        ("v1", "Secret", (True, False)),
        ("v2", "Secret", (False, False)),
        ("example.org/v1", "Secret", (False, False)),
        ("v1", "secret", (False, False)),
        ("external-secrets.io/v1", "ExternalSecret", (False, False)),
        ("external-secrets.io/v1beta1", "ExternalSecret", (False, False)),
        ("external-secrets.io.example.org/v1", "ExternalSecret", (False, False)),
        ("external-secrets.io/v1", "ClusterExternalSecret", (False, False)),
        (API_VERSION, SECRET_MAPPING, (False, True)),
        ("krm-secrets.dev/v2", "Any", (False, True)),
        ("xkrm-secrets.dev/v1alpha1", SECRET_MAPPING, (False, False)),
    ],
)
def test_a_kind_is_told_by_group_and_kind(version: str, kind: str, expected: tuple[bool, bool]) -> None:
    each = item(version, kind)
    assert (is_secret(each), is_ours(each)) == expected


def test_ours_may_be_asked_for_by_kind() -> None:
    assert is_ours(item(API_VERSION, "A"), "A")
    assert not is_ours(item(API_VERSION, "A"), "B")
