"""kubectl port-forward (kubectl/pkg/cmd/portforward, client-go/tools/portforward)."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.network.tunnels import Tunnels
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl import pods, ports, streams
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.logging import klog_error
from kubelab.terminal.tool import Poll, Steps

_FIRST, _LAST = 32768, 60999  # from which a port is drawn when any will do
_PRIVILEGED = 1024
_REQUIRED = "TYPE/NAME and list of ports are required for port-forward"


def run(call: Call) -> Steps:
    """Listens on ports of the workstation and passes what comes on to a Pod."""
    state = call.state
    if "forwards" not in state:
        if len(call.args) < 2:
            raise call.usage(_REQUIRED)
        try:
            timeout = pods.running_timeout(call)
        except CommandError as error:
            raise call.usage(error.message) from None
        obj = pods.named(call, call.args[0], go_on=True).object
        pod = yield from pods.attachable(call, obj, timeout)
        words = call.args[1:]
        words = ports.of_service(obj, pod, words) if obj["kind"] == "Service" else ports.of_pod(pod, words)
        _begin(call, pod, words)
    return (yield from _serve(call))


def _begin(call: Call, pod: Object, words: Sequence[str]) -> None:
    """Opens the stream to the Pod and listens."""
    metadata = pod["metadata"]
    phase = (pod.get("status") or {}).get("phase", "")
    if phase != "Running":
        raise CommandError(f"unable to forward port because pod is not running. Current status={phase}")
    addresses, pairs = ports.addresses(call.flags.items("address")), ports.parsed(words)
    pod = streams.forward(call, metadata["namespace"], metadata["name"])
    forwards = [
        {"port": port, "target": remote, "told": 0}
        for local, remote in pairs
        if (port := _listen(call, addresses, pod, local, remote))
    ]
    if not forwards:
        asked = " ".join(f"{{{local} {remote}}}" for local, remote in pairs)
        raise CommandError(f"unable to listen on any of the requested ports: [{asked}]")
    where = {"namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]}
    call.state.update({"pod": where, "addresses": addresses, "forwards": forwards})


def _listen(call: Call, addresses: Sequence[str], pod: Object, local: int, remote: int) -> int:
    """Listens on a port; returns its number, 0 where that cannot be."""
    tunnels = _tunnels(call)
    port = local or _any_port(call, tunnels, remote)
    why = "permission denied" if port < _PRIVILEGED and call.ctx.user != "root" else ""
    if not why and not tunnels.open(port, addresses, pod, remote):
        why = "address already in use"
    if why:
        errors = [
            f"unable to create listener: Error listen {'tcp6' if ':' in address else 'tcp4'} "
            f"{ports.joined(address, port)}: bind: {why}"
            for address in addresses
        ]
        call.err(
            f"Unable to listen on port {port}: Listeners failed to create with the following errors: "
            f"[{' '.join(errors)}]\n"
        )
        return 0
    for address in addresses:
        call.say(f"Forwarding from {ports.joined(address, port)} -> {remote}")
    return port


def _any_port(call: Call, tunnels: Tunnels, remote: int) -> int:
    cluster = call.api.cluster
    port = _FIRST + int(cluster.random.index(_LAST - _FIRST, "port-forward", call.ctx.now, remote))
    while tunnels.find(port) is not None:
        port += 1
    return port


def _tunnels(call: Call) -> Tunnels:
    return call.ctx.machine.cluster.network.tunnels


def _serve(call: Call) -> Steps:
    """Tells of connections until the Pod is gone."""
    tunnels = _tunnels(call)
    try:
        while True:
            pod = _pod(call)
            failed = False
            for forward in call.state["forwards"]:
                if pod is not None:  # after a restart the ports are as they were
                    tunnels.open(forward["port"], call.state["addresses"], pod, forward["target"])
                failed = _tell(call, tunnels, forward) or failed
            if pod is None or failed:
                raise CommandError("lost connection to pod")
            yield Poll()
    finally:
        for forward in call.state["forwards"]:
            tunnels.close(forward["port"])


def _pod(call: Call) -> Object | None:
    """Returns the Pod while it runs."""
    where, kind = call.state["pod"], call.kinds.find("pods")
    pod = call.api.find(kind, where["namespace"], where["name"]) if kind is not None else None
    if pod is None or pod["metadata"]["uid"] != where["uid"]:
        return None
    return pod if (pod.get("status") or {}).get("phase") == "Running" else None


def _tell(call: Call, tunnels: Tunnels, forward: Object) -> bool:
    """Tells of new connections; returns True when nobody listened at the other end."""
    tunnel = tunnels.find(forward["port"])
    if tunnel is None:
        return False
    for _ in range(tunnel["handled"] - forward["told"]):
        call.say(f"Handling connection for {forward['port']}")
    forward["told"] = tunnel["handled"]
    if not tunnel.get("failed"):
        return False
    local, remote = forward["port"], forward["target"]
    klog_error(
        call,
        "portforward.go:424",
        f'"Unhandled Error" err="an error occurred forwarding {local} -> {remote}: error forwarding port {remote} to '
        f"pod {call.state['pod']['uid']}, uid : failed to connect to localhost:{remote} inside namespace, IPv4: "
        "dial tcp4 "
        f'127.0.0.1:{remote}: connect: connection refused IPv6 dial tcp6 [::1]:{remote}: connect: connection refused "',
    )
    return True


COMMAND = Command(
    path="port-forward",
    usage="port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
    short="Reach ports of a Pod by ports of your own computer",
    run=run,
    group=TROUBLESHOOTING,
    rank=50,
    long="""
Reach ports of a Pod by ports of your own computer.

A workload or Service such as deployment/mydeployment stands for one of its Pods. Without a type, a Pod is meant.

Where several Pods come into question, one of them is taken. When it ends, the forwarding ends with it, and the command has to be given anew.
""",  # noqa: E501
    examples="""
# Listen on ports 5000 and 6000, and pass on to ports 5000 and 6000 of the Pod
kubectl port-forward pod/mypod 5000 6000

# The same with a Pod of the Deployment
kubectl port-forward deployment/mydeployment 5000 6000

# Listen on port 8443, and pass on to the target port of the Service's port "https"
kubectl port-forward service/myservice 8443:https

# Listen on port 8888, and pass on to port 5000 of the Pod
kubectl port-forward pod/mypod 8888:5000

# Listen on all addresses of this computer
kubectl port-forward --address 0.0.0.0 pod/mypod 8888:5000

# Listen on localhost and on one more address
kubectl port-forward --address localhost,10.19.21.23 pod/mypod 8888:5000

# Listen on any free port
kubectl port-forward pod/mypod :5000
""",
    flags=(
        Flag(
            "address",
            "strings",
            ["localhost"],
            "Addresses to listen on, separated by commas. Only IP addresses and localhost, which stands for 127.0.0.1 "
            "and ::1; one of the two must be free.",
        ),
        Flag(
            "pod-running-timeout",
            "duration",
            60.0,
            "How long (5s, 2m, 3h; more than zero) to wait until a Pod runs",
        ),
    ),
)
