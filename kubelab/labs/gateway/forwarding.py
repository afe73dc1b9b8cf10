"""`kubectl port-forward`: many connections to ports of one Pod, over one connection of the client's.

SPDY frames carry them, within a websocket since kubectl 1.31, each connection a pair of streams; or the channels of a
v4 websocket, two for each port, as other client libraries have it. What comes is an act, as in `conversations`.
Source: pkg/kubelet/cri/streaming/portforward (httpstream.go, websocket.go); KEP-4006.
"""

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import NamedTuple, Protocol

from kubelab.cluster.api import kubelets
from kubelab.cluster.api.errors import BadRequest, InternalError
from kubelab.cluster.api.kubelets import StreamError
from kubelab.cluster.api.request import Request
from kubelab.cluster.kinds import Pod
from kubelab.cluster.objects import Key
from kubelab.labs.gateway.spdy import REFUSED_STREAM, Event, Session
from kubelab.labs.gateway.streams import Stream
from kubelab.labs.gateway.tunnels import Refused, Tunnel
from kubelab.labs.keeping import Act
from kubelab.labs.visits import visit
from kubelab.labs.workers import Urgency, workers

LONGEST = 4 * 3600.0  # seconds; --streaming-connection-idle-timeout
MOST_CONNECTIONS = 256  # at once

logger = logging.getLogger(__name__)


class Arrival(NamedTuple):
    """What came for a connection; `port` where it was opened just now."""

    connection: str
    port: int = 0
    data: bytes = b""
    ended: bool = False


class Carrier(Protocol):
    """How connections share the client's one."""

    def begin(self) -> list[Arrival]:
        """Return what is open from the beginning."""

    def received(self, data: bytes) -> list[Arrival]:
        """Take in what came.

        Raises:
            SpdyError: it is not to be understood.
        """

    def send(self, connection: str, data: bytes) -> None:
        """Write to a connection."""

    def close(self, connection: str, error: str = "") -> None:
        """End a connection, with an error if there was one."""

    def taken(self) -> list[bytes]:
        """Return what is to be sent by now, piece by piece."""


class SpdyCarrier:
    """A connection is a pair of SPDY streams, for data and for an error, with the same request id."""

    def __init__(self) -> None:
        self._session = Session()
        self._pairs: dict[str, dict[str, int]] = {}  # request id -> "data" and "error" -> stream

    def begin(self) -> list[Arrival]:
        """Return nothing: the client opens them."""
        return []

    def received(self, data: bytes) -> list[Arrival]:
        """Take in bytes."""
        found = []
        for event in self._session.received(data):
            if event.opened is not None:
                found += self._opened(event.stream, event.opened)
            key = self._owner(event)
            if key is not None and (event.data or event.ended):
                found.append(Arrival(key, data=event.data, ended=event.ended))
        return found

    def _owner(self, event: Event) -> str | None:
        return next((key for key, pair in self._pairs.items() if pair.get("data") == event.stream), None)

    def _opened(self, stream: int, headers: Mapping[str, str]) -> list[Arrival]:
        kind, port = headers.get("streamtype", ""), headers.get("port", "")
        if kind not in ("data", "error") or not port.isdecimal() or not 0 < int(port) < 65536:
            self._session.refuse(stream)
            return []
        # Old clients give no id: the data's stream follows the error's.
        key = headers.get("requestid") or str(stream if kind == "error" else stream - 2)
        pair = self._pairs.get(key, {})
        if kind in pair or (not pair and len(self._pairs) >= MOST_CONNECTIONS):
            self._session.refuse(stream, REFUSED_STREAM)
            return []
        pair[kind] = stream
        self._pairs[key] = pair
        self._session.reply(stream)
        return [Arrival(key, port=int(port))] if len(pair) == 2 else []

    def send(self, connection: str, data: bytes) -> None:
        """Write to a connection's data stream."""
        if pair := self._pairs.get(connection):
            self._session.send(pair["data"], data)

    def close(self, connection: str, error: str = "") -> None:
        """End both streams."""
        pair = self._pairs.pop(connection, None)
        if pair is not None:
            self._session.send(pair["error"], error.encode(), end=True)
            self._session.send(pair["data"], b"", end=True)

    def taken(self) -> list[bytes]:
        """Return frames."""
        data = self._session.taken()
        return [data] if data else []


class ChannelCarrier:
    """Each port has a channel for data and one for an error; both begin with the port's number.

    Args:
        ports: those that were asked for.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self._out: list[bytes] = []

    def begin(self) -> list[Arrival]:
        """Return a connection for each port."""
        for place, port in enumerate(self._ports):
            number = port.to_bytes(2, "little")
            self._out += [bytes([2 * place]) + number, bytes([2 * place + 1]) + number]
        return [Arrival(str(place), port=port) for place, port in enumerate(self._ports)]

    def received(self, data: bytes) -> list[Arrival]:
        """Take in one message."""
        if not data or data[0] % 2 or data[0] // 2 >= len(self._ports):
            return []
        return [Arrival(str(data[0] // 2), data=data[1:])] if data[1:] else []

    def send(self, connection: str, data: bytes) -> None:
        """Write to a connection's channel."""
        self._out.append(bytes([2 * int(connection)]) + data)

    def close(self, connection: str, error: str = "") -> None:
        """Tell an error; a channel has no end of its own."""
        if error:
            self._out.append(bytes([2 * int(connection) + 1]) + error.encode())

    def taken(self) -> list[bytes]:
        """Return messages."""
        out, self._out = self._out, []
        return out


def asked_ports(query: Mapping[str, Sequence[str]]) -> list[int]:
    """Return the ports that a v4 websocket asks for.

    Raises:
        BadRequest: there are none, or they are no ports.
    """
    words = [word for value in query.get("ports", ()) for word in value.split(",")]
    if not words:
        raise BadRequest('query parameter "ports" is required')
    if not all(word.isdecimal() and 0 < int(word) < 65536 for word in words) or len(words) > 100:
        raise BadRequest(f'unable to parse "{",".join(words)}" as a port')
    return [int(word) for word in words]


class Forwarding(Stream):
    """The connections of one client to one Pod.

    Args:
        act: the act in which it begins.
        request: what was asked.
        carrier: how they share the client's connection.
        ends: whether all is over when no connection is left.

    Raises:
        ApiError: the server refuses.
    """

    def __init__(self, act: Act, request: Request, carrier: Carrier, *, ends: bool) -> None:
        super().__init__(act.lab.pk, LONGEST)
        try:
            self._pod = kubelets.forward(act.cluster.api, request)
        except StreamError as error:
            raise InternalError(str(error)) from None
        self._carrier, self._ends = carrier, ends
        self._tunnels: dict[str, Tunnel] = {}
        self._arrivals: deque[Arrival] = deque(carrier.begin())
        self._carrying = Lock()  # the carrier is the event loop's and the workers'
        self._submitted = False
        self._done: tuple[Act, list[tuple[str, bytes, str | None]]] | None = None
        self._send()
        if self._arrivals:
            self._submit()

    # on the event loop

    def give(self, data: bytes) -> None:
        """Take what the client sent.

        Raises:
            SpdyError: it is not to be understood.
        """
        with self._carrying:
            self._arrivals.extend(self._carrier.received(data))
            self._send()
        if self._arrivals:
            self._submit()

    @property
    def is_busy(self) -> bool:
        """Whether there is so much to take in already that the client should wait."""
        return len(self._arrivals) > MOST_CONNECTIONS

    # in a worker's thread

    def _submit(self) -> None:
        if not self._submitted and not self._ended:
            self._submitted = True
            workers.submit(Urgency.COMMAND, self._act)

    def _act(self) -> None:
        try:
            visit(self.lab_id, self._go_on)
        except Exception:
            logger.exception("forwarded ports of lab %s could not go on", self.lab_id)
            self.end()

    def _go_on(self, act: Act) -> None:
        self._submitted = False
        told: list[tuple[str, bytes, str | None]] = []
        while self._arrivals:
            arrival = self._arrivals.popleft()
            if arrival.port and len(self._tunnels) < MOST_CONNECTIONS:
                self._tunnels[arrival.connection] = Tunnel(self._pod, arrival.port)
            tunnel = self._tunnels.get(arrival.connection)
            if tunnel is not None:
                told.append(self._answered(act, tunnel, arrival))
        self._done = (act, told)

    def _answered(self, act: Act, tunnel: Tunnel, arrival: Arrival) -> tuple[str, bytes, str | None]:
        """Return the connection, what its program wrote, and why it ended: "" without an error, None if it has not."""
        key = arrival.connection
        try:
            if arrival.port:
                tunnel.open(act.cluster)
                return key, b"", None
            data = tunnel.answer(act.cluster, arrival.data, arrival.ended)
        except Refused as error:
            del self._tunnels[key]
            uid = self._pod["metadata"]["uid"]
            return key, b"", f"error forwarding port {tunnel.port} to pod {uid}, uid : {error}"
        if tunnel.closed:
            del self._tunnels[key]
        return key, data, "" if tunnel.closed else None

    # after an act was committed

    def follow(self, act: Act) -> None:
        """Send what programs wrote; end when the Pod is gone."""
        done, self._done = self._done, None
        with self._carrying:
            for key, data, error in done[1] if done is not None and done[0] is act else ():
                if data:
                    self._carrier.send(key, data)
                if error is not None:
                    self._carrier.close(key, error)
            self._send()
        if (self._ends and done is not None and not self._tunnels) or (act.changes and self._is_gone(act)):
            self.end()

    def _is_gone(self, act: Act) -> bool:
        metadata = self._pod["metadata"]
        pod = act.cluster.store.get(Pod.path(Key(metadata["namespace"], metadata["name"])))
        running = pod is not None and (pod.get("status") or {}).get("phase") == "Running"
        return pod is None or pod["metadata"]["uid"] != metadata["uid"] or not running

    def _send(self) -> None:
        for piece in self._carrier.taken():
            self.put(piece)
