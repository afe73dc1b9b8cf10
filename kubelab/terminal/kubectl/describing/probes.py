"""Probes on one line: what is done, and how often."""

from __future__ import annotations

from urllib.parse import quote

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.golang import go_text

_NUMBERS = (
    ("delay={}s", "initialDelaySeconds"),
    ("timeout={}s", "timeoutSeconds"),
    ("period={}s", "periodSeconds"),
    ("#success={}", "successThreshold"),
    ("#failure={}", "failureThreshold"),
)


def probe_text(probe: Object) -> str:
    """Returns a probe as describe tells it: http-get http://:80/ delay=0s timeout=1s period=10s #success=1 ..."""
    numbers = " ".join(text.format(probe.get(name, 0)) for text, name in _NUMBERS)
    return f"{_action(probe)} {numbers}"


def _action(probe: Object) -> str:
    if probe.get("exec") is not None:
        return f"exec {go_text(probe['exec'].get('command') or [])}"
    if probe.get("httpGet") is not None:
        return f"http-get {_url(probe['httpGet'])}"
    if probe.get("tcpSocket") is not None:
        socket = probe["tcpSocket"]
        return f"tcp-socket {socket.get('host', '')}:{socket['port']}"
    if probe.get("grpc") is not None:
        return f"grpc <pod>:{probe['grpc']['port']} {probe['grpc'].get('service', '')}"
    return "unknown"


def _url(get: Object) -> str:
    host = get.get("host", "")
    host = f"[{host}]" if ":" in host else host
    path = get.get("path", "")
    slash = "/" if path and not path.startswith("/") else ""
    return f"{get.get('scheme', '').lower()}://{host}:{get['port']}{slash}{_escaped(path)}"


def _escaped(path: str) -> str:
    """Escapes a path as net/url does."""
    return quote(path, safe="-_.~$&+,/:;=@!'()*[]")
