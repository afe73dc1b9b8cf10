"""What --prune of apply and diff takes away: what was applied before and is in the files no longer.

Source: kubectl/pkg/util/prune/prune.go, kubectl/pkg/cmd/apply/prune.go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.changing import last_applied
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.logging import klog_warning

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

_NAMESPACED = (
    ("v1", "ConfigMap"), ("v1", "Endpoints"), ("v1", "PersistentVolumeClaim"), ("v1", "Pod"),
    ("v1", "ReplicationController"), ("v1", "Secret"), ("v1", "Service"), ("batch/v1", "Job"), ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "Ingress"), ("apps/v1", "DaemonSet"), ("apps/v1", "Deployment"), ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
)  # fmt: skip
_CLUSTERWIDE = (("v1", "Namespace"), ("v1", "PersistentVolume"))
_NOT_FOR_LONG = (
    "Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace "
    "flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in "
    "the --prune-allowlist flag."
)


def allowlist(call: Call) -> list[Kind]:
    """Returns the kinds that --prune-allowlist names.

    Raises:
        CommandError: one is not of the form group/version/kind, or is not there.
    """
    found = []
    for text in call.flags.items("prune-allowlist"):
        parts = text.split("/")
        if len(parts) != 3:
            raise CommandError(f"invalid GroupVersionKind format: {text}, please follow <group/version/kind>")
        group, version, name = parts
        group = "" if group == "core" else group
        api_version = f"{group}/{version}" if group else version
        kind = call.kinds.by_gvk(api_version, name)
        if kind is None:
            raise CommandError(f"no matches for kind {quote(name)} in version {quote(api_version)}")
        found.append(kind)
    return found


def left_over(
    call: Call, kinds: Collection[Kind], namespaces: Collection[str], kept: Collection[str]
) -> Iterator[tuple[Kind, Object]]:
    """Yields what was applied once and is not among what is kept.

    Args:
        kinds: those that --prune-allowlist names; where there are none, the usual ones.
        namespaces: where the objects that are kept are.
        kept: their uids.
    """
    chosen = list(kinds) or _usual(call)
    for kind, namespace in [
        *((kind, namespace) for namespace in sorted(namespaces) for kind in chosen if kind.namespaced),
        *((kind, "") for kind in chosen if not kind.namespaced),
    ]:
        for obj in call.api.list(kind, namespace, labels=call.flags.text("selector")):
            if last_applied(obj) is not None and obj["metadata"]["uid"] not in kept:
                yield kind, {"apiVersion": kind.api_version, "kind": kind.name, **obj}


def _usual(call: Call) -> list[Kind]:
    klog_warning(call, "prune.go:71", _NOT_FOR_LONG)
    found = (call.kinds.by_gvk(version, name) for version, name in (*_NAMESPACED, *_CLUSTERWIDE))
    return [kind for kind in found if kind is not None]


def delete(call: Call, kind: Kind, obj: Object, policy: str, dry: str) -> None:
    """Deletes an object; what is gone already is no error.

    Raises:
        ApiError: it cannot be deleted.
    """
    if dry == "client":
        return
    body: Object = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy}
    if call.flags.number("grace-period") >= 0:
        body["gracePeriodSeconds"] = call.flags.number("grace-period")
    metadata, options = obj["metadata"], {"dryRun": "All"} if dry == "server" else {}
    try:
        call.api.call("delete", kind, metadata.get("namespace", ""), metadata["name"], body=body, options=options)
    except ApiError as error:
        if error.reason != "NotFound":
            raise
