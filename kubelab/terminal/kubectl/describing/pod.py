"""kubectl describe pod."""

from __future__ import annotations

from kubelab.cluster.kinds.podspec import qos_class
from kubelab.cluster.objects import Object, annotations_of, is_being_deleted
from kubelab.terminal.kubectl.describing.containers import containers, resources
from kubelab.terminal.kubectl.describing.description import NONE, Description
from kubelab.terminal.kubectl.describing.environment import resolver
from kubelab.terminal.kubectl.describing.events import search, write_events
from kubelab.terminal.kubectl.describing.metadata import controlled_by, head, marks, pairs, since, time_text
from kubelab.terminal.kubectl.describing.scheduling import tolerations, topology_spread
from kubelab.terminal.kubectl.describing.volumes import volumes

MIRROR = "kubernetes.io/config.mirror"
_GROUPS = (
    ("Init Containers", "initContainers", "initContainerStatuses"),
    ("Containers", "containers", "containerStatuses"),
    ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
)


def describe(out: Description, pod: Object) -> None:
    """Writes the description of a Pod."""
    spec, status = pod["spec"], pod.get("status") or {}
    head(out, pod)
    _place(out, spec, status)
    marks(out, pod)
    _phase(out, pod, status)
    _addresses(out, pod, status)
    for title, name, statuses in _GROUPS:
        if name == "containers" or spec.get(name):
            containers(out, title, spec.get(name) or (), status.get(statuses) or (), resolve=resolver(pod))
    _conditions(out, spec, status)
    volumes(out, spec.get("volumes") or ())
    out.field("QoS Class", status.get("qosClass") or qos_class(spec))
    pairs(out, "Node-Selectors", spec.get("nodeSelector") or {})
    tolerations(out, "Tolerations", spec.get("tolerations") or ())
    topology_spread(out, spec.get("topologySpreadConstraints") or ())
    if out.with_events:
        metadata = pod["metadata"]
        uid = annotations_of(pod).get(MIRROR) or metadata.get("uid", "")
        write_events(out, search(out, metadata["name"], metadata["namespace"], "", uid))


def _place(out: Description, spec: Object, status: Object) -> None:
    if spec.get("priority") is not None:
        out.field("Priority", str(spec["priority"]))
    for label, name in (
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ):
        if spec.get(name):
            out.field(label, spec[name])
    node = spec.get("nodeName")
    out.field("Node", f"{node}/{status.get('hostIP', '')}" if node else NONE)
    if status.get("startTime"):
        out.field("Start Time", time_text(status["startTime"]))


def _phase(out: Description, pod: Object, status: Object) -> None:
    phase = status.get("phase", "")
    if is_being_deleted(pod) and phase not in ("Failed", "Succeeded"):
        metadata = pod["metadata"]
        out.field("Status", f"Terminating (lasts {since(out.now, metadata['deletionTimestamp'])})")
        out.field("Termination Grace Period", f"{metadata.get('deletionGracePeriodSeconds', 0)}s")
    else:
        out.field("Status", phase)
    for label, name in (("Reason", "reason"), ("Message", "message")):
        if status.get(name):
            out.field(label, status[name])
    profile = (pod["spec"].get("securityContext") or {}).get("seccompProfile")
    if profile:
        out.field("SeccompProfile", profile["type"])
        if profile["type"] == "Localhost":
            out.field("LocalhostProfile", profile.get("localhostProfile", ""))


def _addresses(out: Description, pod: Object, status: Object) -> None:
    out.field("IP", status.get("podIP", ""))
    addresses = status.get("podIPs") or ()
    if addresses:
        out.heading("IPs")
    else:
        out.field("IPs", NONE)
    for address in addresses:
        out.field("IP", address["ip"], 1)
    controlled_by(out, pod)
    if status.get("nominatedNodeName"):
        out.field("NominatedNodeName", status["nominatedNodeName"])
    if pod["spec"].get("resources") and out.minor >= _POD_RESOURCES_SINCE:
        out.heading("Resources")
        resources(out, pod["spec"]["resources"], 1)


_POD_RESOURCES_SINCE = 32


def _conditions(out: Description, spec: Object, status: Object) -> None:
    found = {condition["type"]: condition["status"] for condition in status.get("conditions") or ()}
    gates = {gate["conditionType"]: found.get(gate["conditionType"], NONE) for gate in spec.get("readinessGates") or ()}
    for title, states in (("Readiness Gates", gates), ("Conditions", found)):
        if states:
            out.put(f"{title}:\n  Type\tStatus\n")
            for name, state in states.items():
                out.row((f"{name} ", f"{state} "))


DESCRIBERS = {"Pod": describe}
