"""Evicts Pods that write more into an emptyDir than its sizeLimit allows.

The kubelet looks every ten seconds; here it looks only after somebody has written beyond the limit.
Source: pkg/kubelet/eviction/eviction_manager.go (localStorageEviction); kubernetes.io, concepts/storage/volumes.
"""

from __future__ import annotations

from kubelab.cluster.component import Component, next_look
from kubelab.cluster.kinds import Pod
from kubelab.cluster.layers import Tree
from kubelab.cluster.node.kubelet import Kubelet
from kubelab.cluster.node.volumes import LOOK, volume_name
from kubelab.cluster.objects import Key
from kubelab.cluster.quantity import to_int


class Eviction(Component):
    """The part of every kubelet that evicts Pods; keys name a Pod on a node."""

    name = "kubelet-eviction"

    def reconcile(self, key: str) -> None:
        """Looks at the emptyDirs of one Pod."""
        kubelet = self.cluster.components["kubelet"]
        node, namespace, name = key.split("/")
        pod = self.api.get(Pod, Key(namespace, name))
        view = kubelet.view(node) if isinstance(kubelet, Kubelet) else None
        if pod is None or view is None or not isinstance(kubelet, Kubelet) or pod["spec"].get("nodeName") != node:
            return
        if not view.kubelet_runs:
            self.cluster.agenda.add(self.name, key, next_look(self.now, LOOK))
            return
        for volume in pod["spec"].get("volumes") or ():
            limit = (volume.get("emptyDir") or {}).get("sizeLimit")
            if limit is None or not to_int(limit):
                continue
            tree = Tree(volume_name(pod["metadata"]["uid"], volume["name"]), self.store)
            if tree.usage().size > to_int(limit):
                kubelet.evict(node, pod, f'Usage of EmptyDir volume "{volume["name"]}" exceeds the limit "{limit}". ')
                return
