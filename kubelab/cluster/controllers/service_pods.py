"""Which Pods stand behind which Services, and what of a Pod matters to them.

Source: staging/src/k8s.io/endpointslice/util/controller_utils.go, and utils.go (FindPort).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from kubelab.cluster.aspects import ADDRESS, GONE, METADATA, READY, SPEC
from kubelab.cluster.controllers.pods import is_ready, phase
from kubelab.cluster.kinds import Service
from kubelab.cluster.objects import Object, labels_of
from kubelab.cluster.store import Change, Store

# The aspects of a Pod's change that can change where it is listed.
PLACE_OF_POD = GONE | METADATA | SPEC | READY | ADDRESS

Items = tuple[tuple[str, str], ...]


class Noting(Protocol):
    """What a controller keeps of a Service.

    Attributes:
        dirty: the names of the Pods to look at; the Service is on the queue while there are any.
    """

    dirty: dict[str, None]


class ServiceSelectors:
    """The Services of each namespace by what they select; a set of labels is matched once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._selectors: dict[str, dict[str, Items]] = {}
        self._matches: dict[str, dict[Items, tuple[str, ...]]] = {}
        self._last: tuple[Change | None, Iterable[str]] = (None, ())
        store.subscribe(Service.prefix, self._changed)

    def start(self) -> None:
        """Reads what the store holds."""
        self._selectors.clear()
        self._matches.clear()
        for _, service in self._store.items(Service.prefix):
            self._put(service)

    def _changed(self, change: Change) -> None:
        service = change.new if change.new is not None else change.old
        if change.new is not None and change.old is not None and change.new["spec"] is change.old["spec"]:
            return
        if service is not None:
            metadata = service["metadata"]
            self._matches.pop(metadata["namespace"], None)
            self._selectors.get(metadata["namespace"], {}).pop(metadata["name"], None)
        if change.new is not None:
            self._put(change.new)

    def _put(self, service: Object) -> None:
        selector = service["spec"].get("selector")
        if selector:
            metadata = service["metadata"]
            self._selectors.setdefault(metadata["namespace"], {})[metadata["name"]] = tuple(selector.items())

    def selecting(self, pod: Object) -> tuple[str, ...]:
        """Returns the work-queue keys of the Services that select a Pod."""
        namespace = pod["metadata"]["namespace"]
        selectors = self._selectors.get(namespace)
        if not selectors:
            return ()
        labels = tuple(labels_of(pod).items())
        known = self._matches.setdefault(namespace, {})
        found = known.get(labels)
        if found is None:
            has = set(labels)
            names = sorted(name for name, wanted in selectors.items() if has.issuperset(wanted))
            found = tuple(f"{namespace}/{name}" for name in names)
            known[labels] = found
        return found

    def touched(self, change: Change) -> Iterable[str]:
        """Returns the Services whose endpoints a change of a Pod can change; worked out once for all who ask."""
        if self._last[0] is not change:
            self._last = change, _services_to_update(self, change)
        return self._last[1]


def service_selectors(store: Store) -> ServiceSelectors:
    """Returns the ones that watch a store's Services."""
    for subscription in store.table(Service.prefix).subscriptions:
        found = getattr(subscription.callback, "__self__", None)
        if isinstance(found, ServiceSelectors):
            return found
    return ServiceSelectors(store)


def note_touched(selectors: ServiceSelectors, change: Change, kept: Mapping[str, Noting]) -> Iterable[str]:
    """Notes a Pod that changed with the Services whose endpoints that can change.

    Args:
        kept: what a controller keeps of Services, by their work-queue keys.

    Returns:
        The Services to put on the queue: all but those that are there already, as they had such a note before.
    """
    services = selectors.touched(change)
    if not services:
        return ()
    name, found = change.key[change.key.rindex("/") + 1 :], []
    for service in services:
        noting = kept.get(service)
        if noting is None or not noting.dirty:
            found.append(service)
        if noting is not None:
            noting.dirty[name] = None
    return found


def _services_to_update(selectors: ServiceSelectors, change: Change) -> Iterable[str]:
    old, new = change.old, change.new
    if old is None or new is None:
        pod = new if new is not None else old
        return selectors.selecting(pod) if pod is not None and pod_ip(pod) else ()
    before, after = old["metadata"].get("labels"), new["metadata"].get("labels")
    if _same_names(old, new) and (before is after or labels_of(old) == labels_of(new)):
        return selectors.selecting(new) if _changed_for_endpoints(old, new) else ()
    return dict.fromkeys((*selectors.selecting(old), *selectors.selecting(new)))


def _same_names(old: Object, new: Object) -> bool:
    if old["spec"] is new["spec"]:
        return True
    return all(old["spec"].get(field) == new["spec"].get(field) for field in ("hostname", "subdomain"))


def _changed_for_endpoints(old: Object, new: Object) -> bool:
    if old["metadata"].get("deletionTimestamp") != new["metadata"].get("deletionTimestamp"):
        return True
    if old.get("status") is new.get("status"):
        return False
    return pod_ip(old) != pod_ip(new) or is_ready(old) != is_ready(new)


def pod_ip(pod: Object) -> str:
    """Returns the Pod's IP address, "" before it has one."""
    found: str = pod.get("status", {}).get("podIP", "")
    return found


def readiness(pod: Object) -> tuple[bool, str]:
    """Tells whether a Pod is ready, and when that last changed as it is written, "" where nobody said."""
    # Read backwards: a kubelet writes Ready near the end.
    for found in reversed(pod.get("status", {}).get("conditions") or ()):
        if found["type"] == "Ready":
            return found["status"] == "True", found.get("lastTransitionTime") or ""
    return False, ""


def belongs_in_endpoints(pod: Object, *, terminating: bool) -> bool:
    """Tells whether a Pod is listed at all: it has an address and has not ended.

    Args:
        terminating: whether Pods that are being deleted are listed.
    """
    if not pod_ip(pod) or phase(pod) in ("Failed", "Succeeded"):
        return False
    return terminating or "deletionTimestamp" not in pod["metadata"]


def find_port(pod: Object, port: Object) -> int | None:
    """Returns the number of a Service port's targetPort in a Pod, None where the Pod has no port of that name."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    sidecars = [found for found in pod["spec"].get("initContainers") or () if found.get("restartPolicy") == "Always"]
    for container in [*pod["spec"]["containers"], *sidecars]:
        for found in container.get("ports") or ():
            if found.get("name") == target and found.get("protocol", "TCP") == port.get("protocol", "TCP"):
                number: int = found["containerPort"]
                return number
    return None


def hostname_for(pod: Object, service: Object) -> str:
    """Returns the name that a Pod has below a Service, "" where it has none (spec.hostname with its subdomain)."""
    spec = pod["spec"]
    hostname: str = spec.get("hostname") or ""
    return hostname if hostname and spec.get("subdomain") == service["metadata"]["name"] else ""


def is_headless(service: Object) -> bool:
    """Tells whether a Service has no address of its own."""
    return service["spec"].get("clusterIP") in (None, "", "None")
