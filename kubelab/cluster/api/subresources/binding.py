"""binding: a scheduler assigns a Pod to a node.

Source: pkg/registry/core/pod/storage/storage.go (BindingREST).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.request import Request, Response, succeeded

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

NAME = "binding"


def handle(server: ApiServer, request: Request, warnings: list[str]) -> Response:
    """Answers the creation of a Pod's binding."""
    target = (request.body or {}).get("target") or {}
    if target.get("kind", "Node") not in ("", "Node") or not target.get("name"):
        raise errors.BadRequest("invalid binding: target must be a Node")
    if not request.dry_run:
        server.bind(request.key, target["name"])
    return succeeded(201, warnings)
