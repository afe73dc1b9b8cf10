"""Keeps an APIService for each group and version that the API server serves itself, CRDs' among them.

Source: k8s.io/kube-aggregator/pkg/controllers/autoregister; pkg/controlplane/controller/crdregistration;
the priorities: pkg/controlplane/apiserver/aggregator.go and pkg/controlplane/instance.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.component import Component
from kubelab.cluster.kinds import APIService, CustomResourceDefinition, for_version
from kubelab.cluster.objects import Key, Object, is_being_deleted
from kubelab.cluster.store import Change

AUTOMANAGED = "kube-aggregator.kubernetes.io/automanaged"
ON_START, ALWAYS = "onstart", "true"  # built-in ones are made when the server starts; CRDs' are kept always
OWN = "*"  # the key of all built-in ones, which no APIService is called

# Each group's priority; versions: by their names.
GROUPS = {
    "": 18000,
    "apps": 17800,
    "events.k8s.io": 17750,
    "authentication.k8s.io": 17700,
    "authorization.k8s.io": 17600,
    "autoscaling": 17500,
    "batch": 17400,
    "certificates.k8s.io": 17300,
    "networking.k8s.io": 17200,
    "policy": 17100,
    "rbac.authorization.k8s.io": 17000,
    "storage.k8s.io": 16800,
    "apiextensions.k8s.io": 16700,
    "admissionregistration.k8s.io": 16700,
    "scheduling.k8s.io": 16600,
    "coordination.k8s.io": 16500,
    "node.k8s.io": 16300,
    "discovery.k8s.io": 16200,
    "flowcontrol.apiserver.k8s.io": 16100,
    "internal.apiserver.k8s.io": 16000,
    "resource.k8s.io": 15900,
    "storagemigration.k8s.io": 15800,
}
VERSIONS = {
    ("", "v1"): 1,
    ("autoscaling", "v2"): 30,
    ("flowcontrol.apiserver.k8s.io", "v1"): 21,
    ("flowcontrol.apiserver.k8s.io", "v1beta3"): 18,
}
VERSION = 15  # of a version that the table above does not name
CUSTOM_GROUP, CUSTOM_VERSION = 1000, 100


class Autoregistration(Component):
    """Keeps an APIService for each group and version of the API server itself, and of custom resources."""

    name = "apiservice-registration"
    runs_in = "kube-apiserver"
    user = "system:apiserver"

    def _of_definition(self, change: Change) -> Iterable[str]:
        found = [each["spec"] for each in (change.old, change.new) if each is not None]
        return {f"{version['name']}.{spec['group']}": None for spec in found for version in spec["versions"]}

    watches = {CustomResourceDefinition: _of_definition}

    def resync(self) -> None:
        """Looks at all of them, as the API server does when it starts."""
        super().resync()
        self.cluster.agenda.add(self.name, OWN)

    def reconcile(self, key: str) -> None:
        """Makes one APIService, or all built-in ones; deletes those whose version is not served any more."""
        if key == OWN:
            self._register_own()
        else:
            version, _, group = key.partition(".")
            self._sync(group, version, ALWAYS if self._is_defined(group, version) else "")

    def _register_own(self) -> None:
        wanted = {
            (kind.group, kind.version): None
            for kind in for_version(self.cluster.version).served()
            if kind.group in GROUPS
        }
        for group, version in wanted:
            self._sync(group, version, ON_START)
        for service in self.api.list(APIService):
            spec = service["spec"]
            if _managed(service) == ON_START and (spec.get("group", ""), spec["version"]) not in wanted:
                self._sync(spec.get("group", ""), spec["version"], "")

    def _is_defined(self, group: str, version: str) -> bool:
        for definition in self.store.table(CustomResourceDefinition.prefix).rows.values():
            spec = definition["spec"]
            if spec["group"] == group and not is_being_deleted(definition):
                if any(each["name"] == version and each["served"] for each in spec["versions"]):
                    return True
        return False

    def _sync(self, group: str, version: str, managed: str) -> None:
        """Makes an APIService where one is to be there (`managed`) and is not, or deletes one that was made here."""
        name = Key("", f"{version}.{group}")
        found = self.api.get(APIService, name)
        if found is None and managed:
            self.api.create(APIService, _service(group, version, managed))
        elif found is not None and not managed and _managed(found):
            self.api.delete(APIService, name)


def _managed(service: Object) -> str:
    return str((service["metadata"].get("labels") or {}).get(AUTOMANAGED, ""))


def _service(group: str, version: str, managed: str) -> Object:
    priorities = (CUSTOM_GROUP, CUSTOM_VERSION)
    if managed == ON_START:
        priorities = (GROUPS[group], VERSIONS.get((group, version), VERSION))
    spec: Object = {"groupPriorityMinimum": priorities[0], "version": version, "versionPriority": priorities[1]}
    return {
        "apiVersion": APIService.api_version,
        "kind": APIService.name,
        "metadata": {"name": f"{version}.{group}", "labels": {AUTOMANAGED: managed}},
        "spec": {"group": group, **spec} if group else spec,
    }
