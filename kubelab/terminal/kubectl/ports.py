"""Ports and addresses of kubectl port-forward: `[LOCAL:]REMOTE`, names of ports, the ports of Services.

Source: kubectl/pkg/cmd/portforward/portforward.go, client-go/tools/portforward, kubectl/pkg/util/{service,pod}_port.go.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import quote

V4, V6 = "127.0.0.1", "::1"
_MOST = 65535


def of_pod(pod: Object, words: Sequence[str]) -> list[str]:
    """Returns the words with the names of the Pod's ports as numbers.

    Raises:
        CommandError: there is no port of a name, or it is a UDP port.
    """
    _refuse_udp(_container_ports(pod), "containerPort", words)
    numbered: list[str] = []
    for word in words:
        local, remote = split(word)
        if not remote:
            raise CommandError(f"Pod '{pod['metadata']['name']}' does not have a named port ''")
        number = remote if remote.isdigit() else str(_by_name(pod, remote))
        numbered.append(f"{local}:{number}" if local != remote else number)
    return numbered


def of_service(service: Object, pod: Object, words: Sequence[str]) -> list[str]:
    """Returns the words with the ports of a Service as those of the Pod behind it.

    Raises:
        CommandError: the Service has no such port, or the Pod none of its name.
    """
    ports = service["spec"].get("ports") or []
    _refuse_udp(ports, "port", words)
    name = service["metadata"]["name"]
    translated: list[str] = []
    for word in words:
        local, remote = split(word)
        number = int(remote) if remote.isdigit() else _service_port(ports, remote, name)
        if not remote.isdigit() and local == remote:
            local = str(number)
        port = next((each for each in ports if each["port"] == number), None)
        if port is None:
            raise CommandError(f"Service {name} does not have a service port {number}")
        target = str(_target(service, pod, port))
        translated.append(target if local == target else f"{local}:{target}")
    return translated


def _service_port(ports: Sequence[Object], name: str, service: str) -> int:
    for port in ports:
        if port.get("name") == name:
            return int(port["port"])
    raise CommandError(f"Service '{service}' does not have a named port '{name}'")


def _target(service: Object, pod: Object, port: Object) -> int:
    if service["spec"].get("clusterIP") == "None" and "targetPort" not in port:
        return int(port["port"])
    target = port.get("targetPort") or port["port"]
    return int(target) if isinstance(target, int) or target.isdigit() else _by_name(pod, target)


def _container_ports(pod: Object) -> list[Object]:
    return [port for container in pod["spec"]["containers"] for port in container.get("ports") or ()]


def _by_name(pod: Object, name: str) -> int:
    for port in _container_ports(pod):
        if port.get("name") == name:
            return int(port["containerPort"])
    raise CommandError(f"Pod '{pod['metadata']['name']}' does not have a named port '{name}'")


def _refuse_udp(ports: Sequence[Object], field: str, words: Sequence[str]) -> None:
    by_protocol = {
        protocol: {port[field] for port in ports if port.get("protocol", "TCP") == protocol}
        for protocol in ("TCP", "UDP")
    }
    udp_only = by_protocol["UDP"] - by_protocol["TCP"]
    for word in words:
        remote = split(word)[1]
        named = next((port[field] for port in ports if port.get("name") == remote), None)
        if (int(remote) if remote.isdigit() else named) in udp_only:
            raise CommandError(f"UDP protocol is not supported for {remote}")


def split(word: str) -> tuple[str, str]:
    """Returns the local and the remote port of a word."""
    parts = word.split(":")
    return (parts[0], parts[1]) if len(parts) == 2 else (parts[0], parts[0])


def parsed(words: Sequence[str]) -> list[tuple[int, int]]:
    """Returns local and remote ports as numbers; a local 0 stands for any.

    Raises:
        CommandError: a word is no such pair.
    """
    found: list[tuple[int, int]] = []
    for word in words:
        parts = word.split(":")
        if len(parts) > 2:
            raise CommandError(f"invalid port format '{word}'")
        local, remote = (parts[0] or "0", parts[1]) if len(parts) == 2 else (parts[0], parts[0])
        pair = (_number("local", local), _number("remote", remote))
        if pair[1] == 0:
            raise CommandError("remote port must be > 0")
        found.append(pair)
    return found


def _number(which: str, text: str) -> int:
    why = "invalid syntax" if not text.isdigit() else "value out of range" if int(text) > _MOST else ""
    if why:
        raise CommandError(f"error parsing {which} port '{text}': strconv.ParseUint: parsing {quote(text)}: {why}")
    return int(text)


def addresses(words: Sequence[str]) -> list[str]:
    """Returns the addresses to listen on, sorted; "localhost" is two of them.

    Raises:
        CommandError: one is no address.
    """
    found: set[str] = set()
    for word in words:
        if word == "localhost":
            found |= {V4, V6}
            continue
        try:
            ipaddress.ip_address(word)
        except ValueError:
            raise CommandError(f"{word} is not a valid IP") from None
        found.add(word)
    return sorted(found)


def joined(address: str, port: int) -> str:
    """Writes an address with a port."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
