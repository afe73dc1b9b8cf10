"""What kubeadm init and join are asked for, by flags or by a file. Source: cmd/kubeadm/app/cmd/{init,join}.go."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from kubelab.cluster.klog import klog
from kubelab.cluster.kubeadm import configuration, manifests
from kubelab.terminal.tools import kubeadm_documents as documents
from kubelab.terminal.tools.kubeadm_call import Call

# What init of this lab is: other values of these would be promises that nothing here keeps.
ONLY = {"service-cidr": manifests.SERVICE_RANGE, "service-dns-domain": "cluster.local"}
NOT_SIMULATED = ("skip-phases", "dry-run", "feature-gates", "patches", "image-repository", "cert-dir", "node-name")
# Fields of a file that say what a flag says.
CLUSTER_FLAGS = {
    "pod-network-cidr": ("networking", "podSubnet"),
    "service-cidr": ("networking", "serviceSubnet"),
    "service-dns-domain": ("networking", "dnsDomain"),
    "control-plane-endpoint": ("controlPlaneEndpoint",),
    "kubernetes-version": ("kubernetesVersion",),
    "feature-gates": ("featureGates",),
    "image-repository": ("imageRepository",),
    "cert-dir": ("certificatesDir",),
}
INIT_FLAGS = {
    "apiserver-advertise-address": ("localAPIEndpoint", "advertiseAddress"),
    "certificate-key": ("certificateKey",),
    "node-name": ("nodeRegistration", "name"),
    "skip-phases": ("skipPhases",),
    "dry-run": ("dryRun",),
    "patches": ("patches", "directory"),
}
JOIN_FLAGS = {
    "token": ("discovery", "bootstrapToken", "token"),
    "discovery-token-ca-cert-hash": ("discovery", "bootstrapToken", "caCertHashes"),
    "discovery-token-unsafe-skip-ca-verification": ("discovery", "bootstrapToken", "unsafeSkipCAVerification"),
    "control-plane": ("controlPlane",),
    "certificate-key": ("controlPlane", "certificateKey"),
    "node-name": ("nodeRegistration", "name"),
}
USUAL = {"image-repository": "registry.k8s.io", "cert-dir": manifests.PKI}  # what says nothing new
MIXABLE = {"config", "certificate-key", "ignore-preflight-errors", "upload-certs", "v", "skip-token-print", "yes"}
HEAD = ("apiVersion", "kind")  # what every document begins with
KUBELET = {"cgroupDriver": "systemd"}  # what a KubeletConfiguration may say, since it is so here anyway


@dataclass(frozen=True)
class Settings:
    """A cluster that is to be made.

    Args:
        config: its ClusterConfiguration.
        endpoint: where clients find the API, without the port.
        shared: it is one address for several control planes.
        proxy: fields of a KubeProxyConfiguration that were asked for.
    """

    config: dict[str, Any]
    endpoint: str
    shared: bool
    proxy: dict[str, Any] = field(default_factory=dict)


def of_init(call: Call) -> Settings:
    """Reads what `kubeadm init` is asked for.

    Raises:
        Exit: it is wrong, or not simulated.
    """
    found = _documents(call)
    asked = found.get("ClusterConfiguration", {})
    call.configured = {**_flags(asked, CLUSTER_FLAGS), **_flags(found.get("InitConfiguration", {}), INIT_FLAGS)}
    _refuse_what_is_not_simulated(call, found)
    given = call.value("control-plane-endpoint")
    pod_range = _checked_range(call, call.value("pod-network-cidr"))
    endpoint, _, port = given.partition(":")
    address = call.record["ip"]
    if endpoint not in ("", address) or port not in ("", "6443"):
        raise call.fail(
            f"KubeLab simulates --control-plane-endpoint with this machine's own address only: {address}:6443"
        )
    made = configuration.defaults(call.release, given and f"{endpoint}:6443", pod_range)
    config = {
        name: {**value, **asked[name]} if isinstance(value, dict) and name in asked else value
        for name, value in made.items()
    }
    proxy = {name: value for name, value in found.get("KubeProxyConfiguration", {}).items() if name not in HEAD}
    return Settings(config, address, bool(given), {**({"clusterCIDR": pod_range} if pod_range else {}), **proxy})


def configure_join(call: Call) -> None:
    """Reads the file of a join, where one is named, as if what it says had been said by flags.

    Raises:
        Exit: it is wrong.
    """
    found = _documents(call).get("JoinConfiguration", {})
    call.configured = _flags(found, JOIN_FLAGS)
    endpoint = _at(found, ("discovery", "bootstrapToken", "apiServerEndpoint"))
    if endpoint:
        call.words = [str(endpoint)]


def _documents(call: Call) -> dict[str, documents.Document]:
    if not call.value("config"):
        return {}
    given = [arg.lstrip("-").partition("=")[0] for arg in call.ctx.args if arg.startswith("--")]
    mixed = sorted(set(given) - MIXABLE)
    if mixed:
        raise call.fail(f"can not mix '--config' with arguments [{' '.join(mixed)}]")
    found = documents.read(call)
    for each in found.values():
        said = documents.strictly(each)
        if said:
            call.ctx.error(f"W{klog(call.ctx.now, f'strict.go:47] {said}', 4127)[1:]}\n")
    return {kind: documents.migrated(each) for kind, each in found.items()}


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _flags(document: documents.Document, paths: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Returns what a document says in place of flags."""
    found = {name: _at(document, path) for name, path in paths.items()}
    return {
        name: "true" if isinstance(value, dict) else ",".join(value) if isinstance(value, list) else str(value)
        for name, value in found.items()
        if value not in (None, "", [], False)
    }


def _refuse_what_is_not_simulated(call: Call, found: dict[str, documents.Document]) -> None:
    for name in NOT_SIMULATED:
        if call.flag(name) and call.value(name) not in (USUAL.get(name), call.node if name == "node-name" else None):
            raise call.fail(f"KubeLab does not simulate kubeadm init --{name}")
    for name, only in ONLY.items():
        if call.value(name, only) != only:
            raise call.fail(f"KubeLab simulates --{name}={only} only")
    if (_at(found.get("ClusterConfiguration"), ("etcd", "external"))) is not None:
        raise call.fail("KubeLab does not simulate an etcd outside of the cluster")
    kubelet = found.get("KubeletConfiguration", {})
    other = [name for name in kubelet if name not in HEAD and KUBELET.get(name) != kubelet[name]]
    if other:
        raise call.fail(f"KubeLab does not simulate kubeadm init with a KubeletConfiguration of {', '.join(other)}")
    address = call.value("apiserver-advertise-address", call.record["ip"])
    if address not in (call.record["ip"], "0.0.0.0"):
        raise call.fail(
            f'couldn\'t use "{address}" as "apiserver-advertise-address": the machine\'s is {call.record["ip"]}'
        )
    wanted = call.value("kubernetes-version", call.release).removeprefix("v")
    if wanted not in (call.release.removeprefix("v"), "stable", f"stable-1.{call.minor}", f"1.{call.minor}"):
        raise call.fail(f"KubeLab simulates --kubernetes-version={call.release} only: the release of this kubeadm")


def _checked_range(call: Call, pod_range: str) -> str:
    if not pod_range:
        return ""
    try:
        network = IPv4Network(pod_range, strict=False)
    except ValueError:
        raise call.fail(f'networking.podSubnet: Invalid value: "{pod_range}": couldn\'t parse subnet') from None
    if network.prefixlen > configuration.NODE_MASK:
        raise call.fail(
            f'networking.podSubnet: Invalid value: "{pod_range}": the size of pod subnet with mask '
            f"{network.prefixlen} is smaller than the size of node subnet with mask {configuration.NODE_MASK}"
        )
    return str(network)
