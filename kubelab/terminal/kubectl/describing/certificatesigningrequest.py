"""kubectl describe certificatesigningrequest."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from kubelab.cluster.ages import human_duration
from kubelab.cluster.objects import Object, annotations_of, labels_of
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import created, head, pairs_text
from kubelab.terminal.kubectl.describing.pkcs10 import CertificateRequest, ParseError, parse
from kubelab.terminal.kubectl.errors import CommandError

_SUBJECT = (
    "Organization",
    "Organizational Unit",
    "Country",
    "Locality",
    "Province",
    "StreetAddress",
    "PostalCode",
)
_NAMES = ("DNS Names", "Email Addresses", "URIs", "IP Addresses")


def describe(out: Description, csr: Object) -> None:
    """Writes the description of a CertificateSigningRequest.

    Raises:
        CommandError: what it holds is no request for a certificate.
    """
    spec = csr["spec"]
    try:
        request = parse(base64.b64decode(spec.get("request") or ""))
    except ParseError as error:
        raise CommandError(f"Error parsing CSR: {error}") from None
    head(out, csr, namespaced=False)
    out.field("Labels", pairs_text(labels_of(csr)))
    out.field("Annotations", pairs_text(annotations_of(csr)))
    created(out, csr)
    out.field("Requesting User", spec.get("username", ""))
    if spec.get("signerName"):
        out.field("Signer", spec["signerName"])
    if spec.get("expirationSeconds") is not None:
        out.field("Requested Duration", human_duration(spec["expirationSeconds"]))
    out.field("Status", status_text(csr))
    _request(out, request)
    tell_events(out, csr)


def _request(out: Description, request: CertificateRequest) -> None:
    out.heading("Subject")
    out.put(f"\tCommon Name:\t{request.first('Common Name')}\n")
    out.put(f"\tSerial Number:\t{request.first('Serial Number')}\n")
    for name in _SUBJECT:
        _list(out, name, request.subject.get(name, ()))
    if request.alternatives:
        out.heading("Subject Alternative Names")
        for name in _NAMES:
            _list(out, name, request.alternatives.get(name, ()))


def _list(out: Description, name: str, values: Sequence[str]) -> None:
    if values:
        out.put(f"\t{name}:\t" + "\n\t\t".join(values) + "\n")


def status_text(csr: Object) -> str:
    """Returns the status in one word, or more: Approved,Issued."""
    status = csr.get("status") or {}
    types = {condition["type"] for condition in status.get("conditions") or ()}
    text = "Denied" if "Denied" in types else "Approved" if "Approved" in types else "Pending"
    return text + (",Failed" if "Failed" in types else "") + (",Issued" if status.get("certificate") else "")


DESCRIBERS = {"CertificateSigningRequest": describe}
