"""The first life of a plain Pod: from the moment that its node takes it up until it runs, without detours.

Most Pods are plain: one container that nobody probes, an image that exists, no volume that has to be waited for. What a
kubelet does for such a Pod is known beforehand, and what all Pods of a template have in common is worked out once.
Why it is done in this order and at these times stands in sync.py, pulling.py, starting.py and status.py, which do it
for all other Pods, and for this one as soon as its spec, its record or its node has anything unusual about it. Both
ways come to the same, write by write: tests/node/test_plain_pods.py.

A Pod's next station is foreseen: as long as its record, the Pod and its node's view are the very objects that the last
station left, all that was looked at there still holds. What is foreseen is only a cache: `go_on` finds it out again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.clock import rfc3339
from kubelab.cluster.cni import NetworkSetupError
from kubelab.cluster.kinds import ConfigMap, Pod
from kubelab.cluster.node import outages, pulling, status
from kubelab.cluster.node.confinement import has_profiles
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.image import COMMAND
from kubelab.cluster.node.podwork import NOTICE, SANDBOX, SOONEST, PodWork
from kubelab.cluster.node.pullsecrets import is_private
from kubelab.cluster.node.record import RECORDS
from kubelab.cluster.objects import Object, key_of

if TYPE_CHECKING:
    from kubelab.cluster.node.blueprint import Blueprint, ContainerPlan
    from kubelab.cluster.node.kubelet import Kubelet
    from kubelab.cluster.node.nodeview import NodeView

# What a record has while nothing unusual happens: before the sandbox is made, during the pull, before the first look.
BEFORE_SANDBOX = {"uid", "began", "containers", "sync"}
DURING_PULL = {"uid", "began", "containers", "sync", "ip", "sandbox"}
BEFORE_STATUS = {"uid", "began", "containers", "ip", "sandbox", "resync"}
TO_SANDBOX = {"todo", "at", "sandbox_at"}
TO_PULLED = {"todo", "at", "sandbox_at", "relist", "pull"}
STARTED = {"started", "relist"}
# What a status has that only the kubelet has written to; the last of them since v1.34.
PENDING = {"conditions", "containerStatuses", "hostIP", "hostIPs", "phase", "qosClass", "startTime"}
NOTHING: Object = {}
LATER = float("inf")


class PlainLife:
    """What the plain Pods of one blueprint have in common."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.plan: ContainerPlan = blueprint.apps[0]
        self.todo = ["sandbox", f"start:{self.plan.name}"]
        self._configs = [*_configs(blueprint.spec)]
        self._running = {**self.plan.fixed, **blueprint.running[self.plan.name]}
        # The last status before the containers run, and by what it was worked out; the same of the conditions after.
        self._pending: tuple[object, str, object, Object] | None = None
        self._ready: tuple[object, str, object, list[Object]] | None = None

    def may_mount(self, work: PodWork) -> bool:
        """Tells whether the ConfigMaps are there that are a part of its volumes."""
        rows, prefix = work.kubelet.configs, f"{ConfigMap.prefix}{work.key.namespace}/"
        for name, keys in self._configs:
            found = rows.get(prefix + name)
            if found is None or not keys <= (found.get("data") or NOTHING).keys():
                return False
        return True

    def pending(self, work: PodWork) -> Object:
        """Returns the status that a Pod has as soon as its node has taken it up."""
        pod, view, timestamp = work.pod, work.node, work.kubelet.clock.timestamp()
        before, generation = pod["status"], pod["metadata"].get("generation")
        known = self._pending
        if known is None or known[0] is not before or known[1] != timestamp or known[2] != generation:
            made = status.generate(work)
            self._pending = before, timestamp, generation, made
            return made
        return {**known[3], "hostIP": view.ip, "hostIPs": view.ips, "startTime": timestamp}

    def ready(self, kubelet: Kubelet, view: NodeView, pod: Object, record: Object) -> Object:
        """Returns the status of a Pod whose container runs."""
        old, generation, timestamp = pod["status"], pod["metadata"].get("generation"), kubelet.clock.timestamp()
        known = self._ready
        if known is None or known[0] is not old["conditions"] or known[1] != timestamp or known[2] != generation:
            made = status.generate(PodWork(kubelet, view, key_of(pod), pod, record))
            self._ready = old["conditions"], timestamp, generation, made["conditions"]
            return made
        name, ip = self.plan.name, record["ip"]
        container = {
            **self._running,
            "containerID": f"containerd://{view.container_id(record['uid'], name, 0)}",
            "lastState": NOTHING,
            "restartCount": 0,
            "state": {"running": {"startedAt": rfc3339(record["containers"][name]["started"])}},
            "started": True,
            "ready": True,
        }
        made = {
            "conditions": known[3],
            "containerStatuses": [container],
            "hostIP": view.ip,
            "hostIPs": view.ips,
            "phase": "Running",
            "qosClass": old["qosClass"],
            "startTime": old["startTime"],
            "podIP": ip,
            "podIPs": [{"ip": ip}],
        }
        if "observedGeneration" in old:
            made["observedGeneration"] = generation
        return made


def life_of(blueprint: Blueprint) -> PlainLife | None:
    """Returns what `plain_life` does, worked out once."""
    if blueprint.plain is None:
        blueprint.plain = plain_life(blueprint) or False
    life: PlainLife | None = blueprint.plain or None
    return life


def plain_life(blueprint: Blueprint) -> PlainLife | None:
    """Returns what the Pods of a blueprint have in common, None where they are not plain."""
    spec = blueprint.spec
    if len(blueprint.plans) != 1 or len(blueprint.apps) != 1 or blueprint.has_probes or blueprint.gates:
        return None
    if blueprint.host_network or blueprint.ports or spec.get("runtimeClassName"):
        return None
    if spec.get("imagePullSecrets") or "activeDeadlineSeconds" in spec or has_profiles(spec):
        return None
    if (spec.get("securityContext") or {}).get("runAsNonRoot"):
        return None
    if not all("emptyDir" in volume or _is_token(volume) for volume in spec.get("volumes") or ()):
        return None
    return PlainLife(blueprint) if _is_plain(blueprint.apps[0]) else None


def _is_plain(plan: ContainerPlan) -> bool:
    spec, program = plan.spec, plan.program
    if plan.resolved is None or plan.policy == "Never" or plan.refers or spec.get("lifecycle"):
        return False
    if "restartPolicy" in spec or is_private(plan.resolved.reference):
        return False
    if program is None or program is COMMAND or program.process:
        return False
    if (spec.get("securityContext") or {}).get("runAsNonRoot"):
        return False
    return not any("subPath" in mount or "subPathExpr" in mount for mount in spec.get("volumeMounts") or ())


def _is_token(volume: Object) -> bool:
    """Tells whether a volume is of the sort by which Pods get their ServiceAccount's token."""
    sources = volume.get("projected", NOTHING).get("sources")
    return bool(sources) and not any("secret" in source or "clusterTrustBundle" in source for source in sources)


def _configs(spec: Object) -> list[tuple[str, set[str]]]:
    """Returns the ConfigMaps that have to be there, with the keys that they have to have."""
    projected = [volume["projected"] for volume in spec.get("volumes") or () if "projected" in volume]
    sources = [source for each in projected for source in each.get("sources") or ()]
    wanted = [source["configMap"] for source in sources if "configMap" in source]
    return [
        (each.get("name", ""), {item["key"] for item in each.get("items") or ()})
        for each in wanted
        if not each.get("optional")
    ]


# the stations of the life


class Where(NamedTuple):
    """Where a Pod is found: its key in the kubelet's queue, the path of its record, its own."""

    key: str
    record: str
    pod: str


Station = Callable[["Kubelet", "NodeView", PlainLife, Object, Object, Where], bool]
# The next station, when it is due, the view of the node, what its Pods have in common, the Pod, its record.
Foreseen = tuple[Station, float, "NodeView", PlainLife, Where, Object, Object]


def begin(work: PodWork) -> bool:
    """Takes up a Pod; False where that has to be done the long way."""
    life = life_of(work.blueprint)
    if life is None or not life.may_mount(work):
        return False
    kubelet, record, now, view = work.kubelet, work.record, work.now, work.node
    pod = kubelet.report(view, work.pod, life.pending(work))
    at = now + work.chance(*SANDBOX, "sandbox", kubelet.clock.text)
    record["sync"] = {"todo": life.todo, "at": at, "sandbox_at": at}
    where = _where(view, pod)
    _keep(kubelet, where, record, at)
    if view.works:
        kubelet.foreseen[where.key] = _make_sandbox, at, view, life, where, pod, record
    return True


def as_foreseen(kubelet: Kubelet, foreseen: Foreseen) -> bool:
    """Does what is due for a Pod that is as its last station left it; False where it is another one by now."""
    station, due, view, life, where, pod, record = foreseen
    _, place, path = where
    if kubelet.records.rows.get(place) is not record or kubelet.pods.get(path) is not pod:
        return False
    if due > kubelet.clock.now or kubelet.views.get(view.name) is not view:
        return False
    return station(kubelet, view, life, pod, record, where)


def go_on(kubelet: Kubelet, view: NodeView, pod: Object, record: Object) -> bool:
    """Does what is due for a Pod; False where that has to be done the long way."""
    step = record.get("sync")
    due: float = record.get("resync", LATER) if step is None else step["at"]
    if due > kubelet.clock.now or "deletionTimestamp" in pod["metadata"] or not view.works:
        return False
    life = life_of(view.blueprint(pod))
    if life is None:
        return False
    fields, where = record.keys(), _where(view, pod)
    if step is None:
        return fields == BEFORE_STATUS and _report_running(kubelet, view, life, pod, record, where)
    if fields == BEFORE_SANDBOX:
        return step.keys() == TO_SANDBOX and _make_sandbox(kubelet, view, life, pod, record, where)
    return fields == DURING_PULL and step.keys() == TO_PULLED and _end_pull(kubelet, view, life, pod, record, where)


def _make_sandbox(kubelet: Kubelet, view: NodeView, life: PlainLife, pod: Object, record: Object, where: Where) -> bool:
    """Sets the Pod's network up, and goes on to its image."""
    clock, uid, plan, between = kubelet.clock, record["uid"], life.plan, kubelet.cluster.random.between
    now = clock.now
    if record["containers"] or record["sync"]["todo"] != life.todo or plan.resolved is None:
        return False
    try:
        ip = kubelet.cluster.network.attach(view.name, pod).ip
    except NetworkSetupError:
        return False
    relist = now + between(SOONEST, NOTICE, uid, "notice sandbox", clock.text)
    present = view.images.has(plan.resolved.name)
    if present and plan.policy != "Always":
        made = {**record, "ip": ip, "sandbox": 0}
        message = view.kubelet.present.format(plan.image)
        return _start(kubelet, view, life, pod, made, where, message)
    view.api.event(pod, "Normal", "Pulling", f'Pulling image "{plan.image}"', field_path=plan.field_path)
    pull = pulling.queue(view, plan, uid, now, present=present)
    until: float = pull["until"]
    step = {**record["sync"], "todo": life.todo[1:], "at": until, "relist": relist, "pull": pull}
    made = {**record, "sync": step, "ip": ip, "sandbox": 0}
    _keep(kubelet, where, made, until)
    kubelet.foreseen[where.key] = _end_pull, until, view, life, where, pod, made
    return True


def _end_pull(kubelet: Kubelet, view: NodeView, life: PlainLife, pod: Object, record: Object, where: Where) -> bool:
    """Notes that the image is there, and starts the container."""
    pull = record["sync"]["pull"]
    if record["containers"] or record["sync"]["todo"] != life.todo[1:] or pull["until"] > kubelet.clock.now:
        return False
    if outages.failing(kubelet.cluster):
        return False
    return _start(kubelet, view, life, pod, record, where, pulling.told(life.plan, pull), pulled=True)


def _start(
    kubelet: Kubelet,
    view: NodeView,
    life: PlainLife,
    pod: Object,
    record: Object,
    where: Where,
    message: str,
    *,
    pulled: bool = False,
) -> bool:
    """Starts the container, if its program is one that runs for ever."""
    now, uid, plan = kubelet.clock.now, record["uid"], life.plan
    name, resolved = plan.name, plan.resolved
    noticed = kubelet.cluster.random.between(SOONEST, NOTICE, uid, "notice", name, kubelet.clock.text)
    container = {"started": now, "relist": now + noticed}
    made = {**record, "containers": {name: container}}
    assert plan.program is not None and resolved is not None
    if plan.program.begin(Container(kubelet.cluster, view, pod, plan, made)).seconds is not None:
        return False
    if container.keys() != STARTED:
        return False
    if pulled:
        view.images.add(resolved.name, resolved.image_id, resolved.size)
    said = (
        ("Pulled", message),
        ("Created", view.kubelet.created.format(name)),
        ("Started", view.kubelet.started.format(name)),
    )
    view.api.events(pod, "Normal", said, field_path=plan.field_path)
    del made["sync"]
    made["resync"] = due = container["relist"]
    _keep(kubelet, where, made, due)
    kubelet.foreseen[where.key] = _report_running, due, view, life, where, pod, made
    return True


def _report_running(
    kubelet: Kubelet, view: NodeView, life: PlainLife, pod: Object, record: Object, where: Where
) -> bool:
    """Says in the Pod's status that it runs and is ready."""
    containers, plan = record["containers"], life.plan
    if len(containers) != 1 or plan.name not in containers or containers[plan.name].keys() != STARTED:
        return False
    if pod["status"].keys() - {"observedGeneration"} != PENDING or pod["status"]["phase"] != "Pending":
        return False
    left = {**record}
    del left["resync"]
    kubelet.report(view, pod, life.ready(kubelet, view, pod, left))
    kubelet.store.write(kubelet.records, where.record, left)
    return True


def _where(view: NodeView, pod: Object) -> Where:
    metadata = pod["metadata"]
    name = f"{metadata['namespace']}/{metadata['name']}"
    key = f"{view.name}/{name}"
    return Where(key, RECORDS + key, Pod.prefix + name)


def _keep(kubelet: Kubelet, where: Where, record: Object, due: float) -> None:
    kubelet.store.write(kubelet.records, where.record, record)
    kubelet.cluster.agenda.add(kubelet.name, where.key, due)
