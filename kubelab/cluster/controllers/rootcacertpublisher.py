"""Publishes the cluster's certificate authority in each namespace, where Pods mount it.

Source: pkg/controller/certificates/rootcacertpublisher.
"""

from __future__ import annotations

from kubelab.cluster.component import itself
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.controllers.serviceaccount import namespace_that_lost_one
from kubelab.cluster.kinds import ConfigMap, Namespace
from kubelab.cluster.objects import Key, is_being_deleted

NAME = "kube-root-ca.crt"
DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)
AUTHORITY = "/machine/authority"


class RootCACertPublisher(Controller):
    """Keeps the ConfigMap kube-root-ca.crt in each namespace."""

    name = "root-ca-cert-publisher"
    user = service_account("root-ca-cert-publisher")
    watches = {Namespace: itself, ConfigMap: namespace_that_lost_one}

    def reconcile(self, key: str) -> None:
        """Makes the ConfigMap in a namespace that is alive and has none."""
        namespace = self.api.get(Namespace, Key("", key))
        authority = self.store.get(AUTHORITY + "/ca.crt")
        if namespace is None or is_being_deleted(namespace) or authority is None:
            return
        if self.api.get(ConfigMap, Key(key, NAME)) is None:
            metadata = {"name": NAME, "namespace": key, "annotations": {"kubernetes.io/description": DESCRIPTION}}
            data = {"ca.crt": authority["text"]}
            self.api.create(ConfigMap, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
