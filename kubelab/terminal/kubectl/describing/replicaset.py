"""kubectl describe replicaset, and replicationcontroller, which looks alike."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import from_label_selector, from_map
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import conditions, controlled_by, head, marks, pairs_text
from kubelab.terminal.kubectl.describing.scheduling import selector_text
from kubelab.terminal.kubectl.describing.template import pod_template, pods_status


def describe(out: Description, replicaset: Object) -> None:
    """Writes the description of a ReplicaSet."""
    selector = replicaset["spec"].get("selector")
    head(out, replicaset)
    out.field("Selector", selector_text(selector))
    marks(out, replicaset)
    controlled_by(out, replicaset)
    _replicas(out, replicaset, str(from_label_selector(selector)))


def describe_controller(out: Description, controller: Object) -> None:
    """Writes the description of a ReplicationController."""
    selector = controller["spec"].get("selector")
    head(out, controller)
    out.field("Selector", pairs_text(selector))
    marks(out, controller)
    _replicas(out, controller, str(from_map(selector)))


def _replicas(out: Description, owner: Object, selector: str) -> None:
    spec, status = owner["spec"], owner.get("status") or {}
    out.field("Replicas", f"{status.get('replicas', 0)} current / {spec.get('replicas', 0)} desired")
    out.field("Pods Status", pods_status(out, owner, selector))
    pod_template(out, spec["template"])
    conditions(out, status)
    tell_events(out, owner)


DESCRIBERS = {"ReplicaSet": describe, "ReplicationController": describe_controller}
