"""The cluster's network: the one door to it for the kubelet, the tools and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.network import addresses
from kubelab.cluster.network.attachments import Attachment, Attachments, NetworkSetupError
from kubelab.cluster.network.sockets import NobodyListens, Sockets
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

PLAN = "/machine/network/plan"
NOT_INITIALIZED = "cni plugin not initialized"


class Network:
    """Wires, bridges, addresses and rules of one cluster.

    Attributes:
        sockets: who listens where; the node's runtime puts itself here.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.store = cluster.store
        self.attachments = Attachments(cluster.store)
        self.sockets: Sockets = NobodyListens()

    def start(self) -> None:
        """Rebuilds what is remembered from the store."""
        self.attachments.start()

    # the plan

    def configure(self, *, pod_subnet: str, service_subnet: str) -> None:
        """Notes the ranges that kubeadm was told (`networking.podSubnet`, `networking.serviceSubnet`)."""
        self.store.put(PLAN, {"podSubnet": pod_subnet, "serviceSubnet": service_subnet})

    @property
    def pod_subnet(self) -> str:
        """The range of all Pods, e.g. "10.244.0.0/16"."""
        plan = self.store.get(PLAN)
        return str(plan["podSubnet"]) if plan else addresses.POD_SUBNET

    @property
    def service_subnet(self) -> str:
        """The range of all Services, e.g. "10.96.0.0/12"."""
        plan = self.store.get(PLAN)
        return str(plan["serviceSubnet"]) if plan else addresses.SERVICE_SUBNET

    # machines

    def address_of(self, node: str) -> str:
        """Returns a machine's own address on the lab's network, e.g. "192.168.100.11"; given at the first call."""
        known = self.attachments.nodes.get(node)
        return known if known is not None else str(self.attachments.host(node)["ip"])

    def unplug(self, node: str) -> None:
        """Takes a machine off the network for good."""
        self.attachments.forget_host(node)

    # the CNI plug-in, for the kubelet and its container runtime

    def not_ready(self, node: str) -> str | None:
        """Returns why the runtime's network is not ready on a node, or None when it is.

        The text goes behind "NetworkPluginNotReady message:Network plugin returns error: ".
        """
        return None if "cni" in self.attachments.host(node) else NOT_INITIALIZED

    def install_cni(self, node: str) -> None:
        """Writes the plug-in's configuration on a node, as flannel's init container install-cni does."""
        if "cni" not in self.attachments.host(node):
            self.attachments.keep_host(node, cni="flannel")

    def join_overlay(self, node: str, pod_range: str) -> None:
        """Brings up the overlay on a node, as flanneld does: subnet.env, flannel.1 and the routes.

        Args:
            pod_range: the node's podCIDR, e.g. "10.244.1.0/24".
        """
        if self.attachments.host(node).get("subnet") != pod_range:
            self.attachments.keep_host(node, subnet=pod_range)

    def attach(self, node: str, pod: Object) -> Attachment:
        """Sets a Pod's network up (CNI ADD); a Pod that has it already keeps it.

        Raises:
            NetworkSetupError: with the plug-in's message, which goes behind
                `failed to setup network for sandbox "<id>": `.
        """
        host = self.attachments.host(node)
        if "cni" not in host:
            raise NetworkSetupError(NOT_INITIALIZED)
        if "subnet" not in host:
            raise NetworkSetupError(
                'plugin type="flannel" failed (add): failed to load flannel \'subnet.env\' file: '
                "open /run/flannel/subnet.env: no such file or directory. Check the flannel pod log for this node."
            )
        metadata = pod["metadata"]
        return self.attachments.attach(node, host["subnet"], metadata["namespace"], metadata["name"], metadata["uid"])

    def detach(self, uid: str) -> None:
        """Tears a Pod's network down (CNI DEL); knows nothing of a Pod that has none."""
        self.attachments.detach(uid)

    def attachment(self, uid: str) -> Attachment | None:
        """Returns a Pod's end of the network, by the Pod's uid."""
        return self.attachments.by_uid.get(uid)
