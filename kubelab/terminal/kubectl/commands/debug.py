"""kubectl debug: not simulated, but for what is wrong with a call."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag


def run(call: Call) -> None:
    """Says that this is not simulated."""
    flags = call.flags
    if not flags.text("image") and not flags.text("copy-to"):
        raise CommandError("you must specify --image when not using --copy-to.")
    raise CommandError(
        "debug is not simulated in KubeLab; use kubectl exec, or kubectl run with an image that has the tools you need"
    )


COMMAND = Command(
    path="debug",
    usage="debug (POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
    short="Look into Pods and nodes with containers for debugging",
    run=run,
    group=TROUBLESHOOTING,
    rank=90,
    long="""
Look into Pods and nodes with containers for debugging. KubeLab does not simulate this command.

What is done depends on what is looked into:

*  Workload: a copy of a Pod is made in which some things are changed, such as an image's tag.
*  Workload: an ephemeral container with debugging tools is added to a Pod that runs.
*  Node: a Pod is made that runs in the node's namespaces and sees its files.
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
