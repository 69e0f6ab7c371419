"""Rules on encrypted files beside the creation rules of `.sops.yaml`."""

from __future__ import annotations

from krm_secrets.check.finding import HIGH, MEDIUM
from krm_secrets.check.rules.files_at_rest import (
    ALICE,
    BOB,
    SECRET,
    VALUES,
    creation_rules,
    file_rule,
    sealed,
)
from krm_secrets.errors import ERROR, WARNING

_FILE = "# file: web.sops.yaml\n" + sealed(SECRET + VALUES)
_RIGHT = creation_rules() + _FILE

file_rule(
    "sops-no-rule",
    severity=WARNING,
    confidence=HIGH,
    finds="No creation rule is for an encrypted file.",
    why="""`sops updatekeys` fails for it, so that it keeps its recipients when the others get new ones.""",
    mends="Nothing: which rule of `.sops.yaml` is to be for it, and whom it names, its author knows.",
    wrong=creation_rules() + _FILE.replace("web.sops.yaml", "web.enc.yaml"),
    right=_RIGHT,
)

file_rule(
    "sops-recipient-missing",
    severity=WARNING,
    confidence=HIGH,
    finds="A file is not encrypted for somebody whom its rule names.",
    why="""A new reader, or a new cluster, cannot decrypt it: run `sops updatekeys`.""",
    mends="""Nothing: to encrypt the data key for somebody else takes a key that opens it, and a file with a MAC is left
    to sops. `sops updatekeys FILE` is the fix.""",
    wrong=creation_rules(age=f"{ALICE},{BOB}") + _FILE,
    right=_RIGHT,
)

file_rule(
    "sops-recipient-stale",
    severity=WARNING,
    confidence=HIGH,
    finds="A file is encrypted for others than its rule names.",
    why="""A key that was retired still opens it: run `sops updatekeys`, and change the values if the key may be in
    wrong hands.""",
    mends="Nothing, as for [sops-recipient-missing](#sops-recipient-missing): `sops updatekeys FILE` is the fix.",
    wrong=creation_rules() + "# file: web.sops.yaml\n" + sealed(SECRET + VALUES, ALICE, BOB),
    right=_RIGHT,
)

file_rule(
    "sops-selector-differs",
    severity=WARNING,
    confidence=HIGH,
    finds="A file encrypts other values than its rule would.",
    why="""sops keeps what a file has: the rule was changed later, and only a file that is encrypted anew follows
    it.""",
    wrong=creation_rules(selects="^data$") + _FILE,
    right=_RIGHT,
)

file_rule(
    "sops-rule-useless",
    severity=ERROR,
    confidence=HIGH,
    finds="A creation rule that sops cannot use, or never reaches.",
    why="""sops stops at an expression that it cannot compile, ignores a key that it does not know, and takes the first
    rule that fits.""",
    wrong=_RIGHT.replace("    age:", "    encrypted_regexp: ^data$\n    age:"),
    right=_RIGHT,
)

file_rule(
    "sops-not-encrypted",
    severity=ERROR,
    confidence=MEDIUM,
    security=9.1,
    finds="A file that is to be encrypted is plain.",
    why="""Its name says `.sops.`, or a creation rule means it: whoever reads the repository reads what it holds. A rule
    may mean more than its author thought of, so that by a rule alone it is told with --pedantic.""",
    wrong="# file: web.sops.yaml\n" + SECRET + "stringData: {password: written-by-hand}\n",
    right=_RIGHT,
)
