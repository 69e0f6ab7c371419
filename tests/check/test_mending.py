"""What `--fix` makes of a finding: one fault each, the whole text compared, and nothing where it cannot be certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.support import as_json, check, put

STORED = """apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: NAME, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  data: [{secretKey: PASSWORD, remoteRef: {key: db}}]
---
"""
BOTH = STORED.replace("NAME", "db") + STORED.replace("NAME", "mail")
WORKLOAD = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: web
METADATAspec:
  template:
    spec:
      containers: [{name: web, envFrom: [{secretRef: {name: db}}]}]
"""
JOB = """apiVersion: batch/v1
kind: CronJob
metadata: {name: sync, namespace: web, annotations: {ANNOTATIONS}}
spec:
  schedule: "@daily"
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, envFrom: [{secretRef: {name: db}}]}]}}}}
"""
RELEASE = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
  namespace: web
METADATAspec:
  chart: {spec: {chart: app-template, version: 3.0.0, sourceRef: {kind: HelmRepository, name: bjw-s}}}
  values:
    controllers:
      web:
CONTROLLER        containers: {app: {image: {repository: a, tag: b}, envFrom: [{secretRef: {name: db}}]}}
MORE"""
AUTO = "    reloader.stakater.com/auto: "
LISTS = "    secret.reloader.stakater.com/reload: "


def workload(*lines: str) -> str:
    return WORKLOAD.replace("METADATA", "".join(f"{line}\n" for line in lines))


def release(metadata: str = "", controller: str = "", more: str = "") -> str:
    return RELEASE.replace("METADATA", metadata).replace("CONTROLLER", controller).replace("MORE", more)


def mended(tmp_path: Path, rule: str, text: str, *words: str) -> str:
    """The text after a fix, which a second one leaves as it is."""
    file = put(tmp_path, {"stored.yaml": BOTH.removesuffix("---\n"), "app.yaml": text}) / "app.yaml"
    check(tmp_path, "--select", rule, *(words or ("--fix",)))
    once = file.read_text()
    check(tmp_path, "--select", rule, *(words or ("--fix",)))
    assert file.read_text() == once
    return once


MENDED = {
    "an annotation of nearly the same name": (
        "reloader-unknown-annotation",
        workload("  annotations:", '    reloader.stakater.com/secret: "db"  # why', "    keep: this"),
        workload("  annotations:", "    secret.reloader.stakater.com/reload: db", "    keep: this"),
    ),
    "a label that is to be an annotation": (
        "reloader-misplaced",
        workload("  labels:", f'{AUTO}"true"', "    app: web"),
        workload("  labels:", "    app: web").replace(
            "  name: web\n", f'  annotations:\n{AUTO}"true"\n  name: web\n', 1
        ),
    ),
    "a map that holds nothing else": (
        "reloader-misplaced",
        workload("  labels:", f'{AUTO}"true"'),
        workload("  annotations:", f'{AUTO}"true"'),
    ),
    "an exclusion on the Pod": (
        "reloader-misplaced",
        workload().replace(
            "    spec:\n",
            "    metadata: {annotations: {secrets.exclude.reloader.stakater.com/reload: db}}\n    spec:\n",
        ),
        workload().replace(
            "  name: web\n", "  annotations:\n    secrets.exclude.reloader.stakater.com/reload: db\n  name: web\n", 1
        ),
    ),
    "an annotation on a release": (
        "reloader-misplaced",
        release(f'  annotations:\n{AUTO}"true"\n'),
        release("", '        annotations:\n          reloader.stakater.com/auto: "true"\n'),
    ),
    "an annotation of a controller's Pods": (
        "reloader-misplaced",
        release("", '        podAnnotations: {reloader.stakater.com/auto: "true"}\n'),
        release("", '        annotations:\n          reloader.stakater.com/auto: "true"\n'),
    ),
    "a word for true": (
        "reloader-value",
        workload("  annotations:", f'{AUTO}"yes"'),
        workload("  annotations:", f'{AUTO}"true"'),
    ),
    "a word for false": (
        "reloader-value",
        workload("  annotations:", f"{AUTO}'off'"),
        workload("  annotations:", f'{AUTO}"false"'),
    ),
    "Go's word for true where Reloader compares": (
        "reloader-value",
        workload("  annotations:", '    reloader.stakater.com/search: "True"'),
        workload("  annotations:", '    reloader.stakater.com/search: "true"'),
    ),
    "a list that misses a Secret": (
        "reloader-list-misses",
        workload("  annotations:", f"{LISTS}'mail'"),
        workload("  annotations:", f"{LISTS}mail,db"),
    ),
    "the annotation of a Job": (
        "reloader-restarts-job",
        JOB.replace("ANNOTATIONS", 'reloader.stakater.com/auto: "true", keep: this'),
        JOB.replace("ANNOTATIONS", "keep: this"),
    ),
    "the only annotation of a Job": (
        "reloader-restarts-job",
        JOB.replace("ANNOTATIONS", 'reloader.stakater.com/auto: "true"'),
        JOB.replace(", annotations: {ANNOTATIONS}", ""),
    ),
}


@pytest.mark.parametrize(("rule", "before", "after"), MENDED.values(), ids=MENDED.keys())
def test_what_can_only_be_one_thing_is_mended(tmp_path: Path, rule: str, before: str, after: str) -> None:
    assert mended(tmp_path, rule, before) == after


LEFT = {
    "a name like none": ("reloader-unknown-annotation", workload("  annotations:", "    x.reloader.stakater.com/q: a")),
    "the right one is there": (
        "reloader-unknown-annotation",
        workload("  annotations:", "    reloader.stakater.com/secret: a", f"{LISTS}db"),
    ),
    "the right name with a wrong value": (
        "reloader-unknown-annotation",
        workload("  annotations:", '    reloader.stakater.com/secret: "*"'),
    ),
    "a match on a workload": (
        "reloader-misplaced",
        workload("  annotations:", '    reloader.stakater.com/match: "true"'),
    ),
    "labels of a selector": (
        "reloader-misplaced",
        workload().replace(
            "  template:", '  selector: {matchLabels: {reloader.stakater.com/auto: "true"}}\n  template:'
        ),
    ),
    "a label without a value": ("reloader-misplaced", workload("  labels:", f"{AUTO}[]")),
    "several controllers": (
        "reloader-misplaced",
        release(f'  annotations:\n{AUTO}"true"\n', "", "      other: {containers: {app: {}}}\n"),
    ),
    "a chart that nobody knows": (
        "reloader-misplaced",
        release(f'  annotations:\n{AUTO}"true"\n').replace("app-template", "other"),
    ),
    "no word for either": ("reloader-value", workload("  annotations:", f'{AUTO}"perhaps"')),
    "a list of everything": ("reloader-value", workload("  annotations:", f'{LISTS}"*"')),
    "an expression that Go refuses": ("reloader-bad-regex", workload("  annotations:", f'{LISTS}"db-(*"')),
    "a slip in a list": (
        "reloader-list-misses",
        workload("  annotations:", f"{LISTS}dbb").replace("name: db}", "name: dbs}"),
    ),
    "two annotations of a Job": (
        "reloader-restarts-job",
        JOB.replace("ANNOTATIONS", 'reloader.stakater.com/auto: "true", secret.reloader.stakater.com/reload: db'),
    ),
    "an anchor": (
        "reloader-value",
        workload("  annotations: &same", f'{AUTO}"yes"', "  labels: *same"),
    ),
}


@pytest.mark.parametrize(("rule", "text"), LEFT.values(), ids=LEFT.keys())
def test_what_the_author_alone_can_tell_is_left(tmp_path: Path, rule: str, text: str) -> None:
    if rule != "reloader-list-misses":
        put(tmp_path, {"stored.yaml": BOTH.removesuffix("---\n"), "app.yaml": text})
        assert [each["fix"] for each in as_json(tmp_path, "--select", rule)["findings"]] == [None]
    assert mended(tmp_path, rule, text) == text


FLUX = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  interval: 1h
  path: ./apps
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substitute: {DOMAIN: example.com}}
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: web}\ndata:\n"
SCRIPT = '  run: |\n    # all of it\n    for NAME in a b; do\n      echo "${NAME}"\n    done\n'


def flux(folder: Path, data: str, **more: str) -> Path:
    listed = {"flux.yaml": FLUX, "apps/kustomization.yaml": "resources: [app.yaml]\n", "apps/app.yaml": CONFIG + data}
    return put(folder, {**listed, **{f"{name}.yaml": text for name, text in more.items()}})


@pytest.mark.parametrize(
    ("data", "after", "unsafe"),
    [
        ('  url: "${DOMAN}/${DOMAIN}"\n', '  url: "${DOMAIN}/${DOMAIN}"\n', None),
        (SCRIPT, SCRIPT.replace("${", "$${"), None),
        ("  a: x ${OTHER} ${MORE}\n", "  a: x ${OTHER} ${MORE}\n", "  a: x $${OTHER} $${MORE}\n"),
        ("  a: >\n    x\n    ${OTHER}\n", "  a: >\n    x\n    ${OTHER}\n", "  a: >\n    x\n    ${OTHER}\n"),
    ],
)
def test_a_variable_that_nobody_sets(tmp_path: Path, data: str, after: str, unsafe: str | None) -> None:
    file = flux(tmp_path, data) / "apps/app.yaml"
    for words, wanted in (("--fix", after), ("--fix=unsafe", unsafe or after), ("--fix=unsafe", unsafe or after)):
        check(tmp_path, "--select", "substitution-unset", words)
        assert file.read_text() == CONFIG + wanted


INSTANCE = """apiVersion: fluxcd.controlplane.io/v1
kind: FluxInstance
metadata: {name: flux, namespace: flux-system}
spec: {distribution: {version: "VERSION"}}
"""
CHART = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: flux-instance, namespace: flux-system}
spec: {values: {instance: {distribution: {version: VERSION}}}}
"""
MANIFESTS = """apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: flux-manifests, namespace: flux-system}
spec: {url: "oci://ghcr.io/fluxcd/flux-manifests", ref: {tag: VERSION}}
"""
COMPONENTS = """apiVersion: v1
kind: Namespace
metadata:
  name: flux-system
  labels: {app.kubernetes.io/part-of: flux, app.kubernetes.io/version: VERSION}
"""
GATED = COMPONENTS.replace("VERSION", "v2.7.0") + "# --feature-gates=StrictPostBuildSubstitutions=VERSION\n"


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        (INSTANCE.replace("VERSION", "2.9.x"), "error"),
        (INSTANCE.replace("VERSION", "=2.10.1"), "error"),
        (INSTANCE.replace("VERSION", "2.8.x"), "warning"),
        (INSTANCE.replace("VERSION", "2.x"), "warning"),
        (CHART.replace("VERSION", "2.9.0"), "error"),
        (MANIFESTS.replace("VERSION", "v2.9.0"), "error"),
        (MANIFESTS.replace("VERSION", "latest"), "warning"),
        (COMPONENTS.replace("VERSION", "v2.9.2"), "error"),
        (COMPONENTS.replace("VERSION", "v2.7.0"), "warning"),
        (COMPONENTS.replace("VERSION", "v2.7.0") + "---\n" + INSTANCE.replace("VERSION", "2.9.x"), "warning"),
        (GATED.replace("VERSION", "true"), "error"),
        (COMPONENTS.replace("VERSION", "v2.9.2") + "# StrictPostBuildSubstitutions=false\n", "warning"),
        ("apiVersion: v1\nkind: Namespace\nmetadata: {name: flux}\nspec: &a {b: *a}\n", "warning"),
    ],
)
def test_an_unset_variable_is_an_error_from_the_release_that_fails(tmp_path: Path, text: str, severity: str) -> None:
    flux(tmp_path, "  a: x ${OTHER}\n", installs=text)
    found = as_json(tmp_path, "--select", "substitution-unset")["findings"]
    assert [each["severity"] for each in found] == [severity]


STORE = """apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec:
  provider:
    vault:
      server: https://vault.vault.svc:8200
      caProvider: {type: KIND, name: ca, key: ca.crt}
      auth: {kubernetes: {role: eso, mountPath: kubernetes}}
"""
CA = "apiVersion: v1\nkind: KIND\nmetadata: {name: ca, namespace: PLACE}\n"


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
@pytest.mark.parametrize(("places", "namespace"), [(("a",), "a"), (("a", "b"), ""), ((), ""), (("{{ a }}",), "")])
def test_the_namespace_of_a_store_s_authority(
    tmp_path: Path, kind: str, places: tuple[str, ...], namespace: str
) -> None:
    made = {f"{n}.yaml": CA.replace("KIND", kind).replace("PLACE", f'"{p}"') for n, p in enumerate(places)}
    file = put(tmp_path, {"store.yaml": STORE.replace("KIND", kind), **made}) / "store.yaml"
    for _ in range(2):
        check(tmp_path, "--select", "store-reference-namespace", "--fix")
        added = f"{{namespace: {namespace}, type" if namespace else "{type"
        assert file.read_text() == STORE.replace("KIND", kind).replace("{type", added)


SPEC = """apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: web}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
"""
UNUSED = SPEC + '  target: {template: {data: {URL: "{{ .a }}"}}}\n  data:\n'
ENTRY = "    - {secretKey: KEY, remoteRef: {key: web}}\n"


def test_what_no_template_uses_goes_only_with_the_unsafe_fixes(tmp_path: Path) -> None:
    text = UNUSED + ENTRY.replace("KEY", "a") + ENTRY.replace("KEY", "b") + ENTRY.replace("KEY", "c")
    assert mended(tmp_path, "fetched-not-used", text) == text
    assert mended(tmp_path, "fetched-not-used", text, "--fix=unsafe") == UNUSED + ENTRY.replace("KEY", "a")


def test_the_last_entry_stays(tmp_path: Path) -> None:
    text = UNUSED.replace(".a", "1") + ENTRY.replace("KEY", "a")
    assert mended(tmp_path, "fetched-not-used", text, "--fix=unsafe") == text


def test_a_group_in_braces_under_flux(tmp_path: Path) -> None:
    target = '  dataFrom: [{extract: {key: web}, rewrite: [{regexp: {source: "(.)(.*)", target: "%s"}}]}]\n'
    file = flux(tmp_path, "") / "apps/app.yaml"
    file.write_text(SPEC + target % "${1}_$${2}")
    for _ in range(2):
        check(tmp_path, "--select", "rewrite-under-flux", "--fix")
        assert file.read_text() == SPEC + target % "$${1}_$${2}"


BLOCK = """sops:
  mac: ENC[AES256_GCM,data:q83v,iv:q83v,tag:q83v,type:str]
  version: 3.11.0
"""


def test_a_file_with_a_mac_is_left_to_sops(tmp_path: Path) -> None:
    text = workload("  annotations:", f'{AUTO}"yes"') + BLOCK
    assert mended(tmp_path, "reloader-value", text, "--fix=unsafe") == text


def test_the_difference_is_shown_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = workload("  annotations:", f'{AUTO}"yes"')
    monkeypatch.chdir(put(tmp_path, {"app.yaml": text}))
    done = check(Path("."), "--select", "reloader-value", "--fix", "--diff")
    assert done.out.decode() == (
        "--- a/app.yaml\n+++ b/app.yaml\n@@ -4,7 +4,7 @@\n   name: web\n   namespace: web\n   annotations:\n"
        '-    reloader.stakater.com/auto: "yes"\n+    reloader.stakater.com/auto: "true"\n'
        " spec:\n   template:\n     spec:\n"
    )
    assert (done.code, (tmp_path / "app.yaml").read_text()) == (1, text)
