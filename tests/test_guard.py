"""`guard` lets through what may be applied, unchanged, and says what may not."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from unittest import mock

import pytest

from krm_secrets.cli import guard
from tests.running import Done, run
from tests.sops.encrypter import KEY, encrypt, encrypted_secret, seal, secret, stream

SKIPPED = " (kustomize skips functions in silence without --enable-exec)"

VALUE = seal(bytes(32), "CANARY", "x:")
OPT_OUT = {"annotations": {"kustomize.toolkit.fluxcd.io/decrypt": "disabled"}}
OURS = {"apiVersion": "krm-secrets.dev/v1alpha1", "metadata": {"name": "m"}}
ENCRYPTED = encrypted_secret(string_data={"a": "CANARY"})


def guarded(*documents: object, words: tuple[str, ...] = ()) -> Done:
    return run(stream(*documents), "guard", *words)


def findings(*documents: object, words: tuple[str, ...] = ()) -> list[str]:
    done = guarded(*documents, words=words)
    assert (done.code, done.out) == (1, b"")
    assert "CANARY" not in done.err
    assert "AES256" not in done.err
    return [line.removeprefix("krm-secrets: error: ") for line in done.err.splitlines()]


def config_map(**data: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


@pytest.mark.parametrize(
    "data",
    [
        stream(
            secret(stringData={"a": "b"}), config_map(a="see ENC[AES256_GCM,data:x] there", b="..PLACEHOLDER")
        ).encode(),
        b"# only a comment\n",
        b"kind: X\r\nsops: true\r\n",
        stream(
            secret(data={"a": b64encode(b"plain").decode(), "b": "${B64}", "c": "<path:a#b>", "d": "YQ==\n", "e": None})
        ).encode(),
        stream(secret(stringData={"a": "b"})).encode("utf-16"),
        stream({**ENCRYPTED, "metadata": {"name": "s", **OPT_OUT}}).encode(),
        stream({**ENCRYPTED, "kind": "SopsSecret", "apiVersion": "isindir.github.com/v1alpha3"}).encode(),
        b"- a\n- list\n--- text\n",
        b"kind: List\nitems: []\n",
    ],
)
def test_what_may_be_applied_passes_byte_for_byte(data: bytes) -> None:
    assert run(data, "guard") == Done(0, data, "")


def test_a_sops_block() -> None:
    assert findings(ENCRYPTED, {**ENCRYPTED, "kind": "HelmRelease"}) == [
        "Secret s, line 2: sops: is still encrypted with sops: no function decrypted it" + SKIPPED,
        "HelmRelease s, line 4: sops: is still encrypted with sops: no function decrypted it" + SKIPPED,
    ]


def test_an_object_in_a_list() -> None:
    assert findings({"apiVersion": "v1", "kind": "List", "items": [secret(), ENCRYPTED]}) == [
        "Secret s, line 2: sops: is still encrypted with sops: no function decrypted it" + SKIPPED
    ]


def test_ciphertext_in_any_kind_and_any_place() -> None:
    assert findings(config_map(a=VALUE, b=[{"c": f" {VALUE}\n"}]), secret(data={"k": VALUE})) == [
        "ConfigMap c, line 2: data.a: is still ciphertext: no function decrypted it",
        "ConfigMap c, line 2: data.b[0].c: is still ciphertext: no function decrypted it",
        "Secret s, line 4: data.k: is still ciphertext: no function decrypted it",
    ]


def test_an_encrypted_kind() -> None:
    assert findings(encrypt(secret("hidden", stringData={"a": "CANARY"}))[0]) == [
        "(encrypted) (encrypted), line 2: sops: is still encrypted with sops: no function decrypted it" + SKIPPED
    ]


def test_ciphertext_behind_an_alias_and_a_merge_key() -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\nx: &x {{a: '{VALUE}'}}\ny: {{<<: *x}}\nz: *x\n"
    done = run(text, "guard")
    assert [line.split(": ")[3] for line in done.err.splitlines()] == ["x.a", "y.a", "z.a"]


def test_placeholders() -> None:
    item = secret(stringData={"a": "..PLACEHOLDER_a.."})
    assert findings(item) == ["Secret s, line 2: stringData.a: is a placeholder: it was built without keys"]


def test_what_placeholder_makes_is_refused() -> None:
    built = run(stream(encrypted_secret(data={"a": "CANARY"})), "--placeholder")
    assert b"PLACEHOLDER" not in built.out
    done = run(built.out, "guard")
    assert done == Done(
        1,
        b"",
        "krm-secrets: error: Secret s, line 2: holds placeholders: it was built without keys, and is not for a"
        " cluster\n",
    )


@pytest.mark.parametrize("kind", ["SecretMapping", "SecretsConfig", "BitwardenStore", "Misspelt"])
def test_what_was_not_expanded(kind: str) -> None:
    assert findings({**OURS, "kind": kind}) == [
        f"{kind} m, line 2: was not expanded: run krm-secrets in the build, or leave the object out of it" + SKIPPED
    ]


FILES = {
    "yaml": "a: x\nsops:\n    mac: ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]\n",
    "json": json.dumps({"sops": {"mac": VALUE}}),
    "dotenv": f"a=x\nsops_mac={VALUE}\n",
    "ini": f"a = {VALUE}\n[sops]\n",
}


@pytest.mark.parametrize("name", FILES)
def test_an_encrypted_file_in_a_value(name: str) -> None:
    item = secret(data={"ok": "b2s=", "file": b64encode(FILES[name].encode()).decode()})
    assert findings(item) == ["Secret s, line 2: data.file: holds a file that is still encrypted with sops"]
    assert findings(secret(stringData={"file": FILES[name]})) == [
        "Secret s, line 2: stringData.file: holds a file that is still encrypted with sops"
    ]
    for kind, keep in (("ConfigMap", ()), ("HelmChart", ())):
        assert findings({**item, "kind": kind}, words=keep) == [
            f"{kind} s, line 2: data.file: holds a file that is still encrypted with sops"
        ]
    assert findings({**item, "kind": "ConfigMap"}, words=KEEP) == [
        "ConfigMap s, line 2: data.file: holds a file that is encrypted with sops, which Flux decrypts in a Secret's"
        " data only: move it there"
    ]


def test_an_object_that_cannot_be_read() -> None:
    done = run("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: x, a: CANARY}\n", "guard")
    assert done == Done(
        1,
        b"",
        'krm-secrets: error: Secret a: lines 4 and 4: the key "a" stands twice in one mapping; remove one of them\n',
    )


def test_input_that_is_empty_or_no_yaml() -> None:
    assert run(b" \n", "guard") == Done(
        1, b"", "krm-secrets: error: nothing came in on standard input: did the command before the pipe fail?\n"
    )
    done = run(b"a: [CANARY\n", "guard")
    assert (done.code, done.out) == (1, b"")
    assert "CANARY" not in done.err


def test_an_unforeseen_exception_tells_nothing() -> None:
    with mock.patch.object(guard, "read", side_effect=KeyError("CANARY")):
        done = run(b"a: b\n", "guard")
    assert (done.code, done.out) == (1, b"")
    assert done.err.startswith("krm-secrets: error: internal error (KeyError at guard.py:")
    assert "CANARY" not in done.err


def test_a_whole_build_ends_in_peace() -> None:
    built = run(stream(encrypted_secret(string_data={"a": "b"}), config_map(a="b")), env={"SOPS_AGE_KEY": KEY.identity})
    assert run(built.out, "guard") == Done(0, built.out, "")


def test_every_object_is_looked_at() -> None:
    text = "kind: X\nmetadata: {name: a, annotations: {a: 1, a: 2}}\n---\n" + stream(ENCRYPTED)
    assert [line.partition(":")[2].partition(":")[2] for line in run(text, "guard").err.splitlines()] == [
        " Secret s, line 5: sops: is still encrypted with sops: no function decrypted it" + SKIPPED,
        ' X a: lines 2 and 2: the key "a" stands twice in one mapping; the object is passed on as it came: readers take'
        " the last one, or refuse it",
    ]


@pytest.mark.parametrize("words", [(), ("--keep",)])
@pytest.mark.parametrize("fold", [False, True])
def test_ciphertext_of_an_env_file_that_a_generator_put_into_base64(words: tuple[str, ...], fold: bool) -> None:
    text = b64encode(VALUE.encode()).decode()
    if fold:
        text = "\n".join(text[n : n + 70] for n in range(0, len(text), 70))
    assert findings(secret(data={"k": text}), words=words) == [
        "Secret s, line 2: data.k: is still ciphertext: no function decrypted it"
    ]


def test_base64_that_only_begins_like_ciphertext() -> None:
    other = b64encode(b"ENC[AES256_GCM, they say").decode()
    assert guarded(secret(data={"a": other, "b": "RU5DW0FFUzI1Nl9HQ00s"})).code == 0


MASK, JSON_MASK = "**SOPS**", '{"mask":"**SOPS**"}'


def test_what_flux_build_masked() -> None:
    message = "is masked by flux build, whose output is for reading and not for a cluster"
    data = {"a": b64encode(MASK.encode()).decode(), ".dockerconfigjson": b64encode(JSON_MASK.encode()).decode()}
    assert findings(
        secret(data=data), secret(stringData={"b": MASK, ".dockerconfigjson": JSON_MASK, "c": data["a"]})
    ) == [
        f"Secret s, line 2: data.a: {message}",
        f'Secret s, line 2: data[".dockerconfigjson"]: {message}',
        f"Secret s, line 4: stringData.b: {message}",
        f'Secret s, line 4: stringData[".dockerconfigjson"]: {message}',
        f"Secret s, line 4: stringData.c: {message}",
    ]


def test_the_mask_elsewhere_is_text() -> None:
    assert guarded(config_map(a=MASK), secret(stringData={"a": f"see {MASK}"})).code == 0


KEEP = ("--keep",)


def test_keep_lets_through_what_flux_decrypts() -> None:
    documents = (
        ENCRYPTED,
        {**ENCRYPTED, "kind": "ConfigMap"},
        secret(data={"file.yaml": b64encode(stream(ENCRYPTED).encode()).decode()}),
        secret(data={}, type="kubernetes.io/service-account-token"),
        secret(stringData={"empty": ""}),
        config_map(a="b"),
    )
    assert guarded(*documents, words=KEEP) == Done(0, stream(*documents).encode(), "")


def test_keep_refuses_plaintext_in_secrets() -> None:
    message = "is plaintext in what is to be stored: encrypt the file with sops, and build with `decrypt: keep`"
    assert findings(secret(data={"a": "Yg=="}, stringData={"b": "CANARY"}), words=KEEP) == [
        f"Secret s, line 2: data.a: {message}",
        f"Secret s, line 2: stringData.b: {message}",
    ]


def test_keep_refuses_the_copy_that_kubectl_made_of_a_secret() -> None:
    """`encrypted_regex: ^(data|stringData)$` passes it by."""
    name = "kubectl.kubernetes.io/last-applied-configuration"
    plain, sealed, broken = ({"annotations": {name: text}} for text in ('{"data": {"a": "CANARY"}}', "{}", "CANARY"))
    metadata = ENCRYPTED["metadata"]
    assert findings({**ENCRYPTED, "metadata": {**metadata, **plain}}, words=KEEP) == [
        f'Secret s, line 2: metadata.annotations["{name}"]: repeats the values in plaintext, as kubectl got them from a'
        " cluster: remove it where the Secret is kept"
    ]
    for harmless in (sealed, broken):
        assert guarded({**ENCRYPTED, "metadata": {**metadata, **harmless}}, words=KEEP).code == 0
    assert guarded(secret(metadata={"name": "s", **plain})).code == 0


def test_keep_refuses_what_flux_would_apply_encrypted() -> None:
    block = {key: value for key, value in ENCRYPTED["sops"].items() if key != "mac"}
    found = findings(
        {**ENCRYPTED, "sops": block},
        secret(stringData={"file.yaml": stream(ENCRYPTED)}),
        secret(stringData={"a": VALUE}),
        {**OURS, "kind": "SecretMapping", "secrets": {}},
        words=KEEP,
    )
    assert found == [
        "Secret s, line 2: sops: has no MAC, so that Flux takes the object for a plain one; restore what sops wrote",
        'Secret s, line 4: stringData["file.yaml"]: holds a SOPS file, which Flux decrypts under data only: move it'
        " there, in base64",
        "Secret s, line 6: stringData.a: is still ciphertext: no function decrypted it",
        "SecretMapping m, line 8: was not expanded: run krm-secrets in the build, or leave the object out of it"
        + SKIPPED,
    ]
