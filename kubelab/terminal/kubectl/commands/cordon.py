"""kubectl cordon and uncordon (kubectl/pkg/cmd/drain/drain.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import CLUSTER, Command
from kubelab.terminal.kubectl.nodes import mark, nodes
from kubelab.terminal.kubectl.shared_flags import DRY_RUN, SELECTOR


def cordon(call: Call) -> None:
    """Keeps new Pods away from nodes."""
    mark(call, nodes(call, "cordon NODE"), schedulable=False)


def uncordon(call: Call) -> None:
    """Lets new Pods come to nodes again."""
    mark(call, nodes(call, "uncordon NODE"), schedulable=True)


CORDON = Command(
    path="cordon",
    usage="cordon NODE",
    short="Keep new Pods away from a node",
    run=cordon,
    group=CLUSTER,
    rank=40,
    long="Mark a node as unschedulable: no new Pods come to it.",
    examples="""
# Keep new Pods away from the node "foo"
kubectl cordon foo
""",
    flags=(DRY_RUN, SELECTOR),
)
UNCORDON = Command(
    path="uncordon",
    usage="uncordon NODE",
    short="Let new Pods come to a node again",
    run=uncordon,
    group=CLUSTER,
    rank=50,
    long="Mark a node as schedulable: new Pods may come to it again.",
    examples="""
# Let new Pods come to the node "foo" again
kubectl uncordon foo
""",
    flags=(DRY_RUN, SELECTOR),
)
