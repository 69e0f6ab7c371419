"""`krm-secrets guard --files`: what must not be committed, word for word, and what looks like it and may."""

from __future__ import annotations

import base64
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
LOST = "is ciphertext, and there is no sops block to decrypt it with: restore what sops wrote"
RULES = """creation_rules:
  - {path_regex: 'vault/.*', age: RECIPIENT}
  - {path_regex: 'talos/.*\\.yaml$', encrypted_regex: ^(token|key)$, age: RECIPIENT}
  - {path_regex: '\\.env$', age: RECIPIENT}
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
    return run("", "guard", "--files", name)


APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
COPY = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"web"},"stringData":{"a":"x"}}'


def _annotated(copy: str) -> str:
    return SECRET.replace("name: web", f"name: web, annotations: {{{APPLIED}: '{copy}'}}")


KEY = "AGE-SECRET-KEY-1" + "Q" * 58
LINES = ENCRYPTED.splitlines(keepends=True)
VALUE_LINE = next(n for n, line in enumerate(LINES) if "DNS_ZONE_ID: ENC" in line)

WRONG = {
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
        f"kustomization.yaml:4: Kustomization: secretGenerator[0].literals[1]: {PLAIN}",
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
        "s.sops.yaml: sops.lastmodified: must be a time as sops writes it",
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
        f"s.yaml:4: Secret web: stringData.a: {PLAIN}",
    ),
    **{
        f"a secret beside a template: {value}": (
            "s.yaml",
            SECRET + f"stringData: {{a: '{value}'}}\n",
            f"s.yaml:4: Secret web: stringData.a: {PLAIN}",
        )
        for value in (
            "pg://u:hunter2@${HOST}/db",
            "host=${HOST} password=hunter2",
            '{"host": "${HOST}", "Token": "hunter2"}',
            "${UNCLOSED",
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
        "s.yaml: lines 4 and 5: the same key stands twice in one mapping; remove one of them",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_must_not_be_committed(name: str) -> None:
    file, text, message = WRONG[name]
    done = guard(file, text)
    assert (done.code, done.out) == (1, b"")
    assert done.err == f"krm-secrets: error: {message}\n"


EMBEDDED = base64.b64encode(ENCRYPTED.encode()).decode()
RIGHT: dict[str, tuple[str, str | bytes]] = {
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
    "broken YAML that others complain about": ("broken.yaml", "a: [\nENC[\n"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_may_be_committed(name: str) -> None:
    done = guard(*RIGHT[name])
    assert (done.code, done.out, done.err) == (0, b"", "")


def test_every_file_of_a_folder_is_looked_at_but_hidden_folders_and_links() -> None:
    for name in ("a/s.yaml", "a/b/s.yaml", "a/.git/s.yaml"):
        guard(name, SECRET + "stringData: {a: x}\n")
    Path("a/link.yaml").symlink_to("s.yaml")
    done = run("", "guard", "--files", "a")
    assert [line.split(" ")[2] for line in done.err.splitlines()] == ["a/s.yaml:4:", "a/b/s.yaml:4:"]


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
