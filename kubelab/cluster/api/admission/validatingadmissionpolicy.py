"""Policies in CEL that clusters bring themselves: what they refuse, warn of, and with what words.

Source: kubernetes.io, reference/access-authn-authz/validating-admission-policy;
k8s.io/apiserver/pkg/admission/plugin/policy/validating. What is to be audited is not written anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.authorizing import authorizer, functions
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.api.admission.rules import EXEMPT, matches
from kubelab.cluster.expressions.compiling import ExpressionError, compiled
from kubelab.cluster.kinds import Namespace, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.selectors import from_label_selector
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

REASONS: dict[str, type[errors.ApiError]] = {
    "Unauthorized": errors.Unauthorized,
    "Forbidden": errors.Forbidden,
    "Invalid": errors.Invalid,
    "RequestEntityTooLarge": errors.RequestEntityTooLarge,
}
NO_PARAMS = "no params found for policy binding with `Deny` parameterNotFoundAction"


class Decision(NamedTuple):
    """What a policy found wrong."""

    message: str
    reason: str = "Invalid"


class ValidatingAdmissionPolicyPlugin(Plugin):
    """Asks the policies that are bound."""

    name = "ValidatingAdmissionPolicy"

    def __init__(self, server: ApiServer) -> None:
        super().__init__(server)
        self._bound: list[tuple[Object, Object]] | None = None
        self._functions = functions(server)
        for kind in (ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding):
            server.store.subscribe(kind.prefix, self._changed)

    def _changed(self, _change: object) -> None:
        self._bound = None

    def bound(self) -> list[tuple[Object, Object]]:
        """Returns each policy with each of its bindings."""
        if self._bound is None:
            table = self.server.store.table(ValidatingAdmissionPolicyBinding.prefix)
            policies = self.server.store.table(ValidatingAdmissionPolicy.prefix).rows
            found = []
            for key in table.keys():
                binding = table.rows[key]
                name = Key("", (binding.get("spec") or {}).get("policyName", ""))
                policy = policies.get(ValidatingAdmissionPolicy.path(name))
                if policy is not None:
                    found.append((policy, binding))
            self._bound = found
        return self._bound

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether there are policies that could be about this."""
        return bool(self.bound()) and attributes.kind.name not in EXEMPT

    def validate_deletion_by(self, kind: Kind, obj: Object, user: User) -> None:
        """Lets a deletion pass that no policy denies."""
        if self.bound() and kind.name not in EXEMPT:
            self.validate(Attributes(kind, obj, obj, user, deletes=True))

    def validate(self, attributes: Attributes) -> None:
        """Lets a request pass that no policy denies.

        Raises:
            ApiError: of the reason that the policy gives.
        """
        for policy, binding in self.bound():
            if not matches(self.server, attributes, policy["spec"].get("matchConstraints") or {}):
                continue
            if not matches(self.server, attributes, binding["spec"].get("matchResources") or {}):
                continue
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
            params = list(self._params(attributes, policy, binding))
        except LookupError as error:
            return [Decision(f"failed to configure binding: {error}")] if fails else []
        wrong: list[Decision] = []
        for param in params:
            wrong += self._with_param(attributes, spec, param, fails=fails)
        return wrong

    def _with_param(self, attributes: Attributes, spec: Object, param: Any, *, fails: bool) -> list[Decision]:
        variables = self._variables(attributes, param)
        for condition in spec.get("matchConditions") or ():
            try:
                if compiled(condition["expression"]).evaluate(variables, self._functions) is not True:
                    return []
            except ExpressionError as error:
                why = f"expression '{condition['expression']}' resulted in error: {error}"
                return [Decision(why)] if fails else []
        variables["variables"] = self._composed(spec, variables)
        found = (self._decision(validation, variables, fails=fails) for validation in spec.get("validations") or ())
        return [decision for decision in found if decision is not None]

    def _decision(self, validation: Object, variables: dict[str, Any], *, fails: bool) -> Decision | None:
        text, reason = validation["expression"], validation.get("reason") or "Invalid"
        try:
            if compiled(text).evaluate(variables, self._functions) is True:
                return None
        except ExpressionError as error:
            return Decision(f"expression '{text}' resulted in error: {error}") if fails else None
        said = self._message(validation, variables) or validation.get("message", "").strip()
        return Decision(said or f"failed expression: {text.strip()}", reason)

    def _message(self, validation: Object, variables: dict[str, Any]) -> str:
        if not validation.get("messageExpression"):
            return ""
        try:
            said = compiled(validation["messageExpression"]).evaluate(variables, self._functions)
        except ExpressionError:
            return ""
        return said.strip() if isinstance(said, str) else ""

    def _composed(self, spec: Object, variables: dict[str, Any]) -> dict[str, Any]:
        """Returns the policy's own variables; each may read those before it, and one that fails is not there."""
        found: dict[str, Any] = {}
        for variable in spec.get("variables") or ():
            try:
                expression = compiled(variable["expression"])
                found[variable["name"]] = expression.evaluate({**variables, "variables": found}, self._functions)
            except ExpressionError:
                continue
        return found

    def _variables(self, attributes: Attributes, param: Any) -> dict[str, Any]:
        deletes = attributes.operation == "DELETE"
        namespace = None
        if attributes.kind.namespaced:
            namespace = self.server.find(Namespace, Key("", attributes.namespace))
        return {
            "object": None if deletes else attributes.obj,
            "oldObject": attributes.old,
            "request": request_of(attributes),
            "params": param,
            "namespaceObject": namespace,
            "authorizer": authorizer(attributes),
        }

    # parameters

    def _params(self, attributes: Attributes, policy: Object, binding: Object) -> Iterator[Any]:
        """Yields what the policy is evaluated with; once with null where it takes nothing.

        Raises:
            LookupError: what the binding names is not there, and that is an error.
        """
        wanted, reference = policy["spec"].get("paramKind"), binding["spec"].get("paramRef")
        if not wanted or not reference:
            yield None
            return
        kind = self.server.resources.by_gvk(wanted.get("apiVersion", ""), wanted.get("kind", ""))
        if kind is None:
            named = f"{wanted.get('apiVersion')}, Kind={wanted.get('kind')}"
            raise LookupError(f"failed to find resource referenced by paramKind: '{named}'")
        found = self._referenced(kind, reference, attributes.namespace)
        if not found and reference.get("parameterNotFoundAction", "Deny") == "Deny":
            raise LookupError(NO_PARAMS)
        yield from found

    def _referenced(self, kind: Kind, reference: Object, namespace: str) -> list[Object]:
        namespace = (reference.get("namespace") or namespace) if kind.namespaced else ""
        if reference.get("name"):
            found = self.server.find(kind, Key(namespace, reference["name"]))
            return [found] if found is not None else []
        selector = from_label_selector(reference.get("selector") or {})
        table = self.server.store.table(kind.prefix)
        rows = [table.rows[key] for key in table.keys()]
        return [
            obj
            for obj in rows
            if obj["metadata"].get("namespace", "") == namespace and selector.matches(labels_of(obj))
        ]


def request_of(attributes: Attributes) -> Object:
    """Returns the AdmissionRequest as expressions see it."""
    kind, metadata, user = attributes.kind, attributes.obj["metadata"], attributes.user
    of_kind = {"group": kind.group, "version": kind.version, "kind": kind.name}
    resource = {"group": kind.group, "version": kind.version, "resource": kind.plural}
    info: Object = {"username": user.name, "groups": list(user.groups), "uid": user.uid}
    return {
        "kind": of_kind, "requestKind": of_kind, "resource": resource, "requestResource": resource,
        "subResource": attributes.subresource, "requestSubResource": attributes.subresource,
        "name": metadata["name"], "namespace": metadata.get("namespace", ""), "operation": attributes.operation,
        "userInfo": info, "dryRun": attributes.dry_run,
    }  # fmt: skip


def _denial(attributes: Attributes, message: str, reason: str) -> errors.ApiError:
    kind, name = attributes.kind, attributes.obj["metadata"]["name"]
    forbidden = errors.forbidden(kind, name, message, [{"message": message}])
    return REASONS.get(reason, errors.Invalid)(forbidden.message, forbidden.details)
