"""The Service that `kubectl expose` and `kubectl run --expose` make (kubectl/pkg/generate/versioned/service.go)."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import GoError, atoi


def parse_labels(text: str) -> dict[str, str]:
    """Reads `a=b,c=d`.

    Raises:
        CommandError: it is not of that form.
    """
    labels = {}
    for pair in text.split(","):
        key, equals, value = pair.partition("=")
        if not equals or "=" in value:
            raise CommandError(f"unexpected label spec: {pair}")
        if not key:
            raise CommandError("unexpected empty label key")
        labels[key] = value
    return labels


def service(
    name: str,
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    ports: list[str],
    protocols: Mapping[str, str],
    options: Mapping[str, str],
) -> Object:
    """Returns a Service.

    Args:
        ports: their numbers, as written.
        protocols: the protocol of each port where it is not TCP.
        options: the flags of `expose` by their names.

    Raises:
        CommandError: a port is no number, or a flag has an impossible value.
    """
    spec: Object = {"selector": dict(selector)}
    found = [_port(text, at, len(ports), protocols, options) for at, text in enumerate(ports, 1)]
    if found:
        spec["ports"] = found
    if options.get("external-ip"):
        spec["externalIPs"] = [options["external-ip"]]
    if options.get("type"):
        spec["type"] = options["type"]
    if options.get("type") == "LoadBalancer" and options.get("load-balancer-ip"):
        spec["loadBalancerIP"] = options["load-balancer-ip"]
    affinity = options.get("session-affinity")
    if affinity:
        if affinity not in ("None", "ClientIP"):
            raise CommandError(f"unknown session affinity: {affinity}")
        spec["sessionAffinity"] = affinity
    if options.get("cluster-ip"):
        spec["clusterIP"] = options["cluster-ip"]
    metadata: Object = {"name": name}
    if labels:
        metadata["labels"] = dict(labels)
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def _port(text: str, at: int, count: int, protocols: Mapping[str, str], options: Mapping[str, str]) -> Object:
    number = port_number(text)
    entry: Object = {"name": f"port-{at}"} if count > 1 else {}
    entry["protocol"] = options.get("protocol") or protocols.get(text, "TCP")
    entry["port"] = number
    target = options.get("target-port") or ""
    if target:
        try:
            entry["targetPort"] = atoi(target)
        except GoError:
            entry["targetPort"] = target
    else:
        entry["targetPort"] = number
    return entry


def port_number(text: str) -> int:
    """Reads a port."""
    try:
        return atoi(text)
    except GoError as error:
        raise CommandError(str(error)) from None
