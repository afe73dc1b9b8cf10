"""The add-ons: CoreDNS and kube-proxy as kubeadm applies them, and flannel as its project publishes it.

Their manifests are the YAML files beside this one, with @names@ where something is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from kubelab.cluster.kubeadm import images
from kubelab.cluster.objects import Object

DNS_IP = "10.96.0.10"
NAMED_PROBES = "1.34"  # the first version whose CoreDNS is probed on named ports
PROBE_PORTS = {"livenessProbe": 8080, "readinessProbe": 8181}


def coredns(version: str) -> list[Object]:
    """Returns CoreDNS's objects."""
    objects = _manifests("coredns", image=images.coredns(version))
    return objects if version >= NAMED_PROBES else [_with_plain_probes(found) for found in objects]


def kube_proxy(version: str, endpoint: str, settings: Mapping[str, Any] = MappingProxyType({})) -> list[Object]:
    """Returns kube-proxy's objects.

    Args:
        endpoint: where the API server is reached, host and port.
        settings: fields of its configuration that are other than kubeadm's.
    """
    made = _manifests("kube-proxy", image=images.image("kube-proxy", version), endpoint=endpoint)
    return [_with_settings(obj, settings) if obj["kind"] == "ConfigMap" else obj for obj in made] if settings else made


def _with_settings(config_map: Object, settings: Mapping[str, Any]) -> Object:
    data = config_map["data"]
    config = {**yaml.safe_load(data["config.conf"]), **settings}
    return {**config_map, "data": {**data, "config.conf": yaml.safe_dump(config)}}


def rbac() -> list[Object]:
    """Returns the roles and bindings with which administrators work and nodes join."""
    return _manifests("rbac")


@cache
def _manifests(name: str, **filled_in: str) -> list[Object]:
    text = (files(__package__) / f"{name}.yaml").read_text()
    for field, value in filled_in.items():
        text = text.replace(f"@{field}@", value)
    return list(yaml.load_all(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def _with_plain_probes(obj: Object) -> Object:
    """Returns CoreDNS's Deployment as it was before its probes' ports had names; other objects as they are."""
    if obj["kind"] != "Deployment":
        return obj
    template = obj["spec"]["template"]
    container = dict(template["spec"]["containers"][0])
    container["ports"] = [port for port in container["ports"] if port["containerPort"] not in PROBE_PORTS.values()]
    for probe, port in PROBE_PORTS.items():
        container[probe] = {**container[probe], "httpGet": {**container[probe]["httpGet"], "port": port}}
    spec = {**template["spec"], "containers": [container]}
    return {**obj, "spec": {**obj["spec"], "template": {**template, "spec": spec}}}
