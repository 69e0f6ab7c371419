"""Laws of rendering, over trees that Hypothesis lays out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.repository.support import lay
from tests.running import Done, run

CONFIG = "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: s}\nstore: vault\n"
FOLDERS = ("", "a", "a/b", "c")
SECRETS = ("one", "two", "three")
NAMESPACES = ("", "home", "media")


def mapping(name: str, namespace: str, secrets: list[str], output: str) -> str:
    head = f"apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretMapping\nmetadata:\n  name: {name}\n"
    rows = "".join(f"  {secret}: item\n" for secret in secrets)
    return head + (f"  namespace: {namespace}\n" if namespace else "") + f"secrets:\n{rows}{output}"


def workload(name: str, namespace: str, secret: str, more: str) -> str:
    return (
        f"# {name}\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n{more}  name: {name} # here\n"
        + (f"  namespace: {namespace}\n" if namespace else "")
        + f"spec: {{template: {{spec: {{containers: [{{envFrom: [{{secretRef: {{name: {secret}}}}}]}}]}}}}}}\n"
    )


DECIDED = '  annotations:\n    reloader.stakater.com/auto: "false"\n'
MORE = ("", "  labels: {a: b}\n", "  annotations: {x: y}\n", DECIDED)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str]:
    """Mappings, workloads, kustomizations and Flux Kustomizations, with namespaces or without."""
    files = {".git/HEAD": "", "krm-secrets.yaml": CONFIG}
    used: dict[str, set[str]] = {}
    for number in range(draw(st.integers(0, 3))):
        folder, namespace = draw(st.sampled_from(FOLDERS)), draw(st.sampled_from(NAMESPACES))
        wanted = draw(st.lists(st.sampled_from(SECRETS), min_size=1, max_size=2, unique=True))
        secrets = [f"{secret}-{folder.replace('/', '-') or 'top'}" for secret in wanted]
        secrets = [secret for secret in secrets if secret not in used.setdefault(folder, set())]
        used[folder] |= set(secrets)
        if secrets:
            output = draw(st.sampled_from(["", "output: made.yaml\n"]))
            files[os.path.join(folder, f"m{number}.yaml")] = mapping(f"m{number}", namespace, secrets, output)
    for number in range(draw(st.integers(0, 4))):
        folder, namespace = draw(st.sampled_from(FOLDERS)), draw(st.sampled_from(NAMESPACES))
        secret = f"{draw(st.sampled_from(SECRETS))}-{draw(st.sampled_from(('top', 'a', 'a-b', 'c')))}"
        text = workload(f"w{number}", namespace, secret, draw(st.sampled_from(MORE)))
        files[os.path.join(folder, f"w{number}.yaml")] = text
    for folder in FOLDERS:
        if draw(st.booleans()):
            own = [os.path.basename(name) for name in files if os.path.dirname(name) == folder and "/w" in f"/{name}"]
            namespace = draw(st.sampled_from(("", "namespace: home\n")))
            listed = f"resources: [{', '.join(own)}]\n" if draw(st.booleans()) else ""
            files[os.path.join(folder, "kustomization.yaml")] = f"kind: Kustomization\n{namespace}{listed}# end\n"
    if draw(st.booleans()):
        files["ks.yaml"] = (
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: k}\n"
            f"spec: {{path: ./{draw(st.sampled_from(FOLDERS[1:]))}, targetNamespace: media}}\n"
        )
    return files


@contextmanager
def tree(files: dict[str, str]) -> Iterator[Path]:
    before = os.getcwd()
    with TemporaryDirectory() as temporary:
        os.chdir(lay(Path(temporary), files))
        try:
            yield Path(temporary)
        finally:
            os.chdir(before)


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.yaml"))}


def render(*words: str) -> Done:
    done = run("", "render", *words)
    assert done.code in (0, 1)
    assert "internal error" not in done.err
    return done


often = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@often
@given(trees())
def test_twice_is_once_and_what_is_not_ours_stays(files: dict[str, str]) -> None:
    with tree(files) as folder:
        before = contents(folder)
        checked = render("--check", ".")
        assert contents(folder) == before
        done = render(".")
        after = contents(folder)
        if done.code:
            assert after == before
            return
        assert (checked.code == 1) == (after != before)
        assert render("--check", ".").code == 0
        assert render(".").code == 0
        assert contents(folder) == after
        for name, text in before.items():
            kept = after[name].splitlines()
            if "kind: Kustomization" in text and "toolkit" not in text:
                assert {**yaml.safe_load(after[name]), "resources": None} == {**yaml.safe_load(text), "resources": None}
            else:  # nothing goes, and nothing but the annotation comes
                rest = iter(kept)
                assert all(any(row in other for other in rest) for row in map(_bare, text.splitlines()))
                assert len(kept) - len(text.splitlines()) in (0, 1, 2)


def _bare(row: str) -> str:
    return row.strip().removesuffix("}").removeprefix("annotations: {")


@often
@given(trees())
def test_a_generated_file_goes_with_its_mapping(files: dict[str, str]) -> None:
    with tree(files) as folder:
        if render(".").code:
            return
        mappings = [path for path in folder.rglob("m*.yaml") if "kind: SecretMapping" in path.read_text()]
        for path in mappings:
            path.unlink()
        assert render(".").code == 0
        assert not [name for name, text in contents(folder).items() if "Generated by krm-secrets" in text]
        listed = [text for name, text in contents(folder).items() if name.endswith("kustomization.yaml")]
        assert not any("externalsecret.yaml" in text or "made.yaml" in text for text in listed)


@often
@given(trees(), st.sampled_from(FOLDERS[1:]))
def test_a_part_is_rendered_as_the_whole_would_be(files: dict[str, str], part: str) -> None:
    with tree(files) as folder:
        (folder / part).mkdir(parents=True, exist_ok=True)
        before = contents(folder)
        if render(part).code:
            return
        alone = contents(folder)
        changed = {name for name in alone if before.get(name) != alone[name]}
        assert all(name.startswith(f"{part}/") or name.endswith("kustomization.yaml") for name in changed)
        if render(".").code:
            return
        whole = contents(folder)
        assert all(whole[name] == alone[name] for name in changed if "Generated by" in alone[name])
