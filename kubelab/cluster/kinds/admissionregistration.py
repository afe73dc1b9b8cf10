"""Admission policies and webhook configurations: defaults, and what may be wrong with them.

Source: pkg/apis/admissionregistration/v1/defaults.go, pkg/apis/admissionregistration/validation.
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.expressions.compiling import ExpressionError, compiled
from kubelab.cluster.kinds.causes import invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import dns_subdomain, qualified_name
from kubelab.cluster.objects import Object

KNOWN = ("object", "oldObject", "request", "authorizer", "namespaceObject", "variables")
OPERATIONS = ("*", "CREATE", "UPDATE", "DELETE", "CONNECT")
ACTIONS = ("Audit", "Deny", "Warn")
REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized")
FAILURE_POLICIES = ("Fail", "Ignore")
REINVOCATION = ("IfNeeded", "Never")
PATCHES = {"ApplyConfiguration": "applyConfiguration", "JSONPatch": "jsonPatch"}
SIDE_EFFECTS = ("None", "NoneOnDryRun")


def _with_scope(rules: list[Object] | None) -> list[Object]:
    return [{**rule, "scope": rule.get("scope") or "*"} for rule in rules or ()]


def _constraints(found: Object) -> Object:
    filled = {"matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}, **found}
    for field in ("resourceRules", "excludeResourceRules"):
        if filled.get(field):
            filled[field] = _with_scope(filled[field])
    return filled


def default_policy(policy: Object) -> Object:
    """Returns a policy with its defaults."""
    spec = {"failurePolicy": "Fail", **(policy.get("spec") or {})}
    if spec.get("matchConstraints"):
        spec["matchConstraints"] = _constraints(spec["matchConstraints"])
    return {**policy, "spec": spec}


def default_binding(binding: Object) -> Object:
    """Returns a policy's binding with its defaults."""
    spec = dict(binding.get("spec") or {})
    if spec.get("matchResources"):
        spec["matchResources"] = _constraints(spec["matchResources"])
    return {**binding, "spec": spec}


def default_validating(configuration: Object) -> Object:
    """Returns validating webhooks with their defaults."""
    return {**configuration, "webhooks": [_webhook(one) for one in configuration.get("webhooks") or ()]}


def default_mutating(configuration: Object) -> Object:
    """Returns mutating webhooks with their defaults."""
    webhooks = [{"reinvocationPolicy": "Never", **_webhook(one)} for one in configuration.get("webhooks") or ()]
    return {**configuration, "webhooks": webhooks}


def _webhook(webhook: Object) -> Object:
    filled: Object = {
        "failurePolicy": "Fail", "matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {},
        "timeoutSeconds": 10, **webhook,
    }  # fmt: skip
    if filled.get("rules"):
        filled["rules"] = _with_scope(filled["rules"])
    service = (filled.get("clientConfig") or {}).get("service")
    if service:
        filled["clientConfig"] = {**filled["clientConfig"], "service": {"port": 443, **service}}
    return filled


def first_generation(obj: Object) -> Object:
    """Returns a new object in its first generation."""
    return {**obj, "metadata": {**obj["metadata"], "generation": 1}}


# what is wrong


def policy_causes(policy: Object) -> list[Cause]:
    """Returns what is wrong with a policy."""
    spec = policy["spec"]
    known, wrong = _known(spec), _common_causes(spec)
    validations = spec.get("validations") or ()
    if not validations and not spec.get("auditAnnotations"):
        why = "validations or auditAnnotations must contain at least one item"
        wrong.append(required("spec.validations", why))
    for place, validation in enumerate(validations):
        wrong += _validation_causes(validation, f"spec.validations[{place}]", known)
    return wrong


def mutating_policy_causes(policy: Object) -> list[Cause]:
    """Returns what is wrong with a policy that changes things."""
    spec = policy["spec"]
    wrong, mutations = _common_causes(spec), spec.get("mutations") or ()
    if not mutations:
        wrong.append(required("spec.mutations", "mutations must contain at least one item"))
    for place, mutation in enumerate(mutations):
        wrong += _mutation_causes(mutation, f"spec.mutations[{place}]", _known(spec))
    if not spec.get("reinvocationPolicy"):
        wrong.append(required("spec.reinvocationPolicy"))
    elif spec["reinvocationPolicy"] not in REINVOCATION:
        wrong.append(unsupported("spec.reinvocationPolicy", spec["reinvocationPolicy"], REINVOCATION))
    return wrong


def _mutation_causes(mutation: Object, path: str, known: tuple[str, ...]) -> list[Cause]:
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
            wrong += _expression(mutation[field], "expression", f"{path}.{field}", known)
    return wrong


def _known(spec: Object) -> tuple[str, ...]:
    return (*KNOWN, "params") if spec.get("paramKind") is not None else KNOWN


def _common_causes(spec: Object) -> list[Cause]:
    """Returns what is wrong with what all policies have."""
    wrong = []
    if spec.get("failurePolicy") not in FAILURE_POLICIES:
        wrong.append(unsupported("spec.failurePolicy", spec.get("failurePolicy"), FAILURE_POLICIES))
    kind = spec.get("paramKind")
    if kind is not None:
        wrong += [required(f"spec.paramKind.{name}") for name in ("apiVersion", "kind") if not kind.get(name)]
    constraints = spec.get("matchConstraints")
    if constraints is None:
        wrong.append(required("spec.matchConstraints"))
    else:
        wrong += _constraint_causes(constraints, "spec.matchConstraints", needed=True)
    for place, condition in enumerate(spec.get("matchConditions") or ()):
        wrong += _expression(condition, "expression", f"spec.matchConditions[{place}]", _known(spec))
    for place, variable in enumerate(spec.get("variables") or ()):
        wrong += _expression(variable, "expression", f"spec.variables[{place}]", _known(spec))
    return wrong


def _validation_causes(validation: Object, path: str, known: tuple[str, ...]) -> list[Cause]:
    wrong = _expression(validation, "expression", path, known)
    if validation.get("messageExpression"):
        wrong += _expression(validation, "messageExpression", path, known)
    if "\n" in (validation.get("message") or ""):
        wrong.append(invalid(f"{path}.message", validation["message"], "message must not contain line breaks"))
    if "\n" in (validation.get("expression") or "").strip() and not validation.get("message"):
        why = "message must be specified if expression contains line breaks"
        wrong.append(required(f"{path}.message", why))
    if validation.get("reason") and validation["reason"] not in REASONS:
        wrong.append(unsupported(f"{path}.reason", validation["reason"], REASONS))
    return wrong


def _expression(obj: Object, field: str, path: str, known: tuple[str, ...]) -> list[Cause]:
    text = (obj.get(field) or "").strip()
    if not text:
        return [required(f"{path}.{field}", f"{field} is not specified")]
    try:
        wrong = compiled(obj[field]).undeclared(known)
    except ExpressionError as error:
        wrong = [str(error)]
    why = "compilation failed: " + "\n".join(wrong)
    return [invalid(f"{path}.{field}", obj[field], why)] if wrong else []


def _constraint_causes(constraints: Object, path: str, *, needed: bool) -> list[Cause]:
    rules = constraints.get("resourceRules") or ()
    if needed and not rules:
        return [required(f"{path}.resourceRules")]
    return [cause for place, rule in enumerate(rules) for cause in _rule_causes(rule, f"{path}.resourceRules[{place}]")]


def _rule_causes(rule: Object, path: str) -> list[Cause]:
    wrong = [required(f"{path}.{name}") for name in ("apiGroups", "apiVersions", "resources") if not rule.get(name)]
    operations = rule.get("operations") or ()
    if not operations:
        wrong.append(required(f"{path}.operations"))
    for place, operation in enumerate(operations):
        if operation not in OPERATIONS:
            wrong.append(unsupported(f"{path}.operations[{place}]", operation, OPERATIONS))
    return wrong


def mutating_binding_causes(binding: Object) -> list[Cause]:
    """Returns what is wrong with the binding of a policy that changes things."""
    spec, wrong = binding.get("spec") or {}, []
    if not spec.get("policyName"):
        wrong.append(required("spec.policyName"))
    else:
        wrong += [invalid("spec.policyName", spec["policyName"], why) for why in dns_subdomain(spec["policyName"])]
    reference = spec.get("paramRef")
    if reference is not None:
        if bool(reference.get("name")) == (reference.get("selector") is not None):
            why = "one of name or selector must be specified"
            wrong.append(required("spec.paramRef.name", why))
        if not reference.get("parameterNotFoundAction"):
            wrong.append(required("spec.paramRef.parameterNotFoundAction"))
    return wrong


def binding_causes(binding: Object) -> list[Cause]:
    """Returns what is wrong with a policy's binding."""
    wrong, actions = mutating_binding_causes(binding), (binding.get("spec") or {}).get("validationActions") or ()
    if not actions:
        wrong.append(required("spec.validationActions", "at least one validation action is required"))
    for place, action in enumerate(actions):
        if action not in ACTIONS:
            wrong.append(unsupported(f"spec.validationActions[{place}]", action, ACTIONS))
    if {"Deny", "Warn"} <= set(actions):
        shown = sorted(actions)
        why = "must not contain both Deny and Warn (repeating the same validation failure information in the API "
        wrong.append(invalid("spec.validationActions", shown, f"{why}response and headers serves no purpose)"))
    return wrong


TOO_SHORT = "should be a domain with at least three segments separated by dots"


def webhooks_causes(configuration: Object) -> list[Cause]:
    """Returns what is wrong with webhooks."""
    wrong = []
    for place, webhook in enumerate(configuration.get("webhooks") or ()):
        path = f"webhooks[{place}]"
        name = webhook.get("name", "")
        found = qualified_name(name) if name.count(".") >= 2 else [TOO_SHORT]
        wrong += [invalid(f"{path}.name", name, why) for why in found]
        if webhook.get("sideEffects") not in SIDE_EFFECTS:
            if webhook.get("sideEffects") is None:
                why = "must specify one of None, NoneOnDryRun"
                wrong.append(required(f"{path}.sideEffects", why))
            else:
                wrong.append(unsupported(f"{path}.sideEffects", webhook["sideEffects"], SIDE_EFFECTS))
        if not webhook.get("admissionReviewVersions"):
            why = "must specify one of v1, v1beta1"
            wrong.append(required(f"{path}.admissionReviewVersions", why))
        client = webhook.get("clientConfig") or {}
        if bool(client.get("url")) == bool(client.get("service")):
            wrong.append(required(f"{path}.clientConfig", "exactly one of url or service is required"))
        for at, rule in enumerate(webhook.get("rules") or ()):
            wrong += _rule_causes(rule, f"{path}.rules[{at}]")
    return wrong


_WEBHOOKS = {"validate": webhooks_causes, "prepare_create": first_generation}

RULES: dict[str, dict[str, Any]] = {
    "ValidatingAdmissionPolicy": {
        "default": default_policy, "prepare_create": first_generation, "validate": policy_causes
    },
    "ValidatingAdmissionPolicyBinding": {
        "default": default_binding, "prepare_create": first_generation, "validate": binding_causes
    },
    "MutatingAdmissionPolicy": {
        "default": default_policy, "prepare_create": first_generation, "validate": mutating_policy_causes
    },
    "MutatingAdmissionPolicyBinding": {
        "default": default_binding, "prepare_create": first_generation, "validate": mutating_binding_causes
    },
    "ValidatingWebhookConfiguration": {"default": default_validating, **_WEBHOOKS},
    "MutatingWebhookConfiguration": {"default": default_mutating, **_WEBHOOKS},
}  # fmt: skip
