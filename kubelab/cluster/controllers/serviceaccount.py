"""Gives each namespace its ServiceAccount `default`.

Source: pkg/controller/serviceaccount/serviceaccounts_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.component import Component, itself
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import Namespace, ServiceAccount
from kubelab.cluster.objects import Key, is_being_deleted
from kubelab.cluster.store import Change


def namespace_that_lost_one(_component: Component, change: Change) -> Iterable[str]:
    """The namespace of an object that was deleted."""
    return (change.old["metadata"]["namespace"],) if change.new is None and change.old is not None else ()


class ServiceAccountController(Controller):
    """Makes the ServiceAccount that Pods run as when they name none."""

    name = "serviceaccount"
    user = service_account("service-account-controller")
    watches = {Namespace: itself, ServiceAccount: namespace_that_lost_one}

    def reconcile(self, key: str) -> None:
        """Makes the account in a namespace that is alive and has none."""
        namespace = self.api.get(Namespace, Key("", key))
        if namespace is None or is_being_deleted(namespace):
            return
        if self.api.get(ServiceAccount, Key(key, "default")) is None:
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": key}}
            self.api.create(ServiceAccount, account)
