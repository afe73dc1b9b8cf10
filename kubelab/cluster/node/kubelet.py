"""The kubelets: one component for all nodes, each acting as its own user.

A key of its queue names a Pod on a node. A reconciliation brings the Pod's containers up to now, then its probes,
its termination or its sync. Source: pkg/kubelet; the parts are beside this file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster.aspects import PLACED
from kubelab.cluster.component import Component
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.kinds import ConfigMap, Pod
from kubelab.cluster.node import admission, deadlines, killing, plain, probes, resizing, runtime, static_pods, sync
from kubelab.cluster.node.blueprint import Blueprint, host_ports
from kubelab.cluster.node.blueprints import Blueprints
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.due import due as due_of
from kubelab.cluster.node.host import HOSTS, is_cut_off, speaks
from kubelab.cluster.node.nodeview import NodeView
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.node.record import MIRROR, RECORDS, container_key, thaw
from kubelab.cluster.node.sockets import NodeSockets, containers
from kubelab.cluster.objects import Key, Object, annotations_of, is_being_deleted, key_of
from kubelab.cluster.sockets import HttpReply, HttpRequest, Listener, Reply, Request, TextReply
from kubelab.cluster.storage import nfsserver
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster


EVICTED = "Evicted"
EVICTION_GRACE = 1.0  # seconds that Pods get which are evicted at once
SSH_GREETING = "SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.14\r\n"


def pods_that_matter(kubelet: Kubelet, change: Change) -> Iterable[str]:
    """The Pod that changed, where the change is one that its kubelet acts on; its own writes are none."""
    if kubelet.writing:
        return ()
    old, new = change.old, change.new
    pod = new if new is not None else old
    if pod is None or "nodeName" not in pod["spec"]:
        return ()
    if old is not None and new is not None and "nodeName" in old["spec"] and not kubelet.concerns(old, new):
        return ()
    if new is None:
        kubelet.lost(pod)
    metadata = pod["metadata"]
    return (f"{pod['spec']['nodeName']}/{metadata['namespace']}/{metadata['name']}",)


class Kubelet(Component):
    """Runs the Pods of all nodes.

    Attributes:
        writing: a write of its own is under way, whose change it need not look at.
        views: of the nodes that were looked at since they changed.
    """

    name = "kubelet"
    watches = {Pod: pods_that_matter}
    heeds = {pods_that_matter: PLACED}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.writing = False
        self.blueprints = Blueprints()
        self.records = cluster.store.table(RECORDS)
        self.pods = cluster.store.table(Pod.prefix).rows
        self.configs = cluster.store.table(ConfigMap.prefix).rows
        self.foreseen: dict[str, plain.Foreseen] = {}  # what comes next for plain Pods that begin
        self.views: dict[str, NodeView] = {}
        self._host_pods: dict[str, dict[Key, None]] = {}  # by node, those that use its network
        self._port_pods: dict[str, dict[Key, None]] = {}  # by node, those that take some of its ports
        cluster.network.sockets = NodeSockets(self)
        cluster.store.subscribe(HOSTS, self._machine_changed)

    def start(self) -> None:
        """Counts again what runs where."""
        self.views.clear()
        self.foreseen.clear()
        self._host_pods.clear()
        self._port_pods.clear()
        self._count(RECORDS)

    def _count(self, prefix: str) -> None:
        for path, record in self.store.items(prefix):
            node, namespace, name = path.removeprefix(RECORDS).split("/")
            view = self.view(node)
            if view is None:
                continue
            pod = record.get("static") or self.api.get(Pod, Key(namespace, name))
            if pod is None or pod["metadata"]["uid"] != record["uid"]:
                continue
            if "over" not in record:
                self._took(view, Key(namespace, name), pod, view.blueprint(pod))

    # nodes

    def view(self, node: str) -> NodeView | None:
        """Returns a kubelet's view of its node; None where there is no such machine."""
        view = self.views.get(node)
        if view is None:
            record = self.store.get(HOSTS + node)
            if record is None:
                return None
            view = self.views[node] = NodeView(self, node, record)
        return view

    def host_network_pods(self, node: str) -> list[tuple[str, str]]:
        """Returns the Pods that use a node's own network."""
        return [(key.namespace, key.name) for key in self._host_pods.get(node, ())]

    def host_ports(self, node: str) -> set[tuple[str, int]]:
        """Returns the ports of a node that its Pods have taken."""
        taken: set[tuple[str, int]] = set()
        for key in self._port_pods.get(node, ()):
            pod = self.api.get(Pod, key)
            if pod is not None:
                taken.update(host_ports(pod["spec"]))
        return taken

    def containers(self, node: str, namespace: str, pod: str) -> list[Container]:
        """Returns the containers of a Pod that a node has; none where it has no such Pod."""
        record = self.store.get(container_key(node, namespace, pod))
        obj = self.api.get(Pod, Key(namespace, pod))
        if record is not None and "static" in record:
            obj = {**record["static"], "status": (obj or {}).get("status", {})}
        view = self.view(node)
        if record is None or obj is None or view is None or obj["metadata"]["uid"] != record["uid"]:
            return []
        return containers(self.cluster, view, obj, record)

    def feed(self, view: Container, text: str, *, end: bool = False) -> None:
        """Writes to the standard input of a container's first process, and ends it."""
        key = Key(view.namespace, view.pod["metadata"]["name"])
        path = container_key(view.node.name, key.namespace, key.name)
        record = self.store.get(path)
        if record is None:
            return
        work = PodWork(self, view.node, key, view.pod, thaw(record))
        runtime.feed(work, view.name, text, end=end)
        self._keep(work, path.removeprefix(RECORDS), path)

    def evict(
        self, node: str, pod: Object, message: str, *, disrupted: bool = False, grace: float = EVICTION_GRACE
    ) -> None:
        """Ends a Pod that takes more of its node than it may.

        Args:
            disrupted: it does so for the node's sake, which its conditions say (DisruptionTarget).
            grace: seconds until its processes are killed.
        """
        key = key_of(pod)
        view, path = self.view(node), container_key(node, key.namespace, key.name)
        record = self.store.get(path)
        if view is None or record is None or "over" in record or "ending" in record:
            return
        work = PodWork(self, view, key, pod, thaw(record))
        work.event("Warning", EVICTED, message)
        status: Object = pod.get("status") or {}
        if disrupted:
            now = self.clock.timestamp()
            status = with_condition(status, "DisruptionTarget", "True", "TerminationByKubelet", message, now)
        work.write_status({**status, "phase": "Failed", "reason": EVICTED, "message": message})
        killing.begin(work, grace)
        self._keep(work, path.removeprefix(RECORDS), path)

    def node_listeners(self, node: str) -> list[Listener]:
        """Returns the listening sockets of a node's own services."""
        if node == nfsserver.NAME:
            return nfsserver.listeners(self.store)
        view = self.view(node)
        if view is None or not view.powered:
            return []
        found = [Listener("sshd", 22, speaks="text", process="sshd", pid=812)]
        if view.kubelet_runs:
            found.append(Listener("kubelet", 10250, speaks="https", process="kubelet", pid=1040))
            found.append(Listener("kubelet", 10248, address="127.0.0.1", process="kubelet", pid=1040))
        return found

    def node_answer(self, node: str, listener: Listener, request: Request) -> Reply | None:
        """Lets a node's own service answer: the SSH server's greeting, the kubelet's health."""
        if not isinstance(request, HttpRequest):
            return TextReply(SSH_GREETING) if listener.port == 22 else None
        if listener.port == 10248:
            healthy = request.path.partition("?")[0] == "/healthz"
            return HttpReply(body="ok") if healthy else HttpReply(404, "Not Found", {}, "404 page not found\n")
        return HttpReply(401, "Unauthorized", {}, "Unauthorized") if listener.port == 10250 else None

    def signal(self, view: Container, pid: int, name: str) -> None:
        """Delivers a signal that a command in a container sent to a process there."""
        if pid != 1:
            return
        key = f"{view.node.name}/{view.namespace}/{view.pod['metadata']['name']}"
        record = thaw(self.store.get(RECORDS + key))
        if runtime.signal(view, record, name):
            self.store.put(RECORDS + key, record)
            self.cluster.agenda.add(self.name, key)

    def poke(self, view: Container) -> None:
        """Lets a container's command go on at once, since something happened that it waits for."""
        key = f"{view.node.name}/{view.namespace}/{view.pod['metadata']['name']}"
        record = thaw(self.store.get(RECORDS + key))
        container = record["containers"][view.name]
        if "wake" in container:
            container["wake"] = self.now
            self.store.put(RECORDS + key, record)
            self.cluster.agenda.add(self.name, key)

    def _machine_changed(self, change: Change) -> None:
        """A machine or one of its units was started or stopped: everything on it is looked at."""
        node, old, new = change.key.removeprefix(HOSTS), change.old, change.new
        self.views.pop(node, None)
        if old is None or new is None:
            return
        if old["powered"] != new["powered"]:
            self.cluster.network.set_power(node, on=new["powered"])
        if not (old.get("network", True) and new.get("network", True)):
            self.cluster.network.set_cable(node, plugged=new["powered"] and new.get("network", True))
        if old.get("network", True) and not new.get("network", True):
            self.cluster.processes.cut_off(node)
        elif new.get("network", True) and not old.get("network", True):
            self.cluster.processes.rejoin(node)
        if (speaks(old), is_cut_off(old)) != (speaks(new), is_cut_off(new)):
            self._keep_in_mind(node, cut_off=speaks(old) and is_cut_off(new))
        self._count(f"{RECORDS}{node}/")
        keys = dict.fromkeys(path.removeprefix(RECORDS) for path, _ in self.store.items(f"{RECORDS}{node}/"))
        if old["powered"] and not new["powered"]:
            for key in keys:
                self._lose_power(key)
        if speaks(new) and not speaks(old):
            keys |= dict.fromkeys(f"{node}/{key_of(pod)}" for pod in self.api.indexed(Pod, "node", node))
        for key in keys:
            self.cluster.agenda.add(self.name, key)

    def _keep_in_mind(self, node: str, *, cut_off: bool) -> None:
        """Lets a kubelet that hears of no change go by the Pods as they were; once it hears again, it forgets them."""
        for path, record in list(self.store.items(f"{RECORDS}{node}/")):
            pod = self.pods.get(f"{Pod.prefix}{path.partition(f'{node}/')[2]}")
            if cut_off and "static" not in record and pod is not None and pod["metadata"]["uid"] == record["uid"]:
                self.store.put(path, {**record, "known": pod})
            elif not cut_off and "known" in record:
                kept = {field: value for field, value in record.items() if field != "known"}
                self.store.put(path, kept if "over" in kept else {**kept, "asked": True})

    def _lose_power(self, key: str) -> None:
        """Lets the containers of a Pod end as they do when the power of their machine is cut."""
        node, namespace, name = key.split("/")
        view, record = self.view(node), self.store.get(RECORDS + key)
        if view is None or record is None:
            return
        pod = record.get("static") or record.get("gone") or self.api.get(Pod, Key(namespace, name))
        if pod is not None and pod["metadata"]["uid"] == record["uid"]:
            work = PodWork(self, view, Key(namespace, name), pod, thaw(record))
            runtime.lose_power(work)
            self.store.put(RECORDS + key, work.record)

    # Pods

    def concerns(self, old: Object, new: Object) -> bool:
        """Tells whether a change of a Pod that is on a node already asks for a sync."""
        if MIRROR in annotations_of(new):
            return is_being_deleted(new)
        before, after = old["metadata"], new["metadata"]
        if after.get("deletionTimestamp") != before.get("deletionTimestamp"):
            return True
        if old["spec"] is not new["spec"] and old["spec"] != new["spec"]:
            self._spec_changed(old, new)
            return True
        if old.get("status") is not new.get("status") and old.get("status") != new.get("status"):
            self._ask(new)
            return True
        return False

    def _spec_changed(self, old: Object, new: Object) -> None:
        images = {each["name"]: each["image"] for each in new["spec"]["containers"]}
        path = self._path(new)
        record = self.store.get(path)
        if record is None:
            return
        changed = thaw(record)
        changed["asked"] = True
        for container in old["spec"]["containers"]:
            name = container["name"]
            if images.get(name) != container["image"] and name in changed["containers"]:
                changed["containers"][name].setdefault("image", container["image"])
        resizing.changed(old, new, changed)
        self.store.put(path, changed)

    def lost(self, pod: Object) -> None:
        """Keeps the last word on a Pod that went from the API while its containers are there."""
        path = self._path(pod)
        record = self.store.get(path)
        if record is not None and record["uid"] == pod["metadata"]["uid"] and "static" not in record:
            self.store.put(path, {**record, "gone": record.get("known", pod)})

    def _ask(self, pod: Object) -> None:
        """Notes that a Pod is to be synced, although nothing happened to its containers."""
        record = self.store.get(self._path(pod))
        if record is not None and "asked" not in record and "over" not in record:
            self.store.put(self._path(pod), {**record, "asked": True})

    def _path(self, pod: Object) -> str:
        metadata = pod["metadata"]
        return container_key(pod["spec"]["nodeName"], metadata["namespace"], metadata["name"])

    def reconcile(self, key: str) -> None:
        """Looks at one Pod of one node."""
        foreseen = self.foreseen.pop(key, None)
        if foreseen is not None and plain.as_foreseen(self, foreseen):
            return
        node, namespace, name = key.split("/")
        view = self.views.get(node) or self.view(node)
        if view is None:
            return
        path = RECORDS + key
        record = self.records.rows.get(path)
        pod = self.pods.get(f"{Pod.prefix}{namespace}/{name}")
        if pod is not None and pod["spec"].get("nodeName") != node:
            pod = None
        if record is None:
            if pod is not None and view.speaks and not self._is_stray_mirror(view, pod):
                self._take_up(view, key, Key(namespace, name), pod)
            return
        if "known" in record:
            pod = record["known"]
        if "static" in record:
            static = record["static"]
            pod = {**static, "status": pod["status"]} if pod is not None and "status" in pod else static
        if pod is None or pod["metadata"]["uid"] != record["uid"]:
            self._orphan(view, key, path, record)
            return
        if plain.go_on(self, view, pod, record):
            return
        work = PodWork(self, view, Key(namespace, name), pod, thaw(record))
        self._work(work)
        self._keep(work, key, path)

    def _take_up(self, view: NodeView, key: str, name: Key, pod: Object) -> None:
        """Begins with a Pod that is new to its node."""
        phase = (pod.get("status") or {}).get("phase")
        if phase in ("Succeeded", "Failed"):
            if is_being_deleted(pod):
                self._delete(view, name, pod)
            return
        record: Object = {"uid": pod["metadata"]["uid"], "began": self.now, "containers": {}}
        work = PodWork(self, view, name, pod, record)
        if is_being_deleted(pod):
            self._delete(view, name, pod)
            return
        why = admission.refusal(work)
        if why is not None:
            admission.refuse(work, why)
            return
        self._took(view, name, pod, work.blueprint)
        if plain.begin(work):
            return
        work.wants_sync = work.dirty = True
        sync.proceed(work)
        self._keep(work, key, RECORDS + key)

    def _is_stray_mirror(self, view: NodeView, pod: Object) -> bool:
        """Tells whether a Pod mirrors a manifest that is no longer there; it is removed then."""
        if MIRROR not in annotations_of(pod):
            return False
        self._delete(view, key_of(pod), pod)
        return True

    def report(self, view: NodeView, pod: Object, status: Object) -> Object:
        """Writes a Pod's status to the API, without being told of it; returns the Pod as it is now."""
        self.writing = True
        try:
            return self.cluster.api.report(Pod, pod, status)
        finally:
            self.writing = False

    def _took(self, view: NodeView, name: Key, pod: Object, blueprint: Blueprint) -> None:
        view.admit(pod["metadata"]["uid"], blueprint.requests)
        if blueprint.host_network:
            self._host_pods.setdefault(view.name, {})[name] = None
        if blueprint.ports:
            self._port_pods.setdefault(view.name, {})[name] = None

    def _delete(self, view: NodeView, name: Key, pod: Object) -> None:
        view.api.delete(Pod, name, grace=0, uid=pod["metadata"]["uid"])

    def _work(self, work: PodWork) -> None:
        record = work.record
        if not work.node.powered:
            return
        runtime.observe(work)
        if not work.is_tended:
            return
        if record.pop("asked", False):
            work.wants_sync = work.dirty = True
        if "over" in record:
            if is_being_deleted(work.pod):
                work.dirty = True
                self._delete(work.node, work.key, work.pod)
                killing.forget(work)
            return
        if "static" in record:
            self._work_static(work)
        deadlines.enforce(work)
        probes.run(work)
        if "ending" not in record and is_being_deleted(work.pod):
            killing.begin(work, float(work.pod["metadata"].get("deletionGracePeriodSeconds", 0)))
        if "ending" in record:
            killing.proceed(work)
            if "ending" in record:
                killing.end(work)
            return
        killing.proceed(work)
        sync.proceed(work)

    def _work_static(self, work: PodWork) -> None:
        """Does what is particular to a Pod that a manifest asks for."""
        if "stale" in work.record:
            if "ending" not in work.record:
                killing.begin(work, None)
            return
        if work.uid not in work.node.admitted:
            self._took(work.node, work.key, work.pod, work.blueprint)
        if work.node.speaks:
            static_pods.keep_mirror(work)

    def _orphan(self, view: NodeView, key: str, path: str, record: Object) -> None:
        """Ends what is left of a Pod that is gone from the API."""
        pod: Object | None = record.get("gone")
        if pod is None:  # it went while nobody watched; without a spec there is nothing to be done gracefully
            self.store.delete(path)
            view.release(record["uid"])
            self.cluster.network.detach(record["uid"])
            self.cluster.agenda.add(self.name, key)
            return
        work = PodWork(self, view, key_of(pod), pod, thaw(record))
        if view.powered:
            runtime.observe(work)
        if view.speaks:
            if "over" in record:
                killing.forget(work)
            elif "ending" not in record:
                killing.begin(work, _orphan_grace(pod))
            else:
                killing.proceed(work)
                killing.end(work)
        if "over" in work.record:
            killing.forget(work)
        self._keep(work, key, path)
        if not work.record:
            self.cluster.agenda.add(self.name, key)  # another Pod may have the name by now

    def _keep(self, work: PodWork, key: str, path: str) -> None:
        """Keeps what changed and sees to it that the Pod is looked at when something is due."""
        record = work.record
        if not record:
            self.store.delete(path)
            for pods in (self._host_pods.get(work.node.name), self._port_pods.get(work.node.name)):
                if pods:
                    pods.pop(work.key, None)
            return
        due = due_of(work)
        if work.dirty:
            self.store.write(self.records, path, record)
        if due is not None:
            self.cluster.agenda.add(self.name, key, due)


def _orphan_grace(pod: Object) -> float:
    """Returns the seconds that a Pod's containers get when the Pod is gone already: at least one."""
    asked = pod["metadata"].get("deletionGracePeriodSeconds")
    if asked is None:
        asked = pod["spec"].get("terminationGracePeriodSeconds", killing.DEFAULT_GRACE)
    return max(float(asked), 1.0)
