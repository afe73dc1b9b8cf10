"""What a Pod's spec may not be, in the server's words.

Source: pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.kinds.causes import duplicate, forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.handler_validation import lifecycle_causes, port_name, probe_causes
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import dns_label, label_causes, label_value, qualified_name
from kubelab.cluster.kinds.naming_validation import account_causes, class_causes, dns_causes, gate_causes, host_causes
from kubelab.cluster.kinds.placement_validation import placement_causes
from kubelab.cluster.kinds.security_validation import (
    host_port_causes,
    pod_security_causes,
    security_causes,
    system_causes,
)  # fmt: skip
from kubelab.cluster.kinds.variables import env_causes, env_from_causes
from kubelab.cluster.kinds.volume_sources import device_causes, pod_source_causes, propagation_causes, sub_path_causes
from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import parse

RESTARTS = ("Always", "OnFailure", "Never")
PULLS = ("Always", "IfNotPresent", "Never")
DNS = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
STANDARD = ("cpu", "memory", "ephemeral-storage")  # resources of containers that may be overcommitted
MESSAGES = ("FallbackToLogsOnError", "File")
OPERATORS = ("Equal", "Exists")
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


MOST_REMEMBERED = 2000
_known: dict[tuple[int, str, tuple[str, ...]], tuple[Object, list[Cause]]] = {}


def spec_causes(spec: Object, path: str, claims: tuple[str, ...] = ()) -> list[Cause]:
    """Returns what is wrong with a Pod's spec; worked out once for each spec object.

    Args:
        claims: the names of volumes that a StatefulSet adds.
    """
    known = _known.get((id(spec), path, claims))
    if known is not None and known[0] is spec:
        return known[1]
    causes = _spec_causes(spec, path, claims)
    if len(_known) >= MOST_REMEMBERED:
        _known.clear()
    _known[id(spec), path, claims] = (spec, causes)
    return causes


def _spec_causes(spec: Object, path: str, claims: tuple[str, ...]) -> list[Cause]:
    volumes, causes = _volume_names(spec, path)
    volumes |= dict.fromkeys(claims)
    if not spec.get("containers"):
        return [*causes, required(f"{path}.containers")]
    names: dict[str, None] = {}
    for field in ("containers", "initContainers"):
        for place, container in enumerate(spec.get(field) or ()):
            at = f"{path}.{field}[{place}]"
            if container.get("name") in names:
                causes.append(duplicate(f"{at}.name", container["name"]))
            names[container.get("name", "")] = None
            causes += _container_causes(container, at, volumes, init=field == "initContainers")
    causes += host_port_causes(spec["containers"], f"{path}.containers")
    if spec["restartPolicy"] not in RESTARTS:
        causes.append(unsupported(f"{path}.restartPolicy", spec["restartPolicy"], RESTARTS))
    if spec["dnsPolicy"] not in DNS:
        causes.append(unsupported(f"{path}.dnsPolicy", spec["dnsPolicy"], DNS))
    causes += label_causes(spec.get("nodeSelector") or {}, f"{path}.nodeSelector")
    causes += pod_security_causes(spec, path)
    placement = placement_causes(spec, path)
    causes += [cause for cause in placement if ".topologySpreadConstraints" not in cause.field]
    causes += [*dns_causes(spec, path), *gate_causes(spec, path)]
    causes += [cause for cause in placement if ".topologySpreadConstraints" in cause.field]
    causes += [*account_causes(spec, path), *_time_causes(spec, path), *host_causes(spec, path)]
    for place, toleration in enumerate(spec.get("tolerations") or ()):
        causes += _toleration_causes(toleration, f"{path}.tolerations[{place}]")
    return [*causes, *class_causes(spec, path), *system_causes(spec, path)]


def _time_causes(spec: Object, path: str) -> list[Cause]:
    causes: list[Cause] = []
    grace, deadline = spec.get("terminationGracePeriodSeconds", 0), spec.get("activeDeadlineSeconds")
    if grace < 0:
        why = "must be greater than or equal to 0"
        causes.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, why))
    if deadline is not None and not 1 <= deadline <= 2**31 - 1:
        why = "must be between 1 and 2147483647, inclusive"
        causes.append(invalid(f"{path}.activeDeadlineSeconds", deadline, why))
    return causes


def _volume_names(spec: Object, path: str) -> tuple[dict[str, None], list[Cause]]:
    names: dict[str, None] = {}
    causes: list[Cause] = []
    for place, volume in enumerate(spec.get("volumes") or ()):
        at = f"{path}.volumes[{place}]"
        name = volume.get("name")
        if not name:
            causes.append(required(f"{at}.name"))
            continue
        causes += [invalid(f"{at}.name", name, wrong) for wrong in dns_label(name)]
        if name in names:
            causes.append(duplicate(f"{at}.name", name))
        names[name] = None
        causes += pod_source_causes(volume, at)
    return names, causes


def _container_causes(container: Object, path: str, volumes: dict[str, None], *, init: bool) -> list[Cause]:
    causes: list[Cause] = []
    name = container.get("name")
    if not name:
        causes.append(required(f"{path}.name"))
    else:
        causes += [invalid(f"{path}.name", name, wrong) for wrong in dns_label(name)]
    image = container.get("image", "")
    if not image:
        causes.append(required(f"{path}.image"))
    elif image != image.strip():
        causes.append(invalid(f"{path}.image", image, "must not have leading or trailing whitespace"))
    if container["imagePullPolicy"] not in PULLS:
        causes.append(unsupported(f"{path}.imagePullPolicy", container["imagePullPolicy"], PULLS))
    causes += _port_causes(container.get("ports") or (), f"{path}.ports")
    causes += env_causes(container.get("env") or (), f"{path}.env")
    causes += env_from_causes(container.get("envFrom") or (), f"{path}.envFrom")
    causes += _mount_causes(container, f"{path}.volumeMounts", volumes)
    causes += device_causes(container, f"{path}.volumeDevices", volumes)
    messages = container.get("terminationMessagePolicy", "File")
    if messages not in MESSAGES:
        causes.append(unsupported(f"{path}.terminationMessagePolicy", messages, MESSAGES))
    causes += _resource_causes(container.get("resources") or {}, f"{path}.resources")
    causes += security_causes(container.get("securityContext") or {}, f"{path}.securityContext")
    return causes + _handler_causes(container, path, init=init)


def _handler_causes(container: Object, path: str, *, init: bool) -> list[Cause]:
    """Returns what is wrong with a container's hooks and probes; what only begins and ends has none."""
    ends = init and container.get("restartPolicy") != "Always"
    causes: list[Cause] = []
    for field in ("lifecycle", *PROBES):
        if container.get(field) is None:
            continue
        if ends:
            why = "may not be set for init containers without restartPolicy=Always"
            causes.append(forbidden(f"{path}.{field}", why))
        elif field == "lifecycle":
            causes += lifecycle_causes(container[field], f"{path}.{field}")
        else:
            causes += probe_causes(container[field], f"{path}.{field}", field)
    return causes


def _port_causes(ports: Iterable[Object], path: str) -> list[Cause]:
    causes: list[Cause] = []
    names: dict[str, None] = {}
    for place, port in enumerate(ports):
        at = f"{path}[{place}]"
        if name := port.get("name"):
            if name in names:
                causes.append(duplicate(f"{at}.name", name))
            names[name] = None
            causes += [invalid(f"{at}.name", name, why) for why in port_name(name)]
        number = port.get("containerPort")
        if number is None:
            causes.append(required(f"{at}.containerPort"))
        for field in ("containerPort", "hostPort"):
            if port.get(field) is not None and not 1 <= port[field] <= 65535:
                causes.append(invalid(f"{at}.{field}", port[field], "must be between 1 and 65535, inclusive"))
        if port.get("protocol") not in ("TCP", "UDP", "SCTP"):
            causes.append(unsupported(f"{at}.protocol", port.get("protocol"), ("SCTP", "TCP", "UDP")))
    return causes


def _mount_causes(container: Object, path: str, volumes: dict[str, None]) -> list[Cause]:
    causes: list[Cause] = []
    places: dict[str, None] = {}
    context = container.get("securityContext") or {}
    for place, mount in enumerate(container.get("volumeMounts") or ()):
        at = f"{path}[{place}]"
        if not mount.get("name"):
            causes.append(required(f"{at}.name"))
        elif mount["name"] not in volumes:
            causes.append(Cause("FieldValueNotFound", f'Not found: "{mount["name"]}"', f"{at}.name"))
        if not mount.get("mountPath"):
            causes.append(required(f"{at}.mountPath"))
        elif mount["mountPath"] in places:
            causes.append(invalid(f"{at}.mountPath", mount["mountPath"], "must be unique"))
        causes += [*sub_path_causes(mount, at), *propagation_causes(mount, context, f"{at}.mountPropagation")]
        places[mount.get("mountPath", "")] = None
    return causes


def _resource_causes(resources: Object, path: str) -> list[Cause]:
    causes: list[Cause] = []
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for field, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            at, plain = f"{path}.{field}[{name}]", "/" not in name
            causes += [invalid(at, name, why) for why in qualified_name(name)]
            if plain and name not in STANDARD and not name.startswith("hugepages-"):
                causes.append(invalid(at, name, "must be a standard resource for containers"))
            if parse(amount) < 0:
                causes.append(invalid(at, amount, "must be greater than or equal to 0"))
            elif not plain and parse(amount) != int(parse(amount)):
                causes.append(invalid(at, amount, "must be an integer"))
    for name, request in requests.items():
        limit = limits.get(name)
        shared = name in STANDARD
        if limit is None and not shared:
            causes.append(required(f"{path}.limits", "Limit must be set for non overcommitable resources"))
        elif limit is not None and not shared and parse(request) != parse(limit):
            causes.append(invalid(f"{path}.requests", request, f"must be equal to {name} limit of {limit}"))
        elif limit is not None and parse(request) > parse(limit):
            causes.append(
                invalid(f"{path}.requests", request, f"must be less than or equal to {name} limit of {limit}")
            )
    return causes


def _toleration_causes(toleration: Object, path: str) -> list[Cause]:
    key, value = toleration.get("key") or "", toleration.get("value") or ""
    operator, effect = toleration.get("operator") or "Equal", toleration.get("effect") or ""
    causes = [invalid(f"{path}.key", key, why) for why in qualified_name(key)] if key else []
    if not key and operator != "Exists":
        why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        causes.append(invalid(f"{path}.operator", toleration.get("operator") or "", why))
    if "tolerationSeconds" in toleration and effect != "NoExecute":
        causes.append(invalid(f"{path}.effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
    if operator == "Exists" and value:
        causes.append(invalid(f"{path}.operator", value, "value must be empty when `operator` is 'Exists'"))
    elif operator == "Equal" and (wrong := label_value(value)):
        causes.append(invalid(f"{path}.operator", value, ";".join(wrong)))
    elif operator not in OPERATORS:
        causes.append(unsupported(f"{path}.operator", operator, OPERATORS))
    if effect and effect not in EFFECTS:
        causes.append(unsupported(f"{path}.effect", effect, EFFECTS))
    return causes
