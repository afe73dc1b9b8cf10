"""What a Pod's spec may not say about where it goes: affinities, spreading, the selectors in them.

Source: pkg/apis/core/validation/validation.go (validateAffinity, validateTopologySpreadConstraints);
k8s.io/apimachinery/pkg/apis/meta/v1/validation (ValidateLabelSelector).
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.kinds.causes import duplicate, forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import dns_label, label_causes, qualified_name
from kubelab.cluster.objects import Object

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
ACTIONS = ("DoNotSchedule", "ScheduleAnyway")
UNKNOWN_OPERATOR = "not a valid selector operator"
NEEDS_VALUES = "must be specified when `operator` is 'In' or 'NotIn'"
NO_VALUES = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
ONE_VALUE = "must be specified single value when `operator` is 'Lt' or 'Gt'"


def placement_causes(spec: Object, path: str) -> list[Cause]:
    """Returns what is wrong with a Pod's affinity and its spread constraints."""
    affinity, at = spec.get("affinity") or {}, f"{path}.affinity"
    causes = _node_affinity_causes(affinity.get("nodeAffinity") or {}, f"{at}.nodeAffinity")
    for side in ("podAffinity", "podAntiAffinity"):
        causes += _pod_affinity_causes(affinity.get(side) or {}, f"{at}.{side}")
    pairs = set[tuple[str, str]]()
    for place, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        at = f"{path}.topologySpreadConstraints[{place}]"
        causes += _spread_causes(constraint, at)
        pair = constraint.get("topologyKey", ""), constraint.get("whenUnsatisfiable", "")
        if pair in pairs:
            causes.append(duplicate(f"{at}.{{topologyKey, whenUnsatisfiable}}", f"{{{pair[0]}, {pair[1]}}}"))
        pairs.add(pair)
    return causes


def _node_affinity_causes(affinity: Object, path: str) -> list[Cause]:
    causes: list[Cause] = []
    if REQUIRED in affinity:
        at = f"{path}.{REQUIRED}.nodeSelectorTerms"
        terms = affinity[REQUIRED].get("nodeSelectorTerms") or ()
        if not terms:
            causes.append(required(at, "must have at least one node selector term"))
        for place, term in enumerate(terms):
            causes += _term_causes(term, f"{at}[{place}]")
    for place, wish in enumerate(affinity.get(PREFERRED) or ()):
        at = f"{path}.{PREFERRED}[{place}]"
        causes += _weight_causes(wish, at)
        causes += _term_causes(wish.get("preference") or {}, f"{at}.preference")
    return causes


def _term_causes(term: Object, path: str) -> list[Cause]:
    causes: list[Cause] = []
    for place, expression in enumerate(term.get("matchExpressions") or ()):
        causes += expression_causes(expression, f"{path}.matchExpressions[{place}]", numbers=True)
    for place, expression in enumerate(term.get("matchFields") or ()):
        at = f"{path}.matchFields[{place}]"
        if expression.get("operator") not in ("In", "NotIn"):
            causes.append(invalid(f"{at}.operator", expression.get("operator", ""), UNKNOWN_OPERATOR))
        if len(expression.get("values") or ()) != 1:
            why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
            causes.append(required(f"{at}.values", why))
        if expression.get("key") != "metadata.name":
            causes.append(invalid(f"{at}.key", expression.get("key", ""), "not a valid field selector key"))
    return causes


def _pod_affinity_causes(affinity: Object, path: str) -> list[Cause]:
    causes: list[Cause] = []
    for place, term in enumerate(affinity.get(REQUIRED) or ()):
        causes += _affinity_term_causes(term, f"{path}.{REQUIRED}[{place}]")
    for place, wish in enumerate(affinity.get(PREFERRED) or ()):
        at = f"{path}.{PREFERRED}[{place}]"
        causes += _weight_causes(wish, at)
        causes += _affinity_term_causes(wish.get("podAffinityTerm") or {}, f"{at}.podAffinityTerm")
    return causes


def _affinity_term_causes(term: Object, path: str) -> list[Cause]:
    causes = label_selector_causes(term.get("labelSelector"), f"{path}.labelSelector")
    causes += label_selector_causes(term.get("namespaceSelector"), f"{path}.namespaceSelector")
    key = term.get("topologyKey") or ""
    for place, name in enumerate(term.get("namespaces") or ()):
        causes += [invalid(f"{path}.namespaces[{place}]", name, why) for why in dns_label(name)]
    if not key:
        return [*causes, required(f"{path}.topologyKey", "can not be empty")]
    return [*causes, *(invalid(f"{path}.topologyKey", key, why) for why in qualified_name(key))]


def _weight_causes(wish: Object, path: str) -> list[Cause]:
    weight = wish.get("weight", 0)
    return [] if 1 <= weight <= 100 else [invalid(f"{path}.weight", weight, "must be in the range 1-100")]


def _spread_causes(constraint: Object, path: str) -> list[Cause]:
    causes: list[Cause] = []
    if constraint.get("maxSkew", 0) <= 0:
        causes.append(invalid(f"{path}.maxSkew", constraint.get("maxSkew", 0), "must be greater than zero"))
    if not constraint.get("topologyKey"):
        causes.append(required(f"{path}.topologyKey", "can not be empty"))
    if constraint.get("whenUnsatisfiable") not in ACTIONS:
        causes.append(unsupported(f"{path}.whenUnsatisfiable", constraint.get("whenUnsatisfiable", ""), ACTIONS))
    domains = constraint.get("minDomains")
    if domains is not None and domains <= 0:
        causes.append(invalid(f"{path}.minDomains", domains, "must be greater than zero"))
    if domains is not None and constraint.get("whenUnsatisfiable") != "DoNotSchedule":
        action = constraint.get("whenUnsatisfiable", "")
        why = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
        causes.append(invalid(f"{path}.minDomains", domains, why))
    return causes + label_selector_causes(constraint.get("labelSelector"), f"{path}.labelSelector")


def label_selector_causes(selector: Object | None, path: str) -> list[Cause]:
    """Returns what is wrong with a metav1.LabelSelector."""
    causes = label_causes((selector or {}).get("matchLabels") or {}, f"{path}.matchLabels")
    for place, expression in enumerate((selector or {}).get("matchExpressions") or ()):
        causes += expression_causes(expression, f"{path}.matchExpressions[{place}]")
    return causes


def expression_causes(expression: Object, path: str, *, numbers: bool = False) -> Iterable[Cause]:
    """Yields what is wrong with one requirement of a selector.

    Args:
        numbers: whether Gt and Lt are operators as well, as they are for nodes.
    """
    operator, values = expression.get("operator", ""), expression.get("values") or ()
    if operator in ("In", "NotIn"):
        if not values:
            yield required(f"{path}.values", NEEDS_VALUES)
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            yield forbidden(f"{path}.values", NO_VALUES)
    elif numbers and operator in ("Gt", "Lt"):
        if len(values) != 1:
            yield required(f"{path}.values", ONE_VALUE)
    else:
        yield invalid(f"{path}.operator", operator, UNKNOWN_OPERATOR)
    key = expression.get("key", "")
    for wrong in qualified_name(key):
        yield invalid(f"{path}.key", key, wrong)
