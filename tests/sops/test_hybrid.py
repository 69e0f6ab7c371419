"""Post-quantum identities: by hand-made files, and with the real age and sops in `test_kinds.py`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import ModuleType
from unittest import mock

import pytest

from krm_secrets.age.agefile import Damaged, Unusable, parse
from krm_secrets.age.hybrid import HybridIdentity
from krm_secrets.sops.identities import data_key_file
from tests.sops.agefiles import age_file, armor, hybrid_parts, hybrid_stanza, new_hybrid, plain, stanza

TEXT, RECIPIENT = new_hybrid()
OURS = HybridIdentity(TEXT)
FILE_KEY = os.urandom(16)


def test_opens_a_data_key_and_no_one_elses() -> None:
    file = data_key_file(armor(age_file(FILE_KEY, [hybrid_stanza(RECIPIENT, FILE_KEY)], bytes(32))))
    assert OURS.open(file) == bytes(32)
    assert HybridIdentity(new_hybrid()[0]).open(file) is None


def test_an_identity_shows_the_beginning_of_its_recipient_and_nothing_else() -> None:
    assert OURS.shown == RECIPIENT
    assert repr(OURS) == f"HybridIdentity({RECIPIENT[:20]}…)"


@pytest.mark.parametrize("text", ["", TEXT[:-1], TEXT.replace("-PQ-", "-"), RECIPIENT])
def test_what_is_no_identity_is_refused_without_its_text(text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the reasons are Bech32's
        HybridIdentity(text)
    assert text == "" or text not in str(caught.value)


def test_another_prefix_of_the_same_form() -> None:
    from krm_secrets.age import bech32

    with pytest.raises(ValueError, match=r"^not an age post-quantum identity$"):
        HybridIdentity(bech32.encode("age-secret-key-", bytes(32)))


SHARE, WRAPPED = hybrid_parts(RECIPIENT, FILE_KEY)
KIND = "mlkem768x25519"
FAULTS: dict[str, Callable[[], str]] = {
    "no share": lambda: stanza(KIND, wrapped=WRAPPED),
    "an argument too many": lambda: stanza(KIND, plain(SHARE), "x", wrapped=WRAPPED),
    "a share cut short": lambda: stanza(KIND, plain(SHARE[:-1]), wrapped=WRAPPED),
    "a wrapped key too long": lambda: stanza(KIND, plain(SHARE), wrapped=WRAPPED + b"x"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_stanza_with_a_fault(name: str) -> None:
    with pytest.raises(Damaged):
        OURS.open(parse(age_file(FILE_KEY, [FAULTS[name]()], b"x")))


def test_an_older_cryptography_is_told() -> None:
    missing = {"cryptography.hazmat.primitives.hpke": None}
    without_kem = {"cryptography.hazmat.primitives.hpke": ModuleType("hpke")}
    for modules in (missing, without_kem):
        with (
            mock.patch.dict(sys.modules, modules),
            mock.patch("cryptography.hazmat.primitives.hpke", ModuleType("hpke")),
            pytest.raises(Unusable) as caught,
        ):
            HybridIdentity(TEXT)
        assert str(caught.value) == (
            "a post-quantum key (AGE-SECRET-KEY-PQ-1…) needs a newer version of the Python package cryptography, built"
            " with ML-KEM"
        )
