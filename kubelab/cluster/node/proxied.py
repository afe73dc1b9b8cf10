"""What kubectl proxy answers on its port of the workstation: the API, as the user of the kubeconfig.

Source: kubectl/pkg/proxy/proxy_server.go.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kubelab.cluster.objects import Object
from kubelab.cluster.rest import overhttp
from kubelab.cluster.sockets import HttpReply, HttpRequest
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

_TEXT = "text/plain; charset=utf-8"
_CREDENTIALS = "authorization"


def answer(cluster: Cluster, proxy: Object, request: HttpRequest) -> HttpReply:
    """Answers a request.

    Args:
        proxy: what kubectl proxy was told: "user", "prefix", "below" and the filters.
    """
    path = urlsplit(request.path).path
    if not _may_pass(proxy, request, path):
        return _plain(403, "Forbidden\n")
    prefix = proxy["prefix"]
    if not (path + "/").startswith(prefix):
        return _plain(404, "404 page not found\n")
    below = "/" + request.path.removeprefix(prefix.rstrip("/")).lstrip("/")
    if not cluster.processes.api_servers():
        return _plain(502, f"dial tcp {proxy['server']}: connect: connection refused\n")
    headers = {name: value for name, value in request.headers.items() if name.lower() != _CREDENTIALS}
    found = proxy["user"]
    extra = {name: tuple(values) for name, values in found["extra"].items()}
    user = User(found["name"], tuple(found["groups"]), found["uid"], extra)
    return overhttp.answer(cluster.api, replace(request, path=below, headers=headers), user)


def _may_pass(proxy: Object, request: HttpRequest, path: str) -> bool:
    filters = proxy.get("filters")
    if filters is None:
        return True
    host = request.host.rsplit(":", 1)[0] if request.host.rpartition(":")[2].isdigit() else request.host
    return (
        not _matches(filters["reject-paths"], path)
        and not _matches(filters["reject-methods"], request.method)
        and _matches(filters["accept-hosts"], host)
        and _matches(filters["accept-paths"], path)
    )


def _matches(patterns: str, text: str) -> bool:
    return any(re.search(pattern, text) for pattern in patterns.split(","))


def _plain(code: int, text: str) -> HttpReply:
    found = overhttp.reply(code, text, _TEXT)
    return replace(found, headers={"Content-Type": _TEXT, "X-Content-Type-Options": "nosniff"})
