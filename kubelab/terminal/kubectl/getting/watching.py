"""kubectl get --watch: what there is, then every change as it comes, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable

from kubelab.cluster.api.watching import Watch
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.getting.formats import generic_printer, is_human
from kubelab.terminal.kubectl.printers.table import TableOptions, TablePrinter
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter
from kubelab.terminal.kubectl.resources import Builder
from kubelab.terminal.tool import Poll, Steps

Show = Callable[[Object, str], None]
_SEVERAL = "watch is only supported on individual resources and resource collections - more than 1 resource was found"


def watch(call: Call) -> Steps:
    """Follows one object or one kind. The state holds what is watched and from which revision on."""
    state = call.state
    out = TabWriter(call.out)
    if "revision" not in state:
        kind = _first(call, out)
    else:
        kind = kind_of(call.kinds, state["kind"])
        out.widths = list(state["widths"])
    show = _shower(call, kind, out)
    changes = _open(call, kind)
    try:
        while True:
            for event in changes.events():
                if event.type != "BOOKMARK":
                    show(event.object, event.type)
            state["revision"] = call.api.cluster.store.revision
            state["widths"] = out.widths
            yield Poll()
    finally:
        changes.close()


def _first(call: Call, out: TabWriter) -> Kind:
    flags = call.flags
    builder = Builder.of(
        call,
        fields=flags.text("field-selector"),
        empty_selects_all=True,
        latest=True,
        one_type=True,
        accept="Table" if is_human(call) else "",
    )
    infos, errors = builder.select().infos()
    raise_all(errors)
    if len({info.kind for info in infos}) > 1 or len(infos) != 1:
        raise CommandError(_SEVERAL)
    info = infos[0]
    state = call.state
    state |= {"kind": f"{info.kind.plural}.{info.kind.version}.{info.kind.group}", "namespace": info.namespace}
    state |= {"name": info.name, "revision": call.api.cluster.store.revision, "widths": [], "printed": False}
    if not flags.on("watch-only"):
        show = _shower(call, info.kind, out)
        objects = info.object["items"] if info.is_list and not is_human(call) else [info.object]
        for obj in objects:
            show(obj, "ADDED")
    return info.kind


def _open(call: Call, kind: Kind) -> Watch:
    state, flags = call.state, call.flags
    options = {"resourceVersion": str(state["revision"])}
    if flags.text("selector"):
        options["labelSelector"] = flags.text("selector")
    fields = flags.text("field-selector")
    if state["name"]:
        fields = f"metadata.name={state['name']}"
    if fields:
        options["fieldSelector"] = fields
    return call.api.watch(kind, state["namespace"], options=options, accept="Table" if is_human(call) else "")


def _shower(call: Call, kind: Kind, out: TabWriter) -> Show:
    flags = call.flags
    events = flags.on("output-watch-events")
    if not is_human(call):
        print_object = generic_printer(call)

        def show_object(obj: Object, event: str) -> None:
            print_object({"type": event, "object": obj} if events else obj)

        return show_object
    options = TableOptions(
        wide=flags.text("output") == "wide",
        no_headers=flags.on("no-headers") or call.state["printed"],
        with_namespace=flags.on("all-namespaces"),
        with_kind=flags.on("show-kind"),
        show_labels=flags.on("show-labels"),
        label_columns=flags.items("label-columns"),
    )
    table_printer = TablePrinter(options, kind)

    def show_table(table: Object, event: str) -> None:
        table_printer.print(table, out, event if events else None)
        out.flush()
        call.state["printed"] = call.state["printed"] or bool(table.get("rows"))

    return show_table
