"""Policies in CEL that clusters bring themselves: what they refuse, warn of, and with what words.

Source: kubernetes.io, reference/access-authn-authz/validating-admission-policy;
k8s.io/apiserver/pkg/admission/plugin/policy/validating. What is to be audited is not written anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.api.admission.policies import SPENT, Evaluation, Policies
from kubelab.cluster.expressions.compiling import ExpressionError
from kubelab.cluster.expressions.values import name_of_type
from kubelab.cluster.kinds import ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

LONGEST_MESSAGE = 5 * 1024  # bytes of what a messageExpression may come to
REASONS: dict[str, type[errors.ApiError]] = {
    "Unauthorized": errors.Unauthorized,
    "Forbidden": errors.Forbidden,
    "Invalid": errors.Invalid,
    "RequestEntityTooLarge": errors.RequestEntityTooLarge,
}


class Decision(NamedTuple):
    """What is wrong: what a policy found, or why it found nothing out."""

    message: str
    reason: str = "Invalid"
    found: bool = False


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
        denied: list[errors.ApiError] = []
        for policy, binding in self._policies.bound(attributes):
            denied += self._act(attributes, policy, binding)
        if denied:
            raise denied[0]

    def _act(self, attributes: Attributes, policy: Object, binding: Object) -> list[errors.ApiError]:
        """Warns as a binding wants it, and returns what it denies."""
        wrong, unsaid = self._decisions(attributes, policy, binding)
        actions = binding["spec"].get("validationActions") or ()
        names = f"'{policy['metadata']['name']}' with binding '{binding['metadata']['name']}'"
        if "Warn" in actions:
            for decision in wrong:
                message = f"Validation failed for ValidatingAdmissionPolicy {names}: {decision.message}"
                attributes.warnings.append(message)
        denied = [*(wrong if "Deny" in actions else ()), *unsaid]
        said = f"ValidatingAdmissionPolicy {names} denied request: "
        return [_denial(attributes, said + decision.message, decision.reason) for decision in denied]

    # what a policy finds

    def _decisions(
        self, attributes: Attributes, policy: Object, binding: Object
    ) -> tuple[list[Decision], list[Decision]]:
        """Returns what a policy finds wrong, and which audit annotations it cannot write."""
        spec = policy["spec"]
        fails = spec.get("failurePolicy", "Fail") == "Fail"
        try:
            params = list(self._policies.params(attributes, policy, binding))
        except LookupError as error:
            return [Decision(f"failed to configure binding: {error}")] if fails else [], []
        wrong: list[Decision] = []
        unsaid: list[Decision] = []
        for param in params:
            try:
                evaluation = self._policies.variables(attributes, spec, param)
                if evaluation is not None:
                    wrong += self._validated(spec, evaluation, fails=fails)
                    unsaid += self._unsaid(spec, evaluation)
            except ExpressionError as error:
                wrong.append(Decision(str(error)))
        return (wrong, unsaid) if fails else ([one for one in wrong if one.found], [])

    def _validated(self, spec: Object, evaluation: Evaluation, *, fails: bool) -> list[Decision]:
        found = (self._decision(validation, evaluation) for validation in spec.get("validations") or ())
        return [decision for decision in found if decision is not None and (fails or decision.found)]

    def _decision(self, validation: Object, evaluation: Evaluation) -> Decision | None:
        text, reason = validation["expression"], validation.get("reason") or "Invalid"
        try:
            if evaluation.of(text) is True:
                return None
        except ExpressionError as error:
            if str(error) == SPENT:
                raise
            return Decision(str(error))
        said = self._message(validation, evaluation) or validation.get("message", "").strip()
        return Decision(said or f"failed expression: {text.strip()}", reason, found=True)

    def _message(self, validation: Object, evaluation: Evaluation) -> str:
        if not validation.get("messageExpression"):
            return ""
        try:
            said = evaluation.of(validation["messageExpression"])
        except ExpressionError:
            return ""
        shown = said.strip() if isinstance(said, str) else ""
        return "" if "\n" in shown or len(shown.encode()) > LONGEST_MESSAGE else shown

    def _unsaid(self, spec: Object, evaluation: Evaluation) -> list[Decision]:
        """Works audit annotations out, though nobody reads them here: one that fails denies the request."""
        found = []
        for annotation in spec.get("auditAnnotations") or ():
            text = annotation["valueExpression"]
            try:
                value = evaluation.of(text)
            except ExpressionError as error:
                found.append(Decision(f"valueExpression '{text}' resulted in error: {error}"))
                continue
            if value is not None and not isinstance(value, str):
                kinds = f"unsupported return type: {name_of_type(value)}. Return type must be either string or null."
                found.append(Decision(f"valueExpression '{text}' resulted in {kinds}"))
        return found


def _denial(attributes: Attributes, message: str, reason: str) -> errors.ApiError:
    kind, name = attributes.kind, attributes.obj["metadata"]["name"]
    forbidden = errors.forbidden(kind, name, message, [{"message": message}])
    return REASONS.get(reason, errors.Invalid)(forbidden.message, forbidden.details)
