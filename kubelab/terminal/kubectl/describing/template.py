"""The Pod template of a workload, and how many of its Pods are in which phase."""

from __future__ import annotations

from kubelab.cluster.objects import Object, controller_ref
from kubelab.terminal.kubectl.describing.containers import containers
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.metadata import annotation_lines, pairs
from kubelab.terminal.kubectl.describing.scheduling import tolerations, topology_spread
from kubelab.terminal.kubectl.describing.volumes import volumes

PHASES = ("Running", "Pending", "Succeeded", "Failed")


def pod_template(out: Description, template: Object) -> None:
    """Writes a Pod template."""
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    out.heading("Pod Template")
    pairs(out, "  Labels", metadata.get("labels") or {})
    if metadata.get("annotations"):
        annotation_lines(out, "  Annotations", metadata["annotations"])
    if spec.get("serviceAccountName"):
        out.field("Service Account", spec["serviceAccountName"], 1)
    if spec.get("initContainers"):
        containers(out, "Init Containers", spec["initContainers"], indent="  ")
    containers(out, "Containers", spec.get("containers") or (), indent="  ")
    volumes(out, spec.get("volumes") or (), "  ")
    topology_spread(out, spec.get("topologySpreadConstraints") or (), "  ")
    if spec.get("priorityClassName"):
        out.field("Priority Class Name", spec["priorityClassName"], 1)
    pairs(out, "  Node-Selectors", spec.get("nodeSelector") or {})
    tolerations(out, "  Tolerations", spec.get("tolerations") or ())


def pods_status(out: Description, owner: Object, selector: str) -> str:
    """Returns how many Pods of a controller run, wait, have succeeded, have failed."""
    kind = out.api.kinds.by_gvk("v1", "Pod")
    metadata = owner["metadata"]
    pods = out.api.list(kind, metadata["namespace"], labels=selector) if kind is not None else []
    counts = dict.fromkeys(PHASES, 0)
    for pod in pods:
        reference = controller_ref(pod)
        phase = (pod.get("status") or {}).get("phase")
        if reference is not None and reference["uid"] == metadata["uid"] and phase in counts:
            counts[phase] += 1
    running, waiting, succeeded, failed = (counts[phase] for phase in PHASES)
    return f"{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed"
