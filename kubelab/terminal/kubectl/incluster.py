"""What kubectl talks to inside of a Pod that gives it no kubeconfig: its own cluster, as the Pod's ServiceAccount.

Source: k8s.io/client-go/tools/clientcmd/client_config.go (inClusterClientConfig), rest/config.go.
"""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.kubectl.kubeconfig import Target
from kubelab.terminal.tool import Context

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def target_of_pod(ctx: Context) -> Target | None:
    """Returns the cluster that a Pod is in, None where the machine is no Pod that has a token."""
    host, port = ctx.env.get("KUBERNETES_SERVICE_HOST"), ctx.env.get("KUBERNETES_SERVICE_PORT")
    token = _read(ctx, "token")
    if not host or not port or not token:
        return None
    cluster = {"certificate-authority": f"{ACCOUNT}/ca.crt"}
    return Target(f"https://{host}:{port}", _read(ctx, "namespace"), {"token": token}, cluster, True)


def _read(ctx: Context, name: str) -> str:
    try:
        return ctx.read_file(f"{ACCOUNT}/{name}").strip()
    except FileError:
        return ""
