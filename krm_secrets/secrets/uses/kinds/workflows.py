"""What runs jobs and pipelines, or scales others."""

from __future__ import annotations

from krm_secrets.secrets.uses.kinds.entry import Entry, each

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping


_ARGO = """
    @<pod> @.templates[]<pod> @.templateDefaults<pod> @.templates[].container<container>
    @.templates[].script<container> @.templates[].sidecars[]<container>
    @.templates[].containerSet.containers[]<container> @.templates[].*puts.artifacts[].**.*Secret{}
    @.templates[].http.headers[].valueFrom.secretKeyRef{}
"""
_TASK = "@<pod> @.steps[]<container> @.sidecars[]<container> @.stepTemplate<container>"
_TASK_POD = "@<pod> @<container>"
_TASKS = ("spec.tasks[].taskSpec", "spec.finally[].taskSpec")
_RUNS = ("spec.pipelineSpec.tasks[].taskSpec", "spec.pipelineSpec.finally[].taskSpec")
_RUN_PODS = ("spec.podTemplate", "spec.taskRunTemplate.podTemplate", "spec.taskRunSpecs[].podTemplate")
_TEKTON, _ARC = "tekton.dev", "actions.github.com"
_WORKFLOWS = ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate")
_RENOVATE = "spec.secretRef spec.extraEnv[].valueFrom.secretKeyRef{} spec.webhook.**.*ecretRef{}"

KINDS: Mapping[str, tuple[Entry, ...]] = {
    # It makes its Jobs anew for another content (system-upgrade-controller, pkg/upgrade/handle_core.go).
    "Plan": (Entry("upgrade.cattle.io", itself="spec.secrets[]{}"),),
    **{kind: (Entry("argoproj.io", each(_ARGO, "spec")),) for kind in _WORKFLOWS},
    "CronWorkflow": (Entry("argoproj.io", each(_ARGO, "spec.workflowSpec")),),
    "EventSource": (Entry("argoproj.io", "spec.**.*Secret{}"),),
    "Sensor": (Entry("argoproj.io", "spec.**.*ecret{}"),),
    **{
        kind: (Entry("argoproj.io", "spec.args[].valueFrom.secretKeyRef{}"),)
        for kind in ("AnalysisTemplate", "ClusterAnalysisTemplate")
    },
    "Task": (Entry(_TEKTON, each(_TASK, "spec")),),
    "ClusterTask": (Entry(_TEKTON, each(_TASK, "spec")),),
    "Pipeline": (Entry(_TEKTON, each(_TASK, *_TASKS)),),
    "TaskRun": (
        Entry(_TEKTON, f"{each(_TASK, 'spec.taskSpec')} {each(_TASK_POD, *_RUN_PODS)} spec.workspaces[]<volume>"),
    ),
    "PipelineRun": (
        Entry(_TEKTON, f"{each(_TASK, *_RUNS)} {each(_TASK_POD, *_RUN_PODS)} spec.workspaces[]<volume>"),
    ),
    "EventListener": (
        Entry("triggers.tekton.dev", "spec.triggers[].interceptors[].params[].value.secretRef.secretName"),
    ),
    "Repository": (
        Entry("pipelinesascode.tekton.dev", "spec.git_provider.secret{} spec.git_provider.webhook_secret{}"),
    ),
    **{
        kind: (
            Entry(
                "keda.sh",
                "spec.secretTargetRef[]{} spec.hashiCorpVault.credential.*ecretRef{} spec.**.valueFrom.secretKeyRef{}",
            ),
        )
        for kind in ("TriggerAuthentication", "ClusterTriggerAuthentication")
    },
    "RenovateJob": (Entry("renovate-operator.mogenius.com", _RENOVATE),),
    "AutoscalingRunnerSet": (
        Entry(
            _ARC,
            "spec.githubConfigSecret spec.githubServerTLS.certificateFrom.secretKeyRef{} spec.template.spec<pod>",
        ),
    ),
    **{
        kind: (
            Entry("actions.summerwind.dev", "spec.template.spec<pod> spec.template.spec<container> spec<container>"),
        )
        for kind in ("RunnerDeployment", "RunnerSet", "Runner")
    },
}  # fmt: skip
