"""kubectl describe node."""

from __future__ import annotations

from kubelab.cluster.api.errors import ApiError, Forbidden
from kubelab.cluster.kinds.node import roles
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import NONE, UNSET, Description
from kubelab.terminal.kubectl.describing.events import search, write_events
from kubelab.terminal.kubectl.describing.metadata import created, head, marks, time_text
from kubelab.terminal.kubectl.describing.nodepods import pods_of_node
from kubelab.terminal.kubectl.describing.scheduling import taints

_SYSTEM = (
    ("Machine ID", "machineID"),
    ("System UUID", "systemUUID"),
    ("Boot ID", "bootID"),
    ("Kernel Version", "kernelVersion"),
    ("OS Image", "osImage"),
    ("Operating System", "operatingSystem"),
    ("Architecture", "architecture"),
    ("Container Runtime Version", "containerRuntimeVersion"),
    ("Kubelet Version", "kubeletVersion"),
)
_KUBE_PROXY_UNTIL = 33  # the last minor version that tells kube-proxy's


def describe(out: Description, node: Object) -> None:
    """Writes the description of a Node."""
    spec, status = node.get("spec") or {}, node.get("status") or {}
    head(out, node, namespaced=False)
    out.field("Roles", ",".join(roles(node)) or NONE)
    marks(out, node)
    created(out, node)
    taints(out, "Taints", spec.get("taints") or ())
    out.field("Unschedulable", bool(spec.get("unschedulable")))
    _lease(out, node)
    _conditions(out, status)
    out.heading("Addresses")
    for address in status.get("addresses") or ():
        out.field(address["type"], address["address"], 1)
    for title, name in (("Capacity", "capacity"), ("Allocatable", "allocatable")):
        if status.get(name):
            out.heading(title)
            out.fields(((resource, str(status[name][resource])) for resource in sorted(status[name])), 1)
    _system(out, spec, status.get("nodeInfo") or {})
    try:
        pods_of_node(out, node)
    except Forbidden:
        out.field("Pods", "not authorized")
    _events(out, node)


def _lease(out: Description, node: Object) -> None:
    kind = out.api.kinds.by_gvk("coordination.k8s.io/v1", "Lease")
    if kind is None:
        return
    try:
        spec = out.api.get(kind, "kube-node-lease", node["metadata"]["name"]).get("spec") or {}
    except ApiError as error:
        out.field("Lease", f"Failed to get lease: {error.message}")
        return
    out.heading("Lease")
    out.field("HolderIdentity", spec.get("holderIdentity", UNSET), 1)
    for label, name in (("AcquireTime", "acquireTime"), ("RenewTime", "renewTime")):
        out.field(label, time_text(spec[name]) if spec.get(name) else UNSET, 1)


def _conditions(out: Description, status: Object) -> None:
    if not status.get("conditions"):
        return
    out.heading("Conditions")
    names = ("Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message")
    out.header(names)
    for found in status["conditions"]:
        out.row(
            (
                f"{found['type']} ",
                f"{found['status']} ",
                f"{time_text(found.get('lastHeartbeatTime'))} ",
                f"{time_text(found.get('lastTransitionTime'))} ",
                f"{found.get('reason', '')} ",
                found.get("message", ""),
            )
        )


def _system(out: Description, spec: Object, info: Object) -> None:
    out.heading("System Info")
    out.fields(((label, info.get(name, "")) for label, name in _SYSTEM), 1)
    if out.minor <= _KUBE_PROXY_UNTIL:
        out.field("Kube-Proxy Version", info.get("kubeProxyVersion", ""), 1)
    if spec.get("podCIDR"):
        out.field("PodCIDR", spec["podCIDR"])
    if spec.get("podCIDRs"):
        out.field("PodCIDRs", ",".join(spec["podCIDRs"]))
    if spec.get("providerID"):
        out.field("ProviderID", spec["providerID"])


def _events(out: Description, node: Object) -> None:
    """Writes events of the node's uid, and those in which its name stands for it, as kubelets write them."""
    if out.with_events:
        name = node["metadata"]["name"]
        found = [
            event for uid in (node["metadata"].get("uid", ""), name) for event in search(out, name, "", "Node", uid)
        ]
        write_events(out, found)


DESCRIBERS = {"Node": describe}
