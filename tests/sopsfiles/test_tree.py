"""Decryption over a tree: what the comment rules select, and what becomes of comments."""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode

import pytest

from krm_secrets.age.cipher import AESGCM
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.metadata import Metadata
from krm_secrets.sops.rules import rule
from krm_secrets.sops.tree import Branch, Decrypted, Inline, data, decrypt
from krm_secrets.sops.value import Comment
from tests.sops.encrypter import TIME, seal
from tests.sops.faults import PLAINTEXT

KEY = os.urandom(32)
ENCRYPTED, UNENCRYPTED = {"encrypted_comment_regex": "enc"}, {"unencrypted_comment_regex": "plain"}


def sealed(text: str, aad: str) -> str:
    return seal(KEY, text, aad)


def comment(text: str, aad: str, kind: type[Comment] = Comment) -> Comment:
    return kind(seal(KEY, text, aad, "comment"))


def opened(branch: Branch, named: dict[str, str], mac: str = "", only: bool = False) -> Decrypted:
    """The branch, decrypted; `mac` is the text that its values make up."""
    digest = hashlib.sha512((hashlib.sha256(b"sops").digest() if only else b"") + mac.encode())
    tag = seal(KEY, digest.hexdigest().upper(), TIME)
    return decrypt([branch], Metadata((), 0, (), TIME, tag, rule(named), only), AESGCM(KEY))


def read(branch: Branch, named: dict[str, str]) -> object:
    return data(opened(branch, named).tree[0])


def test_a_comment_asks_for_the_next_item_only() -> None:
    branch = Branch([(Comment("enc"), None), ("a", sealed("1", "a:")), ("b", "2")])
    assert read(branch, ENCRYPTED) == {"a": "1", "b": "2"}


def test_a_comment_reaches_into_what_is_nested() -> None:
    inner = Branch([("c", sealed("1", "a:c:")), ("d", [sealed("2", "a:d:"), Branch([("e", sealed("3", "a:d:e:"))])])])
    branch = Branch([(Comment("enc"), None), (Comment("other"), None), ("a", inner), ("b", "4")])
    branch[1] = (comment("other", ":"), None)
    assert read(branch, ENCRYPTED) == {"a": {"c": "1", "d": ["2", {"e": "3"}]}, "b": "4"}


def test_a_comment_in_a_list_asks_for_the_next_item() -> None:
    branch = Branch([("a", ["0", Comment("enc"), sealed("1", "a:"), "2"])])
    assert read(branch, ENCRYPTED) == {"a": ["0", "1", "2"]}


def test_a_comment_does_not_ask_for_its_own_encryption_but_for_that_of_the_next() -> None:
    branch = Branch([(Comment("enc"), None), (comment("enc too", ":"), None), ("a", sealed("1", "a:"))])
    assert opened(branch, ENCRYPTED).tree == [Branch([("enc", None), ("enc too", None), ("a", "1")])]


def test_a_comment_can_ask_for_plaintext() -> None:
    branch = Branch(
        [
            (comment("secret", ":"), None),
            (Comment("plain"), None),
            ("a", Branch([("b", "1")])),
            ("c", sealed("2", "c:")),
        ]
    )
    result = opened(branch, UNENCRYPTED).tree[0]
    assert result[0] == ("secret", None)
    assert data(result) == {"a": {"b": "1"}, "c": "2"}


def test_what_a_comment_asks_for_must_be_there() -> None:
    with pytest.raises(SopsError) as caught:
        read(Branch([(Comment("enc"), None), ("a", "1")]), ENCRYPTED)
    assert caught.value.message == PLAINTEXT
    assert caught.value.path == ("a",)


def test_an_encrypted_inline_comment_comes_back_above_its_value_and_a_plain_one_beside_it() -> None:
    branch = Branch([(comment("a", ":", Inline), None), (Inline("b"), None)])
    first, second = (key for key, _ in opened(branch, {}).tree[0])
    assert (first, type(first)) == ("a", Comment)
    assert (second, type(second)) == ("b", Inline)


def test_a_comment_that_does_not_open_is_a_plain_one() -> None:
    texts = ["plain", "ENC[AES256_GCM,data:*,iv:a,tag:a,type:comment]", comment("x", "elsewhere:"), ""]
    branch = Branch((Comment(text), None) for text in texts)
    assert opened(branch, {}).tree == [branch]


def test_an_encrypted_string_in_a_comment_s_place_is_a_comment_that_counts() -> None:
    branch = Branch([(Inline(sealed("text", ":")), None)])
    result = opened(branch, {}, "text")
    assert result.verified
    assert type(result.tree[0][0][0]) is Inline


def test_a_number_in_a_comment_s_place_is_refused() -> None:
    with pytest.raises(SopsError) as caught:
        read(Branch([(Comment(seal(KEY, 5, ":")), None)]), {})
    assert caught.value.message == "an encrypted comment holds no text, which sops refuses"


def test_comments_that_a_list_holds_as_items_do_not_count() -> None:
    items: list[object] = [seal(KEY, "c", "a:", "comment"), sealed("1", "a:"), comment("d", "a:"), Comment("")]
    result = opened(Branch([("a", items)]), {}, "1")
    assert result.verified
    assert result.tree == [Branch([("a", ["c", "1", "d", ""])])]
    assert [type(item) for item in result.tree[0][0][1]] == [Comment, str, Comment, str]  # type: ignore[attr-defined]


def test_a_comment_that_is_no_utf_8_is_kept() -> None:
    branch = Branch([(comment(b"\xff", ":"), None)])  # type: ignore[arg-type]
    assert opened(branch, {}).tree[0][0][0].encode(errors="surrogateescape") == b"\xff"


def test_keys_that_are_no_utf_8_are_authenticated_by_their_bytes() -> None:
    nonce = bytes(12)
    whole = AESGCM(KEY).encrypt(nonce, b"1", b"\xff:")
    text, iv, tag = (b64encode(part).decode() for part in (whole[:-16], nonce, whole[-16:]))
    branch = Branch([("\udcff", f"ENC[AES256_GCM,data:{text},iv:{iv},tag:{tag},type:str]")])
    assert read(branch, {"encrypted_regex": "\ufffd"}) == {"\udcff": "1"}


def test_only_what_is_encrypted_counts_where_the_file_says_so() -> None:
    branch = Branch([("a", sealed("1", "a:")), ("b_unencrypted", "2"), ("c", None), ("d", "")])
    assert opened(branch, {}, "1", only=True).verified
    assert not opened(branch, {}, "12", only=True).verified
    assert opened(branch, {}, "12").verified


def test_every_type_counts_with_its_text() -> None:
    values: list[object] = [True, False, 5, 1.50, "x", b"\xff", float("inf")]
    branch = Branch([("a_unencrypted", values)])
    tag = hashlib.sha512(b"TrueFalse51.5x\xff+Inf").hexdigest().upper()
    metadata = Metadata((), 0, (), TIME, seal(KEY, tag, TIME), rule({}), False)
    assert decrypt([branch], metadata, AESGCM(KEY)).verified
