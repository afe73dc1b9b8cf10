"""kubectl debug: an ephemeral container in a Pod that runs (kubectl/pkg/cmd/debug/debug.go).

Copies of Pods and Pods on nodes are not simulated, nor is a container that sees another one's processes.
"""

from __future__ import annotations

import json

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl import pods, streams
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.commands import attach
from kubelab.terminal.kubectl.connection import STRATEGIC
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.tool import Poll, Steps

_PATIENCE = 3600.0  # seconds after which somebody who waits is asked again

_NOT_SIMULATED = "debug {} is not simulated in KubeLab; kubectl debug POD --image=IMAGE adds a container to a Pod"
_TARGET = (
    "Targeting container {}. If you don't see processes from this container it may be because the container runtime "
    "doesn't support this feature."
)
_LEGACY = (
    "--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a "
    'profile, for example "--profile=general".'
)

_PROFILES = ("legacy", "general", "baseline", "netadmin", "restricted", "sysadmin")


def run(call: Call) -> int | Steps | None:
    """Adds a container to a Pod, and attaches to it where that is wanted."""
    if "debugging" in call.state:
        return _attached(call)
    _check(call)
    pod = pods.named(call, call.args[0]).object
    if pod["kind"] != "Pod":
        raise CommandError(_NOT_SIMULATED.format(f"of a {pod['kind']}"))
    container = _container(call, pod)
    metadata = pod["metadata"]
    call.api.call(
        "patch", kind_of(call.kinds, "pods"), metadata["namespace"], metadata["name"],
        subresource="ephemeralcontainers", content_type=STRATEGIC,
        body={"spec": {"ephemeralContainers": [container]}},
    )  # fmt: skip
    if not (call.flags.on("attach") if call.flags.changed("attach") else call.flags.on("stdin")):
        return 0
    call.keep(
        "debugging", {"namespace": metadata["namespace"], "pod": metadata["name"], "container": container["name"]}
    )
    return _attached(call)


def _check(call: Call) -> None:
    flags = call.flags
    if not flags.text("image") and not flags.text("copy-to"):
        raise CommandError("you must specify --image when not using --copy-to.")
    if not call.args:
        raise CommandError("NAME or TYPE/NAME is required for debug")
    if flags.on("tty") and not flags.on("stdin"):
        raise CommandError("-i/--stdin is required for containers with -t/--tty=true")
    for name in ("copy-to", "custom"):
        if flags.text(name):
            raise CommandError(_NOT_SIMULATED.format(f"with --{name}"))
    if flags.text("profile") not in _PROFILES:
        raise CommandError(f"unknown profile: {flags.text('profile')}")
    if flags.text("profile") == "legacy" and call.minor >= 32:
        call.err(_LEGACY + "\n")


def _container(call: Call, pod: Object) -> Object:
    """Returns the container that the flags ask for."""
    flags = call.flags
    name, target = flags.text("container"), flags.text("target")
    if target:
        call.say(_TARGET.format(json.dumps(target)))
    if not name:
        cluster = call.api.cluster
        name = f"debugger-{cluster.random.suffix(cluster.store.revision, pod['metadata']['uid'])}"
        if not flags.on("quiet"):
            call.out(f"Defaulting debug container name to {name}.\n")
    argv = call.args[flags.dash :] if flags.dash > -1 else call.args[1:]
    container: Object = {
        "name": name,
        "image": flags.text("image"),
        "stdin": flags.on("stdin"),
        "tty": flags.on("tty"),
        "terminationMessagePolicy": "File",
    }
    if flags.text("image-pull-policy"):
        container["imagePullPolicy"] = flags.text("image-pull-policy")
    if flags.items("env"):
        pairs = [each.partition("=") for each in flags.items("env")]
        container["env"] = [{"name": key, "value": value} for key, _, value in pairs]
    if target:
        container["targetContainerName"] = target
    if argv:
        container["args" if flags.on("arguments-only") else "command"] = argv
    return container


def _attached(call: Call) -> Steps:
    """Waits until the container runs or has ended; then attaches to it, or shows what it said."""
    about = call.state["debugging"]
    if "process" in call.state:
        yield from attach.run(_inner(call, about))
        return 0
    while True:
        pod = call.api.get(kind_of(call.kinds, "pods"), about["namespace"], about["pod"])
        statuses = (pod.get("status") or {}).get("ephemeralContainerStatuses") or ()
        state: Object = next((each["state"] for each in statuses if each["name"] == about["container"]), {})
        if "running" in state or "terminated" in state:
            break
        yield Poll(call.ctx.now + _PATIENCE)
    if "terminated" in state:
        part = streams.read_log(call, about["namespace"], about["pod"], {"container": about["container"]})
        call.out("".join(line.text for line in part.lines))
        return 0
    return (yield from attach.attach_to(_inner(call, about), pod))


def _inner(call: Call, about: Object) -> Call:
    words = [f"--{name}" for name in ("stdin", "tty", "quiet") if call.flags.on(name)]
    words += [f"--namespace={about['namespace']}", f"--container={about['container']}"]
    return Call(call.ctx, attach.COMMAND, attach.COMMAND.flag_set.parse(words))


COMMAND = Command(
    path="debug",
    usage="debug (POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
    short="Look into Pods and nodes with containers for debugging",
    run=run,
    group=TROUBLESHOOTING,
    rank=90,
    long="""
Look into Pods with containers for debugging.

An ephemeral container with debugging tools is added to a Pod that runs. KubeLab does not simulate the command's other
uses: a copy of a Pod in which some things are changed, and a Pod that sees a node's files.
""",
    examples="""
# A terminal in a new container of the Pod mypod
kubectl debug mypod -it --image=busybox

# A container named debugger, of an image of one's own
kubectl debug --image=myproj/debug-tools -c debugger mypod

# A copy of mypod with a container more
kubectl debug mypod -it --image=busybox --copy-to=my-debugger

# A copy in which mycontainer runs another command
kubectl debug mypod -it --copy-to=my-debugger --container=mycontainer -- sh

# A terminal on a node, whose files are at /host
kubectl debug node/mynode -it --image=busybox
""",
    flags=(
        Flag("arguments-only", "bool", False, "What follows -- are the arguments of the image's command."),
        Flag("attach", "bool", False, "Wait until the container runs and attach to it; so it is with -i."),
        Flag("container", "string", "", "Name of the new container.", short="c"),
        Flag("copy-to", "string", "", "Make a copy of the Pod with this name."),
        Flag("custom", "string", "", "File with parts of a container's spec, to change what the profile says."),
        Flag("env", "strings", [], "Environment variables of the container."),
        Flag("filename", "strings", [], "that say what to look into", short="f"),
        Flag("image", "string", "", "Image of the new container."),
        Flag("image-pull-policy", "string", "", "When to pull the image; the server decides if it is empty."),
        Flag("keep-annotations", "bool", False, "The copy has the Pod's annotations."),
        Flag("keep-init-containers", "bool", True, "The copy has the Pod's init containers."),
        Flag("keep-labels", "bool", False, "The copy has the Pod's labels."),
        Flag("keep-liveness", "bool", False, "The copy has the Pod's liveness probes."),
        Flag("keep-readiness", "bool", False, "The copy has the Pod's readiness probes."),
        Flag("keep-startup", "bool", False, "The copy has the Pod's startup probes."),
        Flag(
            "profile",
            "string",
            "legacy",
            'One of "legacy", "general", "baseline", "netadmin", "restricted" or "sysadmin".',
        ),
        Flag("quiet", "bool", False, "Print nothing but what comes from the container.", short="q"),
        Flag("replace", "bool", False, "With --copy-to: delete the Pod that was copied."),
        Flag("same-node", "bool", False, "With --copy-to: put the copy on the same node."),
        Flag("set-image", "strings", [], "With --copy-to: name=image pairs of containers with other images."),
        Flag("share-processes", "bool", True, "With --copy-to: the copy's containers see each other's processes."),
        Flag("stdin", "bool", False, "Keep standard input of the containers open.", short="i"),
        Flag("target", "string", "", "Container whose processes an ephemeral container sees."),
        Flag("tty", "bool", False, "Give the container a terminal.", short="t"),
    ),
)
