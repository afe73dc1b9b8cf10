"""What `kubeadm upgrade` does to a cluster: manifests replaced one by one, add-ons, and the policy of versions.

Source: cmd/kubeadm/app/phases/upgrade/{staticpods,policy,postupgrade}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from kubelab.cluster.kinds import DaemonSet, Deployment, Node, Pod
from kubelab.cluster.kubeadm import addons, configuration, manifests
from kubelab.cluster.node import disk, host, machinefiles, pki
from kubelab.cluster.objects import Key, annotations_of
from kubelab.cluster.user import ADMIN

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
# What each component's upgrade renews, as kubeadm names them, and the files.
RENEWED = {
    "etcd": {
        "etcd-server": "etcd/server", "etcd-peer": "etcd/peer", "etcd-healthcheck-client": "etcd/healthcheck-client",
    },
    "kube-apiserver": {
        "apiserver": "apiserver", "apiserver-kubelet-client": "apiserver-kubelet-client",
        "front-proxy-client": "front-proxy-client", "apiserver-etcd-client": "apiserver-etcd-client",
    },
    "kube-controller-manager": {"controller-manager.conf": "controller-manager.conf"},
    "kube-scheduler": {"scheduler.conf": "scheduler.conf"},
}  # fmt: skip
TEMPORARY = "/etc/kubernetes/tmp"
SKEW = 3  # minor versions that a kubelet may be older
HASH = "kubernetes.io/config.hash"


def minor_of(release: str) -> int:
    """Returns the minor version of a release such as "v1.36.2"."""
    return int(release.split(".")[1])


def number_of(release: str) -> tuple[int, ...]:
    """Returns a release as numbers that can be compared."""
    return tuple(int(part) for part in release.removeprefix("v").split("."))


def policy_errors(cluster: Cluster, wanted: str, current: str, kubeadm: str) -> tuple[list[str], list[str]]:
    """Returns what speaks against a version: errors that nothing overcomes, and those that --force does."""
    mandatory: list[str] = []
    skippable: list[str] = []
    to, now, own = minor_of(wanted), minor_of(current), minor_of(kubeadm)
    named = f'Specified version to upgrade to "{wanted}"'
    if to > now + 1:
        mandatory.append(f"{named} is too high; kubeadm can upgrade only 1 minor version at a time")
    if to < now - 1:
        named_down = f'Specified version to downgrade to "{wanted}"'
        mandatory.append(f"{named_down} is too low; kubeadm can downgrade only 1 minor version at a time")
    if number_of(kubeadm) < number_of(wanted):
        if to > own:
            mandatory.append(
                f"{named} is at least one minor release higher than the kubeadm minor release ({to} > {own}). "
                "Such an upgrade is not supported"
            )
        else:
            skippable.append(
                f'{named} is higher than the kubeadm version "{kubeadm}". Upgrade kubeadm first using the tool you '
                "used to install kubeadm"
            )
    if own > to:
        skippable.append(f"Kubeadm version {kubeadm} can only be used to upgrade to Kubernetes version 1.{own}")
    old = sorted({version for version in kubelets(cluster).values() if to > minor_of(version) + SKEW})
    if old:
        versions = " ".join(old)
        skippable.append(f"There are kubelets in this cluster that are too old that have these versions [{versions}]")
    return mandatory, skippable


def kubelets(cluster: Cluster) -> dict[str, str]:
    """Returns each node's kubelet version as the API knows it."""
    nodes = cluster.api.client(ADMIN, "kubeadm").list(Node)
    return {node["metadata"]["name"]: node["status"]["nodeInfo"]["kubeletVersion"] for node in nodes}


def control_planes(cluster: Cluster) -> list[str]:
    """Returns the control-plane nodes that the API knows, by name."""
    nodes = cluster.api.client(ADMIN, "kubeadm").list(Node)
    labelled = (node for node in nodes if disk.CONTROL_PLANE in (node["metadata"].get("labels") or {}))
    return [node["metadata"]["name"] for node in labelled]


def is_ready(cluster: Cluster, node: str) -> bool:
    """Tells whether a node is ready."""
    found = cluster.store.get(Node.path(Key("", node))) or {}
    conditions = (found.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def mirror_hash(cluster: Cluster, node: str, component: str) -> str:
    """Returns by which manifest a component's mirror Pod was made, "" where there is none or it does not run."""
    pod = cluster.store.get(Pod.path(Key("kube-system", f"{component}-{node}")))
    if pod is None or (pod.get("status") or {}).get("phase") != "Running":
        return ""
    return annotations_of(pod).get(HASH, "")


def image_of(cluster: Cluster, node: str, component: str) -> str:
    """Returns the tag of the image that a component's mirror Pod names."""
    pod = cluster.store.get(Pod.path(Key("kube-system", f"{component}-{node}")))
    return pod["spec"]["containers"][0]["image"].rpartition(":")[2] if pod else ""


def replace_manifest(cluster: Cluster, node: str, component: str, release: str, backup: str) -> bool:
    """Moves a component's new manifest into place and keeps the old one; returns False where they are the same."""
    files = machinefiles.of(cluster, node)
    record = cluster.store.get(host.HOSTS + node) or {}
    made = configuration.static_pods(configuration.read(cluster) or {}, node, record["ip"], release)[
        f"{component}.yaml"
    ]
    path, text = f"{manifests.DIRECTORY}/{component}.yaml", yaml.safe_dump(made, sort_keys=True)
    before = files.read(path) if files.is_file(path) else ""
    if before == text:
        return False
    files.mkdir(backup, 0o700, parents=True)
    files.write(f"{backup}/{component}.yaml", before, 0o600)
    files.write(path, text)
    return True


def roll_back(cluster: Cluster, node: str, components: list[str], backup: str) -> None:
    """Puts the old manifests back."""
    files = machinefiles.of(cluster, node)
    for component in components:
        kept = f"{backup}/{component}.yaml"
        if files.is_file(kept):
            files.write(f"{manifests.DIRECTORY}/{component}.yaml", files.read(kept))
            files.remove(kept)


def renew(cluster: Cluster, node: str, name: str, since: float | None = None) -> None:
    """Makes a certificate, or the one in a kubeconfig, valid for another year, from now or since another time."""
    files, now = machinefiles.of(cluster, node), cluster.clock.now if since is None else since
    if name.endswith(".conf"):
        authority = cluster.store.get("/machine/authority/ca.crt") or {}
        text = pki.issue_kubeconfig(node, name, str(authority["server"]), str(authority["text"]), now)
        files.write(f"/etc/kubernetes/{name}", text, 0o600)
    else:
        files.write(f"{pki.PKI}/{name}.crt", pki.issue(node, name, now))


def behind(cluster: Cluster, node: str, release: str) -> list[str]:
    """Returns the other control planes whose API servers are not of a release yet."""
    records = cluster.store.items(host.HOSTS)
    others = [key.removeprefix(host.HOSTS) for key, record in records if disk.is_control_plane(record)]
    tags = {other: image_of(cluster, other, "kube-apiserver") for other in others if other != node}
    return [other for other, tag in tags.items() if tag and tag != release]


def apply_addons(cluster: Cluster, release: str) -> None:
    """Brings CoreDNS and kube-proxy to a release; what the cluster's owner changed in their ConfigMaps stays."""
    api = cluster.api.client(ADMIN, "kubeadm")
    server = (cluster.store.get("/machine/authority/ca.crt") or {}).get("server", "")
    version = ".".join(release.removeprefix("v").split(".")[:2])
    for obj in [*addons.coredns(version), *addons.kube_proxy(version, f"{server}:6443")]:
        kind = cluster.resources.by_gvk(obj["apiVersion"], obj["kind"])
        if kind is None:
            continue
        key = Key(obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        found = api.get(kind, key)
        if found is None:
            api.create(kind, obj)
        elif kind in (Deployment, DaemonSet):
            api.update(kind, {**found, "spec": {**found["spec"], "template": obj["spec"]["template"]}})


def configure_kubelet(cluster: Cluster, node: str, backup: str) -> None:
    """Writes the cluster's kubelet configuration anew, and keeps the old one."""
    files = machinefiles.of(cluster, node)
    files.mkdir(backup, 0o700, parents=True)
    files.write(f"{backup}/config.yaml", files.read("/var/lib/kubelet/config.yaml"), 0o600)
    files.write("/var/lib/kubelet/config.yaml", disk.KUBELET_CONFIG, 0o644)
