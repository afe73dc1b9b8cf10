"""The Pods of a StatefulSet: each with a number, a name, a host name and claims that are its own.

Source: pkg/controller/statefulset/stateful_set_utils.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubelab.cluster.controllers import history, ownership
from kubelab.cluster.controllers.pods import is_ready, phase
from kubelab.cluster.kinds import StatefulSet
from kubelab.cluster.objects import Object, is_being_deleted, labels_of

NAME_LABEL = "statefulset.kubernetes.io/pod-name"
INDEX_LABEL = "apps.kubernetes.io/pod-index"


def start_ordinal(statefulset: Object) -> int:
    """Returns the number of the first Pod."""
    return int((statefulset["spec"].get("ordinals") or {}).get("start", 0))


def ordinal_of(statefulset: Object, pod: Object) -> int:
    """Returns a Pod's number; -1 where its name is none that the StatefulSet gives."""
    found = re.fullmatch(r"(.*)-([0-9]+)", pod["metadata"]["name"])
    return int(found[2]) if found and found[1] == statefulset["metadata"]["name"] else -1


def revision_of(pod: Object) -> str:
    """Returns the name of the revision that a Pod was made from."""
    return labels_of(pod).get(history.HASH_LABEL, "")


def is_healthy(pod: Object) -> bool:
    """Tells whether a Pod runs, is ready and is not being deleted."""
    return is_running_and_ready(pod) and not is_being_deleted(pod)


def is_running_and_ready(pod: Object) -> bool:
    """Tells whether a Pod runs and is ready."""
    return phase(pod) == "Running" and is_ready(pod)


def new_pod(statefulset: Object, revision: Object, ordinal: int) -> Object:
    """Returns the Pod of that number as a revision has it."""
    template = {k: v for k, v in revision["data"]["spec"]["template"].items() if k != "$patch"}
    name = f"{statefulset['metadata']['name']}-{ordinal}"
    owner = {**statefulset, "spec": {**statefulset["spec"], "template": template}}
    labels = {
        **((template.get("metadata") or {}).get("labels") or {}),
        NAME_LABEL: name,
        INDEX_LABEL: str(ordinal),
        history.HASH_LABEL: revision["metadata"]["name"],
    }
    pod = ownership.pod_from_template(owner, StatefulSet, name=name, labels=labels)
    return {**pod, "spec": _with_identity(statefulset, pod["spec"], name)}


def _with_identity(statefulset: Object, spec: Object, name: str) -> Object:
    identified = {**spec, "hostname": name}
    if service := statefulset["spec"].get("serviceName"):
        identified["subdomain"] = service
    claims = [
        {"name": template["metadata"]["name"], "persistentVolumeClaim": {"claimName": claim_name(template, name)}}
        for template in statefulset["spec"].get("volumeClaimTemplates") or ()
    ]
    if claims:
        own = {claim["name"] for claim in claims}
        identified["volumes"] = [*claims, *(each for each in spec.get("volumes") or () if each["name"] not in own)]
    return identified


def claim_name(template: Object, pod: str) -> str:
    """Returns the name of the claim that a template makes for a Pod."""
    return f"{template['metadata']['name']}-{pod}"


def claims_for(statefulset: Object, pod: Object) -> Iterator[Object]:
    """Yields the claims that a Pod needs."""
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    matched = (statefulset["spec"].get("selector") or {}).get("matchLabels") or {}
    for template in statefulset["spec"].get("volumeClaimTemplates") or ():
        given = template["metadata"]
        metadata: Object = {"name": claim_name(template, name), "namespace": namespace}
        if labels := {**(given.get("labels") or {}), **matched}:
            metadata["labels"] = labels
        if given.get("annotations"):
            metadata["annotations"] = given["annotations"]
        yield {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": metadata,
            "spec": template["spec"],
        }
