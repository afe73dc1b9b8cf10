"""What a ResourceQuota counts: which objects it is for, and how much of what each of them uses.

The API's admission and the controller count alike by it. Source: pkg/quota/v1/evaluator/core,
k8s.io/apiserver/pkg/quota/v1; kubernetes.io, concepts/policy/resource-quotas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from kubelab.cluster import quantity
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object

Amounts = dict[str, str]
# Objects that count under their plain name as well as under "count/".
NAMED = ("configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "secrets", "services")
COMPUTE = ("cpu", "memory", "ephemeral-storage")
# If one of these is limited, each container has to say how much of it it wants.
SPECIFIED = ("cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory")
IGNORED = ("Event",)
FINISHED = ("Succeeded", "Failed")


def is_matched(quota: Object, kind: Kind, obj: Object) -> bool:
    """Tells whether a quota counts an object: it limits something of the kind, and its scopes fit."""
    spec = quota.get("spec") or {}
    if not tracked(kind, (quota.get("status") or {}).get("hard") or ()):
        return False
    selectors = [{"scopeName": name, "operator": "Exists"} for name in spec.get("scopes") or ()]
    selectors += (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    return all(_in_scope(kind, obj["spec"], selector) for selector in selectors)


def _in_scope(kind: Kind, spec: Object, selector: Object) -> bool:
    name = selector["scopeName"]
    concerned, class_field = _CLASSES.get(name, ("Pod", ""))
    if kind.name != concerned:
        return False
    if not class_field:
        test = _SCOPES.get(name)
        return test is not None and bool(test(spec))
    given: str = spec.get(class_field) or ""
    operator = str(selector.get("operator", ""))
    if operator in ("In", "NotIn"):
        return bool(given in (selector.get("values") or ())) == (operator == "In")
    return bool(given) == (operator == "Exists")


def _ends(spec: Object) -> bool:
    return spec.get("activeDeadlineSeconds") is not None


def _is_best_effort(spec: Object) -> bool:
    for container in (*spec["containers"], *(spec.get("initContainers") or ())):
        resources = container.get("resources") or {}
        for amounts in (resources.get("requests") or {}, resources.get("limits") or {}):
            if any(name in ("cpu", "memory") and quantity.parse(amount) > 0 for name, amount in amounts.items()):
                return False
    return True


def _crosses_namespaces(spec: Object) -> bool:
    affinity = spec.get("affinity") or {}
    terms: list[Object] = []
    for name in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(name) or {}
        terms += rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        preferred = rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        terms += [weighted["podAffinityTerm"] for weighted in preferred]
    return any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in terms)


# Scopes that select by a class: of which kind, and the field that names it.
_CLASSES = {
    "PriorityClass": ("Pod", "priorityClassName"),
    "VolumeAttributesClass": ("PersistentVolumeClaim", "volumeAttributesClassName"),
}
_SCOPES: dict[str, Callable[[Object], bool]] = {
    "Terminating": _ends,
    "NotTerminating": lambda spec: not _ends(spec),
    "BestEffort": _is_best_effort,
    "NotBestEffort": lambda spec: not _is_best_effort(spec),
    "CrossNamespacePodAffinity": _crosses_namespaces,
}


def count_name(kind: Kind) -> str:
    """Returns the name under which a kind's objects are counted, such as "count/deployments.apps"."""
    return f"count/{kind.resource}"


def tracked(kind: Kind, names: Iterable[str]) -> list[str]:
    """Returns those of a quota's resources that objects of a kind use."""
    return [name for name in names if _is_tracked(kind, name)]


def _is_tracked(kind: Kind, name: str) -> bool:
    if name == count_name(kind) or (name in NAMED and name == kind.resource):
        return True
    if kind.name == "Pod":
        bare = name.removeprefix("requests.").removeprefix("limits.")
        extended = name.startswith("requests.") and "/" in name and not name.endswith("/requests.storage")
        return name == "pods" or bare in COMPUTE or bare.startswith("hugepages-") or extended
    if kind.name == "Service":
        return name in ("services.loadbalancers", "services.nodeports")
    if kind.name == "PersistentVolumeClaim":
        return name == "requests.storage" or ".storageclass.storage.k8s.io/" in name
    return False


def usage(kind: Kind, obj: Object) -> Amounts:
    """Returns how much of what an object uses."""
    used = {count_name(kind): "1"}
    if kind.resource in NAMED:
        used[kind.resource] = "1"
    if kind.name == "Pod" and (obj.get("status") or {}).get("phase") not in FINISHED:
        used |= {"pods": "1", **_compute(pod_amounts(obj["spec"], "requests"), pod_amounts(obj["spec"], "limits"))}
    elif kind.name == "Service":
        used |= _of_service(obj["spec"])
    elif kind.name == "PersistentVolumeClaim":
        used |= _of_claim(obj["spec"])
    return used


def _compute(requests: Mapping[str, str], limits: Mapping[str, str]) -> Amounts:
    used: Amounts = {}
    for name, amount in requests.items():
        if name in COMPUTE or name.startswith("hugepages-"):
            used[name] = amount
        if name in COMPUTE or name.startswith("hugepages-") or "/" in name:
            used[f"requests.{name}"] = amount
    return used | {f"limits.{name}": amount for name, amount in limits.items() if name in COMPUTE}


def _of_service(spec: Object) -> Amounts:
    kind, ports = spec.get("type"), len(spec.get("ports") or ())
    balanced = kind == "LoadBalancer"
    opened = kind == "NodePort" or (balanced and spec.get("allocateLoadBalancerNodePorts") is not False)
    return {"services.loadbalancers": "1" if balanced else "0", "services.nodeports": str(ports) if opened else "0"}


def _of_claim(spec: Object) -> Amounts:
    name, used = spec.get("storageClassName"), {}
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage:
        used["requests.storage"] = storage
    if name:
        prefix = f"{name}.storageclass.storage.k8s.io/"
        used |= {prefix + resource: amount for resource, amount in used.items()}
        used[f"{prefix}persistentvolumeclaims"] = "1"
    return used


def pod_amounts(spec: Object, field: str) -> Amounts:
    """Returns a Pod's requests or limits: of the containers that run together, or of the largest that runs before.

    Args:
        field: "requests" or "limits".
    """
    whole = (spec.get("resources") or {}).get(field) or {}
    total: Amounts = {}
    for container in spec["containers"]:
        total = added(total, (container.get("resources") or {}).get(field) or {})
    sidecars: Amounts = {}
    largest: Amounts = {}
    for container in spec.get("initContainers") or ():
        amounts = (container.get("resources") or {}).get(field) or {}
        if container.get("restartPolicy") == "Always":
            sidecars = added(sidecars, amounts)
            largest = _most(largest, sidecars)
        else:
            largest = _most(largest, added(sidecars, amounts))
    total = {**_most(added(total, sidecars), largest), **whole}
    overhead = spec.get("overhead") or {}
    return added(total, {name: amount for name, amount in overhead.items() if field == "requests" or name in total})


def missing(spec: Object, limited: Iterable[str]) -> str:
    """Returns what the containers of a Pod have to say and do not, in the server's words; "" for nothing."""
    if spec.get("resources"):
        return ""
    wanted = [name for name in limited if name in SPECIFIED]
    lacking: dict[str, list[str]] = {}
    for container in (*spec["containers"], *(spec.get("initContainers") or ())):
        resources = container.get("resources") or {}
        given = _compute(resources.get("requests") or {}, resources.get("limits") or {})
        for name in wanted:
            if name not in given:
                lacking.setdefault(name, []).append(container["name"])
    parts = [f"{name} for: {','.join(sorted(set(lacking[name])))}" for name in sorted(lacking)]
    return f"must specify {'; '.join(parts)}" if parts else ""


# sums


def added(one: Mapping[str, str], other: Mapping[str, str]) -> Amounts:
    """Returns the sums of amounts."""
    return {**one, **{name: _sum(one.get(name, "0"), amount) for name, amount in other.items()}}


def subtracted(one: Mapping[str, str], other: Mapping[str, str]) -> Amounts:
    """Returns what the first amounts are more than the second."""
    return {name: _sum(amount, other.get(name, "0"), -1) for name, amount in one.items()}


def _most(one: Amounts, other: Amounts) -> Amounts:
    larger = {name: text for name, text in other.items() if is_more(text, one.get(name, "0")) or name not in one}
    return {**one, **larger}


def is_more(one: str, other: str) -> bool:
    """Tells whether an amount is larger than another."""
    return quantity.parse(one) > quantity.parse(other)


def _sum(one: str, other: str, sign: int = 1) -> str:
    value: Decimal = quantity.parse(one) + sign * quantity.parse(other)
    style = str(other if str(one) == "0" else one)
    if style.endswith("i"):
        return quantity.canonical(f"{value / 1024:f}Ki")
    return quantity.canonical(f"{value:f}")


def written(amounts: Mapping[str, Any]) -> str:
    """Writes amounts as the server's messages do: "cpu=1,pods=3"."""
    return ",".join(f"{name}={amounts[name]}" for name in sorted(amounts))
