"""hostPort: a port of a node that leads to a Pod there, as portmap, the CNI plug-in beside flannel, sets it up.

Source: containernetworking/plugins, plugins/meta/portmap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.kinds import Pod
from kubelab.cluster.network.attachments import Attachment

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network


class Mapping(NamedTuple):
    """A port of a node and the Pod's port that it leads to."""

    attachment: Attachment
    host_port: int
    port: int
    protocol: str
    chain: str
    sandbox: str

    @property
    def rule(self) -> str:
        """The rule that rewrites the destination."""
        low = self.protocol.lower()
        to = f"{self.attachment.ip}:{self.port}"
        return f"-A {self.chain} -p {low} -m {low} --dport {self.host_port} -j DNAT --to-destination {to}"

    def rules(self, pod_range: str) -> list[str]:
        """Returns all rules for it.

        Args:
            pod_range: the node's Pods.
        """
        low = self.protocol.lower()
        match = f"-p {low} -m {low} --dport {self.host_port} -j CNI-HOSTPORT-SETMARK"
        name = f'-m comment --comment "dnat name: \\"cbr0\\" id: \\"{self.sandbox}\\""'
        return [
            f"-A CNI-HOSTPORT-DNAT -p {low} {name} -m multiport --dports {self.host_port} -j {self.chain}",
            f"-A {self.chain} -s {pod_range} {match}",
            f"-A {self.chain} -s 127.0.0.1/32 {match}",
            self.rule,
        ]


def on_node(network: Network, node: str) -> list[Mapping]:
    """Returns the ports of a node that lead to Pods."""
    found = []
    for pod in network.store.indexed(Pod.prefix, "node", node):
        attachment = network.attachment(pod["metadata"]["uid"])
        if attachment is None:
            continue
        for container in pod["spec"]["containers"]:
            for each in container.get("ports") or ():
                if each.get("hostPort"):
                    chain = "CNI-DN-" + network.cluster.random.hex(21, "portmap", attachment.uid)
                    sandbox = network.cluster.random.hex(64, "sandbox", attachment.uid)
                    protocol = each.get("protocol", "TCP")
                    found.append(
                        Mapping(attachment, each["hostPort"], int(each["containerPort"]), protocol, chain, sandbox)
                    )
    return found


def find(network: Network, node: str, port: int, protocol: str) -> Mapping | None:
    """Returns where a port of a node leads, None where no Pod there has it.

    It is looked up when a packet comes, which is seldom, so that Pods without such a port cost nothing.
    """
    mappings = on_node(network, node)
    return next((each for each in mappings if (each.host_port, each.protocol) == (port, protocol)), None)
