"""kubectl run: one Pod of one image (kubectl/pkg/cmd/run/run.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object, with_metadata
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import LAST_APPLIED, dry_run, with_annotation, write_options
from kubelab.terminal.kubectl.command import BASIC_BEGINNER, Command
from kubelab.terminal.kubectl.commands.delete import CASCADE, FORCE, GRACE_PERIOD, TIMEOUT
from kubelab.terminal.kubectl.commands.run_attached import attach_and_wait
from kubelab.terminal.kubectl.creating import struct_writer
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.overriding import OVERRIDES, overridden
from kubelab.terminal.kubectl.pod_making import PULL_POLICIES, REFERENCE
from kubelab.terminal.kubectl.pod_making import pod as pod_of
from kubelab.terminal.kubectl.printers.json import compact_json
from kubelab.terminal.kubectl.printers.output import Print, printer
from kubelab.terminal.kubectl.recording import RECORD, recorded
from kubelab.terminal.kubectl.service_making import service
from kubelab.terminal.kubectl.shared_flags import DRY_RUN, OUTPUT, SAVE_CONFIG, field_manager, filename_flags
from kubelab.terminal.tool import Steps


def run(call: Call) -> int | Steps | None:
    """Makes a Pod, and attaches to it where that is wanted."""
    if "attaching" in call.state:
        return attach_and_wait(call)
    dry = dry_run(call)
    show = printer(call, "created", dry_run=dry, typed=True)
    attach = _attaches(call)
    restart = _check(call, dry, attach)
    pod = _create(call, dry, pod_of(call, restart))
    created = [["pods", pod["metadata"]["name"]]]
    problem = None
    if call.flags.on("expose"):
        try:
            created.append(["services", _expose(call, dry, pod, show)])
        except CommandError as error:
            problem = error
    if attach:
        call.keep("attaching", {"pod": pod["metadata"]["name"], "restart": restart, "created": created})
        return attach_and_wait(call)
    show(struct_writer(call, pod)(pod))
    if problem is not None:
        raise problem
    return 0


def _attaches(call: Call) -> bool:
    flags = call.flags
    return flags.on("attach") if flags.changed("attach") else flags.on("stdin")


def _check(call: Call, dry: str, attach: bool) -> str:
    """Checks the flags; returns the Pod's restart policy."""
    flags = call.flags
    image = flags.text("image")
    if not call.args:
        raise call.usage("NAME is required for run")
    if not image:
        raise CommandError("--image is required")
    if not REFERENCE.fullmatch(image):
        raise CommandError(f"Invalid image name {quote(image)}: invalid reference format")
    if flags.on("tty") and not flags.on("stdin"):
        raise call.usage("-i/--stdin is required for containers with -t/--tty=true")
    if flags.on("expose") and not flags.text("port"):
        raise call.usage("--port must be set when exposing a service")
    restart = flags.text("restart") or ("OnFailure" if flags.on("stdin") else "Always")
    if restart not in ("Always", "OnFailure", "Never"):
        raise call.usage(f"invalid restart policy: {restart}")
    if flags.on("rm") and not attach:
        raise call.usage("--rm should only be used for attached containers")
    if attach and dry:
        raise call.usage(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)"
        )
    if flags.text("image-pull-policy") not in PULL_POLICIES:
        raise call.usage(f"invalid image pull policy: {flags.text('image-pull-policy')}")
    return restart


def _create(call: Call, dry: str, obj: Object) -> Object:
    kind = call.ctx.machine.cluster.resources.by_gvk(obj["apiVersion"], obj["kind"])
    assert kind is not None
    if obj["kind"] == "Pod":
        obj = overridden(call, kind, obj)
    if dry == "client":
        return with_metadata(obj, namespace=call.namespace) if call.explicit_namespace else obj
    if call.flags.on("save-config"):
        obj = with_annotation(obj, LAST_APPLIED, compact_json(struct_writer(call, obj)(obj), as_is=True) + "\n")
    obj = recorded(call, obj)
    return call.api.call("create", kind, call.namespace, options=write_options(call, dry=dry), body=obj)


def _expose(call: Call, dry: str, pod: Object, show: Print) -> str:
    """Makes the Service of --expose and returns its name."""
    name = pod["metadata"]["name"]
    labels = {} if call.flags.text("labels") else {"run": name}
    given = pod["metadata"].get("labels") or labels
    made = service(name, {}, given, [call.flags.text("port")], {}, {})
    made = _create(call, dry, made)
    show(struct_writer(call, made)(made))
    if call.flags.text("output") == "yaml":
        call.say("---")  # the real one puts two of them
    return str(name)


COMMAND = Command(
    path="run",
    usage=(
        'run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] '
        "[--command] -- [COMMAND] [args...]"
    ),
    short="Run an image in a pod",
    run=run,
    group=BASIC_BEGINNER,
    rank=30,
    required=("image",),
    long="Make a pod with one container that runs an image.",
    examples="""
# A Pod that runs nginx
kubectl run nginx --image=nginx

# A Pod whose port 5701 is named
kubectl run hazelcast --image=hazelcast/hazelcast --port=5701

# Two environment variables
kubectl run hazelcast --image=hazelcast/hazelcast --env="DNS_DOMAIN=cluster" --env="POD_NAMESPACE=default"

# Two labels
kubectl run hazelcast --image=hazelcast/hazelcast --labels="app=hazelcast,env=prod"

# Only show the Pod
kubectl run nginx --image=nginx --dry-run=client

# JSON over the Pod that is made
kubectl run nginx --image=nginx --overrides='{ "apiVersion": "v1", "spec": { "nodeName": "worker-1" } }'

# A shell in a Pod that is not started again when it ends
kubectl run -i -t busybox --image=busybox --restart=Never

# The image's own command with other arguments
kubectl run nginx --image=nginx -- <arg1> <arg2> ... <argN>

# Another command
kubectl run nginx --image=nginx --command -- <cmd> <arg1> ... <argN>
""",
    flags=(
        RECORD,
        *OUTPUT,
        *OVERRIDES,
        *filename_flags("to use to replace the resource."),
        CASCADE,
        FORCE,
        GRACE_PERIOD,
        TIMEOUT,
        Flag("wait", "bool", False, "If true, wait until what is deleted is gone, finalizers included."),
        Flag("annotations", "array", [], "Annotations of the Pod."),
        Flag(
            "attach",
            "bool",
            False,
            "If true, wait until the Pod runs and attach to it as 'kubectl attach' does. So it is with '-i/--stdin'. "
            "With '--restart=Never' the command ends with the container's exit status.",
        ),
        Flag("command", "bool", False, "If true, what follows the name is the container's command, not its arguments."),
        DRY_RUN,
        Flag("env", "array", [], "Environment variables of the container."),
        Flag("expose", "bool", False, "If true, make a ClusterIP service for the Pod too.  Needs `--port`."),
        field_manager("kubectl-run"),
        Flag("image", "string", "", "The image to run."),
        Flag("image-pull-policy", "string", "", "When the image is pulled.  Left to the server unless it is said."),
        Flag("labels", "string", "", "Labels of the Pod, with commas between.", short="l"),
        Flag(
            "leave-stdin-open",
            "bool",
            False,
            "With '-i/--stdin': leave the container's standard input open after the first who attached is gone.",
        ),
        Flag("pod-running-timeout", "duration", 60.0, "How long to wait until the Pod runs"),
        Flag("port", "string", "", "The port on which the container listens."),
        Flag("privileged", "bool", False, "If true, the container is privileged."),
        Flag("quiet", "bool", False, "If true, say nothing about prompts.", short="q"),
        Flag("restart", "string", "Always", "The Pod's restart policy: one of [Always, OnFailure, Never]."),
        Flag("rm", "bool", False, "If true, delete the Pod when one is no longer attached to it."),
        SAVE_CONFIG,
        Flag("stdin", "bool", False, "Keep the container's standard input open.", short="i"),
        Flag("tty", "bool", False, "Give the container a terminal.", short="t"),
    ),
)
