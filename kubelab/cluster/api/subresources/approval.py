"""approval: somebody who may decides on a certificate signing request.

Source: kubernetes.io, reference/access-authn-authz/certificate-signing-requests; pkg/registry/certificates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import patches
from kubelab.cluster.api.request import Request, Response
from kubelab.cluster.objects import with_status

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

NAME = "approval"


def handle(server: ApiServer, request: Request, warnings: list[str]) -> Response:
    """Answers get, update and patch of a request's conditions; nothing else of it changes here."""
    signing = server.get(request.kind, request.key)
    if request.verb == "get":
        return Response(signing)
    asked = request.body if request.verb == "update" else patches.patched(server, request, signing)
    conditions = ((asked or {}).get("status") or {}).get("conditions") or []
    now = server.clock.timestamp()
    dated = [{"lastTransitionTime": now, "lastUpdateTime": now, **condition} for condition in conditions]
    decided = server.update(
        request.kind, with_status(signing, conditions=dated), user=request.user, manager=request.manager,
        subresource="status", dry_run=request.dry_run, warnings=warnings, noted=True,
    )  # fmt: skip
    return Response(decided, 200, warnings)
