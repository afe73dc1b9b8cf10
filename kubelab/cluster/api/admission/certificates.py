"""What the server notes of, and refuses about, certificate signing requests.

Source: pkg/registry/certificates/certificates/strategy.go (who asks is noted), plugin/pkg/admission/certificates
(subjectrestriction, approval, signing).
"""

from __future__ import annotations

import base64

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.api.policyrules import Attributes as Asked
from kubelab.cluster.authority import RequestError, read_request, subject_of
from kubelab.cluster.objects import Object

KIND = "CertificateSigningRequest"
CLIENT = "kubernetes.io/kube-apiserver-client"
MASTERS = "system:masters"


class CertificateSubjectRestriction(Plugin):
    """Notes who asks for a certificate, and lets nobody ask to be of system:masters."""

    name = "CertificateSubjectRestriction"
    kinds = (KIND,)

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether a certificate is asked for."""
        return attributes.old is None

    def mutate(self, attributes: Attributes) -> Object:
        """Returns a request that names who makes it."""
        user, spec = attributes.user, dict(attributes.obj.get("spec") or {})
        for field in ("username", "groups", "uid", "extra"):
            spec.pop(field, None)
        spec |= {"username": user.name, "groups": list(user.groups)}
        if user.uid:
            spec["uid"] = user.uid
        if user.extra:
            spec["extra"] = {name: list(values) for name, values in user.extra.items()}
        return {**attributes.obj, "spec": spec, "status": {}}

    def validate(self, attributes: Attributes) -> None:
        """Lets a request pass that does not ask for everything.

        Raises:
            Forbidden: it does.
        """
        spec = attributes.obj["spec"]
        if spec.get("signerName") != CLIENT:
            return
        try:
            groups = subject_of(read_request(base64.b64decode(spec["request"])))[1]
        except (RequestError, ValueError):
            return
        if MASTERS in groups:
            why = f"use of {CLIENT} signer with {MASTERS} group is not allowed"
            raise errors.forbidden(attributes.kind, attributes.obj["metadata"]["name"], why)


class CertificateApproval(Plugin):
    """Lets only those decide who may do so for the signer."""

    name = "CertificateApproval"
    kinds = (KIND,)

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether a decision is made."""
        return attributes.old is not None and _decisions(attributes.obj) != _decisions(attributes.old)

    def validate(self, attributes: Attributes) -> None:
        """Lets a decision pass.

        Raises:
            Forbidden: it is not the user's to make.
        """
        signer, user = attributes.obj["spec"].get("signerName", ""), attributes.user
        group = attributes.kind.group
        for name in (signer, f"{signer.partition('/')[0]}/*"):
            asked = Asked(user, "approve", group, "signers", "", "", name)
            if self.server.authorizer.decide(asked).allowed:
                return
        why = f'user not permitted to approve requests with signerName "{signer}"'
        raise errors.forbidden(attributes.kind, attributes.obj["metadata"]["name"], why)


def _decisions(request: Object) -> list[str]:
    conditions = (request.get("status") or {}).get("conditions") or ()
    return [one["type"] for one in conditions if one["type"] in ("Approved", "Denied")]
