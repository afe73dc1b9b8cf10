"""Which requests a policy or a webhook is for: rules of resources and operations, selectors of namespaces and objects.

Source: admissionregistration.k8s.io/v1 MatchResources; k8s.io/apiserver/pkg/admission/plugin/webhook/predicates.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster.api.admission.plugin import Attributes
from kubelab.cluster.kinds import Namespace
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.selectors import from_label_selector

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

# What nobody can put out of reach by a policy or a webhook: that by which they are taken away.
EXEMPT = frozenset(
    "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding "
    "ValidatingWebhookConfiguration MutatingWebhookConfiguration".split()
)


def matches(server: ApiServer, attributes: Attributes, constraints: Object) -> bool:
    """Tells whether a request meets constraints: one of the rules, none that excludes it, and both selectors."""
    rules = constraints.get("resourceRules")
    if rules is not None and not any(is_of_rule(attributes, rule) for rule in rules):
        return False
    if any(is_of_rule(attributes, rule) for rule in constraints.get("excludeResourceRules") or ()):
        return False
    return is_selected(server, attributes, constraints)


def is_selected(server: ApiServer, attributes: Attributes, constraints: Object) -> bool:
    """Tells whether the labels of a request's namespace and of its object are those that are asked for."""
    by_namespace, by_object = constraints.get("namespaceSelector"), constraints.get("objectSelector")
    if by_namespace and attributes.kind.namespaced:
        namespace = server.find(Namespace, Key("", attributes.namespace))
        if namespace is None or not from_label_selector(by_namespace).matches(labels_of(namespace)):
            return False
    elif by_namespace and attributes.kind is Namespace:
        if not from_label_selector(by_namespace).matches(labels_of(attributes.obj)):
            return False
    if not by_object:
        return True
    selector = from_label_selector(by_object)
    objects = [attributes.obj, *([attributes.old] if attributes.old is not None else [])]
    return any(selector.matches(labels_of(obj)) for obj in objects)


def is_of_rule(attributes: Attributes, rule: Object) -> bool:
    """Tells whether a rule names what is done to what."""
    kind = attributes.kind
    if not _names(rule.get("operations"), attributes.operation) or not _names(rule.get("apiGroups"), kind.group):
        return False
    if not _names(rule.get("apiVersions"), kind.version):
        return False
    scope = rule.get("scope") or "*"
    if scope != "*" and (scope == "Namespaced") != kind.namespaced:
        return False
    wanted = rule.get("resourceNames") or ()
    if wanted and attributes.obj["metadata"]["name"] not in wanted:
        return False
    return any(_is_resource(attributes, name) for name in rule.get("resources") or ())


def _names(words: Iterable[str] | None, word: str) -> bool:
    return any(each in ("*", word) for each in words or ())


def _is_resource(attributes: Attributes, name: str) -> bool:
    resource, slash, subresource = name.partition("/")
    if resource not in ("*", attributes.kind.plural):
        return False
    if not slash:
        return not attributes.subresource
    return subresource == "*" or subresource == attributes.subresource
