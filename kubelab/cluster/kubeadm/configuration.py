"""The configuration that kubeadm keeps in the cluster: ConfigMaps kubeadm-config and kubelet-config in kube-system.

Source: cmd/kubeadm/app/util/config/cluster.go, phases/uploadconfig, phases/kubelet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from kubelab.cluster.kinds import ConfigMap
from kubelab.cluster.kubeadm import manifests
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.user import ADMIN

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

KUBEADM, KUBELET = Key("kube-system", "kubeadm-config"), Key("kube-system", "kubelet-config")
SECTIONS = {
    "etcd": ("etcd", "local"),
    "kube-apiserver": ("apiServer",),
    "kube-controller-manager": ("controllerManager",),
    "kube-scheduler": ("scheduler",),
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


def static_pods(cluster: Cluster, node: str, ip: str, release: str) -> dict[str, Object]:
    """Returns a control-plane node's manifests as kubeadm makes them anew, with the configuration's extraArgs."""
    config = read(cluster) or {}
    made = manifests.static_pods(node, ip, release.removeprefix("v"))
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
