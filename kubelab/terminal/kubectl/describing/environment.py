"""The environment of a container: variables, and where those come from that are not written out."""

from __future__ import annotations

import math
from collections.abc import Callable

from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import parse
from kubelab.terminal.kubectl.describing.description import NONE, Description


def environment(out: Description, container: Object, resolve: Callable[[Object], str] | None) -> None:
    """Writes what a container's environment is made of."""
    if container.get("envFrom"):
        out.heading("Environment Variables from", 2)
        for source in container["envFrom"]:
            _source(out, source)
    variables = container.get("env") or ()
    none = "" if variables else f"\t{NONE}"
    out.put(f"Environment:{none}\n", 2)
    for variable in variables:
        if variable.get("valueFrom") is None:
            first, *others = str(variable.get("value", "")).split("\n")
            out.field(variable["name"], first, 3)
            for line in others:
                out.put(f"\t{line}\n", 3)
        else:
            _referred(out, container, variable["name"], variable["valueFrom"], resolve)


def _source(out: Description, source: Object) -> None:
    kind, name = next(
        ((kind, key) for kind, key in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")) if source.get(key)),
        ("", ""),
    )
    reference = source.get(name) or {}
    prefix = f" with prefix '{source['prefix']}'" if source.get("prefix") else ""
    out.put(f"{reference.get('name', '')}\t{kind}{prefix}\tOptional: {_optional(reference)}\n", 3)


def _optional(reference: Object) -> str:
    return "true" if reference.get("optional") else "false"


def _referred(
    out: Description, container: Object, name: str, source: Object, resolve: Callable[[Object], str] | None
) -> None:
    if source.get("fieldRef"):
        reference = source["fieldRef"]
        value = resolve(reference) if resolve is not None else ""
        out.field(name, f"{value} ({reference.get('apiVersion', '')}:{reference['fieldPath']})", 3)
    elif source.get("resourceFieldRef"):
        reference = source["resourceFieldRef"]
        out.field(name, f"{_amount(container, reference)} ({reference['resource']})", 3)
    elif source.get("secretKeyRef"):
        key = source["secretKeyRef"]
        told = f"<set to the key '{key['key']}' in secret '{key.get('name', '')}'>"
        out.field(name, f"{told}\tOptional: {_optional(key)}", 3)
    elif source.get("configMapKeyRef"):
        key = source["configMapKeyRef"]
        told = f"<set to the key '{key['key']}' of config map '{key.get('name', '')}'>"
        out.field(name, f"{told}\tOptional: {_optional(key)}", 3)


def _amount(container: Object, reference: Object) -> str:
    """Returns a container's request or limit in units of the divisor (kubectl/pkg/util/resource)."""
    kind, _, resource = reference["resource"].partition(".")
    if kind not in ("limits", "requests"):
        return ""
    quantity = ((container.get("resources") or {}).get(kind) or {}).get(resource, "0")
    divisor = parse(reference.get("divisor") or "1") or 1
    number = math.ceil(parse(quantity) / divisor)
    if not number and reference["resource"] in ("limits.cpu", "limits.memory"):
        return "node allocatable"
    return str(number)


def resolver(pod: Object) -> Callable[[Object], str]:
    """Returns what gives the values of a Pod's own fields: its name and namespace, all that kubectl looks up."""
    metadata = pod["metadata"]
    known = {"metadata.name": metadata["name"], "metadata.namespace": metadata.get("namespace", "")}
    return lambda reference: known.get(reference["fieldPath"], "")
