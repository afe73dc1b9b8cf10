"""What kube-apiserver does for CustomResourceDefinitions: it accepts their names, establishes them, empties them.

Source: k8s.io/apiextensions-apiserver/pkg/controller/status/naming_controller.go, establish and finalizer.
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.component import Component, itself
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.kinds import CustomResourceDefinition
from kubelab.cluster.kinds.apiextensions.definition import FINALIZER, is_established
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of

CHECK = 5.0  # seconds between looks whether all objects are gone
REASONS = {
    "plural": "PluralConflict",
    "singular": "SingularConflict",
    "kind": "KindConflict",
    "listKind": "ListKindConflict",
}


class CustomResourceDefinitionController(Component):
    """Accepts the names of custom resources, has them served, and deletes them with their definition."""

    name = "customresourcedefinition"
    runs_in = "kube-apiserver"
    user = "system:apiserver"
    manager = "kube-apiserver"
    watches = {CustomResourceDefinition: itself}

    def reconcile(self, key: str) -> None:
        """Brings one definition a step further."""
        crd = self.api.get(CustomResourceDefinition, Key.parse(key))
        if crd is None:
            self._look_at_others(key)
            return
        if is_being_deleted(crd):
            self._finalize(crd)
            return
        if crd["spec"]["names"] != (crd.get("status") or {}).get("acceptedNames"):
            self._accept(crd)
            return
        if not is_established(crd) and _is_true(crd, "NamesAccepted"):
            why = "the initial names have been accepted"
            self._write(crd, "Established", "True", "InitialNamesAccepted", why)

    # names

    def _accept(self, crd: Object) -> None:
        wanted, accepted = crd["spec"]["names"], (crd.get("status") or {}).get("acceptedNames") or {}
        resources, kinds = self._taken(crd)
        new, reason, message = dict(accepted), "", ""
        for field in ("plural", "singular", "shortNames", "kind", "listKind"):
            used = kinds if field in ("kind", "listKind") else resources
            clashes = _clashes(wanted.get(field), accepted.get(field), used)
            if clashes:
                reason = REASONS.get(field, "ShortNamesConflict")
                message = clashes[0] if len(clashes) == 1 else f"[{', '.join(clashes)}]"
            elif wanted.get(field):
                new[field] = wanted[field]
            else:
                new.pop(field, None)
        new.pop("categories", None)
        new |= {"categories": wanted["categories"]} if wanted.get("categories") else {}
        now, status = self.clock.timestamp(), {**crd["status"], "acceptedNames": new}
        if reason:
            status = with_condition(status, "NamesAccepted", "False", reason, message, now)
            if not any(one["type"] == "Established" for one in status["conditions"]):
                why = "not all names are accepted"
                status = with_condition(status, "Established", "False", "NotAccepted", why, now)
        else:
            status = with_condition(status, "NamesAccepted", "True", "NoConflicts", "no conflicts found", now)
            if not is_established(crd):
                why = "the initial names have been accepted"
                status = with_condition(status, "Established", "False", "Installing", why, now)
        if status != crd["status"]:
            self.api.update_status(CustomResourceDefinition, {**crd, "status": status})
            self._look_at_others(crd["metadata"]["name"])

    def _taken(self, crd: Object) -> tuple[set[str], set[str]]:
        """Returns the names and the kinds of the group that others have."""
        resources, kinds = set[str](), set[str]()
        for other in self._of_group(crd["spec"]["group"]):
            names = (other.get("status") or {}).get("acceptedNames") or {}
            if other["metadata"]["name"] != crd["metadata"]["name"]:
                resources |= {names.get("plural", ""), names.get("singular", ""), *(names.get("shortNames") or ())}
                kinds |= {names.get("kind", ""), names.get("listKind", "")}
        return resources - {""}, kinds - {""}

    def _of_group(self, group: str) -> list[Object]:
        return [crd for crd in self.api.list(CustomResourceDefinition) if crd["spec"]["group"] == group]

    def _look_at_others(self, name: str) -> None:
        """Names may have become free."""
        for crd in self._of_group(name.partition(".")[2]):
            if crd["metadata"]["name"] != name and not _is_true(crd, "NamesAccepted"):
                self.cluster.agenda.add(self.name, str(key_of(crd)))

    # deletion

    def _finalize(self, crd: Object) -> None:
        if FINALIZER not in (crd["metadata"].get("finalizers") or ()):
            return
        if is_established(crd):
            why = "CustomResource deletion is in progress"
            crd = self._write(crd, "Terminating", "True", "InstanceDeletionInProgress", why)
            if self._delete_objects(crd):
                self.later(crd["metadata"]["name"], CHECK)
                return
            crd = self._write(crd, "Terminating", "False", "InstanceDeletionCompleted", "removed all instances")
        else:
            crd = self._write(crd, "Terminating", "False", "NeverEstablished", "resource was never established")
        left = [name for name in crd["metadata"].get("finalizers") or () if name != FINALIZER]
        self.api.update(CustomResourceDefinition, {**crd, "metadata": {**crd["metadata"], "finalizers": left}})

    def _delete_objects(self, crd: Object) -> bool:
        """Deletes the objects; tells whether some are left."""
        kind = self._kind(crd)
        if kind is None:
            return False
        for obj in self.api.list(kind):
            if not is_being_deleted(obj):
                self.api.delete(kind, key_of(obj))
        return bool(self.api.list(kind))

    def _kind(self, crd: Object) -> Kind | None:
        group, plural = crd["spec"]["group"], crd["spec"]["names"]["plural"]
        return next((kind for kind in self.cluster.resources if (kind.group, kind.plural) == (group, plural)), None)

    def _write(self, crd: Object, kind: str, value: str, reason: str, message: str) -> Object:
        status = with_condition(crd["status"], kind, value, reason, message, self.clock.timestamp())
        if status is crd["status"]:
            return crd
        return self.api.update_status(CustomResourceDefinition, {**crd, "status": status})


def _is_true(crd: Object, condition: str) -> bool:
    conditions = (crd.get("status") or {}).get("conditions") or ()
    return any(one["type"] == condition and one["status"] == "True" for one in conditions)


def _clashes(wanted: Any, accepted: Any, used: set[str]) -> list[str]:
    if isinstance(wanted, list):
        return [f'"{name}" is already in use' for name in wanted if name not in (accepted or ()) and name in used]
    return [f'"{wanted}" is already in use'] if wanted and wanted != accepted and wanted in used else []
