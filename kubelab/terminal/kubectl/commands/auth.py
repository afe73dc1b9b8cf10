"""kubectl auth and auth whoami (kubectl/pkg/cmd/auth); can-i and reconcile have files of their own."""

from __future__ import annotations

from kubelab.cluster.api.errors import Forbidden
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter
from kubelab.terminal.kubectl.shared_flags import OUTPUT
from kubelab.terminal.kubectl.typed import typed_printer

_NOT_ENABLED = "the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it"


def whoami(call: Call) -> None:
    """Tells whom the server takes the caller for."""
    kind = call.kinds.find("selfsubjectreviews")
    if kind is None:
        raise CommandError(_NOT_ENABLED)
    body = {"kind": kind.name, "apiVersion": kind.api_version}
    try:
        review = call.api.call("create", kind, body=body)
    except Forbidden:
        raise CommandError(_NOT_ENABLED) from None
    if call.flags.text("output") or call.flags.text("template"):
        typed_printer(call)(review)
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
