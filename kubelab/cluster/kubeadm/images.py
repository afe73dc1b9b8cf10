"""Which images kubeadm of each minor version runs (kubeadm config images list)."""

from __future__ import annotations

from kubelab.cluster.node.versions import kubelet_of

COREDNS = {31: "v1.11.3", 32: "v1.11.3", 33: "v1.12.0", 34: "v1.12.1", 35: "v1.13.1", 36: "v1.14.2", 37: "v1.14.6"}
ETCD = {31: "3.5.24-0", 32: "3.5.24-0", 33: "3.5.24-0", 34: "3.6.5-0", 35: "3.6.6-0", 36: "3.6.8-0", 37: "3.7.0-0"}
PAUSE = {31: "3.10", 32: "3.10", 33: "3.10", 34: "3.10.1", 35: "3.10.1", 36: "3.10.2", 37: "3.10.2"}


def release(version: str) -> str:
    """Returns the full version of a minor one: "v1.36.2"."""
    return kubelet_of(version).version


def image(component: str, version: str) -> str:
    """Returns the image of a control-plane component or of kube-proxy."""
    return f"registry.k8s.io/{component}:{release(version)}"


def coredns(version: str) -> str:
    """Returns CoreDNS's image."""
    return f"registry.k8s.io/coredns/coredns:{COREDNS[int(version.split('.')[1])]}"


def etcd(version: str) -> str:
    """Returns etcd's image."""
    return f"registry.k8s.io/etcd:{ETCD[int(version.split('.')[1])]}"
