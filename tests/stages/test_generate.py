"""Generators in the pipe, in `run` and as functionConfig: what becomes of them, and every message whole."""

from __future__ import annotations

import json
import os
import tempfile
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest

from krm_secrets.yamltext.load import load, parse
from tests.running import Done, run
from tests.sops.encrypter import KEY, encrypt, secret, stream
from tests.sopsfiles.files import dotenv_file, ini_file, json_file

SKIPPED = " (kustomize skips functions in silence without --enable-exec)"

ENV = {"SOPS_AGE_KEY": KEY.identity}
PLACEHOLDER = {"KRM_SECRETS_DECRYPT": "placeholder"}
HEAD = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SopsGenerator\nmetadata: {name: g}\n"
ONE = HEAD + "secrets:\n  - name: a\n"
NOT_ENCRYPTED = "is not encrypted with sops: encrypt it, or list it as {path: …, plain: true}"
NO_KEY = (
    f"sops: no age identity found to decrypt it (encrypted for {KEY.recipient}); set SOPS_AGE_KEY or SOPS_AGE_KEY_FILE,"
    " or build without keys: KRM_SECRETS_DECRYPT=placeholder"
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def trusting(**fields: object) -> tuple[str, str]:
    """The words that name a configuration in which the generators of these tests may run."""
    head = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretsConfig", "metadata": {"name": "c"}}
    path = Path(tempfile.mkdtemp(dir=Path.cwd())) / "trusted.conf"
    path.write_text(json.dumps({**head, "generators": ["g", "h", "k"], **fields}))
    return "-c", str(path)


def put(**files: bytes | str) -> None:
    """Files in the working folder; `__` stands for a dot, `___` for a slash."""
    for name, content in files.items():
        path = Path(name.replace("___", "/").replace("__", "."))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def generate(text: str, *words: str, env: dict[str, str] = ENV) -> list[Any]:
    done = run(text, *(words or trusting()), env=env)
    assert (done.code, done.err) == (0, "")
    return objects(done)


def objects(done: Done) -> list[Any]:
    return [load(document.root) for document in parse(done.out.decode())]


def errors(text: str, *words: str, env: dict[str, str] = ENV) -> list[str]:
    done = run(text, *(words or trusting()), env=env)
    assert (done.code, done.out) == (1, b"")
    assert "CANARY" not in done.err
    return [line.removeprefix("krm-secrets: error: ") for line in done.err.splitlines()]


def binary_file(content: str) -> bytes:
    return json.dumps(encrypt({"data": content})[0]).encode()


def data(found: dict[str, Any]) -> dict[str, str]:
    return {key: b64decode(value).decode() for key, value in found["data"].items()}


# Values


def test_values_of_every_format() -> None:
    put(
        a__yaml=json_file({"a": "1", "b": 7}),
        a__json=json_file({"j": "2"}),
        a__ini=ini_file({"s": {"i": "3"}}),
        a__env=dotenv_file({"E": "4"}),
        a__bin=binary_file("5"),
        d___f=binary_file("6"),
    )
    (found,) = generate(ONE + "    files: [a.yaml, a.json, a.ini, a.env, a.bin, k=./d/f]\n    literals: [L=x]\n")
    assert data(found) == {
        "a.yaml": 'a: "1"\nb: 7\n',
        "a.json": '{\n\t"j": "2"\n}\n',
        "a.ini": "[s]\ni = 3\n",
        "a.env": "E=4\n",
        "a.bin": "5",
        "k": "6",
        "L": "x",
    }


def test_env_files_of_every_format() -> None:
    put(
        a__env=dotenv_file({"A": 'pa$SWORD "q" # no', "N": "a\\nb"}),
        b__yaml=json_file({"B": "1", "I": 7, "F": 1.5, "T": True, "Z": None, "E": ""}),
        c__json=json_file({"C": "2"}),
        d__ini=ini_file({"DEFAULT": {"D": "3"}}),
        e=binary_file("X=4\n# c\n"),
        f__txt=dotenv_file({"G": "5"}),
    )
    (found,) = generate(ONE + "    envs: [a.env, b.yaml, c.json, d.ini, e, f.txt]\n")
    assert data(found) == {
        "A": 'pa$SWORD "q" # no', "N": "a\\nb", "B": "1", "I": "7", "F": "1.5", "T": "true", "Z": "", "E": "",
        "C": "2", "D": "3", "X": "4", "G": "5",
    }  # fmt: skip


def test_plain_files_where_the_generator_says_so() -> None:
    put(
        a__env="A=1\n",
        a__yaml="B: 2024-01-02\nC: x\n# c\nD: !!binary /w==\n",
        a__bin=b"\xff",
        b__env=dotenv_file({"E": "5"}),
        c__yaml=":\n  -: [",
        d__txt="F=6",
    )
    plain = "{{path: {}, plain: true}}"
    envs = ", ".join(map(plain.format, ("a.env", "a.yaml", "b.env", "d.txt")))
    files = ", ".join(map(plain.format, ("a.bin", "b.env", "c.yaml")))
    (found,) = generate(ONE + f"    envs: [{envs}]\n    files: [{files}]\n")
    values = {key: b64decode(value) for key, value in found["data"].items()}
    assert values == {
        "A": b"1", "B": b"2024-01-02", "C": b"x", "D": b"\xff", "E": b"5", "F": b"6",
        "a.bin": b"\xff", "b.env": b"E=5\n", "c.yaml": b":\n  -: [",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("where", "name", "content", "message"),
    [
        ("files", "a.bin", b"CANARY", NOT_ENCRYPTED),
        ("files", "a.yaml", b"a: CANARY\n", NOT_ENCRYPTED),
        ("envs", "a.env", b"A=CANARY\n", NOT_ENCRYPTED),
        ("envs", "a", b"A=CANARY\n", NOT_ENCRYPTED),
        ("files", "a.json", b'{"a": CANARY', "not valid JSON: line 1: Expecting value"),
        ("envs", "a.yaml", json_file({"a": {"b": "CANARY"}}), "a: is a list or a mapping, and the values of a Secret"
         " are texts"),
        ("envs", "a.yaml", stream(*encrypt({"a": "CANARY"}, {"b": "CANARY"})).encode(), "must hold one document with"
         " keys and values"),
        ("envs", "a.ini", ini_file({"s": {"a": "CANARY"}}), "s: is a section, and the keys of a Secret have none"),
        ("envs", "a.env", dotenv_file({"a b": "CANARY"}), "line 1 has a name that cannot be a key: letters, digits, -,"
         " _ and . can"),
        ("envs", "a", binary_file("A=1\nCANARY\n"), "line 2 has no `=`"),
        ("files", "a.yaml", json_file({"a": "CANARY"}).replace(b"}]", b"}], \"c\": 1", 1), "x"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_named(where: str, name: str, content: bytes, message: str) -> None:
    Path(name).write_bytes(content)
    if message == "x":  # a key that was added to a finished file
        content = json_file({"b": "CANARY", "c_unencrypted": "CANARY"}).replace(b"CANARY", b"other")
        Path(name).write_bytes(content)
        message = (
            "sops.mac: the MAC does not fit: the file was changed or merged after sops wrote it; restore what sops"
            " wrote, or change it with sops"
        )
    assert errors(ONE + f"    {where}: [{name}]\n") == [
        f"SopsGenerator g, line 6: secrets[0].{where}[0]: {name}{': ' if message != NOT_ENCRYPTED else ' '}{message}"
    ]


def test_a_mac_that_does_not_fit_may_be_ignored_by_configuration() -> None:
    put(a__yaml=json_file({"a_unencrypted": "before"}).replace(b"before", b"after"))
    (found,) = generate(ONE + "    envs: [a.yaml]\n", *trusting(mac="ignore"))
    assert data(found) == {"a_unencrypted": "after"}


def test_all_mistakes_come_in_one_run() -> None:
    put(a__env=dotenv_file({"A": "1"}), b__env=dotenv_file({"A": "2"}))
    text = HEAD + "files: [gone.yaml]\nsecrets:\n  - {name: a, files: [x/y], envs: [a.env, b.env], literals: [A=3]}\n"
    assert errors(text) == [
        "SopsGenerator g, line 4: files[0]: gone.yaml cannot be read: No such file or directory",
        "SopsGenerator g, line 6: secrets[0].files[0]: x/y cannot be read: No such file or directory",
        'SopsGenerator g, line 6: secrets[0]: the key "A" is given twice',
    ]


def test_without_a_key() -> None:
    put(a__env=dotenv_file({"A": "CANARY"}))
    assert errors(ONE + "    envs: [a.env]\n", env={}) == [
        f"SopsGenerator g, line 6: secrets[0].envs[0]: a.env: {NO_KEY} (the sops key file: nothing at"
        " ~/.config/sops/age/keys.txt)"
    ]


# Files that must not be read


def test_files_outside_of_the_folder(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out.env"
    inside.mkdir()
    os.chdir(inside)
    outside.write_text("A=CANARY\n")
    Path("link").symlink_to(outside)
    Path("dir").symlink_to(tmp_path)
    Path("fine").symlink_to("real")
    Path("real").write_text("A=1\n")
    leads_out = "leads out of the folder of the kustomization, beyond which a generator reads no file"
    names = {
        "../out.env": leads_out,
        "link": leads_out,
        "dir/out.env": leads_out,
        str(outside): "must be a path relative to the kustomization",
        '"a\\0b"': "cannot be read: no file can have this name",
    }
    for name, message in names.items():
        shown = name.strip('"').replace("\\0", "\\u0000")
        assert errors(ONE + f"    envs: [{{path: {name}, plain: true}}]\n") == [
            f"SopsGenerator g, line 6: secrets[0].envs[0]: {shown} {message}"
        ]
    (found,) = generate(ONE + "    envs: [{path: fine, plain: true}]\n")
    assert data(found) == {"A": "1"}


def test_what_is_no_regular_file_or_too_large(tmp_path: Path) -> None:
    os.mkfifo("pipe")
    Path("dir").mkdir()
    Path("big").write_bytes(b"\0" * (5 * 1024 * 1024 + 1))
    text = ONE + "    files: [pipe, dir, big, ./gone]\n"
    assert errors(text) == [
        "SopsGenerator g, line 6: secrets[0].files[0]: pipe is no regular file",
        "SopsGenerator g, line 6: secrets[0].files[1]: dir cannot be read: Is a directory",
        "SopsGenerator g, line 6: secrets[0].files[2]: big is larger than 5 MiB",
        "SopsGenerator g, line 6: secrets[0].files[3]: ./gone cannot be read: No such file or directory",
    ]


# Whole manifests


def foo(name: str = "f", **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "x/v1", "kind": "Foo", "metadata": {"name": name}, "spec": spec}


def test_whole_manifests_keep_their_text() -> None:
    first, second = encrypt(secret("one", stringData={"a": "1"}), foo(b="2"), encrypted_regex="^(stringData|spec)$")
    put(
        a__yaml=f"# above\n{json.dumps(first)} # beside\n---\n# head\n\napiVersion:   x/v1\nkind: Foo\n"
        f"metadata: {{name: f}}\nspec:\n  # note\n  b: {second['spec']['b']}\nsops: {json.dumps(second['sops'])}\n...\n"
    )
    done = run(HEAD + "files: [a.yaml]\n", *trusting(), env=ENV)
    assert (done.code, done.err) == (0, "")
    one = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one"}, "stringData": {"a": "1"}}
    assert done.out.decode() == (
        f"# above\n{json.dumps(one)} # beside\n---\n# head\n\napiVersion:   x/v1\nkind: Foo\n"
        'metadata: {name: f}\nspec:\n  # note\n  b: "2"\n'
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_manifests_as_items_of_a_resource_list(newline: str) -> None:
    texts = [
        "apiVersion: v1\nkind: A\nmetadata: {name: a}\nx: |\n  one\n\n   two\ny: &a [1]\nz: *a",
        "%YAML 1.1\n---\n  apiVersion: v1\n  kind: B\n  metadata: {name: b}\n  x: |2+\n    one\n\n...\n",
        '--- # c\n{\n\t"apiVersion": "v1", "kind": "C",\n\t"metadata": {"name": "c"}\n}\n',
        "apiVersion: v1\nkind: D\nmetadata: {name: d}\nx: |\n  no end",
        "apiVersion: v1\nkind: E\nmetadata: {name: e}\nx: 'a\u2028  b'\n",
        '{\n\t"apiVersion": "v1", "kind": "F", "metadata": {"name": "f"}, "x": "a\\tb"\n}\n',
    ]
    texts[2] = texts[2].replace("\t", "  ")
    expected = [load(parse(text)[0].root) for text in texts[:5]]
    expected.append({"apiVersion": "v1", "kind": "F", "metadata": {"name": "f"}, "x": "a\tb"})
    for n, text in enumerate(texts):
        Path(f"{n}.yaml").write_text(text.replace("\n", newline), newline="")
    files = ", ".join(f"{{path: {n}.yaml, plain: true}}" for n in range(len(texts)))
    given = "kind: ResourceList\nitems: []\nfunctionConfig:\n  " + HEAD.replace("\n", "\n  ") + f"files: [{files}]\n"
    done = run(given, env=ENV)
    assert (done.code, done.err) == (0, "")
    (listed,) = objects(done)
    assert listed["items"] == expected
    assert objects(run(HEAD + f"files: [{files}]\n", *trusting(), env=ENV)) == expected


def test_any_kind_that_is_listed_is_decrypted_and_one_that_is_hidden_too() -> None:
    put(a__yaml=stream(*encrypt(foo(a="1"), secret(stringData={"a": "2"}), foo("hidden", a="3"))))
    assert generate(HEAD + "files: [a.yaml]\n") == [foo(a="1"), secret(stringData={"a": "2"}), foo("hidden", a="3")]


def test_documents_of_nothing_but_a_block_or_comments_make_no_object() -> None:
    (item,) = encrypt(secret(stringData={"a": "1"}), encrypted_regex="^stringData$")
    put(a__yaml=f"# nothing\n{stream(item)}---\n# nothing\n---\nsops: {json.dumps(item['sops'])}\n")
    assert generate(HEAD + "files: [a.yaml]\n") == [secret(stringData={"a": "1"})]


AT = "SopsGenerator g, line 4: files[0]: a.yaml"
PLAIN = "apiVersion: v1\nkind: Secret\nmetadata: {name: p}\nstringData: {a: CANARY}\n"
MAC = (
    "does not fit the file: it was changed after sops wrote it, or two versions were merged; restore it and make the"
    " change with sops, or set `mac: ignore`"
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (PLAIN, f"{AT} {NOT_ENCRYPTED}"),
        (stream(encrypt(secret(stringData={"a": "CANARY"}))[0]) + "---\n" + PLAIN,
         f"{AT}: document 2 of it {NOT_ENCRYPTED}"),
        ("", f"{AT} holds no Kubernetes object"),
        ("# CANARY\n---\n", f"{AT} holds no Kubernetes object"),
        ("A=CANARY\n", f"{AT} is no Kubernetes object: it has no apiVersion and kind"),
        ("- CANARY\n", f"{AT} is no Kubernetes object: it has no apiVersion and kind"),
        (PLAIN + "---\na: CANARY\n", f"{AT}: document 1 of it {NOT_ENCRYPTED}"),
        ("a: [CANARY\n", "a.yaml:2: not valid YAML: did not find expected ',' or ']'"),
        ("\t{CANARY\n", "a.yaml:1: not valid YAML: found character that cannot start any token"),
        (b"a: \xff\n", "a.yaml:1: the input is not UTF-8 text; save it as UTF-8"),
        (PLAIN.replace("stringData", "metadata"),
         'a.yaml: lines 3 and 4: the key "metadata" stands twice in one mapping; remove one of them'),
    ],
)  # fmt: skip
def test_a_manifest_that_cannot_be_used_is_named(content: str | bytes, message: str) -> None:
    put(a__yaml=content)
    assert errors(HEAD + "files: [a.yaml]\n")[0] == message


def test_the_mac_of_a_manifest_must_hold() -> None:
    text = stream(*encrypt(secret(stringData={"a": "CANARY"}), encrypted_regex="^stringData$"))
    put(d___a__yaml=text.replace('"name": "s"', '"name": "t"'))
    assert errors(HEAD + "files: [d/a.yaml]\n") == [f"d/a.yaml:2: Secret t: sops.mac: {MAC}"]


# Placeholders and `keep`


def test_placeholders_need_no_key() -> None:
    put(
        a__env=dotenv_file({"A": "1", "B_unencrypted": "2"}),
        b__yaml=json_file({"C": "3"}),
        d__ini=ini_file({"DEFAULT": {"D": "4"}}),
        e=binary_file("X=5"),
        f__bin=binary_file("6"),
        g__txt="7",
        w__yaml=stream(*encrypt(foo(a="1"), encrypted_regex="^spec$")),
    )
    plain = "{path: g.txt, plain: true}"
    text = f"files: [w.yaml]\nsecrets:\n  - {{name: a, envs: [a.env, b.yaml, d.ini, e], files: [f.bin, {plain}]}}\n"
    text += f"  - {{name: b, files: [{plain}]}}\n  - {{name: c, kind: ConfigMap, envs: [a.env]}}\n"
    whole, first, second, third = sorted(
        generate(HEAD + text, env=PLACEHOLDER), key=lambda item: (item["kind"] != "Foo", item["metadata"]["name"])
    )
    note = {"krm-secrets.dev/placeholder": "true"}
    assert (whole["spec"], whole["metadata"]["annotations"]) == ({"a": "..PLACEHOLDER_a.."}, note)
    assert data(first) == {
        "A": "..PLACEHOLDER_A..", "B_unencrypted": "2", "C": "..PLACEHOLDER_C..", "D": "..PLACEHOLDER_D..",
        "f.bin": "..PLACEHOLDER_f.bin..", "g.txt": "7",
    }  # fmt: skip
    assert first["metadata"] == {"name": "a", "annotations": note}
    assert second == {**secret("b", data={"g.txt": "Nw=="}), "type": "Opaque"}
    assert third["data"] == {"A": "..PLACEHOLDER_A..", "B_unencrypted": "2"}
    assert third["metadata"]["annotations"] == note


def test_placeholders_of_nested_values_are_still_refused() -> None:
    put(a__yaml=json_file({"a": {"b": "CANARY"}}))
    assert errors(ONE + "    envs: [a.yaml]\n", env=PLACEHOLDER) == [
        "SopsGenerator g, line 6: secrets[0].envs[0]: a.yaml: a: is a list or a mapping, and the values of a Secret are"
        " texts"
    ]


def test_keep_leaves_nothing_to_generate() -> None:
    assert errors(ONE, *trusting(decrypt="keep")) == [
        "SopsGenerator g, line 1: has nothing to generate with `decrypt: keep`, since nothing decrypts a generator's"
        " files in the cluster; list encrypted Secrets under `resources:`, or leave `decrypt: keep` out"
    ]


# Where generators stand


def test_the_rest_of_a_stream_stays_byte_for_byte_and_consumers_are_wired() -> None:
    before = "# keep\nkind:   Other\napiVersion: v1\n"
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"containers": [{"name": "w", "envFrom": [{"secretRef": {"name": "a"}}]}]}}},
    }
    text = before + stream(deployment) + "---\n" + ONE + "    needsHash: true\n    behavior: merge\n"
    done = run(text, *trusting(), env=ENV)
    assert done.err == ""
    assert done.out.decode().startswith(before)
    _, wired, made = objects(done)
    assert wired["metadata"]["annotations"] == {"reloader.stakater.com/auto": "true"}
    assert made["metadata"] == {"name": "a"}  # no kustomize is there to read annotations for it


def test_the_functionconfig_among_the_items_runs_once() -> None:
    item = "\n    ".join((ONE + "    needsHash: true\n    behavior: replace").split("\n"))
    again = item.replace("g}", "g, annotations: {x: y}}")
    text = f"kind: ResourceList\nfunctionConfig:\n    {item}\nitems:\n  - {again}\n"
    (listed,) = generate(text)
    assert [found["metadata"] for found in listed["items"]] == [
        {
            "name": "a",
            "annotations": {
                "kustomize.config.k8s.io/needs-hash": "true",
                "kustomize.config.k8s.io/behavior": "replace",
            },
        }
    ]


def test_an_object_that_is_there_already() -> None:
    other = ONE.replace("name: g}", "name: h}")
    assert errors(ONE + "  - name: a\n---\n" + other + "---\n" + PLAIN.replace("p}", "a}")) == [
        "SopsGenerator g, line 1: makes Secret a, which is in the input already; one must go",
        "SopsGenerator g, line 1: makes Secret a, which is generated already; one must go",
        "SopsGenerator h, line 8: makes Secret a, which is generated already; one must go",
    ]


def test_kpt_is_refused() -> None:
    path = "{internal.config.kubernetes.io/path: g.yaml, internal.config.kubernetes.io/index: '0'}"
    item = ONE.replace("{name: g}", f"{{name: g, annotations: {path}}}").replace("\n", "\n    ")
    done = run(f"kind: ResourceList\nitems:\n  - {item}\n", env=ENV)
    assert done.code == 1
    assert done.err == (
        "krm-secrets: error: g.yaml: SopsGenerator g: cannot run under kpt, which would write the plaintext into the"
        " package; put the encrypted Secrets themselves into it, or build them with kustomize or `krm-secrets run`\n"
    )


def test_run_takes_the_folder_of_the_generator_for_its_root_and_a_listed_file_only_once() -> None:
    put(
        app___g__yaml=ONE + "    envs: [e.yaml]\nfiles: [./s.yaml, d/t.yaml]\n",
        app___e__yaml=json_file({"A": "1"}),
        app___s__yaml=stream(*encrypt(secret("s", stringData={"a": "1"}))),
        app___d___t__yaml=stream(*encrypt(foo(a="1"))),
        other__yaml=stream(*encrypt(secret("o", stringData={"a": "1"}))),
    )
    found = generate("", "run", ".")
    assert sorted(item["metadata"]["name"] for item in found) == ["a", "f", "o", "s"]
    put(app___g__yaml=ONE + "    files: [../other.yaml, gone]\nfiles: [plain.yaml]\n", app___plain__yaml=PLAIN)
    assert errors("", "run", "app/g.yaml") == [
        f"app/g.yaml:7: SopsGenerator g: files[0]: plain.yaml {NOT_ENCRYPTED}",
        "app/g.yaml:6: SopsGenerator g: secrets[0].files[0]: ../other.yaml leads out of the folder of the"
        " kustomization, beyond which a generator reads no file",
        "app/g.yaml:6: SopsGenerator g: secrets[0].files[1]: gone cannot be read: No such file or directory",
    ]


def test_a_generator_with_mistakes_reads_no_file_and_one_that_cannot_be_read_is_named() -> None:
    assert errors(ONE + "    fils: [gone]\n    files: [gone]\n") == [
        'SopsGenerator g, line 6: secrets[0].fils: unknown field; did you mean "files"? [unknown-field]'
    ]
    assert errors(ONE + "    name: b\n") == [
        'SopsGenerator g: lines 5 and 6: the key "name" stands twice in one mapping; remove one of them'
    ]


def test_guard_refuses_a_generator_that_is_left() -> None:
    for head in (ONE, "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: k}\n"):
        (message,) = errors(head, "guard")
        assert message.endswith(
            ": was not expanded: run krm-secrets in the build, or leave the object out of it" + SKIPPED
        )


def test_ksops_documents_are_read_in_their_own_words() -> None:
    put(
        a__env=dotenv_file({"A": "1"}), b=binary_file("2"), s__yaml=stream(*encrypt(secret("s", stringData={"a": "1"})))
    )
    text = "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: k}\nfiles: [./s.yaml]\nsecretFrom:\n"
    text += "  - metadata: {name: a, annotations: {kustomize.config.k8s.io/needs-hash: 'true', x: y}}\n"
    text += "    type: Opaque\n    envs: [./a.env]\n    binaryFiles: [./b]\n"
    found = generate(text)
    assert [item["metadata"] for item in found] == [{"name": "s"}, {"name": "a", "annotations": {"x": "y"}}]
    assert data(found[1]) == {"A": "1", "b": "2"}
    assert errors(text + "    liteals: [x]\n") == [
        "ksops k, line 10: secretFrom[0].liteals: unknown field [unknown-field]"
    ]


def test_who_moves_over_from_ksops_is_told_of_values_that_change() -> None:
    values = {"A": "1", "B": '"CANARY"', "C": "pa$CANARY", "D": "x #CANARY", "E": " CANARY", "F": "'", "G": "$X"}
    put(
        a__env=dotenv_file(values),
        few__env=dotenv_file({"A": "'1'"}),
        plain__env="A='1'\n",
        same__env=dotenv_file({"A": "$"}),
    )
    envs = "secretFrom: [{metadata: {name: a}, envs: [%s]}]\n"
    head = "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: k}\n"
    said = (
        "KSOPS reads another value of {}: it takes off quotes and blanks, cuts ` #` and fills in `$NAME`, all of which"
        " stays here; set the values as they are to be, and make this document a SopsGenerator, which reads them so and"
        " is silent\n"
    )
    for entry, named in (
        ("a.env", "B, C, D, E, F and 1 more"),
        ("few.env", "A"),
        ("{path: plain.env, plain: true}", "A"),
    ):
        done = run(head + envs % entry, *trusting(), env=ENV)
        file = entry.removeprefix("{path: ").partition(",")[0]
        place = "krm-secrets: warning: ksops k, line 4: secretFrom[0].envs[0]: "
        assert (done.code, done.err) == (0, f"{place}{file}: {said.format(named)}")
    assert run(head + envs % "same.env", *trusting(), env=ENV).err == ""
    assert run(head + envs % "few.env", *trusting(), "--placeholder", env=ENV).err == ""
    own = HEAD + "secrets: [{name: a, envs: [a.env]}]\n"
    assert (data(generate(own)[0]), run(own, *trusting(), env=ENV).err) == (values, "")


# For kustomize, which merges `data` alone


def as_function(files: str, env: dict[str, str] = ENV) -> list[Any]:
    given = "kind: ResourceList\nitems: []\nfunctionConfig:\n  " + HEAD.replace("\n", "\n  ") + f"files: [{files}]\n"
    (listed,) = generate(given, env=env)
    return list(listed["items"])


def test_kustomize_is_given_values_in_data() -> None:
    (item,) = encrypt(secret("e", data={"a": "b2xk", "b": "Yg=="}, stringData={"a": "1"}), encrypted_regex="ata$")
    plain = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "p"}, "stringData": {"a": "1", "n": ""}}
    none = {"metadata": {"name": "n"}, "stringData": {}}
    put(e__yaml=stream(item), p__yaml=json.dumps(plain), n__yaml=json.dumps({**plain, **none}))
    files = "e.yaml, {path: p.yaml, plain: true}, {path: n.yaml, plain: true}"
    del plain["stringData"]
    made = [secret("e", data={"a": "MQ==", "b": "Yg=="}), {**plain, "data": {"a": "MQ==", "n": ""}}]
    assert as_function(files) == [*made, {**plain, **none}]


def test_kustomize_is_given_placeholders_in_data() -> None:
    (item,) = encrypt(secret("e", stringData={"a": "1", "b_plain": "x"}), encrypted_regex="^a$")
    plain = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "p"}, "stringData": {"a": "1"}}
    put(e__yaml=stream(item), p__yaml=json.dumps(plain))
    first, second = as_function("e.yaml, {path: p.yaml, plain: true}", env=PLACEHOLDER)
    assert b64decode(first["data"]["a"]) == b"..PLACEHOLDER_a.."
    assert (first["data"]["b_plain"], "stringData" in first) == ("eA==", False)
    assert second == {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "p"}, "data": {"a": "MQ=="}}


def test_placeholders_stand_for_no_plaintext() -> None:
    sealed = encrypt({"a": "x", "n": {"b": "y"}})[0]
    put(a__yaml=json.dumps({**sealed, "p": "CANARY"}), b__yaml=json.dumps({**sealed, "n": {"b": 7}}))
    put(c__env=dotenv_file({"A": "x"}) + b"B=CANARY\n")
    message = (
        "is plaintext where the file's rule wants ciphertext: a patch or an edit put it there; set the value with sops,"
        " or apply the patch after decryption"
    )
    text = ONE + "    envs: [a.yaml, c.env]\n    files: [b.yaml]\n"
    done = run(text, *trusting(), env=PLACEHOLDER)
    assert (done.code, done.out) == (1, b"")
    assert "CANARY" not in done.err
    assert [line.partition("]: ")[2] for line in done.err.splitlines()] == [
        f"b.yaml: n.b: {message}",
        f"a.yaml: p: {message}",
        f"c.env: B: {message}",
    ]


# Whose generators run

LOOT = (
    "apiVersion: krm-secrets.dev/v1alpha1\nkind: SopsGenerator\nmetadata: {name: g, namespace: apps}\nsecrets:\n"
    "  - {name: loot, kind: ConfigMap, namespace: kube-system, files: [{path: c.txt, plain: true}]}\n"
)
KSOPS = (
    "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: g, namespace: apps}\nsecretFrom:\n"
    "  - {metadata: {name: loot}, files: [c.bin]}\n"
)
UNNAMED = (
    "came in among the objects, where whoever writes a base can put it to read your files with your key, and does not"
    " run; if you want it to, write `generators: [apps/g]` into the configuration of `-c` or the functionConfig, or"
    " list its file under `generators:` of your kustomization"
)


def item_of(text: str, **function_config: object) -> str:
    item = "\n    ".join(text.rstrip().split("\n"))
    head = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretsConfig", "metadata": {"name": "c"}}
    config = f"functionConfig: {json.dumps({**head, **function_config})}\n" if function_config else ""
    return f"kind: ResourceList\n{config}items:\n  - {item}\n"


@pytest.mark.parametrize("text", [LOOT, KSOPS], ids=["SopsGenerator", "KSOPS"])
@pytest.mark.parametrize("env", [ENV, PLACEHOLDER], ids=["key", "placeholder"])
def test_a_generator_among_the_objects_does_not_run(text: str, env: dict[str, str]) -> None:
    put(c__txt="CANARY", c__bin=binary_file("CANARY"))
    kind = text.split()[3]
    assert errors(text, *trusting(generators=["apps/other", "g"]), env=env) == [
        f"{kind} g, line 1: {UNNAMED}".replace(" g,", " apps/g,")
    ]
    done = run(item_of(text), env=env)
    assert (done.code, done.err) == (1, f"krm-secrets: error: {kind} apps/g: {UNNAMED}\n")
    assert b"CANARY" not in done.out
    assert run(text, "run", "-", env=env).code == 1


@pytest.mark.parametrize("text", [LOOT, KSOPS], ids=["SopsGenerator", "KSOPS"])
def test_a_generator_that_is_named_runs(text: str) -> None:
    put(c__txt="mine", c__bin=binary_file("mine"))
    (found,) = generate(text, *trusting(generators=["apps/g"]))
    assert found["metadata"]["name"] == "loot"
    (listed,) = objects(run(item_of(text, generators=["apps/g"]), env=ENV))
    assert [item["metadata"]["name"] for item in listed["items"]] == ["loot"]


def test_a_name_means_one_generator() -> None:
    put(c__txt="mine", c__bin=binary_file("mine"))
    assert errors(LOOT + "---\n" + KSOPS, *trusting(generators=["apps/g"])) == [
        "ksops apps/g, line 7: is the second generator of this name, and `generators` means one; give it another name"
    ]


def test_the_functionconfig_is_not_exchanged_for_an_item_of_its_name() -> None:
    put(c__txt="CANARY", d__txt="mine")
    own = LOOT.replace("c.txt", "d.txt")
    config = "\n    ".join(own.rstrip().split("\n"))
    given = f"functionConfig:\n    {config}\n"
    done = run(item_of(LOOT).replace("items:", given + "items:"), env=ENV)
    assert (done.code, done.err) == (1, f"krm-secrets: error: SopsGenerator apps/g: {UNNAMED}\n")
    (listed,) = objects(run(item_of(own).replace("items:", given + "items:"), env=ENV))
    assert [item["data"] for item in listed["items"]] == [{"d.txt": "mine"}]


# What no generator reads

OTHERS = KEY.identity
HELD = (
    "holds a private key of age or SSH, and no generator reads one: whoever may see the object would have it; encrypt"
    " the file with sops"
)


@pytest.mark.parametrize(
    "content",
    [
        OTHERS.encode(),
        f"# created: x\r\n{OTHERS}\r\n".encode("utf-16"),
        f"A={OTHERS}\n".encode(),
        f"A: {b64encode(OTHERS.encode()).decode()}\n".encode(),
        b"AGE-PLUGIN-YUBIKEY-1QPZRY9X8GF2TVDW0\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a: {OTHERS}}}\n".encode(),
    ],
    ids=["native", "UTF-16", "env file", "base64", "plugin", "SSH", "manifest"],
)
@pytest.mark.parametrize(
    "where",
    [
        "files: [{}]",
        "secrets: [{{name: a, files: [{}]}}]",
        "secrets: [{{name: a, envs: [{}]}}]",
        "secrets: [{{name: a, kind: ConfigMap, binaryFiles: [{}]}}]",
    ],
)
def test_a_file_with_an_identity_is_read_in_no_way(where: str, content: bytes) -> None:
    put(a__yaml=content)
    (message,) = errors(HEAD + where.format("{path: a.yaml, plain: true}"))
    assert message.endswith(f": a.yaml {HELD}")
    assert OTHERS not in message


def test_an_encrypted_identity_is_how_flux_gets_its_key() -> None:
    put(age__agekey=binary_file(OTHERS))
    (found,) = generate(ONE + "    files: [age.agekey]\n")
    assert data(found) == {"age.agekey": OTHERS}
    assert errors(ONE + "    kind: ConfigMap\n    files: [age.agekey]\n    literals: [a=b]\n") == [
        "SopsGenerator g, line 5: secrets[0]: would show a private key of age or SSH in a ConfigMap: make it a Secret"
    ]


@pytest.mark.parametrize(
    "name", ["SOPS_AGE_KEY_FILE", "SOPS_AGE_SSH_PRIVATE_KEY_FILE", "the sops key file", "~/.ssh/id_rsa"]
)
def test_the_callers_own_key_files_are_not_read_whatever_they_hold(name: str, tmp_path: Path) -> None:
    put(keys__txt="locked CANARY", h___sops___age___keys__txt="CANARY", h____ssh___id_rsa="CANARY")
    path = {"the sops key file": "h/sops/age/keys.txt", "~/.ssh/id_rsa": "h/.ssh/id_rsa"}.get(name, "keys.txt")
    Path("h/.ssh").mkdir(exist_ok=True)
    Path("h/.ssh/id_rsa").write_text("CANARY")
    os.link(path, "hard")
    Path("soft").symlink_to(path)
    env = {**ENV, "HOME": str(tmp_path / "h"), "XDG_CONFIG_HOME": str(tmp_path / "h")}
    if name.startswith("SOPS"):
        env[name] = "./keys.txt"
    for given in (path, f"./{path}", "hard", "soft"):
        assert errors(ONE + f"    files: [{{path: {given}, plain: true}}]\n", env=env) == [
            f"SopsGenerator g, line 6: secrets[0].files[0]: {given} is {name}, where your own keys are, and no"
            " generator reads it"
        ]


@pytest.mark.parametrize("folder", [".git", ".GIT", "deep/.git", ".hg", ".svn", ".jj"])
def test_where_versions_are_kept_nothing_is_read(folder: str) -> None:
    Path(folder).mkdir(parents=True)
    Path(folder, "config").write_text("CANARY")
    Path("link").symlink_to(folder)
    Path("config").symlink_to(f"{folder}/config")
    kept = folder.rpartition("/")[2]
    for given in (f"{folder}/config", "link/config", "config", f"./x/../{folder}/config"):
        for where in ("files", "envs"):
            (message,) = errors(ONE + f"    {where}: [{{path: {given}, plain: true}}]\n")
            assert message.endswith(f"{given} lies in {kept}, which no generator reads: it can hold credentials")
    Path("x__").mkdir()
    Path("config__").write_text("1")
    assert generate(ONE + "    files: [{path: config__, plain: true}]\n")


@pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])
def test_standard_input_by_its_path_is_standard_input(name: str) -> None:
    put(c__txt="CANARY")
    assert errors(LOOT, "run", name) == [f"SopsGenerator apps/g, line 1: {UNNAMED}"]
