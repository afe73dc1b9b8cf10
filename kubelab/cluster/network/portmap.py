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
    port: int
    rule: str


def find(network: Network, node: str, port: int, protocol: str) -> Mapping | None:
    """Returns where a port of a node leads, None where no Pod there has it.

    It is looked up when a packet comes, which is seldom, so that Pods without such a port cost nothing.
    """
    for pod in network.store.indexed(Pod.prefix, "node", node):
        attachment = network.attachment(pod["metadata"]["uid"])
        if attachment is None:
            continue
        for container in pod["spec"]["containers"]:
            for each in container.get("ports") or ():
                if each.get("hostPort") == port and each.get("protocol", "TCP") == protocol:
                    chain = "CNI-DN-" + network.cluster.random.hex(21, "portmap", attachment.uid)
                    low, target = protocol.lower(), int(each["containerPort"])
                    rule = (
                        f"-A {chain} -p {low} -m {low} --dport {port} -j DNAT --to-destination {attachment.ip}:{target}"
                    )
                    return Mapping(attachment, target, rule)
    return None
