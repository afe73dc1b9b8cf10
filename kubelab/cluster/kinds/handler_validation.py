"""What may be wrong with probes and lifecycle hooks: their handlers, ports and numbers.

Source: pkg/apis/core/validation/validation.go (validateProbe, validateHandler, validateHTTPGetAction).
"""

from __future__ import annotations

import re
from typing import Any

from kubelab.cluster.kinds.causes import forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object

HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
SCHEMES = ("HTTP", "HTTPS")
_HEADER = re.compile(r"[-A-Za-z0-9]+")
HEADER = (
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for "
    "validation is '[-A-Za-z0-9]+')"
)


def probe_causes(probe: Object, path: str, kind: str) -> list[Cause]:
    """Returns what is wrong with a probe; `kind` is the field that it stands in."""
    causes = handler_causes(probe, path)
    for field in NUMBERS:
        if probe.get(field, 0) < 0:
            causes.append(invalid(f"{path}.{field}", probe[field], "must be greater than or equal to 0"))
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and grace <= 0:
        causes.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than 0"))
    if kind != "readinessProbe" and probe.get("successThreshold", 1) != 1:
        causes.append(invalid(f"{path}.successThreshold", probe["successThreshold"], "must be 1"))
    if kind == "readinessProbe" and grace is not None:
        causes.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, "must not be set for readinessProbes"))
    return causes


def lifecycle_causes(lifecycle: Object, path: str) -> list[Cause]:
    """Returns what is wrong with a container's hooks."""
    hooks = [hook for hook in ("postStart", "preStop") if lifecycle.get(hook) is not None]
    return [cause for hook in hooks for cause in handler_causes(lifecycle[hook], f"{path}.{hook}")]


def handler_causes(handler: Object, path: str) -> list[Cause]:
    """Returns what is wrong with what a probe or a hook does."""
    chosen = [name for name in HANDLERS if handler.get(name) is not None]
    if not chosen:
        return [required(path, "must specify a handler type")]
    causes: list[Cause] = []
    for name in chosen:
        at = f"{path}.{name}"
        if name != chosen[0]:
            causes.append(forbidden(at, "may not specify more than 1 handler type"))
        elif name == "exec":
            causes += [] if handler["exec"].get("command") else [required(f"{at}.command")]
        elif name == "httpGet":
            causes += _http_causes(handler["httpGet"], at)
        elif name in ("tcpSocket", "grpc"):
            causes += port_causes(handler[name].get("port", 0), f"{at}.port")
    return causes


def _http_causes(action: Object, path: str) -> list[Cause]:
    causes = [] if action.get("path") else [required(f"{path}.path")]
    causes += port_causes(action.get("port", 0), f"{path}.port")
    if action.get("scheme") not in SCHEMES:
        causes.append(unsupported(f"{path}.scheme", action.get("scheme", ""), SCHEMES))
    for place, header in enumerate(action.get("httpHeaders") or ()):
        name = header.get("name", "")
        if _HEADER.fullmatch(name) is None:
            causes.append(invalid(f"{path}.httpHeaders[{place}].name", name, HEADER))
    return causes


def port_causes(port: Any, path: str) -> list[Cause]:
    """Returns what is wrong with a port's number or name."""
    if isinstance(port, int):
        wrong = [] if 1 <= port <= 65535 else ["must be between 1 and 65535, inclusive"]
    else:
        wrong = port_name(str(port))
    return [invalid(path, port, why) for why in wrong]


def port_name(name: str) -> list[str]:
    """Returns what is wrong with the name of a port (IANA_SVC_NAME)."""
    wrong = []
    if len(name) > 15:
        wrong.append("must be no more than 15 characters")
    if re.fullmatch(r"[-a-z0-9]+", name) is None:
        wrong.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if re.search(r"[a-z]", name) is None:
        wrong.append("must contain at least one letter (a-z)")
    if "--" in name:
        wrong.append("must not contain consecutive hyphens")
    if name.startswith("-") or name.endswith("-"):
        wrong.append("must not begin or end with a hyphen")
    return wrong
