"""kubectl top (kubectl/pkg/cmd/top): there is no metrics-server in a cluster that kubeadm makes."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import CLUSTER, Command, Run
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.shared_flags import ALL_NAMESPACES, FIELD_SELECTOR, SELECTOR

_SORTS = ("cpu", "memory")


def _runs(usage: str, clash: str) -> Run:
    def run(call: Call) -> None:
        if len(call.args) > 1:
            raise call.usage(usage)
        if call.flags.text("sort-by") not in ("", *_SORTS):
            raise CommandError("--sort-by accepts only cpu or memory")
        if call.args and (call.flags.text("selector") or _fields(call)):
            raise CommandError(clash)
        if not any(kind.group == "metrics.k8s.io" for kind in call.kinds):
            raise CommandError("Metrics API not available")
        raise CommandError("top is not simulated in KubeLab")

    return run


def _fields(call: Call) -> str:
    return call.flags.text("field-selector") if call.flags.has("field-selector") else ""


_NO_HEADERS = Flag("no-headers", "bool", False, "If true, the table has no header line")
_PROTOBUF = Flag("use-protocol-buffers", "bool", True, "Ask the Metrics API in protocol buffers.")

COMMAND = Command(
    path="top",
    usage="top [flags]",
    short="Show how much CPU and memory is used",
    group=CLUSTER,
    rank=30,
    help_stream=2,
    long="""
Show how much CPU and memory is used.

For nodes or for Pods.

A Metrics Server has to run in the cluster for it.
""",
)
POD = Command(
    path="top pod",
    usage="top pod [NAME | -l label]",
    short="Show how much CPU and memory Pods use",
    run=_runs("pod [NAME | -l label]", "only one of NAME or selector can be provided"),
    aliases=("pods", "po"),
    long="""
Show how much CPU and memory Pods use.

Of a Pod that has just been created, nothing is known for some minutes.
""",
    examples="""
# The Pods of the namespace default
kubectl top pod

# The Pods of another namespace
kubectl top pod --namespace=NAMESPACE

# A Pod, each container by itself
kubectl top pod POD_NAME --containers

# The Pods with the label name=myLabel
kubectl top pod -l name=myLabel
""",
    flags=(
        ALL_NAMESPACES,
        Flag("containers", "bool", False, "If true, show each container of a Pod by itself."),
        FIELD_SELECTOR,
        _NO_HEADERS,
        SELECTOR,
        Flag("sort-by", "string", "", "Sort the Pods by 'cpu' or 'memory'."),
        Flag("sum", "bool", False, "Show the sum of all as well"),
        _PROTOBUF,
    ),
)
NODE = Command(
    path="top node",
    usage="top node [NAME | -l label]",
    short="Show how much CPU and memory nodes use",
    run=_runs("node [NAME | -l label]", "only one of NAME or --selector can be provided"),
    aliases=("nodes", "no"),
    long="Show how much of their CPU and memory nodes use.",
    examples="""
# All nodes
kubectl top node

# One node
kubectl top node NODE_NAME
""",
    flags=(
        _NO_HEADERS,
        SELECTOR,
        Flag("show-capacity", "bool", False, "Reckon by what nodes have, and not by what they have for Pods."),
        Flag("sort-by", "string", "", "Sort the nodes by 'cpu' or 'memory'."),
        _PROTOBUF,
    ),
)
