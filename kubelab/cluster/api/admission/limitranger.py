"""Fills in what a namespace's LimitRanges say where a Pod says nothing, and refuses what is beyond them.

Source: plugin/pkg/admission/limitranger/admission.go; kubernetes.io, concepts/policy/limit-range.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import canonical, parse

PREFIX = "/registry/limitranges/"
NOTE = "kubernetes.io/limit-ranger"
Amounts = dict[str, str]


class LimitRanger(Plugin):
    """Sets containers' requests and limits, and holds Pods and claims to the limits of their namespace."""

    name = "LimitRanger"
    by_template = True
    kinds = ("PersistentVolumeClaim", "Pod")

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether something is created that limits can be for."""
        return (
            attributes.old is None
            and attributes.kind.name in ("Pod", "PersistentVolumeClaim")
            and bool(self.server.store.table(PREFIX).rows)
        )

    def ranges(self, namespace: str) -> list[Object]:
        """Returns the LimitRanges of a namespace."""
        if not self.server.store.table(PREFIX).rows:
            return []
        return self.server.store.indexed(PREFIX, "namespace", namespace)

    def looked_at(self, attributes: Attributes) -> list[object]:
        """The namespace's LimitRanges decide."""
        return list(self.ranges(attributes.namespace))

    def limits(self, attributes: Attributes) -> Iterator[Object]:
        """Yields the limits that are there."""
        for found in self.ranges(attributes.namespace):
            yield from found["spec"].get("limits") or ()

    def mutate(self, attributes: Attributes) -> Object:
        """Returns a Pod with the defaults of its containers, and with a note of which these are."""
        pod = attributes.obj
        requests: Amounts = {}
        defaults: Amounts = {}
        for limit in self.limits(attributes):
            if limit["type"] == "Container":
                requests.update(limit.get("defaultRequest") or {})
                defaults.update(limit.get("default") or {})
        if attributes.kind.name != "Pod" or not (requests or defaults):
            return pod
        spec, notes = dict(pod["spec"]), []
        for field, word in (("containers", "container"), ("initContainers", "init container")):
            if spec.get(field):
                filled = [_filled(container, requests, defaults, word) for container in spec[field]]
                spec[field] = [container for container, _ in filled]
                notes += [note for _, told in filled for note in told]
        if not notes:
            return pod
        said = {NOTE: f"LimitRanger plugin set: {'; '.join(notes)}"}
        annotations = {**(pod["metadata"].get("annotations") or {}), **said}
        return {**pod, "metadata": {**pod["metadata"], "annotations": annotations}, "spec": spec}

    def validate(self, attributes: Attributes) -> None:
        """Lets a Pod or a claim pass that is within the limits.

        Raises:
            Forbidden: it is beyond one.
        """
        wrong: list[str] = []
        for limit in self.limits(attributes):
            for requests, limits in _measured(attributes.obj, limit["type"]):
                wrong += _beyond(limit, requests, limits)
        if wrong:
            why = f"[{', '.join(wrong)}]" if len(wrong) > 1 else wrong[0]
            raise errors.forbidden(attributes.kind, attributes.obj["metadata"]["name"], why)


def _filled(container: Object, requests: Amounts, limits: Amounts, word: str) -> tuple[Object, list[str]]:
    """Returns a container with its defaults, and which these are."""
    resources, notes = dict(container.get("resources") or {}), []
    for field, defaults in (("requests", requests), ("limits", limits)):
        given = resources.get(field) or {}
        missing = {name: amount for name, amount in defaults.items() if name not in given}
        if missing:
            resources[field] = {**given, **missing}
            notes.append(f"{', '.join(sorted(missing))} {field[:-1]} for {word} {container['name']}")
    return ({**container, "resources": resources} if notes else container), notes


def _measured(obj: Object, limit: str) -> Iterator[tuple[Amounts, Amounts]]:
    """Yields requests and limits of each thing that a type of limit is for."""
    if obj["kind"] == "PersistentVolumeClaim":
        if limit == "PersistentVolumeClaim":
            yield (obj["spec"].get("resources") or {}).get("requests") or {}, {}
        return
    spec = obj["spec"]
    if limit == "Container":
        for container in (*spec["containers"], *(spec.get("initContainers") or ())):
            resources = container.get("resources") or {}
            yield resources.get("requests") or {}, resources.get("limits") or {}
    elif limit == "Pod":
        yield _of_pod(spec, "requests"), _of_pod(spec, "limits")


def _of_pod(spec: Object, field: str) -> Amounts:
    """Returns what a Pod's containers come to: those that run together, or the largest that runs before them."""
    total: dict[str, Decimal] = {}
    for container in spec["containers"]:
        for name, amount in ((container.get("resources") or {}).get(field) or {}).items():
            total[name] = total.get(name, Decimal(0)) + parse(amount)
    for container in spec.get("initContainers") or ():
        for name, amount in ((container.get("resources") or {}).get(field) or {}).items():
            total[name] = max(total.get(name, Decimal(0)), parse(amount))
    return {name: canonical(str(amount)) for name, amount in total.items()}


def _beyond(limit: Object, requests: Amounts, limits: Amounts) -> list[str]:
    kind, wrong = limit["type"], []
    for name, least in sorted((limit.get("min") or {}).items()):
        what = f"minimum {name} usage per {kind} is {least}"
        if name not in requests:
            wrong.append(f"{what}.  No request is specified")
        elif parse(requests[name]) < parse(least):
            wrong.append(f"{what}, but request is {requests[name]}")
        elif name in limits and parse(limits[name]) < parse(least):
            wrong.append(f"{what}, but limit is {limits[name]}")
    for name, most in sorted((limit.get("max") or {}).items()):
        what, claim = f"maximum {name} usage per {kind} is {most}", kind == "PersistentVolumeClaim"
        if name not in limits and not claim:
            wrong.append(f"{what}.  No limit is specified")
        elif name in limits and parse(limits[name]) > parse(most):
            wrong.append(f"{what}, but limit is {limits[name]}")
        elif name in requests and parse(requests[name]) > parse(most):
            wrong.append(f"{what}, but request is {requests[name]}")
    for name, most in sorted((limit.get("maxLimitRequestRatio") or {}).items()):
        what = f"{name} max limit to request ratio per {kind} is {most}"
        request, upper = parse(requests.get(name, "0")), parse(limits.get(name, "0"))
        if not request:
            wrong.append(f"{what}, but no request is specified or request is 0")
        elif not upper:
            wrong.append(f"{what}, but no limit is specified or limit is 0")
        elif upper / request > parse(most):
            wrong.append(f"{what}, but provided ratio is {upper / request:.6f}")
    return wrong
