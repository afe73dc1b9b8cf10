"""Gives Pods a ServiceAccount and mounts its token into them.

Source: plugin/pkg/admission/serviceaccount.
"""

from __future__ import annotations

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.objects import Object

MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
VOLUME = "kube-api-access-"
MIRROR = "kubernetes.io/config.mirror"
UNLIKE_EACH_OTHER = ("DaemonSet", "StatefulSet")  # whose Pods' specs name a node or a host


class ServiceAccount(Plugin):
    """Fills in spec.serviceAccountName and the token's volume."""

    name = "ServiceAccount"

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether a Pod is created that is not a static Pod's mirror."""
        annotations = attributes.obj["metadata"].get("annotations") or {}
        return attributes.kind.name == "Pod" and attributes.old is None and MIRROR not in annotations

    def account(self, attributes: Attributes) -> tuple[str, Object | None]:
        """Returns the name and the object of the account that the Pod runs as."""
        name = attributes.obj["spec"].get("serviceAccountName") or "default"
        return name, self.server.store.get(f"/registry/serviceaccounts/{attributes.namespace}/{name}")

    def looked_at(self, attributes: Attributes) -> list[object]:
        """The account decides."""
        return [self.account(attributes)[1], *((True,) if not self.concerns(attributes) else ())]

    def mutate(self, attributes: Attributes) -> Object:
        """Returns the Pod with its account, pull secrets and token."""
        pod = attributes.obj
        name, account = self.account(attributes)
        if account is None:
            message = (
                f'error looking up service account {attributes.namespace}/{name}: serviceaccount "{name}" not found'
            )
            raise errors.forbidden(attributes.kind, pod["metadata"].get("name", ""), message)
        spec = {**pod["spec"], "serviceAccountName": name, "serviceAccount": name}
        if account.get("imagePullSecrets") and not spec.get("imagePullSecrets"):
            spec["imagePullSecrets"] = account["imagePullSecrets"]
        if _wants_token(spec, account):
            spec = self.with_token(spec, pod["metadata"])
        return {**pod, "spec": spec}

    def with_token(self, spec: Object, metadata: Object) -> Object:
        """Returns a spec with the token's volume, mounted in each container that mounts nothing there.

        Pods of one template share their spec, so the volume's name is drawn from their owner, not from the Pod.
        """
        owner = next((found for found in metadata.get("ownerReferences") or () if found.get("controller")), None)
        shared = owner is not None and owner["kind"] not in UNLIKE_EACH_OTHER
        uid = owner["uid"] if owner and shared else metadata["uid"]
        present = (each["name"] for each in spec.get("volumes") or () if each.get("name", "").startswith(VOLUME))
        known = next(present, None)  # from a first look at this Pod
        volume = known or VOLUME + self.server.random.suffix("token", uid)
        mount = {"name": volume, "readOnly": True, "mountPath": MOUNT}
        mounted = False
        for field in ("initContainers", "containers"):
            containers = []
            for container in spec.get(field) or ():
                mounts = container.get("volumeMounts") or []
                if not any(found.get("mountPath") == MOUNT for found in mounts):
                    container = {**container, "volumeMounts": [*mounts, mount]}
                    mounted = True
                containers.append(container)
            if containers:
                spec = {**spec, field: containers}
        if not mounted or known:
            return spec
        return {**spec, "volumes": [*(spec.get("volumes") or ()), {"name": volume, "projected": PROJECTED}]}


PROJECTED: Object = {
    "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {
            "downwardAPI": {
                "items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]
            }
        },
    ],
    "defaultMode": 420,
}


def _wants_token(spec: Object, account: Object) -> bool:
    own = spec.get("automountServiceAccountToken")
    return bool(account.get("automountServiceAccountToken", True) if own is None else own)
