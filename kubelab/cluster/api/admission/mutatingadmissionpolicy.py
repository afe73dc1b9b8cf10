"""Policies in CEL that change what is written: by a configuration that is merged, or by a JSON patch.

Source: kubernetes.io, reference/access-authn-authz/mutating-admission-policy;
k8s.io/apiserver/pkg/admission/plugin/policy/mutating and policy/generic/policy_dispatcher.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from kubelab.cluster.api import errors, jsonpatch, serversideapply
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.api.admission.policies import Evaluation, Policies
from kubelab.cluster.expressions.compiling import ExpressionError
from kubelab.cluster.kinds import MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding
from kubelab.cluster.objects import Object
from kubelab.cluster.schema.decoder import DecodingError, decode

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer


class Denied(errors.ApiError):
    """A policy could not be followed."""

    code = 403
    reason: ClassVar[str] = "Invalid"


class MutatingAdmissionPolicyPlugin(Plugin):
    """Changes what is written as the policies want it that are bound.

    They come after the other plugins, which then see what has been changed once more; and so do those policies that
    ask to be invoked again.
    """

    name = "MutatingAdmissionPolicy"
    late = True

    def __init__(self, server: ApiServer) -> None:
        super().__init__(server)
        self._policies = Policies(server, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding)

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether there are policies that could be about this."""
        return self._policies.concern(attributes.kind)

    def mutate(self, attributes: Attributes) -> Object:
        """Returns what the policies make of an object.

        Raises:
            ApiError: one of them cannot be followed, and says that this is a failure.
        """
        return self._pass(attributes, again=False)

    def mutate_again(self, attributes: Attributes) -> Object:
        """Returns what those policies make of an object that want to see what others have changed since."""
        return self._pass(attributes, again=True)

    def _pass(self, attributes: Attributes, *, again: bool) -> Object:
        wrong: list[errors.ApiError] = []
        for policy, binding in self._policies.bound(attributes):
            if again and policy["spec"].get("reinvocationPolicy") != "IfNeeded":
                continue
            found = self._follow(attributes, policy, binding)
            if policy["spec"].get("failurePolicy", "Fail") == "Fail":
                wrong += found
        if wrong:
            wrong[0].details["causes"] = [{"message": each.message} for each in wrong]
            raise wrong[0]
        return attributes.obj

    def _follow(self, attributes: Attributes, policy: Object, binding: Object) -> list[errors.ApiError]:
        """Does what a policy wants done, and returns what cannot be."""
        try:
            params = list(self._policies.params(attributes, policy, binding))
        except LookupError as error:
            return [_denial(errors.Forbidden, attributes, policy, binding, f"failed to configure binding: {error}")]
        wrong: list[errors.ApiError] = []
        for param in params:
            try:
                evaluation = self._policies.variables(attributes, policy["spec"], param)
            except ExpressionError as error:
                wrong.append(_denial(Denied, attributes, policy, binding, str(error)))
                continue
            for mutation in policy["spec"].get("mutations") or () if evaluation is not None else ():
                assert evaluation is not None
                evaluation.variables["object"] = attributes.obj
                try:
                    attributes.obj = self._defaulted(attributes, self._mutated(attributes, mutation, evaluation))
                except ExpressionError as error:
                    wrong.append(_denial(Denied, attributes, policy, binding, str(error)))
        return wrong

    def _mutated(self, attributes: Attributes, mutation: Object, evaluation: Evaluation) -> Object:
        if mutation["patchType"] == "JSONPatch":
            return self._patched(attributes, _plain(evaluation.of(mutation["jsonPatch"]["expression"])))
        wanted = evaluation.of(mutation["applyConfiguration"]["expression"])
        if not isinstance(wanted, dict):
            raise ExpressionError("unsupported return type from ApplyConfiguration expression")
        try:
            return serversideapply.with_configuration(self.server, attributes.kind, attributes.obj, _plain(wanted))
        except ValueError as error:
            raise ExpressionError(f"error applying patch: {error}") from None

    def _patched(self, attributes: Attributes, operations: Any) -> Object:
        if not isinstance(operations, list):
            raise ExpressionError("type mismatch: JSONPatchType.expression should evaluate to array")
        obj = attributes.obj
        for operation in operations:
            try:
                obj = jsonpatch.apply(obj, [operation])
            except jsonpatch.PatchFailed:
                if operation.get("op") == "test":
                    return attributes.obj
                said = f"{operation.get('op')} operation does not apply: doc is missing path: {operation.get('path')}"
                raise ExpressionError(f"JSONPath: {said}: missing value") from None
        try:
            return decode(self.server.version, attributes.kind, obj, "Strict", [])
        except DecodingError as error:
            raise errors.InternalError(f"Internal error occurred: {error}") from None

    def _defaulted(self, attributes: Attributes, obj: Object) -> Object:
        default: Callable[[Object], Object] | None = attributes.kind.default
        return default(obj) if default is not None and obj is not attributes.obj else obj


def _plain(value: Any) -> Any:
    """Returns a value whose maps are in an order that does not change from one run to another."""
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _denial(
    error: type[errors.ApiError], attributes: Attributes, policy: Object, binding: Object, why: str
) -> errors.ApiError:
    names = f"policy '{policy['metadata']['name']}' with binding '{binding['metadata']['name']}'"
    details = errors.forbidden(attributes.kind, attributes.obj["metadata"]["name"], "").details
    return error(f"{names} denied request: {why}", details)
