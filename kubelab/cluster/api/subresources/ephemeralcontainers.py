"""ephemeralcontainers: containers that are added to a Pod that runs, to look into it.

Only spec.ephemeralContainers is taken from what is sent, and those that are there stay as they are.
Source: kubernetes.io, concepts/workloads/pods/ephemeral-containers; pkg/apis/core/validation/validation.go
(ValidatePodEphemeralContainersUpdate).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import errors, patches, tables
from kubelab.cluster.api.metadata import named_as_asked
from kubelab.cluster.api.request import APPLY_PATCH, Request, Response
from kubelab.cluster.kinds.causes import duplicate, forbidden
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.podspec import default_container
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

NAME = "ephemeralcontainers"
FIELD = "spec.ephemeralContainers"
MIRROR = "kubernetes.io/config.mirror"


def handle(server: ApiServer, request: Request, warnings: list[str]) -> Response:
    """Answers get, update and patch of a Pod's ephemeral containers.

    Raises:
        Invalid: one that is there was changed or left out, or a name is taken.
    """
    pod = server.get(request.kind, request.key)
    if request.verb == "get":
        return Response(tables.shown(server, request, pod))
    if request.content_type == APPLY_PATCH:
        raise errors.BadRequest("server-side apply to the ephemeralcontainers subresource is not simulated in KubeLab")
    asked = request.body if request.verb == "update" else patches.patched(server, request, pod)
    asked = server.decoded(request, named_as_asked(request, asked), warnings)
    wanted = [default_container(each) for each in asked["spec"].get("ephemeralContainers") or ()]
    causes = _causes(pod, wanted)
    if causes:
        raise errors.invalid(request.kind, request.name, causes)
    revision = (asked.get("metadata") or {}).get("resourceVersion") or pod["metadata"]["resourceVersion"]
    new: Object = {
        **pod,
        "metadata": {**pod["metadata"], "resourceVersion": revision},
        "spec": {**pod["spec"], "ephemeralContainers": wanted},
    }
    stored = server.update(
        request.kind, new, user=request.user, manager=request.manager, subresource=NAME,
        dry_run=request.dry_run, warnings=warnings, noted=True,
    )  # fmt: skip
    return Response(tables.shown(server, request, stored), 200, warnings)


def _causes(pod: Object, wanted: list[Object]) -> list[Cause]:
    if MIRROR in (pod["metadata"].get("annotations") or {}):
        return [forbidden("", "static pods do not support ephemeral containers")]
    spec = pod["spec"]
    causes: list[Cause] = []
    known = {each["name"] for field in ("containers", "initContainers") for each in spec.get(field) or ()}
    for place, each in enumerate(wanted):
        if each["name"] in known:
            causes.append(duplicate(f"{FIELD}[{place}].name", each["name"]))
        known.add(each["name"])
    by_name = {each["name"]: each for each in wanted}
    for each in spec.get("ephemeralContainers") or ():
        if each["name"] not in by_name:
            causes.append(forbidden(FIELD, f'existing ephemeral containers "{each["name"]}" may not be removed\n'))
        elif by_name[each["name"]] != each:
            causes.append(forbidden(FIELD, f'existing ephemeral containers "{each["name"]}" may not be changed\n'))
    return causes
