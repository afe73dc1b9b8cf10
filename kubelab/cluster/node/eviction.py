"""Evicts Pods that write more than they may: into an emptyDir, or of ephemeral storage in all.

The kubelet looks every ten seconds; here it looks only after somebody has written beyond a limit, or very much.
Source: pkg/kubelet/eviction/eviction_manager.go (localStorageEviction); kubernetes.io, concepts/storage/volumes.
"""

from __future__ import annotations

from kubelab.cluster.component import Component, next_look
from kubelab.cluster.kinds import Pod
from kubelab.cluster.node.diskusage import running, volumes_of, written
from kubelab.cluster.node.kubelet import Kubelet
from kubelab.cluster.node.memorydemand import MANAGER
from kubelab.cluster.node.nodeview import NodeView
from kubelab.cluster.node.volumes import LOOK
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.quantity import canonical, to_int

RESOURCE = "ephemeral-storage"
VOLUME = 'Usage of EmptyDir volume "{}" exceeds the limit "{}". '
POD = "Pod ephemeral local storage usage exceeds the total limit of containers {}. "
CONTAINER = 'Container {} exceeded its local ephemeral storage limit "{}". '


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
        if not view.speaks:
            self.cluster.agenda.add(self.name, key, next_look(self.now, LOOK))
            return
        why = _excess(self, view, pod)
        if why:
            kubelet.evict(node, pod, why)
        else:
            self.cluster.agenda.add(MANAGER, node)


def _excess(component: Component, view: NodeView, pod: Object) -> str:
    """Returns why a Pod has to go, "" where it has written no more than it may."""
    spec = pod["spec"]
    volumes = volumes_of(component.cluster, pod)
    for volume in spec.get("volumes") or ():
        limit = (volume.get("emptyDir") or {}).get("sizeLimit")
        if limit is not None and to_int(limit) and volumes.get(volume["name"], 0) > to_int(limit):
            return VOLUME.format(volume["name"], limit)
    told = {each["name"]: (each.get("resources") or {}).get("limits") or {} for each in spec["containers"]}
    limits = {name: str(each[RESOURCE]) for name, each in told.items() if RESOURCE in each}
    if not limits:
        return ""
    used = {each.name: written(each) for each in running(view, pod)}
    most = sum(to_int(limit) for limit in limits.values())
    if sum(used.values()) + sum(volumes.values()) > most:
        whole = canonical(next(iter(limits.values()))) if len(limits) == 1 else canonical(f"{most // 1024}Ki")
        return POD.format(whole)
    over = next((name for name, limit in limits.items() if to_int(limit) and used.get(name, 0) > to_int(limit)), "")
    return CONTAINER.format(over, limits[over]) if over else ""
