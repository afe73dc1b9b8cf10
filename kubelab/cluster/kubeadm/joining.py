"""How a machine joins a cluster, and leaves it again: bootstrap tokens, what is written and what is removed.

Source: kubernetes.io, reference/setup-tools/kubeadm/{kubeadm-join,kubeadm-reset,kubeadm-token};
cmd/kubeadm/app/apis/bootstraptoken.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from kubelab.cluster import etcd
from kubelab.cluster.clock import parse_time, rfc3339
from kubelab.cluster.controllers.rootcacertpublisher import AUTHORITY
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.kinds import Secret
from kubelab.cluster.kubeadm import configuration, manifests
from kubelab.cluster.node import cri, disk, host, machinefiles, units
from kubelab.cluster.objects import Key
from kubelab.cluster.user import ADMIN

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.files import FileSystem

DIRECTORIES = ("/etc/kubernetes/manifests", "/var/lib/kubelet", "/etc/kubernetes/pki")
FILES = (
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/super-admin.conf",
    "/etc/kubernetes/kubelet.conf",
    "/etc/kubernetes/bootstrap-kubelet.conf",
    "/etc/kubernetes/controller-manager.conf",
    "/etc/kubernetes/scheduler.conf",
)
GROUP = "system:bootstrappers:kubeadm:default-node-token"
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
ROLE_LABELS = {CONTROL_PLANE: "", "node.kubernetes.io/exclude-from-external-load-balancers": ""}
ROLE_TAINTS = [{"effect": "NoSchedule", "key": CONTROL_PLANE}]
PREFIX = "bootstrap-token-"
CERTIFICATES = "kubeadm-certs"
SHARED, SHARED_FOR = "/machine/kubeadm/certs", 7200.0  # the Secret holds for two hours
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def server(cluster: Cluster) -> str:
    """Returns where the API server is reached."""
    return str((cluster.store.get("/machine/authority/ca.crt") or {}).get("server", ""))


def authority_hash(cluster: Cluster) -> str:
    """Returns the hash of the authority's public key that joining machines pin."""
    text = str((cluster.store.get("/machine/authority/ca.crt") or {}).get("text", ""))
    return hashlib.sha256(text.encode()).hexdigest()


# tokens


def generate_token(cluster: Cluster) -> str:
    """Returns a new token."""
    number = cluster.store.revision
    letters = [LETTERS[cluster.random.index(36, "bootstrap token", number, at)] for at in range(22)]
    return f"{''.join(letters[:6])}.{''.join(letters[6:])}"


def create_token(cluster: Cluster, token: str, seconds: float) -> None:
    """Makes a token's Secret.

    Args:
        seconds: how long it holds; 0 for ever.
    """
    name, _, secret = token.partition(".")
    data = {
        "auth-extra-groups": GROUP,
        "token-id": name,
        "token-secret": secret,
        "usage-bootstrap-authentication": "true",
        "usage-bootstrap-signing": "true",
    }
    if seconds:
        data["expiration"] = rfc3339(cluster.clock.now + seconds)
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    cluster.api.client(ADMIN, "kubeadm").create(
        Secret,
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": PREFIX + name, "namespace": "kube-system"},
            "type": "bootstrap.kubernetes.io/token",
            "data": encoded,
        },
    )


def _fields(cluster: Cluster) -> dict[str, dict[str, str]]:
    found = {}
    for secret in cluster.api.client(ADMIN, "kubeadm").list(Secret, "kube-system"):
        if secret.get("type") == "bootstrap.kubernetes.io/token":
            data = secret.get("data") or {}
            found[secret["metadata"]["name"]] = {key: base64.b64decode(text).decode() for key, text in data.items()}
    return found


def tokens(cluster: Cluster) -> list[tuple[str, str, str]]:
    """Returns the tokens with when they end and how long they still hold."""
    rows = []
    for data in _fields(cluster).values():
        expires = data.get("expiration", "")
        left = int(parse_time(expires) - cluster.clock.now) if expires else 0
        told = f"{left // 3600}h" if left >= 3600 else f"{left // 60}m"
        rows.append(
            (f"{data['token-id']}.{data['token-secret']}", expires or "<never>", told if expires else "<forever>")
        )
    return rows


def is_known(cluster: Cluster, token: str) -> bool:
    """Tells whether a token is the cluster's and holds."""
    now = cluster.clock.now
    known = (row for row in tokens(cluster) if row[0] == token)
    return any(expires == "<never>" or parse_time(expires) > now for _, expires, _ in known)


def delete_token(cluster: Cluster, name: str) -> bool:
    """Deletes a token's Secret; returns False where there is none."""
    key = Key("kube-system", PREFIX + name)
    api = cluster.api.client(ADMIN, "kubeadm")
    if api.get(Secret, key) is None:
        return False
    api.delete(Secret, key)
    return True


# machines


def reset(cluster: Cluster, node: str) -> None:
    """Stops what a machine runs, and removes what made it a part of the cluster."""
    record = cluster.store.get(host.HOSTS + node) or {}
    if disk.is_control_plane(record):
        cluster.processes.leave(node)
    units.stop(cluster, node, "kubelet")
    cri.remove_all(cluster, node)
    clear(cluster, node)
    if disk.is_control_plane(record):
        record = cluster.store.get(host.HOSTS + node) or {}
        labels = {name: value for name, value in record["labels"].items() if name not in ROLE_LABELS}
        cluster.store.put(host.HOSTS + node, {**record, "labels": labels, "taints": []})
        clear(cluster, node)  # what a machine without a role has from its installation


def joined(cluster: Cluster) -> list[str]:
    """Returns the machines that have a kubelet's access to the cluster on their disks."""
    names = [key.removeprefix(host.HOSTS) for key, _ in cluster.store.items(host.HOSTS)]
    return [name for name in names if machinefiles.of(cluster, name).exists("/etc/kubernetes/kubelet.conf")]


def end(cluster: Cluster) -> None:
    """Ends a cluster with its last control plane: what etcd held is gone, and its authority with it."""
    store = cluster.store
    for prefix in (etcd.REGISTRY, etcd.PREFIX, AUTHORITY, SHARED):
        for key, _ in list(store.items(prefix)):
            store.delete(key)


def take_role(cluster: Cluster, node: str) -> None:
    """Makes a machine one of the control planes: its kubelet registers it as such, its disk has their files."""
    record = cluster.store.get(host.HOSTS + node) or {}
    labels = {**record.get("labels", {}), **ROLE_LABELS}
    cluster.store.put(host.HOSTS + node, {**record, "labels": labels, "taints": ROLE_TAINTS})


def write_manifests(
    cluster: Cluster, node: str, members: Mapping[str, str], config: Mapping[str, Any] | None = None
) -> None:
    """Writes a control plane's static Pods.

    Args:
        members: etcd's, with their addresses; this node's is one of them.
        config: the ClusterConfiguration; without one that which the cluster keeps.
    """
    files = machinefiles.of(cluster, node)
    config = configuration.read(cluster) or {} if config is None else config
    made = configuration.static_pods(config, node, members[node], cluster.version, members)
    for name, manifest in made.items():
        files.write(f"{manifests.DIRECTORY}/{name}", yaml.safe_dump(manifest, sort_keys=True))


def clear(cluster: Cluster, node: str) -> None:
    """Removes what kubeadm and the kubelet wrote on a machine."""
    files = machinefiles.of(cluster, node)
    for folder in DIRECTORIES:
        _empty(files, folder)
    for path in FILES:
        if files.exists(path):
            files.remove(path)


def _empty(files: FileSystem, folder: str) -> None:
    for name in files.listdir(folder) if files.is_dir(folder) else ():
        path = f"{folder}/{name}"
        try:
            if files.stat(path, follow=False).is_dir:
                _empty(files, path)
                if path not in ("/var/lib/kubelet/pods", "/var/lib/kubelet/plugins"):
                    files.rmdir(path)
            else:
                files.remove(path)
        except FileError:
            continue


def join(cluster: Cluster, node: str) -> None:
    """Writes what makes a machine a part of the cluster again, and starts its kubelet."""
    files = machinefiles.of(cluster, node)
    record = cluster.store.get(host.HOSTS + node) or {}
    for path, text in disk.joined_files(cluster, node, record).items():
        files.mkdir(path.rpartition("/")[0], parents=True)
        if files.exists(path, follow=False):
            files.remove(path)
        files.write(path, text, 0o600 if path.endswith((".conf", ".pem", ".key")) else 0o644)
    units.start(cluster, node, "kubelet")


def join_control_plane(cluster: Cluster, node: str) -> None:
    """Makes a machine a further control plane, and a member of etcd's cluster."""
    take_role(cluster, node)
    cluster.processes.welcome(node)
    machines = {name: cluster.network.attachments.host(name)["ip"] for name in (*cluster.processes.members(), node)}
    write_manifests(cluster, node, {name: str(ip) for name, ip in machines.items()})
    join(cluster, node)


# the certificates that control planes share


def store_certificates(cluster: Cluster) -> str:
    """Keeps them in the Secret kubeadm-certs, for two hours; returns the key that they are encrypted with."""
    key = cluster.random.hex(64, "certificate key", cluster.store.revision)
    api, name = cluster.api.client(ADMIN, "kubeadm"), Key("kube-system", CERTIFICATES)
    if api.get(Secret, name) is not None:
        api.delete(Secret, name)
    data = {"certificate-key": base64.b64encode(hashlib.sha256(key.encode()).hexdigest().encode()).decode()}
    metadata = {"name": name.name, "namespace": name.namespace}
    api.create(Secret, {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": data})
    cluster.store.put(SHARED, {"until": cluster.clock.now + SHARED_FOR})
    return key


def opens_certificates(cluster: Cluster, key: str) -> bool | None:
    """Tells whether a key opens the Secret; None where there is none any more."""
    secret = cluster.api.client(ADMIN, "kubeadm").get(Secret, Key("kube-system", CERTIFICATES))
    if secret is None or (cluster.store.get(SHARED) or {"until": 0.0})["until"] < cluster.clock.now:
        return None
    kept = base64.b64decode((secret.get("data") or {}).get("certificate-key", "")).decode()
    return kept == hashlib.sha256(key.encode()).hexdigest()
