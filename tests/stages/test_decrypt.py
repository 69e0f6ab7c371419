"""Which objects are decrypted, and what becomes of them; the faults are in `tests/sops/faults.py`."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from krm_secrets.yamltext.load import load, parse
from tests.running import Done, run, run_with
from tests.sops.encrypter import KEY, encrypt, encrypted_secret, seal, secret, stream

ENV = {"SOPS_AGE_KEY": KEY.identity}
DATA_KEY = os.urandom(32)
OPT_OUT = {"kustomize.toolkit.fluxcd.io/decrypt": "disabled"}


def config(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretsConfig", "metadata": {"name": "c"}, **fields}


def decrypt(*documents: object, **settings: Any) -> Done:
    """A stream through the program, with a configuration of the user's."""
    return run_with(config(**settings), stream(*documents), env=ENV)


def objects(done: Done) -> list[Any]:
    told = [line for line in done.err.splitlines() if "as decryptKinds says" not in line]
    assert (done.code, [line for line in told if "are quoted now" not in line]) == (0, [])
    return [load(document.root) for document in parse(done.out.decode())]


def message(done: Done) -> str:
    assert (done.code, done.out) == (1, b"")
    assert done.err.count("\n") == 1
    return done.err.removeprefix("krm-secrets: error: ").rstrip("\n")


def of_kind(kind: str, **sections: Any) -> dict[str, Any]:
    return encrypt({**secret(**sections), "kind": kind}, encrypted_regex="^(data|stringData|spec)$")[0]


# Which objects


def test_what_is_not_encrypted_stays_byte_for_byte() -> None:
    text = stream(encrypted_secret(string_data={"a": "b"})) + "--- # keep\nkind:   Other\napiVersion: v1\nx:  [ 1,2 ]\n"
    assert run(text, env=ENV).out.endswith(b"--- # keep\nkind:   Other\napiVersion: v1\nx:  [ 1,2 ]\n")


def test_another_kind_is_decrypted_where_the_configuration_names_it() -> None:
    item = of_kind("ConfigMap", data={"a": "b", "n": 7, "f": 1.5, "b": True, "e": ""})
    (found,) = objects(decrypt(item, decryptKinds=["ConfigMap"]))
    assert found == {**secret(data={"a": "b", "n": 7, "f": 1.5, "b": True, "e": ""}), "kind": "ConfigMap"}


def test_another_kind_is_an_error_that_says_the_ways_out() -> None:
    assert message(decrypt(of_kind("HelmRelease", spec={"a": "b"}))) == (
        "HelmRelease s, line 2: sops: is encrypted with sops, and only Secrets are decrypted; add HelmRelease to"
        " decryptKinds, set `decrypt: keep` if Flux decrypts it later, or leave it encrypted by the annotation"
        " kustomize.toolkit.fluxcd.io/decrypt: disabled"
    )


def test_another_kind_of_which_nothing_is_encrypted_only_loses_its_block() -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}, "spec": {"finalizers": ["k"]}}
    file = encrypt(namespace, secret(stringData={"b": "x", "a": "y"}), encrypted_regex="^stringData$")
    assert objects(decrypt(*file, mac="require")) == [namespace, secret(stringData={"b": "x", "a": "y"})]


@pytest.mark.parametrize("sops", ["false", "7", "text", "[]", "null"])
def test_another_kind_may_have_a_field_named_sops(sops: str) -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\nsops: {sops}\n"
    assert run(text, env=ENV).out.decode() == text


def test_the_author_leaves_an_object_encrypted() -> None:
    item = encrypted_secret(string_data={"a": "b"})
    item["metadata"]["annotations"] = dict.fromkeys(OPT_OUT, "Disabled")
    text = stream(item, of_kind("SopsSecret", spec={"a": "b"}))
    assert run(text, env=ENV) == Done(0, text.encode(), "")


def test_keep_leaves_all_of_them() -> None:
    text = stream(encrypted_secret(string_data={"a": "b"}), of_kind("ConfigMap", data={"a": "b"}))
    assert decrypt(encrypted_secret(string_data={"a": "b"}), decrypt="keep").code == 0
    assert run(text + stream(config(decrypt="keep")), env={}).out.decode().startswith(text)


def test_kind_and_metadata_may_be_encrypted_too() -> None:
    plain = secret("hidden", stringData={"z": "b", "n": 7})
    plain["metadata"] |= {"namespace": "ns", "labels": {"a": "b"}, "annotations": {}}
    (found,) = objects(decrypt(encrypt(plain)[0]))
    assert found == {**plain, "stringData": {"z": "b", "n": "7"}}


def test_only_the_version_is_encrypted() -> None:
    item = encrypt(secret(stringData={"z": "b"}), encrypted_regex="^(apiVersion|stringData)$")[0]
    assert objects(decrypt(item)) == [secret(stringData={"z": "b"})]


def test_what_hosts_add_to_metadata_is_no_plaintext_in_the_wrong_place() -> None:
    item = encrypt(secret("x", stringData={"z": "b"}), unencrypted_regex="^(apiVersion|kind)$")[0]
    item["metadata"] = {"namespace": "overlay", **item["metadata"], "labels": {"team": "a"}}
    (found,) = objects(decrypt(item, mac="ignore"))
    assert found["metadata"] == {"namespace": "overlay", "name": "x", "labels": {"team": "a"}}


def test_an_object_that_cannot_be_read_is_named() -> None:
    item = json.dumps(encrypted_secret(string_data={"a": "b"}))
    done = run(item.replace('"stringData": {', f'"stringData": {{"a": "{VALUE}", '), env=ENV)
    assert message(done) == ('Secret s: lines 1 and 1: the key "a" stands twice in one mapping; remove one of them')


def test_an_object_whose_annotations_cannot_be_read_is_named() -> None:
    item = json.dumps(
        {**encrypted_secret(string_data={"a": "b"}), "metadata": {"name": "s", "annotations": {"a": "b"}}}
    )
    assert message(run(item.replace('{"a": "b"}', '{"a": "b", "a": "c"}'), env=ENV)) == (
        'Secret s: lines 1 and 1: the key "a" stands twice in one mapping; remove one of them'
    )


def test_what_a_host_copied_into_its_annotations_is_not_decrypted() -> None:
    item = encrypt(secret(stringData={"a": "b"}))[0]
    added = {"internal.config.kubernetes.io/previousKinds": item["kind"], "kustomize.config.k8s.io/id": "1"}
    item["metadata"]["annotations"] = added
    (found,) = objects(decrypt(item, mac="require"))
    assert found == {**secret(stringData={"a": "b"}), "metadata": {"name": "s", "annotations": added}}


# Stray ciphertext

STRAY = (
    "is ciphertext, and the object has no sops block to decrypt it with: a patch or a tool dropped the block, or copied"
    " the value; take the whole encrypted file"
)
VALUE = seal(DATA_KEY, "x", "stringData:a:")


@pytest.mark.parametrize("section", ["data", "stringData"])
def test_a_secret_that_lost_its_block(section: str) -> None:
    assert message(decrypt({**secret(), section: {"b": "x", "a": VALUE}})) == f"Secret s, line 2: {section}.a: {STRAY}"


def test_a_secret_that_gets_ciphertext_from_a_merge_key() -> None:
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\nstringData:\n  <<: {{a: '{VALUE}'}}\n"
    assert message(run(text, env=ENV)) == f"Secret x, line 4: stringData.a: {STRAY}"


def test_prose_that_quotes_ciphertext_is_none() -> None:
    text = stream(
        secret(stringData={"a": f"see {VALUE}", "b": "ENC[...]", "c": f"{VALUE} {VALUE}", "d": "ENC[AES256_GCM]"})
    )
    assert run(text, env=ENV) == Done(0, text.encode(), "")


def test_two_encrypted_files_merged_by_a_patch() -> None:
    base, patch = encrypted_secret(string_data={"a": "x", "b": "y"}), encrypted_secret(string_data={"b": "z"})
    merged = {**base, "stringData": base["stringData"] | patch["stringData"], "sops": patch["sops"]}
    assert message(decrypt(merged)).startswith("Secret s, line 2: stringData.a: the ciphertext does not belong to this")
    assert "a patch merged two encrypted files" in message(decrypt(merged))


def test_a_plain_patch_on_an_encrypted_value() -> None:
    item = encrypted_secret(string_data={"a": "x"})
    item["stringData"]["b"] = "plain"
    assert message(decrypt(item)) == (
        "Secret s, line 2: stringData.b: is plaintext where the file's rule wants ciphertext: a patch or an edit put it"
        " there; set the value with sops, or apply the patch after decryption"
    )


# kpt


def kpt(**settings: Any) -> Done:
    items = [encrypted_secret(name=name, string_data={"a": "x"}) for name in ("a", "b")]
    for item in items:
        item["metadata"]["annotations"] = {"internal.config.kubernetes.io/path": "a.yaml"}
    function = {"functionConfig": config(**settings)} if settings else {}
    return run(json.dumps({"kind": "ResourceList", "items": items, **function}), env=ENV)


def test_under_kpt_plaintext_would_reach_the_files() -> None:
    done = kpt()
    assert done.code == 1
    assert done.first == (
        "krm-secrets: error: a.yaml: Secret a: kpt would write the decrypted values over the encrypted file (and 1"
        " more): set `decrypt: keep`, or, where `-o unwrap` keeps it from writing, `inPlace: allow` (`-o unwrap --"
        " inPlace=allow`; in a Kptfile `configMap: {inPlace: allow}`)"
    )


def test_under_kpt_the_user_may_allow_it() -> None:
    done = kpt(inPlace="allow")
    assert done.code == 0
    output: Any = load(parse(done.out.decode())[0].root)
    assert [item["stringData"] for item in output["items"]] == [{"a": "x"}] * 2


def test_under_kpt_placeholders_would_reach_the_files() -> None:
    item = encrypted_secret(string_data={"a": "x"})
    item["metadata"]["annotations"] = {"internal.config.kubernetes.io/path": "a.yaml"}
    done = run(json.dumps({"kind": "ResourceList", "items": [item]}), "--placeholder")
    assert done.code == 1
    assert "kpt would write the placeholders over the encrypted file:" in done.first


# Values


def test_a_secret_holds_strings() -> None:
    values = {"i": 7, "f": 1.5, "big": 1e21, "five": 5.0, "b": True, "n": None, "e": "", "s": "x"}
    (found,) = objects(decrypt(encrypted_secret(string_data=values)))
    assert found["stringData"] == {
        **values, "i": "7", "f": "1.5", "big": "1000000000000000000000", "five": "5", "b": "true",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["a\nb\n", " x ", "\t", "é😀", "\u2028", "'", '"', "\\", "# x", "- a", "\x01", "\ufeff", "null"]
)
def test_any_text_comes_through(text: str) -> None:
    (found,) = objects(decrypt(encrypted_secret(string_data={"a": text}), mac="require"))
    assert found["stringData"] == {"a": text}


# stringData


def test_string_data_is_encoded_into_data() -> None:
    item = encrypted_secret(
        data={"kept": "a2VwdA==", "both": "b2xk"},
        string_data={"both": "new", "i": 7, "n": None, "e": ""},
        data_key=DATA_KEY,
    )
    item["stringData"]["raw"] = seal(DATA_KEY, b"\xff\x00", "stringData:raw:")
    (found,) = objects(decrypt(item, stringData="encode", mac="ignore"))
    assert "stringData" not in found
    assert found["data"] == {
        "kept": "a2VwdA==", "both": base64("new"), "i": base64("7"), "n": "", "e": "", "raw": "/wA=",
    }  # fmt: skip


def base64(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize("data", ["null", "{}", "~", ""])
def test_string_data_is_encoded_where_data_is_empty(data: str) -> None:
    item = encrypted_secret(string_data={"a": "b"})
    text = block_style(item).replace("stringData:", f"data: {data}\nstringData:", 1)
    (found,) = objects(run(f"{text}---\n{json.dumps(config(stringData='encode'))}\n", env=ENV))
    assert found["data"] == {"a": base64("b")}


def test_string_data_with_merge_keys_is_encoded() -> None:
    item = encrypted_secret(string_data={"b": "y"}, data_key=DATA_KEY)
    inner = "\n".join(f"    {key}: '{seal(DATA_KEY, key * 2, f'stringData:<<:{key}:')}'" for key in "ab")
    text = block_style(item).replace("stringData:\n", f"stringData:\n  <<:\n{inner}\n", 1)
    (found,) = objects(run_with(config(stringData="encode", mac="ignore"), text, env=ENV))
    assert found["data"] == {"a": base64("aa"), "b": base64("y")}
    assert "stringData" not in found


def test_string_data_that_is_no_map_of_strings_is_not_encoded() -> None:
    done = decrypt(encrypted_secret(string_data={"a": ["x"]}), stringData="encode")
    assert message(done) == "Secret s, line 2: stringData.a[0]: cannot be encoded: it is no map of strings"


def test_another_kind_keeps_its_string_data() -> None:
    item = of_kind("Custom", stringData={"a": "b"})
    (found,) = objects(decrypt(item, stringData="encode", decryptKinds=["Custom"]))
    assert found["stringData"] == {"a": "b"}


# Aliases and merge keys: each copy has its own path


def block_style(item: dict[str, Any]) -> str:
    """A document with block mappings down to the sections, which leaves room for anchors."""
    rows = []
    for key, value in item.items():
        if isinstance(value, dict) and value and key != "sops":
            rows += [f"{key}:", *(f"  {name}: {json.dumps(inner)}" for name, inner in value.items())]
        else:
            rows.append(f"{key}: {json.dumps(value)}")
    return "\n".join(rows) + "\n"


def test_an_alias_of_ciphertext_has_its_own_place() -> None:
    item = encrypted_secret(string_data={"a": "x"}, data_key=DATA_KEY)
    text = block_style(item).replace('  a: "ENC', '  a: &v "ENC', 1).replace("sops:", "  b: *v\nsops:", 1)
    assert message(run(text, env=ENV)).startswith("Secret s, line 7: stringData.b: the ciphertext does not belong")


def listing(**sections: Any) -> dict[str, Any]:
    """An encrypted object of a kind that may hold lists."""
    plain = {**secret(**sections), "kind": "Custom"}
    return encrypt(plain, data_key=DATA_KEY, encrypted_regex="^(data|stringData)$")[0]


def listed(text: str) -> Any:
    return objects(run_with(config(mac="ignore", decryptKinds=["Custom"]), text, env=ENV))[0]["stringData"]


def test_an_alias_in_a_list_shares_the_place() -> None:
    item = listing(stringData={"a": ["x"]})
    text = block_style(item).replace('  a: ["ENC', '  a: [&v "ENC', 1).replace(',type:str]"]', ',type:str]", *v]', 1)
    assert listed(text) == {"a": ["x", "x"]}


def test_an_alias_of_a_map_with_ciphertext_below() -> None:
    value = seal(DATA_KEY, "x", "stringData:k:")
    item = listing(stringData={"a": "x"})
    text = block_style(item).replace("stringData:\n", f"stringData:\n  l:\n  - &m {{k: {value!r}, p: ''}}\n  - *m\n", 1)
    text = text.replace("stringData:k:", "")
    of_secret = text.replace('"Custom"', "Secret")
    assert message(run(of_secret, env=ENV)).startswith("Secret s, line 7: stringData.l[0].k: the ciphertext does not")
    right = seal(DATA_KEY, "x", "stringData:l:k:")
    assert listed(text.replace(value, right)) == {"l": [{"k": "x", "p": ""}] * 2, "a": "x"}


def test_ciphertext_in_a_merge_key_below_an_alias_is_refused() -> None:
    value = seal(DATA_KEY, "x", "stringData:l:<<:k:")
    item = encrypted_secret(string_data={"a": "x"}, data_key=DATA_KEY)
    text = block_style(item).replace(
        "stringData:\n", f"stringData:\n  l:\n  - &m {{<<: {{k: {value!r}}}}}\n  - *m\n", 1
    )
    assert message(run(text, env=ENV)) == (
        'Secret s, line 8: stringData.l[1]["<<"].k: stands in a merge key (<<) of what an alias names; write it out'
    )


def test_merged_values_have_the_place_of_the_merge_key() -> None:
    value = seal(DATA_KEY, "x", "stringData:<<:k:")
    item = encrypted_secret(string_data={"a": "y"}, data_key=DATA_KEY)
    text = block_style(item).replace("stringData:\n", f"stringData:\n  !!merge <<:\n    k: {value!r}\n", 1)
    (found,) = objects(run_with(config(mac="ignore"), text, env=ENV))
    assert found["stringData"] == {"a": "y", "k": "x"}


def test_an_anchor_on_ciphertext_that_is_used_outside() -> None:
    item = encrypted_secret(string_data={"a": "x"})
    text = block_style(item).replace('  a: "ENC', '  a: &v "ENC', 1).replace("sops:", "x: *v\nsops:", 1)
    assert message(run(text, env=ENV)).startswith("Secret s, line 7: x: is ciphertext where the file's rule wants")


@pytest.mark.parametrize("first", ["[x, x, x, x, x, x, x, x, x, x]", "[]", "{}"])
def test_aliases_that_expand_without_end_are_refused(first: str) -> None:
    item = block_style(encrypted_secret(string_data={"a": "x"}))
    bomb = f"b0: &b0 {first}\n" + "".join(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert "aliases expand to too many values" in message(run(item + bomb, env=ENV))


# Comments

HEAD = "apiVersion: v1\nkind: Secret\nmetadata:\n    name: x\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_comments_are_decrypted_where_they_stand(folder: Path) -> None:
    from tests.sops.real import sops_encrypt

    text = (
        "# above\n" + HEAD + "# before\nstringData:\n    # in\tside\n    a: x # inline\n    # behind\n# below\n"
        "---\n# second\n" + HEAD + "stringData:\n    # é 😀\n    a: x\n"
    )
    for rule in ({}, {"encrypted_regex": "^stringData$"}):
        encrypted = sops_encrypt(text, folder, rule)
        assert "#ENC[" in encrypted
        done = run(encrypted, env=ENV)
        assert done == Done(0, done.out, "")
        assert done.out.decode().replace('"', "").rstrip("\n") == text.rstrip("\n")


def test_comments_that_stand_as_list_elements_are_dropped(folder: Path) -> None:
    from tests.sops.real import sops_encrypt

    text = HEAD + "l:\n    # one\n    - a\n    # two\n    - b\n    # three\n"
    done = run(sops_encrypt(text, folder, {}), env=ENV)
    assert objects(done) == [{**secret("x"), "l": ["a", "b"]}]


def test_comments_as_elements_of_nested_and_aliased_lists_are_dropped() -> None:
    words, value = seal(DATA_KEY, "words", "stringData:l:", "comment"), seal(DATA_KEY, "x", "stringData:l:")
    item = listing(stringData={"a": "y"})
    lists = f"stringData:\n  l:\n  - - {words!r}\n    - &v {value!r}\n  - &m [{words!r}, {value!r}]\n  - *m\n  - *v\n"
    text = block_style(item).replace("stringData:\n", lists, 1)
    assert listed(text) == {"a": "y", "l": [["x"], ["x"], ["x"], "x"]}


def test_an_alias_of_maps_within_maps() -> None:
    value = seal(DATA_KEY, "x", "stringData:l:k:m:")
    item = listing(stringData={"a": "y"})
    text = block_style(item).replace(
        "stringData:\n", f"stringData:\n  l:\n  - &m {{k: {{m: {value!r}, n: ''}}}}\n  - *m\n", 1
    )
    assert listed(text) == {"a": "y", "l": [{"k": {"m": "x", "n": ""}}] * 2}


def test_comments_go_with_the_lines_that_go() -> None:
    text = block_style(encrypted_secret(string_data={"a": "x"}, data_key=DATA_KEY))
    comment = seal(DATA_KEY, " words", "stringData:", "comment")
    text = (
        text.replace("stringData:\n", f"stringData:\n  #{comment}\n")
        + f"---\n{json.dumps(config(stringData='encode'))}\n"
    )
    done = run(text, env=ENV)
    assert objects(done)[0]["data"] == {"a": base64("x")}
    assert "words" not in done.out.decode()


def test_a_comment_as_an_element_below_a_merge_key_is_dropped() -> None:
    rows = [seal(DATA_KEY, "words", "stringData:<<:l:", "comment"), seal(DATA_KEY, "x", "stringData:<<:l:")]
    item = listing(stringData={"a": "y"})
    text = block_style(item).replace("stringData:\n", f"stringData:\n  <<: {{l: {rows!r}}}\n", 1)
    assert listed(text) == {"a": "y", "l": ["x"]}


def test_a_comment_of_another_file_is_refused() -> None:
    text = block_style(encrypted_secret(string_data={"a": "x"}))
    comment = seal(os.urandom(32), "words", "stringData:", "comment")
    done = run(text.replace("stringData:\n", f"stringData:\n  #{comment}\n"), env=ENV)
    assert (
        message(done) == "Secret s, line 1: an encrypted comment does not belong to this file; restore what sops wrote"
    )


def test_a_comment_cannot_leave_its_line() -> None:
    text = block_style(encrypted_secret(string_data={"a": "x"}, data_key=DATA_KEY))
    comment = seal(DATA_KEY, " one\n  b: injected\x1b[0m", "stringData:", "comment")
    done = run(text.replace("stringData:\n", f"stringData:\n  #{comment}\n"), env=ENV)
    assert "  # one\\u000a  b: injected\\u001b[0m\n" in done.out.decode()
    assert objects(done)[0]["stringData"] == {"a": "x"}


def test_what_looks_like_a_comment_in_a_value_is_none() -> None:
    text = stream(encrypted_secret(string_data={"a": f"#{VALUE[:-9]}type:comment]"}))
    (found,) = objects(run(text, env=ENV))
    assert found["stringData"]["a"].startswith("#ENC[")


def test_comments_of_a_list_of_objects() -> None:
    lines = block_style(encrypted_secret(string_data={"a": "x"}, data_key=DATA_KEY)).splitlines()
    comment = seal(DATA_KEY, " words", "stringData:", "comment")
    at = lines.index("stringData:")
    lines[at + 1 : at + 1] = [f"  #{comment}"]
    text = "apiVersion: v1\nkind: List\nitems:\n- " + "\n  ".join(lines) + "\n# outside\n"
    done = run(text, env=ENV)
    assert done.code == 0
    assert "    # words\n" in done.out.decode()
    assert done.out.decode().endswith("# outside\n")


def test_objects_of_other_kinds_that_are_decrypted_are_told_of_once() -> None:
    item = of_kind("ConfigMap", data={"a": "b"})
    assert decrypt(item, item, decryptKinds=["ConfigMap"]).err == (
        f"krm-secrets: notice: decrypted, as decryptKinds says: ConfigMap {item['metadata']['name']} and 1 more;"
        " whoever may read objects of these kinds sees their values\n"
    )
