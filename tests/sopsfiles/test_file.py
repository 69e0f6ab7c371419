"""Whole files: every format opens, one fault each is named in words that hold nothing of the file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.file import decrypt_file, plaintext_tree
from krm_secrets.sops.files.formats import Format
from krm_secrets.sops.tree import data
from tests.sops.encrypter import KEY, OTHER_KEY, THIRD_KEY, encrypt, seal
from tests.sops.faults import BELONGS, IS_CIPHERTEXT, NO_FORM, PLAINTEXT, UNFIT
from tests.sops.opening import identities
from tests.sopsfiles.files import dotenv_file, ini_file, json_file
from tests.sopsfiles.program import OURS

CANARY = "canary-plaintext"
DOCUMENT = {"a": CANARY, "b": "other", "list": ["x", {"deep": "y"}], "n": 5, "e": "", "none": None}
FLAT = {"a": CANARY, "b": "two\nlines"}


def refusal(data: bytes, form: Format = "json", **options: Any) -> SopsError:
    with pytest.raises(SopsError) as caught:
        decrypt_file(data, OURS, form, **options)
    return caught.value


def changed(change: Callable[[dict[str, Any]], object], **options: Any) -> bytes:
    """A JSON file with one change made after encryption."""
    document = encrypt(DOCUMENT, **options)[0]
    change(document)
    return json.dumps(document).encode()


def sealed(kind: str) -> str:
    """A text in the place of `n`, with a type that it does not have."""
    return seal(DATA_KEY, CANARY, "n:", kind)


def move(document: dict[str, Any], old: str, new: str) -> None:
    document[new] = document.pop(old)


def test_a_file_of_every_format_opens() -> None:
    assert decrypt_file(json_file(DOCUMENT), OURS, "yaml") == (
        b'a: canary-plaintext\nb: other\nlist:\n    - x\n    - deep: "y"\n"n": 5\ne: ""\nnone: null\n'
    )
    assert decrypt_file(json_file(DOCUMENT), OURS, "json").startswith(b'{\n\t"a": "canary-plaintext",\n')
    assert decrypt_file(dotenv_file(FLAT), OURS, "dotenv") == b"a=canary-plaintext\nb=two\\nlines\n"
    assert decrypt_file(ini_file({"s": FLAT}), OURS, "ini") == (b'[s]\na = canary-plaintext\nb = """two\nlines"""\n')
    assert decrypt_file(json_file({"data": CANARY}), OURS, "binary") == CANARY.encode()


@pytest.mark.parametrize("escaped", [True, False])
def test_ini_metadata_of_every_version_is_read(escaped: bool) -> None:
    assert decrypt_file(ini_file({"s": {"k": "v"}}, escaped), OURS, "ini") == b"[s]\nk = v\n"


def test_key_groups_are_read_in_flat_formats() -> None:
    groups = [[KEY], [OTHER_KEY], [THIRD_KEY]]
    keys = identities(KEY.identity, THIRD_KEY.identity)
    assert decrypt_file(dotenv_file({"k": "v"}, groups=groups, threshold=2), keys, "dotenv") == b"k=v\n"
    assert decrypt_file(ini_file({"s": {"k": "v"}}, groups=groups, threshold=2), keys, "ini") == b"[s]\nk = v\n"


def test_a_mac_over_encrypted_values_is_read_in_flat_formats() -> None:
    encrypted = dotenv_file({"k": "v", "k_unencrypted": "w"}, only=True)
    assert decrypt_file(encrypted.replace(b"=w", b"=changed"), OURS, "dotenv") == b"k=v\nk_unencrypted=changed\n"


def test_the_values_come_without_comments() -> None:
    encrypted = b"# c\n" + dotenv_file(FLAT)
    tree = plaintext_tree(encrypted, OURS, "dotenv")
    assert tree[0][0] == (" c", None)
    assert data(tree[0]) == FLAT


def test_one_mac_spans_all_documents() -> None:
    first, second = (json.dumps(document) for document in encrypt({"a": "1"}, {"b": "2"}))
    assert decrypt_file(f"{first}\n---\n{second}\n".encode(), OURS, "yaml") == b'a: "1"\n---\nb: "2"\n'
    assert refusal(f"{second}\n---\n{first}\n".encode(), "yaml").message.startswith("the MAC does not fit")


MAC = (
    "the MAC does not fit: the file was changed or merged after sops wrote it; restore what sops wrote, or change it"
    " with sops"
)
DATA_KEY = bytes(32)


@pytest.mark.parametrize(
    ("change", "message", "path"),
    [
        (lambda d: d.pop("sops"), "is no file that sops encrypted: it has no sops block", ()),
        (lambda d: d.update(sops=5), "must be the mapping that sops writes", ("sops",)),
        (lambda d: d.update(a="plain"), PLAINTEXT, ("a",)),
        (lambda d: d.update(a=7), PLAINTEXT, ("a",)),
        (lambda d: d.update(a="ENC[AES256_GCM,data:,iv:,tag:,type:str]"), NO_FORM, ("a",)),
        (
            lambda d: d.update(a="ENC[AES256_GCM,data:*,iv:aaaa,tag:aaaa,type:str]"),
            "the encrypted value is damaged: its base64 is broken",
            ("a",),
        ),
        (lambda d: move(d, "a", "z"), BELONGS, ("z",)),
        (lambda d: d["list"][1].update(deep=d["a"]), BELONGS, ("list", 1, "deep")),
        (lambda d: d.update(n=sealed("int")), "the decrypted value is no int, as its type says", ("n",)),
        (lambda d: d.update(n=sealed("thing")), "the encrypted value has a type that sops does not know", ("n",)),
        (lambda d: d.pop("b"), MAC, ("sops", "mac")),
        (lambda d: d["list"].reverse(), MAC, ("sops", "mac")),
        (lambda d: d["sops"].update(lastmodified="2020-01-01T00:00:00Z"), MAC, ("sops", "mac")),
        (lambda d: d["sops"].update(mac="ENC[AES256_GCM,data:*,iv:a,tag:a,type:str]"), MAC, ("sops", "mac")),
        (lambda d: d["sops"].update(mac="x"), MAC, ("sops", "mac")),
        (lambda d: d["sops"].pop("mac"), "has no MAC, which says whether somebody changed the file", ("sops", "mac")),
        (
            lambda d: d["sops"].update(encrypted_regex="^a$", encrypted_suffix="b"),
            "encrypted_suffix and encrypted_regex are both set, where sops allows one",
            ("sops", "encrypted_regex"),
        ),
        (lambda d: d.update(x_unencrypted=2**63), MAC, ("sops", "mac")),
    ],
)  # fmt: skip
def test_one_fault_one_message(change: Callable[[dict[str, Any]], object], message: str, path: tuple[Any, ...]) -> None:
    error = refusal(changed(change, data_key=DATA_KEY))
    assert (error.message, error.path) == (message, path)


def test_a_whole_number_of_more_than_64_bits_is_refused() -> None:
    error = refusal(changed(lambda d: d.update(x_unencrypted=2**63)), "yaml")
    assert error.message == "is a whole number of more than 64 bits, which sops refuses"
    assert error.path == ("x_unencrypted",)


def test_a_block_of_another_file_is_named_so() -> None:
    error = refusal(changed(lambda d: d.update(sops=encrypt(DOCUMENT)[0]["sops"])))
    assert (error.message, error.path) == (UNFIT, ("a",))


def test_a_mac_may_be_ignored_but_nothing_else() -> None:
    assert decrypt_file(changed(lambda d: d.pop("b")), OURS, "json", mac="ignore").startswith(b'{\n\t"a": "canary')
    assert decrypt_file(changed(lambda d: d["sops"].pop("mac")), OURS, "json", mac="ignore")
    assert refusal(changed(lambda d: d.update(a="plain")), mac="ignore").message == PLAINTEXT


def test_ciphertext_left_by_another_rule_is_refused_also_when_the_mac_is_ignored() -> None:
    data = changed(lambda d: d["sops"].update(encrypted_regex="^list$"))
    for error in (refusal(data, mac="ignore"), refusal(data)):
        assert (error.message, error.path) == (IS_CIPHERTEXT, ("a",))


def test_plaintext_may_look_like_ciphertext_where_the_mac_says_so() -> None:
    text = encrypt(DOCUMENT)[0]["a"]
    data = json_file({"a": text, "b": "x"}, encrypted_regex="^b$")
    assert json.loads(decrypt_file(data, OURS, "json"))["a"] == text
    assert json.loads(decrypt_file(data, OURS, "json", mac="ignore"))["a"] == text
    assert refusal(data.replace(b'"sops"', b'"c": "more", "sops"', 1), mac="ignore").message == IS_CIPHERTEXT


def test_what_sops_leaves_out_may_be_there_when_the_mac_is_ignored() -> None:
    data = changed(lambda d: (d.update(a="", b=None, more={}), d["sops"].pop("mac")))
    assert json.loads(decrypt_file(data, OURS, "json", mac="ignore"))["a"] == ""


def test_a_rule_over_comments_leaves_ciphertext_when_the_mac_is_ignored() -> None:
    """As sops does: a tool may have dropped the comment, and nothing else tells."""
    data = changed(lambda d: d["sops"].update(encrypted_comment_regex="secret"))
    assert json.loads(decrypt_file(data, OURS, "json", mac="ignore"))["a"].startswith("ENC[")


def test_numbers_of_old_json_files_count_as_floats() -> None:
    """sops up to 3.13.1 rounded them, and took what it had rounded into the MAC."""
    number = 2**53 + 1
    old = encrypt({"a": "x", "n_unencrypted": float(number)})[0]
    old["n_unencrypted"] = number
    assert (
        decrypt_file(json.dumps(old).encode(), OURS, "json")
        == b'{\n\t"a": "x",\n\t"n_unencrypted": 9007199254740993\n}\n'
    )
    assert refusal(json.dumps(old).encode(), "yaml").message == MAC
    old["n_unencrypted"] = number + 100
    assert refusal(json.dumps(old).encode()).message == MAC


@pytest.mark.parametrize(
    ("data", "form", "message"),
    [
        (b"a=1\n", "dotenv", "is no file that sops encrypted: it has no sops block"),
        (b"[a]\nb=1\n", "ini", "is no file that sops encrypted: it has no sops block"),
        (b"[sops]\n", "ini", "is no file that sops encrypted: it has no sops block"),
        (b"", "yaml", "is no file that sops encrypted: it has no sops block"),
        (b"{}", "binary", "is no file that sops encrypted: it has no sops block"),
        (b"canary-plaintext", "json", "not valid JSON: line 1: Expecting value"),
    ],
)
def test_a_file_without_metadata_is_refused(data: bytes, form: Format, message: str) -> None:
    assert refusal(data, form).message == message


def test_no_message_holds_anything_of_the_file() -> None:
    secrets = [CANARY, "ENC[", KEY.identity, "BEGIN AGE", "two"]
    errors = [
        refusal(changed(change, data_key=DATA_KEY))
        for change in (
            lambda d: d.update(a=CANARY),
            lambda d: d.update(a=f"ENC[AES256_GCM,data:{CANARY},iv:a,tag:a,type:str]"),
            lambda d: d.update(n=sealed("int")),
            lambda d: d.update(n=seal(DATA_KEY, "1", "n:", CANARY)),
            lambda d: d["sops"].update(age=CANARY),
            lambda d: d["sops"].update(lastmodified=CANARY),
            lambda d: d["sops"]["age"][0].update(enc=CANARY),
        )
    ]
    errors += [refusal(text, form) for form, text in _BROKEN]
    for error in errors:
        assert not any(secret in str(error) or secret in repr(error.path) for secret in secrets)


_BROKEN: list[tuple[Format, bytes]] = [
    ("yaml", b"a: [canary-plaintext"),
    ("yaml", b"a: *canary-plaintext\n"),
    ("yaml", b"a: !!int canary-plaintext\n"),
    ("yaml", b"canary-plaintext\n"),
    ("json", b'{"a": "canary-plaintext" x}'),
    ("json", b'{"a": canary-plaintext}'),
    ("json", b'["canary-plaintext"]'),
    ("dotenv", b"canary-plaintext\n"),
    ("ini", b"canary-plaintext\n"),
    ("ini", b"[canary-plaintext\n"),
    ("ini", b'a = """canary-plaintext\n'),
    ("ini", b'"canary-plaintext\n'),
    ("binary", b"canary-plaintext"),
]


def test_binary_files_hold_any_bytes() -> None:
    content = bytes(range(256)) + os.urandom(64)
    assert decrypt_file(json_file({"data": content}), OURS, "binary") == content


@pytest.mark.parametrize(
    ("document", "output", "message", "path"),
    [
        ({"a": "b"}, "binary", "must be a string to be written as bytes", ("data",)),
        ({"data": 5}, "binary", "must be a string to be written as bytes", ("data",)),
        ({"a": ["b"]}, "dotenv", "is a list or a mapping, which a dotenv file cannot hold", ("a",)),
        ({"a": "b"}, "ini", "must be a mapping, which becomes a section of an ini file", ("a",)),
        ({"s": {"a": []}}, "ini", "is a list or a mapping, which an ini file cannot hold here", ("s", "a")),
        ({"": {}}, "ini", "an ini file has no section without a name", ("",)),
        ({"s": {"": "a"}}, "ini", "an ini file has no key without a name", ("s", "")),
    ],
)
def test_what_a_format_cannot_hold_is_refused(
    document: dict[str, Any], output: Format, message: str, path: tuple[str, ...]
) -> None:
    error = refusal(json_file(document), "yaml", output_format=output)
    assert (error.message, error.path) == (message, path)
