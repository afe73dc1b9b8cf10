"""The network plug-ins that a cluster may run, as a table: how each wires Pods, joins nodes, and whether it enforces
NetworkPolicies.

Texts may name {range} (a node's Pods), {first} and {gateway} (the range's addresses 0 and 1), {ip} and {other} (the
nodes' own addresses), {own} (the gateway of the node that looks) and {pods} (all Pods).
Sources: flannel-io/flannel (Documentation/backends.md); docs.tigera.io/calico (reference/architecture/data-path;
Calico runs with host-local addresses from podCIDR here); docs.cilium.io (network/concepts/routing).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kubelab.cluster.objects import Object


@dataclass(frozen=True)
class Plugin:
    """One network plug-in in one of its modes.

    Args:
        name: as the CNI configuration has it.
        label: by which its Pods are known.
        daemon: the container that joins a node to the others.
        installers: the init containers that write the CNI configuration, by name.
        config: the CNI configuration's file.
        bridge: the bridge that Pods' cables are plugged into; "" where they end in the node's routing table.
        cable: how the node's ends of the cables are called, before a hash.
        tunnel: the interface that wraps packets for other nodes; "" where they go out as they are.
        wrapping: the outer packet's protocol; `unwrapping` says how the other end knows it.
        remote: the route to another node's Pods; `local`: to this node's, "" where each Pod has one.
        pod_gateway: where a Pod's default route leads.
        on_link: whether a Pod reaches its neighbours without that gateway.
        overhead: bytes that the tunnel takes from the MTU.
        to_local, to_remote: which of its addresses a node sends from to its own, and to other nodes', Pods.
        masquerade: who hides Pods' addresses from the world outside, and by which rule.
        agent: who enforces NetworkPolicies; "" for nobody.
    """

    name: str
    label: tuple[str, str]
    daemon: str
    installers: tuple[str, ...]
    config: str
    bridge: str
    cable: str
    tunnel: str
    wrapping: str
    unwrapping: str
    remote: str
    local: str
    pod_gateway: str
    on_link: bool
    overhead: int
    to_local: str
    to_remote: str
    masquerade: tuple[str, str]
    agent: str = ""
    no_range: str = ""

    def pod_mtu(self) -> int:
        """The MTU of Pods' interfaces."""
        return 1500 - self.overhead


FLANNEL = Plugin(
    name="flannel",
    label=("app", "flannel"),
    daemon="kube-flannel",
    installers=("install-cni",),
    config="10-flannel.conflist",
    bridge="cni0",
    cable="veth",
    tunnel="flannel.1",
    wrapping="VXLAN 8472",
    unwrapping="vxlan id 1 dstport 8472",
    remote="{range} via {first} dev flannel.1 onlink",
    local="{range} dev cni0 proto kernel scope link src {gateway}",
    pod_gateway="{gateway}",
    on_link=True,
    overhead=50,
    to_local="{gateway}",
    to_remote="{first}",
    masquerade=(
        "flanneld",
        '-A FLANNEL-POSTRTG -s {pods} ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" '
        "-j MASQUERADE --random-fully",
    ),
    no_range=(
        "plugin type=\"flannel\" failed (add): failed to load flannel 'subnet.env' file: "
        "open /run/flannel/subnet.env: no such file or directory. Check the flannel pod log for this node."
    ),
)
FLANNEL_HOST_GW = replace(
    FLANNEL,
    tunnel="",
    wrapping="",
    unwrapping="",
    remote="{range} via {other} dev eth0",
    overhead=0,
    to_remote="{ip}",
)
CALICO = Plugin(
    name="calico",
    label=("k8s-app", "calico-node"),
    daemon="calico-node",
    installers=("install-cni",),
    config="10-calico.conflist",
    bridge="",
    cable="cali",
    tunnel="tunl0",
    wrapping="IP-in-IP",
    unwrapping="ipip remote any local any",
    remote="{range} via {other} dev tunl0 proto bird onlink",
    local="",
    pod_gateway="169.254.1.1",
    on_link=False,
    overhead=20,
    to_local="{ip}",
    to_remote="{gateway}",
    masquerade=(
        "calico-node",
        '-A cali-nat-outgoing -m comment --comment "cali:flqWnvo8yq4ULQLa" -m set --match-set cali40masq-ipam-pools '
        "src -m set ! --match-set cali40all-ipam-pools dst -j MASQUERADE --random-fully",
    ),
    agent="calico-node (felix)",
    no_range=(
        'plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the '
        "calico/node container is running and has mounted /var/lib/calico/"
    ),
)
CILIUM = Plugin(
    name="cilium-cni",
    label=("k8s-app", "cilium"),
    daemon="cilium-agent",
    installers=("install-cni-binaries",),
    config="05-cilium.conflist",
    bridge="",
    cable="lxc",
    tunnel="cilium_vxlan",
    wrapping="VXLAN 8472",
    unwrapping="vxlan external dstport 8472",
    remote="{range} via {own} dev cilium_host proto kernel src {own} mtu 1450",
    local="{range} via {gateway} dev cilium_host proto kernel src {gateway}",
    pod_gateway="{gateway}",
    on_link=False,
    overhead=50,
    to_local="{gateway}",
    to_remote="{gateway}",
    masquerade=(
        "cilium-agent",
        '-A CILIUM_POST_nat -s {range} ! -d {pods} ! -o cilium_+ -m comment --comment "cilium masquerade non-cluster" '
        "-j MASQUERADE",
    ),
    agent="cilium-agent (eBPF)",
    no_range=(
        'plugin type="cilium-cni" failed (add): unable to connect to Cilium agent: failed to create cilium agent '
        'client after 30.000000 seconds timeout: Get "http://localhost/v1/config": dial unix '
        "/var/run/cilium/cilium.sock: connect: no such file or directory"
    ),
)

# What a node's record says ("cni") -> the plug-in.
PLUGINS = {
    "flannel": FLANNEL,
    "flannel-host-gw": FLANNEL_HOST_GW,
    "calico": CALICO,
    "cilium": CILIUM,
}
# The value of the label by which its Pods are known -> the label's name, and the plug-in's.
LABELS = {plugin.label[1]: (plugin.label[0], name) for name, plugin in PLUGINS.items() if name != "flannel-host-gw"}


def plugin_of(host: Object) -> Plugin:
    """Returns the plug-in that a node's record names; flannel where it names none."""
    return PLUGINS.get(str(host.get("cni", "flannel")), FLANNEL)
