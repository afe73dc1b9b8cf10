"""Says of each ValidatingAdmissionPolicy that its expressions were looked at.

Types are not checked against the schemas of the matched kinds, so no warnings come of it.
Source: pkg/controller/validatingadmissionpolicystatus.
"""

from __future__ import annotations

from kubelab.cluster.component import itself
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import ValidatingAdmissionPolicy
from kubelab.cluster.objects import Key, with_status


class ValidatingAdmissionPolicyStatusController(Controller):
    """Keeps the status of ValidatingAdmissionPolicies."""

    name = "validatingadmissionpolicy-status"
    user = service_account("validatingadmissionpolicy-status-controller")
    watches = {ValidatingAdmissionPolicy: itself}

    def reconcile(self, key: str) -> None:
        """Writes which generation was looked at."""
        policy = self.api.get(ValidatingAdmissionPolicy, Key.parse(key))
        if policy is None:
            return
        generation = policy["metadata"].get("generation", 1)
        if (policy.get("status") or {}).get("observedGeneration") != generation:
            self.api.update_status(
                ValidatingAdmissionPolicy, with_status(policy, observedGeneration=generation, typeChecking={})
            )
