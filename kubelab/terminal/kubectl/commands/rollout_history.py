"""kubectl rollout history (kubectl/pkg/cmd/rollout/rollout_history.go, polymorphichelpers/history.go)."""

from __future__ import annotations

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl import rollouts
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.printers.output import Print, name_of
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter
from kubelab.terminal.kubectl.resources import Info
from kubelab.terminal.kubectl.shared_flags import OUTPUT
from kubelab.terminal.kubectl.typed import typed_printer

_UNKNOWN = "unable to find the specified revision"


def run(call: Call) -> None:
    """Shows the revisions of workloads, or one of them."""
    rollouts.required(call)
    revision = call.flags.number("revision")
    if revision < 0:
        raise CommandError(f"revision must be a positive integer: {revision}")
    formatted, template = bool(call.flags.text("output")), bool(call.flags.text("template"))
    write = typed_printer(call)  # one for all: YAML is parted by lines of dashes

    def show(info: Info) -> None:
        for obj in info.object["items"] if info.is_list else [info.object]:
            typed = {"apiVersion": info.kind.api_version, "kind": info.kind.name, **obj}
            rollouts.refuse_others(info.kind, "history viewer", "history")
            metadata = typed["metadata"]
            owner, found = rollouts.history(call, info.kind, metadata["namespace"], metadata["name"])
            if formatted:
                _print(write, info.kind, owner, found, revision)
            elif template:
                write(typed)
            else:
                call.out(f"{name_of(typed)} {_text(call, found, revision)}\n")

    rollouts.builder(call, go_on=True, flatten=True).select().visit(show)


def _print(write: Print, kind: Kind, owner: Object, found: dict[int, Object], revision: int) -> None:
    if revision and revision not in found:
        raise CommandError(_UNKNOWN)
    for number, past in found.items():
        if not revision or number == revision:
            write(_as_it_was(kind, owner, past))


def _as_it_was(kind: Kind, owner: Object, past: Object) -> Object:
    """Returns what stands for a revision: a Deployment's ReplicaSet, another workload with the template it had."""
    if past["kind"] != "ReplicaSet":
        template = rollouts.template_of(past)
        past = {"apiVersion": kind.api_version, "kind": kind.name, **owner}
        past["spec"] = {**owner["spec"], "template": template}
    return past


def _text(call: Call, found: dict[int, Object], revision: int) -> str:
    if not found:
        return f"{f'with revision #{revision}' if revision else ''}\nNo rollout history found."
    if revision:
        if revision not in found:
            raise CommandError(_UNKNOWN)
        return f"with revision #{revision}\n{rollouts.template_text(call, rollouts.template_of(found[revision]))}"
    pieces: list[str] = []
    out = TabWriter(pieces.append, minimum=0, padding=2, remembers=False)
    out.row(("REVISION", "CHANGE-CAUSE"))
    for number, past in found.items():
        out.row((str(number), rollouts.cause_of(past)))
    out.flush()
    return "\n" + "".join(pieces)


COMMAND = Command(
    path="rollout history",
    usage="rollout history (TYPE NAME | TYPE/NAME) [flags]",
    short="Show the revisions of a workload",
    run=run,
    long="Show the revisions that a workload has had, and what they were.",
    examples="""
# The revisions of a Deployment
kubectl rollout history deployment/abc

# What revision 3 of a DaemonSet was
kubectl rollout history daemonset/abc --revision=3
""",
    flags=(
        *rollouts.WORKLOAD_FLAGS,
        *OUTPUT,
        Flag("revision", "int64", 0, "Show this revision in full, with its Pod template"),
    ),
)
