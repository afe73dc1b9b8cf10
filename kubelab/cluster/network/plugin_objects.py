"""What Calico's and Cilium's agents write to the API as objects of their plug-ins' own kinds.

Calico's: the pool, the settings and the tiers that a new installation has. Cilium's: its nodes, the Pods' endpoints
and identities, and whether a policy is valid. Nothing is written while the kinds are not there.
Source: projectcalico/calico, node/pkg/lifecycle/startup and kube-controllers/pkg/config; cilium/cilium,
pkg/labelsfilter/filter.go, pkg/nodediscovery and operator/policyderivative; docs.cilium.io, network/kubernetes.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from kubelab.cluster.addresses import subnet
from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.cni import HOSTS, LEASES, PREFIX
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import CustomResourceDefinition, Node
from kubelab.cluster.network.attachments import Attachment
from kubelab.cluster.network.calico_policies import GROUP as CALICO
from kubelab.cluster.network.cilium_policies import ACCOUNT, CLUSTER, CLUSTERWIDE, NAMESPACED, REGISTRY
from kubelab.cluster.network.cilium_policies import GROUP as CILIUM
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

POLICIES, SOON = "*policies", "*soon"
ENDPOINTS = REGISTRY + "ciliumendpoints/"
FIRST_IDENTITY, IDENTITIES = 256, 65536 - 256
LEFT_OUT = ("pod-template-hash", "pod-template-generation", "controller-revision-hash")
FOREIGN = ("kubernetes.io", "k8s.io")  # labels of these domains make no identity, but for the two below
TAKEN = ("io.cilium.k8s", "io.kubernetes.pod.namespace", "app.kubernetes.io")
TIERS = (
    ("adminnetworkpolicy", 1000, "Pass"),
    ("default", 1000000, "Deny"),
    ("baselineadminnetworkpolicy", 10000000, "Pass"),
)
CONTROLLERS: Object = {
    "controllers": {
        "loadBalancer": {"assignIPs": "AllServices"},
        "namespace": {"reconcilerPeriod": "5m0s"},
        "node": {"leakGracePeriod": "15m0s", "reconcilerPeriod": "5m0s", "syncLabels": "Enabled"},
        "policy": {"reconcilerPeriod": "5m0s"},
        "serviceAccount": {"reconcilerPeriod": "5m0s"},
        "workloadEndpoint": {"reconcilerPeriod": "5m0s"},
    },
    "etcdV3CompactionPeriod": "10m0s",
    "healthChecks": "Enabled",
    "prometheusMetricsPort": 9094,
}
FELIX: Object = {
    "bpfConnectTimeLoadBalancing": "TCP",
    "bpfHostNetworkedNATWithoutCTLB": "Enabled",
    "floatingIPs": "Disabled",
    "logSeverityScreen": "Info",
    "reportingInterval": "0s",
}
VERSION = "v3.31.2"
NEITHER = "rule must have one of EndpointSelector or NodeSelector"


class PluginObjects(Component):
    """What Calico's and Cilium's agents write as objects of their own kinds; keys are nodes."""

    name = "plugin-objects"
    user = "system:serviceaccount:kube-system:cilium"
    manager = "cilium-agent"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        cluster.store.subscribe(PREFIX, self._network_changed)
        for prefix in (NAMESPACED, CLUSTERWIDE):
            cluster.store.subscribe(prefix, lambda change: self.cluster.agenda.add(self.name, POLICIES))

    def _network_changed(self, change: Change) -> None:
        """An agent that was started anew looks at what there is; Cilium's also when Pods come."""
        key = change.key
        if key.startswith(LEASES):
            node = key[len(LEASES) :]
            if self.cluster.network.plugin(node).name == "cilium-cni":
                self.cluster.agenda.add(self.name, node)
        elif key.startswith(HOSTS):
            before, after = (change.old or {}).get("daemon"), (change.new or {}).get("daemon")
            if after and before != after and "cni" in (change.new or {}):
                self.cluster.agenda.add(self.name, key[len(HOSTS) :])

    def reconcile(self, key: str) -> None:
        """Writes what a node's agent writes, or what the operator says of policies."""
        if key == POLICIES:
            self._judge()
            return
        if key == SOON:
            for node, host in self.cluster.network.attachments.hosts.items():
                if "daemon" in host:
                    self.cluster.agenda.add(self.name, node)
            return
        plugin = self.cluster.network.plugin(key).name
        if plugin == "calico":
            self._write_calico()
        elif plugin == "cilium-cni":
            self._write_node(key)
            for attachment in [each for each in self.cluster.network.attachments.pods.values() if each.node == key]:
                self._write_endpoint(attachment)

    def _put(self, group: str, kind_name: str, plural: str, obj: Object) -> None:
        """Creates an object, or replaces one of another Pod or node; others stay as they are."""
        version = "v1" if group == CALICO else "v2"
        kind = self.cluster.resources.by_resource(group, version, plural)
        if kind is None:
            if self.api.get(CustomResourceDefinition, Key("", f"{plural}.{group}")) is not None:
                self.later(SOON, 1)  # it is not served yet
            return
        key = Key(obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        there = self.api.get(kind, key)
        new = {"apiVersion": f"{group}/{version}", "kind": kind_name, **obj}
        try:
            if there is None:
                self.api.create(kind, new)
            elif there["metadata"].get("ownerReferences") != obj["metadata"].get("ownerReferences"):
                self.api.delete(kind, key)
                self.api.create(kind, new)
        except ApiError:
            self.later(SOON, 5)

    # Calico

    def _write_calico(self) -> None:
        pools = self.store.table(f"/registry/{CALICO}/ippools/").rows
        pool: Object = {
            "allowedUses": ["Workload", "Tunnel"],
            "assignmentMode": "Automatic",
            "blockSize": 26,
            "cidr": str(self.cluster.network.pod_subnet),
            "ipipMode": "Always",
            "natOutgoing": True,
            "nodeSelector": "all()",
            "vxlanMode": "Never",
        }
        if not pools:
            self._put_calico("IPPool", "ippools", "default-ipv4-ippool", pool)
        information: Object = {
            "calicoVersion": VERSION,
            "clusterGUID": sha256(str(self.cluster.network.pod_subnet).encode()).hexdigest()[:32],
            "clusterType": "k8s,bgp,kubeadm,kdd",
            "datastoreReady": True,
        }
        self._put_calico("ClusterInformation", "clusterinformations", "default", information)
        self._put_calico("FelixConfiguration", "felixconfigurations", "default", FELIX)
        self._put_calico("KubeControllersConfiguration", "kubecontrollersconfigurations", "default", CONTROLLERS)
        for name, order, action in TIERS:
            self._put_calico("Tier", "tiers", name, {"defaultAction": action, "order": order})

    def _put_calico(self, kind_name: str, plural: str, name: str, spec: Object) -> None:
        self._put(CALICO, kind_name, plural, {"metadata": {"name": name}, "spec": spec})

    # Cilium

    def _write_node(self, name: str) -> None:
        node = self.api.get(Node, Key("", name))
        host = self.cluster.network.attachments.host(name)
        if node is None or "subnet" not in host:
            return
        own = subnet(host["subnet"])
        spec: Object = {
            "addresses": [{"ip": host["ip"], "type": "InternalIP"}, {"ip": own.at(1), "type": "CiliumInternalIP"}],
            "encryption": {},
            "health": {"ipv4": own.at(own.size - 2)},
            "ingress": {},
            "ipam": {"podCIDRs": [host["subnet"]], "pools": {}},
        }
        owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": node["metadata"]["uid"]}
        labels = dict(node["metadata"].get("labels") or {})
        metadata = {"name": name, "labels": labels, "ownerReferences": [owner]}
        self._put(CILIUM, "CiliumNode", "ciliumnodes", {"metadata": metadata, "spec": spec, "status": {}})

    def _write_endpoint(self, attachment: Attachment) -> None:
        kept = self.store.get(f"{ENDPOINTS}{attachment.namespace}/{attachment.pod}")
        if kept is not None and kept["metadata"]["ownerReferences"][0]["uid"] == attachment.uid:
            return
        peer = self.cluster.network.policies.peer(attachment.ip)
        if peer.pod is None:
            return
        labels = dict(_security(self.cluster.network.policies.cilium.labels(peer)))
        identity = self._identity(attachment.namespace, labels)
        metadata = {
            "name": attachment.pod,
            "namespace": attachment.namespace,
            "labels": dict(peer.pod["metadata"].get("labels") or {}),
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": attachment.pod, "uid": attachment.uid}],
        }
        status: Object = {
            "encryption": {},
            "external-identifiers": {
                "k8s-namespace": attachment.namespace,
                "k8s-pod-name": attachment.pod,
                "pod-name": f"{attachment.namespace}/{attachment.pod}",
            },
            "id": int(sha256(attachment.uid.encode()).hexdigest()[:3], 16) + 1,
            "identity": {"id": identity, "labels": sorted(f"k8s:{name}={value}" for name, value in labels.items())},
            "networking": {
                "addressing": [{"ipv4": attachment.ip}],
                "node": self.cluster.network.attachments.host(attachment.node)["ip"],
            },
            "state": "ready",
        }
        self._put(CILIUM, "CiliumEndpoint", "ciliumendpoints", {"metadata": metadata, "status": status})

    def _identity(self, namespace: str, labels: dict[str, str]) -> int:
        """Returns the number of the identity that has these labels; there is one for each set of labels."""
        wanted = {f"k8s:{name}": value for name, value in sorted(labels.items())}
        rows = self.store.table(REGISTRY + "ciliumidentities/").rows
        number = FIRST_IDENTITY + int(sha256(str(wanted).encode()).hexdigest()[:8], 16) % IDENTITIES
        while True:
            kept = rows.get(f"{REGISTRY}ciliumidentities/{number}")
            if kept is None or kept["security-labels"] == wanted:
                break
            number += 1
        metadata = {"name": str(number), "labels": {**labels, "io.kubernetes.pod.namespace": namespace}}
        self._put(CILIUM, "CiliumIdentity", "ciliumidentities", {"metadata": metadata, "security-labels": wanted})
        return number

    def _judge(self) -> None:
        """Has the operator say of each policy whether it is valid."""
        for prefix, plural in (
            (NAMESPACED, "ciliumnetworkpolicies"),
            (CLUSTERWIDE, "ciliumclusterwidenetworkpolicies"),
        ):
            kind = self.cluster.resources.by_resource(CILIUM, "v2", plural)
            for policy in list(self.store.table(prefix).rows.values()) if kind is not None else ():
                rules = [rule for rule in (policy.get("spec"), *(policy.get("specs") or ())) if rule]
                valid = all(("endpointSelector" in rule) != ("nodeSelector" in rule) for rule in rules)
                told = (policy.get("status") or {}).get("conditions") or [{}]
                if told[0].get("status") == str(valid) or kind is None:
                    continue
                condition: Object = {
                    "lastTransitionTime": self.clock.timestamp(),
                    "message": "Policy validation succeeded" if valid else NEITHER,
                    "status": str(valid),
                    "type": "Valid",
                }
                try:
                    self.api.update_status(kind, {**policy, "status": {"conditions": [condition]}})
                except ApiError:
                    self.later(POLICIES, 1)


def _security(labels: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yields the labels that make an identity."""
    for name, value in labels.items():
        domain = name.partition("/")[0] if "/" in name else ""
        taken = name.startswith(TAKEN) or name in (ACCOUNT, CLUSTER)
        if name not in LEFT_OUT and (taken or not domain.endswith(FOREIGN)):
            yield name, value
