"""What a Pod's spec means where it says nothing: its defaults.

Shared by Pods and by the templates of all workloads. Worked out once for each spec object: Pods of one
template share the spec, and so share the result.
Source: pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import parse

MOST_REMEMBERED = 2000
_known: dict[int, tuple[Object, Object]] = {}


def default_spec(spec: Object) -> Object:
    """Returns a Pod's spec with everything filled in that has a default; `spec` itself if nothing was missing."""
    known = _known.get(id(spec))
    if known is not None and known[0] is spec:
        return known[1]
    filled = _fill(spec)
    if filled == spec:
        filled = spec
    if len(_known) >= MOST_REMEMBERED:
        _known.clear()
    _known[id(spec)] = (spec, filled)
    _known[id(filled)] = (filled, filled)
    return filled


def _fill(spec: Object) -> Object:
    filled: Object = {
        **spec,
        "restartPolicy": spec.get("restartPolicy") or "Always",
        "terminationGracePeriodSeconds": spec.get("terminationGracePeriodSeconds", 30),
        "dnsPolicy": spec.get("dnsPolicy") or "ClusterFirst",
        "securityContext": spec.get("securityContext", {}),
        "schedulerName": spec.get("schedulerName") or "default-scheduler",
    }
    if "enableServiceLinks" not in filled:
        filled["enableServiceLinks"] = True
    if spec.get("serviceAccountName"):
        filled["serviceAccount"] = spec["serviceAccountName"]
    elif spec.get("serviceAccount"):
        filled["serviceAccountName"] = spec["serviceAccount"]
    host_network = bool(spec.get("hostNetwork"))
    for field in ("initContainers", "containers", "ephemeralContainers"):
        if spec.get(field):
            filled[field] = [default_container(container, host_network) for container in spec[field]]
    if spec.get("volumes"):
        filled["volumes"] = [_default_volume(volume) for volume in spec["volumes"]]
    return filled


def default_container(container: Object, host_network: bool = False) -> Object:
    """Returns a container with everything filled in that has a default."""
    filled: Object = {
        **container,
        "imagePullPolicy": container.get("imagePullPolicy") or _pull_policy(container.get("image", "")),
        "resources": _default_resources(container.get("resources") or {}),
        "terminationMessagePath": container.get("terminationMessagePath") or "/dev/termination-log",
        "terminationMessagePolicy": container.get("terminationMessagePolicy") or "File",
    }
    if container.get("ports"):
        filled["ports"] = [_default_port(port, host_network) for port in container["ports"]]
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(probe):
            filled[probe] = _default_probe(container[probe])
    if container.get("env"):
        filled["env"] = [_default_env(env) for env in container["env"]]
    for hook in ("postStart", "preStop"):
        handler = (container.get("lifecycle") or {}).get(hook) or {}
        if "httpGet" in handler:
            lifecycle = {**container["lifecycle"], hook: {**handler, "httpGet": _default_http(handler["httpGet"])}}
            filled["lifecycle"] = {**filled.get("lifecycle", {}), **lifecycle}
    return filled


def _pull_policy(image: str) -> str:
    name = image.rpartition("/")[2]
    if "@" in name:
        return "IfNotPresent"
    _, _, tag = name.partition(":")
    return "Always" if tag in ("", "latest") else "IfNotPresent"


def _default_resources(resources: Object) -> Object:
    """Requests that are not given are those of the limits."""
    limits = resources.get("limits") or {}
    if not limits:
        return resources
    requests = {**limits, **(resources.get("requests") or {})}
    return {**resources, "requests": requests}


def _default_port(port: Object, host_network: bool) -> Object:
    filled = {**port, "protocol": port.get("protocol") or "TCP"}
    if host_network and "hostPort" not in port and "containerPort" in port:
        filled["hostPort"] = port["containerPort"]
    return filled


def _default_probe(probe: Object) -> Object:
    filled = {
        **probe,
        "timeoutSeconds": probe.get("timeoutSeconds") or 1,
        "periodSeconds": probe.get("periodSeconds") or 10,
        "successThreshold": probe.get("successThreshold") or 1,
        "failureThreshold": probe.get("failureThreshold") or 3,
    }
    if "httpGet" in probe:
        filled["httpGet"] = _default_http(probe["httpGet"])
    if "grpc" in probe:
        filled["grpc"] = {"service": "", **probe["grpc"]}
    return filled


def _default_http(action: Object) -> Object:
    return {**action, "path": action.get("path") or "/", "scheme": action.get("scheme") or "HTTP"}


def _default_env(env: Object) -> Object:
    reference = (env.get("valueFrom") or {}).get("fieldRef")
    if reference is None or reference.get("apiVersion"):
        return env
    return {**env, "valueFrom": {**env["valueFrom"], "fieldRef": {"apiVersion": "v1", **reference}}}


FILE_MODE = 420  # 0644


def _default_volume(volume: Object) -> Object:
    for source, fill in _SOURCES.items():
        if source in volume:
            return {**volume, source: fill(volume[source] or {})}
    if len(volume) == 1:
        return {**volume, "emptyDir": {}}
    return volume


def _with_mode(source: Object) -> Object:
    return {"defaultMode": FILE_MODE, **source}


def _default_downward(source: Object) -> Object:
    items = [_default_item(item) for item in source.get("items") or ()]
    return {"defaultMode": FILE_MODE, **source, **({"items": items} if items else {})}


def _default_item(item: Object) -> Object:
    reference = item.get("fieldRef")
    return {**item, "fieldRef": {"apiVersion": "v1", **reference}} if reference else item


def _default_projected(source: Object) -> Object:
    sources = []
    for projection in source.get("sources") or ():
        if "serviceAccountToken" in projection:
            token = {"expirationSeconds": 3600, **projection["serviceAccountToken"]}
            projection = {**projection, "serviceAccountToken": token}
        if "downwardAPI" in projection:
            items = [_default_item(item) for item in projection["downwardAPI"].get("items") or ()]
            projection = {**projection, "downwardAPI": {**projection["downwardAPI"], "items": items}}
        sources.append(projection)
    return {"defaultMode": FILE_MODE, **source, "sources": sources}


def _default_host_path(source: Object) -> Object:
    return {"type": "", **source}


def _default_ephemeral(source: Object) -> Object:
    template = source.get("volumeClaimTemplate") or {}
    spec = {"volumeMode": "Filesystem", **(template.get("spec") or {})}
    return {**source, "volumeClaimTemplate": {**template, "spec": spec}}


_SOURCES: dict[str, Any] = {
    "configMap": _with_mode,
    "secret": _with_mode,
    "downwardAPI": _default_downward,
    "projected": _default_projected,
    "hostPath": _default_host_path,
    "ephemeral": _default_ephemeral,
}


def qos_class(spec: Object) -> str:
    """Returns the quality of service class that a spec's requests and limits come to.

    Source: pkg/apis/core/v1/helper/qos/qos.go.
    """
    guaranteed, anything = True, False
    for container in [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]:
        resources = container.get("resources") or {}
        requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
        for name in ("cpu", "memory"):
            request, limit = parse(requests.get(name, 0)), parse(limits.get(name, 0))
            anything = anything or request > 0 or limit > 0
            guaranteed = guaranteed and limit > 0 and request == limit
    if not anything:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"
