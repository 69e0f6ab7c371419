"""Creation rules: what the real sops encrypts a file with, and what is said about rules that it refuses or ignores."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from krm_secrets.errors import ERROR, field
from krm_secrets.sops.creation import CreationRules, parse_rules
from krm_secrets.sops.errors import SopsError
from krm_secrets.sops.metadata import parse
from krm_secrets.sops.recipients import Recipient, of_block
from krm_secrets.sops.rules import selector
from tests.sops.encrypter import KEY, OTHER_KEY, THIRD_KEY
from tests.tools import tool

A, B, C = KEY.recipient, OTHER_KEY.recipient, THIRD_KEY.recipient
FINGERPRINT = "FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4"
SSH = (
    f"{Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()} me@home"
)


def config(*rules: dict[str, Any] | str) -> str:
    """A `.sops.yaml`; rules may be given as YAML."""
    rows = (rule if isinstance(rule, str) else json.dumps(rule) for rule in rules)
    return "creation_rules:\n" + "".join(f"  - {row}\n" for row in rows)


CHOICES = {
    "a string with commas": (config({"age": f"{A}, {B},"}), "x.yaml"),
    "a list": (config({"age": [A, B]}), "x.yaml"),
    "a folded list with white space": (config(f"age: >-\n      {A},\n      {B}  ,\n\n      {C}\n"), "x.yaml"),
    "a literal list": (config(f"age: |\n      {A},\n      {B}\n"), "x.yaml"),
    "a list whose items have commas": (config({"age": [f"{A},{B}", C]}), "x.yaml"),
    "the same recipient twice": (config({"key_groups": [{"age": [A, A, B]}]}), "x.yaml"),
    "an SSH recipient": (config({"age": SSH}), "x.yaml"),
    "the first match wins": (config({"path_regex": "x", "age": A}, {"path_regex": "yaml$", "age": B}), "x.yaml"),
    "a later match": (config({"path_regex": "^y", "age": A}, {"path_regex": "yaml$", "age": B}), "x.yaml"),
    "no path_regex": (config({"age": A}, {"path_regex": "x", "age": B}), "x.yaml"),
    "relative to the configuration": (config({"path_regex": "^sub/x", "age": A}, {"age": B}), "sub/x.yaml"),
    "a case in the middle": (config({"path_regex": "s(?i)UB", "age": A}, {"age": B}), "sub/x.yaml"),
    "the end of the text": (config({"path_regex": r"\.ya?ml$", "age": A}), "x.yaml"),
    "no byte of a name": (config({"path_regex": "^.{3}$", "age": A}, {"age": B}), "é.ini"),
    "anchors kept elsewhere": (f"keys:\n  - &a {A}\n" + config("key_groups: [{age: [*a]}]"), "x.yaml"),
    "a rule by merge key": (f"base: &b {{age: {A}}}\n" + config("{<<: *b, encrypted_regex: ^k$}"), "x.yaml"),
    "key groups": (config({"key_groups": [{"age": [A, B]}, {"age": [C]}], "shamir_threshold": 2}), "x.yaml"),
    "a threshold below": (
        config({"key_groups": [{"age": [A]}, {"age": [B]}, {"age": [C]}], "shamir_threshold": 2}),
        "x.yaml",
    ),
    "nested merge": (
        config({"key_groups": [{"merge": [{"merge": [{"age": [A]}], "age": [B]}, {"age": [B]}], "age": [C]}]}),
        "x.yaml",
    ),
    "key groups before flat keys": (config({"age": A, "key_groups": [{"age": [B]}]}), "x.yaml"),
    "encrypted_regex": (config({"age": A, "encrypted_regex": "^(data|stringData)$"}), "x.yaml"),
    "unencrypted_regex": (config({"age": A, "unencrypted_regex": "^a$"}), "x.yaml"),
    "encrypted_suffix": (config({"age": A, "encrypted_suffix": "_enc"}), "x.yaml"),
    "unencrypted_suffix": (config({"age": A, "unencrypted_suffix": "_plain"}), "x.yaml"),
    "encrypted_comment_regex": (config({"age": A, "encrypted_comment_regex": "enc"}), "x.yaml"),
    "unencrypted_comment_regex": (config({"age": A, "unencrypted_comment_regex": "plain"}), "x.yaml"),
    "mac_only_encrypted": (config({"age": A, "mac_only_encrypted": True}), "x.yaml"),
    "mac_only_encrypted in YAML 1.1": (config(f"{{age: {A}, mac_only_encrypted: yes}}"), "x.yaml"),
    "unknown keys": (config({"age": A, "unencrypted-regex": "^a$", "input_type": "yaml"}), "x.yaml"),
    "a broken rule behind the match": (config({"path_regex": "x", "age": A}, {"path_regex": "(", "age": B}), "x.yaml"),
    "an expression of keys that Go cannot compile": (config({"age": A, "encrypted_regex": "("}), "x.yaml"),
    "several documents": (config({"age": A}) + "---\n" + config({"age": B}), "x.yaml"),
}
REFUSED = {
    "no rule matches": (config({"path_regex": "^y", "age": A}), "x.yaml"),
    "a broken rule before the match": (config({"path_regex": "(", "age": A}, {"age": B}), "x.yaml"),
    "lookahead": (config({"path_regex": "(?!y)", "age": A}), "x.yaml"),
    "two selectors": (config({"age": A, "encrypted_regex": "a", "encrypted_suffix": "b"}), "x.yaml"),
    "no commas": (config({"age": f"{A} {B}"}), "x.yaml"),
    "a typing error": (config({"age": A[:-1] + ("q" if A[-1] != "q" else "p")}), "x.yaml"),
    "a private key": (config({"age": KEY.identity}), "x.yaml"),
    "no keys": (config({"path_regex": "x"}), "x.yaml"),
    "an empty key group": (config({"key_groups": [{"age": []}]}), "x.yaml"),
    "a list in a list": (config({"age": [[A]]}), "x.yaml"),
    "a mapping for recipients": (config({"age": {"a": A}}), "x.yaml"),
    "a string in a key group": (config({"key_groups": [{"age": A}]}), "x.yaml"),
    "key groups as a mapping": (config({"key_groups": {"age": [A]}}), "x.yaml"),
    "a threshold of words": (config({"age": A, "shamir_threshold": "two"}), "x.yaml"),
    "a threshold beyond the groups": (
        config({"key_groups": [{"age": [A]}, {"age": [B]}], "shamir_threshold": 3}),
        "x.yaml",
    ),
    "a MAC of words": (config({"age": A, "mac_only_encrypted": "perhaps"}), "x.yaml"),
    "rules as a mapping": ("creation_rules: {age: x}\n", "x.yaml"),
    "a rule as text": (config('"x"'), "x.yaml"),
}


def encrypted(text: str, name: str, folder: Path) -> dict[str, Any] | None:
    """The block of the file that sops encrypts with this configuration; None when it refuses."""
    (folder / ".sops.yaml").write_text(text)
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("[s]\nk = v\n" if name.endswith(".ini") else "# enc\nk: v\na: b\n")
    done = subprocess.run(
        [tool("sops"), "encrypt", "--output-type", "json", name],
        capture_output=True,
        cwd=folder,
        env={"HOME": str(folder)},
        timeout=60,
    )
    block = json.loads(done.stdout)["sops"] if done.returncode == 0 else None
    assert block is None or isinstance(block, dict)
    return block


@pytest.mark.parametrize("case", CHOICES)
def test_we_choose_what_sops_chooses(case: str, tmp_path: Path) -> None:
    text, name = CHOICES[case]
    block = encrypted(text, name, tmp_path)
    assert block is not None
    rule = parse_rules(text).first(name)
    assert rule is not None
    assert list(map(set, rule.groups)) == list(map(set, of_block(block)))
    assert rule.selector == selector(block)
    assert rule.mac_only_encrypted is bool(block.get("mac_only_encrypted"))
    assert rule.threshold == (block.get("shamir_threshold") or len(rule.groups))


@pytest.mark.parametrize("case", REFUSED)
def test_what_sops_refuses_is_a_mistake_or_no_rule(case: str, tmp_path: Path) -> None:
    text, name = REFUSED[case]
    assert encrypted(text, name, tmp_path) is None
    found = parse_rules(text)
    # Without keys sops refuses here, and not where the environment has some: that is no error.
    told = any(p.severity == ERROR or p.message.startswith("has no keys") for p, _ in found.problems)
    assert told or found.first(name) is None


def told(found: CreationRules) -> list[str]:
    return [f"{line} {p.severity} {field(p.path)}: {p.message}" for p, line in found.problems]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            config({"age": A, "unencrypted-regex": "^a$"}),
            "2 warning creation_rules[0].unencrypted-regex: unknown key, which sops ignores;"
            ' did you mean "unencrypted_regex"?',
        ),
        (
            f"creation-rules: [{{age: {A}}}]\n",
            '1 warning creation-rules: unknown key, which sops ignores; did you mean "creation_rules"?',
        ),
        (
            config({"age": A}, {"path_regex": "b", "age": B}, {"path_regex": "c", "age": B}),
            "2 warning creation_rules[0]: no path_regex matches every file, so that the 2 rules behind it never apply;"
            " put it last",
        ),
        (
            config({"path_regex": ".*", "age": A}, {"path_regex": "b", "age": B}),
            "2 warning creation_rules[0]: path_regex .* matches every file, so that the rule behind it never applies;"
            " put it last",
        ),
        (
            config({"path_regex": "(?!x)", "age": A}),
            "2 error creation_rules[0].path_regex: the regular expression is not one that sops can compile (Go, RE2)",
        ),
        (
            config({"age": A, "encrypted_regex": "("}),
            "2 error creation_rules[0].encrypted_regex: the regular expression is not one that Go can compile, and sops"
            " ignores it",
        ),
        (
            config({"age": A, "encrypted_regex": "a", "encrypted_suffix": "b"}),
            "2 error creation_rules[0].encrypted_regex: encrypted_suffix and encrypted_regex are both set, where sops"
            " allows one",
        ),
        (
            config({"path_regex": "x"}),
            "2 warning creation_rules[0]: has no keys, so that sops encrypts a file by it only with those of --age or"
            " SOPS_AGE_RECIPIENTS",
        ),
        (
            config({"key_groups": [{}]}),
            "2 warning creation_rules[0].key_groups[0]: has no keys, so that sops encrypts a file by it only with those"
            " of --age or SOPS_AGE_RECIPIENTS",
        ),
        (
            config({"age": A, "key_groups": [{"age": [A]}]}),
            "2 warning creation_rules[0].age: is ignored by sops, since the rule has key_groups",
        ),
        (
            config({"key_groups": [{"age": [A], "gcpkms": []}]}),
            "2 warning creation_rules[0].key_groups[0].gcpkms: unknown key, which sops ignores;"
            ' did you mean "gcp_kms"?',
        ),
        (
            config({"age": f"{A} {B}"}),
            "2 error creation_rules[0].age: is no age recipient; put commas between recipients",
        ),
        (
            config({"age": [A + "q"]}),
            "2 error creation_rules[0].age[0]: is no age recipient, or one with a typing error",
        ),
        (config({"age": [5]}), "2 error creation_rules[0].age[0]: must be a string"),
        (config({"age": 5}), "2 error creation_rules[0].age: must be a string or a list of strings"),
        (config({"hckms": "x"}), "2 error creation_rules[0].hckms: must be a list"),
        (
            config({"age": KEY.identity}),
            "2 error creation_rules[0].age: is a private key: whoever can read this file decrypts your secrets;"
            " make a new key",
        ),
        (
            config({"key_groups": [{"kms": [{"role": "x"}], "age": [A]}]}),
            "2 error creation_rules[0].key_groups[0].kms[0]: must be a mapping with arn",
        ),
        (config({"key_groups": ["x"]}), "2 error creation_rules[0].key_groups[0]: must be a mapping of keys"),
        (config({"key_groups": [{"age": A}]}), "2 error creation_rules[0].key_groups[0].age: must be a list"),
        (config({"key_groups": "x"}), "2 error creation_rules[0].key_groups: must be a list"),
        (config({"age": A, "path_regex": 5}), "2 error creation_rules[0].path_regex: must be a string"),
        (
            config({"age": A, "mac_only_encrypted": 1}),
            "2 error creation_rules[0].mac_only_encrypted: must be true or false",
        ),
        (
            config({"age": A, "shamir_threshold": -1}),
            "2 error creation_rules[0].shamir_threshold: must be a number of key groups",
        ),
        (
            config({"age": A, "shamir_threshold": 2}),
            "2 error creation_rules[0].shamir_threshold: is more than the 1 key groups of the rule",
        ),
        ("creation_rules: 5\n", "1 error creation_rules: must be a list"),
        ("creation_rules:\n  - 5\n", "2 error creation_rules[0]: must be a mapping"),
        (
            config({"age": A}) + "---\na: 1\n",
            "1 warning : has several documents, of which sops reads the first",
        ),
    ],
)
def test_the_message(text: str, line: str) -> None:
    assert told(parse_rules(text))[0] == line


def test_a_problem_stands_at_its_line() -> None:
    text = f"creation_rules:\n  - age:\n      - {A}\n      - nobody\n    path_regex: a\n    other: 1\n"
    assert [line.split(" ")[0] for line in told(parse_rules(text))] == ["6", "4"]


def test_no_message_repeats_a_private_key() -> None:
    text = config({"age": KEY.identity}, {"key_groups": [{"age": [KEY.identity]}]})
    assert KEY.identity not in "".join(told(parse_rules(text)))


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n", "stores: {yaml: {indent: 2}}\n"])
def test_without_rules_there_is_none_to_match(text: str) -> None:
    found = parse_rules(text)
    assert found.rules is None
    assert found.first("x.yaml") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "must be a mapping with creation_rules"),
        ("a: [\n", "line 2: not valid YAML: did not find expected node content"),
        ("a: 1\na: 2\n", 'lines 1 and 2: the key "a" stands twice in one mapping; remove one of them'),
    ],
)
def test_a_file_that_is_no_configuration(text: str, message: str) -> None:
    with pytest.raises(SopsError) as raised:
        parse_rules(text)
    assert message in raised.value.message


def test_stores_say_how_far_to_indent() -> None:
    text = "stores: {yaml: {indent: 2}, json: {indent: 0}, json_binary: {indent: 3}, dotenv: 5}\n"
    assert parse_rules(text).indents == {"yaml": 2, "json": 0}
    assert parse_rules("stores: {yaml: {indent: -1}, json: 2}\n").indents == {}


OTHERS = {
    "pgp": (FINGERPRINT[:20] + " " + FINGERPRINT[20:], [FINGERPRINT], FINGERPRINT, {"fp": FINGERPRINT}),
    "kms": ("arn:aws:kms:a+arn:aws:iam:b", [{"arn": "arn:aws:kms:a"}], "arn:aws:kms:a", {"arn": "arn:aws:kms:a"}),
    "gcp_kms": ("projects/p", [{"resource_id": "projects/p"}], "projects/p", {"resource_id": "projects/p"}),
    "hckms": (["r:k"], [{"key_id": "r:k"}], "r:k", {"key_id": "r:k"}),
    "azure_keyvault": (
        "https://v.net/keys/k/1",
        [{"vaultUrl": "https://v.net", "key": "k", "version": "1"}],
        "https://v.net/keys/k/1",
        {"vault_url": "https://v.net", "name": "k", "version": "1"},
    ),
    "hc_vault_transit_uri": (
        "https://v.net/v1/t/keys/k",
        ["https://v.net/v1/t/keys/k"],
        "https://v.net/v1/t/keys/k",
        {"vault_address": "https://v.net", "engine_path": "t", "key_name": "k"},
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_keys_of_other_services_have_one_name(name: str) -> None:
    flat, grouped, shown, entry = OTHERS[name]
    kind = {"azure_keyvault": "azure_kv", "hc_vault_transit_uri": "hc_vault"}.get(name, name)
    in_group = "hc_vault" if name == "hc_vault_transit_uri" else name
    found = parse_rules(config({name: flat}, {"path_regex": "x", "key_groups": [{in_group: grouped}]}))
    assert found.rules is not None
    expected = ((Recipient(kind, shown),),)
    assert [rule.groups for rule in found.rules] == [expected, expected]
    assert of_block({kind: [{**entry, "enc": "…"}]}) == expected


def test_an_azure_key_without_version() -> None:
    found = parse_rules(config({"azure_keyvault": "https://v.net/keys/k"}))
    assert found.rules is not None
    assert found.rules[0].groups == ((Recipient("azure_kv", "https://v.net/keys/k/"),),)


def test_a_block_with_entries_that_name_nothing() -> None:
    assert of_block({"age": [{"enc": "x"}, 5, {"recipient": 5}], "pgp": "x", "kms": []}) == ()
    assert of_block({"key_groups": [{"age": [{"recipient": A}]}, 5]}) == ((Recipient("age", A),),)


def test_long_names_are_cut_for_people() -> None:
    long = Recipient("age", "age1pq1" + "q" * 1000 + "end")
    assert (long.short, long.readable) == ("age1pq1qqq…qqqend", "age1pq1qqq…qqqend")
    assert Recipient("age", A).readable == A
    assert Recipient("pgp", "ABC").short == "pgp ABC"


def test_a_group_that_merges_itself_for_ever() -> None:
    text = "creation_rules: [{key_groups: [{merge: " + "[{merge: " * 60 + "[]" + "}]" * 60 + "}]}]\n"
    assert any("merges too deeply" in line for line in told(parse_rules(text)))


def test_what_sops_writes_for_a_rule_is_read_back(tmp_path: Path) -> None:
    block = encrypted(config({"age": A}), "x.yaml", tmp_path)
    assert block is not None
    assert parse(block).threshold == 1
