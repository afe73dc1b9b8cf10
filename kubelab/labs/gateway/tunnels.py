"""One connection through `kubectl port-forward`: bytes of a program outside, answered by a program in a Pod.

Web servers are asked in whole HTTP requests, other programs in what came at once. The simulated programs have no TLS
of their own: a port that speaks it says so in the connection's error. Source: RFC 9112; pkg/kubelet/cri/streaming.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import h11

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.objects import Object
from kubelab.cluster.sockets import HttpReply, HttpRequest, Listener, TextReply, TextRequest
from kubelab.terminal.tools.curl_text import header_lines

CLIENT = "127.0.0.1"  # the kubelet's end, in the Pod's own network namespace
LARGEST_REQUEST = 3 * 1024 * 1024  # bytes of a body


class Refused(Exception):
    """The connection cannot go on; the message is the kubelet's."""


@dataclass
class Tunnel:
    """One connection.

    Args:
        pod: at whose port it ends.
        port: the number of the port.
    """

    pod: Object
    port: int
    closed: bool = False  # by the program
    _http: h11.Connection = field(default_factory=lambda: h11.Connection(h11.SERVER))
    _request: h11.Request | None = None
    _body: bytearray = field(default_factory=bytearray)

    def open(self, cluster: Cluster) -> Listener:
        """Connect to the port.

        Raises:
            Refused: nobody listens there, or they speak TLS.
        """
        listener = cluster.network.sockets.listener(*self._place, self.port, "TCP")
        if listener is None:
            raise Refused(
                f"failed to connect to localhost:{self.port} inside namespace, IPv4: dial tcp4 {CLIENT}:{self.port}: "
                f"connect: connection refused IPv6 dial tcp6 [::1]:{self.port}: connect: connection refused "
            )
        if listener.speaks == "https":
            raise Refused("TLS through a forwarded port is not simulated: use curl in the lab's terminal")
        return listener

    def answer(self, cluster: Cluster, data: bytes, ended: bool) -> bytes:
        """Give the program what came; returns what it writes back.

        Raises:
            Refused: see `open`.
        """
        listener = self.open(cluster)
        if listener.speaks == "http":
            return b"".join(self._pages(cluster, listener, data, ended))
        if not data:
            self.closed = ended
            return b""
        request = TextRequest(data.decode("utf-8", "surrogateescape"), CLIENT)
        reply = cluster.network.sockets.answer(*self._place, listener, request)
        self.closed = ended or not isinstance(reply, TextReply) or reply.closed
        return reply.text.encode("utf-8", "surrogateescape") if isinstance(reply, TextReply) else b""

    @property
    def _place(self) -> tuple[str, str, str]:
        metadata = self.pod["metadata"]
        return self.pod["spec"]["nodeName"], metadata["namespace"], metadata["name"]

    def _pages(self, cluster: Cluster, listener: Listener, data: bytes, ended: bool) -> Iterator[bytes]:
        """Answer as many HTTP requests as came whole."""
        http = self._http
        try:
            http.receive_data(data) if data else None
            if ended:
                http.receive_data(b"")
            while not self.closed:
                event = http.next_event()
                if isinstance(event, h11.Request):
                    self._request, self._body = event, bytearray()
                elif isinstance(event, h11.Data):
                    self._body += event.data
                    if len(self._body) > LARGEST_REQUEST:
                        raise h11.RemoteProtocolError("too large", 413)
                elif isinstance(event, h11.EndOfMessage):
                    yield self._page(cluster, listener)
                else:  # NEED_DATA, PAUSED, ConnectionClosed
                    self.closed = isinstance(event, h11.ConnectionClosed)
                    return
        except h11.RemoteProtocolError:
            self.closed = True
            yield b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    def _page(self, cluster: Cluster, listener: Listener) -> bytes:
        asked, http = self._request, self._http
        if asked is None:
            return b""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in asked.headers.raw_items()}
        host = next((value for name, value in headers.items() if name.lower() == "host"), "")
        method, path = asked.method.decode("latin-1"), asked.target.decode("latin-1")
        body = self._body.decode("utf-8", "surrogateescape")
        reply = cluster.network.sockets.answer(
            *self._place, listener, HttpRequest(method, path, host, headers, body, CLIENT)
        )
        if not isinstance(reply, HttpReply):  # it closes the connection without a word
            self.closed = True
            return reply.text.encode("utf-8", "surrogateescape") if isinstance(reply, TextReply) else b""
        lines = [line.partition(": ") for line in header_lines(reply, cluster.clock.now)]
        answer = h11.Response(
            status_code=reply.status, reason=reply.reason.encode(), headers=[(name, value) for name, _, value in lines]
        )
        sent = [http.send(answer)]
        if method != "HEAD" and reply.body:
            sent.append(http.send(h11.Data(data=reply.body.encode("utf-8", "surrogateescape"))))
        sent.append(http.send(h11.EndOfMessage()))
        if http.our_state is h11.DONE and http.their_state is h11.DONE:
            http.start_next_cycle()
        else:
            self.closed = True
        return b"".join(part for part in sent if part)
