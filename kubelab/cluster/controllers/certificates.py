"""Certificate signing requests: kubelets' own are approved, what is approved is signed, what is old goes.

Source: pkg/controller/certificates: approver/sarapprove.go, signer/signer.go, cleaner/cleaner.go; kubernetes.io,
reference/access-authn-authz/certificate-signing-requests.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from kubelab.cluster.api.policyrules import Attributes
from kubelab.cluster.authority import RequestError, read_request, signed, subject_of
from kubelab.cluster.clock import parse_time
from kubelab.cluster.component import itself
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import CertificateSigningRequest
from kubelab.cluster.objects import Key, Object, key_of, with_status
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from cryptography import x509

DURATION = 365 * 24 * 3600.0  # --cluster-signing-duration
CLIENT, KUBELET, SERVING = (
    f"kubernetes.io/{name}" for name in ("kube-apiserver-client", "kube-apiserver-client-kubelet", "kubelet-serving")
)
KEY = {"digital signature", "key encipherment"}
USAGES = {CLIENT: (KEY, "client auth"), KUBELET: (KEY, "client auth"), SERVING: (KEY, "server auth")}
NODE, NODES = "system:node:", "system:nodes"
# How long a request stays that is approved, denied or waits, in seconds.
KEPT = {"Approved": 3600.0, "Denied": 3600.0, "": 24 * 3600.0}


class CertificateController(Controller):
    """Approves kubelets' requests for certificates, signs what is approved, and clears old requests away."""

    name = "csrsigning"
    user = service_account("certificate-controller")
    watches = {CertificateSigningRequest: itself}

    def reconcile(self, key: str) -> None:
        """Takes one request a step further."""
        request = self.api.get(CertificateSigningRequest, Key.parse(key))
        if request is None:
            return
        status = request.get("status") or {}
        types = {one["type"]: one for one in status.get("conditions") or ()}
        if not types:
            self._approve_kubelet(request)
        elif "Approved" in types and "Denied" not in types and "Failed" not in types and not status.get("certificate"):
            self._sign(request)
        self._clean(request, types)

    # approving

    def _approve_kubelet(self, request: Object) -> None:
        spec = request["spec"]
        found = _read(request)
        if spec.get("signerName") != KUBELET or found is None or not _is_kubelets(found, spec):
            return
        user = User(spec.get("username", ""), tuple(spec.get("groups") or ()))
        own = subject_of(found)[0] == user.name
        for part, words in (("selfnodeclient", "self kubelet"), ("nodeclient", "kubelet")):
            if part == "selfnodeclient" and not own:
                continue
            group = CertificateSigningRequest.group
            asked = Attributes(user, "create", group, "certificatesigningrequests", part, "", "")
            if self.cluster.api.authorizer.decide(asked).allowed:
                message = f"Auto approving {words} client certificate after SubjectAccessReview."
                self._with_condition(request, "Approved", "AutoApproved", message)
                return

    # signing

    def _sign(self, request: Object) -> None:
        spec = request["spec"]
        signer = spec.get("signerName", "")
        if signer not in USAGES:
            return  # somebody else's to sign
        found = _read(request)
        wrong = "the request cannot be read" if found is None else _wrong(signer, found, spec)
        if found is None or wrong:
            self._with_condition(request, "Failed", "SignerValidationFailure", wrong)
            return
        wanted = spec.get("expirationSeconds")
        seconds = DURATION if wanted is None else min(max(float(wanted), 600.0), DURATION)
        uid = request["metadata"]["uid"]
        pem = signed(self.cluster.random, found, spec.get("usages") or (), self.now, seconds, uid)
        self.api.update_status(
            CertificateSigningRequest, with_status(request, certificate=base64.b64encode(pem.encode()).decode())
        )

    def _with_condition(self, request: Object, kind: str, reason: str, message: str) -> None:
        now = self.clock.timestamp()
        condition = {
            "type": kind, "status": "True", "reason": reason, "message": message, "lastUpdateTime": now,
            "lastTransitionTime": now,
        }  # fmt: skip
        conditions = [*((request.get("status") or {}).get("conditions") or ()), condition]
        self.api.update_status(CertificateSigningRequest, with_status(request, conditions=conditions))

    # clearing away

    def _clean(self, request: Object, types: dict[str, Object]) -> None:
        decided = next((name for name in ("Approved", "Denied") if name in types), "")
        since = types[decided].get("lastUpdateTime") if decided else None
        ends = parse_time(since or request["metadata"]["creationTimestamp"]) + KEPT[decided]
        if self.now < ends:
            self.later(str(key_of(request)), ends - self.now)
        else:
            self.api.delete(CertificateSigningRequest, key_of(request))


def _read(request: Object) -> x509.CertificateSigningRequest | None:
    try:
        return read_request(base64.b64decode(request["spec"].get("request", "")))
    except (RequestError, ValueError):
        return None


def _is_kubelets(found: x509.CertificateSigningRequest, spec: Object) -> bool:
    name, groups = subject_of(found)
    return groups == (NODES,) and name.startswith(NODE) and not _usages(KUBELET, spec)


def _usages(signer: str, spec: Object) -> str:
    allowed, needed = USAGES[signer]
    given = set(spec.get("usages") or ())
    if needed not in given or given - allowed - {needed}:
        return f"invalid usages for {signer}: {sorted(given)}"
    return ""


def _wrong(signer: str, found: x509.CertificateSigningRequest, spec: Object) -> str:
    """Returns what a signer does not sign, in the controller's words."""
    name, groups = subject_of(found)
    if signer == CLIENT:
        given = set(spec.get("usages") or ())
        return "" if "client auth" in given and not given - KEY - {"client auth"} else _usages(signer, spec)
    if groups != (NODES,):
        return "organization does not match system:nodes"
    if not name.startswith(NODE):
        return "subject common name does not begin with system:node:"
    return _usages(signer, spec)
