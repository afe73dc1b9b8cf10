"""What checks can ask of objects: functions of one object, null where it is none.

None of them fails: what makes no sense is null, false or empty.
"""

from collections.abc import Callable
from typing import Any

from kubelab.cluster import quantity
from kubelab.cluster.selectors import SelectorError, parse_labels
from kubelab.labs.podstatus import restarts_of, status_of

Object = dict[str, Any]


def condition(obj: Any, kind: str) -> str:
    """Return the status of a condition, "" where there is none."""
    if not isinstance(obj, dict):
        return ""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return str(next((one["status"] for one in conditions if one.get("type") == kind), ""))


def is_ready(obj: Any) -> bool:
    """Tell whether an object is as it should be; Services are `Sight`'s."""
    if not isinstance(obj, dict):
        return False
    test = READY.get(obj.get("kind", ""))
    return test(obj) if test else condition(obj, "Ready") == "True"


def _pod_ready(pod: Object) -> bool:
    return condition(pod, "Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


def _replicated(*counts: str) -> Callable[[Object], bool]:
    def ready(workload: Object) -> bool:
        spec, status = workload.get("spec") or {}, workload.get("status") or {}
        wanted = spec.get("replicas", 1)
        observed = status.get("observedGeneration", 0) >= workload["metadata"].get("generation", 0)
        return wanted > 0 and observed and all(status.get(count, 0) == wanted for count in counts)

    return ready


def _daemon_set(workload: Object) -> bool:
    status = workload.get("status") or {}
    wanted = status.get("desiredNumberScheduled", 0)
    return wanted > 0 and status.get("numberReady", 0) == wanted == status.get("updatedNumberScheduled", 0)


READY: dict[str, Callable[[Object], bool]] = {
    "Pod": _pod_ready,
    # As `kubectl rollout status` has it: all updated, none of the old ones left.
    "Deployment": _replicated("updatedReplicas", "replicas", "readyReplicas"),
    "ReplicaSet": _replicated("readyReplicas"),
    "StatefulSet": _replicated("updatedReplicas", "readyReplicas"),
    "DaemonSet": _daemon_set,
}


def state(pod: Any) -> str:
    """Return what kubectl shows as a Pod's STATUS."""
    return status_of(pod) if isinstance(pod, dict) and pod.get("kind") == "Pod" else ""


def restarts(pod: Any) -> int:
    return restarts_of(pod) if isinstance(pod, dict) and pod.get("kind") == "Pod" else 0


def images(obj: Any) -> list[str]:
    """Return the images of a Pod's containers, or of a workload's template."""
    spec = obj.get("spec") or {} if isinstance(obj, dict) else {}
    template = (spec.get("jobTemplate") or {}).get("spec", spec).get("template")
    pod = (template or {}).get("spec") or spec
    return [container.get("image", "") for container in pod.get("containers") or ()]


def labelled(obj: Any, selector: str) -> bool:
    """Tell whether a label selector chooses an object."""
    if not isinstance(obj, dict):
        return False
    try:
        return parse_labels(selector).matches(obj["metadata"].get("labels") or {})
    except SelectorError:
        return False


def join(items: list[Any], separator: str = "") -> str:
    return separator.join(map(str, items))


def split(text: str, separator: str) -> list[str]:
    return text.split(separator)


def quantity_of(text: Any) -> float:
    """Return a Kubernetes quantity as a number."""
    return float(quantity.parse(text))


def lower_ascii(text: str) -> str:
    return text.lower()


def total(items: list[Any]) -> Any:
    return sum(items)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "condition": condition,
    "state": state,
    "restarts": restarts,
    "images": images,
    "labelled": labelled,
    "join": join,
    "split": split,
    "sum": total,
    "min": lambda *items: min(items[0] if len(items) == 1 else items),
    "max": lambda *items: max(items[0] if len(items) == 1 else items),
    "lowerAscii": lower_ascii,
    "quantity": quantity_of,
}


def never_failing(function: Callable[..., Any], otherwise: Any = None) -> Callable[..., Any]:
    """Return a function that gives `otherwise` where the first one would fail."""

    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except Exception:
            return otherwise

    return call
