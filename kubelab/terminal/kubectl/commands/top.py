"""kubectl top (kubectl/pkg/cmd/top, pkg/metricsutil): the processor time and memory that nodes and Pods use."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from kubelab.cluster.api.resourcemetrics import GROUP, VERSION
from kubelab.cluster.clock import parse_time
from kubelab.cluster.kinds import Node, Pod
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import parse, to_int
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import CLUSTER, Command, Run
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import format_duration
from kubelab.terminal.kubectl.gosort import go_sorted_by
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter
from kubelab.terminal.kubectl.shared_flags import ALL_NAMESPACES, FIELD_SELECTOR, SELECTOR

_SORTS = ("cpu", "memory")
_MIB = 2**20
_IN_BRACKETS_SINCE = 32  # minor version of kubectl
_PATIENCE = 120.0  # seconds after which a Pod is expected to have metrics

T = TypeVar("T")
Usage = tuple[Decimal, int]  # cores and bytes


def _runs(usage: str, clash: str, show: Callable[[Call, Kind], None], plural: str) -> Run:
    def run(call: Call) -> None:
        if len(call.args) > 1:
            raise call.usage(usage)
        if call.flags.text("sort-by") not in ("", *_SORTS):
            raise CommandError("--sort-by accepts only cpu or memory")
        if call.args and (call.flags.text("selector") or _fields(call)):
            raise CommandError(clash)
        kind = call.kinds.by_resource(GROUP, VERSION, plural)
        if kind is None:
            raise CommandError("Metrics API not available")
        show(call, kind)

    return run


def _found(call: Call, kind: Kind, namespace: str) -> list[Object]:
    if call.args:
        return [call.api.get(kind, namespace, call.args[0])]
    return call.api.list(kind, namespace, labels=call.flags.text("selector"), fields=_fields(call))


def _usage(amounts: Object) -> Usage:
    return parse(amounts["cpu"]), to_int(amounts["memory"])


def _sum(usages: Sequence[Usage]) -> Usage:
    return sum((cpu for cpu, _ in usages), Decimal()), sum(memory for _, memory in usages)


def _sorted(call: Call, rows: list[tuple[Usage, T]]) -> list[tuple[Usage, T]]:
    by = call.flags.text("sort-by")
    if not by:
        return rows
    return go_sorted_by(rows, lambda row: -_milli(row[0][0]) if by == "cpu" else -row[0][1], call.minor)


def _milli(cores: Decimal) -> int:
    return math.ceil(cores * 1000)


def _cells(usage: Usage) -> tuple[str, str]:
    return f"{_milli(usage[0])}m", f"{usage[1] // _MIB}Mi"


# nodes


def _show_nodes(call: Call, kind: Kind) -> None:
    metrics = _found(call, kind, "")
    if not metrics:
        raise CommandError("metrics not available yet")
    named = [call.api.get(Node, "", call.args[0])] if call.args else None
    nodes = named or call.api.list(Node, labels=call.flags.text("selector"))
    part = "capacity" if call.flags.on("show-capacity") else "allocatable"
    has = {node["metadata"]["name"]: _usage((node.get("status") or {}).get(part) or _NOTHING) for node in nodes}
    rows = [(_usage(found["usage"]), found["metadata"]["name"]) for found in metrics]
    out = TabWriter(call.out)
    if not call.flags.on("no-headers"):
        share = "{}(%)" if call.minor >= _IN_BRACKETS_SINCE else "{}%"
        out.row(("NAME", "CPU(cores)", share.format("CPU"), "MEMORY(bytes)", share.format("MEMORY"), ""))
    for usage, name in _sorted(call, sorted(rows, key=lambda row: row[1])):
        (cpu, memory), (cores, room) = _cells(usage), has.pop(name, (Decimal(), 0))
        out.row((name, cpu, _share(_milli(usage[0]), _milli(cores)), memory, _share(usage[1], room), ""))
    for name in has:
        out.row((name, *["<unknown>"] * 4, ""))
    out.flush()


_NOTHING = {"cpu": "0", "memory": "0"}


def _share(used: int, of: int) -> str:
    return f"{int(used / of * 100)}%" if of else "<unknown>"


# Pods


def _show_pods(call: Call, kind: Kind) -> None:
    everywhere = call.flags.on("all-namespaces")
    namespace = "" if everywhere else call.namespace
    metrics = _found(call, kind, namespace)
    if not metrics:
        _explain(call, namespace)
        return
    rows = [(_sum([_usage(part["usage"]) for part in pod["containers"]]), pod) for pod in metrics]
    containers = call.flags.on("containers")
    out = TabWriter(call.out)
    head = [*(["NAMESPACE"] if everywhere else ()), *(["POD"] if containers else ()), "NAME"]
    if not call.flags.on("no-headers"):
        out.row((*head, "CPU(cores)", "MEMORY(bytes)", ""))
    for usage, pod in _sorted(call, rows):
        where = [pod["metadata"]["namespace"]] if everywhere else []
        parts = sorted(((_usage(part["usage"]), part["name"]) for part in pod["containers"]), key=lambda part: part[1])
        for each, name in _sorted(call, parts) if containers else [(usage, "")]:
            called = [pod["metadata"]["name"], name] if containers else [pod["metadata"]["name"]]
            out.row((*where, *called, *_cells(each), ""))
    if call.flags.on("sum"):
        for cells in (("________", "________"), _cells(_sum([usage for usage, _ in rows]))):
            out.row((*[""] * len(head), *cells, ""))
    out.flush()


def _explain(call: Call, namespace: str) -> None:
    """Says why there are no metrics: there are no Pods, or they are too young, or something is wrong."""
    pods = call.api.list(Pod, namespace, labels=call.flags.text("selector"), fields=_fields(call))
    if not pods:
        call.err(f"No resources found in {namespace} namespace.\n" if namespace else "No resources found\n")
        return
    for pod in pods:
        age = call.ctx.now - parse_time(pod["metadata"]["creationTimestamp"])
        if age > _PATIENCE:
            name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            raise CommandError(f"Metrics not available for pod {name}, age: {format_duration(age)}")
    raise CommandError("metrics not available yet")


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
    run=_runs("pod [NAME | -l label]", "only one of NAME or selector can be provided", _show_pods, "pods"),
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
    run=_runs("node [NAME | -l label]", "only one of NAME or --selector can be provided", _show_nodes, "nodes"),
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
