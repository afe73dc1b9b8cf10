"""What may be wrong with admission policies and their bindings: their expressions above all.

Source: pkg/apis/admissionregistration/validation/validation.go; k8s.io/apiserver/pkg/admission/plugin/cel/compile.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kubelab.cluster.expressions.compiling import checked
from kubelab.cluster.expressions.declared import RESERVED
from kubelab.cluster.expressions.environments import CONSTRUCTED, PATCH, Environment, admission
from kubelab.cluster.expressions.signatures import ANY
from kubelab.cluster.expressions.types import BOOL, DYN, NULL, STRING, Type, list_of, object_of
from kubelab.cluster.kinds.causes import duplicate, forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import dns1035_label, dns_subdomain, path_segment, qualified_name
from kubelab.cluster.objects import Object

OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
ACTIONS = ("Audit", "Deny", "Warn")
SCOPES = ("*", "Cluster", "Namespaced")
REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized")
FAILURE_POLICIES = ("Fail", "Ignore")
REINVOCATION = ("IfNeeded", "Never")
PATCHES = {"ApplyConfiguration": "applyConfiguration", "JSONPatch": "jsonPatch"}
RESULTS = {"ApplyConfiguration": object_of(CONSTRUCTED), "JSONPatch": list_of(object_of(PATCH))}
MOST_CONDITIONS, MOST_ANNOTATIONS = 64, 20
LONGEST_ANNOTATION = 5 * 1024  # bytes of an audit annotation's expression
VARIABLES = "kubernetes.variables"  # the type of what policies declare as variables
_IDENTIFIER = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")


class Expressions:
    """Compiles the expressions of one policy, in the order in which they may speak of each other.

    Args:
        spec: the policy's.
        minor: the cluster's minor version.
        stored: the expressions that were there before, which may call what any version has.
        changes: whether it is a mutating policy.
        environment: what else they may speak of, where types are checked against schemas.
    """

    def __init__(
        self, spec: Object, minor: int, stored: frozenset[str] = frozenset(), *, changes: bool = False,
        environment: Environment | None = None,
    ) -> None:  # fmt: skip
        params = spec.get("paramKind") is not None
        self._minor, self._stored = minor, stored
        self._environment = environment or admission(minor, params=params, changes=changes)
        self._declared: dict[str, Type] = {}
        self._composes = bool(spec.get("variables"))

    def declare(self, name: str, text: str) -> str:
        """Adds a variable, and returns what is wrong with its expression."""
        found = checked(text, self._for(text, authorizer=True))
        self._declared[name] = DYN if found.errors else found.type
        return f"compilation failed: {found.message}" if found.errors else ""

    def wrong_with(self, text: str, *wanted: Type, authorizer: bool = True) -> str:
        """Returns what is wrong with an expression that must come to one of some types; "" for nothing."""
        found = checked(text, self._for(text, authorizer=authorizer))
        if found.errors:
            return f"compilation failed: {found.message}"
        if not wanted or found.type in wanted:
            return ""
        names = ["null_type" if one == NULL else str(one) for one in wanted]
        return f"must evaluate to {names[0]}" if len(names) == 1 else f"must evaluate to one of [{' '.join(names)}]"

    def _for(self, text: str, *, authorizer: bool) -> Environment:
        base = self._environment
        variables: Mapping[str, Type] = base.variables
        objects = base.objects
        if self._composes:
            variables = {**variables, "variables": object_of(VARIABLES)}
            objects = {**objects, VARIABLES: self._declared}
        if not authorizer:
            variables = {name: one for name, one in variables.items() if not name.startswith("authorizer")}
        minor = ANY if text in self._stored else self._minor
        return replace(base, minor=minor, variables=variables, objects=objects)


def texts_of(value: Any) -> Iterator[str]:
    """Yields the expressions in a policy."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("expression", "messageExpression", "valueExpression") and isinstance(inner, str):
                yield inner
            else:
                yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)


def _stored(old: Object | None) -> frozenset[str]:
    return frozenset(texts_of(old["spec"])) if old is not None else frozenset()


def policy_causes(policy: Object, old: Object | None, minor: int) -> list[Cause]:
    """Returns what is wrong with a policy.

    Args:
        old: what it was before.
        minor: the cluster's minor version.
    """
    if old is not None and policy["spec"] == old["spec"]:
        return []
    spec, stored = policy["spec"], _stored(old)
    expressions = Expressions(spec, minor, stored)
    wrong = _common_causes(spec, expressions, minor, stored)
    validations, annotations = spec.get("validations") or (), spec.get("auditAnnotations") or ()
    if not validations and not annotations:
        why = "validations or auditAnnotations must contain at least one item"
        return [*wrong, required("spec.validations", why), required("spec.auditAnnotations", why)]
    for place, validation in enumerate(validations):
        wrong += _validation_causes(validation, f"spec.validations[{place}]", expressions)
    return wrong + _annotation_causes(policy["metadata"]["name"], annotations, expressions)


def mutating_policy_causes(policy: Object, old: Object | None, minor: int) -> list[Cause]:
    """Returns what is wrong with a policy that changes things.

    Args:
        old: what it was before.
        minor: the cluster's minor version.
    """
    if old is not None and policy["spec"] == old["spec"]:
        return []
    spec, stored = policy["spec"], _stored(old)
    expressions = Expressions(spec, minor, stored, changes=True)
    wrong, mutations = _common_causes(spec, expressions, minor, stored), spec.get("mutations") or ()
    if not mutations:
        wrong.append(required("spec.mutations", "mutations must contain at least one item"))
    for place, mutation in enumerate(mutations):
        wrong += _mutation_causes(mutation, f"spec.mutations[{place}]", expressions)
    if not spec.get("reinvocationPolicy"):
        wrong.append(required("spec.reinvocationPolicy"))
    elif spec["reinvocationPolicy"] not in REINVOCATION:
        wrong.append(unsupported("spec.reinvocationPolicy", spec["reinvocationPolicy"], REINVOCATION))
    return wrong


def _mutation_causes(mutation: Object, path: str, expressions: Expressions) -> list[Cause]:
    chosen = mutation.get("patchType")
    if not chosen:
        return [required(f"{path}.patchType")]
    if chosen not in PATCHES:
        return [unsupported(f"{path}.patchType", chosen, tuple(PATCHES))]
    wrong, when = [], f"when patchType is {chosen}"
    for kind, field in PATCHES.items():
        if kind != chosen and mutation.get(field) is not None:
            wrong.append(invalid(f"{path}.{field}", f"{{{field}}}", f"must not be specified {when}"))
        elif kind == chosen and mutation.get(field) is None:
            wrong.append(required(f"{path}.{field}", f"must be specified {when}"))
        elif kind == chosen:
            wrong += _expression(mutation[field], "expression", f"{path}.{field}", expressions, RESULTS[kind])
    return wrong


def _common_causes(spec: Object, expressions: Expressions, minor: int, stored: frozenset[str]) -> list[Cause]:
    """Returns what is wrong with what all policies have."""
    wrong = []
    if spec.get("failurePolicy") not in FAILURE_POLICIES:
        wrong.append(unsupported("spec.failurePolicy", spec.get("failurePolicy"), FAILURE_POLICIES))
    if spec.get("paramKind") is not None:
        wrong += _param_kind_causes(spec["paramKind"], "spec.paramKind")
    constraints = spec.get("matchConstraints")
    if constraints is None:
        wrong.append(required("spec.matchConstraints"))
    else:
        wrong += _constraint_causes(constraints, "spec.matchConstraints")
        if not constraints.get("resourceRules"):
            wrong.append(required("spec.matchConstraints.resourceRules"))
    wrong += condition_causes(spec, "spec.matchConditions", minor, params=bool(spec.get("paramKind")), stored=stored)
    for place, variable in enumerate(spec.get("variables") or ()):
        wrong += _variable_causes(variable, f"spec.variables[{place}]", expressions)
    return wrong


def _param_kind_causes(kind: Object, path: str) -> list[Cause]:
    wrong, text = [], kind.get("apiVersion") or ""
    group, _, version = text.rpartition("/")
    if not text:
        wrong.append(required(f"{path}.apiVersion"))
    elif text.count("/") > 1:
        wrong.append(invalid(f"{path}.apiVersion", text, f"unexpected GroupVersion string: {text}"))
    else:
        for part, check in ((group, dns_subdomain), (version, dns1035_label)):
            why = check(part) if part else []
            wrong += [invalid(f"{path}.apiVersion", part, ",".join(why))] if why else []
    name = kind.get("kind") or ""
    why = dns1035_label(name.lower()) if name else []
    if not name:
        wrong.append(required(f"{path}.kind"))
    elif why:
        detail = "may have mixed case, but should otherwise match: " + ",".join(why)
        wrong.append(invalid(f"{path}.kind", name, detail))
    return wrong


def condition_causes(
    spec: Object, path: str, minor: int, *, params: bool, stored: frozenset[str] = frozenset()
) -> list[Cause]:
    """Returns what is wrong with matchConditions, of policies and of webhooks; these know of no variables.

    Args:
        spec: what has them.
        params: whether they may speak of parameters.
    """
    conditions, names, wrong = spec.get("matchConditions") or (), set[str](), list[Cause]()
    if len(conditions) > MOST_CONDITIONS:
        why = f"Too many: {len(conditions)}: must have at most {MOST_CONDITIONS} items"
        wrong.append(Cause("FieldValueTooMany", why, path))
    expressions = Expressions({"paramKind": {} if params else None}, minor, stored)
    for place, condition in enumerate(conditions):
        at, name, text = f"{path}[{place}]", condition.get("name") or "", (condition.get("expression") or "").strip()
        why = expressions.wrong_with(text, BOOL) if text else ""
        if not text:
            wrong.append(required(f"{at}.expression"))
        elif why:
            wrong.append(invalid(f"{at}.expression", text, why))
        wrong += (
            [invalid(f"{at}.name", name, why) for why in qualified_name(name)] if name else [required(f"{at}.name")]
        )
        if name in names:
            wrong.append(duplicate(f"{at}.name", name))
        names |= {name} if name else set()
    return wrong


def _variable_causes(variable: Object, path: str, expressions: Expressions) -> list[Cause]:
    name, text, wrong = variable.get("name") or "", variable.get("expression") or "", list[Cause]()
    if not name.strip():
        wrong.append(required(f"{path}.name", "name is not specified"))
    elif _IDENTIFIER.fullmatch(name) is None or name in RESERVED:
        wrong.append(invalid(f"{path}.name", name, "name is not a valid CEL identifier"))
    if not text.strip():
        return [*wrong, required(f"{path}.expression", "expression is not specified")]
    why = expressions.declare(name, text)
    return [*wrong, invalid(f"{path}.expression", text, why)] if why else wrong


def _validation_causes(validation: Object, path: str, expressions: Expressions) -> list[Cause]:
    wrong = _expression(validation, "expression", path, expressions, BOOL)
    said, message = validation.get("messageExpression") or "", validation.get("message") or ""
    if said and not said.strip():
        wrong.append(invalid(f"{path}.messageExpression", said, "must be non-empty if specified"))
    elif said:
        why = expressions.wrong_with(said, STRING, authorizer=False)
        wrong += [invalid(f"{path}.messageExpression", said, why)] if why else []
    if message and not message.strip():
        wrong.append(invalid(f"{path}.message", message, "message must be non-empty if specified"))
    elif "\n" in message.strip() or "\r" in message.strip():
        wrong.append(invalid(f"{path}.message", message, "message must not contain line breaks"))
    if validation.get("reason") and validation["reason"] not in REASONS:
        wrong.append(unsupported(f"{path}.reason", validation["reason"], REASONS))
    return wrong


def _annotation_causes(policy: str, annotations: Any, expressions: Expressions) -> list[Cause]:
    wrong, keys = [], set[str]()
    if len(annotations) > MOST_ANNOTATIONS:
        why = f"must not have more than {MOST_ANNOTATIONS} auditAnnotations"
        wrong.append(invalid("spec.auditAnnotations", list(annotations), why))
    for place, annotation in enumerate(annotations):
        at, key = f"spec.auditAnnotations[{place}]", annotation.get("key") or ""
        whole, text = f"{policy}/{key}", (annotation.get("valueExpression") or "").strip()
        wrong += [invalid(f"{at}.key", whole, why) for why in qualified_name(whole)]
        if not text:
            wrong.append(required(f"{at}.valueExpression", "valueExpression is not specified"))
        elif len(text) > LONGEST_ANNOTATION:
            why = f"must not exceed {LONGEST_ANNOTATION} bytes in length"
            wrong.append(required(f"{at}.valueExpression", why))
        else:
            why = expressions.wrong_with(text, STRING, NULL)
            wrong += [invalid(f"{at}.valueExpression", annotation["valueExpression"], why)] if why else []
        if key in keys:
            wrong.append(duplicate(f"{at}.key", key))
        keys.add(key)
    return wrong


def _expression(obj: Object, field: str, path: str, expressions: Expressions, wanted: Type) -> list[Cause]:
    text = obj.get(field) or ""
    if not text.strip():
        return [required(f"{path}.{field}", f"{field} is not specified")]
    why = expressions.wrong_with(text, wanted)
    return [invalid(f"{path}.{field}", text, why)] if why else []


# what they are for


def _constraint_causes(constraints: Object, path: str) -> list[Cause]:
    wrong = []
    if constraints.get("matchPolicy") not in (None, "Equivalent", "Exact"):
        wrong.append(unsupported(f"{path}.matchPolicy", constraints["matchPolicy"], ("Equivalent", "Exact")))
    for field in ("resourceRules", "excludeResourceRules"):
        for place, rule in enumerate(constraints.get(field) or ()):
            at, names = f"{path}.{field}[{place}]", rule.get("resourceNames") or ()
            for number, name in enumerate(names):
                wrong += [invalid(f"{at}.resourceNames[{number}]", name, why) for why in path_segment(name)]
                if name in names[:number]:
                    wrong.append(duplicate(f"{at}.resourceNames[{number}]", name))
            wrong += rule_causes(rule, at)
    return wrong


def rule_causes(rule: Object, path: str) -> list[Cause]:
    """Returns what is wrong with a rule that says which requests something is for."""
    wrong = []
    for field in ("operations", "apiGroups", "apiVersions", "resources"):
        values = rule.get(field) or ()
        if not values:
            wrong.append(required(f"{path}.{field}"))
        elif field != "resources" and len(values) > 1 and "*" in values:
            why = "if '*' is present, must not specify other "
            what = {"operations": "operations", "apiGroups": "API groups", "apiVersions": "API versions"}[field]
            wrong.append(invalid(f"{path}.{field}", list(values), why + what))
        if field == "operations":
            for place, operation in enumerate(values):
                if operation not in OPERATIONS:
                    wrong.append(unsupported(f"{path}.operations[{place}]", operation, OPERATIONS))
        elif field == "apiVersions":
            wrong += [required(f"{path}.apiVersions[{place}]") for place, one in enumerate(values) if not one]
    if rule.get("scope") not in (None, *SCOPES):
        wrong.append(unsupported(f"{path}.scope", rule["scope"], SCOPES))
    return wrong


# bindings


def _policy_name_causes(spec: Object) -> list[Cause]:
    name = spec.get("policyName")
    if not name:
        return [required("spec.policyName")]
    return [invalid("spec.policyName", name, why) for why in dns_subdomain(name)]


def _param_causes(reference: Object | None) -> list[Cause]:
    if reference is None:
        return []
    path, wrong, both = "spec.paramRef", list[Cause](), "name and selector are mutually exclusive"
    name, selector, action = (reference.get(field) for field in ("name", "selector", "parameterNotFoundAction"))
    if name:
        wrong += [invalid(f"{path}.name", name, why) for why in path_segment(name)]
        if selector is not None:
            wrong += [forbidden(f"{path}.name", both), forbidden(f"{path}.selector", both)]
    elif selector is None:
        wrong.append(required(path, "one of name or selector must be specified"))
    if not action:
        wrong.append(required(f"{path}.parameterNotFoundAction"))
    elif action not in ("Deny", "Allow"):
        wrong.append(unsupported(f"{path}.parameterNotFoundAction", action, ("Deny", "Allow")))
    return wrong


def mutating_binding_causes(binding: Object) -> list[Cause]:
    """Returns what is wrong with the binding of a policy that changes things."""
    spec = binding.get("spec") or {}
    resources = spec.get("matchResources")
    # The server's own path has this slip of the pen.
    matched = _constraint_causes(resources, "spec.matchResouces") if resources else []
    return [*_policy_name_causes(spec), *_param_causes(spec.get("paramRef")), *matched]


def binding_causes(binding: Object) -> list[Cause]:
    """Returns what is wrong with a policy's binding."""
    wrong, actions = mutating_binding_causes(binding), (binding.get("spec") or {}).get("validationActions") or ()
    for place, action in enumerate(actions):
        if action not in ACTIONS:
            wrong.append(unsupported(f"spec.validationActions[{place}]", action, ACTIONS))
        if action in actions[:place]:
            wrong.append(duplicate(f"spec.validationActions[{place}]", action))
    if {"Deny", "Warn"} <= set(actions):
        why = "must not contain both Deny and Warn (repeating the same validation failure information in the API "
        wrong.append(invalid("spec.validationActions", list(actions), f"{why}response and headers serves no purpose)"))
    if not actions:
        wrong.append(required("spec.validationActions", "at least one validation action is required"))
    return wrong
