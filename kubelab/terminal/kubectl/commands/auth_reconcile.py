"""kubectl auth reconcile (kubectl/pkg/cmd/auth/reconcile.go; component-helpers/auth/rbac/reconciliation)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kubelab.cluster.api.policyrules import covers
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, annotations_of, labels_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import dry_run
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import DRY_RUN, OUTPUT, filename_flags
from kubelab.terminal.kubectl.typed import typed_printer

GROUP = "rbac.authorization.k8s.io"
AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"
OPTED_OUT = f", but object opted out ({AUTOUPDATE}: false)"
RULE = (
    ("Verbs", "verbs"),
    ("APIGroups", "apiGroups"),
    ("Resources", "resources"),
    ("ResourceNames", "resourceNames"),
    ("NonResourceURLs", "nonResourceURLs"),
)
SUBJECT = (("Kind", "kind"), ("APIGroup", "apiGroup"), ("Name", "name"), ("Namespace", "namespace"))


@dataclass
class Plan:
    """What an object needs.

    Args:
        operation: "create", "update" or "recreate"; "" for nothing.
        object: what it becomes.
        missing: the rules or subjects that it does not have.
        extra: those that the file does not name.
        protected: it wants to stay as it is.
    """

    operation: str
    object: Object
    missing: list[Object] = field(default_factory=list)
    extra: list[Object] = field(default_factory=list)
    protected: bool = False


def run(call: Call) -> None:
    """Gives roles and bindings what files say, and takes the rest away where that is wanted."""
    if not call.flags.items("filename") and not call.flags.text("kustomize"):
        raise CommandError("must specify one of -f and -k")
    if call.args:
        raise CommandError("no arguments are allowed")
    dry = dry_run(call)
    if dry == "server":
        raise CommandError("--dry-run=server for command reconcile is not supported yet")
    show = typed_printer(call, "reconciled", dry_run=dry)

    def reconcile(info: Info) -> None:
        if info.kind.group != GROUP:
            return
        plan = _plan(call, info.kind, info.object)
        if not dry and not plan.protected:
            plan.object = _carried_out(call, info.kind, plan)
        show(plan.object)
        _tell(call, info.kind, plan)

    Builder.of(call, args=(), local=True, go_on=True, flatten=True).select().visit(reconcile)


def _field(kind: Kind) -> str:
    return "subjects" if kind.name.endswith("Binding") else "rules"


def _place(call: Call, kind: Kind, obj: Object) -> tuple[str, str]:
    """Returns an object's namespace and name: what a file does not say is not filled in here, as in life."""
    metadata = obj["metadata"]
    namespace = metadata.get("namespace", "")
    if namespace and kind.namespaced and call.explicit_namespace and namespace != call.namespace:
        raise CommandError(
            f'the namespace from the provided object "{namespace}" does not match the namespace "{call.namespace}". '
            f"You must pass '--namespace={namespace}' to perform this operation."
        )
    return namespace, metadata.get("name", "")


def _plan(call: Call, kind: Kind, wanted: Object) -> Plan:
    namespace, name = _place(call, kind, wanted)
    found = call.api.find(kind, namespace, name) if namespace or not kind.namespaced else None
    part = _field(kind)
    if found is None:
        return Plan("create", wanted, list(wanted.get(part) or []))
    protected = annotations_of(found).get(AUTOUPDATE) == "false"
    if part == "subjects" and found["roleRef"] != wanted["roleRef"]:
        return Plan("recreate", wanted, protected=protected)
    has, want = list(found.get(part) or []), list(wanted.get(part) or [])
    if part == "rules":
        aggregated = bool(wanted.get("aggregationRule")) and bool(found.get("aggregationRule"))
        missing, extra = ([], []) if aggregated else (covers(has, want), covers(want, has))
    else:
        missing, extra = [one for one in want if one not in has], [one for one in has if one not in want]
    obj = _with_metadata(found, wanted)
    removing = call.flags.on(f"remove-extra-{'permissions' if part == 'rules' else 'subjects'}")
    if removing and (missing or extra):
        obj = {**obj, part: want}
    elif missing:
        obj = {**obj, part: [*has, *missing]}
    return Plan("update" if obj != found else "", obj, missing, extra, protected)


def _with_metadata(found: Object, wanted: Object) -> Object:
    """Returns an object with the file's labels and annotations beside its own."""
    metadata = dict(found["metadata"])
    for name, asked in (("labels", labels_of(wanted)), ("annotations", annotations_of(wanted))):
        if asked:
            metadata[name] = {**asked, **(metadata.get(name) or {})}
    return {**found, "metadata": metadata}


def _carried_out(call: Call, kind: Kind, plan: Plan) -> Object:
    namespace, name = _place(call, kind, plan.object)
    if plan.operation == "recreate":
        call.api.call("delete", kind, namespace, name)
    if plan.operation in ("create", "recreate"):
        if kind.namespaced and plan.operation == "create":
            _need_namespace(call, namespace)
        return call.api.call("create", kind, namespace, name, body=plan.object)
    if plan.operation == "update":
        return call.api.call("update", kind, namespace, name, body=plan.object)
    return plan.object


def _need_namespace(call: Call, name: str) -> None:
    kind = call.kind("namespaces")
    if not name:
        raise CommandError("resource name may not be empty")
    if call.api.find(kind, "", name) is None:
        call.api.call(
            "create", kind, "", name, body={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        )


def _tell(call: Call, kind: Kind, plan: Plan) -> None:
    if not plan.operation:
        return
    call.err(f"\treconciliation required {plan.operation}{OPTED_OUT if plan.protected else ''}\n")
    part = _field(kind)
    fields = RULE if part == "rules" else SUBJECT
    if plan.missing:
        call.err(f"\tmissing {part} added:\n" + _lines(plan.missing, fields))
    removing = call.flags.on(f"remove-extra-{'permissions' if part == 'rules' else 'subjects'}")
    if removing and plan.extra:
        call.err(f"\textra {part} removed:\n" + _lines(plan.extra, fields))


def _lines(items: Sequence[Object], fields: Sequence[tuple[str, str]]) -> str:
    """Writes rules or subjects as Go's %+v does."""
    texts = []
    for item in items:
        values = [(name, item.get(key, "" if fields is SUBJECT else [])) for name, key in fields]
        texts.append(" ".join(f"{name}:{_value(value)}" for name, value in values))
    return "".join(f"\t\t{{{text}}}\n" for text in texts)


def _value(value: str | list[str]) -> str:
    return value if isinstance(value, str) else f"[{' '.join(value)}]"


COMMAND = Command(
    path="auth reconcile",
    usage="auth reconcile -f FILENAME",
    short="Bring roles and bindings to what files say",
    run=run,
    long="""
Bring roles and bindings to what files say.

What does not exist is made, a namespace too. Roles get the rights of the file that they lack, bindings its subjects; what the file does not name stays, unless --remove-extra-permissions or --remove-extra-subjects is given. A binding to another role is made anew.

For these objects this is better than "kubectl apply", since it knows what rules mean.
""",  # noqa: E501
    examples="""
# Bring the RBAC objects of a file about
kubectl auth reconcile -f my-rbac-rules.yaml
""",
    flags=(
        *OUTPUT,
        DRY_RUN,
        *filename_flags("that hold the RBAC objects."),
        Flag("remove-extra-permissions", "bool", False, "If true, take rights away that the files do not name"),
        Flag("remove-extra-subjects", "bool", False, "If true, take subjects away that the files do not name"),
    ),
)
