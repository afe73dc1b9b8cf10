"""Policies in CEL that clusters bring themselves: what they refuse, warn of, and with what words.

Source: kubernetes.io, reference/access-authn-authz/validating-admission-policy;
k8s.io/apiserver/pkg/admission/plugin/policy/validating. What is to be audited is not written anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.api.admission.policies import Policies
from kubelab.cluster.expressions.compiling import ExpressionError
from kubelab.cluster.kinds import ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

REASONS: dict[str, type[errors.ApiError]] = {
    "Unauthorized": errors.Unauthorized,
    "Forbidden": errors.Forbidden,
    "Invalid": errors.Invalid,
    "RequestEntityTooLarge": errors.RequestEntityTooLarge,
}


class Decision(NamedTuple):
    """What a policy found wrong."""

    message: str
    reason: str = "Invalid"


class ValidatingAdmissionPolicyPlugin(Plugin):
    """Asks the policies that are bound."""

    name = "ValidatingAdmissionPolicy"

    def __init__(self, server: ApiServer) -> None:
        super().__init__(server)
        self._policies = Policies(server, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding)

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether there are policies that could be about this."""
        return self._policies.concern(attributes.kind)

    def validate_deletion_by(self, kind: Kind, obj: Object, user: User) -> None:
        """Lets a deletion pass that no policy denies."""
        if self._policies.concern(kind):
            self.validate(Attributes(kind, obj, obj, user, deletes=True))

    def validate(self, attributes: Attributes) -> None:
        """Lets a request pass that no policy denies.

        Raises:
            ApiError: of the reason that the policy gives.
        """
        for policy, binding in self._policies.bound(attributes):
            self._act(attributes, policy, binding, self._decisions(attributes, policy, binding))

    def _act(self, attributes: Attributes, policy: Object, binding: Object, wrong: list[Decision]) -> None:
        actions = binding["spec"].get("validationActions") or ()
        names = f"'{policy['metadata']['name']}' with binding '{binding['metadata']['name']}'"
        if "Warn" in actions:
            for decision in wrong:
                message = f"Validation failed for ValidatingAdmissionPolicy {names}: {decision.message}"
                attributes.warnings.append(message)
        if "Deny" in actions and wrong:
            message = f"ValidatingAdmissionPolicy {names} denied request: {wrong[0].message}"
            raise _denial(attributes, message, wrong[0].reason)

    # what a policy finds

    def _decisions(self, attributes: Attributes, policy: Object, binding: Object) -> list[Decision]:
        spec = policy["spec"]
        fails = spec.get("failurePolicy", "Fail") == "Fail"
        try:
            params = list(self._policies.params(attributes, policy, binding))
        except LookupError as error:
            return [Decision(f"failed to configure binding: {error}")] if fails else []
        wrong: list[Decision] = []
        for param in params:
            wrong += self._with_param(attributes, spec, param, fails=fails)
        return wrong

    def _with_param(self, attributes: Attributes, spec: Object, param: Any, *, fails: bool) -> list[Decision]:
        try:
            variables = self._policies.variables(attributes, spec, param)
        except ExpressionError as error:
            return [Decision(str(error))] if fails else []
        if variables is None:
            return []
        found = (self._decision(validation, variables, fails=fails) for validation in spec.get("validations") or ())
        return [decision for decision in found if decision is not None]

    def _decision(self, validation: Object, variables: dict[str, Any], *, fails: bool) -> Decision | None:
        text, reason = validation["expression"], validation.get("reason") or "Invalid"
        try:
            if self._policies.evaluated(text, variables) is True:
                return None
        except ExpressionError as error:
            return Decision(str(error)) if fails else None
        said = self._message(validation, variables) or validation.get("message", "").strip()
        return Decision(said or f"failed expression: {text.strip()}", reason)

    def _message(self, validation: Object, variables: dict[str, Any]) -> str:
        if not validation.get("messageExpression"):
            return ""
        try:
            said = self._policies.evaluated(validation["messageExpression"], variables)
        except ExpressionError:
            return ""
        return said.strip() if isinstance(said, str) else ""


def _denial(attributes: Attributes, message: str, reason: str) -> errors.ApiError:
    kind, name = attributes.kind, attributes.obj["metadata"]["name"]
    forbidden = errors.forbidden(kind, name, message, [{"message": message}])
    return REASONS.get(reason, errors.Invalid)(forbidden.message, forbidden.details)
