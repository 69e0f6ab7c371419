"""Rules on files that sops encrypted."""

from __future__ import annotations

from krm_secrets.check.finding import HIGH
from krm_secrets.check.rules.files_at_rest import CIPHERTEXT, SECRET, VALUES, file_rule, sealed
from krm_secrets.errors import ERROR, INFO, WARNING

_FILE = "# file: web.sops.yaml\n"
_RIGHT = _FILE + sealed(SECRET + VALUES)

file_rule(
    "sops-plaintext",
    severity=ERROR,
    confidence=HIGH,
    security=7.5,
    finds="A value stands in plaintext in a file that sops encrypted.",
    why="""Somebody added it without sops: it is in Git for everybody to read, and the MAC no longer fits, so that
    nothing can decrypt the file.""",
    wrong=_FILE + sealed(SECRET + VALUES + "  token: written-by-hand\n"),
    right=_RIGHT,
)

file_rule(
    "sops-unreadable",
    severity=ERROR,
    confidence=HIGH,
    security=7.5,
    finds="The block of sops in a file is broken.",
    why="""A merge, an editor or a second encryption broke it: neither sops nor Flux can decrypt the file. Restore what
    sops wrote.""",
    wrong=SECRET + VALUES,
    right=_RIGHT,
)

file_rule(
    "sops-ciphertext-left",
    severity=WARNING,
    confidence=HIGH,
    finds="Ciphertext stands where the file's own rule wants plaintext.",
    why="""sops decrypts what its rule selects and leaves this as it is, so that ciphertext reaches the cluster.""",
    wrong=_FILE + sealed(f"{SECRET}{VALUES}immutable: {CIPHERTEXT}\n"),
    right=_RIGHT,
)

file_rule(
    "sops-identity-encrypted",
    severity=WARNING,
    confidence=HIGH,
    finds="The kind, the name or another part of what an object is was encrypted.",
    why="""No tool can tell what the object is: kustomize refuses it, and Flux finds nothing to decrypt. Encrypt `data`
    and `stringData` only.""",
    wrong=_FILE
    + sealed(
        SECRET.replace("name: web,", f"name: '{CIPHERTEXT}',") + VALUES,
        selector="encrypted_regex: ^(name|data|stringData)$",
    ).replace("namespace: web", f"namespace: '{CIPHERTEXT}'"),
    right=_RIGHT,
)

file_rule(
    "sops-typed-value",
    severity=WARNING,
    confidence=HIGH,
    finds="A number, a boolean or a time was encrypted in a Secret, which holds texts.",
    why="""sops notes the type and gives it back: Flux hands a number to the API server, which refuses the Secret.
    krm-secrets puts quotes around it, but sops may have changed it before (0644 is 420, 1.10 is 1.1).""",
    wrong=_FILE + sealed(SECRET + VALUES + f"  port: {CIPHERTEXT.replace('type:str', 'type:int')}\n"),
    right=_RIGHT,
)

file_rule(
    "sops-empty-value",
    severity=INFO,
    confidence=HIGH,
    finds="An empty value in an encrypted file.",
    why="""sops does not encrypt what is empty: mostly a value that is still to come.""",
    wrong=_FILE + sealed(f'{SECRET}{VALUES}  token: ""\n'),
    right=_RIGHT,
)

file_rule(
    "sops-nothing-encrypted",
    severity=WARNING,
    confidence=HIGH,
    finds="A file has a block of sops, and every value is plain.",
    why="""The rule selected nothing when the file was encrypted: what looks encrypted is readable by everybody.""",
    wrong=_FILE
    + sealed(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: web}\ndata: {level: debug}\n",
        selector="encrypted_regex: ^stringData$",
    ),
    right=_RIGHT,
)

file_rule(
    "sops-name-differs",
    severity=INFO,
    confidence=HIGH,
    finds="sops takes a file for another format by its name.",
    why="""`sops decrypt` fails or gives something else, unless it is told by --input-type.""",
    wrong=_RIGHT.replace("web.sops.yaml", "web.sops.json"),
    right=_RIGHT,
)
