"""CoreDNS as a process: it starts with the Corefile that is mounted into it, or ends where that is broken.

What it answers is the network's matter (network/coredns.py), which asks for the Corefile in force. A changed file is
taken up by the `reload` plugin (coredns_reload.py). Source: coredns.io/manual/toc, coredns.io/plugins/reload.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.cni import COREFILES
from kubelab.cluster.corefile import CorefileError, ServerBlock, parse
from kubelab.cluster.corefile_checks import check, without_effect
from kubelab.cluster.node.program import FOREVER, Life, Line, Stop
from kubelab.cluster.node.programs.server import Server, flag, reply, say
from kubelab.cluster.sockets import HttpReply, HttpRequest, Reply, Request, TextReply, TextRequest

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

DNS = 53
DEFAULT = "/etc/coredns/Corefile"
PORTS = {"health": 8080, "ready": 8181, "prometheus": 9153}  # plugins that listen, and where unless told otherwise
LOOPS = "see https://coredns.io/plugins/loop#troubleshooting"


class CoreDns(Server):
    """The name server."""

    steady = True

    def __init__(self) -> None:
        super().__init__(self._health, ports=(DNS, *PORTS.values()), ready=0.3, stop=Stop(5.1, 0))

    def begin(self, container: Container) -> Life:
        """Reads the Corefile, and ends at once where CoreDNS would refuse it, or where it would ask itself."""
        text = corefile_of(container)
        try:
            blocks = parse(text)
            check(blocks)
        except CorefileError as error:
            container.state["broken"] = str(error)
            return Life(0.3, 1)
        container.state.pop("broken", None)
        take_up(container, text)
        looping = loop_in(container, blocks)
        if looping:
            container.state["looping"] = looping
            return Life(0.6, 1)
        container.state.pop("looping", None)
        return FOREVER

    def listens(self, container: Container) -> Sequence[int]:
        """Returns the ports of its server blocks, and of the plugins that listen."""
        blocks = blocks_of(container)
        found = [block.port for block in blocks]
        for block in blocks:
            for plugin in block.plugins:
                if plugin.name in PORTS:
                    number = plugin.arguments[0].rpartition(":")[2] if plugin.arguments else ""
                    found.append(int(number) if number.isdigit() else PORTS[plugin.name])
        return tuple(dict.fromkeys(found))

    def listens_udp(self, container: Container) -> Sequence[int]:
        """Returns the ports of DNS."""
        return tuple(dict.fromkeys(block.port for block in blocks_of(container)))

    def speaks(self, port: int) -> str:
        """Tells DNS from health and metrics."""
        return "http" if port in PORTS.values() else "dns"

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the start's lines."""
        if "broken" in container.state:
            return [Line(0.1, container.state["broken"])]
        version = container.version.removeprefix("v")
        digest = digest_of(corefile_in_force(container))
        blocks = blocks_of(container)
        served = [f"{zone}:{block.port}" for block in blocks for zone in block.zones]
        texts = [*served, f"[INFO] plugin/reload: Running configuration SHA512 = {digest}",
                 f"CoreDNS-{version}", "linux/amd64, go1.25.5,"]  # fmt: skip
        if not any(block.plugin("reload") for block in blocks):
            del texts[len(served)]
        texts += [f"[WARNING] plugin/{name}: not simulated in KubeLab: it changes no answer"
                  for name in without_effect(blocks)]  # fmt: skip
        if "looping" in container.state:
            texts.append(container.state["looping"])
        return [Line(0.2, text) for text in texts]

    def answer(self, container: Container, port: int, request: Request) -> Reply:
        """Answers health checks; of a question that the network has answered, it takes the line for its log."""
        if port == DNS and isinstance(request, TextRequest):
            say(container, request.text)
            return TextReply("")
        return super().answer(container, port, request)

    def _health(self, container: Container, request: HttpRequest) -> HttpReply:
        if request.path.partition("?")[0] not in ("/health", "/ready", "/metrics"):
            return reply(404, "404 page not found\n")
        return reply(200, "OK")


def corefile_of(container: Container) -> str:
    """Returns the Corefile as its file has it now."""
    path = flag(container.argv, "conf", DEFAULT)
    files = container.files
    return files.read(path) if files.is_file(path) else ""


def blocks_of(container: Container) -> tuple[ServerBlock, ...]:
    """Returns the configuration in force, none where it is broken."""
    try:
        return parse(corefile_in_force(container))
    except CorefileError:
        return ()


def loop_in(container: Container, blocks: Sequence[ServerBlock]) -> str:
    """Returns what the `loop` plugin says of a `forward` that leads back to this CoreDNS, "" where none does.

    Source: coredns.io/plugins/loop.
    """
    network = container.cluster.network
    for block in blocks:
        forward = block.plugin("forward")
        if block.plugin("loop") is None or forward is None:
            continue
        files = any(server.startswith("/") for server in forward.arguments[1:])
        servers = [server.partition("://")[2] or server for server in forward.arguments[1:]]
        if files:
            servers += network.name_servers(container.place)
        if any(server.startswith("127.") or server == network.cluster_dns for server in servers):
            random = container.cluster.random
            numbers = [random.index(10**18, "loop", container.uid, each) for each in ("a", "b")]
            port = 32768 + random.index(28000, "loop", container.uid)
            return (
                f'[FATAL] plugin/loop: Loop (127.0.0.1:{port} -> :{block.port}) detected for zone "{block.zones[0]}", '
                f'{LOOPS}. Query: "HINFO {numbers[0]}.{numbers[1]}."'
            )
    return ""


def corefile_in_force(container: Container) -> str:
    """Returns the Corefile that it works by."""
    kept = container.cluster.store.get(COREFILES + container.uid)
    return str(kept["text"]) if kept is not None else corefile_of(container)


def take_up(container: Container, text: str) -> None:
    """Makes a Corefile the one in force."""
    container.cluster.store.put(COREFILES + container.uid, {"text": text})


def digest_of(text: str) -> str:
    """Returns the digest by which CoreDNS names a configuration in its log."""
    return hashlib.sha512(text.encode()).hexdigest()
