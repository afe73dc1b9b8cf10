"""The configuration that kubeadm keeps in the cluster: ConfigMaps kubeadm-config and kubelet-config in kube-system.

Source: cmd/kubeadm/app/util/config/cluster.go, phases/uploadconfig, phases/kubelet.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from kubelab.cluster.kinds import ConfigMap
from kubelab.cluster.kubeadm import manifests
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.user import ADMIN

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

KUBEADM, KUBELET = Key("kube-system", "kubeadm-config"), Key("kube-system", "kubelet-config")
NODE_MASK = 24  # of the ranges that nodes get
SECTIONS = {
    "etcd": ("etcd", "local"),
    "kube-apiserver": ("apiServer",),
    "kube-controller-manager": ("controllerManager",),
    "kube-scheduler": ("scheduler",),
}


def defaults(release: str, endpoint: str = "", pod_range: str = "") -> dict[str, Any]:
    """Returns a ClusterConfiguration as kubeadm stores it.

    Args:
        release: such as "v1.36.2".
        endpoint: one address for all API servers, with its port; "" where there is none.
        pod_range: --pod-network-cidr, "" where it was not given.
    """
    networking = {"dnsDomain": "cluster.local", "serviceSubnet": manifests.SERVICE_RANGE}
    return {
        "apiServer": {},
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "certificatesDir": manifests.PKI,
        "clusterName": "kubernetes",
        **({"controlPlaneEndpoint": endpoint} if endpoint else {}),
        "controllerManager": {},
        "dns": {},
        "etcd": {"local": {"dataDir": "/var/lib/etcd"}},
        "imageRepository": "registry.k8s.io",
        "kind": "ClusterConfiguration",
        "kubernetesVersion": release,
        "networking": {**networking, **({"podSubnet": pod_range} if pod_range else {})},
        "scheduler": {},
    }


def read(cluster: Cluster) -> dict[str, Any] | None:
    """Returns the ClusterConfiguration, None where there is none that can be read."""
    found = cluster.store.get(ConfigMap.path(KUBEADM))
    try:
        parsed = yaml.safe_load(((found or {}).get("data") or {}).get("ClusterConfiguration", ""))
    except yaml.YAMLError:
        return None
    return parsed if isinstance(parsed, dict) else None


def upload(cluster: Cluster, release: str) -> None:
    """Writes the version that the cluster was brought to."""
    api = cluster.api.client(ADMIN, "kubeadm")
    found, config = api.get(ConfigMap, KUBEADM), read(cluster)
    if found is not None and config is not None:
        text = yaml.safe_dump({**config, "kubernetesVersion": release})
        api.update(ConfigMap, {**found, "data": {**found["data"], "ClusterConfiguration": text}})


def static_pods(
    config: Mapping[str, Any],
    node: str,
    ip: str,
    release: str,
    members: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Object]:
    """Returns a control-plane node's manifests as a ClusterConfiguration asks for them, with its extraArgs.

    Args:
        members: names and addresses of etcd's members, with this node's, when it joins others.
    """
    pod_range = str((config.get("networking") or {}).get("podSubnet") or "")
    made = manifests.static_pods(node, ip, release.removeprefix("v"), members, pod_range)
    for name, manifest in made.items():
        component = name.removesuffix(".yaml")
        part: Any = config
        for key in SECTIONS[component]:
            part = (part or {}).get(key)
        for flag, value in _extra_args(part or {}):
            _set_flag(manifest["spec"]["containers"][0]["command"], flag, value)
    return made


def _extra_args(part: dict[str, Any]) -> list[tuple[str, str]]:
    args = part.get("extraArgs") or []
    if isinstance(args, dict):  # v1beta3 had a map
        return [(str(name), str(value)) for name, value in args.items()]
    return [(str(each.get("name")), str(each.get("value", ""))) for each in args if isinstance(each, dict)]


def _set_flag(command: list[str], flag: str, value: str) -> None:
    kept = [word for word in command[1:] if word.partition("=")[0] != f"--{flag}"]
    command[1:] = sorted([*kept, f"--{flag}={value}"])
