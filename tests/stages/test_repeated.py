"""Keys that stand twice: an error in what is ours or is changed, and elsewhere a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import Done, run
from tests.sops.encrypter import KEY, encrypted_secret, stream

ENV = {"SOPS_AGE_KEY": KEY.identity}
EXTERNAL = (
    "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: web}\n"
    "spec: {target: {name: web}}\n---\n"
)
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
PASSES = "the object is passed on as it came: readers take the last one, or refuse it"


def deployment(labels: str, secret: str = "other") -> str:
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  labels: {labels}\n"
        f"spec: {{template: {{spec: {{containers: [{{name: c, envFrom: [{{secretRef: {{name: {secret}}}}}]}}]}}}}}}\n"
    )


FOREIGN = {
    "labels of a workload": (deployment("{a: x, a: x}"), "Deployment web: lines 10 and 10", 'the key "a" stands twice'),
    "data": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  a: x\n  a: y\n  b: 1\n  a: z\n",
        "ConfigMap c: lines 10, 11 and 13",
        'the key "a" stands 3 times',
    ),
    "the name": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nmetadata: {name: d}\n",
        "ConfigMap d: lines 8 and 9",
        'the key "metadata" stands twice',
    ),
    "annotations": (
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: n, annotations: {a: x, a: y}}\n",
        "Namespace n: lines 8 and 8",
        'the key "a" stands twice',
    ),
    "in a list, behind an alias": (
        "apiVersion: a/v1\nkind: A\nmetadata: {name: a}\nx: [&m {b: 1, b: 2}]\ny: *m\n",
        "A a: lines 9 and 9",
        'the key "b" stands twice',
    ),
    "two of them": (
        "apiVersion: a/v1\nkind: A\nmetadata: {name: a}\nx: {b: 1, b: 2, c: 1, c: 2}\n",
        "A a: lines 9 and 9",
        'the key "b" stands twice in one mapping, and one more key does',
    ),
    "three of them": (
        "apiVersion: a/v1\nkind: A\nmetadata: {name: a}\nx: {b: 1, b: 2, c: 1, c: 2, d: 1, d: 1}\n",
        "A a: lines 9 and 9",
        'the key "b" stands twice in one mapping, and 2 more keys do',
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("words", [(), ("guard",), ("guard", "--keep")])
def test_a_foreign_object_passes_with_a_warning(name: str, words: tuple[str, ...]) -> None:
    text, where, key = FOREIGN[name]
    whole = EXTERNAL + text
    done = run(whole, *words)
    assert (done.code, done.out) == (0, whole.encode())
    (line,) = done.err.splitlines()
    assert line.startswith(f"krm-secrets: warning: {where}: {key}")
    assert line.endswith(PASSES)


def test_the_whole_warning() -> None:
    whole = EXTERNAL + FOREIGN["data"][0]
    assert run(whole).err == (
        'krm-secrets: warning: ConfigMap c: lines 10, 11 and 13: the key "a" stands 3 times in one mapping; the object'
        " is passed on as it came: readers take the last one, or refuse it\n"
    )


OURS = {
    "a Secret": (SECRET + "stringData: {a: CANARY, a: y}\n", ["Secret s: lines 4 and 4", '"a"']),
    "labels of a Secret": (SECRET.replace("s}", "s, labels: {a: x, a: x}}"), ["Secret s: lines 3 and 3", '"a"']),
    "a Secret, perhaps": (SECRET + "kind: ConfigMap\n", ["ConfigMap s: lines 2 and 4", '"kind"']),
    "ours": (
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: m, labels: {a: x, a: x}}\n"
        "secrets: {x: y}\nstore: s\n",
        ["SecretMapping m: lines 3 and 3", '"a"'],
    ),
    "its block": (
        "apiVersion: v1\nkind: A\nmetadata: {name: a}\nsops: {mac: x}\nsops: {mac: y}\n",
        ["A a: lines 4 and 5", '"sops"'],
    ),
}


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("mode", ["", "keep", "placeholder"])
def test_an_object_of_ours_is_an_error(name: str, mode: str) -> None:
    text, (where, key) = OURS[name]
    env = {"KRM_SECRETS_DECRYPT": mode} if mode else {}
    done = run(f"{text}---\n{EXTERNAL}", env={**ENV, **env})
    message = f"krm-secrets: error: {where}: the key {key} stands twice in one mapping; remove one of them\n"
    assert done == Done(1, b"", message)
    if name != "ours":
        assert message in run(text, "guard").err


def test_every_key_and_line_is_named() -> None:
    done = run(SECRET + "stringData:\n  a: x\n  a: y\n  b: x\n  a: z\n  b: y\n---\n" + EXTERNAL)
    assert done.err.splitlines() == [
        'krm-secrets: error: Secret s: lines 5, 6 and 8: the key "a" stands 3 times in one mapping; keep one of them',
        'krm-secrets: error: Secret s: lines 7 and 9: the key "b" stands twice in one mapping; remove one of them',
    ]


def test_an_encrypted_secret_under_keep() -> None:
    text = stream(encrypted_secret(string_data={"a": "b"})).replace('"metadata": {', '"metadata": {"name": "x", ')
    done = run(text, env={"KRM_SECRETS_DECRYPT": "keep"})
    assert (done.code, done.out) == (1, b"")
    assert 'the key "name" stands twice' in done.err


def test_a_foreign_object_that_would_be_changed_is_an_error() -> None:
    text = EXTERNAL + deployment("{a: x, a: x}", "web")
    message = (
        'krm-secrets: error: Deployment web: lines 10 and 10: the key "a" stands twice in one mapping; remove one of'
        " them\n"
    )
    assert run(text) == Done(1, b"", message)
    config = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: c}\nreload: off\n---\n"
    assert run(config.replace("off", '"off"') + text).code == 0


def test_the_last_value_decides_what_an_object_uses() -> None:
    text = deployment("{}", "web").replace("envFrom:", "envFrom: [], envFrom:")
    assert run(EXTERNAL + text).code == 1
    other = deployment("{}", "web").replace("secretRef: {name: web}", "secretRef: {name: web, name: x}")
    assert run(EXTERNAL + other).code == 0


def test_a_list_in_which_the_items_stand_twice_is_an_error() -> None:
    done = run(f"apiVersion: v1\nkind: List\nitems: []\nitems: []\n---\n{EXTERNAL}")
    assert done.err == (
        'krm-secrets: error: lines 3 and 4: the key "items" stands twice in one mapping; remove one of them\n'
    )


def test_a_long_key_is_not_shown_whole() -> None:
    done = run(SECRET + f"stringData: {{{'a' * 200}: x, {'a' * 200}: y}}\n---\n" + EXTERNAL)
    assert f'the key "{"a" * 100}…" stands twice' in done.err


def test_explain_goes_on() -> None:
    done = run(EXTERNAL + deployment("{a: x, a: x}", "web"), "run", "--explain", "-")
    assert (done.code, done.err) == (0, "")
    assert b"web" in done.out


def test_render_minds_it_where_it_would_write(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "m.yaml").write_text(
        "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata: {name: m}\nstore: s\nsecrets: {web: y}\n"
    )
    path = tmp_path / "d.yaml"
    path.write_text(deployment("{a: x, a: x}"))
    done = run("", "render", str(tmp_path))
    assert (done.code, done.err) == (0, "")
    assert (tmp_path / "externalsecret.yaml").exists()
    path.write_text(deployment("{a: x, a: x}", "web"))
    done = run("", "render", str(tmp_path))
    assert done.code == 1
    assert 'the key "a" stands twice in one mapping; remove one of them' in done.err
