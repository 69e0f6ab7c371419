"""Damage of any kind ends in a message: never in an internal error, and never with a secret in it."""

from __future__ import annotations

import json

from hypothesis import given, settings, strategies as st

from tests.running import run
from tests.sops.encrypter import KEY
from tests.sops.faults import CANARY, VALUES, honest
from tests.sops.test_faults import leaks

ENV = {"SOPS_AGE_KEY": KEY.identity}
DOCUMENT = honest()
BLOCK = {**DOCUMENT["sops"], "shamir_threshold": 2, "key_groups": [{"age": DOCUMENT["sops"]["age"]}] * 2}
TEXTS = (
    json.dumps(DOCUMENT),
    "".join(f"{key}: {json.dumps(value)}\n" for key, value in DOCUMENT.items()),
    "\n".join(f"{key}:\n  {json.dumps(value)}" for key, value in {**DOCUMENT, "sops": BLOCK}.items()),
    f"kind: ResourceList\nitems:\n- {json.dumps(DOCUMENT)}\n",
)
YAML = (
    "",
    "\n",
    "- ",
    "? ",
    ": ",
    "&a ",
    "*a",
    "<<: ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "#",
    '"',
    "'",
    "|\n",
    "\\",
    "\t",
    "\0",
    "!x ",
)
VALUES_OF_YAML = ("!!binary ", "!!int ", "null", "0", "9" * 5000, "é", "\ufeff", "---\n", "...\n", "%YAML 1.1\n")
OURS = (
    "ENC[",
    "ENC[AES256_GCM,data:",
    ",type:int]",
    "type:comment",
    "sops",
    "age:",
    "age1",
    "-> X25519 ",
    f"{CANARY}-x",
)
PIECES = st.sampled_from((*YAML, *VALUES_OF_YAML, *OURS, "-----END AGE ENCRYPTED FILE-----"))
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), min_size=1, max_size=4)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(TEXTS), CHANGES, st.sampled_from([(), ("--placeholder",), ("guard",)]))
def test_damaged_text(text: str, changes: list[tuple[float, int, str]], words: tuple[str, ...]) -> None:
    for where, length, piece in changes:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + length :]
    done = run(text, *words, env=ENV)
    assert done.code in (0, 1)
    assert (done.code == 0) or done.err
    assert "internal error" not in done.err
    assert [
        leak for leak in leaks(done.err, json.dumps(DOCUMENT)) if leak in (CANARY, *VALUES.values(), KEY.identity)
    ] == []
