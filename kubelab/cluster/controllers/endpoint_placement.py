"""Which endpoint goes into which slice: pure arithmetic over what is and what should be.

Source: staging/src/k8s.io/endpointslice/reconciler.go (reconcileByPortMapping, finalize) and utils.go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from kubelab.cluster.objects import Object, labels_of

MAX_ENDPOINTS = 100  # --max-endpoints-per-slice

Ports = tuple[tuple[tuple[str, object], ...], ...]


class Desired(NamedTuple):
    """How one Pod should be listed; `ready_time` is when its readiness last changed."""

    ports: tuple[Object, ...]
    endpoint: Object
    ready_time: str


Addition = tuple[str, Object]  # a Pod that is in no slice yet, and its endpoint
Listed = tuple[list[str], list[Object]]  # the Pods of a slice, and their endpoints


Create = tuple[list[Object], list[str], list[Object]]  # ports, Pods, endpoints
Update = tuple[Object, list[Object], list[str], list[Object]]  # the old slice, ports, Pods, endpoints


@dataclass
class Plan:
    """The writes that bring the slices in line."""

    create: list[Create] = field(default_factory=list)
    update: list[Update] = field(default_factory=list)
    delete: list[str] = field(default_factory=list)
    triggers: list[str] = field(default_factory=list)


class Placement:
    """Where each Pod of one Service is listed.

    Args:
        service: as it is now; with another one a new Placement has to be read.
        slices: the slices that are kept for it.
    """

    def __init__(self, service: Object, slices: list[Object]) -> None:
        self.service = service
        self.slices: dict[str, Object] = {}
        self.where: dict[str, str] = {}  # Pod -> slice
        self._pods: dict[str, list[str]] = {}  # slice -> Pods in the order of its endpoints
        self.groups: dict[Ports, dict[str, None]] = {}  # slices by their ports
        self._open: dict[Ports, dict[str, int]] = {}  # of these, those with room, and how many endpoints they have
        self.foreign: list[str] = []  # slices of an older Service of that name, or of another address family
        self.dirty: dict[str, None] = {}  # Pods to look at
        self.alike: tuple[object, object] = (None, None)  # the labels and containers of the Pod looked at last
        self.ports: tuple[Object, ...] = ()  # in a slice, of Pods that share these
        self._key: tuple[tuple[Object, ...], Ports] = ((), ())
        self._listed: dict[str, dict[str, Object]] = {}  # slice -> Pod -> endpoint, while planning
        self._relabel = True
        uid = service["metadata"]["uid"]
        for found in slices:
            owners = found["metadata"].get("ownerReferences") or ()
            if found["addressType"] != "IPv4" or not any(owner["uid"] == uid for owner in owners):
                self.foreign.append(found["metadata"]["name"])
                continue
            pods = [pod_of(endpoint) for endpoint in found.get("endpoints") or ()]
            self.written(found, pods)
            self.dirty.update(dict.fromkeys(pods))

    def is_for(self, service: Object) -> bool:
        """Tells whether what was read still holds for a Service."""
        if service is self.service:
            return True
        before, after = self.service["metadata"], service["metadata"]
        same = before["uid"] == after["uid"] and before.get("labels") == after.get("labels")
        same = same and self.service["spec"] == service["spec"]
        if same and before.get("deletionTimestamp") == after.get("deletionTimestamp"):
            self.service = service
            return True
        return False

    def written(self, stored: Object, pods: list[str]) -> None:
        """Takes a slice as it was written."""
        name = stored["metadata"]["name"]
        old = self.slices.get(name)
        if old is not None and old.get("ports") != stored.get("ports"):
            self._ungroup(old)
        self.slices[name] = stored
        key, size = ports_key(stored.get("ports") or ()), len(stored.get("endpoints") or ())
        self.groups.setdefault(key, {})[name] = None
        if size < MAX_ENDPOINTS:
            self._open.setdefault(key, {})[name] = size
        elif key in self._open:
            self._open[key].pop(name, None)
        self._pods[name] = pods
        self.where.update(dict.fromkeys(pods, name))

    def gone(self, name: str) -> None:
        """Takes note that a slice was deleted."""
        old = self.slices.pop(name, None)
        self._pods.pop(name, None)
        if old is not None:
            self._ungroup(old)
        if name in self.foreign:
            self.foreign.remove(name)

    def _ungroup(self, endpointslice: Object) -> None:
        key, name = ports_key(endpointslice.get("ports") or ()), endpointslice["metadata"]["name"]
        self._open.get(key, {}).pop(name, None)
        group = self.groups[key]
        del group[name]
        if not group:
            del self.groups[key]

    # planning

    def plan(self, desired: dict[str, Desired | None], labels: dict[str, str]) -> Plan:
        """Returns the writes that list the Pods in `desired` as they should be; None: not at all."""
        plan = Plan()
        self._listed.clear()
        touched: dict[str, dict[str, Object | None]] = {}  # slice -> Pod -> its endpoint, None to take it out
        added: dict[Ports, list[Addition]] = {}
        ports_of: dict[Ports, tuple[Object, ...]] = {}
        for pod, wanted in desired.items():
            self._compare(pod, wanted, touched, added, ports_of, plan)
        contents = {name: self._contents(name, changes) for name, changes in touched.items()}
        if self._relabel:
            for name, stored in self.slices.items():
                if name not in contents and labels_of(stored) != labels:
                    contents[name] = self._contents(name, {})
            self._relabel = False
        for key, additions in added.items():
            self._fill(key, additions, contents)
            while additions:
                first, additions = additions[:MAX_ENDPOINTS], additions[MAX_ENDPOINTS:]
                new = [pod for pod, _ in first], [endpoint for _, endpoint in first]
                plan.create.append((list(ports_of[key]), *new))
        self._finish(contents, plan)
        return plan

    def _compare(
        self,
        pod: str,
        wanted: Desired | None,
        touched: dict[str, dict[str, Object | None]],
        added: dict[Ports, list[Addition]],
        ports_of: dict[Ports, tuple[Object, ...]],
        plan: Plan,
    ) -> None:
        name = self.where.get(pod)
        if wanted is None:
            if name is not None:
                touched.setdefault(name, {})[pod] = None
                del self.where[pod]
            return
        key = ports_key(wanted.ports) if wanted.ports is not self.ports else self.key_of_ports()
        ports_of[key] = wanted.ports
        if name is not None and name in self.groups.get(key, ()):
            old = self._endpoint(name, pod)
            if old == wanted.endpoint:
                return
            touched.setdefault(name, {})[pod] = wanted.endpoint
            if old is None or old["conditions"]["serving"] != wanted.endpoint["conditions"]["serving"]:
                plan.triggers.append(wanted.ready_time)
            return
        if name is not None:
            touched.setdefault(name, {})[pod] = None
        added.setdefault(key, []).append((pod, wanted.endpoint))
        plan.triggers.append(wanted.ready_time)

    def key_of_ports(self) -> Ports:
        """Returns the key of the ports that were worked out last."""
        if self._key[0] is not self.ports:
            self._key = (self.ports, ports_key(self.ports))
        return self._key[1]

    def _endpoint(self, name: str, pod: str) -> Object | None:
        listed = self._listed.get(name)
        if listed is None:
            endpoints = self.slices[name].get("endpoints") or ()
            listed = self._listed[name] = dict(zip(self._pods[name], endpoints, strict=True))
        return listed.get(pod)

    def _contents(self, name: str, changes: dict[str, Object | None]) -> Listed:
        """Returns what a slice lists after `changes`, in its order."""
        pods, endpoints = self._pods[name], self.slices[name].get("endpoints") or ()
        if not changes:
            return [*pods], [*endpoints]
        both = [(pod, changes.get(pod, endpoint)) for pod, endpoint in zip(pods, endpoints, strict=True)]
        kept = [(pod, endpoint) for pod, endpoint in both if endpoint is not None]
        return [pod for pod, _ in kept], [endpoint for _, endpoint in kept]

    def _fill(self, key: Ports, additions: list[Addition], contents: dict[str, Listed]) -> None:
        """Fills up slices: first those that are written anyway, the fullest first; then one that takes all the rest."""
        group = self.groups.get(key, {})
        written = [contents[name] for name in contents if name in group and contents[name][0]]
        for listed in sorted(written, key=lambda listed: -len(listed[0])):
            _append(listed, additions, MAX_ENDPOINTS - len(listed[0]))
        if not additions or len(additions) >= MAX_ENDPOINTS:
            return
        most = MAX_ENDPOINTS - len(additions)
        fitting = [(-size, name) for name, size in self._open.get(key, {}).items() if size <= most]
        fitting = [fit for fit in fitting if fit[1] not in contents]
        if fitting:
            name = min(fitting)[1]  # the fullest of them; the first by name, as a restarted process has no other order
            contents[name] = self._contents(name, {})
            _append(contents[name], additions, len(additions))

    def _finish(self, contents: dict[str, Listed], plan: Plan) -> None:
        """Turns emptied slices into new ones that are needed, and leaves one placeholder where nothing is listed."""
        empty = [name for name, (pods, _) in contents.items() if not pods]
        hollow = [name for sizes in self._open.values() for name, size in sizes.items() if not size]
        empty += [name for name in hollow if name not in contents]
        left = len(self.slices) - len(empty) + len(plan.create)
        if not left:
            placeholder = next((name for name in empty if not self.slices[name].get("ports")), None)
            if placeholder is None:
                plan.create.append(([], [], []))
            else:
                empty.remove(placeholder)
                if contents.get(placeholder) is not None:
                    plan.update.append((self.slices[placeholder], [], [], []))
        for name in list(empty):
            if plan.create:
                ports, pods, endpoints = plan.create.pop()
                plan.update.append((self.slices[name], ports, pods, endpoints))
                empty.remove(name)
        for name, (pods, endpoints) in contents.items():
            if pods:
                stored = self.slices[name]
                plan.update.append((stored, stored.get("ports") or [], pods, endpoints))
        plan.delete = [*empty, *self.foreign]


def _append(listed: Listed, additions: list[Addition], count: int) -> None:
    """Moves some of the additions to the end of a list."""
    for pod, endpoint in additions[:count]:
        listed[0].append(pod)
        listed[1].append(endpoint)
    del additions[:count]


def pod_of(endpoint: Object) -> str:
    """Returns the name of the Pod that an endpoint stands for, "" for one that somebody wrote by hand."""
    name: str = (endpoint.get("targetRef") or {}).get("name", "")
    return name


def ports_key(ports: list[Object] | tuple[Object, ...]) -> Ports:
    """Returns ports as something that can be looked up."""
    return tuple(tuple(sorted(port.items())) for port in ports)
