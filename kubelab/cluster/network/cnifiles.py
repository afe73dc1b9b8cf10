"""The files that a network plug-in puts on a node: its CNI configuration, its executables, flanneld's subnet.env.

The container runtime takes the first configuration in the directory; while there is none the node is not ready.
Source: containerd, internal/cri/server/cni_conf_syncer.go; flannel-io/flannel, pkg/subnet/subnet.go; projectcalico,
cni-plugin/pkg/install; cilium, plugins/cilium-cni/install.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from kubelab.cluster.addresses import subnet
from kubelab.cluster.cni import BINARIES, DIRECTORY
from kubelab.cluster.files import FileSystem
from kubelab.cluster.layers import Layer
from kubelab.cluster.network.plugins import plugin_of
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

SUBNET = "/run/flannel/subnet.env"
TREE = "node-"  # before a node's name, in the names of the disks' trees
ENDINGS = (".conf", ".conflist", ".json")
EXECUTABLES = {"flannel": ("flannel",), "calico": ("calico", "calico-ipam"), "cilium-cni": ("cilium-cni",)}
PORTMAP: Object = {"type": "portmap", "snat": True, "capabilities": {"portMappings": True}}
CONFIGURATIONS: dict[str, Object] = {
    "flannel": {
        "name": "cbr0",
        "cniVersion": "0.3.1",
        "plugins": [
            {"type": "flannel", "delegate": {"hairpinMode": True, "isDefaultGateway": True}},
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    },
    "calico": {
        "name": "k8s-pod-network",
        "cniVersion": "0.3.1",
        "plugins": [
            {
                "type": "calico",
                "log_level": "info",
                "log_file_path": "/var/log/calico/cni/cni.log",
                "datastore_type": "kubernetes",
                "mtu": 0,
                "ipam": {"type": "calico-ipam"},
                "policy": {"type": "k8s"},
                "kubernetes": {"kubeconfig": f"{DIRECTORY}/calico-kubeconfig"},
            },
            PORTMAP,
            {"type": "bandwidth", "capabilities": {"bandwidth": True}},
        ],
    },
    "cilium-cni": {
        "cniVersion": "0.3.1",
        "name": "cilium",
        "plugins": [{"type": "cilium-cni", "enable-debug": False, "log-file": "/var/run/cilium/cilium-cni.log"}],
    },
}


def layer_of(host: Object, pods: str) -> Layer:
    """Returns the plug-in's files on a machine.

    Args:
        host: the machine on the network (network/attachments.py).
        pods: the range of all Pods.
    """
    return _layer(str(host.get("cni", "")), str(host.get("subnet", "")), pods)


@lru_cache(maxsize=256)
def _layer(cni: str, pod_range: str, pods: str) -> Layer:
    if not cni:
        return Layer({})
    plugin = plugin_of({"cni": cni})
    files: dict[str, str | bytes | Object] = {
        f"{DIRECTORY}/{plugin.config}": json.dumps(CONFIGURATIONS[plugin.name], indent=2) + "\n",
        **{
            f"{BINARIES}/{name}": {"type": "file", "text": f"\x7fELF {name}\n", "mode": 0o755}
            for name in EXECUTABLES[plugin.name]
        },
    }
    if plugin.name == "calico":
        files[f"{DIRECTORY}/calico-kubeconfig"] = "# Kubeconfig file for Calico CNI plugin.\n"
    if plugin.name == "flannel" and pod_range:
        own = subnet(pod_range)
        files[SUBNET] = (
            f"FLANNEL_NETWORK={pods}\nFLANNEL_SUBNET={own.at(1)}/{own.bits}\nFLANNEL_MTU={plugin.pod_mtu()}\n"
            "FLANNEL_IPMASQ=true\n"
        )
    return Layer(files)


def disk_of(cluster: Cluster, node: str) -> FileSystem:
    """Returns a node's disk, as the plug-in's containers have it mounted."""
    files = FileSystem(TREE + node, cluster.store, lambda: cluster.clock.now)
    files.tree = cluster.disk(node)
    return files


def is_configured(files: FileSystem) -> bool:
    """Tells whether the container runtime finds a configuration on a node's disk."""
    return files.is_dir(DIRECTORY) and any(name.endswith(ENDINGS) for name in files.listdir(DIRECTORY))


def put_back(files: FileSystem, host: Object, pods: str) -> None:
    """Writes the configuration that somebody took away, as the plug-in's init container does when it runs again."""
    path = f"{DIRECTORY}/{plugin_of(host).config}"
    if not files.exists(path):
        entry = layer_of(host, pods).entries[path]
        files.mkdir(DIRECTORY, parents=True)
        files.write(path, str(entry["text"]))
