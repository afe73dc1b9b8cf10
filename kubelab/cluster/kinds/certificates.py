"""CertificateSigningRequest: what it may ask for, and that it asks for it once and for all.

Source: pkg/apis/certificates/validation/validation.go.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from kubelab.cluster.authority import EXTENDED, KEY_USAGES, RequestError, read_request
from kubelab.cluster.kinds.causes import forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object

USAGES = frozenset(
    (*KEY_USAGES, *EXTENDED, "signing", "any", "code signing", "email protection", "s/mime", "ipsec end system",
     "ipsec tunnel", "ipsec user", "timestamping", "ocsp signing", "microsoft sgc", "netscape sgc")
)  # fmt: skip
SHORTEST = 600  # seconds
SIGNER = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9.:]*[A-Za-z0-9])?")


def causes(request: Object) -> list[Cause]:
    """Returns what is wrong with a request."""
    spec = request.get("spec") or {}
    wrong = _request_causes(spec)
    usages = spec.get("usages") or []
    if not usages:
        wrong.append(required("spec.usages", "usages must be provided"))
    for place, usage in enumerate(usages):
        if usage not in USAGES:
            wrong.append(unsupported(f"spec.usages[{place}]", usage, sorted(USAGES)))
    signer = spec.get("signerName", "")
    if not signer:
        wrong.append(required("spec.signerName"))
    elif signer == "kubernetes.io/legacy-unknown":
        wrong.append(invalid("spec.signerName", signer, "the legacy signerName is not allowed via this API version"))
    elif not SIGNER.fullmatch(signer):
        why = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
        wrong.append(invalid("spec.signerName", signer, why))
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < SHORTEST:
        why = f"may not specify a duration less than {SHORTEST} seconds (10 minutes)"
        wrong.append(invalid("spec.expirationSeconds", seconds, why))
    return wrong + _condition_causes(request)


def _request_causes(spec: Object) -> list[Cause]:
    text = spec.get("request", "")
    if not text:
        return [invalid("spec.request", "", "PEM block type must be CERTIFICATE REQUEST")]
    try:
        pem = base64.b64decode(text)
        read_request(pem)
    except (binascii.Error, RequestError) as error:
        go = ", ".join(f"0x{byte:x}" for byte in _bytes(text))
        why = f"Invalid value: []byte{{{go}}}: {error}"
        return [Cause("FieldValueInvalid", f'Invalid value: "{text}": {error}', "spec.request", why)]
    return []


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _condition_causes(request: Object) -> list[Cause]:
    wrong, types = [], set[str]()
    for place, condition in enumerate((request.get("status") or {}).get("conditions") or ()):
        path = f"status.conditions[{place}]"
        if condition["type"] in types:
            wrong.append(Cause("FieldValueDuplicate", f'Duplicate value: "{condition["type"]}"', f"{path}.type"))
        types.add(condition["type"])
        if condition["type"] in ("Approved", "Denied", "Failed") and condition.get("status", "True") != "True":
            wrong.append(unsupported(f"{path}.status", condition["status"], ("True",)))
    if {"Approved", "Denied"} <= types:
        wrong.append(invalid("status.conditions", "Denied", "Approved and Denied conditions are mutually exclusive"))
    return wrong


def update_causes(new: Object, old: Object) -> list[Cause]:
    """Returns what an update may not change: what is asked for, and a decision that was made."""
    wrong = []
    if new.get("spec") != old.get("spec"):
        wrong.append(forbidden("spec", "field is immutable"))
    after = [one["type"] for one in (new.get("status") or {}).get("conditions") or ()]
    for one in (old.get("status") or {}).get("conditions") or ():
        if one["type"] in ("Approved", "Denied", "Failed") and one["type"] not in after:
            wrong.append(forbidden("status.conditions", f'updates may not remove a condition of type "{one["type"]}"'))
    return wrong


def prepare_update(new: Object, old: Object) -> Object:
    """Returns an update, which changes nothing of what is asked for."""
    return {**new, "spec": old.get("spec") or {}}


RULES: dict[str, dict[str, Any]] = {
    "CertificateSigningRequest": {
        "validate": causes,
        "validate_update": update_causes,
        "prepare_update": prepare_update,
        "field_labels": ("spec.signerName",),
    }
}
