"""Where guard refuses an age identity, and where it must not."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest

from tests.running import Done, run
from tests.sops.encrypter import KEY

FILE = b64encode(f"# created: today\n{KEY.identity}\n".encode()).decode()
WORDS = {"KEY": KEY.identity, "FILE": FILE}
SHOWN = (
    "holds an age identity, which everybody sees who may read the object: remove it, put it into the values of a Secret"
    " if the cluster needs it, and make a new one if it was applied"
)
STORED = (
    "holds an age identity: whoever can read what is stored can decrypt; remove it, encrypt the Secret that holds it"
    " with sops, and make a new one"
)
FOR_FLUX = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: sops-age}}
data: {{old.agekey: {FILE}}}
stringData:
  age.agekey: {KEY.identity}
"""
ELSEWHERE = {
    "a ConfigMap": ("kind: ConfigMap\ndata: {a: KEY}\n", "line 2: data.a"),
    "binaryData": ("kind: ConfigMap\nbinaryData: {a: FILE}\n", "line 2: binaryData.a"),
    "a text in a text": (
        "kind: HelmChart\nspec:\n  valuesContent: |\n    a:\n      key: FILE\n",
        "line 3: spec.valuesContent",
    ),
    "a list": ("kind: Pod\nspec: {containers: [{args: [x, KEY]}]}\n", "line 2: spec.containers[0].args[1]"),
    "!!binary": ("kind: ConfigMap\nbinaryData: {a: !!binary FILE}\n", "line 2: binaryData.a"),
    "a key": ("kind: ConfigMap\ndata: {KEY: a}\n", "line 2: data"),
    "an annotation of a Secret": (
        "kind: Secret\nmetadata: {name: a, annotations: {x: KEY}}\n",
        "line 2: metadata.annotations.x",
    ),
    "another kind of Secret": ("kind: SopsSecret\nspec: {a: {stringData: {k: KEY}}}\n", "line 2: spec.a.stringData.k"),
}


def guarded(text: str, *words: str) -> Done:
    done = run(re.sub(r"\b(KEY|FILE)\b(?!-)(?<!-KEY)", lambda found: WORDS[found[0]], text), "guard", *words)
    assert KEY.identity not in done.err
    assert FILE not in done.err
    return done


@pytest.mark.parametrize(("text", "place"), ELSEWHERE.values(), ids=ELSEWHERE)
@pytest.mark.parametrize(("words", "message"), [((), SHOWN), (("--keep",), STORED)])
def test_an_identity_elsewhere_is_refused(text: str, place: str, words: tuple[str, ...], message: str) -> None:
    if "metadata" not in text:
        text = text.replace("\n", "\nmetadata: {name: a}\n", 1)
        place = place.replace("line 2", "line 3").replace("3: spec.valuesContent", "4: spec.valuesContent")
    kind = text.split()[1]
    done = guarded(f"apiVersion: v1\n{text}", *words)
    place = f"line {int(place[5]) + 1}{place[6:]}"
    assert done == Done(1, b"", f"krm-secrets: error: {kind} a, {place}: {message}\n")


def test_the_values_of_a_secret_are_where_flux_gets_its_key() -> None:
    assert guarded(FOR_FLUX) == Done(0, FOR_FLUX.encode(), "")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("stringData: {KEY: x}", "Secret a, line 4: stringData"),
        ("data: {KEY: eA==}", "Secret a, line 4: data"),
        ("stringData:\n  # KEY\n  a: x", "line 5"),
        ("stringData: {a: x} # KEY", "line 4"),
    ],
)
def test_keys_and_comments_of_a_secret_are_none_of_its_values(text: str, place: str) -> None:
    done = guarded(f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\n{text}\n")
    assert done == Done(1, b"", f"krm-secrets: error: {place}: {SHOWN}\n")


def test_what_is_stored_holds_none_at_all() -> None:
    told = guarded(FOR_FLUX, "--keep").err.splitlines()
    assert [line for line in told if "identity" in line] == [
        f'krm-secrets: error: Secret sops-age, line 4: data["old.agekey"]: {STORED}',
        f'krm-secrets: error: Secret sops-age, line 6: stringData["age.agekey"]: {STORED}',
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# KEY\nkind: A\nmetadata: {name: a}\n", 1),
        ("kind: A\nmetadata: {name: a} # KEY\n", 2),
        (FOR_FLUX + "---\n# KEY\nkind: A\nmetadata: {name: a}\n", 8),
        ("# a\n---\n- KEY\n", 3),
    ],
)
def test_an_identity_in_a_comment_or_beside_the_objects(text: str, line: int) -> None:
    assert guarded(text) == Done(1, b"", f"krm-secrets: error: line {line}: {SHOWN}\n")


def test_what_cannot_be_read_is_told_once() -> None:
    done = guarded("kind: A\nmetadata: {name: a}\nspec: {a: KEY, a: 1}\n")
    assert done == Done(1, b"", done.err)
    assert 'krm-secrets: warning: A a: lines 3 and 3: the key "a" stands twice in one mapping; the object' in done.err
