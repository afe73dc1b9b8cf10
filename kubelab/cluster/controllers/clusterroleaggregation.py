"""ClusterRoles that are put together of others: their rules follow those of the roles that their selectors find.

Source: pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go; kubernetes.io,
reference/access-authn-authz/rbac, "Aggregated ClusterRoles".
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.component import Component
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import ClusterRole
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.selectors import from_label_selector
from kubelab.cluster.store import Change


def all_aggregated(component: Component, _change: Change) -> Iterable[str]:
    """Every role that is put together: they are few, and any role may be a part of them."""
    return (role["metadata"]["name"] for role in component.api.list(ClusterRole) if role.get("aggregationRule"))


class ClusterRoleAggregation(Controller):
    """Keeps the rules of aggregated ClusterRoles up to date."""

    name = "clusterrole-aggregation"
    user = service_account("clusterrole-aggregation-controller")
    watches = {ClusterRole: all_aggregated}

    def reconcile(self, key: str) -> None:
        """Writes the rules of the selected roles, in the order of their names, each once."""
        role = self.api.get(ClusterRole, Key("", key))
        if role is None or not role.get("aggregationRule"):
            return
        rules: list[Object] = []
        for selector in role["aggregationRule"].get("clusterRoleSelectors") or ():
            matches = from_label_selector(selector).matches
            for part in self.api.list(ClusterRole):
                if part["metadata"]["name"] != key and matches(labels_of(part)):
                    rules += [rule for rule in part.get("rules") or () if rule not in rules]
        if rules != (role.get("rules") or []):
            self.api.update(ClusterRole, {**role, "rules": rules})
