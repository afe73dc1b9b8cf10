"""resize: other requests and limits for the containers of a Pod that runs (since v1.33).

Only resources and resizePolicy are taken from what is sent; the rest of the Pod stays as it is.
Source: KEP-1287; pkg/registry/core/pod/strategy.go (dropNonResizeUpdates); pkg/apis/core/validation/validation.go
(ValidatePodResize).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import errors, patches, tables
from kubelab.cluster.api.metadata import named_as_asked
from kubelab.cluster.api.request import APPLY_PATCH, Request, Response
from kubelab.cluster.kinds.podspec_resize import resize_causes, resized
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

NAME = "resize"
SINCE = "1.33"


def handle(server: ApiServer, request: Request, warnings: list[str]) -> Response:
    """Answers get, update and patch of a Pod's resources.

    Raises:
        NotFound: the version does not have it yet.
        Invalid: with what may not change.
    """
    if server.version < SINCE:
        raise errors.NotFound(errors.NOT_SERVED)
    pod = server.get(request.kind, request.key)
    if request.verb == "get":
        return Response(tables.shown(server, request, pod))
    if request.content_type == APPLY_PATCH:
        raise errors.BadRequest("server-side apply to the resize subresource is not simulated in KubeLab")
    asked = request.body if request.verb == "update" else patches.patched(server, request, pod)
    asked = server.decoded(request, named_as_asked(request, asked), warnings)
    causes = resize_causes(asked, pod, server.version)
    if causes:
        raise errors.invalid(request.kind, request.name, causes)
    new: Object = {**pod, "spec": resized(pod["spec"], asked["spec"]), "metadata": _metadata(pod, asked)}
    stored = server.update(
        request.kind, new, user=request.user, manager=request.manager, subresource=NAME,
        dry_run=request.dry_run, warnings=warnings, noted=True,
    )  # fmt: skip
    return Response(tables.shown(server, request, stored), 200, warnings)


def _metadata(pod: Object, asked: Object) -> Object:
    """Returns the Pod's metadata, with the revision that the sender had in mind."""
    revision = (asked.get("metadata") or {}).get("resourceVersion")
    return {**pod["metadata"], "resourceVersion": revision or pod["metadata"]["resourceVersion"]}
