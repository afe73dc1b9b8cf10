"""kubectl exec (kubectl/pkg/cmd/exec/exec.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl import pods, streams
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.resources import Builder
from kubelab.terminal.tool import Steps

STREAM_FLAGS = (
    Flag(
        "container",
        "string",
        "",
        "Name of the container. Without it, the annotation kubectl.kubernetes.io/default-container says which one is "
        "meant, or else it is the first container of the Pod",
        short="c",
    ),
    Flag(
        "pod-running-timeout",
        "duration",
        60.0,
        "How long (5s, 2m, 3h; more than zero) to wait until a Pod runs",
    ),
    Flag("quiet", "bool", False, "Print nothing but what comes from the container", short="q"),
    Flag("stdin", "bool", False, "Pass standard input on to the container", short="i"),
    Flag("tty", "bool", False, "Standard input is a terminal", short="t"),
)


def run(call: Call) -> Steps:
    """Runs a command in a container."""
    if "process" not in call.state:
        name, argv = _words(call)
        try:
            timeout = pods.running_timeout(call)
        except CommandError as error:
            raise call.usage(error.message) from None
        if not name and not call.flags.items("filename"):
            raise CommandError("pod, type/name or --filename must be specified")
        if not argv:
            raise CommandError("you must specify at least one command for the container")
        pod = yield from pods.attachable(call, _object(call, name), timeout)
        return (yield from _start(call, pod, argv))
    streams.terminated((yield from streams.converse(call)))
    return 0


def _words(call: Call) -> tuple[str, list[str]]:
    """Splits the arguments into the Pod's name and the command."""
    args, dash = call.args, call.flags.dash
    name = args[0] if args and dash != 0 else ""
    if dash > -1:
        return name, args[dash:]
    if len(args) > 1 or (args and call.flags.items("filename")):
        raise call.usage("exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead")
    return name, []


def _object(call: Call, name: str) -> Object:
    if name and not call.flags.items("filename"):
        return pods.named(call, name).object
    args = (name if "/" in name else f"pods/{name}",) if name else ()
    chosen = Builder.of(call, args=args).select()
    infos, errors = chosen.infos()
    raise_all(errors)
    if len(infos) != 1 or not chosen.single:
        raise CommandError("cannot exec into multiple objects at a time")
    return infos[0].object


def _start(call: Call, pod: Object, argv: list[str]) -> Steps:
    flags = call.flags
    phase = (pod.get("status") or {}).get("phase")
    if phase in ("Succeeded", "Failed"):
        raise CommandError(f"cannot exec into a container in a completed pod; current phase is {phase}")
    quiet, stdin = flags.on("quiet"), flags.on("stdin")
    container = flags.text("container") or pods.default_container(call, pod, "", quiet=quiet)["name"]
    tty = streams.wants_tty(call, flags.on("tty"), stdin, quiet)
    metadata = pod["metadata"]
    process, output = streams.execute(
        call, metadata["namespace"], metadata["name"], container, argv, stdin=stdin, tty=tty
    )
    streams.terminated((yield from streams.begin(call, process, output, tty=tty, stdin=stdin)))
    return 0


COMMAND = Command(
    path="exec",
    usage="exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
    short="Run a command in a container",
    run=run,
    group=TROUBLESHOOTING,
    rank=40,
    long="Run a command in a container.",
    examples="""
# What 'date' prints in the first container of the Pod mypod
kubectl exec mypod -- date

# The same in the container ruby-container
kubectl exec mypod -c ruby-container -- date

# A terminal: what is typed goes to 'bash' in ruby-container,
# and what bash writes comes back
kubectl exec mypod -c ruby-container -i -t -- bash -il

# List /usr in the first container, latest changes first
# The two dashes say where the flags of kubectl end and those of the command begin
# Put no quotes around the command as a whole (ls -t /usr, not "ls -t /usr")
kubectl exec mypod -i -t -- ls -t /usr

# In the first Pod of the Deployment mydeployment
kubectl exec deploy/mydeployment -- date

# In the first Pod of the Service myservice
kubectl exec svc/myservice -- date
""",
    flags=(*STREAM_FLAGS, Flag("filename", "strings", [], "that says in which Pod to run the command", short="f")),
)
