"""Policies in CEL that clusters bring themselves: which are bound to a request, and what their expressions see.

Source: k8s.io/apiserver/pkg/admission/plugin/policy/generic; kubernetes.io,
reference/access-authn-authz/validating-admission-policy and mutating-admission-policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kubelab.cluster.api.admission.authorizing import authorizer, functions
from kubelab.cluster.api.admission.plugin import Attributes
from kubelab.cluster.api.admission.rules import EXEMPT, matches
from kubelab.cluster.expressions.compiling import COST, ExpressionError, compiled
from kubelab.cluster.expressions.costs import BUDGET, MATCH_CONDITIONS, PER_CALL
from kubelab.cluster.expressions.values import Failure
from kubelab.cluster.kinds import Namespace
from kubelab.cluster.kinds.formatlibrary import FORMAT_FUNCTIONS
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.selectors import from_label_selector

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

SPENT = "validation failed due to running out of cost budget, no further validation rules will be run"
NO_PARAMS = "no params found for policy binding with `Deny` parameterNotFoundAction"


class Evaluation:
    """The expressions of one policy about one request: what they see, and what they may cost together.

    Args:
        variables: what their names stand for.
        functions: those beside the ones that all expressions have.
        left: what they may still cost.
    """

    def __init__(self, variables: dict[str, Any], functions: dict[str, Any], left: int) -> None:
        self.variables, self.left = variables, left
        self._functions = functions

    @classmethod
    def of_request(cls, server: ApiServer, attributes: Attributes, param: Any = None) -> Evaluation:
        """Returns what expressions see of a request, with what its conditions may cost."""
        namespace = None
        if attributes.kind.namespaced:
            namespace = server.find(Namespace, Key("", attributes.namespace))
        given = {
            "object": None if attributes.operation == "DELETE" else attributes.obj, "oldObject": attributes.old,
            "request": request_of(attributes), "params": param, "namespaceObject": namespace,
            "authorizer": authorizer(attributes),
        }  # fmt: skip
        return cls(given, {**FORMAT_FUNCTIONS, **functions(server)}, MATCH_CONDITIONS)

    def meets(self, conditions: Sequence[Object]) -> bool:
        """Tells whether all conditions hold; one that does not lets out, whatever else fails.

        Raises:
            ExpressionError: a condition comes to nothing, and none lets out.
        """
        failed: ExpressionError | None = None
        for condition in conditions:
            try:
                if self.of(condition["expression"]) is not True:
                    return False
            except ExpressionError as error:
                failed = failed or error
        if failed is not None:
            raise failed
        return True

    def of(self, text: str) -> Any:
        """Returns what an expression comes to.

        Raises:
            ExpressionError: it comes to nothing; said in the policies' words.
        """
        try:
            expression = compiled(text)
        except ExpressionError as error:
            raise ExpressionError(f"compilation error: compilation failed: {error}") from None
        outcome = expression.run(self.variables, self._functions, min(PER_CALL, max(self.left, 0)))
        self.left -= outcome.cost
        if self.left < 0:
            raise ExpressionError(SPENT)
        if outcome.error:
            raise ExpressionError(f"expression '{text}' resulted in error: {outcome.error}")
        return outcome.value

    def variable(self, text: str) -> Any:
        """Returns what a variable's expression comes to.

        Raises:
            Failure: it comes to nothing; said in CEL's words.
        """
        outcome = compiled(text).run(self.variables, self._functions, min(PER_CALL, max(self.left, 0)))
        self.left -= outcome.cost
        if outcome.error or self.left < 0:
            raise Failure(outcome.error or COST)
        return outcome.value


class Composed(dict[str, Any]):
    """A policy's own variables: each is worked out when it is first read, and may read those before it."""

    def __init__(self, declared: Sequence[Object], evaluation: Evaluation) -> None:
        super().__init__()
        self._texts = {variable["name"]: variable["expression"] for variable in declared}
        self._evaluation = evaluation

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def __getitem__(self, name: str) -> Any:
        if not super().__contains__(name):
            try:
                self[name] = self._evaluation.variable(self._texts[name])
            except (Failure, ExpressionError) as error:
                raise Failure(f'composited variable "{name}" fails to evaluate: {error}') from None
        return super().__getitem__(name)


class Policies:
    """The policies of a kind, with their bindings."""

    def __init__(self, server: ApiServer, policy: Kind, binding: Kind) -> None:
        self._server = server
        self._policy, self._binding = policy, binding
        self._bound: list[tuple[Object, Object]] | None = None
        for kind in (policy, binding):
            server.store.subscribe(kind.prefix, self._changed)

    def _changed(self, _change: object) -> None:
        self._bound = None

    def _all(self) -> list[tuple[Object, Object]]:
        if self._bound is None:
            table = self._server.store.table(self._binding.prefix)
            policies = self._server.store.table(self._policy.prefix).rows
            found = []
            for key in table.keys():
                binding = table.rows[key]
                name = Key("", (binding.get("spec") or {}).get("policyName", ""))
                policy = policies.get(self._policy.path(name))
                if policy is not None:
                    found.append((policy, binding))
            self._bound = found
        return self._bound

    def concern(self, kind: Kind) -> bool:
        """Tells whether there are policies that could be about a kind."""
        return bool(self._all()) and kind.name not in EXEMPT

    def bound(self, attributes: Attributes) -> Iterator[tuple[Object, Object]]:
        """Yields each policy that is for a request, with its binding."""
        for policy, binding in self._all():
            if matches(self._server, attributes, policy["spec"].get("matchConstraints") or {}):
                if matches(self._server, attributes, binding["spec"].get("matchResources") or {}):
                    yield policy, binding

    def variables(self, attributes: Attributes, spec: Object, param: Any) -> Evaluation | None:
        """Returns what the expressions of a policy see; None if a condition lets it out.

        Raises:
            ExpressionError: a condition comes to nothing, and none lets it out.
        """
        evaluation = Evaluation.of_request(self._server, attributes, param)
        if not evaluation.meets(spec.get("matchConditions") or ()):
            return None
        evaluation.left = BUDGET
        evaluation.variables["variables"] = Composed(spec.get("variables") or (), evaluation)
        return evaluation

    # parameters

    def params(self, attributes: Attributes, policy: Object, binding: Object) -> Iterator[Any]:
        """Yields what the policy is evaluated with; once with null where it takes nothing.

        Raises:
            LookupError: what the binding names is not there, and that is an error.
        """
        wanted, reference = policy["spec"].get("paramKind"), binding["spec"].get("paramRef")
        if not wanted or not reference:
            yield None
            return
        kind = self._server.resources.by_gvk(wanted.get("apiVersion", ""), wanted.get("kind", ""))
        if kind is None:
            named = f"{wanted.get('apiVersion')}, Kind={wanted.get('kind')}"
            raise LookupError(f"failed to find resource referenced by paramKind: '{named}'")
        if reference.get("namespace") and not kind.namespaced:
            raise LookupError("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
        if kind.namespaced and not reference.get("namespace") and not attributes.namespace:
            raise LookupError("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources")
        found = self._referenced(kind, reference, attributes.namespace)
        if not found and reference.get("parameterNotFoundAction", "Deny") == "Deny":
            raise LookupError(NO_PARAMS)
        yield from found

    def _referenced(self, kind: Kind, reference: Object, namespace: str) -> list[Object]:
        namespace = (reference.get("namespace") or namespace) if kind.namespaced else ""
        if reference.get("name"):
            found = self._server.find(kind, Key(namespace, reference["name"]))
            return [found] if found is not None else []
        selector = from_label_selector(reference.get("selector") or {})
        table = self._server.store.table(kind.prefix)
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
