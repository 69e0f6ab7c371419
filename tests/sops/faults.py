"""Files with one fault each. `FAULTS` holds how it is made and the whole message that it must lead to.

Every secret text in them is a canary: none may turn up in any output of a run that fails.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.sops.encrypter import KEY, OTHER_KEY, THIRD_KEY, armored, encrypt, encrypted_secret, seal, secret, split

DATA_KEY = os.urandom(32)
CANARY = "CANARY-7f3a"
VALUES = {name: b64encode(f"{CANARY}-{name}".encode()).decode() for name in ("password", "token")}

MADE = {"created_at": "2026-01-02T03:04:05Z"}

Document = dict[str, Any]


class Fault(NamedTuple):
    """`make` changes an honest file, or gives another one; text stands for itself."""

    make: Callable[[Document], Document | str | None]
    message: str
    mac: str = "auto"


def honest(**options: Any) -> Document:
    return encrypted_secret(data=dict(VALUES), data_key=DATA_KEY, **options)


def broken(fault: Fault) -> str:
    document = honest()
    result = fault.make(document)
    text = result if isinstance(result, str) else json.dumps(document if result is None else result)
    if fault.mac == "auto":
        return text
    config = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretsConfig", "metadata": {"name": "c"}}
    return f"{text}\n---\n{json.dumps({**config, 'mac': fault.mac})}\n"


def part(name: str, change: Callable[[bytes], bytes]) -> Callable[[Document], None]:
    """Change one part of the password's ciphertext."""

    def make(document: Document) -> None:
        text = document["data"]["password"]
        begin = text.index(name + ":") + len(name) + 1
        end = text.index(",", begin)
        changed = b64encode(change(b64decode(text[begin:end]))).decode()
        document["data"]["password"] = text[:begin] + changed + text[end:]

    return make


def flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def value(change: Callable[[str], object]) -> Callable[[Document], None]:
    def make(document: Document) -> None:
        document["data"]["password"] = change(document["data"]["password"])

    return make


def block(**fields: object) -> Callable[[Document], None]:
    """Set fields of the sops block; None takes one out."""

    def make(document: Document) -> None:
        document["sops"] |= fields
        for name in [name for name, field in fields.items() if field is None]:
            del document["sops"][name]

    return make


def rule(**fields: object) -> Callable[[Document], None]:
    return block(**{"encrypted_regex": None} | fields)


def enc(text: Callable[[str], str]) -> Callable[[Document], None]:
    def make(document: Document) -> None:
        entry = document["sops"]["age"][0]
        entry["enc"] = text(entry["enc"])

    return make


def typed(plaintext: object, kind: str) -> Callable[[Document], None]:
    return value(lambda _: seal(DATA_KEY, plaintext, "data:password:", kind))


def swapped(document: Document) -> None:
    data = document["data"]
    data["password"], data["token"] = data["token"], data["password"]


def renamed(document: Document) -> None:
    document["data"] = {"passwort": document["data"]["password"], "token": document["data"]["token"]}


def merged(document: Document) -> None:
    document["data"]["token"] = honest_other()["data"]["token"]


def wholly_merged(document: Document) -> None:
    document["data"] = honest_other()["data"]


def honest_other() -> Document:
    return encrypted_secret(data=dict(VALUES))


def grouped(change: Callable[[Document], None], threshold: int = 2) -> Callable[[Document], Document]:
    def make(_: Document) -> Document:
        document = honest(groups=[[KEY], [OTHER_KEY], [KEY]], threshold=threshold)
        change(document["sops"])
        return document

    return make


def same_share(sops: Document) -> None:
    share = split(DATA_KEY, 2, 3)[0]
    sops["key_groups"] = [{"age": [{"recipient": KEY.recipient, "enc": armored(share, KEY.recipient)}]}] * 2


def uneven_shares(sops: Document) -> None:
    shares = split(DATA_KEY, 2, 2)
    sops["key_groups"] = [
        {"age": [{"recipient": KEY.recipient, "enc": armored(share, KEY.recipient)}]}
        for share in (shares[0], shares[1][1:])
    ]


def moved(document: Document) -> None:
    document["stringData"] = {"token": document["data"].pop("token")}


def doubled(document: Document) -> str:
    block = json.dumps(document["sops"])
    return f'{json.dumps(document)[:-1]}, "sops": {block}}}'


def with_kind(kind: str, api_version: str = "v1") -> Callable[[Document], Document]:
    def make(_: Document) -> Document:
        plain = {**secret(data=dict(VALUES)), "kind": kind, "apiVersion": api_version}
        return encrypt(plain, encrypted_regex="^(data|kind|apiVersion)$")[0]

    return make


def without_block(document: Document) -> None:
    del document["sops"]


def stanzas(count: int) -> Callable[[str], str]:
    """An age file with further stanzas, as the header is not authenticated before a key is found."""

    def change(text: str) -> str:
        data = b64decode("".join(text.splitlines()[1:-1]))
        head, _, tail = data.partition(b"\n-> ")
        more = b"\n-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43
        lines = b64encode(head + more * count + b"\n-> " + tail).decode()
        rows = "\n".join(lines[i : i + 64] for i in range(0, len(lines), 64))
        return f"-----BEGIN AGE ENCRYPTED FILE-----\n{rows}\n-----END AGE ENCRYPTED FILE-----\n"

    return change


BELONGS = (
    "the ciphertext does not belong to this place: a key on its path was renamed, the value was damaged "
    "or copied from another place, or a patch merged two encrypted files; restore what sops wrote and "
    "change it with sops"
)

NO_FORM = "the encrypted value is damaged: sops writes no value of this form"

UNFIT = (
    "no value opens with the key in the sops block: the block belongs to another file, a patch merged two "
    "encrypted files, or their keys were renamed; restore what sops wrote, or decrypt before merging"
)

PLAINTEXT = (
    "is plaintext where the file's rule wants ciphertext: a patch or an edit put it there; set the value "
    "with sops, or apply the patch after decryption"
)

IS_CIPHERTEXT = (
    "is ciphertext where the file's rule wants plaintext: a patch merged two encrypted files, or the rule was "
    "changed; restore what sops wrote, or decrypt before merging"
)

NO_REGEX = "the regular expression is not one that sops can compile (Go, RE2)"

OTHER_KIND = "decrypts to another kind than Secret, which decryptKinds does not name"

MISSING = "is missing: nothing shows that the file is what sops wrote; encrypt it again, or set `mac: ignore`"

UNVERIFIED = (
    "cannot be verified: the host changed what it covers, or the file was changed after sops wrote it; "
    "build with `buildMetadata: [originAnnotations]` so that the file itself is verified, or set `mac: "
    "auto`"
)

FAULTS: dict[str, Fault] = {
    "a flipped bit in data": Fault(part("data", flip), f"Secret s, line 1: data.password: {BELONGS}"),
    "a flipped bit in iv": Fault(part("iv", flip), f"Secret s, line 1: data.password: {BELONGS}"),
    "a flipped bit in tag": Fault(part("tag", flip), f"Secret s, line 1: data.password: {BELONGS}"),
    "a tag cut short": Fault(part("tag", lambda data: data[:12]), f"Secret s, line 1: data.password: {BELONGS}"),
    "an iv cut short": Fault(part("iv", lambda data: data[:4]), f"Secret s, line 1: data.password: {BELONGS}"),
    "an iv far too long": Fault(part("iv", lambda data: data * 5), f"Secret s, line 1: data.password: {BELONGS}"),
    "broken base64": Fault(
        value(lambda text: str(text).replace(",iv:", "!,iv:")),
        "Secret s, line 1: data.password: the encrypted value is damaged: its base64 is broken",
    ),
    "truncated base64": Fault(
        value(lambda text: str(text).replace("=,tag:", ",tag:")),
        "Secret s, line 1: data.password: the encrypted value is damaged: its base64 is broken",
    ),
    "a form cut short": Fault(value(lambda text: text[:40]), f"Secret s, line 1: data.password: {NO_FORM}"),
    "an unknown cipher": Fault(
        value(lambda text: str(text).replace("AES256_GCM", "AES128_GCM")),
        f"Secret s, line 1: data.password: {NO_FORM}",
    ),
    "a type that does not fit": Fault(
        value(lambda text: str(text).replace("type:str", "type:int")),
        "Secret s, line 1: data.password: the decrypted value is no int, as its type says",
    ),
    "an unknown type": Fault(
        value(lambda text: str(text).replace("type:str", "type:blob")),
        "Secret s, line 1: data.password: the encrypted value has a type that sops does not know",
    ),
    "an integer beyond 64 bits": Fault(
        typed(2**63, "int"),
        "Secret s, line 1: data.password: the decrypted value is no int, as its type says",
    ),
    "a bool that is none": Fault(
        typed("yes", "bool"),
        "Secret s, line 1: data.password: the decrypted value is no bool, as its type says",
    ),
    "a float that is none": Fault(
        typed("1,5", "float"),
        "Secret s, line 1: data.password: the decrypted value is no float, as its type says",
    ),
    "a time that is none": Fault(
        typed("yesterday", "time"),
        "Secret s, line 1: data.password: the decrypted value is no time, as its type says",
    ),
    "binary data": Fault(
        typed(b"\xff\xfe\x00", "str"),
        "Secret s, line 1: data.password: is no UTF-8 text once decrypted; keep binary values as base64 under data",
    ),
    "values swapped": Fault(swapped, f"Secret s, line 1: data.password: {UNFIT}"),
    "a value moved": Fault(moved, f"Secret s, line 1: stringData.token: {BELONGS}"),
    "a value wrapped in a list of another": Fault(
        lambda d: d["data"].update(password=[d["data"].pop("token")]),
        f"Secret s, line 1: data.password[0]: {UNFIT}",
    ),
    "a key renamed": Fault(renamed, f"Secret s, line 1: data.passwort: {BELONGS}"),
    "a value of another file": Fault(merged, f"Secret s, line 1: data.token: {BELONGS}"),
    "all values of another file": Fault(wholly_merged, f"Secret s, line 1: data.password: {UNFIT}"),
    "plaintext where ciphertext belongs": Fault(
        value(lambda _: f"{CANARY}-plain"),
        f"Secret s, line 1: data.password: {PLAINTEXT}",
    ),
    "a number where ciphertext belongs": Fault(value(lambda _: 4711), f"Secret s, line 1: data.password: {PLAINTEXT}"),
    "ciphertext where plaintext belongs": Fault(
        rule(encrypted_regex="^stringData$"),
        f"Secret s, line 1: data.password: {IS_CIPHERTEXT}",
    ),
    "no block": Fault(
        without_block,
        "Secret s, line 1: data.password: is ciphertext, and the object has no sops block to decrypt "
        "it with: a patch or a tool dropped the block, or copied the value; take the whole encrypted "
        "file",
    ),
    "block stands twice": Fault(
        doubled, 'Secret s: lines 1 and 1: the key "sops" stands twice in one mapping; remove one of them'
    ),
    "block is null": Fault(
        lambda d: {**d, "sops": None},
        "Secret s, line 1: sops: must be the mapping that sops writes",
    ),
    "block is a list": Fault(
        lambda d: {**d, "sops": [d["sops"]]},
        "Secret s, line 1: sops: must be the mapping that sops writes",
    ),
    "block is a string": Fault(
        lambda d: {**d, "sops": f"{CANARY}-block"},
        "Secret s, line 1: sops: must be the mapping that sops writes",
    ),
    "no age entries": Fault(block(age=None), "Secret s, line 1: sops: has no keys in it: restore what sops wrote"),
    "empty age list": Fault(block(age=[]), "Secret s, line 1: sops: has no keys in it: restore what sops wrote"),
    "age is a mapping": Fault(block(age={"recipient": "x"}), "Secret s, line 1: sops.age: must be a list"),
    "an age entry is a string": Fault(
        block(age=[f"{CANARY}-entry"]),
        "Secret s, line 1: sops.age[0]: must have the strings recipient and enc",
    ),
    "an age entry without enc": Fault(
        block(age=[{"recipient": KEY.recipient}]),
        "Secret s, line 1: sops.age[0]: must have the strings recipient and enc",
    ),
    "only kms and pgp": Fault(
        block(age=None, kms=[{"arn": "a", **MADE}], pgp=[{"fp": "a", **MADE}]),
        "Secret s, line 1: sops: its only keys are of AWS KMS and PGP, and krm-secrets opens age "
        "keys; add one with sops updatekeys",
    ),
    "a recipient that is none": Fault(
        lambda d: d["sops"]["age"][0].update(recipient="$(touch CANARY)"),
        "Secret s, line 1: sops.age[0].recipient: is no age recipient",
    ),
    "not our recipient": Fault(
        lambda _: honest(keys=[THIRD_KEY]),
        "Secret s, line 1: sops: none of the identities opens it; it is encrypted for {THIRD} (SOPS_AGE_KEY: {KEY})",
    ),
    "not our recipient, and kms": Fault(
        lambda _: (d := honest(keys=[THIRD_KEY]), d["sops"].update(kms=[{"arn": "a", **MADE}]))[0],
        "Secret s, line 1: sops: none of the identities opens it; it is encrypted for {THIRD} and AWS "
        "KMS (SOPS_AGE_KEY: {KEY})",
    ),
    "too many age keys": Fault(
        lambda d: d["sops"].update(age=d["sops"]["age"] * 257),
        "Secret s, line 1: sops: has more than 256 age keys",
    ),
    "17 stanzas": Fault(
        enc(stanzas(17)),
        "Secret s, line 1: sops.age: the encrypted data key has more than 16 stanzas",
    ),
    "9 KiB of armor": Fault(
        enc(lambda text: text.replace("\n", "\n" + "A" * 9216 + "\n", 1)),
        "Secret s, line 1: sops.age: the encrypted data key is larger than 8 KiB",
    ),
    "no armor": Fault(
        enc(lambda _: f"{CANARY}-armor"),
        "Secret s, line 1: sops.age: the encrypted data key is no armored age file",
    ),
    "damaged armor": Fault(
        enc(lambda text: text[:50] + text[60:]),
        "Secret s, line 1: sops.age: the encrypted data key is a damaged age file",
    ),
    "armor that is no ASCII": Fault(
        enc(lambda text: text[:50] + "é" + text[51:]),
        "Secret s, line 1: sops.age: the encrypted data key is a damaged age file",
    ),
    "a damaged age header": Fault(
        enc(lambda text: text.replace("\nYWdl", "\nYWdm")),
        "Secret s, line 1: sops.age: the encrypted data key is a damaged age file",
    ),
    "an age file of another payload": Fault(
        enc(lambda _: armored(b"short", KEY.recipient)),
        "Secret s, line 1: sops: the data key has the wrong length",
    ),
    "a data key of one byte more": Fault(
        enc(lambda _: armored(DATA_KEY + b"x", KEY.recipient)),
        "Secret s, line 1: sops: the data key has the wrong length",
    ),
    "a damaged age body": Fault(
        enc(lambda text: text[:-60] + ("A" if text[-60] != "A" else "B") + text[-59:]),
        "Secret s, line 1: sops.age: the encrypted data key is a damaged age file",
    ),
    "an age file for another key": Fault(
        enc(lambda _: armored(DATA_KEY, OTHER_KEY.recipient)),
        "Secret s, line 1: sops: the data key for {KEY} is damaged: its identity is there and does not open it",
    ),
    "two rules": Fault(
        block(unencrypted_suffix="_plain"),
        "Secret s, line 1: sops.encrypted_regex: unencrypted_suffix and encrypted_regex are both set, "
        "where sops allows one",
    ),
    "a rule that is a number": Fault(
        rule(encrypted_regex=7),
        "Secret s, line 1: sops.encrypted_regex: must be a string",
    ),
    "a bad regex": Fault(rule(encrypted_regex=f"({CANARY}"), f"Secret s, line 1: sops.encrypted_regex: {NO_REGEX}"),
    "a regex with lookahead": Fault(
        rule(encrypted_regex="^(?!metadata).*$"),
        f"Secret s, line 1: sops.encrypted_regex: {NO_REGEX}",
    ),
    "a regex with a backreference": Fault(
        rule(encrypted_regex=r"^(d)ata\1$"),
        f"Secret s, line 1: sops.encrypted_regex: {NO_REGEX}",
    ),
    "threshold above the groups": Fault(
        grouped(lambda sops: sops.update(shamir_threshold=4)),
        "Secret s, line 1: sops.shamir_threshold: must be a number of key groups",
    ),
    "threshold is a word": Fault(
        grouped(lambda sops: sops.update(shamir_threshold="two")),
        "Secret s, line 1: sops.shamir_threshold: must be a number of key groups",
    ),
    "threshold is negative": Fault(
        grouped(lambda sops: sops.update(shamir_threshold=-1)),
        "Secret s, line 1: sops.shamir_threshold: must be a number of key groups",
    ),
    "too few shares": Fault(
        grouped(lambda sops: sops["key_groups"].pop(), 2),
        "Secret s, line 1: sops: too few of its 2 key groups open: it needs 2, and is encrypted for "
        "{KEY}, {OTHER} (SOPS_AGE_KEY: {KEY})",
    ),
    "the same share twice": Fault(
        grouped(same_share),
        "Secret s, line 1: sops.key_groups: two shares of the data key are the same one",
    ),
    "shares of two lengths": Fault(
        grouped(uneven_shares),
        "Secret s, line 1: sops.key_groups: the shares of the data key differ in length",
    ),
    "one share where two are needed": Fault(
        grouped(lambda sops: sops.update(shamir_threshold=1, key_groups=sops["key_groups"][:2])),
        "Secret s, line 1: sops.key_groups: the data key was split, and fewer than two shares of it are there",
    ),
    "key groups that are no list": Fault(
        lambda d: d["sops"].update(age=None, key_groups={"age": []}),
        "Secret s, line 1: sops.key_groups: must be a list",
    ),
    "a key group that is no mapping": Fault(
        lambda d: d["sops"].update(age=None, key_groups=["age"]),
        "Secret s, line 1: sops.key_groups[0]: must be a mapping",
    ),
    "lastmodified missing": Fault(
        block(lastmodified=None),
        "Secret s, line 1: sops.lastmodified: must be a time as sops writes it, in quotes",
    ),
    "lastmodified is a word": Fault(
        block(lastmodified="yesterday"),
        "Secret s, line 1: sops.lastmodified: must be a time as sops writes it, in quotes",
    ),
    "lastmodified is a date": Fault(
        block(lastmodified="2026-01-02"),
        "Secret s, line 1: sops.lastmodified: must be a time as sops writes it, in quotes",
    ),
    "mac is a number": Fault(block(mac=7), "Secret s, line 1: sops.mac: must be a string"),
    "encrypted kind is no Secret": Fault(with_kind("ConfigMap"), f"(encrypted) s, line 1: kind: {OTHER_KIND}"),
    "encrypted kind of another group": Fault(
        with_kind("Secret", "example.com/v1"),
        f"(encrypted) s, line 1: kind: {OTHER_KIND}",
    ),
    "a key that is a number": Fault(
        lambda d: json.dumps(d).replace('"password"', "8080"),
        "Secret s, line 1: data: a key is no string, which sops refuses",
    ),
    "a key that is a list": Fault(
        lambda d: "{? [a] : 1, " + json.dumps(d)[1:],
        "Secret s: line 1: a key is a list or a mapping, which no Kubernetes object has",
    ),
    "another kind": Fault(
        lambda d: {**d, "kind": "ConfigMap"},
        "ConfigMap s, line 1: sops: is encrypted with sops, and only Secrets are decrypted; add "
        "ConfigMap to decryptKinds, "
        "set `decrypt: keep` if Flux decrypts it later, or leave it encrypted by the annotation "
        "kustomize.toolkit.fluxcd.io/decrypt: disabled",
    ),
    "no kind at all": Fault(
        lambda d: {k: v for k, v in d.items() if k != "kind"},
        "the input is a JSON file that sops encrypted, and no Kubernetes object: `krm-secrets sops decrypt --input-type"
        " json -` prints it, and a SopsGenerator makes a Secret of it",
    ),
    "mac missing": Fault(block(mac=None), f"Secret s, line 1: sops.mac: {MISSING}", "require"),
    "mac empty": Fault(block(mac=""), f"Secret s, line 1: sops.mac: {MISSING}", "require"),
    "mac is plaintext": Fault(block(mac=f"{CANARY}-mac"), f"Secret s, line 1: sops.mac: {UNVERIFIED}", "require"),
    "mac of another file": Fault(
        lambda d: d["sops"].update(mac=honest()["sops"]["mac"]) or d["data"].update(token=""),
        f"Secret s, line 1: sops.mac: {UNVERIFIED}",
        "require",
    ),
    "mac damaged": Fault(
        lambda d: d["sops"].update(mac=d["sops"]["mac"].replace("data:", "data:!")),
        f"Secret s, line 1: sops.mac: {UNVERIFIED}",
        "require",
    ),
    "lastmodified changed": Fault(
        block(lastmodified="2026-01-02T03:04:06Z"),
        f"Secret s, line 1: sops.mac: {UNVERIFIED}",
        "require",
    ),
    "a value emptied": Fault(
        lambda d: d["data"].update(token=""),
        f"Secret s, line 1: sops.mac: {UNVERIFIED}",
        "require",
    ),
    "a value dropped": Fault(
        lambda d: d["data"].pop("token") and None,
        f"Secret s, line 1: sops.mac: {UNVERIFIED}",
        "require",
    ),
    "a value added": Fault(
        lambda d: d["data"].update(more=seal(DATA_KEY, "eA==", "data:more:")),
        f"Secret s, line 1: sops.mac: {UNVERIFIED}",
        "require",
    ),
}
