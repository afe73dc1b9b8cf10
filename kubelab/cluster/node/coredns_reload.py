"""CoreDNS's `reload` plugin: it looks every 30 s whether the Corefile has changed, and takes it up.

In a cluster whose CoreDNS nobody touches nothing is due: the looks begin when the ConfigMap changes, and end when what
is mounted has followed and was read. Source: coredns.io/plugins/reload.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.component import Component
from kubelab.cluster.corefile import CorefileError, parse
from kubelab.cluster.corefile_checks import check
from kubelab.cluster.kinds import ConfigMap, Pod
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.kubelet import Kubelet
from kubelab.cluster.node.programs.coredns import (
    CoreDns,
    corefile_in_force,
    corefile_of,
    digest_of,
    take_up,
)
from kubelab.cluster.node.programs.server import say
from kubelab.cluster.node.record import is_running
from kubelab.cluster.objects import Key
from kubelab.cluster.store import Change

NAME = Key("kube-system", "coredns")
PERIOD = 30.0  # seconds between two looks
LOOKS = 6  # after which the mounted file has followed for sure
LABEL = "kube-dns"


def name_servers(component: CoreDnsReload, change: Change) -> Iterable[str]:
    """The Pods of CoreDNS, when their ConfigMap changes; they look at the file a while later."""
    obj = change.new
    if obj is None or change.old is None or obj["metadata"]["name"] != NAME.name:
        return ()
    if obj["metadata"]["namespace"] != NAME.namespace or obj.get("data") == change.old.get("data"):
        return ()
    for pod in component.api.indexed(Pod, "namespace", NAME.namespace):
        if (pod["metadata"].get("labels") or {}).get("k8s-app") == LABEL:
            component.look_later(pod["metadata"]["name"], 1)
    return ()


class CoreDnsReload(Component):
    """The reload plugins of all CoreDNS Pods; keys are a Pod's name and the number of the look."""

    name = "coredns"
    user = "system:serviceaccount:kube-system:coredns"
    watches = {ConfigMap: name_servers}

    def look_later(self, pod: str, number: int) -> None:
        """Looks at a Pod's Corefile when its next half minute is over."""
        jitter = self.cluster.random.index(15, "reload", pod)
        self.later(f"{pod}/{number}", PERIOD - jitter)

    def resync(self) -> None:
        """Nothing is missed: what starts reads its Corefile anew."""

    def reconcile(self, key: str) -> None:
        """Takes up a Pod's Corefile if it has changed and can be read."""
        pod, _, number = key.partition("/")
        view = self.view(pod)
        if view is None:
            return
        mounted, in_force = corefile_of(view), corefile_in_force(view)
        if not any(plugin.name == "reload" for block in parse(in_force) for plugin in block.plugins):
            return
        if mounted == in_force:
            if int(number) < LOOKS:
                self.look_later(pod, int(number) + 1)
            return
        try:
            check(parse(mounted))
        except CorefileError as error:
            say(view, "[INFO] Reloading")
            say(view, f"[ERROR] Restart failed: {error}")
            say(view, f"[ERROR] plugin/reload: Corefile changed but reload failed: {error}")
            return
        take_up(view, mounted)
        say(view, "[INFO] Reloading")
        say(view, f"[INFO] plugin/reload: Running configuration SHA512 = {digest_of(mounted)}")
        say(view, "[INFO] Reloading complete")

    def view(self, name: str) -> Container | None:
        """Returns the running CoreDNS container of a Pod."""
        pod, kubelet = self.api.get(Pod, Key(NAME.namespace, name)), self.cluster.components["kubelet"]
        node = pod["spec"].get("nodeName") if pod is not None else None
        if node is None or not isinstance(kubelet, Kubelet):
            return None
        for view in kubelet.containers(node, NAME.namespace, name):
            if isinstance(view.program, CoreDns) and is_running(view.state, self.now):
                return view
        return None
