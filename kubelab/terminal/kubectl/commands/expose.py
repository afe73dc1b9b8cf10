"""kubectl expose (kubectl/pkg/cmd/expose/expose.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object, with_metadata
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import LAST_APPLIED, dry_run, with_annotation, write_options
from kubelab.terminal.kubectl.command import BASIC_BEGINNER, Command
from kubelab.terminal.kubectl.creating import struct_writer
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.overriding import OVERRIDES, overridden
from kubelab.terminal.kubectl.pod_templates import flattened
from kubelab.terminal.kubectl.pods import go_type
from kubelab.terminal.kubectl.printers.json import compact_json
from kubelab.terminal.kubectl.printers.output import Print, printer
from kubelab.terminal.kubectl.recording import RECORD, recorded
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.service_making import parse_labels, service
from kubelab.terminal.kubectl.shared_flags import DRY_RUN, OUTPUT, SAVE_CONFIG, field_manager, filename_flags

_EXPOSABLE = {
    ("", "ReplicationController"), ("", "Service"), ("", "Pod"), ("apps", "Deployment"), ("apps", "ReplicaSet"),
}  # fmt: skip
_LONGEST_NAME = 63
_OPTIONS = (
    "cluster-ip", "external-ip", "load-balancer-ip", "protocol", "session-affinity", "target-port", "type",
)  # fmt: skip


def run(call: Call) -> None:
    """Makes a Service for each object that is meant."""
    dry = dry_run(call)
    show = printer(call, "exposed", dry_run=dry, typed=True)
    selection = Builder.of(call, labels="", go_on=True, flatten=True).select()

    def act(info: Info) -> None:
        for each in flattened(info):
            _expose(call, each, dry, show)

    selection.visit(act)


def _expose(call: Call, info: Info, dry: str, show: Print) -> None:
    kind = info.kind
    if (kind.group, kind.name) not in _EXPOSABLE:
        raise CommandError(
            f"cannot expose a {kind.name}.{kind.group}" if kind.group else f"cannot expose a {kind.name}"
        )
    made = _service(call, info)
    target = call.kinds.by_gvk("v1", "Service")
    assert target is not None
    made = recorded(call, overridden(call, target, made))
    write = struct_writer(call, made)
    if dry == "client":
        if call.explicit_namespace:
            made = with_metadata(made, namespace=call.namespace)
    else:
        if call.flags.on("save-config"):
            made = with_annotation(made, LAST_APPLIED, compact_json(write(made), as_is=True) + "\n")
        made = call.api.call("create", target, call.namespace, options=write_options(call, dry=dry), body=made)
    show(write(made))


def _service(call: Call, info: Info) -> Object:
    flags = call.flags
    obj = info.object
    if flags.text("selector"):
        selector = parse_labels(flags.text("selector"))
    else:
        try:
            selector = _selector(info)
        except CommandError as error:
            raise CommandError(f"couldn't retrieve selectors via --selector flag or introspection: {error}") from None
    found = _ports(info)
    ports = flags.text("port").split(",") if flags.text("port") else list(found)
    if not ports and flags.text("cluster-ip") != "None":
        raise CommandError("couldn't find port via --port flag or introspection")
    labels = parse_labels(flags.text("labels")) if flags.text("labels") else obj["metadata"].get("labels") or {}
    options = {name: flags.text(name) for name in _OPTIONS}
    return service(flags.text("name") or info.name[:_LONGEST_NAME], labels, selector, ports, found, options)


def _selector(info: Info) -> dict[str, str]:
    obj, kind = info.object, info.kind.name
    spec = obj.get("spec") or {}
    if kind == "Pod":
        labels: dict[str, str] = obj["metadata"].get("labels") or {}
        if not labels:
            raise CommandError("the pod has no labels and cannot be exposed")
        return labels
    selector = spec.get("selector")
    if kind in ("Service", "ReplicationController"):
        if kind == "Service" and not selector:
            raise CommandError("the service has no pod selector set")
        return selector or {}
    expressions = (selector or {}).get("matchExpressions")
    if expressions:
        raise CommandError(f'couldn\'t convert expressions - "{expressions}" to map-based selector format')
    if selector is None:
        raise CommandError(f"invalid {kind.lower()}: no selectors, therefore cannot be exposed: {go_type(obj)}")
    return selector.get("matchLabels") or {}


def _ports(info: Info) -> dict[str, str]:
    """Returns the ports that an object names, with their protocols."""
    spec = info.object.get("spec") or {}
    if info.kind.name == "Service":
        return {str(port["port"]): port.get("protocol", "TCP") for port in spec.get("ports") or ()}
    pod = spec if info.kind.name == "Pod" else (spec.get("template") or {}).get("spec") or {}
    ports = (port for container in pod.get("containers") or () for port in container.get("ports") or ())
    return {str(port["containerPort"]): port.get("protocol", "TCP") for port in ports}


COMMAND = Command(
    path="expose",
    usage=(
        "expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] "
        "[--name=name] [--external-ip=external-ip-of-service] [--type=type]"
    ),
    short="Make a service for a replication controller, service, deployment or pod",
    run=run,
    group=BASIC_BEGINNER,
    rank=20,
    long="""
Make a service for an object.

The deployment, service, replica set, replication controller or pod is looked up by its name, and its selector becomes
that of the new service, on the given port. Of deployments and replica sets only those can be exposed whose selector a
service can have, which is one with matchLabels alone. Without --port, the ports of the object are taken; without
labels, the service gets those of the object.

Possible resources include (case insensitive):

pod (po), service (svc), replicationcontroller (rc), deployment (deploy), replicaset (rs)
""",
    examples="""
# A service for replication controller nginx, on port 80, that leads to port 8000 of the containers
kubectl expose rc nginx --port=80 --target-port=8000

# The same for what "nginx-controller.yaml" names
kubectl expose -f nginx-controller.yaml --port=80 --target-port=8000

# A service named "frontend" for Pod valid-pod, on port 444
kubectl expose pod valid-pod --port=444 --name=frontend

# A second service for what service nginx leads to, with port 443 for the containers' 8443
kubectl expose service nginx --port=443 --target-port=8443 --name=nginx-https

# A service for UDP
kubectl expose rc streamer --port=4100 --protocol=UDP --name=video-stream

# A service for a replica set
kubectl expose rs nginx --port=80 --target-port=8000

# A service for a deployment
kubectl expose deployment nginx --port=80 --target-port=8000
""",
    flags=(
        RECORD,
        *filename_flags("that say which objects are meant."),
        *OUTPUT,
        *OVERRIDES,
        Flag(
            "cluster-ip",
            "string",
            "",
            "The service's address; 'None' makes it headless.",
        ),
        DRY_RUN,
        Flag("external-ip", "string", "", "One more address that nodes accept for the service."),
        field_manager("kubectl-expose"),
        Flag("labels", "string", "", "Labels of the service.", short="l"),
        Flag("load-balancer-ip", "string", "", "The load balancer's address, if the cloud can give it."),
        Flag("name", "string", "", "The name of the service."),
        Flag("port", "string", "", "The port of the service; that of the object unless it is said"),
        Flag("protocol", "string", "", "The protocol of the service, TCP unless it is said."),
        SAVE_CONFIG,
        Flag("selector", "string", "", "The selector of the service; only equality can be asked for."),
        Flag("session-affinity", "string", "", "Whether a client is always led to the same Pod: 'None' or 'ClientIP'"),
        Flag("target-port", "string", "", "Name or number of the containers' port that the service leads to."),
        Flag("type", "string", "", "ClusterIP, NodePort, LoadBalancer, or ExternalName; ClusterIP unless it is said."),
    ),
)
