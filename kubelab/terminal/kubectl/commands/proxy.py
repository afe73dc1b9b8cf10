"""kubectl proxy: not simulated."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag


def run(call: Call) -> None:
    """Says that this is not simulated."""
    raise CommandError("proxy is not simulated in KubeLab; kubectl get --raw PATH asks the API server for a path")


COMMAND = Command(
    path="proxy",
    usage="proxy [--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]",
    short="Reach the API server by a port of your own computer",
    run=run,
    group=TROUBLESHOOTING,
    rank=60,
    long="""
Reach the API server by a port of your own computer, without credentials. KubeLab does not simulate this command; "kubectl get --raw PATH" asks the server for a path.
""",  # noqa: E501
    examples="""
# All of the API
kubectl proxy --api-prefix=/

# A part of it, and files as well
# 'curl localhost:8001/api/v1/pods' then lists Pods
kubectl proxy --www=/my/files --www-prefix=/static/ --api-prefix=/api/

# All of it below another path
kubectl proxy --api-prefix=/custom/

# On port 8011
kubectl proxy --port=8011 --www=./local/www/

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
        Flag("unix-socket", "string", "", "Unix socket to listen on.", short="u"),
        Flag("www", "string", "", "Directory whose files are served as well.", short="w"),
        Flag("www-prefix", "string", "/static/", "Path below which the files are served.", short="P"),
    ),
)
