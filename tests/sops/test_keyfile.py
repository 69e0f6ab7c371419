"""Key files: their kinds of identities, told apart, and mistakes named by their line."""

from __future__ import annotations

from unittest import mock

import pytest

from krm_secrets.age import bech32
from krm_secrets.age.agefile import Unusable
from krm_secrets.age.keyfile import parse
from tests.sops.agefiles import new_hybrid
from tests.sops.encrypter import KEY

HYBRID, HYBRID_RECIPIENT = new_hybrid()
PLUGIN = bech32.encode("age-plugin-x-", b"CANARY").upper()


def test_kinds_are_told_apart() -> None:
    found, notes = parse(f"{KEY.identity} {HYBRID.lower()}\r\n{PLUGIN} # mine\n", "KEYS", None)
    assert [identity.shown for identity in found] == [KEY.recipient, HYBRID_RECIPIENT, "an identity of age-plugin-x"]
    assert notes == []


def test_an_identity_that_cannot_be_used_is_noted_once() -> None:
    with mock.patch("krm_secrets.age.hybrid.HybridIdentity", side_effect=Unusable("too old")):
        found, notes = parse(f"{HYBRID}\n{HYBRID}\n{KEY.identity}", "KEYS", None)
    assert [identity.shown for identity in found] == [KEY.recipient]
    assert notes == ["too old"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HYBRID[:-1]}", "line 1 is a damaged age identity"),
        (f"\n{PLUGIN[:-1]}", "line 2 is a damaged age identity"),
        ("AGE-PLUGIN-CANARY", "line 1 is a damaged age identity"),
        ("CANARY", "line 1 is no age identity (AGE-SECRET-KEY-1…)"),
        (
            " -----BEGIN OPENSSH PRIVATE KEY-----\nCANARY",
            "line 1 begins an SSH key, which is read from SOPS_AGE_SSH_PRIVATE_KEY_FILE",
        ),
        ("-----BEGIN CERTIFICATE-----\nCANARY", "line 1 is no age identity (AGE-SECRET-KEY-1…)"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\nCANARY", "it is a damaged age file"),
        (b"age-encryption.org/v1\nCANARY", "it is a damaged age file"),
    ],
)
def test_mistakes(text: str | bytes, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        parse(text, "KEYS", None)
    assert str(caught.value) == message
    error: BaseException | None = caught.value
    while error is not None:
        assert "CANARY" not in str(error)
        error = error.__cause__ or error.__context__
