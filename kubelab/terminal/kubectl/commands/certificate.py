"""kubectl certificate approve and deny (kubectl/pkg/cmd/certificates/certificates.go)."""

from __future__ import annotations

from datetime import UTC, datetime

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import CLUSTER, Command, Run
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import OUTPUT, filename_flags
from kubelab.terminal.kubectl.typed import typed_printer

_APPROVED, _DENIED = "Approved", "Denied"


def _runs(done: str, condition: str, against: str, reason: str, message: str) -> Run:
    def run(call: Call) -> None:
        flags = call.flags
        if not call.args and not flags.items("filename") and not flags.text("kustomize"):
            raise CommandError("one or more CSRs must be specified as <name> or -f <filename>")
        show = typed_printer(call, done)
        found = 0

        def decide(info: Info) -> None:
            nonlocal found
            if info.kind.name != "CertificateSigningRequest":
                group = f".{info.kind.group}" if info.kind.group else ""
                raise CommandError(
                    "can only handle CertificateSigningRequest.certificates.k8s.io objects, got "
                    f"{info.kind.name}{group}"
                )
            _decide(call, info, condition, against, reason, message)
            found += 1
            show(info.object)

        args = [name if "/" in name else f"certificatesigningrequests/{name}" for name in call.args]
        Builder.of(call, args=args, go_on=True, flatten=True, latest=True).select().visit(decide)
        if not found:
            call.say("No resources found")

    return run


def _decide(call: Call, info: Info, condition: str, against: str, reason: str, message: str) -> None:
    signing = call.api.get(info.kind, "", info.name)
    conditions: list[Object] = list((signing.get("status") or {}).get("conditions") or ())
    types = [each["type"] for each in conditions]
    if against in types:
        raise CommandError(f'certificate signing request "{info.name}" is already {against}')
    if condition in types and not call.flags.on("force"):
        return
    if condition not in types:
        now = f"{datetime.fromtimestamp(call.ctx.now, UTC):%Y-%m-%dT%H:%M:%SZ}"
        new = {"type": condition, "status": "True", "reason": reason, "message": message, "lastUpdateTime": now}
        conditions.append(new)
    body = {**signing, "status": {**(signing.get("status") or {}), "conditions": conditions}}
    call.api.call("update", info.kind, "", info.name, subresource="approval", body=body)


_FLAGS = (*OUTPUT, *filename_flags("that say which request is meant"))

COMMAND = Command(
    path="certificate",
    usage="certificate SUBCOMMAND",
    short="Decide on certificate signing requests",
    group=CLUSTER,
    rank=10,
    help_status=0,
    long="Decide on certificate signing requests.",
)
APPROVE = Command(
    path="certificate approve",
    usage="certificate approve (-f FILENAME | NAME)",
    short="Approve a certificate signing request",
    run=_runs(
        "approved", _APPROVED, _DENIED, "KubectlApprove", "This CSR was approved by kubectl certificate approve."
    ),
    long="""
Approve a certificate signing request.

An administrator lets a signer make the certificate that the request (CSR) asks for.

SECURITY NOTICE: Whoever gets the certificate can act as whom it names, and may get far that way. Approve only requests that you understand.
""",  # noqa: E501
    examples="""
# Approve the request 'csr-sqgzp'
kubectl certificate approve csr-sqgzp
""",
    flags=(*_FLAGS, Flag("force", "bool", False, "Write the approval even if there is one already.")),
)
DENY = Command(
    path="certificate deny",
    usage="certificate deny (-f FILENAME | NAME)",
    short="Deny a certificate signing request",
    run=_runs("denied", _DENIED, _APPROVED, "KubectlDeny", "This CSR was denied by kubectl certificate deny."),
    long="""
Deny a certificate signing request.

An administrator tells signers not to make the certificate that the request (CSR) asks for.
""",
    examples="""
# Deny the request 'csr-sqgzp'
kubectl certificate deny csr-sqgzp
""",
    flags=(*_FLAGS, Flag("force", "bool", False, "Write the denial even if there is one already.")),
)
