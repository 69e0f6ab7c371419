"""Which MACs can be verified behind a host, and what is said of those that cannot."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import Done, run, run_with
from tests.sops.encrypter import KEY, encrypt, encrypted_secret, secret, stream

ENV = {"SOPS_AGE_KEY": KEY.identity}
CONFIG = {"apiVersion": "krm-secrets.dev/v1alpha1", "kind": "SecretsConfig", "metadata": {"name": "c"}}
ORIGIN = "config.kubernetes.io/origin"
VALUES = {"z": "one", "a": "two"}


ANNOTATE = " (`buildMetadata: [originAnnotations]` lets the files be verified)"


def notice(names: str, total: int, cure: str = ANNOTATE) -> str:
    return (
        f"krm-secrets: notice: the MAC of {len(names.split(', '))} of {total} decrypted objects could not be verified,"
        f" since the host changes what it covers: {names}; every value was authenticated at its place{cure}\n"
    )


def elsewhere(path: str) -> str:
    return (
        f" (no file with this MAC is at {path}, where originAnnotations have it: run krm-secrets in the folder that"
        " kustomize builds)"
    )


def broken(name: str, path: str, line: int) -> str:
    return (
        f"krm-secrets: error: {path}:{line}: Secret {name}: sops.mac: does not fit the file: it was changed after sops"
        " wrote it, or two versions were merged; restore it and make the change with sops, or set `mac: ignore`\n"
    )


def sorted_keys(item: Any) -> Any:
    """What kustomize does."""
    return json.loads(json.dumps(item, sort_keys=True))


def annotated(item: Any, **annotations: str) -> Any:
    """What hosts do."""
    item = json.loads(json.dumps(item))
    item["metadata"]["annotations"] = {**item["metadata"].get("annotations", {}), **annotations}
    return item


def verified(*items: object, mac: str = "auto") -> Done:
    return run_with({**CONFIG, "mac": mac}, stream(*items), env=ENV)


def succeeds(*items: object) -> None:
    for mac in ("auto", "require"):
        done = verified(*items, mac=mac)
        assert (done.code, done.err) == (0, "")


def test_an_item_as_sops_wrote_it() -> None:
    succeeds(encrypted_secret(string_data=VALUES))


def test_an_item_with_what_a_host_added() -> None:
    item = encrypted_secret(string_data=VALUES)
    added = {"kustomize.config.k8s.io/id": "1", "internal.config.kubernetes.io/x": "2", "config.k8s.io/id": "3"}
    succeeds(annotated(item, **added))
    kept = encrypt({**secret(stringData=VALUES), "metadata": {"name": "s", "annotations": {"mine": "x"}}},
                   encrypted_regex="^stringData$")[0]  # fmt: skip
    succeeds(annotated(kept, **added))


@pytest.mark.parametrize(
    "change",
    [
        lambda item: sorted_keys(item),
        lambda item: annotated(item, mine="x"),
        lambda item: {**item, "type": "Opaque"},
        lambda item: {**item, "metadata": {"name": "other"}},
    ],
)
def test_an_item_that_was_changed(change: Any) -> None:
    item = change(encrypted_secret(string_data=VALUES))
    assert verified(item).err == notice(f"Secret {item['metadata']['name']}", 1)
    done = verified(item, mac="require")
    assert (done.code, done.out) == (1, b"")
    assert done.err.count("\n") == 1
    assert "sops.mac: cannot be verified: the host changed what it covers" in done.err
    assert verified(item, mac="ignore").err == ""


def test_where_only_encrypted_values_count_the_others_may_change() -> None:
    item = encrypted_secret(string_data=VALUES, only=True)
    succeeds(annotated({**item, "type": "Opaque"}, mine="x"))
    assert verified(sorted_keys(item)).err == notice("Secret s", 1)


def test_the_documents_of_one_file_are_verified_together() -> None:
    file = encrypt(*(secret(name, stringData=VALUES) for name in "abc"), encrypted_regex="^stringData$")
    succeeds(*file)
    succeeds(file[0], encrypted_secret(string_data=VALUES), file[1], file[2])
    assert verified(file[0], file[1]).err == notice("Secret a, Secret b", 2)
    assert verified(file[1], file[0], file[2]).err == notice("Secret b, Secret a, Secret c", 3)


def test_the_notice_counts_and_names() -> None:
    items = [encrypted_secret(name=name, string_data=VALUES) for name in "abcdefgh"]
    assert verified(items[0], sorted_keys(items[1]), items[2]).err == notice("Secret b", 3)
    err = verified(items[0], *map(sorted_keys, items[1:])).err
    assert "the MAC of 7 of 8 decrypted objects could not" in err
    assert ": Secret b, Secret c, Secret d, Secret e, Secret f and 2 more; every value" in err


# By origin


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    """A work tree with a base; the program runs in its overlay."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "base").mkdir()
    (tmp_path / "overlay").mkdir()
    before = Path.cwd()
    os.chdir(tmp_path / "overlay")
    yield tmp_path
    os.chdir(before)


def origin(item: Any, path: str, more: str = "") -> Any:
    return annotated(sorted_keys(item), **{ORIGIN: f"path: {path}\n{more}"})


def test_the_file_that_an_item_came_from(repository: Path) -> None:
    items = [encrypted_secret(name=name, string_data=VALUES) for name in "ab"]
    (repository / "base/s.yaml").write_text(stream(*items, {"kind": "Other"}))
    succeeds(*(origin(item, "../base/s.yaml") for item in items))
    succeeds(*(origin(item, "'../base/s.yaml'") for item in items))


def test_a_file_of_several_documents(repository: Path) -> None:
    file = encrypt(*(secret(name, stringData=VALUES) for name in "abc"), encrypted_regex="^stringData$")
    (repository / "base/s.yaml").write_text(stream(*file))
    succeeds(*(origin(item, "../base/s.yaml") for item in file[:2]))


def test_a_file_that_is_known_to_be_broken(repository: Path) -> None:
    item, other = (encrypted_secret(string_data=VALUES) for _ in range(2))
    token = item["stringData"] | {"a": other["stringData"]["a"]}
    for text, line in (
        (stream({**item, "type": "Opaque"}), 2),
        (stream({"kind": "Other"}, {**item, "stringData": token}), 4),
        (stream({**item, "stringData": {**item["stringData"], "more": "plain"}}), 2),
    ):
        (repository / "base/s.yaml").write_text(text)
        for mac in ("auto", "require"):
            done = verified(origin(item, "../base/s.yaml"), mac=mac)
            assert (done.code, done.out, done.err) == (1, b"", broken("s", "../base/s.yaml", line))
        assert verified(origin(item, "../base/s.yaml"), mac="ignore").code == 0


def test_a_broken_file_of_several_documents_is_one_error(repository: Path) -> None:
    file = encrypt(*(secret(name, stringData=VALUES) for name in "abc"), encrypted_regex="^stringData$")
    (repository / "base/s.yaml").write_text(stream(file[0], {**file[1], "type": "Opaque"}, file[2]))
    done = verified(*(origin(item, "../base/s.yaml") for item in file))
    assert (done.code, done.err) == (1, broken("a", "../base/s.yaml", 2))


def test_a_file_that_is_not_the_one_the_item_came_from(repository: Path) -> None:
    item = encrypted_secret(string_data=VALUES)
    other = encrypted_secret(string_data=VALUES)
    forged = {**other, "sops": {**other["sops"], "mac": item["sops"]["mac"]}}
    path = repository / "base/s.yaml"
    for text in (
        stream(other),
        stream(forged),
        stream({**item, "sops": {**item["sops"], "lastmodified": "never"}}),
        "a: [\n",
        "a: 1\na: 2\n",
        "\xff",
        "- list\n",
        "",
    ):
        path.write_text(text, encoding="latin-1")
        came = origin(item, "../base/s.yaml")
        assert verified(came).err == notice("Secret s", 1, elsewhere("../base/s.yaml"))
        err = verified(came, mac="require").err
        assert "no file with this MAC is at ../base/s.yaml" in err
        assert "buildMetadata" not in err


def test_an_item_with_the_mac_of_another_file(repository: Path) -> None:
    item, other = (encrypted_secret(string_data=VALUES) for _ in range(2))
    (repository / "base/s.yaml").write_text(stream(other))
    forged = {**item, "sops": {**item["sops"], "mac": other["sops"]["mac"]}}
    assert verified(origin(forged, "../base/s.yaml")).err == notice("Secret s", 1, elsewhere("../base/s.yaml"))
    # Beside an honest item of that file, too, which is verified by itself.
    both = verified(origin(other, "../base/s.yaml"), origin(forged, "../base/s.yaml"))
    assert both.err == notice("Secret s", 2, elsewhere("../base/s.yaml"))


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("../../outside.yaml", ""),
        ("/etc/hostname", ""),
        ("../base/none.yaml", ""),
        ("../base", ""),
        ("base/s.yaml", "repo: https://example.com/x\n"),
        ("../base/s.yaml", "ref: main\nrepo: https://example.com/x\n"),
        ("../base/\0", ""),
        ("", ""),
    ],
)
def test_an_origin_that_is_not_looked_at(path: str, more: str, repository: Path) -> None:
    item = encrypted_secret(string_data=VALUES)
    (repository / "base/s.yaml").write_text(stream(item))
    cure = elsewhere(path.replace("\0", r"\u0000")) if path and "repo" not in more else ""
    assert verified(origin(item, path, more)).err == notice("Secret s", 1, cure)


def test_a_link_out_of_the_repository_is_not_followed(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    item = encrypted_secret(string_data=VALUES)
    outside = tmp_path_factory.mktemp("outside") / "s.yaml"
    outside.write_text(stream(item))
    (repository / "base/s.yaml").symlink_to(outside)
    assert verified(origin(item, "../base/s.yaml")).err == notice("Secret s", 1, elsewhere("../base/s.yaml"))


def test_generated_items_have_no_file(repository: Path) -> None:
    item = encrypted_secret(string_data=VALUES)
    item = annotated(sorted_keys(item), **{ORIGIN: "configuredIn: kustomization.yaml\nconfiguredBy:\n  kind: X\n"})
    assert verified(item).err == notice("Secret s", 1, "")
    done = verified(item, mac="require")
    assert done.err.endswith("or the file was changed after sops wrote it; set `mac: auto`\n")


def test_a_file_is_read_and_verified_once(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from krm_secrets import shell

    file = encrypt(*(secret(f"s{n}", stringData=VALUES) for n in range(20)), encrypted_regex="^stringData$")
    (repository / "base/s.yaml").write_text(stream(*file))
    read: list[str] = []

    def read_text(path: str) -> str:
        read.append(path)
        return Path(path).read_text()

    monkeypatch.setattr(shell, "read_text", read_text)
    succeeds(*(origin(item, "../base/s.yaml") for item in file))
    assert len(read) == 2  # one for each run of `succeeds`


# Files that we read ourselves


def test_a_file_of_our_own_must_verify(repository: Path) -> None:
    path = repository / "overlay/s.yaml"
    file = encrypt(*(secret(name, stringData=VALUES) for name in "ab"), encrypted_regex="^stringData$")
    path.write_text(stream(*file))
    assert run("", "run", "s.yaml", env=ENV).code == 0
    path.write_text(stream(file[1], file[0]))
    done = run("", "run", "s.yaml", env=ENV)
    assert (done.code, done.out) == (1, b"")
    assert done.err.splitlines()[0] == (
        "krm-secrets: error: s.yaml:2: Secret b: sops.mac: does not fit the file: it was changed after sops wrote it,"
        " or two versions were merged; restore it and make the change with sops, or set `mac: ignore`"
    )
    (repository / "overlay/c.yaml").write_text(json.dumps({**CONFIG, "mac": "ignore"}))
    assert run("", "run", "-c", "c.yaml", "s.yaml", env=ENV).code == 0


def test_a_file_of_our_own_holds_no_plaintext_where_a_host_could_have_put_it(repository: Path) -> None:
    item = encrypt(secret(stringData=VALUES), unencrypted_regex="^(apiVersion|kind|name)$")[0]
    item["metadata"]["namespace"] = "overlay"
    (repository / "overlay/s.yaml").write_text(stream(item))
    done = run("", "run", "s.yaml", env=ENV)
    assert (done.code, done.out) == (1, b"")
    assert "metadata.namespace: is plaintext where the file's rule wants ciphertext" in done.err
    assert verified(item).err == notice("Secret overlay/s", 1)


def test_a_file_with_documents_that_are_not_decrypted(repository: Path) -> None:
    left = {**secret("c", stringData=VALUES), "kind": "SopsSecret"}
    file = encrypt(left, secret("s", stringData=VALUES), encrypted_regex="^stringData$")
    (repository / "overlay/s.yaml").write_text(stream(*file))
    assert run("", "run", "s.yaml", env=ENV).code == 0
