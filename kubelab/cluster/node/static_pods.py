"""Static Pods: manifests in a directory of a node that its kubelet runs, with or without an API server.

For each there is a mirror Pod in the API, so that people see it; deleting that changes nothing on the node.
Source: kubernetes.io, tasks/configure-pod-container/static-pod; pkg/kubelet/config/{file,common}.go,
pkg/kubelet/pod/mirror_client.go.
"""

from __future__ import annotations

from hashlib import md5
from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import AlreadyExists, ApiError
from kubelab.cluster.clock import micro
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import Node, Pod
from kubelab.cluster.node import machinefiles
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.node.machinefiles import MANIFESTS
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.node.record import MIRROR, RECORDS, container_key
from kubelab.cluster.node.static_manifests import parsed
from kubelab.cluster.node.versions import kubelet_of
from kubelab.cluster.objects import Key, Object, annotations_of
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

FILES = "/machine/files/node-"
HASH = "kubernetes.io/config.hash"
SEEN = "kubernetes.io/config.seen"
SOURCE = "kubernetes.io/config.source"


class StaticPods(Component):
    """The part of every kubelet that reads its manifests; keys are nodes' names."""

    name = "kubelet-static"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.store.subscribe(HOSTS, self._machine_changed)
        self.store.subscribe("/machine/files/", self._file_changed)

    def _machine_changed(self, change: Change) -> None:
        if change.new is not None and change.new["kubelet"]["running"]:
            self.cluster.agenda.add(self.name, change.key.removeprefix(HOSTS))

    def _file_changed(self, change: Change) -> None:
        if change.key.startswith(FILES) and MANIFESTS in change.key:
            self.cluster.agenda.add(self.name, change.key.removeprefix(FILES).partition("/")[0])

    def reconcile(self, key: str) -> None:
        """Compares the manifests of the node named `key` with what its kubelet runs."""
        host = self.store.get(HOSTS + key)
        if host is None or not host["kubelet"]["running"]:
            return
        wanted = self._wanted(key, kubelet_of(host["kubelet"]["version"]).minor)
        for path, record in list(self.store.items(f"{RECORDS}{key}/")):
            if "static" not in record:
                continue
            pod = wanted.pop(path, None)
            if (pod is None or pod["metadata"]["uid"] != record["uid"]) and "stale" not in record:
                self.store.put(path, {**record, "stale": True})
                self.cluster.agenda.add("kubelet", path.removeprefix(RECORDS))
        for path, pod in wanted.items():
            if self.store.get(path) is None:
                record = {
                    "uid": pod["metadata"]["uid"],
                    "began": self.now,
                    "containers": {},
                    "static": pod,
                    "asked": True,
                }
                self.store.put(path, record)
                self.cluster.agenda.add("kubelet", path.removeprefix(RECORDS))

    def _wanted(self, node: str, minor: int) -> dict[str, Object]:
        """Returns the Pods of a node's manifests by the paths of their records."""
        files = machinefiles.of(self.cluster, node)
        wanted: dict[str, Object] = {}
        if not files.is_dir(MANIFESTS):
            return wanted
        for name in files.listdir(MANIFESTS):
            path = f"{MANIFESTS}/{name}"
            if name.startswith(".") or not files.is_file(path):
                continue
            pod = self._read(node, path, files.read(path), minor)
            if pod is not None:
                metadata = pod["metadata"]
                wanted[container_key(node, metadata["namespace"], metadata["name"])] = pod
        return wanted

    def _read(self, node: str, path: str, text: str, minor: int) -> Object | None:
        """Reads a manifest; one that is no Pod, or is refused, is left out. journal.py tells of the latter."""
        manifest, refusal = parsed(text, minor)
        if refusal or not isinstance(manifest, dict) or manifest.get("kind") != "Pod":
            return None
        try:
            uid = md5(f"host:{node}file:{path}{text}".encode(), usedforsecurity=False).hexdigest()
            return self._completed(node, manifest, uid)
        except (KeyError, TypeError, AttributeError, ApiError):
            return None

    def _completed(self, node: str, manifest: Object, uid: str) -> Object:
        given: Object = manifest["metadata"]
        tolerations = [*(manifest["spec"].get("tolerations") or ()), {"effect": "NoExecute", "operator": "Exists"}]
        annotations = {
            **(given.get("annotations") or {}),
            HASH: uid,
            SEEN: f"{micro(self.now)[:-1]}000Z",
            SOURCE: "file",
        }
        pod: Object = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                **given,
                "name": f"{given['name']}-{node}",
                "namespace": given.get("namespace", "default"),
                "uid": uid,
                "annotations": annotations,
                "creationTimestamp": self.clock.timestamp(),
            },
            "spec": {**manifest["spec"], "nodeName": node, "tolerations": tolerations},
        }
        return Pod.default(pod) if Pod.default is not None else pod


def keep_mirror(work: PodWork) -> None:
    """Sees to it that a static Pod has its mirror; one that was deleted or is outdated is replaced."""
    if work.mirror() is not None:
        return
    api, key = work.node.api, work.key
    standing = api.get(Pod, key)
    if standing is not None:
        if MIRROR not in annotations_of(standing):
            return  # somebody else's Pod of that name
        api.delete(Pod, key, grace=0, uid=standing["metadata"]["uid"])
    metadata = work.pod["metadata"]
    mirrored: Object = {field: metadata[field] for field in ("name", "namespace", "labels") if field in metadata}
    mirrored["annotations"] = {**metadata["annotations"], MIRROR: work.uid}
    node = work.cluster.store.get(Node.path(Key("", work.node.name)))
    if node is not None:
        owner = {"apiVersion": "v1", "controller": True, "kind": "Node", "name": work.node.name}
        mirrored["ownerReferences"] = [{**owner, "uid": node["metadata"]["uid"]}]
    work.kubelet.writing = True
    try:
        api.create(Pod, {"apiVersion": "v1", "kind": "Pod", "metadata": mirrored, "spec": work.pod["spec"]})
    except AlreadyExists:
        return
    finally:
        work.kubelet.writing = False
    work.pod = {field: value for field, value in work.pod.items() if field != "status"}
    work.wants_sync = True  # a new mirror has no status yet


def drop_mirror(work: PodWork) -> None:
    """Removes the mirror of a static Pod that is gone from its node."""
    mirror = work.mirror()
    if mirror is not None:
        work.node.api.delete(Pod, work.key, grace=0, uid=mirror["metadata"]["uid"])
