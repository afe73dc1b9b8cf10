"""kubectl api-resources: the kinds that the server serves (kubectl/pkg/cmd/apiresources/apiresources.go)."""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import OTHER, Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import go_text
from kubelab.terminal.kubectl.printers.json import to_json
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter
from kubelab.terminal.kubectl.printers.yaml import to_yaml
from kubelab.terminal.kubectl.shared_flags import NO_HEADERS

_COLUMNS = ("NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND")
_WIDE = ("VERBS", "CATEGORIES")
_STRUCTURED_SINCE = 34  # -o json and -o yaml


def run(call: Call) -> None:
    """Lists the kinds."""
    flags = call.flags
    if call.args:
        raise call.usage(f"unexpected arguments: {go_text(call.args)}")
    form, order = flags.text("output"), flags.text("sort-by")
    structured = form in ("json", "yaml") and call.minor >= _STRUCTURED_SINCE
    if form not in ("", "wide", "name") and not structured:
        raise CommandError(f"--output {form} is not available")
    if order not in ("", "name", "kind"):
        raise CommandError("--sort-by accepts only name or kind")
    kinds = sorted(_wanted(call), key=lambda kind: (_first(kind, order), kind.plural))
    if structured:
        rows = [_told(kind) for kind in kinds]
        told = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "", "resources": rows}
        call.out(to_json(told, as_is=True) + "\n" if form == "json" else to_yaml(told))
        return
    out = TabWriter(call.out)
    if not flags.on("no-headers") and form != "name":
        out.row((*_COLUMNS, *(_WIDE if form == "wide" else ())))
    for kind in kinds:
        out.row((kind.resource,) if form == "name" else _cells(kind, form == "wide"))
    out.flush()


def preferred(kinds: Iterable[Kind]) -> list[Kind]:
    """Returns each resource in the version that the server prefers."""
    found: dict[str, Kind] = {}
    for kind in kinds:
        found.setdefault(kind.resource, kind)
    return list(found.values())


def _wanted(call: Call) -> list[Kind]:
    flags = call.flags
    verbs, categories = set(flags.items("verbs")), set(flags.items("categories"))
    return [
        kind
        for kind in preferred(call.kinds.served())
        if (not flags.changed("api-group") or kind.group == flags.text("api-group"))
        and (not flags.changed("namespaced") or kind.namespaced == flags.on("namespaced"))
        and verbs <= set(kind.verbs)
        and categories <= set(kind.categories)
    ]


def _first(kind: Kind, order: str) -> str:
    return {"name": kind.plural, "kind": kind.name}.get(order, kind.group)


def _cells(kind: Kind, wide: bool) -> tuple[str, ...]:
    cells = (
        kind.plural,
        ",".join(kind.short_names),
        kind.api_version,
        "true" if kind.namespaced else "false",
        kind.name,
    )
    return (*cells, ",".join(kind.verbs), ",".join(kind.categories)) if wide else cells


def _told(kind: Kind) -> Object:
    told: Object = {"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced}
    if kind.group:
        told["group"] = kind.group
    told |= {"version": kind.version, "kind": kind.name, "verbs": list(kind.verbs)}
    if kind.short_names:
        told["shortNames"] = list(kind.short_names)
    if kind.categories:
        told["categories"] = list(kind.categories)
    return told


COMMAND = Command(
    path="api-resources",
    usage="api-resources",
    short="List the kinds that the server serves",
    run=run,
    group=OTHER,
    rank=10,
    examples="""
# All kinds
kubectl api-resources

# With more about each
kubectl api-resources -o wide

# Sorted by a column
kubectl api-resources --sort-by=name

# Those whose objects belong to a namespace
kubectl api-resources --namespaced=true

# Those whose objects belong to none
kubectl api-resources --namespaced=false

# Those of one API group
kubectl api-resources --api-group=rbac.authorization.k8s.io
""",
    flags=(
        Flag("api-group", "string", "", "Only kinds of this API group."),
        Flag("cached", "bool", False, "Use what was discovered before, if there is something."),
        Flag("categories", "strings", [], "Only kinds that belong to all of these categories."),
        Flag("namespaced", "bool", True, "If false, only kinds whose objects belong to no namespace; if true, to one."),
        NO_HEADERS,
        Flag(
            "output",
            "string",
            "",
            "Output format. One of: (json, yaml, name, wide); the first two since 1.34.",
            short="o",
        ),
        Flag("sort-by", "string", "", "Sort by this column: 'name' or 'kind'."),
        Flag("verbs", "strings", [], "Only kinds with which all of these verbs can be used."),
    ),
)
