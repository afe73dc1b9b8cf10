"""CoreDNS as a process: it starts with the Corefile that is mounted into it, or ends where that is broken.

What it answers is the network's matter (network/coredns.py), which asks for the Corefile in force. A changed file is
taken up by the `reload` plugin (coredns_reload.py). Source: coredns.io/manual/toc, coredns.io/plugins/reload.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.cni import COREFILES
from kubelab.cluster.corefile import CorefileError, parse
from kubelab.cluster.node.program import FOREVER, Life, Line, Stop
from kubelab.cluster.node.programs.server import Server, flag, reply, say
from kubelab.cluster.sockets import HttpReply, HttpRequest, Reply, Request, TextReply, TextRequest

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

DNS = 53
DEFAULT = "/etc/coredns/Corefile"


class CoreDns(Server):
    """The name server."""

    steady = True

    def __init__(self) -> None:
        super().__init__(self._health, ports=(DNS, 8080, 8181, 9153), ready=0.3, stop=Stop(5.1, 0))

    def begin(self, container: Container) -> Life:
        """Reads the Corefile, and ends at once where CoreDNS would refuse it."""
        text = corefile_of(container)
        try:
            parse(text)
        except CorefileError as error:
            container.state["broken"] = str(error)
            return Life(0.3, 1)
        container.state.pop("broken", None)
        take_up(container, text)
        return FOREVER

    def listens_udp(self, container: Container) -> Sequence[int]:
        """Returns the port of DNS."""
        return (DNS,)

    def speaks(self, port: int) -> str:
        """Tells DNS from health and metrics."""
        return "dns" if port == DNS else "http"

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the start's lines."""
        if "broken" in container.state:
            return [Line(0.1, container.state["broken"])]
        version = container.version.removeprefix("v")
        digest = digest_of(corefile_in_force(container))
        texts = (".:53", f"[INFO] plugin/reload: Running configuration SHA512 = {digest}",
                 f"CoreDNS-{version}", "linux/amd64, go1.25.5,")  # fmt: skip
        return [Line(0.2, text) for text in texts]

    def answer(self, container: Container, port: int, request: Request) -> Reply:
        """Answers health checks; of a question that the network has answered, it takes the line for its log."""
        if port == DNS and isinstance(request, TextRequest):
            say(container, request.text)
            return TextReply("")
        return super().answer(container, port, request)

    def _health(self, container: Container, request: HttpRequest) -> HttpReply:
        return reply(200, "OK")


def corefile_of(container: Container) -> str:
    """Returns the Corefile as its file has it now."""
    path = flag(container.argv, "conf", DEFAULT)
    files = container.files
    return files.read(path) if files.is_file(path) else ""


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
