"""X25519 identities: the same answers as another implementation gives, or none at all."""

from __future__ import annotations

from collections.abc import Callable

import pyrage
import pytest
from hypothesis import given, settings, strategies as st
from pyrage import x25519 as reference

from krm_secrets.age.agefile import Damaged, dearmored, parse
from krm_secrets.age.x25519 import X25519Identity
from tests.sops.agefiles import age_file, body, stanza

SECRET = reference.Identity.generate()
OURS = X25519Identity(str(SECRET))
OTHER = X25519Identity(str(reference.Identity.generate()))


def sealed(data: bytes, *more: reference.Recipient) -> str:
    text: str = pyrage.encrypt(data, [*more, SECRET.to_public()], armored=True).decode()
    return text


def opened(armored: str, identity: X25519Identity = OURS) -> bytes | None:
    return identity.open(parse(dearmored(armored)))


def test_an_identity_shows_its_recipient_and_nothing_else() -> None:
    assert OURS.shown == str(SECRET.to_public())
    assert repr(OURS) == f"X25519Identity({SECRET.to_public()})"


@pytest.mark.parametrize("text", ["", "age1qqqqqq", str(SECRET)[:-1], str(SECRET.to_public()), str(SECRET) + "Q"])
def test_what_is_no_identity_is_refused_without_its_text(text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the reasons are Bech32's
        X25519Identity(text)
    assert text == "" or text not in str(caught.value)


@given(st.binary(max_size=200))
@settings(max_examples=50)
def test_opens_what_age_encrypts(data: bytes) -> None:
    assert opened(sealed(data)) == data


def test_an_identity_in_lower_case() -> None:
    assert opened(sealed(b"x"), X25519Identity(str(SECRET).lower())) == b"x"


def test_several_recipients() -> None:
    assert opened(sealed(b"x", reference.Identity.generate().to_public())) == b"x"


def test_somebody_elses_file_stays_closed() -> None:
    assert opened(sealed(b"x"), OTHER) is None


SHARE, WRAPPED = parse(body(sealed(b"x"))).stanzas[0].arguments[0], bytes(32)
FAULTS: dict[str, Callable[[], str]] = {
    "no share": lambda: stanza("X25519", wrapped=WRAPPED),
    "an argument too many": lambda: stanza("X25519", SHARE, "x", wrapped=WRAPPED),
    "a share cut short": lambda: stanza("X25519", SHARE[:40], wrapped=WRAPPED),
    "a share too long": lambda: stanza("X25519", SHARE + "A", wrapped=WRAPPED),
    "a share of low order": lambda: stanza("X25519", "A" * 43, wrapped=WRAPPED),
    "a share that is not canonical": lambda: stanza("X25519", "B" * 43, wrapped=WRAPPED),
    "a wrapped key too long": lambda: stanza("X25519", SHARE, wrapped=bytes(33)),
    "a wrapped key cut short": lambda: stanza("X25519", SHARE, wrapped=bytes(31)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_stanza_with_a_fault(name: str) -> None:
    file = parse(age_file(bytes(16), [FAULTS[name]()], b"x"))
    with pytest.raises(Damaged):
        OURS.open(file)
