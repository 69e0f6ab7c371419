"""What builds do to objects: whom patches, labels, names and deletions reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from krm_secrets.repository.selectors import is_met
from krm_secrets.repository.survey import Survey, survey
from krm_secrets.repository.touched import Touched
from krm_secrets.repository.worktree import read_tree

OBJECT = "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: web, namespace: own, labels: {app: web}}\n"


def look(folder: Path, files: dict[str, str]) -> tuple[Survey, Touched]:
    for name, text in {
        "base/thing.yaml": OBJECT,
        "base/kustomization.yaml": "resources: [thing.yaml]\n",
        **files,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    seen = survey(read_tree(str(folder.resolve())))
    return seen, Touched(seen)


def acts(folder: Path, files: dict[str, str]) -> list[tuple[str, tuple[tuple[str, ...], ...]]]:
    """How the one object is touched, and which of its fields."""
    seen, touched = look(folder, files)
    path = str((folder / "base/thing.yaml").resolve())
    (item,) = seen.parsed[path].items
    return [(act.how, act.paths) for _, act in touched.acts(path, item)]


REPLACE = '[{"op": "test", "path": "/x"}, {"op": "replace", "path": "/spec/a~1b/0", "value": 1}]'
CHANGED = ("patch", (("spec", "a/b", "0"),))


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        ("kind: Thing", True),
        ("kind: Thin", False),
        ("kind: Th.*", True),
        ("{kind: Thing, name: web}", True),
        ("{kind: Thing, name: we}", False),
        ("{kind: Thing, name: w.b|x}", True),
        ("{kind: Thing, name: '('}", True),
        ("{group: example.org, version: v1}", True),
        ("{group: other.org}", False),
        ("{namespace: own}", True),
        ("{namespace: other}", False),
        ("{labelSelector: app=web}", True),
        ("{labelSelector: 'app==web,!x'}", True),
        ("{labelSelector: app=other}", False),
        ("{labelSelector: 'app in (a, web)'}", True),
        ("{labelSelector: 'app in (a, b)'}", False),
        ("{labelSelector: tier=front}", False),
        ("{annotationSelector: a=b}", False),
    ],
)
def test_targets(tmp_path: Path, target: str, reached: bool) -> None:
    target = target if "{" in target else f"{{{target}}}"
    text = f"resources: [../base]\npatches:\n  - patch: '{REPLACE}'\n    target: {target}\n"
    assert acts(tmp_path, {"over/kustomization.yaml": text}) == ([CHANGED] if reached else [])


def test_what_builds_add_may_be_what_is_selected(tmp_path: Path) -> None:
    """A label, a prefix and a namespace that a base gives are there when its user selects."""
    base = "resources: [thing.yaml]\nnamePrefix: team-\nnamespace: given\nlabels: [{pairs: {tier: front}}]\n"
    given = [("given", (("metadata", "name"),)), ("given", (("metadata", "labels"),))]
    for number, target in enumerate(
        ("labelSelector: tier=front", "name: team-web", "name: a-team-web-x", "namespace: given")
    ):
        text = f"resources: [../base]\npatches:\n  - patch: '{REPLACE}'\n    target: {{{target}}}\n"
        files = {"base/kustomization.yaml": base, "over/kustomization.yaml": text}
        assert sorted(acts(tmp_path / str(number), files)) == sorted([*given, CHANGED])


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("patches: [{path: gone.yaml, target: {kind: Thing}}]", [("patch", ((),))]),
        ("patches: [{path: gone.yaml}]", [("patch", ((),))]),
        ("patches: [{path: gone.yaml, target: {kind: Other}}]", []),
        ("patches: [{patch: '{', target: {kind: Thing}}]", [("patch", ((),))]),
        ("patches: [{patch: 'kind: Thing\nmetadata: {name: web}\nspec: {}'}]", None),
        ("replacements: [{path: gone.yaml}]", [("replacement", ((),))]),
        ("replacements: [{path: broken.yaml}]", [("replacement", ((),))]),
        ("configurations: [gone.yaml]", [("configured", ((),))]),
        ("transformers: [gone.yaml]", [("run", ((),))]),
        ("transformers: [broken.yaml]", [("run", ((),))]),
        ("vars: [{name: X, objref: {kind: Thing, name: web}}]", [("read", (("metadata", "name"),))]),
        ("commonAnnotations: {a: b}", [("given", (("metadata", "annotations"),))]),
        ("buildMetadata: [originAnnotations]", [("given", (("metadata", "labels"), ("metadata", "annotations")))]),
        ("labels: [{pairs: {a: b}, fields: [{path: spec/x, kind: Thing}, {path: spec/y, kind: Other}]}]",
         [("given", (("metadata", "labels"),)), ("given", (("spec", "x"),))]),
        ("patchesStrategicMerge: [patch.yaml]", [("patch", (("spec",),))]),
        ("patchesStrategicMerge:\n  - |-\n    kind: Thing\n    metadata: {name: web}\n    spec: {a: b}",
         [("patch", (("spec",),))]),
        (f"patchesJson6902: [{{target: {{kind: Thing}}, patch: '{REPLACE}'}}]", [CHANGED]),
        ("patches: [{path: patch.yaml, options: {allowNameChange: true}}]", [("patch", ((),))]),
        ("patches: [{patch: '# nothing', target: {kind: Thing}}]", []),
        ("replacements: [{path: list.yaml}]",
         [("read", (("spec", "a"),)), ("replacement", (("spec", "b"),))]),
        ("replacements: [{source: {kind: Other}, targets: [{select: {kind: Other}}]}]", []),
        ("configurations: [settings.yaml]", [("configured", (("spec", "a"),)), ("configured", (("spec", "b"),))]),
        ("transformers: [ours.yaml]", []),
        ("transformers: [empty.yaml]", []),
        ("images: [{name: a, newTag: b}]\nreplicas: [{name: web, count: 2}]", []),
    ],
)  # fmt: skip
def test_fields(tmp_path: Path, field: str, expected: list[object] | None) -> None:
    files = {
        "over/kustomization.yaml": f"resources: [../base]\n{field}\n",
        "over/broken.yaml": "{",
        "over/empty.yaml": "",
        "over/patch.yaml": "kind: Thing\nmetadata: {name: web}\nspec: {a: b}\n",
        "over/list.yaml": "- source: {kind: Thing, name: web, fieldPath: 'spec.a.[x=y]'}\n"
        "  targets: [{select: {kind: Thing}, fieldPaths: [spec.b]}]\n",
        "over/settings.yaml": "images: [{kind: Thing, path: spec/a}]\n"
        "nameReference: [{kind: Secret, fieldSpecs: [{kind: Other, path: x}, {path: spec/b}]}]\n",
        "over/ours.yaml": "apiVersion: krm-secrets.dev/v1alpha1\nkind: SecretsConfig\nmetadata: {name: s}\n",
    }
    if expected is None:  # what is no YAML does nothing here: kustomize refuses the file
        look(tmp_path, files)
    else:
        assert acts(tmp_path, files) == expected


@pytest.mark.parametrize(
    ("transformer", "expected"),
    [
        ("kind: PatchStrategicMergeTransformer\npaths: [patch.yaml]", [("patch", (("spec",),))]),
        ("kind: PatchStrategicMergeTransformer\npatches: |-\n  kind: Thing\n  metadata: {name: web, labels: {x: y}}",
         [("patch", (("metadata", "labels"),))]),
        (f"kind: PatchJson6902Transformer\ntarget: {{kind: Thing}}\njsonOp: '{REPLACE}'", [CHANGED]),
        ("kind: LabelTransformer\nlabels: {a: b}\nfieldSpecs: [{path: metadata/labels}]",
         [("given", (("metadata", "labels"),)), ("given", (("metadata", "labels"),))]),
        ("kind: AnnotationsTransformer\nannotations: {a: b}", [("given", (("metadata", "annotations"),))]),
        ("kind: PrefixTransformer\nprefix: a-", [("given", (("metadata", "name"),))]),
        ("kind: SuffixTransformer\nsuffix: -a", [("given", (("metadata", "name"),))]),
        ("kind: PrefixSuffixTransformer\nsuffix: -a", [("given", (("metadata", "name"),))]),
        ("kind: ReplacementTransformer\nreplacements: [{targets: [{select: {kind: Thing}}]}]",
         [("replacement", (("metadata", "name"),))]),
        ("kind: NamespaceTransformer", []),
        ("kind: Unheard", [("run", ((),))]),
    ],
)  # fmt: skip
def test_transformers_of_kustomize(tmp_path: Path, transformer: str, expected: list[object]) -> None:
    files = {
        "over/kustomization.yaml": "resources: [../base]\ntransformers: [t.yaml]\n",
        "over/t.yaml": f"apiVersion: builtin\nmetadata: {{name: t}}\n{transformer}\n",
        "over/patch.yaml": "kind: Thing\nmetadata: {name: web}\nspec: {a: b}\n",
    }
    assert acts(tmp_path, files) == expected


FLUX = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x, namespace: f}\nspec:\n"


@pytest.mark.parametrize(
    ("spec", "reached"),
    [
        ("  path: ./base\n  patches: [{patch: '%s', target: {kind: Thing}}]\n", True),
        (
            "  path: ./base\n  patchesJson6902: [{patch: [{op: add, path: /spec/a~1b/0}], target: {kind: Thing}}]\n",
            True,
        ),
        ("  path: ./elsewhere\n  patches: [{patch: '%s', target: {kind: Thing}}]\n", False),
        ("  path: ./${CLUSTER}\n  patches: [{patch: '%s', target: {kind: Thing}}]\n", True),
        ("  patches: [{patch: '%s', target: {kind: Thing}}]\n", True),
    ],
)
def test_flux(tmp_path: Path, spec: str, reached: bool) -> None:
    files = {"flux/ks.yaml": FLUX + spec.replace("%s", REPLACE)}
    assert acts(tmp_path, files) == ([CHANGED] if reached else [])


ARGO = "apiVersion: argoproj.io/v1alpha1\nmetadata: {name: x, namespace: a}\n"


@pytest.mark.parametrize(
    ("application", "reached"),
    [
        ("kind: Application\nspec: {source: {path: base, kustomize: {patches: %s}}}\n", True),
        ("kind: Application\nspec: {sources: [{path: other, kustomize: {patches: %s}}]}\n", False),
        ("kind: Application\nspec: {source: {path: base}}\n", False),
        ("kind: ApplicationSet\nspec: {template: {spec: {source: {path: '{{x}}', kustomize: {patches: %s}}}}}\n", True),
    ],
)
def test_argo(tmp_path: Path, application: str, reached: bool) -> None:
    patches = f"[{{patch: '{REPLACE}', target: {{kind: Thing}}}}]"
    files = {"argo/app.yaml": ARGO + application.replace("%s", patches)}
    assert acts(tmp_path, files) == ([CHANGED] if reached else [])


def test_a_component_of_flux_changes_what_is_at_its_path(tmp_path: Path) -> None:
    component = f"kind: Component\npatches: [{{patch: '{REPLACE}', target: {{kind: Thing}}}}]\n"
    files = {"flux/ks.yaml": f"{FLUX}  path: ./base\n  components: [../extra]\n", "extra/kustomization.yaml": component}
    assert acts(tmp_path, files) == [CHANGED]


def test_patches_that_patches_put_into_flux_kustomizations_reach_all(tmp_path: Path) -> None:
    inner = f"[{{patch: '{REPLACE}', target: {{kind: Thing}}}}]".replace("'", "''")
    for number, patch in enumerate(
        (
            "[{op: add, path: /spec/patches, value: " + inner + "}]",
            "[{op: add, path: /spec/patches/-, value: " + inner[1:-1] + "}]",
            "{kind: Kustomization, metadata: {name: x}, spec: {patches: " + inner + "}}",
        )
    ):
        outer = f"patches: [{{target: {{kind: Kustomization}}, patch: '{patch}'}}]\n"
        assert acts(tmp_path / str(number), {"over/kustomization.yaml": "resources: [x.yaml]\n" + outer}) == [CHANGED]


def test_a_build_deletes_only_what_it_takes(tmp_path: Path) -> None:
    delete = "patches: [{patch: '{$patch: delete, apiVersion: example.org/v1, kind: Thing, metadata: {name: web}}'}]\n"
    files = {
        "with/kustomization.yaml": "resources: [../base]\n" + delete,
        "without/kustomization.yaml": "resources: [../base]\n",
        "other/kustomization.yaml": delete,
    }
    seen, touched = look(tmp_path, files)
    path = str((tmp_path / "base/thing.yaml").resolve())
    (item,) = seen.parsed[path].items
    builds = seen.builds({folder: one.content for folder, one in seen.kustomizations.items()}, seen.parsed)
    assert {Path(build.start).name: touched.deleted(build, path, item) for build in builds} == {
        "with": True, "without": False, "other": False,
    }  # fmt: skip


def test_a_selector_with_what_nobody_evaluates_is_met() -> None:
    assert is_met("a notin (b)", {}, ())
    assert is_met("a", {}, ())
    assert is_met("a=b", {"a": "c"}, [("a", "b")])
    assert not is_met("a=b", {"a": "c"}, [("x", "b")])
