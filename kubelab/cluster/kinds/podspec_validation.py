"""What a Pod's spec may not be, in the server's words.

Source: pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.kinds.causes import duplicate, forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import dns_label
from kubelab.cluster.kinds.placement_validation import placement_causes
from kubelab.cluster.kinds.variables import env_causes, env_from_causes
from kubelab.cluster.kinds.volume_sources import device_causes, pod_source_causes, propagation_causes, sub_path_causes
from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import parse

RESTARTS = ("Always", "OnFailure", "Never")
PULLS = ("Always", "IfNotPresent", "Never")
DNS = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
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
    if spec["restartPolicy"] not in RESTARTS:
        causes.append(unsupported(f"{path}.restartPolicy", spec["restartPolicy"], RESTARTS))
    if spec["dnsPolicy"] not in DNS:
        causes.append(unsupported(f"{path}.dnsPolicy", spec["dnsPolicy"], DNS))
    if spec.get("terminationGracePeriodSeconds", 0) < 0:
        causes.append(
            invalid(
                f"{path}.terminationGracePeriodSeconds",
                spec["terminationGracePeriodSeconds"],
                "must be greater than or equal to 0",
            )
        )
    if "activeDeadlineSeconds" in spec and not 1 <= spec["activeDeadlineSeconds"] <= 2**31 - 1:
        causes.append(
            invalid(
                f"{path}.activeDeadlineSeconds",
                spec["activeDeadlineSeconds"],
                "must be between 1 and 2147483647, inclusive",
            )
        )
    for place, toleration in enumerate(spec.get("tolerations") or ()):
        causes += _toleration_causes(toleration, f"{path}.tolerations[{place}]")
    return causes + placement_causes(spec, path)


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
    causes += _resource_causes(container.get("resources") or {}, f"{path}.resources")
    sidecar = container.get("restartPolicy") == "Always"
    for probe in PROBES:
        if probe in container:
            if init and not sidecar:
                causes.append(
                    forbidden(f"{path}.{probe}", "may not be set for init containers without restartPolicy=Always")
                )
            causes += _probe_causes(container[probe], f"{path}.{probe}", probe)
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
            if len(name) > 15:
                causes.append(invalid(f"{at}.name", name, "must be no more than 15 characters"))
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
            if parse(amount) < 0:
                causes.append(invalid(f"{path}.{field}[{name}]", amount, "must be greater than or equal to 0"))
    for name, request in requests.items():
        limit = limits.get(name)
        if limit is not None and parse(request) > parse(limit):
            causes.append(
                invalid(f"{path}.requests", request, f"must be less than or equal to {name} limit of {limit}")
            )
    return causes


HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")


def _probe_causes(probe: Object, path: str, kind: str) -> list[Cause]:
    handlers = [handler for handler in HANDLERS if handler in probe]
    causes = [] if handlers else [required(path, "must specify a handler type")]
    causes += [forbidden(f"{path}.{handler}", "may not specify more than 1 handler type") for handler in handlers[1:]]
    numbers = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
    for field in numbers:
        if probe.get(field, 0) < 0:
            causes.append(invalid(f"{path}.{field}", probe[field], "must be greater than or equal to 0"))
    if kind != "readinessProbe" and probe.get("successThreshold", 1) != 1:
        causes.append(invalid(f"{path}.successThreshold", probe["successThreshold"], "must be 1"))
    http = probe.get("httpGet") or {}
    port = http.get("port", (probe.get("tcpSocket") or {}).get("port"))
    handler = "httpGet" if http else "tcpSocket"
    if isinstance(port, int) and not 1 <= port <= 65535:
        causes.append(invalid(f"{path}.{handler}.port", port, "must be between 1 and 65535, inclusive"))
    return causes


def _toleration_causes(toleration: Object, path: str) -> list[Cause]:
    operator = toleration.get("operator") or "Equal"
    causes: list[Cause] = []
    if not toleration.get("key") and operator != "Exists":
        causes.append(
            invalid(
                f"{path}.operator",
                operator,
                'operator must be Exists when `key` is empty, which means "match all values and all keys"',
            )
        )
    if operator == "Exists" and toleration.get("value"):
        causes.append(
            invalid(f"{path}.operator", toleration["value"], "value must be empty when `operator` is 'Exists'")
        )
    if operator not in ("Equal", "Exists"):
        causes.append(unsupported(f"{path}.operator", operator, ("Equal", "Exists")))
    if "tolerationSeconds" in toleration and toleration.get("effect") != "NoExecute":
        causes.append(
            invalid(
                f"{path}.effect",
                toleration.get("effect", ""),
                "effect must be 'NoExecute' when `tolerationSeconds` is set",
            )
        )
    return causes
