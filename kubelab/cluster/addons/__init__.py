"""Manifests of what clusters are commonly furnished with, as their projects publish them, in our own words.

A preset names those that it brings along; learners find them where the projects put them (`kubectl apply -f https://...`).
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import yaml

from kubelab.cluster.addresses import POD_SUBNET
from kubelab.cluster.objects import Object
from kubelab.cluster.storage import manifests as storage

RAW = r"raw\.githubusercontent\.com"
AWS = "cluster-autoscaler/cloudprovider/aws/examples"
# Where the projects publish them, whatever the release -> the file here.
PUBLISHED = {
    f"{RAW}/metallb/metallb/[^/]+/config/manifests/metallb-(native|frr)\\.yaml": "metallb",
    r"github\.com/kubernetes-sigs/metrics-server/releases/(latest/download|download/[^/]+)/components\.yaml": (
        "metrics-server"
    ),
    f"{RAW}/kubernetes/ingress-nginx/[^/]+/deploy/static/provider/cloud/deploy\\.yaml": "ingress-nginx",
    f"{RAW}/kubernetes/ingress-nginx/[^/]+/deploy/static/provider/baremetal/deploy\\.yaml": "ingress-nginx-baremetal",
    r"github\.com/kubernetes-sigs/gateway-api/releases/download/[^/]+/standard-install\.yaml": "gateway-api",
    f"{RAW}/nginx/nginx-gateway-fabric/[^/]+/deploy/default/deploy\\.yaml": "nginx-gateway",
    f"{RAW}/projectcalico/calico/[^/]+/manifests/calico\\.yaml": "calico",
    r"github\.com/flannel-io/flannel/releases/(latest/download|download/[^/]+)/kube-flannel\.yml": "kube-flannel",
    f"{RAW}/flannel-io/flannel/[^/]+/Documentation/kube-flannel\\.yml": "kube-flannel",
    f"{RAW}/kubernetes/autoscaler/[^/]+/{AWS}/cluster-autoscaler-(one|multi)-asg\\.yaml": "cluster-autoscaler",
}
RESOLUTION = "        - --metric-resolution=15s\n"
# Add-ons as one sets them up after all: of which file, and which line has which after it.
VARIANTS = {"metrics-server-insecure": ("metrics-server", RESOLUTION, "        - --kubelet-insecure-tls\n")}


def names() -> list[str]:
    """Returns the names of all add-ons."""
    found = (path.name for path in files(__package__).iterdir())
    return sorted([*(name.removesuffix(".yaml") for name in found if name.endswith(".yaml")), *VARIANTS])


@cache
def text(name: str) -> str:
    """Returns an add-on's manifest as YAML."""
    if name in VARIANTS:
        of, line, more = VARIANTS[name]
        return text(of).replace(line, line + more)
    return (files(__package__) / f"{name}.yaml").read_text()


@cache
def objects(name: str) -> list[Object]:
    """Returns an add-on's objects, in the order of its manifest."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [found for found in yaml.load_all(text(name), loader) if found]


def network(plugin: str, pod_range: str = POD_SUBNET) -> list[Object]:
    """Returns the objects of a network plug-in: "flannel", "calico" or "cilium"; none for "none".

    Args:
        pod_range: the network that its administrator wrote into its configuration.
    """
    if plugin == "none":
        return []
    name = {"flannel": "kube-flannel"}.get(plugin, plugin)
    if pod_range == POD_SUBNET:
        return objects(name)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [found for found in yaml.load_all(text(name).replace(POD_SUBNET, pod_range), loader) if found]


def published(url: str) -> str | None:
    """Returns the manifest that is published at an address, by these projects or by those of storage drivers."""
    address = url.partition("://")[2]
    for pattern, name in PUBLISHED.items():
        if re.fullmatch(pattern, address):
            return text(name) if name in names() else None
    return storage.published(url)
