"""kubectl debug (kubectl/pkg/cmd/debug/debug.go): a container in a Pod that runs, a copy of a Pod, a Pod on a node."""

from __future__ import annotations

import json

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl import debugging, pods, streams
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.commands import attach
from kubelab.terminal.kubectl.debug_profiles import LEGACY, PROFILES
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.pod_making import PULL_POLICIES, REFERENCE
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.tool import Poll, Steps

_PATIENCE = 3600.0  # seconds after which somebody who waits is asked again
_TARGET = (
    "Targeting container {}. If you don't see processes from this container it may be because the container runtime "
    "doesn't support this feature."
)
_LEGACY = (
    "--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a "
    'profile, for example "--profile=general".'
)


def run(call: Call) -> Steps:
    """Makes a container for debugging, and attaches to it where that is wanted."""
    if "debugging" not in call.state:
        call.keep("debugging", _begun(call))
    while call.state["debugging"]:
        yield from _attached(call, call.state["debugging"][0])
        call.state.pop("process", None)
        call.state["debugging"] = call.state["debugging"][1:]
    return 0


def _begun(call: Call) -> list[Object]:
    """Makes all containers; returns those to attach to."""
    flags = call.flags
    if flags.text("profile") not in PROFILES:
        raise CommandError(f"unknown profile: {flags.text('profile')}")
    part = debugging.custom(call)
    _check(call)
    debugging.check_custom(part)
    if flags.text("profile") == LEGACY and call.minor >= 32:
        call.err(_LEGACY + "\n")
    attaches = flags.on("attach") if flags.changed("attach") else flags.on("stdin")
    found = []
    for info in _targets(call):
        pod, container = _made(call, info, part)
        if attaches and container:
            metadata = pod["metadata"]
            found.append({"namespace": metadata["namespace"], "pod": metadata["name"], "container": container})
    return found


def _targets(call: Call) -> list[Info]:
    names = call.args[: call.flags.dash] if call.flags.dash > -1 else call.args
    found: list[Info] = []
    if call.flags.items("filename"):
        Builder.of(call, args=(), latest=True).select().visit(found.append)
    return [*found, *(pods.named(call, name) for name in names)]


def _made(call: Call, info: Info, part: Object) -> tuple[Object, str]:
    """Makes the container for one object; returns its Pod and its name."""
    obj = info.object
    if obj["kind"] == "Node":
        pod = debugging.make_on_node(call, obj, part)
        return pod, pod["spec"]["containers"][0]["name"]
    if obj["kind"] != "Pod":
        kind = info.kind
        raise CommandError(f'"{kind.group}/{kind.version}, Kind={kind.name}" not supported by debug')
    if call.flags.text("copy-to"):
        return debugging.make_copy(call, obj, part)
    return obj, debugging.add_ephemeral(call, obj, part)


def _check(call: Call) -> None:
    flags = call.flags
    image, words, images = flags.text("image"), debugging.arguments(call), flags.labels("set-image")
    if flags.on("attach") and not image and not flags.text("container"):
        raise CommandError("you must specify --container or create a new container using --image in order to attach.")
    if flags.text("copy-to"):
        if not image and not images and not words:
            raise CommandError("you must specify --image, --set-image or command arguments.")
        if words and not flags.text("container") and not image:
            raise CommandError("you must specify an existing container or a new image when specifying args.")
    else:
        for name in ("replace", "same-node", "set-image"):
            if flags[name]:
                raise CommandError(f"--{name} may only be used with --copy-to.")
        if not image:
            raise CommandError("you must specify --image when not using --copy-to.")
    if image and not REFERENCE.fullmatch(image):
        raise CommandError(f"invalid image name {quote(image)}: invalid reference format")
    if not call.args[: flags.dash if flags.dash > -1 else None] and not flags.items("filename"):
        raise CommandError("NAME or filename is required for debug")
    if flags.text("image-pull-policy") not in PULL_POLICIES:
        raise CommandError(f"invalid image pull policy: {flags.text('image-pull-policy')}")
    for name, other in images.items():
        if not REFERENCE.fullmatch(other):
            raise CommandError(
                f"invalid image name {quote(other)} for container {quote(name)}: invalid reference format"
            )
    _check_streams(call)


def _check_streams(call: Call) -> None:
    flags, target = call.flags, call.flags.text("target")
    if target and flags.text("copy-to"):
        raise CommandError("--target is incompatible with --copy-to. Use --share-processes instead.")
    if target and not flags.on("quiet"):
        call.say(_TARGET.format(json.dumps(target)))
    if flags.on("tty") and not flags.on("stdin"):
        raise CommandError("-i/--stdin is required for containers with -t/--tty=true")


def _attached(call: Call, about: Object) -> Steps:
    """Waits until the container runs or has ended; then attaches to it, or shows what it said."""
    if "process" in call.state:
        return (yield from attach.run(_inner(call, about)))
    while True:
        pod = call.api.get(kind_of(call.kinds, "pods"), about["namespace"], about["pod"])
        state = _state(pod, about["container"])
        if "running" in state or "terminated" in state:
            break
        _tell_waiting(call, about["container"], (state.get("waiting") or {}).get("message", ""))
        yield Poll(call.ctx.now + _PATIENCE)
    if "terminated" in state:
        part = streams.read_log(call, about["namespace"], about["pod"], {"container": about["container"]})
        call.out("".join(line.text for line in part.lines))
        return 0
    return (yield from attach.attach_to(_inner(call, about), pod))


def _state(pod: Object, container: str) -> Object:
    """Returns the state of a container, {} where it has none yet."""
    status = pod.get("status") or {}
    for field in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
        for each in status.get(field) or ():
            if each["name"] == container:
                found: Object = each.get("state") or {}
                return found
    return {}


def _tell_waiting(call: Call, container: str, message: str) -> None:
    if message and not call.flags.on("quiet") and call.state.get("waits for") != message:
        call.keep("waits for", message)
        call.err(f"Warning: container {container}: {message}\n")


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
Look into Pods and nodes with containers for debugging.

An ephemeral container with debugging tools is added to a Pod that runs; with --copy-to, a copy of the Pod is made in
which some things are changed. For a node, a Pod is made there that has the host's namespaces, and the node's files at
/host: 'chroot /host' leads to the node itself.
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
        Flag("env", "pairs", {}, "Environment variables of the container."),
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
        Flag("set-image", "pairs", {}, "With --copy-to: name=image pairs of containers with other images."),
        Flag("share-processes", "bool", True, "With --copy-to: the copy's containers see each other's processes."),
        Flag("stdin", "bool", False, "Keep standard input of the containers open.", short="i"),
        Flag("target", "string", "", "Container whose processes an ephemeral container sees."),
        Flag("tty", "bool", False, "Give the container a terminal.", short="t"),
    ),
)
