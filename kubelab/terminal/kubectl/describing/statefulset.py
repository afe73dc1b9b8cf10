"""kubectl describe statefulset."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.kinds.storage import class_name
from kubelab.cluster.objects import Object, annotations_of, labels_of
from kubelab.cluster.selectors import from_label_selector
from kubelab.terminal.kubectl.describing.description import NONE, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import created, head, marks
from kubelab.terminal.kubectl.describing.template import pod_template, pods_status


def describe(out: Description, statefulset: Object) -> None:
    """Writes the description of a StatefulSet."""
    spec, status = statefulset["spec"], statefulset.get("status") or {}
    selector = str(from_label_selector(spec.get("selector")))
    head(out, statefulset)
    created(out, statefulset)
    out.field("Selector", selector)
    marks(out, statefulset)
    out.field("Replicas", f"{spec.get('replicas', 0)} desired | {status.get('replicas', 0)} total")
    strategy = spec.get("updateStrategy") or {}
    out.field("Update Strategy", strategy.get("type", ""))
    rolling = strategy.get("rollingUpdate") or {}
    if rolling.get("partition") is not None:
        out.field("Partition", str(rolling["partition"]), 1)
        if rolling.get("maxUnavailable") is not None:
            out.field("MaxUnavailable", str(rolling["maxUnavailable"]), 1)
    out.field("Pods Status", pods_status(out, statefulset, selector))
    pod_template(out, spec["template"])
    _claim_templates(out, spec.get("volumeClaimTemplates") or ())
    tell_events(out, statefulset)


def _claim_templates(out: Description, templates: Sequence[Object]) -> None:
    if not templates:
        out.field("Volume Claims", NONE)
        return
    out.heading("Volume Claims")
    for template in templates:
        spec = template.get("spec") or {}
        out.field("Name", template["metadata"]["name"], 1)
        out.field("StorageClass", class_name(template), 1)
        for title, found in (("Labels", labels_of(template)), ("Annotations", annotations_of(template))):
            texts = [f"{key}={found[key]}" for key in sorted(found)] or [NONE]
            out.field(title, "\n  \t".join(texts), 1)
        requests = (spec.get("resources") or {}).get("requests") or {}
        out.field("Capacity", str(requests.get("storage", "<default>")), 1)
        out.field("Access Modes", list(spec.get("accessModes") or ()), 1)


DESCRIBERS = {"StatefulSet": describe}
