"""The journal of a node: what systemd, the kubelet and containerd wrote to it.

Starts and ends of units are kept; what the kubelet says of its Pods follows from the events that it sent and from what
the node remembers. Source: journalctl(1); the lines are those of pkg/kubelet at its default verbosity.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.clock import parse_time
from kubelab.cluster.kinds import Event
from kubelab.cluster.klog import klog
from kubelab.cluster.node import (
    cri,
    host,
    kubeletstart,
    machineclock,
    machinefiles,
    nodeprocesses,
    static_manifests,
    units,
)
from kubelab.cluster.node.versions import kubelet_of
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

SYSTEMD = "systemd"
LEASE_RETRY = 7.0  # seconds between two tries to renew a Lease
FAILURES = 5  # tries of a failing kubelet whose lines are told; the others look the same
STARTING = (
    'server.go:529] "Kubelet version" kubeletVersion="{version}"',
    'server.go:531] "Golang settings" GOGC="" GOMAXPROCS="" GOTRACEBACK=""',
    'server.go:956] "Client rotation is on, will bootstrap in background"',
    'dynamic_cafile_content.go:161] "Starting controller" name="client-ca-bundle::/etc/kubernetes/pki/ca.crt"',
    'container_manager_linux.go:275] "Creating Container Manager object based on Node Config"',
    'kubelet.go:475] "Attempting to sync node with API server"',
    'kubelet.go:376] "Adding static pod path" path="/etc/kubernetes/manifests"',
    'kubelet.go:397] "Adding apiserver pod source"',
    'kuberuntime_manager.go:298] "Container runtime initialized" containerRuntime="containerd" version="v{containerd}" '
    'apiVersion="v1"',
    'server.go:1258] "Started kubelet"',
    'kubelet.go:2479] "Starting kubelet main sync loop"',
    'kubelet_node_status.go:75] "Attempting to register node" node="{node}"',
    'kubelet_node_status.go:78] "Successfully registered node" node="{node}"',
)
CONTAINERD = (
    'level=info msg="starting containerd" revision=1c4457e00facac03ce1d75f7b6777a7a851e5c41 version=v{containerd}',
    'level=info msg="Start cri plugin with config"',
    "level=info msg=serving... address=/run/containerd/containerd.sock",
    'level=info msg="containerd successfully booted in 0.041s"',
)


class Line(NamedTuple):
    """A line of the journal: when, who (and which process), and what."""

    time: float
    unit: str
    identifier: str
    pid: int
    text: str


def lines(cluster: Cluster, node: str) -> list[Line]:
    """Returns a node's journal, the oldest line first."""
    record = cluster.store.get(host.HOSTS + node) or {}
    kept = (cluster.store.get(units.JOURNAL + node) or {"entries": []})["entries"]
    booted: float = record.get("booted", 0.0)
    entries = [[booted, unit, "started"] for unit in host.UNITS if "booted" in record] + kept
    found: list[Line] = []
    for index, entry in enumerate(entries):
        until = next((later[0] for later in entries[index + 1 :] if later[1] == entry[1]), cluster.clock.now)
        found += _of_entry(cluster, node, entry, until)
    found += _of_pods(cluster, node)
    found += _of_manifests(cluster, node)
    found += _of_distrust(cluster, node)
    return sorted((line for line in found if line.time <= cluster.clock.now), key=lambda line: line.time)


def _of_entry(cluster: Cluster, node: str, entry: list[object], until: float) -> list[Line]:
    time, unit, what = float(str(entry[0])), str(entry[1]), entry[2]
    name = f"{unit}.service - {units.DESCRIPTIONS[unit]}"
    if what == "started":
        return [Line(time, unit, SYSTEMD, 1, f"Started {name}."), *_started(cluster, node, unit, time)]
    if what == "stopped":
        texts = (f"Stopping {name}...", f"{unit}.service: Deactivated successfully.", f"Stopped {name}.")
        return [Line(time, unit, SYSTEMD, 1, text) for text in texts]
    error, status, told = str(entry[3]), int(str(entry[4])), str(entry[5])
    tries = int((until - time) / units.RESTART) + 1
    shown = range(max(tries - FAILURES, 0), tries)
    return [line for at in shown for line in _failure(time + at * units.RESTART, name, at, (error, status, told))]


def _started(cluster: Cluster, node: str, unit: str, time: float) -> list[Line]:
    record = cluster.store.get(host.HOSTS + node) or {}
    pid = nodeprocesses.pid_since(record, unit, time)
    kubelet = kubelet_of(record["kubelet"]["version"])
    texts = STARTING if unit == "kubelet" else CONTAINERD
    found = []
    for at, text in enumerate(texts):
        when = time + 0.05 + 0.07 * at
        text = text.format(version=kubelet.version, containerd=kubelet.containerd, node=node)
        found.append(Line(when, unit, unit, pid, klog(when, text, pid) if unit == "kubelet" else text))
    return found


def _failure(time: float, name: str, number: int, problem: tuple[str, int, str]) -> list[Line]:
    error, status, told = problem
    pid = 30_000 + int(time) % 30_000
    found = [Line(time, "kubelet", SYSTEMD, 1, f"Started {name}.")]
    if error:
        text = f'E{klog(time + 0.05, "", pid)[1:]}run.go:72] "command failed" err={json.dumps(error)}'
        found.append(Line(time + 0.05, "kubelet", "kubelet", pid, text))
    else:
        found.append(Line(time + 0.02, "kubelet", "(kubelet)", pid, f"kubelet.service: {told}"))
    result = "203/EXEC" if status == 203 else f"{status}/FAILURE"
    texts = (
        f"kubelet.service: Main process exited, code=exited, status={result}",
        "kubelet.service: Failed with result 'exit-code'.",
    )
    found += [Line(time + 0.06 + 0.01 * at, "kubelet", SYSTEMD, 1, text) for at, text in enumerate(texts)]
    again = f"kubelet.service: Scheduled restart job, restart counter is at {number + 1}."
    return [*found, Line(time + units.RESTART - 0.02, "kubelet", SYSTEMD, 1, again)]


# an API server that is not trusted


def _of_distrust(cluster: Cluster, node: str) -> list[Line]:
    """Returns what the kubelet says of an API server whose certificate holds no more by its clock."""
    record = cluster.store.get(host.HOSTS + node) or {}
    if host.DISTRUSTS not in record or not record["kubelet"]["running"]:
        return []
    server = (cluster.store.get("/machine/authority/ca.crt") or {}).get("server", "")
    url = f"https://{server}:6443/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{node}?timeout=10s"
    pid, found = nodeprocesses.pid_since(record, "kubelet", record["kubelet"].get("since", 0.0)), []
    tries = int((cluster.clock.now - record["cut"]) / LEASE_RETRY) + 1
    for at in range(max(tries - FAILURES, 0), tries):
        when = record["cut"] + at * LEASE_RETRY
        why = json.dumps(f'Get "{url}": {machineclock.told(record, when)}')
        text = f'controller.go:145] "Failed to ensure lease exists, will retry" err={why} interval="7s"'
        shown = when + machineclock.offset_of(record)
        found.append(Line(when, "kubelet", "kubelet", pid, f"E{klog(shown, text, pid)[1:]}"))
    return found


# manifests


def _of_manifests(cluster: Cluster, node: str) -> list[Line]:
    """Returns what the kubelet says of manifests that it refuses, at its last looks at them."""
    record, files = cluster.store.get(host.HOSTS + node), machinefiles.of(cluster, node)
    if record is None or not record["kubelet"]["running"] or not files.is_dir(machinefiles.MANIFESTS):
        return []
    pid = nodeprocesses.pid_since(record, "kubelet", 0.0)
    found = []
    for name in files.listdir(machinefiles.MANIFESTS):
        path = f"{machinefiles.MANIFESTS}/{name}"
        if name.startswith(".") or not files.is_file(path):
            continue
        _, why = static_manifests.parsed(files.read(path), kubelet_of(record["kubelet"]["version"]).minor)
        began, every = files.stat(path).mtime, static_manifests.SECONDS_BETWEEN_LOOKS
        looks = int((cluster.clock.now - began) / every) + 1 if why else 0
        for look in range(max(looks - FAILURES, 0), looks):
            when = began + look * every
            text = f"E{klog(when, static_manifests.told(path, why), pid)[1:]}"
            found.append(Line(when, "kubelet", "kubelet", pid, text))
    return found


# Pods


def verbosity(cluster: Cluster, node: str) -> int:
    """Returns the number behind the kubelet's -v."""
    _command, flags = kubeletstart.arguments(machinefiles.of(cluster, node))
    level = kubeletstart.flag(flags, "v")
    return int(level) if level.isdigit() else 0


def _of_pods(cluster: Cluster, node: str) -> list[Line]:
    record = cluster.store.get(host.HOSTS + node) or {}
    found: list[Line] = []
    level = verbosity(cluster, node)
    for sandbox in cri.sandboxes(cluster, node):
        texts = _of_sandbox(sandbox, level)
        pid = nodeprocesses.pid_since(record, "kubelet", 0.0)
        for at, text in enumerate(texts):
            when = sandbox.created + 0.02 + 0.01 * at
            found.append(Line(when, "kubelet", "kubelet", pid, klog(when, text, pid)))
    for _, event in cluster.store.items(Event.prefix):
        source = event.get("source") or {}
        if source.get("component") == "kubelet" and source.get("host") == node and event["type"] == "Warning":
            found += _of_event(event, nodeprocesses.pid_since(record, "kubelet", 0.0))
    return found


def _of_sandbox(sandbox: cri.Sandbox, level: int) -> list[str]:
    name, uid = f"{sandbox.namespace}/{sandbox.name}", sandbox.record["uid"]
    source = "file" if "static" in sandbox.record else "api"
    texts = [f'kubelet.go:2514] "SyncLoop ADD" source="{source}" pods=["{name}"]'] if level >= 2 else []
    for volume in sandbox.pod["spec"].get("volumes") or ():
        texts.append(
            'reconciler_common.go:251] "operationExecutor.VerifyControllerAttachedVolume started for volume '
            f'\\"{volume["name"]}\\" (UniqueName: \\"{_unique(volume, uid)}\\") pod \\"{sandbox.name}\\" '
            f'(UID: \\"{uid}\\") " pod="{name}"'
        )
    if level >= 4:
        texts.append(
            f'kuberuntime_manager.go:1177] "computePodActions got for pod" podActions="KillPod: false" pod="{name}"'
        )
    return texts


def _unique(volume: Object, uid: str) -> str:
    kind = next((key for key in volume if key != "name"), "")
    plug_in = {"hostPath": "host-path", "configMap": "configmap", "emptyDir": "empty-dir"}.get(kind, kind)
    return f"kubernetes.io/{plug_in}/{uid}-{volume['name']}"


def _of_event(event: Object, pid: int) -> list[Line]:
    about = event["involvedObject"]
    when = parse_time(event.get("lastTimestamp") or event["metadata"]["creationTimestamp"])
    pod, uid = f"{about.get('namespace', '')}/{about['name']}", about.get("uid", "")
    where = f'pod="{pod}" podUID="{uid}"'
    if event["reason"] in ("BackOff", "Failed", "FailedMount", "FailedCreatePodSandBox", "ErrImageNeverPull"):
        text = f'pod_workers.go:1324] "Error syncing pod, skipping" err={json.dumps(event["message"])} {where}'
    elif event["reason"] == "Unhealthy":
        kind = event["message"].partition(" ")[0]
        text = f'prober.go:120] "Probe failed" probeType="{kind}" {where} output={json.dumps(event["message"])}'
    else:
        text = f'kubelet.go:3000] "{event["reason"]}" err={json.dumps(event["message"])} {where}'
    return [Line(when, "kubelet", "kubelet", pid, "E" + klog(when, text, pid)[1:])]
