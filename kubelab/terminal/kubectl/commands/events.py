"""kubectl events: what happened, oldest first (kubectl/pkg/cmd/events/events.go)."""

from __future__ import annotations

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.describing.events import interval, seen_at
from kubelab.terminal.kubectl.errors import CommandError, PlainError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.gosort import go_sorted_by
from kubelab.terminal.kubectl.printers.output import Print, printer
from kubelab.terminal.kubectl.printers.structs import as_struct
from kubelab.terminal.kubectl.printers.table import cell_text
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter
from kubelab.terminal.kubectl.shared_flags import ALL_NAMESPACES, CHUNK_SIZE, OUTPUT
from kubelab.terminal.tool import Poll, Steps

_FORMATS = "json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file"
_COLUMNS = ("LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE")


def run(call: Call) -> int | Steps | None:
    """Lists the events, or follows them with --watch."""
    flags = call.flags
    selector = _selector(call)
    show = _printer(call)
    if any(kind.lower() not in ("normal", "warning") for kind in flags.items("types")):
        raise CommandError("valid --types are Normal or Warning")
    kind = kind_of(call.kinds, "events")
    namespace = "" if flags.on("all-namespaces") else call.namespace
    if flags.on("watch"):
        return _watch(call, kind, namespace, selector)
    _list(call, show, kind, call.api.list(kind, namespace, fields=selector))
    return None


def _selector(call: Call) -> str:
    word = call.flags.text("for")
    if not word:
        return ""
    if "/" not in word:
        raise CommandError("--for must be in resource/name form")
    parts = word.split("/")
    if len(parts) != 2:
        raise CommandError("arguments in resource/name form may not have more than one slash")
    if call.kinds.find(parts[0]) is None:
        raise PlainError(f'the server doesn\'t have a resource type "{parts[0]}"')
    kind = call.kind(parts[0])
    return f"involvedObject.kind={kind.name},involvedObject.name={parts[1]}" if parts[1] else ""


def _list(call: Call, show: Print, kind: Kind, events: list[Object]) -> None:
    found = [event for event in events if _is_wanted(call, event)]
    if not found:
        where = "." if call.flags.on("all-namespaces") else f" in {call.namespace} namespace."
        call.err(f"No events found{where}\n")
        return
    if call.flags.text("output") != "name":  # lists are not supported by name printing, and the error goes unsaid
        items = [as_struct(call.api.cluster.version, kind, event) for event in go_sorted_by(found, seen_at, call.minor)]
        show({"kind": "EventList", "apiVersion": "v1", "metadata": {}, "items": items})


def _is_wanted(call: Call, event: Object) -> bool:
    types = [kind.lower() for kind in call.flags.items("types")]
    return not types or event.get("type", "").lower() in types


def _watch(call: Call, kind: Kind, namespace: str, selector: str) -> Steps:
    """Shows what there is and what comes. The state holds the revision that was seen last."""
    state = call.state
    state.setdefault("revision", "")
    state.setdefault("widths", [])
    show = _printer(call)
    options = {"resourceVersion": state["revision"]} | ({"fieldSelector": selector} if selector else {})
    changes = call.api.watch(kind, namespace, options=options)
    try:
        while True:
            for change in changes.events():
                if change.type in ("ADDED", "MODIFIED") and _is_wanted(call, change.object):
                    show(change.object)
            state["revision"] = str(call.api.cluster.store.revision)
            yield Poll()
    finally:
        changes.close()


def _printer(call: Call) -> Print:
    flags = call.flags
    if flags.text("output"):
        return printer(call, typed=True)
    out = TabWriter(call.out)
    if flags.on("watch"):
        out.widths = call.state.setdefault("widths", [])
    with_namespace = flags.on("all-namespaces")

    def show(obj: Object) -> None:
        if not flags.on("no-headers") and not call.state.get("headed"):
            out.row((*(("NAMESPACE",) if with_namespace else ()), *_COLUMNS))
            call.state["headed"] = True
        for event in obj["items"] if "items" in obj else [obj]:
            before = (event["metadata"]["namespace"],) if with_namespace else ()
            out.row((*before, *_cells(event, call.ctx.now)))
        out.flush()

    return show


def _cells(event: Object, now: float) -> tuple[str, ...]:
    involved = event["involvedObject"]
    return (
        interval(now, event),
        cell_text(event.get("type", "")),
        cell_text(event.get("reason", "")),
        f"{cell_text(involved.get('kind', ''))}/{cell_text(involved.get('name', ''))}",
        cell_text(event.get("message", "").strip()),
    )


COMMAND = Command(
    path="events",
    usage=f"events [(-o|--output=){_FORMATS}] [--for TYPE/NAME] [--watch] [--event=Normal,Warning]",
    short="List events",
    run=run,
    group=TROUBLESHOOTING,
    rank=90,
    long="""
List events.

A table of what matters most about them: those of one namespace, of all namespaces, or those about one object.
""",
    examples="""
# Events of the default namespace
kubectl events

# Events of all namespaces
kubectl events --all-namespaces

# Events about a Pod, then those that come
kubectl events --for pod/web-pod-13je7 --watch

# Events in another format
kubectl events -oyaml

# Events of these types only
kubectl events --types=Warning,Normal
""",
    flags=(
        ALL_NAMESPACES,
        CHUNK_SIZE,
        Flag("for", "string", "", "Only events about this object."),
        Flag("no-headers", "bool", False, "If true, the table has no header line."),
        Flag("types", "strings", [], "Only events of these types."),
        Flag("watch", "bool", False, "After the events that there are, show those that come.", short="w"),
        *OUTPUT,
    ),
)
