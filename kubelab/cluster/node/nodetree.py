"""A node's root tree: its disk, and the directories that tell of what its kubelet and its runtime do just now.

/var/lib/kubelet/pods, /var/log/pods, /var/log/containers, and /proc follow from the cluster's state; a
volume below a Pod's directory is the volume itself, so that a file written there is seen in the Pod.
Source: pkg/kubelet/kubelet_getters.go; kubernetes.io, concepts/cluster-administration/logging; proc(5).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.layers import Layer, Tree
from kubelab.cluster.node import cri, disk, logs, proc, volumes
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.machinefiles import tree_name
from kubelab.cluster.node.volume_specs import BLOCK, VolumeError, spec_of
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

PODS, LOGS, LINKS = "/var/lib/kubelet/pods", "/var/log/pods", "/var/log/containers"
DIRECTORY: Object = {"type": "dir", "mode": 0o755}
CSI = "kubernetes.io~csi"  # its volumes lie one directory deeper, in "mount"
KINDS = {
    "configMap": "kubernetes.io~configmap",
    "csi": CSI,
    "downwardAPI": "kubernetes.io~downward-api",
    "emptyDir": "kubernetes.io~empty-dir",
    "local": "kubernetes.io~local-volume",
    "nfs": "kubernetes.io~nfs",
    "projected": "kubernetes.io~projected",
    "secret": "kubernetes.io~secret",
}


class Place(NamedTuple):
    """Where something of a computed directory really is."""

    tree: Tree
    inner: str


def disk_of(cluster: Cluster, node: str) -> NodeTree:
    """Returns what is on a machine's disk, with what kubelet and runtime show there."""
    return NodeTree(tree_name(node), cluster, node, disk.layer_of(cluster, node))


class NodeTree(Tree):
    """The root tree of a node.

    Args:
        name: of the tree, as the store keeps it.
        node: the machine's name.
    """

    def __init__(self, name: str, cluster: Cluster, node: str, base: Layer) -> None:
        super().__init__(name, cluster.store, base)
        self._cluster = cluster
        self._node = node

    def get(self, path: str) -> Object | None:
        """Returns the entry at `path`, or None."""
        place = self._place(path)
        if place is not None:
            return place.tree.get(place.inner or "/") or (DIRECTORY if not place.inner else None)
        return self._computed(path) or super().get(path)

    def names(self, path: str) -> list[str]:
        """Returns the names in a directory, sorted by code points."""
        place = self._place(path)
        if place is not None:
            return place.tree.names(place.inner or "/")
        found = self._listing(path)
        return sorted({*found, *super().names(path)}) if found is not None else super().names(path)

    def put(self, path: str, entry: Object) -> None:
        """Stores an entry; its parent is known to be a directory."""
        place = self._place(path)
        if place is not None:
            place.tree.put(place.inner, entry)
        else:
            super().put(path, entry)

    def drop(self, path: str) -> None:
        """Removes an entry that has nothing below it."""
        place = self._place(path)
        if place is not None:
            place.tree.drop(place.inner)
        else:
            super().drop(path)

    def append(self, path: str, text: str) -> None:
        """Adds to the end of a file that is there."""
        place = self._place(path)
        if place is not None:
            place.tree.append(place.inner, text)
            place.tree.flush()
        else:
            super().append(path, text)

    # what is computed

    def _computed(self, path: str) -> Object | None:
        if path.startswith(PODS + "/"):
            return self._pod_entry(path[len(PODS) + 1 :].split("/"))
        if path.startswith((LOGS + "/", LINKS + "/")):
            return self._log_entry(path)
        if path.startswith(proc.ROOT):
            return proc.entry(self._cluster, self._node, path)
        return None

    def _listing(self, path: str) -> list[str] | None:
        if path == PODS:
            return [sandbox.record["uid"] for sandbox in self._sandboxes()]
        if path.startswith(PODS + "/"):
            return self._pod_names(path[len(PODS) + 1 :].split("/"))
        if path.startswith(LOGS) or path == LINKS:
            return self._log_names(path)
        if path.startswith(proc.ROOT) or path == "/proc":
            return proc.names(self._cluster, self._node, path)
        return None

    def _sandboxes(self) -> list[cri.Sandbox]:
        return cri.sandboxes(self._cluster, self._node)

    def _views(self, uid: str) -> list[Container]:
        views = [view for sandbox, view in cri.containers(self._cluster, self._node) if sandbox.record["uid"] == uid]
        latest = {view.name: view for view in reversed(views)}
        return list(reversed(latest.values()))

    # /var/lib/kubelet/pods/<uid>

    def _place(self, path: str) -> Place | None:
        """Finds the volume that a path leads into; None where it leads into none."""
        if not path.startswith(PODS + "/"):
            return None
        uid, *rest = path[len(PODS) + 1 :].split("/", 4)
        if len(rest) < 3 or rest[0] != "volumes":
            return None
        views = self._views(uid)
        found = self._volumes(uid).get(rest[1], {}).get(rest[2])
        if not views or found is None or "hostPath" in found:
            return None
        if rest[1] == CSI:
            inner, _, deeper = (rest[3] if rest[3:] else "").partition("/")
            if inner != "mount":
                return None
            rest[3:] = [deeper] if deeper else []
        files, below, _fixed = volumes.files_of(views[0], found)
        tail = "/" + "/".join(rest[3:]) if rest[3:] else ""
        return Place(files.tree, below + tail)

    def mounted_volumes(self) -> Iterator[tuple[str, Container, Object]]:
        """Yields the directory of each volume of the node's Pods, a container that sees it, and the volume."""
        for sandbox in self._sandboxes():
            uid = sandbox.record["uid"]
            views = self._views(uid)
            for plugin, found in self._volumes(uid).items() if views else ():
                for name, volume in found.items():
                    below = "/mount" if plugin == CSI else ""
                    yield f"{PODS}/{uid}/volumes/{plugin}/{name}{below}", views[0], volume

    def _volumes(self, uid: str) -> dict[str, dict[str, Object]]:
        """Returns a Pod's volumes by plug-in and directory."""
        sandbox = next((found for found in self._sandboxes() if found.record["uid"] == uid), None)
        found: dict[str, dict[str, Object]] = {}
        for volume in (sandbox.pod["spec"].get("volumes") or ()) if sandbox else ():
            kind, name = self._kind_of(sandbox, volume) if sandbox else ("", "")
            if kind in KINDS:
                found.setdefault(KINDS[kind], {})[name] = volume
        return found

    def _kind_of(self, sandbox: cri.Sandbox, volume: Object) -> tuple[str, str]:
        """Returns the plug-in of a Pod's volume, and the name of its directory: its own or its PersistentVolume's."""
        if "persistentVolumeClaim" not in volume and "ephemeral" not in volume:
            return next((name for name in volume if name in KINDS), ""), volume["name"]
        views = self._views(sandbox.record["uid"])
        try:
            spec = spec_of(views[0].node.api, sandbox.pod, volume, mounted=True) if views else None
        except VolumeError:
            return "", ""
        return (spec.plugin, spec.name) if spec is not None and spec.mode != BLOCK else ("", "")

    def _pod_names(self, parts: list[str]) -> list[str] | None:
        views = self._views(parts[0])
        if not views:
            return None
        kinds = self._volumes(parts[0])
        if len(parts) == 1:
            return ["containers", "etc-hosts", "plugins", "volumes"]
        if parts[1] == "containers":
            return [view.name for view in views] if len(parts) == 2 else [views[0].id[:8]] if len(parts) == 3 else []
        if parts[1] == "volumes":
            if len(parts) == 4:
                return ["mount", "vol_data.json"] if parts[2] == CSI and parts[3] in kinds.get(CSI, ()) else []
            return list(kinds) if len(parts) == 2 else list(kinds.get(parts[2], ()))
        if parts[1] == "plugins" and "kubernetes.io~empty-dir" in kinds:
            made = ["kubernetes.io~empty-dir"], list(kinds["kubernetes.io~empty-dir"]), ["ready"]
            return made[len(parts) - 2] if len(parts) < 5 else []
        return []

    def _pod_entry(self, parts: list[str]) -> Object | None:
        views = self._views(parts[0])
        if not views:
            return None
        if len(parts) == 1:
            return {"type": "dir", "mode": 0o750}
        if parts[1] == "etc-hosts":
            view = views[0]
            own = view.files.read("/etc/hosts")
            return {"type": "file", "text": own, "mode": 0o644} if len(parts) == 2 else None
        above = self._pod_names(parts[:-1])
        if above is None or parts[-1] not in above:
            return None
        if (parts[1] == "containers" and len(parts) == 4) or (parts[1] == "plugins" and len(parts) == 5):
            return {"type": "file", "text": "", "mode": 0o666 if parts[1] == "containers" else 0o640}
        if parts[-1] == "vol_data.json":
            return self._driver_data(parts)
        return {"type": "dir", "mode": 0o750}

    def _driver_data(self, parts: list[str]) -> Object | None:
        """Returns the file in which the kubelet notes what it has mounted of a CSI driver."""
        volume = self._cluster.store.get(f"/registry/persistentvolumes/{parts[3]}")
        if volume is None:
            return None
        source = volume["spec"]["csi"]
        known = {"driverName": source["driver"], "specVolID": parts[3], "volumeHandle": source["volumeHandle"],
                 "volumeLifecycleMode": "Persistent"}  # fmt: skip
        return {"type": "file", "text": json.dumps(known, separators=(",", ":")), "mode": 0o644}

    # logs

    def _log_directories(self) -> Mapping[str, list[Container]]:
        found: dict[str, list[Container]] = {}
        for sandbox, view in cri.containers(self._cluster, self._node):
            name = f"{sandbox.namespace}_{sandbox.name}_{sandbox.record['uid']}"
            found.setdefault(name, []).append(view)
        return found

    def _log_names(self, path: str) -> list[str] | None:
        directories = self._log_directories()
        if path == LINKS:
            return [_link_name(view) for views in directories.values() for view in views]
        parts = path[len(LOGS) :].strip("/").split("/")
        if parts == [""]:
            return list(directories)
        views = directories.get(parts[0])
        if views is None:
            return None
        if len(parts) == 1:
            return list(dict.fromkeys(view.name for view in views))
        return [f"{view.attempt}.log" for view in views if view.name == parts[1]] if len(parts) == 2 else None

    def _log_entry(self, path: str) -> Object | None:
        directories = self._log_directories()
        if path.startswith(LINKS + "/"):
            for name, views in directories.items():
                for view in views:
                    if _link_name(view) == path[len(LINKS) + 1 :]:
                        return {"type": "link", "target": f"{LOGS}/{name}/{view.name}/{view.attempt}.log"}
            return None
        parts = path[len(LOGS) + 1 :].split("/")
        views = directories.get(parts[0], [])
        if len(parts) < 3:
            known = [view.name for view in views]
            return DIRECTORY if views and (len(parts) == 1 or parts[1] in known) else None
        for view in views:
            if view.name == parts[1] and parts[2] == f"{view.attempt}.log" and len(parts) == 3:
                return {"type": "file", "text": logs.as_written(view), "mode": 0o640}
        return None


def _link_name(view: Container) -> str:
    return f"{view.pod['metadata']['name']}_{view.namespace}_{view.name}-{view.id}.log"
