"""`guard` sees ciphertext and placeholders wherever in a stream they stand."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from typing import Any

import pytest

from tests.running import run
from tests.sops.encrypter import encrypted_secret, secret
from tests.test_guard import KEEP, OPT_OUT, VALUE, config_map, findings, guarded

ENCODED = b64encode(VALUE.encode()).decode()
STILL = "is still ciphertext: no function decrypted it"
HOLDS = (
    "holds ciphertext, which no function decrypted; if it is there on purpose, say so by the annotation"
    " kustomize.toolkit.fluxcd.io/decrypt: disabled"
)
PLACEHOLDER = "..PLACEHOLDER_x.."
BUILT = "it was built without keys"


@pytest.mark.parametrize("words", [(), KEEP])
def test_ciphertext_in_texts_keys_and_base64(words: tuple[str, ...]) -> None:
    item = config_map(a=f"url: pg://u:{VALUE}@h\n", b=ENCODED, c=b64encode(ENCODED.encode()).decode(), d=f"x {VALUE} y")
    item["data"][f"KEY{VALUE}"] = ""
    item["metadata"]["annotations"] = {"last": f'{{"a":"{VALUE}"}}'}
    item["data"][b64encode(f"K={VALUE}".encode()).decode()] = ENCODED
    hidden = 'ConfigMap c, line 2: data["(encrypted)"]:'
    assert sorted(findings(item, words=words)) == sorted(
        [
            f"{hidden} has a name that {HOLDS}",
            f"{hidden} has a name that {HOLDS}",
            f"{hidden} {STILL}",
            f"ConfigMap c, line 2: data.a: {HOLDS}",
            f"ConfigMap c, line 2: data.b: {STILL}",
            f"ConfigMap c, line 2: data.c: {STILL}",
            f"ConfigMap c, line 2: data.d: {HOLDS}",
            f"ConfigMap c, line 2: metadata.annotations.last: {HOLDS}",
        ]
    )


@pytest.mark.parametrize("words", [(), KEEP])
@pytest.mark.parametrize("section", ["data", "binaryData"])
def test_what_gzip_packed(section: str, words: tuple[str, ...]) -> None:
    packed = b64encode(gzip.compress(f"a: {VALUE}\nsops:\n  mac: {VALUE}\n".encode())).decode()
    item: dict[str, Any] = {**config_map(), "data": {}, section: {"a.gz": packed}}
    assert findings(item, words=words) == [f'ConfigMap c, line 2: {section}["a.gz"]: {HOLDS}']
    item["metadata"] = {"name": "c", **OPT_OUT}
    assert guarded(item, words=words).code == 0
    del item["metadata"]["annotations"]
    assert run(json.dumps(item)).code == 0  # the stages may meet an archive that holds encrypted files on purpose


def test_base64_of_stringdata() -> None:
    assert findings(secret(stringData={"a": ENCODED}), secret(data={"b": b64encode(ENCODED.encode()).decode()})) == [
        f"Secret s, line 2: stringData.a: {STILL}",
        f"Secret s, line 4: data.b: {STILL}",
    ]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (f"- a\n- [b, '{VALUE}']\n", ["line 2: [1][1]"]),
        (f"'{VALUE}'\n", ["line 1"]),
        (f"# only a comment\n--- |\n  {ENCODED}\n", ["line 2"]),
        (f"kind: List\nx: {{'{VALUE}': '{VALUE}'}}\nitems: [7, '{VALUE}', [*a]]\n".replace("[*a]", "[]"),
         ['line 2: x["(encrypted)"]', 'line 2: x["(encrypted)"]', "line 3: items[1]"]),
        (f"kind: SecretList\nitems:\n- kind: Secret\n  metadata: {{name: s}}\n  data: {{a: {ENCODED}}}\n",
         ["Secret s, line 5: data.a"]),
        (f"kind: ResourceList\nfunctionConfig: {{a: '{VALUE}'}}\nitems: []\n", ["line 2: functionConfig.a"]),
        (f"kind: X\nmetadata: {{name: x}}\na: !!binary {ENCODED}\n", ["X x, line 3: a"]),
        (f"- !!binary {ENCODED}\n- !!int 5\n", ["line 1: [0]"]),
        (f"- &a {{x: '{VALUE}'}}\n- *a\n- &b [*a, *a]\n- [*b, *b, *b]\n", ["line 1: [0].x"]),
        (f"? [k, '{VALUE}']\n: v\nkind: List\nitems: []\n", ["line 1: [\"\"][1]"]),
        ("- ..PLACEHOLDER_a..\n- '**SOPS**'\n", ["line 1: [0]"]),
    ],
)  # fmt: skip
def test_wherever_in_a_stream(text: str, places: list[str]) -> None:
    done = run(text, "guard")
    assert (done.code, done.out) == (1, b"")
    found = [line.removeprefix("krm-secrets: error: ") for line in done.err.splitlines()]
    assert [line.partition(": is ")[0].partition(": has ")[0] for line in found] == places


def test_what_stays_on_purpose() -> None:
    item = {**config_map(a=VALUE, b=f"x {VALUE}"), "metadata": {"name": "c", **OPT_OUT}}
    sops_secret = {**encrypted_secret(string_data={"a": "b"}), "kind": "SopsSecret"}
    assert guarded(item, sops_secret).code == 0
    assert guarded(item, words=KEEP).code == 0
    del sops_secret["sops"]
    assert findings(sops_secret) == [f"SopsSecret s, line 2: stringData.a: {STILL}"]
    assert findings({**config_map(a=PLACEHOLDER), "metadata": {"name": "c", **OPT_OUT}}) == [
        f"ConfigMap c, line 2: data.a: is a placeholder: {BUILT}"
    ]


@pytest.mark.parametrize("words", [(), KEEP])
def test_placeholders_with_or_without_our_annotation(words: tuple[str, ...]) -> None:
    encoded = b64encode(PLACEHOLDER.encode()).decode()
    release: dict[str, Any] = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "h"},
        "spec": {"values": {"host": "db...PLACEHOLDER_DOMAIN..", "config": f"a: 1\nb: {PLACEHOLDER}\n"}},
    }
    assert findings(
        secret(data={"a": encoded}, stringData={"b": encoded}), config_map(c=encoded), release, words=words
    ) == [
        f"Secret s, line 2: data.a: is a placeholder: {BUILT}",
        f"Secret s, line 2: stringData.b: is a placeholder: {BUILT}",
        f"ConfigMap c, line 4: data.c: is a placeholder: {BUILT}",
        f"HelmRelease h, line 6: spec.values.host: holds a placeholder: {BUILT}",
        f"HelmRelease h, line 6: spec.values.config: holds a placeholder: {BUILT}",
    ]


def test_placeholders_as_flux_local_prints_them() -> None:
    """Its values are bytes by then, which its YAML library tags and encodes once more."""
    twice = b64encode(b64encode(PLACEHOLDER.encode())).decode()
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\ndata:\n  x: !!binary |\n    {twice}\n"
    assert run(text, "guard").err == (f"krm-secrets: error: Secret s, line 5: data.x: is a placeholder: {BUILT}\n")


def test_an_encrypted_object_that_also_holds_a_placeholder() -> None:
    item = encrypted_secret(string_data={"a": "b"})
    item["metadata"]["labels"] = {"x": PLACEHOLDER}
    assert findings(item, words=KEEP) == [f"Secret s, line 2: metadata.labels.x: is a placeholder: {BUILT}"]
