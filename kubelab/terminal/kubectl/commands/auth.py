"""kubectl auth whoami and reconcile (kubectl/pkg/cmd/auth); can-i has a file of its own."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.printers.output import printer
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter
from kubelab.terminal.kubectl.shared_flags import DRY_RUN, OUTPUT, filename_flags


def whoami(call: Call) -> None:
    """Tells whom the server takes the caller for."""
    kind = call.kinds.find("selfsubjectreviews")
    if kind is None:
        raise CommandError("the selfsubjectreviews API is not enabled in the cluster")
    body = {"kind": kind.name, "apiVersion": kind.api_version}
    review = call.api.call("create", kind, body=body)
    if call.flags.text("output") or call.flags.text("template"):
        printer(call)(review)
        return
    _table(call, review["status"]["userInfo"])


def _table(call: Call, info: Object) -> None:
    out = TabWriter(call.out)
    out.row(("ATTRIBUTE", "VALUE"))
    for name, field in (("Username", "username"), ("UID", "uid")):
        if info.get(field):
            out.row((name, info[field]))
    if info.get("groups"):
        out.row(("Groups", f"[{' '.join(info['groups'])}]"))
    for name, values in sorted((info.get("extra") or {}).items()):
        out.row((f"Extra: {name}", f"[{' '.join(values)}]"))
    out.flush()


def reconcile(call: Call) -> None:
    """Says that this is not simulated."""
    if not call.flags.items("filename") and not call.flags.text("kustomize"):
        raise CommandError("must specify one of -f and -k")
    raise CommandError("auth reconcile is not simulated in KubeLab; kubectl apply creates and changes RBAC objects")


COMMAND = Command(
    path="auth",
    usage="auth [flags]",
    short="Look at who may do what",
    group=TROUBLESHOOTING,
    rank=80,
    help_stream=2,
    long="Look at who may do what.",
)
WHOAMI = Command(
    path="auth whoami",
    usage="auth whoami",
    short="Tell whom the server takes you for",
    run=whoami,
    long="""
Tell whom the server takes you for: your name, groups and what else it knows of you.

This helps where tokens, proxies or identity providers decide who somebody is.
""",
    examples="""
# Who you are
kubectl auth whoami

# The same as JSON
kubectl auth whoami -o json
""",
    flags=OUTPUT,
)
RECONCILE = Command(
    path="auth reconcile",
    usage="auth reconcile -f FILENAME",
    short="Bring roles and bindings to what files say",
    run=reconcile,
    long="""
Bring roles and bindings to what files say. KubeLab does not simulate this command; use "kubectl apply".
""",
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
