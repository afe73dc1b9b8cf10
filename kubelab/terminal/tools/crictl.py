"""crictl: the node's container runtime, without the kubelet. Source: kubernetes-sigs/cri-tools, cmd/crictl; v1.36."""

from __future__ import annotations

from kubelab.cluster.clock import rfc3339
from kubelab.cluster.node import host
from kubelab.terminal.nodes import node_of
from kubelab.terminal.tool import Context, Exit, Steps, tool
from kubelab.terminal.tools import crictl_changes, crictl_inspect, crictl_lists
from kubelab.terminal.tools.crictl_arguments import Arguments

ENDPOINT = "unix:///run/containerd/containerd.sock"
HELP = """NAME:
   crictl - client for CRI

USAGE:
   crictl [global options] command [command options] [arguments...]

COMMANDS:
   exec                Run a command in a running container
   images, image, img  List images
   info                Display information of the container runtime
   inspect             Display the status of one or more containers
   inspecti            Return the status of one or more images
   inspectp            Display the status of one or more pods
   logs                Fetch the logs of a container
   pods                List pods
   ps                  List containers
   pull                Pull an image from a registry
   rm                  Remove one or more containers
   rmi                 Remove one or more images
   stats               List container(s) resource usage statistics
   stop                Stop one or more running containers
   stopp               Stop one or more running pods
   version             Display runtime version information
"""
COMMANDS = {
    "ps": crictl_lists.ps,
    "pods": crictl_lists.pods,
    "images": crictl_lists.images,
    "image": crictl_lists.images,
    "img": crictl_lists.images,
    "inspect": crictl_inspect.inspect,
    "inspectp": crictl_inspect.inspect_pod,
    "inspecti": crictl_inspect.inspect_image,
    "info": crictl_inspect.info,
    "logs": crictl_inspect.logs,
    "stop": crictl_changes.stop,
    "stopp": crictl_changes.stop_pod,
    "rm": crictl_changes.remove,
    "rmi": crictl_changes.remove_image,
    "pull": crictl_changes.pull,
    "stats": crictl_lists.stats,
    "version": crictl_lists.version,
}
NOT_SIMULATED = frozenset(
    """
    attach checkpoint completion config create events imagefsinfo metricsp port-forward rmp run runp runtime-config
    start statsp update update-runtime-config
    """.split()
)


@tool("crictl")
def crictl(ctx: Context) -> Steps:
    """crictl ps | pods | images | inspect | logs | exec | stop | rm | pull ..."""
    words = list(ctx.args)
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if (
            option in ("-r", "--runtime-endpoint", "-i", "--image-endpoint", "-c", "--config", "-t", "--timeout")
            and words
        ):
            words.pop(0)
        elif option in ("-v", "--version"):
            ctx.print(f"crictl version v{crictl_lists.CLIENT}")
            return 0
        elif option in ("-h", "--help"):
            words = []
    if not words or words[0] in ("help", "h"):
        ctx.write(HELP)
        return 0
    name, args = words[0], words[1:]
    if name in NOT_SIMULATED:
        raise Exit(1, f"crictl: KubeLab does not simulate crictl {name}\n")
    if name not in COMMANDS and name != "exec":
        ctx.error(f"No help topic for '{name}'\n")
        return 3
    _connect(ctx)
    if name == "exec":
        return (yield from crictl_inspect.execute(ctx, args))
    return COMMANDS[name](ctx, node_of(ctx), Arguments(ctx, args))


def _connect(ctx: Context) -> None:
    """Opens the runtime's socket.

    Raises:
        Exit: nobody listens there, or the user may not.
    """
    record = ctx.machine.cluster.store.get(host.HOSTS + node_of(ctx)) or {}
    why = ""
    if ctx.user != "root":
        why = "permission denied"
    elif not record.get("containerd", {}).get("running"):
        why = "no such file or directory"
    if why:
        path = ENDPOINT.removeprefix("unix://")
        dialing = f"transport: Error while dialing: dial unix {path}: connect: {why}"
        error = f'rpc error: code = Unavailable desc = connection error: desc = \\"{dialing}\\"'
        what = f'validate CRI v1 runtime API for endpoint \\"{ENDPOINT}\\": {error}'
        raise Exit(1, f'time="{rfc3339(ctx.now)}" level=fatal msg="validate service connection: {what}"\n')
