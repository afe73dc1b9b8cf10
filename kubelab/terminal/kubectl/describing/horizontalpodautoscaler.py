"""kubectl describe horizontalpodautoscaler, as autoscaling/v2 has it."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import UNSET, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import created, head, marks
from kubelab.terminal.kubectl.golang import quote

UNKNOWN = "<unknown>"
_SOURCES = {
    "External": "external",
    "Pods": "pods",
    "Object": "object",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}


def describe(out: Description, autoscaler: Object) -> None:
    """Writes the description of a HorizontalPodAutoscaler."""
    spec, status = autoscaler["spec"], autoscaler.get("status") or {}
    target = spec["scaleTargetRef"]
    head(out, autoscaler)
    marks(out, autoscaler)
    created(out, autoscaler)
    out.field("Reference", f"{target['kind']}/{target['name']}")
    out.field("Metrics", "( current / target )")
    current = status.get("currentMetrics") or ()
    for place, metric in enumerate(spec.get("metrics") or ()):
        _metric(out, metric, current[place] if place < len(current) else {})
    out.field("Min replicas", str(spec.get("minReplicas", UNSET)))
    out.field("Max replicas", str(spec.get("maxReplicas", 0)))
    if spec.get("behavior"):
        out.heading("Behavior")
        _direction(out, "Scale Up", spec["behavior"].get("scaleUp"))
        _direction(out, "Scale Down", spec["behavior"].get("scaleDown"))
    counts = f"{status.get('currentReplicas', 0)} current / {status.get('desiredReplicas', 0)} desired"
    out.field(f"{target['kind']} pods", counts)
    if status.get("conditions"):
        out.heading("Conditions")
        out.header(("Type", "Status", "Reason", "Message"))
        for found in status["conditions"]:
            out.row((found["type"], found["status"], found.get("reason", ""), found.get("message", "")))
    tell_events(out, autoscaler)


def _metric(out: Description, metric: Object, current: Object) -> None:
    kind = metric["type"]
    name = _SOURCES.get(kind)
    if name is None:
        out.put(f"<unknown metric type {quote(kind)}>\n", 1)
        return
    source, found = metric[name], current.get(name)
    target = source["target"]
    if kind == "Pods":
        text = f"{quote(source['metric']['name'])} on pods:"
        text += f"\t{_value(found, 'averageValue')} / {target.get('averageValue', '0')}"
    elif kind == "External":
        average = target.get("averageValue") is not None
        field = "averageValue" if average else "value"
        text = f"{quote(source['metric']['name'])} (target {'average ' if average else ''}value):"
        text += f"\t{_value(found, field)} / {target.get(field, '0')}"
    elif kind == "Object":
        average = target.get("type") == "AverageValue"
        field = "averageValue" if average else "value"
        described = source["describedObject"]
        text = f'"{source["metric"]["name"]}" on {described["kind"]}/{described["name"]} '
        text += f"(target {'average ' if average else ''}value):\t{_value(found, field)} / {target.get(field, '0')}"
    else:
        container = f' of container "{source["container"]}"' if kind == "ContainerResource" else ""
        text = f"resource {source['name']}{container} on pods{_usage(found, target)}"
    out.put(f"{text}\n", 1)


def _value(found: Object | None, field: str) -> str:
    return UNKNOWN if found is None else str((found.get("current") or {}).get(field, "0"))


def _usage(found: Object | None, target: Object) -> str:
    if target.get("averageValue") is not None:
        return f":\t{_value(found, 'averageValue')} / {target['averageValue']}"
    current = (found or {}).get("current") or {}
    used = current.get("averageUtilization")
    told = UNKNOWN if used is None else f"{used}% ({current.get('averageValue', '0')})"
    wanted = target.get("averageUtilization")
    return f"  (as a percentage of request):\t{told} / {'<auto>' if wanted is None else f'{wanted}%'}"


def _direction(out: Description, title: str, rules: Object | None) -> None:
    if rules is None:
        return
    out.heading(title, 1)
    if rules.get("stabilizationWindowSeconds") is not None:
        out.put(f"Stabilization Window: {rules['stabilizationWindowSeconds']} seconds\n", 2)
    if rules.get("policies"):
        out.put(f"Select Policy: {rules.get('selectPolicy', 'Max')}\n", 2)
        out.heading("Policies", 2)
        for policy in rules["policies"]:
            text = f"- Type: {policy['type']}\tValue: {policy['value']}\tPeriod: {policy['periodSeconds']} seconds\n"
            out.put(text, 3)


DESCRIBERS = {"HorizontalPodAutoscaler": describe}
