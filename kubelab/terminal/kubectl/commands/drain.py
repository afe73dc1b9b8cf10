"""kubectl drain (kubectl/pkg/cmd/drain/drain.go, kubectl/pkg/drain/drain.go)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import SelectorError, parse_labels
from kubelab.terminal.kubectl import draining
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import dry_run
from kubelab.terminal.kubectl.command import CLUSTER, Command
from kubelab.terminal.kubectl.errors import CommandError, PlainError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import format_duration
from kubelab.terminal.kubectl.nodes import mark, nodes, tell
from kubelab.terminal.kubectl.shared_flags import CHUNK_SIZE, DRY_RUN, SELECTOR
from kubelab.terminal.kubectl.waiting import WEEK
from kubelab.terminal.tool import Sleep, Steps, Wait

_LOOK_AGAIN = 1.0  # seconds between two looks whether a Pod is gone
_RETRY = 5.0  # seconds after which an eviction that was refused is tried again
_EVICTING = "error when evicting pods/"


def run(call: Call) -> Steps:
    """Empties nodes, one after the other."""
    state = call.state
    if "nodes" not in state:
        selector = call.flags.text("pod-selector")
        dry_run(call)
        try:
            parse_labels(selector)
        except SelectorError:
            raise CommandError("--pod-selector=<pod_selector> must be a valid label selector") from None
        found = nodes(call, "drain NODE")
        mark(call, found, schedulable=False)
        state |= {"nodes": [node["metadata"]["name"] for node in found], "fatal": [], "left": []}
    dry = dry_run(call)
    while state["nodes"]:
        name = state["nodes"][0]
        problems = yield from _drain(call, name, dry)
        _settle(call, name, problems, dry)
        state["nodes"] = state["nodes"][1:]
        state.pop("pods", None)
    if state["fatal"]:
        _tell_left(call)
    return 0


def _tell_left(call: Call) -> None:
    """Ends the command where nodes could not be emptied."""
    state = call.state
    call.err("There are pending nodes to be drained:\n" + "".join(f" {each}\n" for each in state["left"]))
    fatal: list[list[str]] = state["fatal"]
    lines = fatal[0] if len(fatal) == 1 else [_together(problems) for problems in fatal]
    raise PlainError("\n".join(lines))


def _together(problems: list[str]) -> str:
    return problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"


def _settle(call: Call, name: str, problems: list[str], dry: str) -> None:
    """Tells how the drain of a node ended."""
    if not problems:
        tell(call, {"metadata": {"name": name}}, "drained", dry)
        return
    call.err(f'error: unable to drain node "{name}" due to error: {_together(problems)}, continuing command...\n')
    call.state["fatal"].append(problems)
    call.state["left"].append(name)


def _drain(call: Call, node: str, dry: str) -> Generator[Wait, Any, list[str]]:
    state = call.state
    if "pods" not in state:
        verdicts = draining.judge(call, node)
        errors = draining.errors(call, verdicts)
        if errors:
            return [str(error) for error in errors]
        warning = draining.warnings(verdicts)
        if warning:
            call.err(f"Warning: {warning}\n")
        leaving = [_entry(verdict.pod) for verdict in verdicts if verdict.goes]
        if dry == "client":
            for entry in leaving:
                call.say(f"evicting pod {entry['namespace']}/{entry['name']} (dry run)")
            return []
        timeout = call.flags.seconds("timeout")
        state |= {"pods": leaving, "by": call.ctx.now + (timeout or WEEK), "problems": []}
    by_eviction = not call.flags.on("disable-eviction")
    while state["pods"]:
        waiting = [entry for entry in state["pods"] if _go_on(call, entry, dry, by_eviction)]
        state["pods"] = waiting
        if waiting:
            if call.ctx.now >= state["by"]:
                break
            yield Sleep(min([state["by"], *(entry.get("again", call.ctx.now + _LOOK_AGAIN) for entry in waiting)]))
    problems: list[str] = state["problems"]
    for entry in state["pods"]:
        problems.append(_late(call, entry, by_eviction))
    if problems:
        _tell_pending(call, node, problems)
    return problems


def _entry(pod: Object) -> Object:
    metadata = pod["metadata"]
    return {"namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]}


def _go_on(call: Call, entry: Object, dry: str, by_eviction: bool) -> bool:
    """Does what is next for a Pod; returns False when it is done with."""
    kind = call.kinds.find("pods")
    if kind is None:
        return False
    if not entry.get("asked"):
        if entry.get("again", 0) > call.ctx.now:
            return True
        if not _ask(call, entry, dry, by_eviction):
            return bool(entry.get("again"))
        entry["asked"] = True
        entry.pop("again", None)
        if dry == "server":
            return False
    found = call.api.find(kind, entry["namespace"], entry["name"])
    if found is None or found["metadata"]["uid"] != entry["uid"]:
        call.say(f"pod/{entry['name']} {'evicted' if by_eviction else 'deleted'}")
        return False
    if draining.is_skipped(call, found):
        seconds = call.flags.number("skip-wait-for-delete-timeout")
        call.say(f'pod "{entry["name"]}" has DeletionTimestamp older than {seconds} seconds, skipping')
        return False
    return True


def _ask(call: Call, entry: Object, dry: str, by_eviction: bool) -> bool:
    """Evicts or deletes a Pod; returns False where that did not come about."""
    kind = call.kinds.find("pods")
    if kind is None:
        return False
    namespace, name = entry["namespace"], entry["name"]
    options: Object = {"kind": "DeleteOptions", "apiVersion": "v1"}
    if call.flags.number("grace-period") >= 0:
        options["gracePeriodSeconds"] = call.flags.number("grace-period")
    if dry == "server":
        options["dryRun"] = ["All"]
    try:
        if not by_eviction:
            call.api.call("delete", kind, namespace, name, body=options, options={"dryRun": "All"} if dry else {})
            return True
        call.say(f"evicting pod {namespace}/{name}{' (server dry run)' if dry == 'server' else ''}")
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": namespace}}
        call.api.call("create", kind, namespace, name, subresource="eviction", body={**body, "deleteOptions": options})
        return True
    except ApiError as error:
        return _refused(call, entry, error)


def _refused(call: Call, entry: Object, error: ApiError) -> bool:
    namespace, name = entry["namespace"], entry["name"]
    if error.reason == "NotFound":
        return False
    if error.reason == "TooManyRequests":
        again = format_duration(_RETRY)
        call.err(f'{_EVICTING}"{name}" -n "{namespace}" (will retry after {again}): {error.message}\n')
        entry["again"] = call.ctx.now + _RETRY
        return False
    entry.pop("again", None)
    call.state["problems"].append(f'{_EVICTING}"{name}" -n "{namespace}": {error.message}')
    return False


def _late(call: Call, entry: Object, by_eviction: bool) -> str:
    """Returns what is said of a Pod that was not gone in time."""
    name, namespace, after = entry["name"], entry["namespace"], format_duration(call.flags.seconds("timeout"))
    if not entry.get("asked"):
        return f'{_EVICTING}"{name}" -n "{namespace}": global timeout reached: {after}'
    if not by_eviction:
        return "context deadline exceeded"
    return f'error when waiting for pod "{name}" in namespace "{namespace}" to terminate: context deadline exceeded'


def _tell_pending(call: Call, node: str, problems: list[str]) -> None:
    pending = [verdict for verdict in draining.judge(call, node) if verdict.goes]
    if pending:
        call.err(f'There are pending pods in node "{node}" when an error occurred: {_together(problems)}\n')
        for verdict in pending:
            call.err(f"pod/{verdict.pod['metadata']['name']}\n")


COMMAND = Command(
    path="drain",
    usage="drain NODE",
    short="Empty a node, so that it can be worked on",
    run=run,
    group=CLUSTER,
    rank=60,
    long="""
Empty a node, so that it can be worked on.

The node is marked as unschedulable, so that no new Pods come to it. Then its Pods are evicted, which heeds PodDisruptionBudgets. Mirror Pods stay, for they cannot be deleted by way of the API. Where there are Pods of DaemonSets, nothing is done without --ignore-daemonsets, and they stay in any case: their controller would bring them back at once, for it does not heed the mark. Where there are Pods that no controller looks after, nothing is done without --force, since nobody would bring them back.

The command waits until the Pods have ended. Do not work on the machine before it is done.

When the node may have Pods again, use kubectl uncordon.
""",  # noqa: E501
    examples="""
# Empty the node "foo", even if there are Pods on it that no controller looks after
kubectl drain foo --force

# Empty it, and give each Pod 15 minutes to end
kubectl drain foo --grace-period=900
""",
    flags=(
        CHUNK_SIZE,
        Flag(
            "delete-emptydir-data",
            "bool",
            False,
            "Go on even if there are Pods with emptyDir volumes (their content is lost when they go).",
        ),
        Flag(
            "disable-eviction",
            "bool",
            False,
            "Delete the Pods instead of evicting them. PodDisruptionBudgets are not heeded then; use it with care.",
        ),
        DRY_RUN,
        Flag("force", "bool", False, "Go on even if there are Pods that no controller looks after."),
        Flag(
            "grace-period",
            "int",
            -1,
            "Seconds that each Pod has to end by itself. Negative: as the Pod says itself.",
        ),
        Flag("ignore-daemonsets", "bool", False, "Leave the Pods of DaemonSets where they are."),
        Flag("pod-selector", "string", "", "Only the Pods of the node whose labels meet this selector"),
        SELECTOR,
        Flag(
            "skip-wait-for-delete-timeout",
            "int",
            0,
            "Do not wait for Pods that have been terminating for more than this many seconds. 0 waits for all.",
        ),
        Flag("timeout", "duration", 0.0, "How long to wait, zero means without end"),
    ),
)
