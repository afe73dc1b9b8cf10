"""haproxy.cfg: written for the Services of a cluster, and read as HAProxy reads it, as far as TCP goes.

Source: docs.haproxy.com, configuration manual (frontend, backend, listen, bind, server, default_backend, balance).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

PATH = "/etc/haproxy/haproxy.cfg"
SECTIONS = ("global", "defaults", "frontend", "backend", "listen")
HEAD = """global
    log /dev/log local0
    maxconn 20000
    user haproxy
    group haproxy

defaults
    log global
    mode tcp
    option tcplog
    option redispatch
    retries 3
    timeout connect 5s
    timeout client 50s
    timeout server 50s
    default-server inter 2s fall 3 rise 2

frontend stats
    mode http
    bind *:8404
    stats enable
    stats uri /stats
"""


class ConfigurationError(Exception):
    """A configuration that HAProxy refuses; the text is what `haproxy -c` prints behind the file and the line."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class Server(NamedTuple):
    """One server of a backend."""

    name: str
    ip: str
    port: int


@dataclass
class Proxy:
    """A frontend with its backend, or both in one."""

    name: str
    kind: str
    binds: list[tuple[str, int]] = field(default_factory=list)  # address ("*" for all), port
    servers: list[Server] = field(default_factory=list)
    default_backend: str = ""
    statistics: bool = False


def written(fronts: dict[str, tuple[str, int, list[Server]]]) -> str:
    """Returns a configuration.

    Args:
        fronts: the name of each backend -> the address and the port where it is reached, and its servers.
    """
    text = HEAD
    for name, (ip, port, servers) in fronts.items():
        text += f"\nfrontend {name}\n    bind {ip}:{port}\n    default_backend {name}\n"
        text += f"\nbackend {name}\n    balance roundrobin\n    option tcp-check\n"
        text += "".join(f"    server {server.name} {server.ip}:{server.port} check\n" for server in servers)
    return text


def read(text: str) -> dict[str, Proxy]:
    """Returns the proxies of a configuration by their kinds and names, "frontend web".

    Raises:
        ConfigurationError: if HAProxy would not start with it.
    """
    proxies: dict[str, Proxy] = {}
    current: Proxy | None = None
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] in SECTIONS:
            section = words[0]
            current = None
            if section in ("frontend", "backend", "listen"):
                if len(words) < 2:
                    raise ConfigurationError(number, f"'{section}' expects a name as an argument.")
                current = proxies[f"{section} {words[1]}"] = Proxy(words[1], section)
        elif not section:
            raise ConfigurationError(number, f"unknown keyword '{words[0]}' out of section.")
        elif current is not None:
            _take(current, words, number)
    for proxy in proxies.values():
        if proxy.default_backend and f"backend {proxy.default_backend}" not in proxies:
            raise ConfigurationError(0, f"Proxy '{proxy.name}': unable to find required default_backend: "
                                        f"'{proxy.default_backend}'.")  # fmt: skip
    return proxies


def _take(proxy: Proxy, words: list[str], number: int) -> None:
    if words[0] == "bind":
        if len(words) < 2:
            raise ConfigurationError(number, "'bind' expects {<path>|[addr1]:port1[-end1]}{,[addr]:port[-end]}... as "
                                             "arguments.")  # fmt: skip
        for address in words[1].split(","):
            ip, _, port = address.rpartition(":")
            if not port.isdigit():
                raise ConfigurationError(number, f"'bind' : invalid address: missing port number: '{address}'.")
            proxy.binds.append((ip or "*", int(port)))
    elif words[0] == "server":
        if len(words) < 3 or not words[2].rpartition(":")[2].isdigit():
            raise ConfigurationError(number, "'server' expects <name> and <addr>[:<port>] as arguments.")
        ip, _, port = words[2].rpartition(":")
        proxy.servers.append(Server(words[1], ip, int(port)))
    elif words[0] == "default_backend":
        proxy.default_backend = words[1] if len(words) > 1 else ""
    elif words[0] == "stats":
        proxy.statistics = True


def backend_at(proxies: dict[str, Proxy], own: str, ip: str, port: int) -> Proxy | None:
    """Returns who serves an address and port, None where nobody is bound there.

    Args:
        own: the machine's own address.
    """
    for proxy in proxies.values():
        if any(number == port and address in ("*", "0.0.0.0", ip) for address, number in proxy.binds):
            if proxy.statistics:
                return proxy
            return proxies.get(f"backend {proxy.default_backend}", proxy)
    return None
