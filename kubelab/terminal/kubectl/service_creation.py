"""What the `kubectl create service` commands share (kubectl/pkg/cmd/create/create_service.go)."""

from __future__ import annotations

import re
from typing import Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.creating import Creation
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import GoError, atoi, quote

TCP = Flag("tcp", "strings", [], "A pair of ports, written '<port>:<targetPort>'.")
_PORT_NAME = re.compile(r"[-a-z0-9]+")


def create_service(call: Call, service_type: str, **spec: Any) -> None:
    """Creates a Service of that type; `spec` is what its own flags say."""
    creation = Creation(call)
    ports = call.flags.items("tcp")
    if not spec.pop("portless", False) and not ports:
        raise CommandError("at least one tcp port specifier must be provided")
    app = {"app": creation.name}
    node_port = spec.pop("nodePort", 0)
    service: Object = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": creation.metadata(labels=app),
        "spec": {
            "ports": [_port(text, node_port) for text in ports],
            "selector": app,
            "type": service_type,
            **{field: value for field, value in spec.items() if value},
        },
    }
    if not ports:
        del service["spec"]["ports"]
    creation.create(service, f"failed to create {service_type} service")


def _port(text: str, node_port: int) -> Object:
    first, colon, second = text.partition(":")
    port = _port_number(first)
    entry: Object = {"name": text.replace(":", "-"), "protocol": "TCP", "port": port, "targetPort": port}
    if colon:
        entry["targetPort"] = _target(second.partition(":")[0])
    if node_port:
        entry["nodePort"] = node_port
    return entry


def _port_number(text: str) -> int:
    """Reads a port as k8s.io/utils/net.ParsePort does, zero allowed."""
    if not re.fullmatch(r"[0-9]+", text):
        raise CommandError(f"strconv.ParseUint: parsing {quote(text)}: invalid syntax")
    if int(text) > 65535:
        raise CommandError(f"strconv.ParseUint: parsing {quote(text)}: value out of range")
    return int(text)


def _target(text: str) -> int | str:
    try:
        number = atoi(text)
    except GoError:
        wrong = port_name_problems(text)
        if wrong:
            raise CommandError(",".join(wrong)) from None
        return text
    if not 1 <= number <= 65535:
        raise CommandError("must be between 1 and 65535, inclusive")
    return number


def port_name_problems(name: str) -> list[str]:
    """Returns what is wrong with the name of a port (IANA_SVC_NAME)."""
    wrong = []
    if len(name) > 15:
        wrong.append("must be no more than 15 characters")
    if not _PORT_NAME.fullmatch(name):
        wrong.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", name):
        wrong.append("must contain at least one letter (a-z)")
    if "--" in name:
        wrong.append("must not contain consecutive hyphens")
    if name and (name[0] == "-" or name[-1] == "-"):
        wrong.append("must not begin or end with a hyphen")
    return wrong
