"""`krm-secrets guard --files`: what must not be committed, word for word, and what looks like it and may."""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path

import pytest

from tests.hosts.support import CLUSTER, EXAMPLES, ROOT
from tests.running import Done, run

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\n"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {A: b}\n"
ENCRYPTED = (CLUSTER / "bootstrap/dns-token.sops.yaml").read_text()
CIPHERTEXT = (
    "ENC[AES256_GCM,data:q83v,iv:q83vq83vq83vq83vq83vq83vq83vq83vq83vq83vq80=,tag:q83vq83vq83vq83vq83vqw==,type:str]"
)
ENCRYPT = "that it is to be; run sops encrypt --in-place"
PLAIN = (
    "is plaintext: encrypt the file with sops, or let a SecretMapping or an ExternalSecret make the Secret; a comment"
    " `# krm-secrets: public` says that the file holds no secret"
)
GENERATED = (
    "is plaintext: take it out, and let a SecretMapping, an ExternalSecret or a SopsGenerator make the Secret; a"
    " comment `# krm-secrets: public` says that the file holds no secret"
)
INLINE = (
    "is plaintext: take it out, and let a SecretMapping, an ExternalSecret or a file that sops encrypted make the"
    " Secret; a comment `# krm-secrets: public` says that the file holds no secret"
)
PLACEHOLDER = "is a placeholder of a build without keys: restore what stood there; such a build is for reading"
MASK = "is masked by flux build, whose output is for reading: restore what stood there"
NO_MAC = "has no MAC, so that Flux takes the file for a plain one: restore what sops wrote, or encrypt the file anew"
LOST = "is ciphertext, and there is no sops block to decrypt it with: restore what sops wrote"
RULES = """creation_rules:
  - {path_regex: 'vault/.*', age: RECIPIENT}
  - {path_regex: 'talos/.*\\.yaml$', encrypted_regex: ^(token|key)$, age: RECIPIENT}
  - {path_regex: 'deep/.*\\.env$', age: RECIPIENT}
  - {path_regex: '\\.enc\\.yaml$', encrypted_regex: ^password$, age: RECIPIENT}
  - {path_regex: '\\.yaml$', encrypted_regex: ^(data|stringData)$, age: RECIPIENT}
  - {age: RECIPIENT}
""".replace("RECIPIENT", "age1zqewdkt558mv05432ywvsnwlu79vwzxvumwj8a3gfh4gj6u2cdmsdyl8ut")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".sops.yaml").write_text(RULES)


def guard(name: str, text: str | bytes) -> Done:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run("", "guard", "--files", "--", name)


APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
COPY = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"web"},"stringData":{"a":"x"}}'


def _annotated(copy: str) -> str:
    return SECRET.replace("name: web", f"name: web, annotations: {{{APPLIED}: '{copy}'}}")


IDENTITY = "whoever can read the repository can decrypt; remove it, and make a new one"
KEY = "AGE-SECRET-KEY-1" + "Q" * 58
LINES = ENCRYPTED.splitlines(keepends=True)
VALUE_LINE = next(n for n, line in enumerate(LINES) if "DNS_ZONE_ID: ENC" in line)

WRONG: dict[str, tuple[str, str | bytes, str]] = {
    "a Secret": (
        "s.yaml",
        SECRET + "stringData: {a: x, b: y}\n",
        f"s.yaml:4: Secret web: stringData.a: {PLAIN} (and 1 more)",
    ),
    "a Secret in base64": ("s.yaml", SECRET + "data: {a: eA==}\n", f"s.yaml:4: Secret web: data.a: {PLAIN}"),
    "a Secret in a List": (
        "s.yml",
        "apiVersion: v1\nkind: List\nitems:\n"
        "- apiVersion: v1\n  kind: Secret\n  metadata: {name: in}\n  data: {a: eA==}\n",
        f"s.yml:7: Secret in: data.a: {PLAIN}",
    ),
    "a Secret in JSON": (
        "s.json",
        '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "j"}, "stringData": {"a": "x"}}',
        f"s.json:1: Secret j: stringData.a: {PLAIN}",
    ),
    "a Secret behind an encrypted one": (
        "s.sops.yaml",
        f"{ENCRYPTED}---\n{SECRET}stringData: {{a: x}}\n",
        f"s.sops.yaml:{len(LINES) + 5}: Secret web: stringData.a: {PLAIN}",
    ),
    "a literal of a generator": (
        "kustomization.yaml",
        "kind: Kustomization\nsecretGenerator:\n- name: a\n  literals: [user=, password=x]\n",
        f"kustomization.yaml:4: Kustomization: secretGenerator[0].literals[1]: {GENERATED}",
    ),
    "a Secret without its block": (
        "s.yaml",
        SECRET + f"stringData: {{a: '{CIPHERTEXT}'}}\n",
        f"s.yaml:4: Secret web: stringData.a: {LOST}",
    ),
    "another object without its block": (
        "c.yaml",
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  A: {CIPHERTEXT}\n",
        f"c.yaml:5: ConfigMap c: data.A: {LOST}",
    ),
    "a file that says sops in its name": (
        "talsecret.sops.yaml",
        "cluster: {id: x}\n",
        f"talsecret.sops.yaml: is not encrypted: its name says {ENCRYPT} talsecret.sops.yaml",
    ),
    "a file of a folder with a rule": (
        "vault/a.txt",
        "x\n",
        f"vault/a.txt: is not encrypted: .sops.yaml:2 says {ENCRYPT} vault/a.txt",
    ),
    "a file with a value that its rule selects": (
        "talos/config.yaml",
        "machine: {token: x}\n",
        f"talos/config.yaml: is not encrypted: .sops.yaml:3 says {ENCRYPT} talos/config.yaml",
    ),
    "a file of a kind that a rule names": (
        "deep/app.env",
        "A=b\n",
        f"deep/app.env: is not encrypted: .sops.yaml:4 says {ENCRYPT} deep/app.env",
    ),
    "a value written into an encrypted file": (
        "s.sops.yaml",
        "".join([*LINES[:VALUE_LINE], LINES[VALUE_LINE].partition("DNS_ZONE_ID")[0] + "NEW: x\n", *LINES[VALUE_LINE:]]),
        "s.sops.yaml: stringData.NEW: is plaintext where the file's rule wants ciphertext; set the value with sops"
        " edit",
    ),
    "a damaged block": (
        "s.sops.yaml",
        ENCRYPTED.replace("lastmodified: ", "lastmodified: about "),
        "s.sops.yaml: sops.lastmodified: must be a time as sops writes it, in quotes",
    ),
    "a copy that kubectl made, beside ciphertext": (
        "s.sops.yaml",
        ENCRYPTED.replace("metadata:\n", f"metadata:\n    annotations:\n        {APPLIED}: '{COPY}'\n", 1),
        f"s.sops.yaml:{LINES.index('metadata:' + chr(10)) + 3}: Secret network/dns-token:"
        f' metadata.annotations["{APPLIED}"]: repeats the values in plaintext, as kubectl got them from a cluster:'
        " remove it, with sops edit where the file is encrypted, and replace the values if they were pushed",
    ),
    "a line with a template, and others": (
        "s.yaml",
        SECRET + 'stringData: {a: "host: ${HOST}\\npassword: x"}\n',
        f"s.yaml:4: Secret web: stringData.a: password in it {PLAIN}",
    ),
    **{
        f"a secret beside a template: {value}": (
            "s.yaml",
            SECRET + f"stringData: {{a: '{value}'}}\n",
            f"s.yaml:4: Secret web: stringData.a: {entry}{PLAIN}",
        )
        for value, entry in (
            ("pg://u:hunter2@${HOST}/db", ""),
            ("host=${HOST} password=hunter2", ""),
            ('{"host": "${HOST}", "Token": "hunter2"}', "Token in it "),
            ("${UNCLOSED", ""),
            ("${PASSWORD:=hunter2}", ""),
        )
    },
    "a value of two that its name says": (
        "s.sops.yaml",
        SECRET + "stringData: {a: '${A}', b: x}\n",
        f"s.sops.yaml: is not encrypted: its name says {ENCRYPT} s.sops.yaml",
    ),
    "an age identity": (
        "keys.txt",
        f"# mine\n{KEY}\n",
        "keys.txt: holds an age identity: whoever can read the repository can decrypt; remove it, and make a new one",
    ),
    "a Secret that cannot be read": (
        "s.yaml",
        SECRET + "stringData: {a: x\n",
        "s.yaml:5: not valid YAML: did not find expected ',' or '}'",
    ),
    "a Secret with a key twice": (
        "s.yaml",
        SECRET + "stringData: {a: x}\nstringData: {a: x}\n",
        's.yaml: Secret web: lines 4 and 5: the key "stringData" stands twice in one mapping; remove one of them',
    ),
}

KEY_PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIICoz\n-----END CERTIFICATE-----\n"
OTHER = "apiVersion: example.org/v1\nkind: Other\nmetadata: {name: o}\n"
OPS = "- {op: add, path: /stringData/token, value: hunter2}\n"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def indented(text: str) -> str:
    return text.replace("\n", "\n      ").rstrip()


WRONG |= {
    "the value that is the secret, among others": (
        "s.yaml",
        SECRET + f"data:\n  tls.crt: {b64(CERTIFICATE)}\n  user: {b64('me')}\n  tls.key: {b64(KEY_PEM)}\n",
        f's.yaml:7: Secret web: data["tls.key"]: {PLAIN}',
    ),
    "a password, before what may be one": (
        "s.yaml",
        SECRET + "stringData:\n  host: db.example.org\n  x: hunter\n  password: hunter2\n",
        f"s.yaml:7: Secret web: stringData.password: {PLAIN} (and 1 more)",
    ),
    "an address with a password": (
        "s.yaml",
        SECRET + "stringData: {url: 'https://me:hunter2@git.example.org/a'}\n",
        f"s.yaml:4: Secret web: stringData.url: {PLAIN}",
    ),
    "an address that is a key itself": (
        "s.yaml",
        SECRET + "stringData: {url: 'https://discord.com/api/webhooks/123/abcdefghijk'}\n",
        f"s.yaml:4: Secret web: stringData.url: {PLAIN}",
    ),
    "an address of Slack, in a file of settings": (
        "s.yaml",
        SECRET
        + "stringData:\n  a.yaml: |\n    url: https://hooks.slack.com/services/T024BE7LD/B024/aB3dE5gH7jK9mN1p\n",
        f's.yaml:5: Secret web: stringData["a.yaml"]: {PLAIN}',
    ),
    "a script with a password beside a variable": (
        "s.yaml",
        SECRET + 'stringData:\n  init.sh: |-\n    #!/bin/sh\n    tool --user "${USER}" --password=hunter2\n',
        f's.yaml:5: Secret web: stringData["init.sh"]: {PLAIN}',
    ),
    "an address with a part drawn at random": (
        "s.yaml",
        SECRET + "stringData: {url: 'https://ping.example.org/0d3f5a7b9c1e2d4f6a8b'}\n",
        f"s.yaml:4: Secret web: stringData.url: {PLAIN}",
    ),
    "a number that is a password": (
        "s.yaml",
        SECRET + "stringData: {password: 123456}\n",
        f"s.yaml:4: Secret web: stringData.password: {PLAIN}",
    ),
    "bytes": ("s.yaml", SECRET + "data: {store.jks: /u3+7Q==}\n", f's.yaml:4: Secret web: data["store.jks"]: {PLAIN}'),
    "lines of an env file": (
        "s.yaml",
        SECRET + "stringData:\n  config.env: |\n    # x\n    export USER=me\n    export DB_PASSWORD=hunter2\n",
        f's.yaml:5: Secret web: stringData["config.env"]: DB_PASSWORD in it {PLAIN}',
    ),
    "a registry's password": (
        "s.yaml",
        SECRET + 'stringData: {.dockerconfigjson: \'{"auths": {"x.io": {"username": "a", "password": "b"}}}\'}\n',
        f's.yaml:4: Secret web: stringData[".dockerconfigjson"]: password in it {PLAIN}',
    ),
    "a script with a password": (
        "s.yaml",
        SECRET + "stringData: {init.sql: \"CREATE USER a PASSWORD 'hunter2'\"}\n",
        f's.yaml:4: Secret web: stringData["init.sql"]: {PLAIN}',
    ),
    "a password among a chart's values": (
        "values.yaml",
        "secrets: {main: {stringData: {password: hunter2}}}\n",
        f"values.yaml:1: object: secrets.main.stringData.password: {INLINE}",
    ),
    "settings that their name calls secret": (
        "s.yaml",
        SECRET + 'stringData: {credentials.json: \'{"a": "x", "enabled": true, "host": "h"}\'}\n',
        f's.yaml:4: Secret web: stringData["credentials.json"]: {PLAIN}',
    ),
    "what is no base64": ("s.yaml", SECRET + "data: {a: hunter 2}\n", f"s.yaml:4: Secret web: data.a: {PLAIN}"),
    "a value that its file's rule passes by, beside one that it wants": (
        "s.yaml",
        SECRET
        + "data: {b: eA==}\nstringData: {a: x}\n"
        + ENCRYPTED[ENCRYPTED.index("sops:") :].replace("|stringData", ""),
        "s.yaml: data.b: is plaintext where the file's rule wants ciphertext; set the value with sops edit\n"
        f"krm-secrets: error: s.yaml:5: Secret web: stringData.a: {PLAIN}",
    ),
    "lines that are no settings": (
        "s.yaml",
        SECRET + "stringData:\n  a: |\n    one: [\n    two\n  b: |\n    one\n    two\n",
        f"s.yaml:5: Secret web: stringData.a: {PLAIN} (and 1 more)",
    ),
    "settings that are very long": (
        "s.yaml",
        SECRET + f"stringData:\n  a: |\n    b: {'x' * 1024 * 1024}\n    c: d\n",
        f"s.yaml:5: Secret web: stringData.a: {PLAIN}",
    ),
    "an address whose query may be a key": (
        "s.yaml",
        SECRET + "stringData: {a: 'https://example.org/x?k=v'}\n",
        f"s.yaml:4: Secret web: stringData.a: {PLAIN}",
    ),
    "an address without a scheme that is none": (
        "s.yaml",
        SECRET + "stringData: {a: word/word}\n",
        f"s.yaml:4: Secret web: stringData.a: {PLAIN}",
    ),
    "a damaged file that says it is one of sops": (
        "d.sops.yaml",
        ENCRYPTED.replace("data:", "data: [", 1),
        "d.sops.yaml: line 5: not valid YAML: did not find expected ',' or ']'",
    ),
    "a domain that its name calls secret": (
        "s.yaml",
        SECRET + "stringData: {SECRET_DOMAIN: example.org}\n",
        f"s.yaml:4: Secret web: stringData.SECRET_DOMAIN: {PLAIN}",
    ),
    "a Secret that is to reach the cluster encrypted, and is not": (
        "s.yaml",
        SECRET.replace("name: web", "name: web, annotations: {krm-secrets.dev/decrypt: disabled}")
        + "stringData: {a: x}\n",
        f"s.yaml:4: Secret web: stringData.a: {PLAIN}",
    ),
    "a SopsSecret": (
        "s.yaml",
        "apiVersion: isindir.github.com/v1alpha3\nkind: SopsSecret\nmetadata: {name: web}\n"
        "spec: {secretTemplates: [{name: a, data: {b: eA==}}]}\n",
        f"s.yaml:4: SopsSecret web: spec.secretTemplates[0].data.b: {PLAIN}",
    ),
    "a list as kubectl prints it": (
        "s.yaml",
        "apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {name: a}\n  data: {b: eA==}\n",
        f"s.yaml:5: SecretList: items[0].data.b: {PLAIN}",
    ),
    "a Secret under a name in capitals": (
        "S.YAML",
        SECRET + "stringData: {a: x}\n",
        f"S.YAML:4: Secret web: stringData.a: {PLAIN}",
    ),
    "a copy of a Secret": (
        "s.yaml.bak",
        SECRET + "stringData: {a: x}\n",
        f"s.yaml.bak:4: Secret web: stringData.a: {PLAIN}",
    ),
    "a Secret in UTF-16": (
        "s.yaml",
        (SECRET + "stringData: {a: x}\n").encode("utf-16"),
        f"s.yaml:4: Secret web: stringData.a: {PLAIN}",
    ),
    "a Secret in a hidden file": (
        ".s.yaml",
        SECRET + "stringData: {a: x}\n",
        f".s.yaml:4: Secret web: stringData.a: {PLAIN}",
    ),
    "a kustomization without a suffix": (
        "Kustomization",
        "secretGenerator: [{name: a, literals: [password=x]}]\n",
        f"Kustomization:1: object: secretGenerator[0].literals[0]: {GENERATED}",
    ),
    "a generator of its own": (
        "g.yaml",
        "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: g}\nliterals: [password=x]\n",
        f"g.yaml:4: SecretGenerator g: literals[0]: {GENERATED}",
    ),
    "an inline patch": (
        "kustomization.yaml",
        f"kind: Kustomization\npatches:\n- patch: |-\n      {indented(SECRET)}\n      stringData: {{a: hunter2}}\n",
        f"kustomization.yaml:3: Kustomization: patches[0].patch: stringData.a in it {INLINE}",
    ),
    "an inline patch of old": (
        "kustomization.yaml",
        f"kind: Kustomization\npatchesStrategicMerge:\n- |-\n      {indented(SECRET)}\n      data: {{a: eA==}}\n",
        f"kustomization.yaml:3: Kustomization: patchesStrategicMerge[0]: data.a in it {INLINE}",
    ),
    "operations of an inline patch": (
        "kustomization.yaml",
        "kind: Kustomization\npatchesJson6902:\n- target: {version: v1, kind: Secret, name: a}\n  patch: |-\n"
        "    - {op: replace, path: /data/a, value: eA==}\n",
        f"kustomization.yaml:4: Kustomization: patchesJson6902[0].patch: [0].value in it {INLINE}",
    ),
    "operations of a whole section": (
        "kustomization.yaml",
        "kind: Kustomization\npatches:\n- target: {kind: Secret}\n  patch: |-\n"
        "    - {op: add, path: /stringData, value: {token: x}}\n",
        f"kustomization.yaml:4: Kustomization: patches[0].patch: [0].value.token in it {INLINE}",
    ),
    "a post-renderer's patch": (
        "r.yaml",
        OTHER + "spec: {postRenderers: [{kustomize: {patches: [{target: {kind: Secret},\n"
        '  patch: \'[{"op": "add", "path": "/stringData/token", "value": "x"}]\'}]}}]}\n',
        f"r.yaml:5: Other o: spec.postRenderers[0].kustomize.patches[0].patch: [0].value in it {INLINE}",
    ),
    "a Secret among a chart's values": (
        "r.yaml",
        OTHER + "spec: {values: {extra: [{apiVersion: v1, kind: Secret, stringData: {a: x}}]}}\n",
        f"r.yaml:4: Other o: spec.values.extra[0].stringData.a: {INLINE}",
    ),
    "a Secret that a chart makes of values": (
        "r.yaml",
        OTHER + "spec: {values: {secrets: {app: {stringData: {a: x}}}}}\n",
        f"r.yaml:4: Other o: spec.values.secrets.app.stringData.a: {INLINE}",
    ),
    "a Secret as text in a ConfigMap": (
        "c.yaml",
        CONFIG_MAP.replace("{A: b}", f"\n  s.yaml: |\n      {indented(SECRET)}\n      stringData: {{a: x}}"),
        f'c.yaml:5: ConfigMap web: data["s.yaml"]: stringData.a in it {INLINE}',
    ),
    "our placeholder": (
        "s.yaml",
        SECRET + "stringData: {a: ..PLACEHOLDER_a..}\n",
        f"s.yaml:4: Secret web: stringData.a: {PLACEHOLDER}",
    ),
    "a placeholder in base64": (
        "s.yaml",
        SECRET + f"data: {{a: {b64('..PLACEHOLDER_a..')}}}\n",
        f"s.yaml:4: Secret web: data.a: {PLACEHOLDER}",
    ),
    "a placeholder in another object": (
        "c.yaml",
        CONFIG_MAP.replace("A: b", "A: ..PLACEHOLDER_A.."),
        f"c.yaml:4: ConfigMap web: data.A: {PLACEHOLDER}",
    ),
    "a marked object with placeholders": (
        "s.yaml",
        SECRET.replace("name: web", "name: web, annotations: {krm-secrets.dev/placeholder: 'true'}")
        + "stringData: {a: ..PLACEHOLDER_a.., b: x}\n",
        f"s.yaml:4: Secret web: stringData.a: {PLACEHOLDER}\n"
        f"krm-secrets: error: s.yaml:4: Secret web: stringData.b: {PLAIN}",
    ),
    "Flux's mask": ("s.yaml", SECRET + "stringData: {a: '**SOPS**'}\n", f"s.yaml:4: Secret web: stringData.a: {MASK}"),
    "Flux's mask in base64": ("s.yaml", SECRET + "data: {a: KipTT1BTKio=}\n", f"s.yaml:4: Secret web: data.a: {MASK}"),
    "an encrypted file without its MAC": (
        "s.sops.yaml",
        "".join(line for line in LINES if not line.strip().startswith("mac:")),
        f"s.sops.yaml: sops: {NO_MAC}",
    ),
    "a block without MAC over plaintext": (
        "s.yaml",
        SECRET + "stringData: {a: x}\nsops: {age: []}\n",
        f"s.yaml:5: Secret web: sops: {NO_MAC}\nkrm-secrets: error: s.yaml:4: Secret web: stringData.a: {PLAIN}",
    ),
    "an encrypted file whose values its rule passes by": (
        "s.yaml",
        SECRET + "stringData: {a: x}\n" + ENCRYPTED[ENCRYPTED.index("sops:") :].replace("|stringData", ""),
        f"s.yaml:4: Secret web: stringData.a: {PLAIN}",
    ),
    "lines of an env file that stand twice": (
        ".env",
        f"A={CIPHERTEXT}\nsops_version={CIPHERTEXT}\nsops_version=3.8.1\n",
        ".env: sops.version: stands twice, in lines 2 and 3: remove one of them, or restore what sops wrote",
    ),
    "an env file without its block": (".env", f"B=\nA={CIPHERTEXT}\n", f".env:2: A: {LOST}"),
    "an env file without its MAC": (".env", f"A={CIPHERTEXT}\nsops_version=3.8.1\n", f".env: sops: {NO_MAC}"),
    "a ConfigMap whose name says it": (
        "c.sops.yaml",
        CONFIG_MAP,
        f"c.sops.yaml: is not encrypted: its name says {ENCRYPT} c.sops.yaml",
    ),
    "a release whose rule says it": (
        "r.enc.yaml",
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\n"
        "spec: {values: {admin: {password: hunter2}}}\n",
        f"r.enc.yaml: is not encrypted: .sops.yaml:5 says {ENCRYPT} r.enc.yaml",
    ),
    "a SopsSecret of a folder with a rule": (
        "vault/a.yaml",
        "apiVersion: isindir.github.com/v1alpha3\nkind: SopsSecret\nspec: {secretTemplates: [{stringData: {a: x}}]}\n",
        f"vault/a.yaml: is not encrypted: .sops.yaml:2 says {ENCRYPT} vault/a.yaml",
    ),
    "a broken file whose name says it": (
        "c.sops.yaml",
        "a: [\n",
        f"c.sops.yaml: is not encrypted: its name says {ENCRYPT} c.sops.yaml",
    ),
    "a file named like an option": ("-h", f"{KEY}\n", f"-h: holds an age identity: {IDENTITY}"),
    "a name with a line break": ("a\nb.txt", f"{KEY}\n", f"a\\u000ab.txt: holds an age identity: {IDENTITY}"),
    "an age identity in UTF-16": ("k.txt", KEY.encode("utf-16"), f"k.txt: holds an age identity: {IDENTITY}"),
    "an age identity in UTF-16 that has no mark": (
        "k.txt",
        f"# mine\n{KEY}".encode("utf-16-be"),
        f"k.txt: holds an age identity: {IDENTITY}",
    ),
    "an age identity among bytes": ("k.bin", b"\0\1" + KEY.encode(), f"k.bin: holds an age identity: {IDENTITY}"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_must_not_be_committed(name: str) -> None:
    file, text, message = WRONG[name]
    done = guard(file, text)
    assert (done.code, done.out) == (1, b"")
    assert without_rules(done.err) == f"krm-secrets: error: {message}\n"


def without_rules(lines: str) -> str:
    """What is said, without the names of the rules."""
    return re.sub(r" \[[a-z-]+\]$", "", lines, flags=re.M)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (SECRET + "stringData: {password: hunter2-hunter2}\n", "plaintext-secret"),
        (SECRET + "stringData: {note: 'a text of many words'}\n", "plaintext-value"),
        (SECRET + "stringData: {tls.key: '-----BEGIN PRIVATE KEY-----MIIBVQIBADANBg'}\n", "private-key"),
        (SECRET + "stringData: {password: UPDATE_THE_PASSWORD}\n", ""),
        (SECRET + "stringData: {authkey: '${KEY_OF_AUTHKEY:=authkey}'}\n", ""),
        (SECRET + "data: {password: Y2hhbmdlbWU=}\n", ""),
        ("secretGenerator: [{name: a, literals: [token=Y2hhbmdlbWU=]}]\n", ""),
    ],
)
def test_what_is_found_has_the_name_of_a_rule(text: str, rule: str) -> None:
    """And words that stand for a value to come are none."""
    assert re.findall(r"\[([a-z-]+)\]$", guard("kustomization.yaml", text).err, re.M) == ([rule] if rule else [])


EMBEDDED = base64.b64encode(ENCRYPTED.encode()).decode()
RIGHT: dict[str, tuple[str, str | bytes]] = {
    "names in capital letters of values to come": (
        "s.yaml",
        SECRET
        + "stringData: {password: BMC_PASSWORD_BASE64_PLACEHOLDER, token: __ACCESS_TOKEN__,"
        + " endpoint: 'http://ACCESS_KEY_ID:ACCESS_SECRET_KEY@S3_HOST:S3_PORT/BUCKET'}\n",
    ),
    "a script that takes its secrets from elsewhere": (
        "s.yaml",
        SECRET
        + "stringData:\n  init.sh: |-\n    #!/usr/bin/env bash\n    export JWT_SECRET=$(tool generate JWT_SECRET)\n"
        + '    tool user create --password "${ADMIN_PASSWORD}" --must-change-password=false\n',
    ),
    "an example of Slack's address": (
        "s.yaml",
        SECRET + "stringData:\n  a.yaml: |\n    b:\n      c_url: https://hooks.slack.com/services/change/me/please\n",
    ),
    "an encrypted file": ("s.sops.yaml", ENCRYPTED),
    "an object that is no Secret": ("c.yaml", CONFIG_MAP),
    "a Secret without values": ("s.yaml", SECRET + "type: Opaque\n"),
    "an empty value": ("s.yaml", SECRET + "stringData: {a: ''}\n"),
    "a value that Flux fills in": ("s.yaml", SECRET + "stringData: {a: '${SECRET_A}', b: ' ${B:=x} '}\n"),
    "a value that Argo CD's plugin fills in": ("s.yaml", SECRET + "stringData: {a: '<path:kv/data/a#b>'}\n"),
    "references of other tools": (
        "s.yaml",
        SECRET + "stringData: {a: ref+vault://a/b#c, b: op://vault/item/field, c: 'vault:kv/data/a#b'}\n",
    ),
    "values that templates fill in": (
        "s.yaml",
        SECRET + "stringData: {a: '{{ .Values.a }}', b: 'pg://u:${PW}@h/${DB}', c: '#{ token }#', d: $TOKEN}\n",
    ),
    "secrets in templates, and what belongs to them": (
        "s.yaml",
        SECRET
        + "stringData: {a: 'host=${H} password=${P} user=x', b: '{\"password\":\"${P}\"}',"
        + " c: 'https://${U}:{{ .P }}@h:80/'}\n",
    ),
    "a file for sops, with nothing but templates": ("s.sops.yaml", SECRET + "stringData: {a: '${A}', b: '${B}'}\n"),
    "a file for sops, with a patch": ("s.sops.yaml", SECRET + "$patch: delete\n"),
    "a file for sops, of values that are filled in": ("values.sops.yaml", "auth: {password: '{{ op://a/b/c }}'}\n"),
    "a copy that kubectl made of ciphertext": (
        "s.yaml",
        _annotated(COPY.replace('"x"', f'"{CIPHERTEXT}"')),
    ),
    "a copy that kubectl made of no values": (
        "s.yaml",
        f"{_annotated('[{}]')}---\n{_annotated('{')}",
    ),
    "an encrypted file in a value": ("s.yaml", SECRET + f"data: {{a.yaml: {EMBEDDED}}}\n"),
    "a comment that says so": ("s.yaml", f"# krm-secrets: public\n{SECRET}stringData: {{type: git}}\n"),
    "Secrets of somebody else": ("s.yaml", "apiVersion: x.dev/v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: b}\n"),
    "a template of Helm": ("templates/s.yaml", SECRET + "stringData:\n  a: {{ .Values.a }}\n"),
    "prose that quotes ciphertext": ("README.md", f"It looks like {CIPHERTEXT}\n"),
    "prose named like a file of sops": ("notes.sops.md", "# Notes\n"),
    "an empty file": ("a.sops.yaml", ""),
    "a file of comments": ("a.sops.yaml", "# nothing yet\n"),
    "a file where a rule selects nothing": ("talos/config.yaml", "machine: {name: x, token: ''}\n"),
    "an object in a folder with a rule": ("vault/kustomization.yaml", "apiVersion: v1\nkind: Service\nspec: {a: b}\n"),
    "prose in a folder with a rule": ("vault/README.md", "# Vault\n"),
    "a file for which only a rule for everything speaks": ("values.yaml", "data: {a: b}\n"),
    "a file without a suffix": ("Makefile", "all:\n"),
    "sops's own configuration": (".sops.yaml", RULES),
    "a recipient": ("keys.pub", "age1zqewdkt558mv05432ywvsnwlu79vwzxvumwj8a3gfh4gj6u2cdmsdyl8ut\n"),
    "no text": ("a.sops.bin", b"\x7fELF\0\0\0" + SECRET.encode()),
    "a repository of Argo CD": (
        "s.yaml",
        SECRET
        + "stringData: {name: c, type: helm, url: 'https://charts.example.org', enableOCI: 'true', project: x}\n",
    ),
    "a cluster of Argo CD": (
        "s.yaml",
        SECRET + "stringData: {name: c, server: 'https://kubernetes.default.svc',"
        ' config: \'{"tlsClientConfig":{"insecure":false}}\'}\n',
    ),
    "a repository over SSH": ("s.yaml", SECRET + "stringData: {url: 'git@github.com:example/apps.git'}\n"),
    "certificates and public keys": (
        "s.yaml",
        SECRET
        + f"data: {{ca.crt: {b64(CERTIFICATE)}, pub: {b64('ssh-ed25519 AAAAC3 me')}}}\n"
        + "stringData: {known_hosts: 'github.com ssh-ed25519 AAAAC3'}\n",
    ),
    "what stands beside a secret": (
        "s.yaml",
        SECRET
        + "stringData: {username: '${USER}', hostname: db.svc, port: '5432', a: '10.0.0.1/8', b: me@example.org,"
        + " c: /var/run/x, d: 30s, DATABASE_URL: 'postgres://db.example.org/app', dbname: app, SECRET_NAME: x,"
        + " AWS_ACCESS_KEY_ID: abc, uri: 'pg://${U:=${APP}}@db.svc/${APP}'}\n",
    ),
    "references with spaces": (
        "s.yaml",
        SECRET + "stringData: {token: op://Automation/my connect/token, a: 'secret://a b'}\n",
    ),
    "words that stand in for a value": (
        "s.yaml",
        SECRET
        + "stringData: {password: CHANGEME, token: <your token>, a: replace-me-with-openssl-rand, b: PLACEHOLDER,"
        + " c: '**access token goes here**', d: AUTOREPLACE_SMTP_PASSWORD, e: p-XXXX, password2: '${PW:=changeme}'}\n",
    ),
    "a key that is left out": (
        "s.yaml",
        SECRET + 'stringData: {tls.key: "-----BEGIN PRIVATE KEY-----\\n<yours>\\n-----END PRIVATE KEY-----"}\n',
    ),
    "a key that is told of in words": (
        "s.yaml",
        SECRET
        + 'stringData: {a: "-----BEGIN PRIVATE KEY-----\\n<your-own-key>\\n-----END PRIVATE KEY-----",'
        + ' b: "{\\"k\\": \\"-----BEGIN PRIVATE KEY-----\\\\nA key\\\\n-----END PRIVATE KEY-----\\"}"}\n',
    ),
    "an address whose secret is still to come": (
        "s.yaml",
        SECRET + "stringData: {webhook-url: https://hooks.slack.com/services/CHANGE_ME, key: CHANGE_ME_32_bytes!}\n",
    ),
    "what a shell fills in": (
        "s.yaml",
        SECRET + "data: {.dockerconfigjson: $(cat login | base64 -w0)}\n",
    ),
    "settings without a secret": (
        "s.yaml",
        SECRET
        + "stringData:\n  a.yaml: |\n    global: {timeout: 5m}\n    routes: [{receiver: x}]\n"
        + "  b.ini: |\n    [default]\n    aws_secret_access_key=PLACEHOLDER\n"
        + '  c.json: \'{"url": "http://minio", "secretKey": "${KEY}", "existingSecret": "x", "tokens": {"ttl": 3}}\'\n'
        + "  d.sh: |\n    #!/bin/sh\n    exec true\n",
    ),
    "a Secret of settings that name others": (
        "r.yaml",
        OTHER + "spec: {valuesFrom: [{kind: Secret, name: a}], target: {kind: Secret, data: {}}}\n",
    ),
    "the schema of Secrets": (
        "crd.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n"
        "spec: {stringData: {type: object}}\n",
    ),
    "operations on another kind": ("p.yaml", "- {op: add, path: /data/a, value: x}\n"),
    "an object that only names secrets, in a file for sops": (
        "k.sops.yaml",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
    ),
    "a release where the rule selects nothing": (
        "r.enc.yaml",
        OTHER + "spec: {values: {admin: {user: me, password: '${PW}'}}}\n",
    ),
    "a ConfigMap in a folder with a rule": ("vault/c.yaml", CONFIG_MAP),
    "broken YAML of another template language": (
        "s.yaml",
        "{% raw %}\n" + SECRET + "stringData: {a: x}\n{% endraw %}\n",
    ),
    "a test of a chart": ("secret_test.yaml", "suite: a\nset: {secrets: {main: {stringData: {test: value}}}}\n"),
    "a script": ("s.yaml", SECRET + "stringData: {init.sql: 'CREATE TABLE a (b int)'}\n"),
    "a variable, in a folder with a rule": ("talos/r.yaml", "token: !env_var API_4_KEY\n"),
    "a copy of a kustomization, in a folder with a rule": (
        "vault/kustomization.yaml.old",
        "kind: Kustomization\napiVersion: v1\nresources: [a]\n",
    ),
    "a template, in a folder with a rule": ("vault/values.yaml.gotmpl", "a: b\n"),
    "values that no Secret can have, which others tell": (
        "s.yaml",
        SECRET + "stringData: {a: {b: c}, d: [e], f: }\n",
    ),
    "an encrypted value of a patch": (
        "kustomization.yaml",
        f"patches: [{{target: {{kind: Secret}}, patch: '[{{op: add, path: /data, value: {{}}}}]'}}]\n# {CIPHERTEXT}\n",
    ),
    "a text that is no YAML": ("c.yaml", CONFIG_MAP.replace("A: b", "A: 'kind: [ Secret'")),
    "an object that cannot be read, and is no Secret": ("c.yaml", CONFIG_MAP.replace("A: b", "A: Secret, A: b")),
    "prose of another alphabet": ("notes.txt", "caf\xe9\n".encode("latin-1")),
    "settings of a Secret that say little": (
        "s.yaml",
        SECRET + "stringData:\n  credentials.yaml: |\n    a: true\n    b: ''\n    c: 1.5\n    d: '${X}'\n"
        f"    e: '{CIPHERTEXT}'\n    url: https://example.org/docs\nsops: x\n",
    ),
    "settings that say themselves which of them is secret": (
        "s.yaml",
        SECRET + 'stringData: {credentials.json: \'{"api": "s3v4", "secretKey": "${KEY}"}\'}\n',
    ),
    "a template's name": ("s.yaml.j2", SECRET + "stringData: {a: x}\n"),
    "broken YAML that others complain about": ("broken.yaml", "a: [\nENC[\n"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_may_be_committed(name: str) -> None:
    done = guard(*RIGHT[name])
    assert (done.code, done.out, done.err) == (0, b"", "")


def named(done: Done) -> list[str]:
    return [re.sub(r":\d*:?$", "", line.split(" ")[2]) for line in done.err.splitlines()]


def test_every_file_of_a_folder_is_looked_at_hidden_ones_too() -> None:
    for name in ("a/s.yaml", "a/b/s.yaml", "a/.archive/s.yaml", "a/.s.yaml"):
        guard(name, SECRET + "stringData: {a: x}\n")
    for name in ("a/.git/s.yaml", "a/.venv/s.yaml", "a/b/node_modules/s.yaml"):
        guard(name, SECRET + "stringData: {a: x}\n")
    Path("a/link.yaml").symlink_to("s.yaml")
    assert named(run("", "guard", "--files", "a")) == ["a/.s.yaml", "a/s.yaml", "a/.archive/s.yaml", "a/b/s.yaml"]
    assert named(run("", "guard", "--files", "a/.venv", "a/link.yaml")) == ["a/.venv/s.yaml", "a/link.yaml"]


def test_what_git_ignores_is_left_out_unless_it_is_named() -> None:
    for name in ("keys.txt", "a/s.yaml", "a/kept.yaml"):
        guard(name, SECRET + f"stringData: {{a: x}} # {KEY}\n")
    Path(".git").mkdir()
    Path(".gitignore").write_text("/keys.txt\n/a/*.yaml\n!kept.yaml\n")
    assert set(named(run("", "guard", "--files", "."))) == {"a/kept.yaml"}
    assert set(named(run("", "guard", "--files", "a", "keys.txt"))) == {"a/kept.yaml", "keys.txt"}


def test_what_cannot_be_read_is_an_error() -> None:
    guard("a/s.yaml", CONFIG_MAP)
    guard("a/b/s.yaml", CONFIG_MAP)
    Path("a/s.yaml").chmod(0)
    Path("a/b").chmod(0)
    Path().chmod(0o755)
    user = os.geteuid()
    if user == 0:  # who reads every file
        os.seteuid(65534)
    try:
        done = run("", "guard", "--files", "a")
    finally:
        os.seteuid(user)
        Path("a/b").chmod(0o700)
    assert (done.code, done.err) == (
        1,
        "krm-secrets: error: a/s.yaml: cannot be read: Permission denied\n"
        "krm-secrets: error: a/b: cannot be listed: Permission denied\n",
    )


def test_a_file_that_is_not_there_is_an_error() -> None:
    done = run("", "guard", "--files", "gone.yaml")
    assert (done.code, done.err) == (1, "krm-secrets: error: gone.yaml: cannot be read: No such file or directory\n")


@pytest.mark.parametrize("words", [("--files",), ("a.yaml",), ("--files", "--keep", "a.yaml")])
def test_the_options_belong_together(words: tuple[str, ...]) -> None:
    assert run("", "guard", *words).code == 2


def test_the_examples_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    done = run("", "guard", "--files", str(EXAMPLES.relative_to(ROOT)))
    assert (done.code, done.err) == (0, "")
