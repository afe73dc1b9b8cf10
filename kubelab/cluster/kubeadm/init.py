"""`kubeadm init` and `kubeadm join`, as far as a preset needs them: from bare machines to a cluster that is ready."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from kubelab.cluster import addons as furnishing
from kubelab.cluster.api import bootstrappolicy
from kubelab.cluster.api.client import Client
from kubelab.cluster.autoscaler import cloud
from kubelab.cluster.clock import rfc3339
from kubelab.cluster.controllers.rootcacertpublisher import AUTHORITY
from kubelab.cluster.kinds import ConfigMap, Endpoints, EndpointSlice, Namespace, PriorityClass, Service
from kubelab.cluster.kubeadm import addons, configuration, images, joining, manifests
from kubelab.cluster.node import host, machinefiles, pki, units
from kubelab.cluster.objects import Object
from kubelab.cluster.presets import Machine, Plan
from kubelab.cluster.user import ADMIN

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
ADDON_DELAY = 5.0  # between the add-ons of a preset, in seconds
JOIN_APART = 10.0  # between two further control planes, one after the other
INIT_TAKES = 30.0  # from the control plane's start to its add-ons, in seconds
JOIN_DELAY = 60.0  # how long after `init` the other nodes join, in seconds
OWN_CONFIG = "/root/.kube/config"
PRIORITIES = (
    (
        "system-node-critical",
        2000001000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
    (
        "system-cluster-critical",
        2000000000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
)


def bootstrap(cluster: Cluster, plan: Plan) -> None:
    """Makes the machines of a preset into a cluster; time passes meanwhile as it would."""
    if not plan.initialized:
        _set_up(cluster, plan.machines)
        return
    first, masters = plan.masters[0], plan.masters
    api = cluster.api.client(ADMIN, "kubeadm")
    pod_range = plan.pod_range
    if pod_range != manifests.POD_RANGE:
        cluster.network.configure(pod_subnet=pod_range, service_subnet=manifests.SERVICE_RANGE)
    config = configuration.defaults(images.release(cluster.version), f"{plan.endpoint}:6443", pod_range)
    begin(cluster, first.ip, plan.endpoint)
    _start(cluster, first, [first], config)
    cluster.advance(min(INIT_TAKES, plan.age / 6))
    finish(cluster, plan.endpoint, config, {} if pod_range == manifests.POD_RANGE else {"clusterCIDR": pod_range})
    for obj in furnishing.network(plan.network, pod_range):
        _create(cluster, api, obj)
    cluster.advance(min(JOIN_DELAY, plan.age / 6))
    for place, machine in enumerate(masters[1:], start=2):
        _start(cluster, machine, masters[:place])
        cluster.advance(JOIN_APART)
    for machine in plan.machines:
        if not machine.control_plane:
            _start(cluster, machine)
    for group in plan.groups:
        cloud.furnish(cluster, group["name"], group["size"], group["machine"])
    if plan.haproxy:
        names = [machine.name for machine in masters]
        cluster.network.place_balancer(plan.haproxy["ip"], plan.haproxy["pool"], names)
    for obj in [*_published(plan), *plan.objects]:
        _create(cluster, api, obj)
    for name in plan.addons:
        cluster.advance(ADDON_DELAY)  # what it brings of kinds is served by then
        for obj in furnishing.objects(name):
            _create(cluster, api, obj)
            cluster.settle()


def _set_up(cluster: Cluster, machines: Iterable[Machine]) -> None:
    """Switches machines on that belong to no cluster; their kubelets look for a configuration in vain."""
    for machine in machines:
        _install(cluster, machine, dict(machine.labels))
        joining.clear(cluster, machine.name)
        units.power_on(cluster, machine.name)


def begin(cluster: Cluster, ip: str, endpoint: str) -> None:
    """Makes the authority, and what an API server makes when it starts for the first time."""
    authority = f"-----BEGIN CERTIFICATE-----\n{cluster.random.hex(64, 'ca.crt')}\n-----END CERTIFICATE-----\n"
    cluster.store.put(f"{AUTHORITY}/ca.crt", {"text": authority, "server": endpoint, "born": cluster.clock.now})
    api = cluster.api.client(ADMIN, "kubeadm")
    _initial_objects(api, ip)
    _publish_authorities(api, authority, cluster.clock.now)
    for kind, obj in bootstrappolicy.policy(cluster.version):
        api.create(kind, obj)


def initialize(cluster: Cluster, node: str, config: Mapping[str, Any], endpoint: str) -> None:
    """Makes a bare machine a control plane: its role, its files, its static Pods; and starts its kubelet.

    Args:
        config: the ClusterConfiguration.
        endpoint: where clients find the API, without a port.
    """
    ip = (cluster.store.get(host.HOSTS + node) or {})["ip"]
    pod_range = (config.get("networking") or {}).get("podSubnet")
    if pod_range:
        cluster.network.configure(pod_subnet=str(pod_range), service_subnet=manifests.SERVICE_RANGE)
    begin(cluster, ip, endpoint)
    joining.take_role(cluster, node)
    joining.write_manifests(cluster, node, {node: ip}, config)
    joining.join(cluster, node)
    machinefiles.of(cluster, node).remove(OWN_CONFIG)  # the administrator copies it, as kubeadm tells


def finish(
    cluster: Cluster, endpoint: str, config: Mapping[str, Any], proxy: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """Stores what later joins read, and applies kubeadm's add-ons, once the API server answers.

    Args:
        proxy: fields of a KubeProxyConfiguration that are other than kubeadm's.
    """
    api = cluster.api.client(ADMIN, "kubeadm")
    _upload_config(api, config)
    for obj in [
        *addons.coredns(cluster.version),
        *addons.kube_proxy(cluster.version, f"{endpoint}:6443", proxy),
        *addons.rbac(),
    ]:
        _create(cluster, api, obj)


def _published(plan: Plan) -> Iterable[Object]:
    for url in plan.published:
        yield from yaml.load_all(furnishing.published(url) or "", getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _create(cluster: Cluster, api: Client, obj: Object) -> None:
    kind = cluster.resources.by_gvk(obj["apiVersion"], obj["kind"])
    if kind is None:
        raise ValueError(f"{obj['apiVersion']} has no {obj['kind']}")
    api.create(kind, obj)


def _initial_objects(api: Client, ip: str) -> None:
    """Makes what the API server makes when it starts for the first time."""
    for name in NAMESPACES:
        api.create(Namespace, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for name, value, description in PRIORITIES:
        api.create(
            PriorityClass,
            {
                "apiVersion": "scheduling.k8s.io/v1",
                "kind": "PriorityClass",
                "metadata": {"name": name},
                "value": value,
                "description": description,
                "preemptionPolicy": "PreemptLowerPriority",
            },
        )
    ports = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}]
    labels = {"component": "apiserver", "provider": "kubernetes"}
    metadata: Object = {"name": "kubernetes", "namespace": "default"}
    spec = {"clusterIP": "10.96.0.1", "ports": ports}
    api.create(
        Service, {"apiVersion": "v1", "kind": "Service", "metadata": {**metadata, "labels": labels}, "spec": spec}
    )
    _api_endpoints(api, ip, metadata)


def _api_endpoints(api: Client, ip: str, metadata: Object) -> None:
    """Makes the endpoints of the Service `kubernetes`, which the API server keeps itself (its reconciler)."""
    port: Object = {"name": "https", "port": 6443, "protocol": "TCP"}
    mirrored = {"endpointslice.kubernetes.io/skip-mirror": "true"}
    api.create(
        Endpoints,
        {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {**metadata, "labels": mirrored},
            "subsets": [{"addresses": [{"ip": ip}], "ports": [port]}],
        },
    )
    api.create(
        EndpointSlice,
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**metadata, "labels": {"kubernetes.io/service-name": "kubernetes"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [ip], "conditions": {"ready": True}}],
            "ports": [port],
        },
    )


def _start(
    cluster: Cluster, machine: Machine, masters: Sequence[Machine] = (), config: Mapping[str, Any] | None = None
) -> None:
    """Brings a machine to life with what its role needs on its disk.

    Args:
        masters: the control planes that there are with this one.
        config: the ClusterConfiguration, before the cluster keeps it.
    """
    if machine.control_plane:
        taints = joining.ROLE_TAINTS if machine.tainted else []
        _install(cluster, machine, {**machine.labels, **joining.ROLE_LABELS}, taints)
        joining.write_manifests(cluster, machine.name, {each.name: each.ip for each in masters}, config)
    else:
        _install(cluster, machine, dict(machine.labels))
    host.power_on(cluster, machine.name)


def _install(cluster: Cluster, machine: Machine, labels: dict[str, str], taints: Sequence[Object] = ()) -> None:
    host.install(
        cluster,
        machine.name,
        ip=machine.ip,
        cpus=machine.cpus,
        memory_mib=machine.memory_mib,
        disk_gib=machine.disk_gib,
        labels=labels,
        taints=taints,
        annotations=machine.annotations,
        os=machine.os,
    )


def _publish_authorities(api: Client, authority: str, now: float) -> None:
    """Makes the ConfigMaps in which the API server tells whom it trusts, and since when it notes tokens' last use.

    Source: pkg/controlplane/controller/{clusterauthenticationtrust,legacytokentracking}.
    """
    trust = {
        "client-ca-file": authority,
        "requestheader-allowed-names": '["front-proxy-client"]',
        "requestheader-client-ca-file": pki.front_proxy_authority(now),
        "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
        "requestheader-group-headers": '["X-Remote-Group"]',
        "requestheader-username-headers": '["X-Remote-User"]',
    }
    since = {"since": rfc3339(now)[:10]}
    for name, data in (
        ("extension-apiserver-authentication", trust),
        ("kube-apiserver-legacy-service-account-token-tracking", since),
    ):
        metadata = {"name": name, "namespace": "kube-system"}
        api.create(ConfigMap, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def _upload_config(api: Client, config: Mapping[str, Any]) -> None:
    """Stores what later joins and upgrades read (phase upload-config, kubelet-config, bootstrap-token)."""
    kubelet = yaml.safe_dump(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "cgroupDriver": "systemd",
            "clusterDNS": [addons.DNS_IP],
            "clusterDomain": "cluster.local",
            "kind": "KubeletConfiguration",
            "rotateCertificates": True,
            "staticPodPath": manifests.DIRECTORY,
        }
    )
    for name, data in (
        ("kubeadm-config", {"ClusterConfiguration": yaml.safe_dump(dict(config))}),
        ("kubelet-config", {"kubelet": kubelet}),
    ):
        metadata = {"name": name, "namespace": "kube-system"}
        api.create(ConfigMap, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
