from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.edge_strings import EDGE_STRINGS

# Nodes and messages of each text, by a process of its own with the parser that it is told to take.
SCRIPT = """
import json, sys
prepare, texts = json.load(sys.stdin)
exec(prepare)
from krm_secrets.errors import Failure
from krm_secrets.yamltext.nodes import Alias, Mapping, Scalar, Sequence
from krm_secrets.yamltext.load import parse

def shown(node):
    if type(node) is Alias:
        return ["alias", node.start, node.end]
    below = node.children if type(node) is Mapping else node.items if type(node) is Sequence else node.value
    below = below if type(node) is Scalar else [shown(each) for each in below]
    return [type(node).__name__, node.start, node.end, node.tag, node.anchor, below]

def outcome(text):
    try:
        return [[each.start, each.end, each.explicit, shown(each.root)] for each in parse(text)]
    except Failure as error:
        return [str(result) for result in error.results]

outcomes = [outcome(text) for text in texts]
print(json.dumps([outcomes, hasattr(sys.modules["yaml"], "load")]))
"""
BARE = "from krm_secrets._startup import bare; bare.install()"

WHOLE = (
    "a: &x [1, {b: c}]\nd: *x\n--- |\n text\n...\n%YAML 1.1\n--- !!map {? e : f}\n",
    "a: 'b'\nc: \"d\"\ne: >-\n  f\n  g\n",
    "",
    "# nothing",
)
BROKEN = (
    "a: [b",
    "a: b: c",
    "\ta: b",
    "a: \"b",
    "a: *b",
    "a: &b *b",
    "%YAML 9.9\n---\n",
    "a: !x!y z",
    "a: \x07",
    "a: \x00",
    "ä: b\nc: \x01",
    "- @",
    "{a",
    "a: &",
    "]",
    "a:\n  - b\n c",
)  # fmt: skip


def outcomes(prepare: str, *texts: str, script: str = SCRIPT) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", script], input=json.dumps([prepare, texts]), capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_it_reads_and_refuses_what_all_of_pyyaml_does() -> None:
    texts = [*WHOLE, *BROKEN, *EDGE_STRINGS, *(f"{text}: [{text}]" for text in EDGE_STRINGS)]
    bare, whole = outcomes(BARE, *texts), outcomes("", *texts)
    assert bare == [whole[0], False]
    assert whole[1] is True
    assert all(type(outcome[0]) is str for outcome in bare[0][len(WHOLE) : len(WHOLE) + len(BROKEN)])


TOKENS = """
import json, sys
prepare, texts = json.load(sys.stdin)
exec(prepare)
from krm_secrets.sops.files.yamltokens import fetches
print(json.dumps([list(fetches(text)) for text in texts]))
"""


def test_it_has_the_tokens_that_all_of_pyyaml_has() -> None:
    texts = [*WHOLE, "? a\n: - b\n  - {c: !d 'e'}\n"]
    bare, whole = outcomes(BARE, *texts, script=TOKENS), outcomes("", *texts, script=TOKENS)
    assert bare == whole
    assert len(bare[0]) > 20


@pytest.mark.parametrize(
    "prepare",
    [
        f"import yaml; {BARE}",
        f"import sys; sys.modules['yaml.error'] = None; {BARE}",
        f"from krm_secrets._startup import bare; bare._ERRORS.pop('composer'); {BARE}",
    ],
    ids=["loaded already", "with a module missing", "with a class that it does not know"],
)
def test_all_of_pyyaml_is_taken_where_it_is_not_as_expected(prepare: str) -> None:
    assert outcomes(prepare, *WHOLE)[1] is True


def test_without_pyyaml_the_import_says_so() -> None:
    code = f"import sys; sys.path = [p for p in sys.path if 'site-packages' not in p]; {BARE}; import yaml"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'yaml'"
