"""The certificates and kubeconfigs that kubeadm leaves on a machine.

Source: kubernetes.io, setup/best-practices/certificates; cmd/kubeadm/app/phases/{certs,kubeconfig}. A certificate is
what credentials.py says; keys are texts without a meaning.
"""

from __future__ import annotations

import base64
import hashlib
import textwrap
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.cluster.credentials import certificate
from kubelab.cluster.kubeconfigs import kubeconfig
from kubelab.cluster.user import AUTHENTICATED, User

if TYPE_CHECKING:
    from kubelab.cluster.node.disk import Facts

PKI = "/etc/kubernetes/pki"
YEAR = 365 * 86_400.0
CA, ETCD_CA, FRONT_CA = "kubernetes", "etcd-ca", "front-proxy-ca"
AUTHORITIES = {"ca": CA, "etcd/ca": ETCD_CA, "front-proxy-ca": FRONT_CA}
# File below the PKI's directory -> common name, organizations, authority, in the order of check-expiration.
CERTIFICATES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "apiserver": ("kube-apiserver", (), CA),
    "apiserver-etcd-client": ("kube-apiserver-etcd-client", (), ETCD_CA),
    "apiserver-kubelet-client": ("kube-apiserver-kubelet-client", ("kubeadm:cluster-admins",), CA),
    "etcd/healthcheck-client": ("kube-etcd-healthcheck-client", (), ETCD_CA),
    "etcd/peer": ("@node", (), ETCD_CA),
    "etcd/server": ("@node", (), ETCD_CA),
    "front-proxy-client": ("front-proxy-client", (), FRONT_CA),
}
# Kubeconfig -> who it is of; "@node" stands for the machine.
KUBECONFIGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "admin.conf": ("kubernetes-admin", ("kubeadm:cluster-admins",)),
    "super-admin.conf": ("kubernetes-super-admin", ("system:masters",)),
    "controller-manager.conf": ("system:kube-controller-manager", ()),
    "scheduler.conf": ("system:kube-scheduler", ()),
    "kubelet.conf": ("system:node:@node", ("system:nodes",)),
}


def client_file_name(born: float) -> str:
    """Returns the name of the kubelet's client certificate and key."""
    return f"kubelet-client-{datetime.fromtimestamp(born, UTC):%Y-%m-%d-%H-%M-%S}.pem"


def key(*about: object) -> str:
    """Returns PEM text of a private key."""
    digest = hashlib.shake_256(" ".join(map(str, about)).encode()).digest(384)
    body = "\n".join(textwrap.wrap(base64.b64encode(digest).decode(), 64))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n"


def files(facts: Facts) -> dict[str, str]:
    """Returns what kubeadm and the kubelet wrote on a machine, by path."""
    since, until = facts.born, facts.born + YEAR
    node = User(f"system:node:{facts.node}", ("system:nodes", AUTHENTICATED))
    client = certificate(node, since=since, until=until)
    found = {
        f"{PKI}/ca.crt": facts.authority,
        f"/var/lib/kubelet/pki/{client_file_name(since)}": client + key("kubelet", facts.node, facts.authority),
        "/var/lib/kubelet/pki/kubelet.crt": certificate(
            User(f"{facts.node}@{int(since)}"), issuer=f"{facts.node}-ca@{int(since)}", since=since, until=until
        ),
        "/var/lib/kubelet/pki/kubelet.key": key("serving", facts.node, facts.authority),
        "/etc/kubernetes/kubelet.conf": _kubelet_conf(facts),
    }
    return {**found, **_control_plane(facts)} if facts.control_plane else found


def _kubelet_conf(facts: Facts) -> str:
    path = "/var/lib/kubelet/pki/kubelet-client-current.pem"
    name = f"system:node:{facts.node}" if facts.control_plane else "default-auth"
    return kubeconfig(facts.server, facts.authority, name, client_file=path)


def _control_plane(facts: Facts) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, subject in AUTHORITIES.items():
        if name != "ca":
            found[f"{PKI}/{name}.crt"] = _own_authority(subject, facts.born)
        found[f"{PKI}/{name}.key"] = key(name, facts.authority)
    for name in CERTIFICATES:
        found[f"{PKI}/{name}.crt"] = issue(facts.node, name, facts.born)
        found[f"{PKI}/{name}.key"] = key(name, facts.node, facts.authority)
    found[f"{PKI}/sa.pub"] = (
        "-----BEGIN PUBLIC KEY-----\n"
        + "\n".join(key("sa", facts.authority).splitlines()[1:9])
        + "\n-----END PUBLIC KEY-----\n"
    )
    found[f"{PKI}/sa.key"] = key("sa", facts.authority)
    for name in KUBECONFIGS:
        if name != "kubelet.conf":
            found[f"/etc/kubernetes/{name}"] = issue_kubeconfig(
                facts.node, name, facts.server, facts.authority, facts.born
            )
    found["/root/.kube/config"] = found["/etc/kubernetes/admin.conf"]
    return found


def _own_authority(subject: str, since: float) -> str:
    return certificate(User(subject), issuer=subject, since=since, until=since + 10 * YEAR)


def front_proxy_authority(since: float) -> str:
    """Returns the certificate of the authority that signs for proxies in front of the API server."""
    return _own_authority(FRONT_CA, since)


def issue(node: str, name: str, since: float) -> str:
    """Returns one of kubeadm's certificates, valid for a year."""
    subject, organizations, issuer = CERTIFICATES[name]
    user = User(subject.replace("@node", node), organizations)
    return certificate(user, issuer=issuer, since=since, until=since + YEAR)


def issue_kubeconfig(node: str, name: str, server: str, authority: str, since: float) -> str:
    """Returns one of kubeadm's kubeconfigs, its certificate valid for a year."""
    subject, organizations = KUBECONFIGS[name]
    user = User(subject.replace("@node", node), (*organizations, AUTHENTICATED))
    return kubeconfig(
        server,
        authority,
        user.name,
        client=certificate(user, since=since, until=since + YEAR),
        client_key=key(name, node, authority),
    )
