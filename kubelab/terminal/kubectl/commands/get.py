"""kubectl get: what is in the cluster, as tables or in another format (kubectl/pkg/cmd/get/get.go)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from kubelab.cluster.ages import age
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import BASIC_INTERMEDIATE, Command
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.getting import raw
from kubelab.terminal.kubectl.getting.formats import OUTPUT_FORMATS, generic_printer, is_human
from kubelab.terminal.kubectl.getting.validation import validate
from kubelab.terminal.kubectl.getting.watching import watch
from kubelab.terminal.kubectl.printers.custom_columns import relaxed
from kubelab.terminal.kubectl.printers.sorting import sort_by
from kubelab.terminal.kubectl.printers.table import TableOptions, TablePrinter
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import (
    ALL_NAMESPACES,
    CHUNK_SIZE,
    FIELD_SELECTOR,
    IDENTIFYING,
    NO_HEADERS,
    SELECTOR,
    filename_flags,
    output_flags,
)
from kubelab.terminal.tool import Steps

_USAGE = (
    "get [(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|"
    "jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | "
    "TYPE[.VERSION][.GROUP]/NAME ...) [flags]"
)


def run(call: Call) -> int | Steps | None:
    """Shows what was asked for, or follows it with --watch."""
    validate(call)
    flags = call.flags
    if flags.text("raw"):
        raw.get(call)
        return None
    if flags.on("watch") or flags.on("watch-only"):
        return watch(call)
    if is_human(call):
        _tables(call)
    else:
        _generic(call)
    return None


def _builder(call: Call, **options: object) -> Builder:
    chunk = 0 if call.flags.text("sort-by") else call.flags.number("chunk-size")
    return Builder.of(
        call,
        fields=call.flags.text("field-selector"),
        chunk=chunk,
        empty_selects_all=True,
        go_on=True,
        latest=True,
        flatten=True,
        subresource=call.flags.text("subresource"),
        **options,
    )


def _filtered(call: Call, errors: list[Exception]) -> list[Exception]:
    """Leaves out that something does not exist, where that is no error."""
    if not call.flags.on("ignore-not-found"):
        return errors
    return [error for error in errors if getattr(error, "reason", "") != "NotFound"]


def _tables(call: Call) -> None:
    flags = call.flags
    sorting = flags.text("sort-by")
    by_server = flags.on("server-print")
    builder = _builder(call, accept="Table" if by_server else "")
    if sorting and by_server:
        builder.options = {"includeObject": "Object"}
    infos, errors = builder.select().infos()
    errors = _filtered(call, errors)
    tables = [(info.kind, info.object if by_server else _plain_table(call, info)) for info in infos]
    if sorting:
        tables = _sorted_tables(tables, relaxed(sorting), call.minor)
    printed = _print_tables(call, tables)
    if not printed and not errors and not flags.on("ignore-not-found"):
        namespaced = not flags.on("all-namespaces") and all(kind.namespaced for kind, _ in tables)
        call.err(f"No resources found in {call.namespace} namespace.\n" if namespaced else "No resources found\n")
    raise_all(errors)


def _plain_table(call: Call, info: Info) -> Object:
    """Returns the table that kubectl makes itself: it knows names and ages, whatever the kind."""
    rows = [
        {"cells": [obj["metadata"]["name"], age(obj, call.ctx.now)], "object": obj}
        for obj in (info.object["items"] if info.is_list else [info.object])
    ]
    columns = [{"name": "Name", "type": "string", "format": "name"}, {"name": "Age", "type": "string"}]
    return {"columnDefinitions": columns, "rows": rows}


def _sorted_tables(tables: Sequence[tuple[Kind, Object]], path: str, minor: int) -> list[tuple[Kind, Object]]:
    """A table that cannot be sorted by that field is not shown, and nothing is said of it."""
    found = []
    for kind, table in tables:
        rows = table.get("rows") or []
        try:
            rows = sort_by(path, rows, [row["object"] for row in rows], minor)
        except CommandError:
            continue
        found.append((kind, {**table, "rows": rows}))
    return found


def _print_tables(call: Call, tables: Sequence[tuple[Kind, Object]]) -> bool:
    """Prints a block for each kind, with an empty line between; tells whether anything was printed."""
    several = len({kind for kind, _ in tables}) > 1
    blocks = []
    for kind, group in itertools.groupby(tables, key=lambda each: each[0]):
        pieces: list[str] = []
        out = TabWriter(pieces.append)
        printer = TablePrinter(table_options(call, kind, several), kind)
        for _, table in group:
            printer.print(table, out)
        out.flush()
        if pieces:
            blocks.append("".join(pieces))
    call.out(("" if call.flags.on("no-headers") else "\n").join(blocks))
    return bool(blocks)


def table_options(call: Call, kind: Kind, several: bool) -> TableOptions:
    """Returns how a kind's table is shown."""
    flags = call.flags
    return TableOptions(
        wide=flags.text("output") == "wide",
        no_headers=flags.on("no-headers"),
        with_namespace=flags.on("all-namespaces") and kind.namespaced,
        with_kind=several or flags.on("show-kind"),
        show_labels=flags.on("show-labels"),
        label_columns=flags.items("label-columns"),
    )


def _generic(call: Call) -> None:
    """Prints one object as itself, all else as one list."""
    flags = call.flags
    selection = _builder(call).select()
    infos, errors = selection.infos()
    errors = _filtered(call, errors)
    if selection.single and errors:
        raise_all(errors)
    show = generic_printer(call)
    if not infos and flags.on("ignore-not-found"):
        raise_all(errors)
        return
    if selection.single and len(infos) == 1 and not infos[0].is_list:
        show(infos[0].object)
        raise_all(errors)
        return
    objects = [_with_kind(info, item) for info in infos for item in _items(info)]
    if not objects and errors:
        raise_all(errors)
    if flags.text("sort-by") and objects:
        objects = sort_by(relaxed(flags.text("sort-by")), objects, objects, call.minor)
    show({"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {"resourceVersion": ""}})
    raise_all(errors)


def _items(info: Info) -> list[Object]:
    items: list[Object] = info.object["items"] if info.is_list else [info.object]
    return items


def _with_kind(info: Info, obj: Object) -> Object:
    return obj if "kind" in obj else {"apiVersion": info.kind.api_version, "kind": info.kind.name, **obj}


COMMAND = Command(
    path="get",
    usage=_USAGE,
    short="Show objects: one, several, or all of a kind",
    run=run,
    group=BASIC_INTERMEDIATE,
    rank=20,
    long="""
Show objects: one, several, or all of a kind.

A table with one line for each object says what matters most about its kind.

Only the current namespace is looked at, unless another one or all of them are asked for.

With 'template' as the output format and a Go template in --template, any field of the objects can be picked.

Use "kubectl api-resources" for a complete list of supported resources.
""",
    examples="""
# All Pods of the namespace
kubectl get pods

# The same with more columns, such as the node's name
kubectl get pods -o wide

# One replication controller
kubectl get replicationcontroller web

# Deployments of version v1 of the API group apps, as JSON
kubectl get deployments.v1.apps -o json

# One Pod as JSON
kubectl get -o json pod web-pod-13je7

# The Pod whose type and name stand in "pod.yaml", as JSON
kubectl get -f pod.yaml -o json

# What a directory with a kustomization.yaml names
kubectl get -k dir/

# Only the phase of a Pod
kubectl get -o template pod/web-pod-13je7 --template={{.status.phase}}

# Columns of your own
kubectl get pod test-pod -o custom-columns=CONTAINER:.spec.containers[0].name,IMAGE:.spec.containers[0].image

# Two kinds at once
kubectl get rc,services

# Several objects of different kinds
kubectl get rc/web service/frontend pods/web-pod-13je7

# The status subresource of a Pod
kubectl get pod web-pod-13je7 --subresource status

# All Deployments of the namespace 'backend'
kubectl get deployments.apps --namespace backend

# The Pods of all namespaces
kubectl get pods --all-namespaces
""",
    flags=(
        *filename_flags(IDENTIFYING),
        *output_flags(OUTPUT_FORMATS),
        NO_HEADERS,
        SELECTOR,
        FIELD_SELECTOR,
        ALL_NAMESPACES,
        CHUNK_SIZE,
        Flag("ignore-not-found", "bool", False, "If true, it is no error that an object does not exist."),
        Flag(
            "label-columns",
            "strings",
            [],
            "Labels to show as columns, separated by commas; may be given several times. Upper and lower case differ.",
            short="L",
        ),
        Flag(
            "output-watch-events", "bool", False, "With --watch or --watch-only: show what kind of event each line is."
        ),
        Flag("raw", "string", "", "Path to ask the server for; what it answers is printed as it is."),
        Flag("server-print", "bool", True, "If true, the server makes the table, for custom resources as well."),
        Flag("show-kind", "bool", False, "If true, put the kind before each name."),
        Flag("show-labels", "bool", False, "Show all labels in a last column"),
        Flag(
            "sort-by",
            "string",
            "",
            "Sort the list by this field, written as a JSONPath expression ('{.metadata.name}'). "
            "It must be a number or text.",
        ),
        Flag("subresource", "string", "", "Show this subresource of the object instead of the object."),
        Flag("watch", "bool", False, "Show what there is, then what changes.", short="w"),
        Flag("watch-only", "bool", False, "Show only what changes from now on."),
    ),
)
