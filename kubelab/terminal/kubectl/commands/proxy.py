"""kubectl proxy (kubectl/pkg/cmd/proxy/proxy.go): the API on a port of the workstation, without credentials."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.logging import klog_warning
from kubelab.terminal.kubectl.ports import joined
from kubelab.terminal.tool import Poll, Steps

_FIRST, _LAST = 32768, 60999  # from which a port is drawn when any will do
_PRIVILEGED = 1024
_FILTERS = ("accept-hosts", "accept-paths", "reject-methods", "reject-paths")
_NOT_SIMULATED = ("unix-socket", "www")
_UNSAFE = "Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious"


def run(call: Call) -> Steps:
    """Listens until it is stopped."""
    tunnels = call.ctx.machine.cluster.network.tunnels
    if "proxy" not in call.state:
        _check(call)
        proxy = _proxy(call)
        port = call.flags.number("port") or _any_port(call)
        address = call.flags.text("address")
        why = "permission denied" if port < _PRIVILEGED and call.ctx.user != "root" else ""
        if not why and not tunnels.serve(port, [address], proxy):
            why = "address already in use"
        if why:
            raise CommandError(f"listen tcp {joined(address, port)}: bind: {why}")
        call.state.update({"proxy": proxy, "port": port, "address": address})
        call.say(f"Starting to serve on {joined(address, port)}")
    port = call.state["port"]
    try:
        while True:
            tunnels.serve(port, [call.state["address"]], call.state["proxy"])  # after a restart it is as it was
            yield Poll()
    finally:
        tunnels.close(port)


def _check(call: Call) -> None:
    for name in _NOT_SIMULATED:
        if call.flags.text(name):
            raise CommandError(f"proxy --{name} is not simulated in KubeLab")
    for name in _FILTERS:
        for pattern in call.flags.text(name).split(","):
            try:
                re.compile(pattern)
            except re.error as error:
                raise CommandError(f"error parsing regexp: {error.msg}: `{pattern}`") from None


def _proxy(call: Call) -> Object:
    """Returns what the one who answers has to know (cluster/node/proxied.py)."""
    flags, api = call.flags, call.api
    if flags.on("disable-filter"):
        klog_warning(call, "proxy.go:177", _UNSAFE)
    prefix = f"/{flags.text('api-prefix').strip('/')}/".replace("//", "/")
    user = api.user
    return {
        "server": urlsplit(call.target.server).netloc,
        "prefix": prefix,
        "user": {
            "name": user.name,
            "groups": list(user.groups),
            "uid": user.uid,
            "extra": {name: list(values) for name, values in user.extra.items()},
        },
        "filters": None if flags.on("disable-filter") else {name: flags.text(name) for name in _FILTERS},
    }


def _any_port(call: Call) -> int:
    cluster = call.ctx.machine.cluster
    port = _FIRST + int(cluster.random.index(_LAST - _FIRST, "proxy", call.ctx.now))
    while cluster.network.tunnels.find(port) is not None:
        port += 1
    return port


COMMAND = Command(
    path="proxy",
    usage="proxy [--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]",
    short="Reach the API server by a port of your own computer",
    run=run,
    group=TROUBLESHOOTING,
    rank=60,
    long="""
Reach the API server by a port of your own computer, without credentials: what asks there is the user of your kubeconfig to the server. Everybody who can reach the port can do what you can do.

In the lab, let it run in the background with '&', and ask it with curl. Files (--www) and Unix sockets are not simulated.
""",  # noqa: E501
    examples="""
# All of the API
kubectl proxy --api-prefix=/

# In the background, asked for the Pods of a namespace
kubectl proxy &
curl http://127.0.0.1:8001/api/v1/namespaces/default/pods

# All of it below another path
kubectl proxy --api-prefix=/custom/

# On any free port, which is printed
kubectl proxy --port=0
""",
    flags=(
        Flag(
            "accept-hosts",
            "string",
            r"^localhost$,^127\.0\.0\.1$,^\[::1\]$",
            "Regular expression for the hosts that may ask.",
        ),
        Flag("accept-paths", "string", "^.*", "Regular expression for the paths that may be asked for."),
        Flag("address", "string", "127.0.0.1", "Address to listen on."),
        Flag("api-prefix", "string", "/", "Path below which the API is served."),
        Flag("append-server-path", "bool", False, "Put the path of the context's server before each request's."),
        Flag("disable-filter", "bool", False, "Serve every request. Dangerous: other sites may then use the port."),
        Flag("keepalive", "duration", 0.0, "Keep-alive period of connections. 0 for none."),
        Flag("port", "int", 8001, "Port to listen on. 0 for any.", short="p"),
        Flag("reject-methods", "string", "^$", "Regular expression for HTTP methods that are refused."),
        Flag(
            "reject-paths",
            "string",
            "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach",
            "Regular expression for paths that are refused, even if they are accepted above.",
        ),
        Flag("unix-socket", "string", "", "Unix socket to listen on. Not simulated.", short="u"),
        Flag("www", "string", "", "Directory whose files are served as well. Not simulated.", short="w"),
        Flag("www-prefix", "string", "/static/", "Path below which the files are served.", short="P"),
    ),
)
