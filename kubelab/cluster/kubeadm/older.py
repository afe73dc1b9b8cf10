"""Brings a cluster that was kept before it had RBAC to where its administrator may do something.

The API server makes its roles when it starts, and such a cluster's does not start again by itself when it is loaded;
what `kubeadm init` binds nobody makes later at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api.bootstrappolicy import BOOTSTRAPPING, BootstrapPolicy
from kubelab.cluster.kinds import ClusterRole, ClusterRoleBinding, Namespace
from kubelab.cluster.kubeadm import addons
from kubelab.cluster.objects import Key, key_of, labels_of
from kubelab.cluster.user import ADMIN

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster


def give_roles(cluster: Cluster) -> None:
    """Has the API server's hook make its roles, and binds what kubeadm binds, where there is nothing of either yet.

    With any of the API server's own roles or bindings left it is a cluster whose roles somebody has changed: that
    stays as it is until its API server starts again.
    """
    if not _is_without_roles(cluster):
        return
    cluster.agenda.add(BootstrapPolicy.name, BootstrapPolicy.ALL)
    api = cluster.api.client(ADMIN, "kubeadm")
    for obj in addons.rbac():
        kind = cluster.resources.by_gvk(obj["apiVersion"], obj["kind"])
        if kind is not None and api.get(kind, key_of(obj)) is None:
            api.create(kind, obj)


def _is_without_roles(cluster: Cluster) -> bool:
    if cluster.store.get(Namespace.path(Key("", "kube-system"))) is None:
        return False  # a machine on which there is no cluster yet
    return not any(
        BOOTSTRAPPING in labels_of(obj)
        for kind in (ClusterRole, ClusterRoleBinding)
        for obj in cluster.store.table(kind.prefix).rows.values()
    )
