"""Which component manages which fields: entries of managedFields that are worked out when an object is read.

Components' writes are not noted when they are made: 10,000 Pods would carry 10,000 copies of the same list. What a
component has written follows from the object: what its maker set is what no client's entry has, but for what admission
added; the status is its kind's component's. Exact for Pods, workloads, Services, claims and Nodes; not told are fields
that a controller adds to a client's object outside its status (but for a Deployment's revision), and earlier times of
writes than the last that the status tells. Entries are given with single objects and short lists, to kubectl apply
--server-side as well; watches and long lists leave them out.
Source: the managedFields of a kubeadm cluster's objects; k8s.io/apimachinery/pkg/util/managedfields.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from kubelab.cluster.api.fieldsets import Path, to_fields_v1
from kubelab.cluster.api.managedfields import entries, fields, identity, paths_of, with_entries
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, controller_ref

LONGEST_LIST = 100  # objects, up to which a list's objects carry these entries
CONTROLLERS, KUBELET, SCHEDULER, SERVER = "kube-controller-manager", "kubelet", "kube-scheduler", "kube-apiserver"
# Who writes the status of a kind; of all others the controllers do.
REPORTERS = {
    "APIService": SERVER,
    "CustomResourceDefinition": SERVER,
    "FlowSchema": "api-priority-and-fairness-config-consumer-v1",
    "Node": KUBELET,
    "ServiceCIDR": SERVER,
}
# Who makes objects of a kind that no controller owns.
MAKERS = {
    "APIService": SERVER,
    "ClusterRole": SERVER,
    "ClusterRoleBinding": SERVER,
    "CSINode": KUBELET,
    "Endpoints": CONTROLLERS,
    "FlowSchema": "api-priority-and-fairness-config-producer-v1",
    "IPAddress": SERVER,
    "Namespace": SERVER,
    "Node": KUBELET,
    "PriorityClass": SERVER,
    "PriorityLevelConfiguration": "api-priority-and-fairness-config-producer-v1",
    "Role": SERVER,
    "RoleBinding": SERVER,
    "ServiceAccount": CONTROLLERS,
    "ServiceCIDR": SERVER,
    "VolumeAttachment": CONTROLLERS,
}
ANNOTATIONS = ("f:metadata", "f:annotations")
REVISION = ((*ANNOTATIONS, "."), (*ANNOTATIONS, "f:deployment.kubernetes.io/revision"))
MIRROR = "kubernetes.io/config.mirror"
# What the API server adds to a Pod when it is made, and a scheduler when it binds it.
ADMITTED = ("f:nodeName", "f:preemptionPolicy", "f:priority", "f:serviceAccount")
TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
TOKEN = ("kube-api-access-", "/var/run/secrets/kubernetes.io/serviceaccount")
UNREPORTED = ("f:qosClass",)  # of a Pod's status: the API server sets it


def with_managers(version: str, kind: Kind, obj: Object) -> Object:
    """Returns an object whose managedFields name the components that write it, too."""
    known = entries(obj)
    owned = set(chain.from_iterable(map(paths_of, known)))
    free = [
        path for path, value in fields(version, kind, obj).items() if path not in owned and not _is_idle(path, value)
    ]
    status = [path for path in free if _is_reported(kind, obj, path)]
    found = []
    if not known and (maker := _maker(kind, obj)):
        made = [path for path in free if path[0] != "f:status" and not (kind.name == "Pod" and _is_admitted(obj, path))]
        later = [path for path in made if kind.name == "Node" and path[0] == "f:spec"]
        born = obj["metadata"]["creationTimestamp"]
        found.append(_entry(kind, maker, "", [path for path in made if path not in later], born))
        found += [_entry(kind, CONTROLLERS, "", later, born)] if later else []
    if status:
        found.append(_entry(kind, _reporter(kind, obj), "status", status, _last_report(obj)))
    return with_entries(obj, _joined([*known, *found])) if found else obj


def without_managers(version: str, kind: Kind, obj: Object, old: Object) -> Object:
    """Returns what a client sends back with the entries that are kept, where it has left alone those that it got."""
    brought = entries(obj)
    if not brought or brought != entries(with_managers(version, kind, old)):
        return obj
    return with_entries(obj, entries(old))


def _entry(kind: Kind, manager: str, subresource: str, paths: Iterable[Path], time: str) -> Object:
    entry: Object = {
        "apiVersion": kind.api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": to_fields_v1(list(paths)),
        "manager": manager,
        "operation": "Update",
        "time": time,
    }
    return {**entry, "subresource": subresource} if subresource else entry


def _joined(found: list[Object]) -> list[Object]:
    """Returns entries, two of one manager as one: a client may have sent back what was worked out before."""
    joined: dict[tuple[str, str, str], Object] = {}
    for entry in found:
        who = identity(entry)
        if who in joined:
            paths = {**paths_of(joined[who]), **paths_of(entry)}
            entry = {**entry, "fieldsV1": to_fields_v1(list(paths))}
        joined[who] = entry
    return list(joined.values())


def _maker(kind: Kind, obj: Object) -> str:
    """Returns the component that made an object that no client's entry speaks of; "" where that is not known."""
    if MIRROR in (obj["metadata"].get("annotations") or {}):
        return KUBELET
    return CONTROLLERS if controller_ref(obj) is not None else MAKERS.get(kind.name, "")


def _reporter(kind: Kind, obj: Object) -> str:
    if kind.name == "Pod":
        return KUBELET if (obj["spec"].get("nodeName")) else SCHEDULER
    return REPORTERS.get(kind.name, CONTROLLERS)


def _is_reported(kind: Kind, obj: Object, path: Path) -> bool:
    if path in REVISION:
        return kind.name == "Deployment" and REVISION[1][2][2:] in (obj["metadata"].get("annotations") or {})
    if path[0] != "f:status" or "status" not in kind.subresources:
        return False
    if kind.name != "Pod":
        return (kind.name, path[1]) != ("Namespace", "f:phase")  # it has one from the beginning
    # A Pod has had a phase and the list of its conditions since it was made; binding it says that it is scheduled.
    if not obj["spec"].get("nodeName"):
        return path[1:2] == ("f:conditions",)
    return path[1] not in UNREPORTED and path[1:3] not in (("f:conditions", "."), ("f:conditions", _SCHEDULED))


def _is_idle(path: Path, value: Any) -> bool:
    """Tells whether a part of a status is empty since the object was made: nobody has written it."""
    return path[0] == "f:status" and value in ({}, [])


_SCHEDULED = 'k:{"type":"PodScheduled"}'


def _is_admitted(pod: Object, path: Path) -> bool:
    """Tells whether a field of a Pod was not set by who made it."""
    if path[0] != "f:spec" or len(path) < 2:
        return False
    if path[1] in ADMITTED:
        return True
    spec = pod["spec"]
    if path[1] == "f:serviceAccountName":
        return bool(spec.get("serviceAccountName") == "default")
    if path[1] == "f:tolerations":
        return all(each.get("key") in TAINTS for each in spec["tolerations"])
    if path[1] == "f:volumes":
        return _only_token(spec.get("volumes"), "name") or (len(path) > 2 and TOKEN[0] in path[2])
    if "f:volumeMounts" in path:
        place = path.index("f:volumeMounts")
        container: Object = next((c for c in spec["containers"] if f'"{c["name"]}"' in path[place - 1]), {})
        return _only_token(container.get("volumeMounts"), "mountPath") or TOKEN[1] in path[place + 1]
    return False


def _only_token(items: list[Object] | None, field: str) -> bool:
    return all(item[field].startswith(TOKEN) for item in items or ())


def _last_report(obj: Object) -> str:
    """Returns the last time that an object's status tells."""
    conditions = obj.get("status", {}).get("conditions") or ()
    fields = ("lastHeartbeatTime", "lastUpdateTime", "lastTransitionTime")
    times = [time for found in conditions for field in fields if (time := found.get(field))]
    return str(max([obj["metadata"]["creationTimestamp"], *times]))
