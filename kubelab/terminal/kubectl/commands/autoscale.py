"""kubectl autoscale (kubectl/pkg/cmd/autoscale/autoscale.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import LAST_APPLIED, dry_run, with_annotation, write_options
from kubelab.terminal.kubectl.command import DEPLOY, Command
from kubelab.terminal.kubectl.creating import struct_writer
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.pod_templates import flattened
from kubelab.terminal.kubectl.printers.json import compact_json
from kubelab.terminal.kubectl.printers.output import Print, printer
from kubelab.terminal.kubectl.recording import RECORD, recorded
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import DRY_RUN, OUTPUT, SAVE_CONFIG, field_manager, filename_flags

_V2_SINCE = 33  # minor version from which the autoscaler is one of autoscaling/v2
_SCALABLE = {
    ("", "ReplicationController"), ("apps", "Deployment"), ("apps", "ReplicaSet"), ("apps", "StatefulSet"),
}  # fmt: skip


def run(call: Call) -> None:
    """Makes a HorizontalPodAutoscaler for each object that is meant."""
    flags = call.flags
    dry = dry_run(call)
    show = printer(call, "autoscaled", dry_run=dry, typed=True)
    least, most = flags.number("min"), flags.number("max")
    if most < 1:
        raise CommandError(f"--max=MAXPODS is required and must be at least 1, max: {most}")
    if most < least:
        raise CommandError(f"--max=MAXPODS must be larger or equal to --min=MINPODS, max: {most}, min: {least}")
    count = 0

    def act(info: Info) -> None:
        nonlocal count
        for each in flattened(info):
            _autoscale(call, each, dry, show)
            count += 1

    Builder.of(call, go_on=True, flatten=True).select().visit(act)
    if not count:
        raise CommandError("no objects passed to autoscale")


def _autoscale(call: Call, info: Info, dry: str, show: Print) -> None:
    kind = info.kind
    if (kind.group, kind.name) not in _SCALABLE:
        resource = f"{kind.group}/{kind.version}, Resource={kind.plural}"
        raise CommandError(
            f"cannot autoscale a {kind.name}: could not find scale subresource for {resource} in discovery information"
        )
    scaler = recorded(call, _autoscaler(call, info))
    write = struct_writer(call, scaler)
    if call.flags.on("save-config"):
        scaler = with_annotation(scaler, LAST_APPLIED, compact_json(write(scaler), as_is=True) + "\n")
    if dry != "client":
        target = call.kinds.by_gvk(scaler["apiVersion"], scaler["kind"])
        assert target is not None
        scaler = call.api.call("create", target, info.namespace, options=write_options(call, dry=dry), body=scaler)
    show(write(scaler))


def _autoscaler(call: Call, info: Info) -> Object:
    flags = call.flags
    spec: Object = {
        "scaleTargetRef": {"kind": info.kind.name, "name": info.name, "apiVersion": info.kind.api_version},
        "maxReplicas": flags.number("max"),
    }
    if flags.number("min") > 0:
        spec["minReplicas"] = flags.number("min")
    version = "v1" if call.minor < _V2_SINCE else "v2"
    percent = flags.number("cpu-percent")
    if percent >= 0 and version == "v1":
        spec["targetCPUUtilizationPercentage"] = percent
    elif percent >= 0:
        target = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    metadata: Object = {"name": flags.text("name") or info.name}
    kind = "HorizontalPodAutoscaler"
    return {"apiVersion": f"autoscaling/{version}", "kind": kind, "metadata": metadata, "spec": spec}


COMMAND = Command(
    path="autoscale",
    usage=("autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU]"),
    short="Let a deployment, replica set, stateful set, or replication controller find its size itself",
    run=run,
    group=DEPLOY,
    rank=30,
    required=("max",),
    long="""
Make an autoscaler that sets how many Pods a deployment, replica set, stateful set, or replication controller has, by
what its Pods use of the processor.
""",
    examples="""
# Deployment "foo" has 2 to 10 Pods; how much processor time they should use is left to the server
kubectl autoscale deployment foo --min=2 --max=10

# Replication controller "foo" has 1 to 5 Pods that should use 80% of what they ask for
kubectl autoscale rc foo --max=5 --cpu-percent=80
""",
    flags=(
        RECORD,
        *filename_flags("that say which objects are meant."),
        *OUTPUT,
        Flag("cpu-percent", "int32", -1, "How much of what they ask for the Pods should use on average, in percent."),
        DRY_RUN,
        field_manager("kubectl-autoscale"),
        Flag("max", "int32", -1, "The most Pods that there may be. Required."),
        Flag("min", "int32", -1, "The fewest Pods that there may be; left to the server unless it is said."),
        Flag("name", "string", "", "The name of the autoscaler, that of the object unless it is said."),
        SAVE_CONFIG,
    ),
)
