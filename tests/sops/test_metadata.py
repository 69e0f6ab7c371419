"""The `sops` block: what every version wrote is read; the faults are in `faults.py`."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, strategies as st

from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.metadata import parse
from krm_secrets.sops.rules import Rule, rule
from tests.sops.encrypter import KEY, OTHER_KEY

ENTRY = {"recipient": KEY.recipient, "enc": "x"}
OTHER = {"recipient": OTHER_KEY.recipient, "enc": "y"}
MADE = {"created_at": "2026-01-02T03:04:05Z"}
TIME = "2026-01-02T03:04:05Z"


def block(**fields: Any) -> dict[str, Any]:
    return {"age": [ENTRY], "lastmodified": TIME, "mac": "m", "version": "3.13.3", **fields}


def test_flat_keys_are_one_group() -> None:
    found = parse(block(age=[ENTRY, OTHER], pgp=[], kms=None, unknown={"a": 1}))
    assert (len(found.groups), len(found.groups[0]), found.threshold, found.others) == (1, 2, 1, ())


def test_groups_are_read_where_there_is_no_flat_key() -> None:
    groups = [{"age": [ENTRY], "pgp": [{"fp": "x", **MADE}]}, {"age": [OTHER], "hc_vault": []}, {"gcp_kms": [MADE]}]
    found = parse(block(age=[], key_groups=groups))
    assert [[key.enc for key in group] for group in found.groups] == [["x"], ["y"], []]
    assert (found.threshold, found.others) == (3, ("Google Cloud KMS", "PGP"))
    assert len(parse(block(key_groups=groups)).groups) == 1


@pytest.mark.parametrize(("value", "threshold"), [(2, 2), ("2", 2), (0, 3), (None, 3), ("", 3)])
def test_thresholds(value: object, threshold: int) -> None:
    groups = [{"age": [ENTRY]}] * 3
    assert parse(block(age=None, key_groups=groups, shamir_threshold=value)).threshold == threshold


@pytest.mark.parametrize("value", [True, 2.5, "-1", "2.5", "2.000000", [], {}, "١", "2" * 5000, [1]])
def test_thresholds_that_are_none(value: object) -> None:
    with pytest.raises(SopsError) as caught:
        parse(block(age=None, key_groups=[{"age": [ENTRY]}] * 3, shamir_threshold=value))
    assert (caught.value.message, caught.value.path) == ("must be a number of key groups", ("sops", "shamir_threshold"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (TIME, TIME),
        ("2026-01-02T03:04:05.123456789Z", TIME),
        ("2026-01-02T03:04:05+00:00", TIME),
        ("2026-01-02T03:04:05.5+02:00", "2026-01-02T03:04:05+02:00"),
    ],
)
def test_times(value: str, text: str) -> None:
    assert parse(block(lastmodified=value)).lastmodified == text


@pytest.mark.parametrize("value", ["", "2026-01-02", "2026-01-02 03:04:05", 7, None, [], "2026-01-02T25:04:05Z"])
def test_times_that_are_none(value: object) -> None:
    with pytest.raises(SopsError, match="must be a time as sops writes it"):
        parse(block(lastmodified=value))


@pytest.mark.parametrize(
    ("value", "only"), [(True, True), ("true", True), (False, False), (None, False), ("false", False)]
)
def test_mac_only_encrypted(value: object, only: bool) -> None:
    assert parse(block(mac_only_encrypted=value)).mac_only_encrypted is only


@pytest.mark.parametrize("data", [None, [], "text", 7])
def test_a_block_that_is_no_mapping(data: object) -> None:
    with pytest.raises(SopsError, match="must be the mapping that sops writes"):
        parse(data)


@pytest.mark.parametrize(
    "recipient", ["ssh-ed25519 AAAAC3Nz me@host", "ssh-rsa AAAA", "age1yubikey1qq", "age1pq1" + "q" * 1900]
)
def test_recipients_of_other_kinds(recipient: str) -> None:
    assert parse(block(age=[{"recipient": recipient, "enc": "x"}])).groups[0][0].recipient == recipient


# Rules


def selects(found: Rule, key: str) -> bool:
    return found.hit(key) is found.encrypts


@pytest.mark.parametrize(
    ("fields", "encrypted", "plain"),
    [
        ({}, ["a", "_unencrypted_"], ["a_unencrypted", "_unencrypted"]),
        ({"unencrypted_suffix": "_p", "encrypted_regex": ""}, ["a", "a_unencrypted"], ["a_p"]),
        ({"encrypted_suffix": "_e"}, ["a_e"], ["a", "_e_"]),
        (
            {"encrypted_regex": "^(data|stringData)$"},
            ["data", "stringData"],
            ["Data", "data\n", "mydata", "", "datastringData"],
        ),
        ({"encrypted_regex": "^data$"}, ["data"], ["data\n", "stringData"]),
        ({"encrypted_regex": "data"}, ["data", "mydata", "data\n"], ["Data", "dat"]),
        ({"encrypted_regex": "^a|b$"}, ["a", "ax", "xb"], ["xa", "bx", "b\n"]),
        ({"encrypted_regex": "^(a|)$"}, ["a", ""], ["b"]),
        ({"encrypted_regex": "^d.*a$"}, ["data", "da"], ["data\n"]),
        ({"encrypted_regex": "a(?i)b"}, ["ab", "aB"], ["Ab"]),
        ({"encrypted_regex": "^[[:alpha:]]+$"}, ["abc"], ["a1", "é"]),
        ({"encrypted_regex": r"^\Qa.b\E$"}, ["a.b"], ["axb"]),
        ({"encrypted_regex": r"^\pL+$"}, ["é"], ["1"]),
        ({"encrypted_regex": r"^data\z"}, ["data"], ["data\n"]),
        ({"unencrypted_regex": "^(metadata|kind)$"}, ["data"], ["metadata", "kind"]),
    ],
)
def test_rules(fields: dict[str, Any], encrypted: list[str], plain: list[str]) -> None:
    found = rule(fields)
    assert [key for key in (*encrypted, *plain) if selects(found, key)] == encrypted
    assert not found.by_form


@pytest.mark.parametrize("name", ["encrypted_comment_regex", "unencrypted_comment_regex"])
def test_rules_that_look_at_comments_go_by_form(name: str) -> None:
    assert rule({name: "x"}).by_form


@pytest.mark.parametrize("pattern", ["(", "a{1001}", "(?=a)", r"\1", "a++", "*", "(?<!x)", "[z-a]", r"\Z"])
def test_what_go_cannot_compile(pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SopsError, match="is not one that sops can compile"):
        rule({"encrypted_regex": pattern})
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "(.*)*x", "(a?){30}a{30}"])
def test_matching_takes_linear_time(pattern: str) -> None:
    found = rule({"encrypted_regex": pattern})
    begin = time.perf_counter()
    found.hit("a" * 20_000 + "!")
    assert time.perf_counter() - begin < 1


@given(st.text(max_size=8))
def test_the_short_way_for_literal_rules_agrees_with_the_engine(key: str) -> None:
    assert rule({"encrypted_regex": "^(data|a-b|)$"}).hit(key) == rule({"encrypted_regex": "^(?:data|a-b|)$"}).hit(key)
