"""Refuses what would be more than a namespace's ResourceQuotas allow, and notes what is used.

Source: k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster import quotas
from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.kinds import ResourceQuota
from kubelab.cluster.objects import Object
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

UPDATED = ("Service", "PersistentVolumeClaim")  # kinds that may come to use more
ITSELF = User("system:apiserver", ("system:masters",))


class ResourceQuotaAdmission(Plugin):
    """Holds each namespace to its quotas."""

    name = "ResourceQuota"

    def __init__(self, server: ApiServer) -> None:
        super().__init__(server)
        self._quotas = server.store.table(ResourceQuota.prefix).rows

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether there are quotas that could count what is written."""
        kind, old = attributes.kind, attributes.old
        if not self._quotas or not kind.namespaced:
            return False
        if old is not None and (kind.name not in UPDATED or attributes.obj.get("spec") is old.get("spec")):
            return False
        return kind.name not in quotas.IGNORED

    def validate(self, attributes: Attributes) -> None:
        """Lets an object pass that every quota has room for.

        Raises:
            Forbidden: one has none, or a container does not say how much it wants.
        """
        kind, obj = attributes.kind, attributes.obj
        found = self.server.store.indexed(ResourceQuota.prefix, "namespace", attributes.namespace)
        matched = [quota for quota in found if quotas.is_matched(quota, kind, obj)]
        if not matched:
            return
        for quota in matched:
            self._check_constraints(attributes, quota)
        wanted = quotas.usage(kind, obj)
        if attributes.old is not None:
            wanted = quotas.subtracted(wanted, quotas.usage(kind, attributes.old))
        changed = [self._with(attributes, quota, wanted) for quota in matched]
        if attributes.dry_run:
            return
        for quota in changed:
            self.server.update(ResourceQuota, quota, user=ITSELF, manager="kube-apiserver", subresource="status")

    def _check_constraints(self, attributes: Attributes, quota: Object) -> None:
        if attributes.kind.name != "Pod":
            return
        lacking = quotas.missing(attributes.obj["spec"], quota["status"]["hard"])
        if lacking:
            why = f"failed quota: {quota['metadata']['name']}: {lacking}"
            raise errors.forbidden(attributes.kind, attributes.obj["metadata"]["name"], why)

    def _with(self, attributes: Attributes, quota: Object, wanted: quotas.Amounts) -> Object:
        """Returns a quota with more used of it."""
        hard, used = quota["status"]["hard"], quota["status"].get("used") or {}
        asked = {name: amount for name, amount in wanted.items() if name in hard and amount != "0"}
        new = quotas.added(used, asked)
        beyond = [name for name in asked if quotas.is_more(new[name], hard[name])]
        beyond = [name for name in beyond if quotas.is_more(asked[name], "0")]
        if beyond:
            requested, standing, limits = (
                quotas.written({name: amounts.get(name, "0") for name in beyond}) for amounts in (asked, used, hard)
            )
            why = f"exceeded quota: {quota['metadata']['name']}, requested: {requested}, used: {standing}, "
            raise errors.forbidden(attributes.kind, attributes.obj["metadata"]["name"], f"{why}limited: {limits}")
        return quota if new == used else {**quota, "status": {**quota["status"], "used": new}}
