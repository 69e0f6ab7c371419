"""Shapes that people write, and what must come of each; every expectation is reasoned from what Kubernetes, Reloader,
Flux, app-template or an operator do with the shape, which the line above it says.

Each shape stands in a stream with ExternalSecrets for `app-secret` and `db.creds`, all without a namespace. The changes
are the paths that appear, with their values; a shape without any must come out as it went in.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.running import run
from tests.secrets.cluster import documents, load
from tests.secrets.test_truth import added

MADE = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app-secret}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec: {target: {name: db.creds, template: {data: {a: b}}}}
---
"""

AUTO, TYPED = "reloader.stakater.com/auto", "secret.reloader.stakater.com/auto"
NAMED = "secret.reloader.stakater.com/reload"
OWN = ("metadata", "annotations")
PATCH = "spec.postRenderers"


class Shape(NamedTuple):
    """A name, the objects, and by object the changes."""

    name: str
    text: str
    changes: dict[str, dict[Any, str]]
    messages: tuple[str, ...] = ()


def workload(pod: str, kind: str = "Deployment", api: str = "apps/v1", annotations: str = "") -> str:
    """A workload of one container `app`; the text of the Pod's other fields is indented here."""
    spec = "".join(f"      {line}\n" for line in pod.splitlines())
    return (
        f"apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: web\n{annotations}"
        f"spec:\n  template:\n    spec:\n{spec or '      containers: []'}"
    )


def release(values: str, chart: str = "app-template", spec: str = "") -> str:
    """A release; the text of the values is indented here."""
    inside = "".join(f"    {line}\n" for line in values.splitlines())
    return (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec:\n"
        f"  chartRef: {{kind: OCIRepository, name: {chart}}}\n{spec}  values:\n{inside}"
    )


def thing(api: str, kind: str, spec: str, name: str = "web") -> str:
    """An object of any kind, its specification in flow style or indented."""
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def on(controller: str) -> tuple[str, ...]:
    return ("spec", "values", "controllers", controller, "annotations")


ENV = "containers: [{name: app, envFrom: [{secretRef: {name: app-secret}}]}]"
WEB = {"Deployment web": {(*OWN, AUTO): "true"}}
PATCHED = {"HelmRelease web": {("spec", "postRenderers"): PATCH}}
NOTHING: dict[str, dict[Any, str]] = {}

SHAPES = [
    # --- Pods
    # A prefix changes the variables' names, not where they come from.
    Shape(
        "envFrom with a prefix",
        workload("containers: [{name: app, envFrom: [{prefix: APP_, secretRef: {name: app-secret}}]}]"),
        WEB,
    ),
    # An optional Secret that exists is read like any other.
    Shape(
        "an optional variable",
        workload(
            "containers:\n- name: app\n  env:\n"
            "  - {name: A, valueFrom: {secretKeyRef: {name: app-secret, key: a, optional: true}}}"
        ),
        WEB,
    ),
    # A sidecar is an init container that stays; Reloader looks at init containers.
    Shape(
        "a sidecar among the init containers",
        workload(
            "containers: [{name: app}]\ninitContainers:\n"
            "- {name: log, restartPolicy: Always, envFrom: [{secretRef: {name: app-secret}}]}"
        ),
        WEB,
    ),
    # Tokens, ConfigMaps and Secrets in one volume: the Secret is seen among them.
    Shape(
        "a projected volume of several sources",
        workload(
            "containers: [{name: app, volumeMounts: [{name: all, mountPath: /etc/app}]}]\n"
            "volumes:\n- name: all\n  projected:\n    sources:\n    - serviceAccountToken: {path: token}\n"
            "    - configMap: {name: app}\n    - secret: {name: app-secret, items: [{key: a, path: b}]}"
        ),
        WEB,
    ),
    # The kubelet never brings a new value to a subPath: only a new Pod has it.
    Shape(
        "a file by subPath",
        workload(
            "containers: [{name: app, volumeMounts: [{name: f, mountPath: /a, subPath: a}]}]\n"
            "volumes: [{name: f, secret: {secretName: app-secret}}]"
        ),
        WEB,
    ),
    # Credentials of a mount: auto does not look there, a name does; its dot is no wildcard.
    Shape(
        "credentials of a CSI volume",
        workload(
            "containers: [{name: app, volumeMounts: [{name: v, mountPath: /v}]}]\n"
            "volumes: [{name: v, csi: {driver: smb.csi.k8s.io, nodePublishSecretRef: {name: db.creds}}}]"
        ),
        {"Deployment web": {(*OWN, NAMED): "db[.]creds"}},
    ),
    # Both ways in one workload: both annotations, which Reloader joins.
    Shape(
        "auto sees one Secret and not the other",
        workload(
            "containers:\n- name: app\n  envFrom: [{secretRef: {name: app-secret}}]\n"
            "  volumeMounts: [{name: v, mountPath: /v}]\n"
            "volumes: [{name: v, csi: {driver: x, nodePublishSecretRef: {name: db.creds}}}]"
        ),
        {"Deployment web": {(*OWN, AUTO): "true", (*OWN, NAMED): "db[.]creds"}},
    ),
    # One Secret in both places: auto sees it by the variable, and that is enough.
    Shape(
        "one Secret by a variable and by a CSI volume",
        workload(
            "containers:\n- name: app\n  envFrom: [{secretRef: {name: app-secret}}]\n"
            "  volumeMounts: [{name: v, mountPath: /v}]\n"
            "volumes: [{name: v, csi: {driver: x, nodePublishSecretRef: {name: app-secret}}}]"
        ),
        WEB,
    ),
    # An ephemeral container in a template does nothing but that its reference must not be missed.
    Shape(
        "an ephemeral container",
        workload(
            "containers: [{name: app}]\nephemeralContainers: [{name: d, envFrom: [{secretRef: {name: app-secret}}]}]"
        ),
        {"Deployment web": {(*OWN, NAMED): "app-secret"}},
    ),
    # Pulling reads the Secret at each pull.
    Shape(
        "a Secret for pulling", workload("containers: [{name: app}]\nimagePullSecrets: [{name: app-secret}]"), NOTHING
    ),
    # A volume that nobody mounts brings nothing into a container.
    Shape(
        "a volume that nobody mounts",
        workload("containers: [{name: app}]\nvolumes: [{name: v, secret: {secretName: app-secret}}]"),
        NOTHING,
        (
            "krm-secrets: notice: Deployment web, line 18: spec.template.spec.volumes[0].secret.secretName: "
            'no container mounts this volume, so that no Pod reads the Secret "app-secret" here [volume-not-mounted]',
        ),
    ),
    # A literal that happens to be the Secret's name.
    Shape(
        "a value like the name",
        workload("containers: [{name: app-secret, env: [{name: S, value: app-secret}]}]"),
        NOTHING,
    ),
    # The name of a ConfigMap is none of a Secret.
    Shape(
        "a ConfigMap of that name",
        workload("containers: [{name: app, envFrom: [{configMapRef: {name: app-secret}}]}]"),
        NOTHING,
    ),
    # --- kinds
    Shape("a StatefulSet", workload(ENV, "StatefulSet"), {"StatefulSet web": {(*OWN, AUTO): "true"}}),
    Shape("a DaemonSet", workload(ENV, "DaemonSet"), {"DaemonSet web": {(*OWN, AUTO): "true"}}),
    # A claim's own annotations are no place for ours.
    Shape(
        "a StatefulSet with claims",
        workload(ENV, "StatefulSet")
        + "\n  volumeClaimTemplates:\n  - metadata: {name: data, annotations: {a: b}}\n    spec: {accessModes: [x]}",
        {"StatefulSet web": {(*OWN, AUTO): "true"}},
    ),
    Shape("a Rollout", workload(ENV, "Rollout", "argoproj.io/v1alpha1"), {"Rollout web": {(*OWN, AUTO): "true"}}),
    # Reloader finds no container in such a Rollout, and old versions fall over it; the Deployment's template is what
    # both follow.
    Shape(
        "a Rollout with a workloadRef",
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\n"
        "spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n---\n" + workload(ENV),
        WEB,
    ),
    # Each new Pod of these reads the Secret anew; Reloader would start a CronJob at once and replace a Job.
    Shape("a Job", workload(ENV, "Job", "batch/v1"), NOTHING),
    Shape(
        "a CronJob",
        thing("batch/v1", "CronJob", f"{{jobTemplate: {{spec: {{template: {{spec: {{{ENV}}}}}}}}}}}"),
        NOTHING,
    ),
    Shape(
        "a ScaledJob",
        thing("keda.sh/v1alpha1", "ScaledJob", f"{{jobTargetRef: {{template: {{spec: {{{ENV}}}}}}}}}"),
        NOTHING,
    ),
    # KEDA reads it at each poll.
    Shape(
        "a TriggerAuthentication",
        thing("keda.sh/v1alpha1", "TriggerAuthentication", "{secretTargetRef: [{name: app-secret, key: k}]}"),
        NOTHING,
    ),
    # VolSync starts a mover for each backup.
    Shape(
        "a ReplicationSource",
        thing("volsync.backube/v1alpha1", "ReplicationSource", "{restic: {repository: app-secret}}"),
        NOTHING,
    ),
    # A kind of another group is not the one that Reloader knows.
    Shape("a Deployment of another group", workload(ENV, api="example.com/v1"), NOTHING),
    # --- what the author wrote
    Shape("annotations that are null", workload(ENV, annotations="  annotations:\n"), WEB),
    Shape("annotations that are empty", workload(ENV, annotations="  annotations: {}\n"), WEB),
    Shape("annotations in flow style", workload(ENV, annotations="  annotations: {a: b} # mine\n"), WEB),
    Shape("the author said no", workload(ENV, annotations=f'  annotations: {{{AUTO}: "false"}}\n'), NOTHING),
    # Reloader falls back on the template, so this works already.
    Shape(
        "the author annotated the template",
        thing(
            "apps/v1", "Deployment", f'{{template: {{metadata: {{annotations: {{{AUTO}: "true"}}}}, spec: {{{ENV}}}}}}}'
        ),
        NOTHING,
    ),
    # Plain auto would watch the ConfigMaps that the author left out.
    Shape(
        "the author listed ConfigMaps",
        workload(ENV, annotations="  annotations: {configmap.reloader.stakater.com/reload: one}\n"),
        {"Deployment web": {(*OWN, TYPED): "true"}},
    ),
    Shape(
        "the author excluded the Secret",
        workload(ENV, annotations="  annotations: {secrets.exclude.reloader.stakater.com/reload: app-secret}\n"),
        NOTHING,
    ),
    Shape(
        "the author's list has an expression that matches",
        workload(ENV, annotations=f'  annotations: {{{NAMED}: "app-.*"}}\n'),
        NOTHING,
    ),
    # An annotation of pausing decides nothing about Secrets.
    Shape(
        "the author batches restarts",
        workload(ENV, annotations="  annotations: {deployment.reloader.stakater.com/pause-period: 5m}\n"),
        WEB,
    ),
    # The map also stands on the template, where an annotation of ours would restart Pods by itself.
    Shape(
        "one map of annotations for workload and template",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  annotations: &a {team: x}\n"
        f"spec:\n  template:\n    metadata: {{annotations: *a}}\n    spec:\n      {ENV}",
        WEB,
    ),
    # The same, the other way round: the alias is on the workload.
    Shape(
        "the workload's annotations are an alias",
        "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    metadata: {annotations: &a {team: x}}\n"
        f"    spec:\n      {ENV}\nmetadata:\n  name: web\n  annotations: *a\n",
        WEB,
    ),
    # --- app-template
    Shape(
        "variables as a list",
        release(
            "controllers:\n  main:\n    containers:\n      app:\n        env:\n"
            "        - {name: A, valueFrom: {secretKeyRef: {name: app-secret, key: a}}}"
        ),
        {"HelmRelease web": {(*on("main"), AUTO): "true"}},
    ),
    Shape(
        "a variable without valueFrom",
        release("controllers: {main: {containers: {app: {env: {A: {secretKeyRef: {name: app-secret, key: a}}}}}}}"),
        {"HelmRelease web": {(*on("main"), AUTO): "true"}},
    ),
    # `value` wins in the chart's template, so the reference beside it is never rendered.
    Shape(
        "a value beside a reference",
        release("controllers: {main: {containers: {app: {env: {A: {value: x, secretKeyRef: {name: app-secret}}}}}}}"),
        NOTHING,
    ),
    Shape(
        "default options of the controller",
        release(
            "controllers:\n  main:\n    defaultContainerOptions: {envFrom: [{secretRef: {name: app-secret}}]}\n"
            "    containers: {app: {}, log: {}}"
        ),
        {"HelmRelease web": {(*on("main"), AUTO): "true"}},
    ),
    # Without another strategy a container's own list takes the place of the defaults.
    Shape(
        "default options that each container replaces",
        release(
            "controllers:\n  main:\n    defaultContainerOptions: {envFrom: [{secretRef: {name: app-secret}}]}\n"
            "    containers: {app: {envFrom: [{configMapRef: {name: x}}]}}"
        ),
        NOTHING,
    ),
    Shape(
        "a volume for one of two controllers",
        release(
            "controllers: {a: {containers: {app: {}}}, b: {containers: {app: {}}}}\n"
            "persistence: {s: {type: secret, name: app-secret, advancedMounts: {b: {app: [{path: /s}]}}}}"
        ),
        {"HelmRelease web": {(*on("b"), AUTO): "true"}},
    ),
    # Without mounts the chart mounts it at /name in every container.
    Shape(
        "a volume without mounts",
        release(
            "controllers: {a: {containers: {app: {}}}, b: {type: cronjob, containers: {app: {}}}}\n"
            "persistence: {s: {type: secret, name: app-secret}}"
        ),
        {"HelmRelease web": {(*on("a"), AUTO): "true"}},
    ),
    Shape(
        "a custom volume",
        release(
            "controllers: {a: {containers: {app: {}}}}\n"
            "persistence: {s: {type: custom, volumeSpec: {projected: {sources: [{secret: {name: app-secret}}]}}}}"
        ),
        {"HelmRelease web": {(*on("a"), AUTO): "true"}},
    ),
    # The anchored list is written once and used by both; only the Deployment lives long.
    Shape(
        "one envFrom for a Deployment and a CronJob",
        release(
            "controllers:\n  web:\n    containers:\n      app:\n        envFrom: &e [{secretRef: {name: app-secret}}]\n"
            "  nightly:\n    type: cronjob\n    containers: {app: {envFrom: *e}}"
        ),
        {"HelmRelease web": {(*on("web"), AUTO): "true"}},
    ),
    # The anchored annotations must not bring ours to the CronJob, which Reloader would start at once.
    Shape(
        "one map of annotations for a Deployment and a CronJob",
        release(
            "controllers:\n  web:\n    annotations: &a {team: x}\n"
            "    containers: {app: {envFrom: &e [{secretRef: {name: app-secret}}]}}\n"
            "  nightly:\n    type: cronjob\n    annotations: *a\n    containers: {app: {envFrom: *e}}"
        ),
        {"HelmRelease web": {(*on("web"), AUTO): "true"}},
    ),
    # A merged controller has what it merges, and its own type.
    Shape(
        "a controller merged into a CronJob",
        release(
            "controllers:\n  web: &w\n    containers: {app: {envFrom: [{secretRef: {name: app-secret}}]}}\n"
            "  nightly:\n    <<: *w\n    type: cronjob"
        ),
        {"HelmRelease web": {(*on("web"), AUTO): "true"}},
    ),
    Shape(
        "a controller that is switched off",
        release(
            "controllers: {web: {enabled: false, containers: {app: {envFrom: [{secretRef: {name: app-secret}}]}}}}"
        ),
        NOTHING,
    ),
    # A Secret of the chart's own values: the chart's checksum restarts for it, and the name is none of the stream's.
    Shape(
        "an identifier of the chart's own Secret",
        release(
            "controllers: {web: {containers: {app: {envFrom: [{secretRef: {identifier: app-secret}}]}}}}\n"
            "secrets: {app-secret: {stringData: {a: b}}}"
        ),
        NOTHING,
    ),
    # The chart puts them on every object it makes: the author decided.
    Shape(
        "annotations for everything",
        release(
            f'global: {{annotations: {{{AUTO}: "true"}}}}\n'
            "controllers: {web: {containers: {app: {envFrom: [{secretRef: {name: app-secret}}]}}}}"
        ),
        NOTHING,
    ),
    Shape(
        "annotations for all Pods",
        release(
            f'defaultPodOptions: {{annotations: {{{AUTO}: "true"}}}}\n'
            "controllers: {web: {containers: {app: {envFrom: [{secretRef: {name: app-secret}}]}}}}"
        ),
        NOTHING,
    ),
    # Flux names such a release NAMESPACE-NAME and installs it there: a Secret without that namespace is another one.
    Shape(
        "a release in another namespace",
        release(
            "controllers: {web: {containers: {app: {envFrom: [{secretRef: {name: app-secret}}]}}}}",
            spec="  targetNamespace: other\n",
        ),
        NOTHING,
    ),
    Shape(
        "a name from the release's name",
        release(
            'controllers: {web: {containers: {app: {envFrom: [{secretRef: {name: "{{ .Release.Name }}-secret"}}]}}}}',
            spec="  releaseName: app\n",
        ),
        {"HelmRelease web": {(*on("web"), AUTO): "true"}},
    ),
    # --- other charts
    Shape(
        "a bitnami chart",
        release("auth: {existingSecret: app-secret}", "postgresql"),
        PATCHED,
    ),
    # Each of these charts mounts the Secret or makes variables of it in its own Pods.
    Shape(
        "Nextcloud",
        release("nextcloud: {existingSecret: {enabled: true, secretName: app-secret, usernameKey: u}}", "nextcloud"),
        PATCHED,
    ),
    Shape(
        "Harbor",
        release("existingSecretAdminPassword: app-secret\nexistingSecretAdminPasswordKey: p", "harbor"),
        PATCHED,
    ),
    Shape("GitLab", release("global: {psql: {password: {secret: db.creds, key: a}}}", "gitlab"), PATCHED),
    Shape("Velero", release("credentials: {useSecret: true, existingSecret: app-secret}", "velero"), PATCHED),
    Shape(
        "Grafana below another chart",
        release(
            "grafana: {admin: {existingSecret: app-secret}, envFromSecrets: [{name: db.creds}]}",
            "kube-prometheus-stack",
        ),
        PATCHED,
    ),
    Shape("oauth2-proxy", release("config: {existingSecret: app-secret}", "oauth2-proxy"), PATCHED),
    Shape(
        "Argo CD",
        release("repoServer: {volumes: [{name: v, secret: {secretName: app-secret}}]}", "argo-cd"),
        PATCHED,
    ),
    Shape(
        "Authentik",
        release("global: {env: [{name: A, valueFrom: {secretKeyRef: {name: app-secret, key: a}}}]}", "authentik"),
        PATCHED,
    ),
    # An operator reads this one and runs a reloader of its own.
    Shape(
        "the configuration of an Alertmanager",
        release("alertmanager: {alertmanagerSpec: {useExistingSecret: true, configSecret: app-secret}}", "x"),
        NOTHING,
    ),
    # A controller of another release reads this one.
    Shape("a runner's credentials", release("githubConfigSecret: app-secret", "gha-runner-scale-set"), NOTHING),
    # What is switched off renders nothing.
    Shape(
        "a part that is switched off",
        release("redis: {enabled: false, auth: {existingSecret: app-secret}}", "x"),
        NOTHING,
    ),
    # An Ingress controller reads it.
    Shape("a certificate of an Ingress", release("ingress: {tls: [{secretName: app-secret}]}", "x"), NOTHING),
    # It reaches the Pod template, on which Reloader falls back.
    Shape(
        "annotations for the Pods of a chart",
        release(f'existingSecret: app-secret\npodAnnotations: {{{AUTO}: "true"}}', "x"),
        NOTHING,
    ),
    Shape(
        "post renderers of the author",
        release(
            "existingSecret: app-secret", "x", "  postRenderers: [{kustomize: {images: [{name: a, newTag: b}]}}]\n"
        ),
        PATCHED,
    ),
    # --- what notices by a label
    Shape(
        "values from a Secret",
        release("a: b", "x", "  valuesFrom: [{kind: Secret, name: db.creds, valuesKey: a, targetPath: a.b}]\n"),
        {
            "ExternalSecret db": {
                ("spec", "target", "template", "metadata", "labels", "reconcile.fluxcd.io/watch"): "Enabled"
            }
        },
    ),
    Shape(
        "values from a ConfigMap of that name",
        release("a: b", "x", "  valuesFrom: [{kind: ConfigMap, name: db.creds}]\n"),
        NOTHING,
    ),
    # An ExternalSecret without a template gives its own labels to the Secret; a template would end that.
    Shape(
        "substitutes from a Secret",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\n"
        "spec: {postBuild: {substituteFrom: [{kind: Secret, name: app-secret}]}}",
        {"ExternalSecret app-secret": {("metadata", "labels", "reconcile.fluxcd.io/watch"): "Enabled"}},
    ),
    Shape(
        "a database's queries",
        thing("postgresql.cnpg.io/v1", "Cluster", "{monitoring: {customQueriesSecret: [{name: db.creds}]}}"),
        {"ExternalSecret db": {("spec", "target", "template", "metadata", "labels", "cnpg.io/reload"): "true"}},
    ),
    # --- what makes a Secret
    Shape(
        "a Certificate",
        "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: x}\nspec: {secretName: web-tls}\n---\n"
        + workload(
            "containers: [{name: app, volumeMounts: [{name: v, mountPath: /v}]}]\n"
            "volumes: [{name: v, secret: {secretName: web-tls}}]"
        ),
        WEB,
    ),
    # The operator makes `pg-app` where no other Secret is named for the owner.
    Shape(
        "a database's application user",
        "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: pg}\nspec: {instances: 1}\n---\n"
        + workload("containers: [{name: app, envFrom: [{secretRef: {name: pg-app}}]}]"),
        WEB,
    ),
    # A Secret in Git changes only when somebody applies it; it is no Secret of ours to watch.
    Shape(
        "a plain Secret",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: plain}\nstringData: {a: b}\n---\n"
        + workload("containers: [{name: app, envFrom: [{secretRef: {name: plain}}]}]"),
        NOTHING,
    ),
    # It reads a Secret and makes none.
    Shape(
        "a PushSecret",
        thing("external-secrets.io/v1alpha1", "PushSecret", "{selector: {secret: {name: pushed}}}")
        + "---\n"
        + workload("containers: [{name: app, envFrom: [{secretRef: {name: pushed}}]}]"),
        NOTHING,
    ),
    # No Secret is made by either of these.
    Shape(
        "an ExternalSecret that makes none",
        thing("external-secrets.io/v1", "ExternalSecret", "{target: {creationPolicy: None}}", "none")
        + "---\n"
        + workload("containers: [{name: app, envFrom: [{secretRef: {name: none}}]}]"),
        NOTHING,
    ),
    # Merge changes a Secret that somebody else made.
    Shape(
        "an ExternalSecret that merges",
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: m}\n"
        "spec: {target: {name: merged, creationPolicy: Merge}}\n---\n"
        + workload("containers: [{name: app, envFrom: [{secretRef: {name: merged}}]}]"),
        WEB,
    ),
    # In the namespaces that it names, and in no other.
    Shape(
        "a ClusterExternalSecret",
        "apiVersion: external-secrets.io/v1\nkind: ClusterExternalSecret\nmetadata: {name: everywhere}\n"
        "spec: {namespaces: [one], externalSecretSpec: {target: {name: shared}}}\n---\n"
        + workload(
            "containers: [{name: app, envFrom: [{secretRef: {name: shared}}]}]", annotations="  namespace: one\n"
        )
        + "\n---\n"
        + workload(
            "containers: [{name: app, envFrom: [{secretRef: {name: shared}}]}]",
            "StatefulSet",
            annotations="  namespace: two\n",
        ),
        WEB,
    ),
]


def test_there_are_many() -> None:
    assert len({shape.name for shape in SHAPES}) == len(SHAPES) >= 75


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_shape(shape: Shape) -> None:
    given = MADE + shape.text.rstrip() + "\n"
    done = run(given)
    assert (done.code, tuple(done.err.splitlines())) == (0, shape.messages)
    before, after = objects(given), objects(done.out.decode())
    assert before.keys() == after.keys()
    changes = {name: dict(values(before[name], after[name])) for name in before if before[name] != after[name]}
    assert changes == shape.changes
    if not shape.changes:
        assert done.out.decode() == given
    assert run(done.out).out == done.out


def objects(text: str) -> dict[str, Any]:
    found = [each for document in documents(text) for each in load(document)]
    return {f"{each['kind']} {each['metadata']['name']}": each for each in found}


def values(before: Any, after: Any) -> list[tuple[tuple[str, ...], str]]:
    """What appeared, path by path; a patch of ours before the author's own post renderers counts as one."""
    found = []
    for path in added(before, after):
        node = after
        for key in path:
            node = node[key]
        if path == ("spec", "postRenderers"):
            (ours, *rest) = node
            assert rest == before["spec"].get("postRenderers", [])
            assert TYPED in ours["kustomize"]["patches"][0]["patch"]
            node = PATCH
        found.append((path, node))
    return found
