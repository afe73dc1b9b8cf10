"""Which Pod and which container a command means when it is given a workload, or no container.

Source: kubectl/pkg/polymorphichelpers, kubectl/pkg/util/podutils (ByLogging, ActivePods), cmd/util/podcmd.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from kubelab.cluster.objects import Object, annotations_of
from kubelab.cluster.selectors import from_label_selector, from_map
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.tool import Poll, Wait

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
_SELECTING = ("ReplicaSet", "StatefulSet", "DaemonSet", "Deployment", "Job")
_LATE = "9999"

Order = Callable[[Object], Any]


def running_timeout(call: Call) -> float:
    """Returns --pod-running-timeout, in seconds.

    Raises:
        CommandError: it is not higher than zero.
    """
    seconds = call.flags.seconds("pod-running-timeout")
    if seconds <= 0:
        raise CommandError("--pod-running-timeout must be higher than zero")
    return seconds


def named(call: Call, word: str, type_name: str = "pods", **options: object) -> Info:
    """Returns what `NAME` or `TYPE/NAME` means (Builder.ResourceNames)."""
    args = [word] if "/" in word else [type_name, word]
    found: list[Info] = []
    Builder.of(call, args=args, filenames=(), kustomize="", **options).select().visit(found.append)
    return found[0]


def selector_of(obj: Object) -> str:
    """Returns the selector of the Pods that belong to an object.

    Raises:
        CommandError: there is no such thing.
    """
    kind, spec = obj["kind"], obj.get("spec") or {}
    if kind in _SELECTING:
        return str(from_label_selector(spec.get("selector")))
    if kind == "ReplicationController":
        return str(from_map(spec.get("selector") or {}))
    if kind == "Service":
        if not spec.get("selector"):
            name = obj["metadata"]["name"]
            raise CommandError(f"invalid service '{name}': Service is defined without a selector")
        return str(from_map(spec["selector"]))
    raise CommandError(f"selector for {go_type(obj)} not implemented")


def go_type(obj: Object) -> str:
    """Returns the name that an object's type has in kubectl."""
    return f"*{obj['apiVersion'].rpartition('/')[2]}.{obj['kind']}"


def pods_of(call: Call, obj: Object, timeout: float, order: Order) -> Generator[Wait, Any, list[Object]]:
    """Returns the Pods of a workload or Service, the best one first; waits until there is one.

    Raises:
        CommandError: there is none within `timeout` seconds.
    """
    selector, namespace = selector_of(obj), obj["metadata"].get("namespace", "")
    kind = call.kinds.find("pods")
    if kind is None:
        raise CommandError('the server doesn\'t have a resource type "pods"')
    deadline = call.state.setdefault("pods_by", call.ctx.now + timeout)
    while not (found := call.api.list(kind, namespace, labels=selector)):
        if call.ctx.now >= deadline:
            raise CommandError("timed out waiting for the condition")
        yield Poll(deadline)
    return sorted(found, key=order)


def by_logging(pod: Object) -> Any:
    """Sorts Pods by how much their logs are wanted."""
    rank = {"Running": 0, "Unknown": 1, "Pending": 2}.get(_phase(pod), 0)
    ready = _ready_since(pod)
    restarts = -_restarts(pod)
    return not pod["spec"].get("nodeName"), rank, not ready, ready or _LATE, restarts, _created(pod)


def by_activity(pod: Object) -> Any:
    """Sorts Pods by how well one can attach to them: ActivePods, reversed."""
    rank = {"Running": 0, "Unknown": 1}.get(_phase(pod), 2)
    ready = _ready_since(pod)
    return not pod["spec"].get("nodeName"), rank, not ready, ready or _LATE, _restarts(pod), _created(pod)


def attachable(call: Call, obj: Object, timeout: float) -> Generator[Wait, Any, Object]:
    """Returns the Pod to enter: the object itself, or the best one of those that belong to it.

    Raises:
        CommandError: there is none.
    """
    if obj["kind"] == "Pod":
        return obj
    try:
        selector_of(obj)
    except CommandError as error:
        raise CommandError(f"cannot attach to {go_type(obj)}: {error}") from None
    return (yield from pods_of(call, obj, timeout, by_activity))[0]


def container_names(pod: Object) -> str:
    """Returns the names of all containers, as messages list them."""
    spec = pod["spec"]
    names = [each["name"] for each in spec["containers"]]
    names += [f"{each['name']} (ephem)" for each in spec.get("ephemeralContainers") or ()]
    names += [f"{each['name']} (init)" for each in spec.get("initContainers") or ()]
    return ", ".join(names)


def find_container(pod: Object, name: str) -> Object | None:
    """Returns the container of a name."""
    spec = pod["spec"]
    for field in ("containers", "initContainers", "ephemeralContainers"):
        for container in spec.get(field) or ():
            if container["name"] == name:
                found: Object = container
                return found
    return None


def default_container(call: Call, pod: Object, name: str, *, quiet: bool = False) -> Object:
    """Returns the container that is meant: the one named, the annotation's, or the first, of which it tells.

    Raises:
        CommandError: the one named does not exist.
    """
    if name:
        found = find_container(pod, name)
        if found is None:
            raise CommandError(f"container {name} not found in pod {pod['metadata']['name']}")
        return found
    if not (pod.get("spec") or {}).get("containers"):  # one from a file
        metadata = pod["metadata"]
        raise CommandError(f"pod {metadata.get('namespace', '')}/{metadata['name']} does not have any containers")
    annotated = annotations_of(pod).get(DEFAULT_CONTAINER, "")
    chosen = find_container(pod, annotated) if annotated else None
    if chosen is not None:
        return chosen
    first: Object = pod["spec"]["containers"][0]
    if not quiet:
        tell_default(call, pod)
    return first


def tell_default(call: Call, pod: Object) -> None:
    """Tells that the first container was taken, where there are others."""
    spec = pod["spec"]
    if len(spec["containers"]) > 1 or spec.get("initContainers") or spec.get("ephemeralContainers"):
        call.err(f'Defaulted container "{spec["containers"][0]["name"]}" out of: {container_names(pod)}\n')


def _phase(pod: Object) -> str:
    return str((pod.get("status") or {}).get("phase", ""))


def _ready_since(pod: Object) -> str:
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition["type"] == "Ready" and condition["status"] == "True":
            return str(condition.get("lastTransitionTime") or "0")
    return ""


def _restarts(pod: Object) -> int:
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    return max((status.get("restartCount", 0) for status in statuses), default=0)


def _created(pod: Object) -> str:
    return str(pod["metadata"].get("creationTimestamp") or _LATE)
