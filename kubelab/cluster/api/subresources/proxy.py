"""proxy: requests that the API server would hand on to a node, a Pod or a Service. Not simulated, which is said.

A port of a Pod or a Service can be reached by port-forward, and from inside the cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from kubelab.cluster.api import errors
from kubelab.cluster.api.request import Request

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

NAME = "proxy"
INSTEAD = {"nodes": "a shell on the node (ssh) reaches the kubelet's ports"}
FORWARD = "kubectl port-forward reaches its ports"


def handle(server: ApiServer, request: Request, warnings: list[str]) -> NoReturn:
    """Refuses every request.

    Raises:
        ApiError: always.
    """
    server.get(request.kind, request.key)
    plural = request.kind.plural
    said = INSTEAD.get(plural, FORWARD)
    raise errors.MethodNotAllowed(f"{plural}/proxy is not simulated in KubeLab: {said}")
