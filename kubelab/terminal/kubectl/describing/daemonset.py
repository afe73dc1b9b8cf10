"""kubectl describe daemonset."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import from_label_selector
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import head, marks, pairs_text
from kubelab.terminal.kubectl.describing.template import pod_template, pods_status

_COUNTS = (
    ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
    ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
    ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
    ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
    ("Number of Nodes Misscheduled", "numberMisscheduled"),
)
_NAMESPACE_SINCE = 33


def describe(out: Description, daemonset: Object) -> None:
    """Writes the description of a DaemonSet."""
    spec, status = daemonset["spec"], daemonset.get("status") or {}
    selector = str(from_label_selector(spec.get("selector")))
    head(out, daemonset, namespaced=out.minor >= _NAMESPACE_SINCE)
    out.field("Selector", selector)
    out.field("Node-Selector", pairs_text((spec["template"].get("spec") or {}).get("nodeSelector")))
    marks(out, daemonset)
    for words, name in _COUNTS:
        out.put(f"{words}: {status.get(name, 0)}\n")
    out.field("Pods Status", pods_status(out, daemonset, selector))
    pod_template(out, spec["template"])
    tell_events(out, daemonset)


DESCRIBERS = {"DaemonSet": describe}
