"""Ingress, NetworkPolicy and their neighbours: how they stand in a table.

Source: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubelab.cluster.ages import age
from kubelab.cluster.kinds import networkpolicy_validation as policies
from kubelab.cluster.kinds.ingress_validation import (
    class_annotation_causes,
    class_causes,
    class_update_causes,
    ingress_causes,
)
from kubelab.cluster.kinds.kind import Cause, Column
from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import from_label_selector

NAME, AGE = Column("Name", format="name"), Column("Age")
MOST_HOSTS = 3


def _hosts(rules: Sequence[Object]) -> str:
    shown: list[str] = []
    more = False
    for rule in rules:
        more = more or len(shown) == MOST_HOSTS
        if not more and rule.get("host"):
            shown.append(rule["host"])
    text = ",".join(shown) or "*"
    return f"{text} + {len(rules) - MOST_HOSTS} more..." if more else text


def ingress_row(ingress: Object, now: float) -> list[Any]:
    """Returns the cells of an Ingress' row."""
    spec = ingress.get("spec") or {}
    points = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return [
        ingress["metadata"]["name"],
        spec.get("ingressClassName") or "<none>",
        _hosts(spec.get("rules") or ()),
        ",".join(sorted({point.get("ip") or point.get("hostname", "") for point in points} - {""})),
        "80, 443" if spec.get("tls") else "80",
        age(ingress, now),
    ]


def class_row(ingressclass: Object, now: float) -> list[Any]:
    """Returns the cells of an IngressClass' row."""
    spec = ingressclass.get("spec") or {}
    parameters = spec.get("parameters")
    text = "<none>"
    if parameters:
        group = f".{parameters['apiGroup']}" if parameters.get("apiGroup") else ""
        text = f"{parameters['kind']}{group}/{parameters['name']}"
    return [ingressclass["metadata"]["name"], spec.get("controller", ""), text, age(ingressclass, now)]


def policy_row(policy: Object, now: float) -> list[Any]:
    """Returns the cells of a NetworkPolicy's row."""
    selector = str(from_label_selector((policy.get("spec") or {}).get("podSelector") or {})) or "<none>"
    return [policy["metadata"]["name"], selector, age(policy, now)]


def address_row(address: Object, now: float) -> list[Any]:
    """Returns the cells of an IPAddress' row."""
    parent = (address.get("spec") or {}).get("parentRef") or {}
    parts = [parent.get("resource", ""), parent.get("namespace", ""), parent.get("name", "")]
    return [address["metadata"]["name"], "/".join(part for part in parts if part) or "<none>"]


def cidr_row(cidr: Object, now: float) -> list[Any]:
    """Returns the cells of a ServiceCIDR's row."""
    return [cidr["metadata"]["name"], ",".join((cidr.get("spec") or {}).get("cidrs") or ()), age(cidr, now)]


def prepare_ingress(ingress: Object) -> Object:
    """Returns a new Ingress as it is stored."""
    return {**counted(ingress), "status": {"loadBalancer": {}}}


def counted(obj: Object) -> Object:
    """Returns a new object whose specification is counted from now on."""
    return {**obj, "metadata": {**obj["metadata"], "generation": 1}}


def new_ingress_causes(ingress: Object) -> list[Cause]:
    """Returns what is wrong with an Ingress, old or new; only a new one can name two classes."""
    is_new = "uid" not in ingress["metadata"] or not ingress["metadata"].get("resourceVersion")
    return ingress_causes(ingress) + (class_annotation_causes(ingress) if is_new else [])


_INGRESS = ("Class", "Hosts", "Address", "Ports")

RULES: dict[str, dict[str, Any]] = {
    "Ingress": {
        "columns": (NAME, *(Column(name) for name in _INGRESS), AGE),
        "row": ingress_row,
        "prepare_create": prepare_ingress,
        "validate": new_ingress_causes,
    },
    "IngressClass": {
        "columns": (NAME, Column("Controller"), Column("Parameters"), AGE),
        "row": class_row,
        "prepare_create": counted,
        "validate": class_causes,
        "validate_update": class_update_causes,
    },
    "NetworkPolicy": {
        "columns": (NAME, Column("Pod-Selector"), AGE),
        "row": policy_row,
        "prepare_create": counted,
        "default": policies.default,
        "validate": policies.policy_causes,
    },
    "IPAddress": {"columns": (NAME, Column("ParentRef")), "row": address_row},
    "ServiceCIDR": {"columns": (NAME, Column("CIDRs"), AGE), "row": cidr_row},
}
