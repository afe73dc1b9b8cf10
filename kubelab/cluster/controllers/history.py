"""ControllerRevisions: the history of the DaemonSets and StatefulSets.

Source: pkg/controller/history/controller_history.go.
"""

from __future__ import annotations

import json
from zlib import crc32

from kubelab.cluster.api.client import Client
from kubelab.cluster.controllers.ownership import reference_to
from kubelab.cluster.kinds import ControllerRevision
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, key_of
from kubelab.cluster.randomness import ALPHABET

HASH_LABEL = "controller-revision-hash"
# What a revision says its hash by; Pods say of which revision they are by HASH_LABEL, StatefulSets' by its whole name.
LABELS = {"DaemonSet": HASH_LABEL, "StatefulSet": "controller.kubernetes.io/hash"}


def template_hash(template: Object) -> str:
    """Returns the hash of a Pod template, written without vowels as generated names are."""
    number = crc32(json.dumps(template, sort_keys=True).encode())
    return "".join(ALPHABET[ord(digit) % len(ALPHABET)] for digit in str(number))


def revisions(api: Client, owner: Object) -> list[Object]:
    """Returns the owner's revisions, oldest first."""
    found = api.indexed(ControllerRevision, "owner", owner["metadata"]["uid"])
    return sorted(found, key=lambda revision: (revision["revision"], revision["metadata"]["name"]))


def current_revision(api: Client, owner: Object, kind: Kind) -> Object:
    """Returns the revision of the owner's present template, made or moved to the end of the history."""
    template = owner["spec"]["template"]
    data = {"spec": {"template": {**template, "$patch": "replace"}}}
    known = revisions(api, owner)
    last = known[-1]["revision"] if known else 0
    for revision in known:
        if revision["data"] == data:
            if revision["revision"] == last:
                return revision
            return api.update(ControllerRevision, {**revision, "revision": last + 1})
    return api.create(ControllerRevision, _new_revision(owner, kind, data, last + 1))


def _new_revision(owner: Object, kind: Kind, data: Object, number: int) -> Object:
    hashed = template_hash(owner["spec"]["template"])
    metadata: Object = {
        "name": f"{owner['metadata']['name']}-{hashed}",
        "namespace": owner["metadata"]["namespace"],
        "labels": {**(owner["spec"]["template"].get("metadata", {}).get("labels") or {}), LABELS[kind.name]: hashed},
        "ownerReferences": [reference_to(owner, kind)],
    }
    if annotations := owner["metadata"].get("annotations"):
        metadata["annotations"] = annotations
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": metadata,
        "data": data,
        "revision": number,
    }


def mark(revision: Object) -> str:
    """Returns what Pods of a revision carry as their HASH_LABEL."""
    return str(revision["metadata"]["labels"].get(HASH_LABEL) or revision["metadata"]["name"])


def clean_up(api: Client, owner: Object, in_use: set[str]) -> None:
    """Deletes the oldest revisions beyond spec.revisionHistoryLimit that no Pod uses.

    Args:
        in_use: what Pods carry as their HASH_LABEL, and what new ones would.
    """
    idle = [revision for revision in revisions(api, owner) if mark(revision) not in in_use]
    limit = owner["spec"].get("revisionHistoryLimit", 10)
    for revision in idle[: max(0, len(idle) - limit)]:
        api.delete(ControllerRevision, key_of(revision))
