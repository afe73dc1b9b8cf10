"""Admission policies and webhook configurations: defaults, and what may be wrong with webhooks.

What may be wrong with policies is in `admissionpolicies.py`.
Source: pkg/apis/admissionregistration/v1/defaults.go, pkg/apis/admissionregistration/validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from kubelab.cluster.kinds.admissionpolicies import (
    binding_causes,
    condition_causes,
    mutating_binding_causes,
    mutating_policy_causes,
    policy_causes,
    rule_causes,
)  # fmt: skip
from kubelab.cluster.kinds.causes import duplicate, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import dns_subdomain
from kubelab.cluster.objects import Object

FAILURE_POLICIES = ("Fail", "Ignore")
MATCH_POLICIES = ("Equivalent", "Exact")
SIDE_EFFECTS = ("None", "NoneOnDryRun")
REVIEWS = ("v1", "v1beta1")


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


# what is wrong with webhooks


TOO_SHORT = "should be a domain with at least three segments separated by dots"


def webhooks_causes(configuration: Object, old: Object | None, minor: int) -> list[Cause]:
    """Returns what is wrong with webhooks.

    Args:
        old: what they were before.
        minor: the cluster's minor version.
    """
    if old is not None and configuration.get("webhooks") == old.get("webhooks"):
        return []
    wrong, names = [], set[str]()
    for place, webhook in enumerate(configuration.get("webhooks") or ()):
        path, name = f"webhooks[{place}]", webhook.get("name", "")
        wrong += _webhook_causes(webhook, path, minor)
        if name in names:
            wrong.append(duplicate(f"{path}.name", name))
        names.add(name)
    return wrong


def _webhook_causes(webhook: Object, path: str, minor: int) -> list[Cause]:
    name = webhook.get("name", "")
    if not name:
        wrong = [required(f"{path}.name")]
    else:
        found = dns_subdomain(name) or ([] if name.count(".") >= 2 else [TOO_SHORT])
        wrong = [invalid(f"{path}.name", name, why) for why in found]
    for at, rule in enumerate(webhook.get("rules") or ()):
        wrong += rule_causes(rule, f"{path}.rules[{at}]")
    for field, supported in (("failurePolicy", FAILURE_POLICIES), ("matchPolicy", MATCH_POLICIES)):
        if webhook.get(field) not in supported:
            wrong.append(unsupported(f"{path}.{field}", webhook.get(field), supported))
    effects = webhook.get("sideEffects")
    if effects is None:
        wrong.append(required(f"{path}.sideEffects", "must specify one of None, NoneOnDryRun"))
    elif effects not in SIDE_EFFECTS:
        wrong.append(unsupported(f"{path}.sideEffects", effects, SIDE_EFFECTS))
    seconds = webhook.get("timeoutSeconds")
    if seconds is not None and not 1 <= seconds <= 30:
        why = "the timeout value must be between 1 and 30 seconds"
        wrong.append(invalid(f"{path}.timeoutSeconds", seconds, why))
    wrong += _review_causes(webhook.get("admissionReviewVersions") or (), f"{path}.admissionReviewVersions")
    wrong += _client_causes(webhook.get("clientConfig") or {}, f"{path}.clientConfig")
    return wrong + condition_causes(webhook, f"{path}.matchConditions", minor, params=False)


def _review_causes(versions: Sequence[str], path: str) -> list[Cause]:
    if not versions:
        return [required(path, "must specify one of v1, v1beta1")]
    if not set(versions) & set(REVIEWS):
        return [invalid(path, list(versions), "must include at least one of v1, v1beta1")]
    return [
        duplicate(f"{path}[{place}]", version) for place, version in enumerate(versions) if version in versions[:place]
    ]


def _client_causes(client: Object, path: str) -> list[Cause]:
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        return [required(path, "exactly one of url or service is required")]
    if service is None:
        return _url_causes(str(url), f"{path}.url")
    wrong = [required(f"{path}.service.{name}") for name in ("name", "namespace") if not service.get(name)]
    if not 1 <= service.get("port", 443) <= 65535:
        why = "port is not valid: must be between 1 and 65535, inclusive"
        wrong.append(invalid(f"{path}.service.port", service["port"], why))
    if not service.get("path", "/").startswith("/"):
        wrong.append(invalid(f"{path}.service.path", service["path"], "must start with a '/'"))
    return wrong


def _url_causes(url: str, path: str) -> list[Cause]:
    """k8s.io/apiserver/pkg/util/webhook/validation.go."""
    form, parts, wrong = "; desired format: https://host[/path]", urlsplit(url), []
    if parts.scheme != "https":
        wrong.append(invalid(path, parts.scheme, f"'https' is the only allowed URL scheme{form}"))
    if not parts.netloc:
        wrong.append(invalid(path, parts.netloc, f"host must be specified{form}"))
    if "@" in parts.netloc:
        wrong.append(invalid(path, parts.netloc.rpartition("@")[0], "user information is not permitted in the URL"))
    if parts.fragment:
        wrong.append(invalid(path, parts.fragment, "fragments are not permitted in the URL"))
    if parts.query:
        wrong.append(invalid(path, parts.query, "query parameters are not permitted in the URL"))
    return wrong


_WEBHOOKS = {"validate_in": webhooks_causes, "prepare_create": first_generation}

RULES: dict[str, dict[str, Any]] = {
    "ValidatingAdmissionPolicy": {
        "default": default_policy, "prepare_create": first_generation, "validate_in": policy_causes
    },
    "ValidatingAdmissionPolicyBinding": {
        "default": default_binding, "prepare_create": first_generation, "validate": binding_causes
    },
    "MutatingAdmissionPolicy": {
        "default": default_policy, "prepare_create": first_generation, "validate_in": mutating_policy_causes
    },
    "MutatingAdmissionPolicyBinding": {
        "default": default_binding, "prepare_create": first_generation, "validate": mutating_binding_causes
    },
    "ValidatingWebhookConfiguration": {"default": default_validating, **_WEBHOOKS},
    "MutatingWebhookConfiguration": {"default": default_mutating, **_WEBHOOKS},
}  # fmt: skip
