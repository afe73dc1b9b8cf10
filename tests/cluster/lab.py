"""A cluster and its administrator, who speaks to the API server as a client does: in requests and YAML.

Clusters are loaded from one that was made once, so that a test costs only what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import yaml

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.api.request import STRATEGIC_MERGE_PATCH, Request, Response
from kubelab.cluster.api.watching import Watch
from kubelab.cluster.cluster import Cluster
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.user import ADMIN

Object = dict[str, Any]
Rows = dict[str, Object]


@cache
def made(version: str = "1.36", preset: str = "three-nodes", seed: int = 7) -> tuple[Object, Rows]:
    """Returns header and rows of a fresh cluster."""
    return kept(Cluster.create("lab", preset, version, seed=seed), {})


def kept(cluster: Cluster, before: Mapping[str, Object]) -> tuple[Object, Rows]:
    """Returns header and rows as a database has them after one more commit."""
    rows = dict(before)
    for key, _revision, obj in cluster.take_changes():
        rows.pop(key, None)
        if obj is not None:
            rows[key] = obj
    return cluster.header(), rows


class Lab:
    """A cluster and the words that tests tell its story in; `namespace` is where things are that say nothing else."""

    def __init__(self, version: str = "1.36", preset: str = "three-nodes", *, cluster: Cluster | None = None) -> None:
        self.cluster = cluster or Cluster.load(made(version, preset)[0], made(version, preset)[1].items())
        self.began = self.cluster.clock.now
        self.namespace = "default"
        self.warnings: list[str] = []

    # requests

    def kind(self, name: str) -> Kind:
        found = self.cluster.resources.find(name)
        assert found is not None, f"no kind {name}"
        return found

    def request(
        self, verb: str, kind: str | Kind, name: str = "", body: Any = None, *, subresource: str = "",
        namespace: str | None = None, content_type: str = "application/json", accept: str = "", **options: str,
    ) -> Response:  # fmt: skip
        found = kind if isinstance(kind, Kind) else self.kind(kind)
        where = (self.namespace if namespace is None else namespace) if found.namespaced else ""
        request = Request(
            verb=verb, kind=found, namespace=where, name=name, subresource=subresource, options=options, body=body,
            content_type=content_type, accept=accept, user=ADMIN, user_agent="tests/1.0",
        )  # fmt: skip
        response = self.cluster.api.handle(request)
        self.warnings = response.warnings
        return response

    def create(self, manifest: str | Object, **options: str) -> Object:
        """Creates what a manifest says, several documents one after the other; returns the last."""
        created: Object = {}
        for obj in documents(manifest):
            namespace = (obj.get("metadata") or {}).get("namespace")
            created = self.request("create", self.kind_of(obj), body=obj, namespace=namespace, **options).object
        return created

    def kind_of(self, obj: Object) -> Kind:
        found = self.cluster.resources.by_gvk(obj["apiVersion"], obj["kind"])
        assert found is not None, f"no kind {obj['kind']} in {obj['apiVersion']}"
        return found

    def get(self, kind: str, name: str, namespace: str | None = None) -> Object:
        return self.request("get", kind, name, namespace=namespace).object

    def find(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        try:
            return self.get(kind, name, namespace)
        except ApiError as error:
            assert error.code == 404
            return None

    def items(self, kind: str, namespace: str | None = None, **options: str) -> Any:
        return self.request("list", kind, namespace=namespace, **options).object["items"]

    def replace(self, obj: Object, **options: str) -> Object:
        metadata = obj["metadata"]
        return self.request(
            "update", self.kind_of(obj), metadata["name"], obj, namespace=metadata.get("namespace"), **options
        ).object

    def patch(
        self, kind: str, name: str, patch: Any, content_type: str = STRATEGIC_MERGE_PATCH, **options: str
    ) -> Object:
        body = yaml.safe_load(patch) if isinstance(patch, str) else patch
        return self.request("patch", kind, name, body, content_type=content_type, **options).object

    def delete(self, kind: str, name: str, body: Object | None = None, **options: str) -> Object:
        return self.request("delete", kind, name, body, **options).object

    def scale(self, kind: str, name: str, replicas: int) -> None:
        self.patch(kind, name, {"spec": {"replicas": replicas}})

    def watch(self, kind: str, name: str = "", **options: str) -> Watch:
        found = self.kind(kind)
        request = Request("watch", found, self.namespace if found.namespaced else "", name, options=options, user=ADMIN)
        return self.cluster.api.watch(request)

    def refusal(self, do: Callable[..., Any], *args: Any, **options: Any) -> str:
        """Does what the server refuses; returns its words."""
        return self.refused(do, *args, **options).message

    def refused(self, do: Callable[..., Any], *args: Any, **options: Any) -> ApiError:
        try:
            done = do(*args, **options)
        except ApiError as error:
            return error
        raise AssertionError(f"it was not refused: {done}")

    # time

    def settle(self) -> None:
        self.cluster.settle()

    def advance(self, seconds: float) -> None:
        self.cluster.advance(seconds)

    def until(self, holds: Callable[[], Any], seconds: float = 600) -> float:
        """Lets time pass until something holds; returns how many seconds that took."""
        began = self.cluster.clock.now
        while not holds():
            due = self.cluster.next_due()
            assert due is not None and due <= began + seconds, f"not within {seconds} s"
            self.cluster.run_until(due)
        return self.cluster.clock.now - began

    # looking

    def pods(self, **labels: str) -> list[Object]:
        selector = ",".join(f"{name}={value}" for name, value in labels.items())
        return self.items("pods", labelSelector=selector)

    def is_ready(self, pod: Object) -> bool:
        return condition(pod, "Ready").get("status") == "True"

    def ready(self, count: int, **labels: str) -> bool:
        pods = self.pods(**labels)
        return len(pods) == count and all(self.is_ready(pod) for pod in pods)

    def events(self, name: str, reason: str = "", namespace: str | None = None) -> list[str]:
        """The messages of the events about an object."""
        return [
            event["message"]
            for event in self.items("events", namespace)
            if event["involvedObject"]["name"] == name and (not reason or event["reason"] == reason)
        ]


def documents(manifest: str | Object) -> list[Object]:
    if isinstance(manifest, dict):
        return [manifest]
    return [obj for obj in yaml.safe_load_all(manifest) if obj is not None]


def condition(obj: Object, name: str) -> Object:
    """Returns the condition of that type from an object's status, {} where there is none."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((found for found in conditions if found["type"] == name), {})


def deployment(name: str = "web", replicas: int = 3, image: str = "nginx:1.27", **spec: Any) -> Object:
    """Returns a Deployment of one container."""
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": name, "image": image}]}}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template, **spec},
    }  # fmt: skip


def pod(name: str = "web", image: str = "nginx:1.27", labels: Object | None = None, **spec: Any) -> Object:
    """Returns a Pod of one container; `requests` and `limits` are the container's."""
    container: Object = {"name": "main", "image": image}
    resources = {name: spec.pop(name) for name in ("requests", "limits") if name in spec}
    if resources:
        container["resources"] = resources
    metadata = {"name": name, "labels": labels} if labels else {"name": name}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container], **spec}}
