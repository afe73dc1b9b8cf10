"""Which group gets more nodes for the Pods that find no room, and what is said of those that no group can help.

Source: kubernetes/autoscaler, core/scaleup/orchestrator, processors/status/eventing_scale_up_processor.go, expander/;
core/podlistprocessor/filter_out_schedulable.go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.autoscaler import cloud, provisioning
from kubelab.cluster.autoscaler.simulation import Simulation
from kubelab.cluster.autoscalers import Group
from kubelab.cluster.controllers.pods import condition
from kubelab.cluster.kinds import Node, Pod
from kubelab.cluster.objects import Object, is_being_deleted, key_of

if TYPE_CHECKING:
    from kubelab.cluster.autoscaler.scan import Scan

MAX_REACHED = "max node group size reached"


class Option(NamedTuple):
    """Some more nodes of a group, and the Pods that would find room there."""

    group: Group
    nodes: int
    pods: list[Object]
    waste: float


def unschedulable(scan: Scan) -> list[Object]:
    """Returns the Pods for which the scheduler found no node, those that are expendable left out."""
    cutoff = scan.options.numbers["expendable-pods-priority-cutoff"]
    found = []
    for pod in scan.api.list(Pod):
        if pod["spec"].get("nodeName") or is_being_deleted(pod) or (pod["spec"].get("priority") or 0) < cutoff:
            continue
        scheduled = condition(pod, "PodScheduled")
        if scheduled is not None and scheduled.get("reason") == "Unschedulable":
            found.append(pod)
    return found


def helpless(scan: Scan, pods: Sequence[Object]) -> list[Object]:
    """Returns the Pods that fit neither on the nodes there are nor on those that are on their way."""
    simulation = Simulation(scan.cluster)
    nodes = [node for node in simulation.cache.by_index if scan.is_ready(node.node)]
    for name, count in provisioning.upcoming(scan).items():
        machine = scan.groups[name]["machine"]
        nodes += [simulation.template(name, machine, -place - 1) for place in range(count)]
    return [pod for pod in pods if simulation.place(pod, nodes) is None]


def scale_up(scan: Scan) -> None:
    """Makes one group larger where that helps; tells the Pods what became of them."""
    scan.pending = helpless(scan, unschedulable(scan))
    if not scan.pending:
        return
    options, reasons = _options(scan, scan.pending)
    if not options:
        for pod in scan.pending:
            counted = reasons[str(key_of(pod))]
            told = ", ".join(f"{count} {reason}" for reason, count in counted.items())
            scan.events.event(pod, "Normal", "NotTriggerScaleUp", f"pod didn't trigger scale-up: {told}")
        scan.say("orchestrator.go:158] No expansion options")
        return
    best = _best(scan, options)
    _execute(scan, best)
    helped = [str(key_of(pod)) for pod in best.pods]
    scan.pending = [pod for pod in scan.pending if str(key_of(pod)) not in helped]
    scan.look_again(scan.options.durations["scan-interval"])


def _options(scan: Scan, pods: Sequence[Object]) -> tuple[list[Option], dict[str, Counter[str]]]:
    reasons: dict[str, Counter[str]] = {str(key_of(pod)): Counter() for pod in pods}
    options = []
    total, most_nodes = len(scan.api.list(Node)), int(scan.options.numbers["max-nodes-total"])
    for group in scan.options.groups:
        kept, machine = scan.groups[group.name], scan.groups[group.name]["machine"]
        if provisioning.backs_off(scan, group.name):
            for pod in pods:
                reasons[str(key_of(pod))][provisioning.BACKOFF] += 1
            continue
        room = group.most - kept["size"]
        if most_nodes:
            room = min(room, most_nodes - total)
        simulation = Simulation(scan.cluster)
        fitting = []
        for pod in pods:
            if room <= 0:
                reasons[str(key_of(pod))][MAX_REACHED] += 1
                continue
            why = simulation.why_not(pod, simulation.template(group.name, machine))
            reasons[str(key_of(pod))].update(why)
            if not why:
                fitting.append(pod)
        count, helped = simulation.packed(fitting, group.name, machine, room) if fitting else (0, [])
        if count:
            options.append(Option(group, count, helped, simulation.waste(helped, machine, count)))
    return options, reasons


def _best(scan: Scan, options: Sequence[Option]) -> Option:
    expander = scan.options.expander
    if expander == "most-pods":
        best = max(len(option.pods) for option in options)
        options = [option for option in options if len(option.pods) == best]
    elif expander == "least-nodes":
        fewest = min(option.nodes for option in options)
        options = [option for option in options if option.nodes == fewest]
    elif expander == "least-waste":
        least = min(option.waste for option in options)
        options = [option for option in options if option.waste == least]
    return options[scan.cluster.random.index(len(options), "expander", scan.cluster.store.revision)]


def _execute(scan: Scan, best: Option) -> None:
    name, before = best.group.name, scan.groups[best.group.name]["size"]
    after = before + best.nodes
    plan = f"[{{{name} {before}->{after} (max: {best.group.most})}}]"
    sizes = f"{after} instead of {before} (max: {best.group.most})"
    scan.say(
        f"orchestrator.go:185] Best option to resize: {name}",
        f"orchestrator.go:189] Estimated {best.nodes} nodes needed in {name}",
        f"orchestrator.go:254] Final scale-up plan: {plan}",
        f"executor.go:166] Scale-up: setting group {name} size to {after}",
    )
    scan.note("ScaledUpGroup", f"Scale-up: setting group {name} size to {sizes}")
    cloud.increase(scan.cluster, name, best.nodes)
    scan.note("ScaledUpGroup", f"Scale-up: group {name} size set to {sizes}")
    scan.state["added"] = scan.now
    provisioning.expect(scan, name)
    scan.groups = cloud.groups(scan.cluster)
    for pod in best.pods:
        scan.events.event(pod, "Normal", "TriggeredScaleUp", f"pod triggered scale-up: {plan}")
