"""kubectl attach (kubectl/pkg/cmd/attach/attach.go)."""

from __future__ import annotations

from kubelab.cluster.api.kubelets import Output
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl import pods, streams
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.commands.exec import STREAM_FLAGS
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.tool import Steps

_RECORDED = (
    "All commands and output from this session will be recorded in container logs, including credentials and sensitive "
    "information passed through the command prompt.\n"
)
_ENTER = "If you don't see a command prompt, try pressing enter.\n"


def run(call: Call) -> Steps:
    """Attaches to the first process of a container."""
    if "process" not in call.state:
        try:
            timeout = pods.running_timeout(call)
        except CommandError as error:
            raise call.usage(error.message) from None
        args = call.args
        if not args:
            raise CommandError("at least 1 argument is required for attach")
        if len(args) > 2:
            raise CommandError(
                f"expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {len(args)}: [{' '.join(args)}]"
            )
        info = pods.named(call, args[0]) if len(args) == 1 else pods.named(call, args[1], args[0])
        pod = yield from pods.attachable(call, info.object, timeout)
        phase = (pod.get("status") or {}).get("phase")
        if phase in ("Succeeded", "Failed"):
            raise CommandError(f"cannot attach a container in a completed pod; current phase is {phase}")
        return (yield from attach_to(call, pod))
    yield from streams.converse(call)
    _tell_end(call)
    return 0


def attach_to(call: Call, pod: Object) -> Steps:
    """Attaches to a container of a Pod that runs, as the flags --container, --stdin, --tty and --quiet say."""
    flags = call.flags
    quiet, stdin = flags.on("quiet"), flags.on("stdin")
    try:
        container = pods.default_container(call, pod, flags.text("container"), quiet=quiet)
    except CommandError as error:
        raise CommandError(f"cannot attach to the container: {error}") from None
    tty = flags.on("tty")
    if tty and not container.get("tty"):
        tty = False
        if not quiet:
            call.err(f"error: Unable to use a TTY - container {container['name']} did not allocate one\n")
    elif container.get("tty"):
        tty = True  # a terminal's output cannot be told apart into two streams
    tty = streams.wants_tty(call, tty, stdin, quiet)
    if not quiet:
        call.err((_RECORDED if call.minor >= 34 else "") + _ENTER)
    metadata = pod["metadata"]
    process = streams.attach(call, metadata["namespace"], metadata["name"], container["name"])
    call.keep("attached", [metadata["namespace"], metadata["name"], container["name"]])
    yield from streams.begin(call, process, Output(), tty=tty, stdin=stdin)
    _tell_end(call)
    return 0


def _tell_end(call: Call) -> None:
    if call.flags.on("quiet") or not call.state["streams"]["tty"]:
        return
    namespace, pod, container = call.state["attached"]
    where = f" -n {namespace}" if call.minor >= 34 else ""
    call.say(
        f"Session ended, resume using '{call.command.full_path} {pod} -c {container}{where} -i -t' command"
        + ("" if call.minor >= 34 else " when the pod is running")
    )


COMMAND = Command(
    path="attach",
    usage="attach (POD | TYPE/NAME) -c CONTAINER",
    short="Attach to a container that runs",
    run=run,
    group=TROUBLESHOOTING,
    rank=30,
    long="Attach to the process that runs in a container already.",
    examples="""
# See what the Pod mypod writes from now on; the annotation 'kubectl.kubernetes.io/default-container'
# says which container is meant, or else it is the first one
kubectl attach mypod

# The container ruby-container of it
kubectl attach mypod -c ruby-container

# A terminal: what is typed goes to the process in ruby-container,
# and what it writes comes back
kubectl attach mypod -c ruby-container -i -t

# The first Pod of the ReplicaSet nginx
kubectl attach rs/nginx
""",
    flags=STREAM_FLAGS,
)
