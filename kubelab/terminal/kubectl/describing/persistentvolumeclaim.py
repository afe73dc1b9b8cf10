"""kubectl describe persistentvolumeclaim."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.claims import claim
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import lines, time_text


def describe(out: Description, pvc: Object) -> None:
    """Writes the description of a PersistentVolumeClaim."""
    claim(out, pvc)
    lines(out, "Used By", sorted(pod["metadata"]["name"] for pod in _users(out, pvc)))
    conditions = (pvc.get("status") or {}).get("conditions") or ()
    if conditions:
        out.heading("Conditions")
        names = ("Type", "Status", "LastProbeTime", "LastTransitionTime", "Reason", "Message")
        out.header(names, rules=(4, 6, 17, 18, 6, 7))
        for found in conditions:
            out.row(
                (
                    f"{found['type']} ",
                    f"{found['status']} ",
                    f"{time_text(found.get('lastProbeTime'))} ",
                    f"{time_text(found.get('lastTransitionTime'))} ",
                    f"{found.get('reason', '')} ",
                    found.get("message", ""),
                )
            )
    tell_events(out, pvc)


def _users(out: Description, pvc: Object) -> list[Object]:
    kind = out.api.kinds.by_gvk("v1", "Pod")
    if kind is None:
        return []
    metadata = pvc["metadata"]
    owners = {owner["uid"] for owner in metadata.get("ownerReferences") or () if owner["kind"] == "Pod"}
    return [
        pod
        for pod in out.api.list(kind, metadata["namespace"])
        if pod["metadata"]["uid"] in owners
        or any(
            (volume.get("persistentVolumeClaim") or {}).get("claimName") == metadata["name"]
            for volume in pod["spec"].get("volumes") or ()
        )
    ]


DESCRIBERS = {"PersistentVolumeClaim": describe}
