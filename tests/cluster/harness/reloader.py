"""A model of Stakater Reloader 1.4, which no registry has: it watches Secrets and acts on workloads by its rules.

What it decides is `tests/secrets/decision.py`; here is what it does, with the strategy `env-vars` and no flags. It is
not Reloader: Rollouts, pauses and ConfigMaps are left out.
"""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from types import TracebackType

from tests.cluster.harness.api import STRATEGIC, Api, Object
from tests.cluster.harness.cluster import until
from tests.secrets.decision import Changed, reloads, sees

KINDS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
"""The kinds whose Pod template it patches."""


class Reloader:
    """Watches one namespace from entering to leaving."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        self._kubeconfig = kubeconfig
        self._namespace = namespace
        self._known: dict[str, str] = {}
        self._stopped = False
        self._failure: BaseException | None = None
        # The hash of each Secret's data whose update has been dealt with, by its name.
        self._handled: dict[str, str] = {}

    def __enter__(self) -> Reloader:
        api = Api(self._kubeconfig)
        listed = api.get(f"/api/v1/namespaces/{self._namespace}/secrets")
        self._known = {item["metadata"]["name"]: digest(item) for item in listed["items"]}
        self._thread = threading.Thread(
            target=self._run, args=(api, listed["metadata"]["resourceVersion"]), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped = True
        self._thread.join(timeout=30)

    def wait_for(self, name: str, hash_: str) -> None:
        """Until the update of a Secret to this data has been dealt with."""
        until(lambda: self._handled.get(name) == hash_ or self._failure is not None, lambda: f"{name} not seen")
        if self._failure is not None:
            raise self._failure

    def _run(self, api: Api, since: str) -> None:
        path = f"/api/v1/namespaces/{self._namespace}/secrets"
        try:
            while not self._stopped:
                for event in api.watch(path, since, 2):
                    since = event["object"]["metadata"]["resourceVersion"]
                    self._handle(api, event["type"], event["object"])
        except BaseException as error:
            self._failure = error
        finally:
            api.close()

    def _handle(self, api: Api, event: str, secret: Object) -> None:
        """Labels and annotations do not count, nor does a Secret that is new or gone."""
        name, after = secret["metadata"]["name"], digest(secret)
        before = self._known.get(name)
        self._known[name] = after
        if event == "MODIFIED" and before not in (None, after):
            self._reload(api, secret)
            self._handled[name] = after

    def _reload(self, api: Api, secret: Object) -> None:
        changed = Changed(secret["metadata"]["name"], secret["metadata"].get("annotations") or {})
        for kind, plural in KINDS.items():
            path = f"/apis/apps/v1/namespaces/{self._namespace}/{plural}"
            for each in api.items(path):
                if reloads(changed, {**each, "kind": kind}):
                    api.patch(f"{path}/{each['metadata']['name']}", _patch(each, secret), STRATEGIC)
        path = f"/apis/batch/v1/namespaces/{self._namespace}"
        for each in api.items(f"{path}/jobs"):
            if reloads(changed, {**each, "kind": "Job"}):
                api.delete(f"{path}/jobs/{each['metadata']['name']}")
                api.create(f"{path}/jobs", _job(each["metadata"]["name"], each["spec"]))
        for each in api.items(f"{path}/cronjobs"):
            if reloads(changed, {**each, "kind": "CronJob"}):
                job = each["spec"]["jobTemplate"]["spec"]
                api.create(f"{path}/jobs", _job(f"{each['metadata']['name']}-{digest(secret)[:5]}", job))


def _patch(workload: Object, secret: Object) -> Object:
    """The environment variable by which Reloader makes a Pod template another one."""
    name, pod = secret["metadata"]["name"], workload["spec"]["template"]["spec"]
    variable = {"name": f"STAKATER_{_upper(name)}_SECRET", "value": digest(secret)}
    return {"spec": {"template": {"spec": {"containers": [{"name": _container(pod, name), "env": [variable]}]}}}}


def _job(name: str, spec: Object) -> Object:
    own = {key: value for key, value in spec.items() if key not in ("selector", "manualSelector")}
    metadata = {key: value for key, value in own["template"].get("metadata", {}).items() if key != "labels"}
    return {"metadata": {"name": name}, "spec": {**own, "template": {**own["template"], "metadata": metadata}}}


def digest(secret: Object) -> str:
    """The hash of a Secret's data."""
    return hashlib.sha1(json.dumps(secret.get("data") or {}, sort_keys=True).encode()).hexdigest()


def _upper(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name).upper()


def _container(pod: Object, secret: str) -> str:
    """The container that gets the variable: the first that uses the Secret, else the first."""
    users = [
        each["name"] for each in pod["containers"] if sees(secret, {**pod, "containers": [each], "initContainers": []})
    ]
    return str((users or [pod["containers"][0]["name"]])[0])
