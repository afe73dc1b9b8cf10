"""A Deployment's ReplicaSets as its history: which is the new one, revision numbers, annotations.

Source: pkg/controller/deployment/util/deployment_util.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from zlib import crc32

from kubelab.cluster.controllers import rolling
from kubelab.cluster.controllers.ownership import reference_to
from kubelab.cluster.kinds import Deployment
from kubelab.cluster.objects import Object, annotations_of
from kubelab.cluster.randomness import ALPHABET

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"
# Annotations of a Deployment that its ReplicaSets do not inherit.
OWN = {"kubectl.kubernetes.io/last-applied-configuration", REVISION, REVISION_HISTORY, DESIRED, MOST}


def age_order(replicaset: Object) -> tuple[str, str]:
    """Sorts ReplicaSets from the oldest, names deciding between equals."""
    return replicaset["metadata"]["creationTimestamp"], replicaset["metadata"]["name"]


def without_hash(template: Object) -> Object:
    """Returns a Pod template without the label that a Deployment adds to it."""
    metadata = template.get("metadata") or {}
    labels = {name: value for name, value in (metadata.get("labels") or {}).items() if name != HASH_LABEL}
    return {**template, "metadata": {**metadata, "labels": labels}}


def find_new(deployment: Object, replicasets: Sequence[Object]) -> Object | None:
    """Returns the oldest ReplicaSet that has the Deployment's template."""
    wanted = without_hash(deployment["spec"]["template"])
    for replicaset in sorted(replicasets, key=age_order):
        if without_hash(replicaset["spec"]["template"]) == wanted:
            return replicaset
    return None


def revision_of(obj: Object) -> int:
    """Returns the revision that an annotation gives, 0 where there is none."""
    text = annotations_of(obj).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def next_revision(old: Iterable[Object]) -> int:
    """Returns the revision of a ReplicaSet that comes after `old`."""
    return max(map(revision_of, old), default=0) + 1


def template_hash(deployment: Object) -> str:
    """Returns the hash of the Pod template, written without vowels as generated names are."""
    collisions = deployment.get("status", {}).get("collisionCount")
    text = json.dumps([deployment["spec"]["template"], collisions], sort_keys=True)
    return "".join(ALPHABET[ord(digit) % len(ALPHABET)] for digit in str(crc32(text.encode())))


def new_replicaset(deployment: Object, revision: int, replicas: int) -> Object:
    """Returns the ReplicaSet to make for a Deployment's present template."""
    hashed = template_hash(deployment)
    template = deployment["spec"]["template"]
    labels = {**(template.get("metadata", {}).get("labels") or {}), HASH_LABEL: hashed}
    selector = deployment["spec"]["selector"]
    metadata = deployment["metadata"]
    spec: Object = {
        "replicas": replicas,
        "selector": {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), HASH_LABEL: hashed}},
        "template": {**template, "metadata": {**(template.get("metadata") or {}), "labels": labels}},
    }
    if seconds := deployment["spec"].get("minReadySeconds"):
        spec["minReadySeconds"] = seconds
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{metadata['name']}-{hashed}",
            "namespace": metadata["namespace"],
            "labels": labels,
            "annotations": {**inherited(deployment), **scale_annotations(deployment), REVISION: str(revision)},
            "ownerReferences": [reference_to(deployment, Deployment)],
        },
        "spec": spec,
    }


def inherited(deployment: Object) -> dict[str, str]:
    """Returns the annotations that a Deployment hands down."""
    return {name: value for name, value in annotations_of(deployment).items() if name not in OWN}


def scale_annotations(deployment: Object) -> dict[str, str]:
    """Returns the annotations that tell how large the Deployment was when a ReplicaSet was last scaled."""
    replicas = deployment["spec"]["replicas"]
    return {DESIRED: str(replicas), MOST: str(replicas + rolling.max_surge(deployment))}


def renewed_annotations(deployment: Object, replicaset: Object, revision: int) -> dict[str, str]:
    """Returns the annotations of a ReplicaSet that has become, or is, the new one again."""
    annotations = {**annotations_of(replicaset), **inherited(deployment), **scale_annotations(deployment)}
    old = revision_of(replicaset)
    if old < revision:
        annotations[REVISION] = str(revision)
        if old:
            past = annotations.get(REVISION_HISTORY)
            annotations[REVISION_HISTORY] = f"{past},{old}" if past else str(old)
    return annotations


def most_before(replicaset: Object, otherwise: int) -> int:
    """Returns the most replicas that the Deployment allowed when this ReplicaSet was last scaled."""
    text = annotations_of(replicaset).get(MOST, "")
    return int(text) if text.isdigit() else otherwise
