"""Data keys opened without a general age reader: the same answers as one gives, or none at all."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyrage import x25519 as reference

from krm_secrets.sops.x25519 import Identity, Unusual, open_file

SECRET = reference.Identity.generate()
OURS = Identity(str(SECRET))
OTHER = Identity(str(reference.Identity.generate()))

BEGIN, END = "-----BEGIN AGE ENCRYPTED FILE-----\n", "-----END AGE ENCRYPTED FILE-----\n"


def sealed(data: bytes = bytes(range(32)), *more: reference.Recipient) -> str:
    return pyrage.encrypt(data, [SECRET.to_public(), *more], armored=True).decode()


def body(armored: str) -> bytes:
    return b64decode(armored.removeprefix(BEGIN).partition("-----END")[0])


def armor(data: bytes) -> str:
    text = b64encode(data).decode()
    return BEGIN + "".join(text[i : i + 64] + "\n" for i in range(0, len(text), 64)) + END


FILE = sealed()  # age adds a stanza of random length, and Hypothesis wants its data the same each time


def test_an_identity_shows_its_recipient_and_nothing_else() -> None:
    assert OURS.recipient == str(SECRET.to_public())
    assert repr(OURS) == f"Identity({SECRET.to_public()})"


@pytest.mark.parametrize("text", ["", "age1qqqqqq", str(SECRET)[:-1], str(SECRET.to_public()), str(SECRET) + "Q"])
def test_what_is_no_identity_is_refused_without_its_text(text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the reasons are Bech32's
        Identity(text)
    assert text == "" or text not in str(caught.value)


@given(st.binary(max_size=200))
@settings(max_examples=50)
def test_opens_what_age_encrypts(data: bytes) -> None:
    assert open_file(sealed(data), [OTHER, OURS]) == data


def test_opens_an_identity_in_lower_case_and_a_file_with_crlf_and_space_around() -> None:
    assert open_file("\n " + sealed().replace("\n", "\r\n") + "\n\n", [Identity(str(SECRET).lower())]) is not None


def test_several_recipients() -> None:
    assert open_file(sealed(b"x", reference.Identity.generate().to_public()), [OURS]) == b"x"


def test_somebody_elses_file_stays_closed() -> None:
    assert open_file(sealed(), [OTHER]) is None
    assert open_file(sealed(), []) is None


@given(st.data())
@settings(max_examples=300)
def test_no_changed_file_opens(data: st.DataObject) -> None:
    raw = bytearray(body(FILE))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        assert open_file(armor(bytes(raw)), [OURS]) is None
    except Unusual:
        return


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("BEGIN AGE", "BEGIN PGP"),
        lambda text: text.replace("END AGE", "END PGP"),
        lambda text: text[:100] + "\n" + text[100:],
        lambda text: text.replace(BEGIN, BEGIN + "\n"),
        lambda text: text[:80] + "!" + text[81:],
        lambda text: text.replace(END, "=" + END),
        lambda text: armor(b"age-encryption.org/v2\n" + body(text)[22:]),
        lambda text: armor(body(text).replace(b"\n--- ", b"\n-- ", 1)),
        lambda text: armor(body(text).replace(b"-> X25519 ", b"-> X25519 extra ", 1)),
        lambda text: armor(body(text).replace(b"-> X25519 ", b"-> X25519 A", 1)),
        lambda text: armor(body(text).replace(b"-> X25519 ", b"-> scrypt ", 1)),
        lambda text: armor(body(text)[:-60]),
        lambda text: armor(body(text).partition(b"\n--- ")[0] + b"\n--- AAAA\n" + bytes(64)),
        lambda text: armor(body(text).partition(b"\n--- ")[0] + b"\n--- AAAA"),
        lambda text: armor(body(text) + bytes(70_000)),
    ],
)
def test_what_is_not_of_the_usual_shape_is_left_to_the_general_reader(change: object) -> None:
    with pytest.raises(Unusual):
        open_file(change(sealed()), [OURS])  # type: ignore[operator]


def test_a_share_of_low_order_opens_nothing() -> None:
    assert OURS.unwrap(bytes(32), bytes(32)) is None


def test_unpadded_base64_must_be_canonical() -> None:
    raw = body(sealed())
    start = raw.index(b"-> X25519 ") + 10
    last = raw[start + 42 : start + 43]
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = letters[letters.index(last) ^ 1 :][:1]  # the same bytes, but bits left over that are not zero
    with pytest.raises(Unusual):
        open_file(armor(raw[: start + 42] + other + raw[start + 43 :]), [OURS])
