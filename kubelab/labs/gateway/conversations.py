"""`kubectl exec` and `attach`: a client speaks with a process in a container.

What the client types is an act on the cluster, and what the process wrote goes out once that is committed. Between
acts the process is data, held here for as long as the connection lasts; it goes on in whatever copy of the cluster
this server has. Source: pkg/registry/core/pod/rest/subresources.go; pkg/kubelet/cri/streaming/remotecommand.
"""

import codecs
import json
import logging
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from kubelab.cluster.api import kubelets
from kubelab.cluster.api.errors import BadRequest, InternalError
from kubelab.cluster.api.kubelets import Output, Process, StreamError
from kubelab.cluster.api.request import Request
from kubelab.cluster.objects import Object
from kubelab.labs.gateway.channels import ERROR, RESIZE, STDERR, STDIN, STDOUT, Input
from kubelab.labs.gateway.streams import Stream
from kubelab.labs.keeping import Act, NotKept
from kubelab.labs.visits import visit
from kubelab.labs.workers import Urgency, workers

LONGEST = 4 * 3600.0  # seconds; --streaming-connection-idle-timeout
LARGEST_SIZE = 10_000  # columns or rows of a terminal
BARE_NEWLINE = re.compile(r"(?<!\r)\n")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """Which streams a client wants, and the command."""

    stdin: bool
    stdout: bool
    stderr: bool
    tty: bool
    command: Sequence[str] = ()

    @property
    def streams(self) -> int:
        """How many SPDY streams that makes, with the one for errors."""
        return 1 + self.stdin + self.stdout + self.stderr + self.tty


def wanted(subresource: str, query: Mapping[str, Sequence[str]]) -> Wanted:
    """Return what a request's parameters ask for.

    Raises:
        BadRequest: no stream, or no command.
    """
    on = {name: _is_on(query.get(name, ())) for name in ("stdin", "stdout", "stderr", "tty")}
    if on["tty"]:
        on["stderr"] = False  # a terminal has one output
    found = Wanted(**on, command=tuple(query.get("command", ())))
    if not (found.stdin or found.stdout or found.stderr):
        raise BadRequest("you must specify at least 1 of stdin, stdout, stderr")
    if subresource == "exec" and not found.command:
        raise BadRequest("you must specify at least one command for the container")
    return found


def _is_on(values: Sequence[str]) -> bool:
    return bool(values) and values[0].lower() not in ("false", "0")


class Conversation(Stream):
    """A client speaks with a process.

    Args:
        act: the act in which it begins.
        request: what was asked.
        streams: which of its streams.
        structured: whether the last word is a Status.

    Raises:
        ApiError: the server refuses.
    """

    def __init__(self, act: Act, request: Request, streams: Wanted, *, structured: bool) -> None:
        super().__init__(act.lab.pk, LONGEST)
        self._streams, self._structured = streams, structured
        self._attached = request.subresource == "attach"
        self._inputs: deque[Input] = deque()
        self._waiting = 0  # bytes in them
        self._submitted = False
        self._text = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._state: Object = {}
        self._done: tuple[Act, Process, Output] | None = None  # what an act did that is not committed yet
        self.put(bytes([STDOUT if streams.stdout else STDERR if streams.stderr else ERROR]))  # "it is open"
        try:
            self._take(*self._begun(act, request))
        except StreamError as error:
            self._finish(InternalError(str(error)).status())

    def _begun(self, act: Act, request: Request) -> tuple[Process, Output]:
        server, streams = act.cluster.api, self._streams
        if self._attached:
            return kubelets.attach(server, request), Output()
        return kubelets.execute(server, request, streams.command, stdin=streams.stdin, tty=streams.tty, columns=80)

    # on the event loop

    def give(self, given: Input) -> None:
        """Take what the client sent."""
        if (given.channel == STDIN and self._streams.stdin) or given.channel == RESIZE:
            self._inputs.append(given)
            self._waiting += len(given.data)
            self._submit()

    @property
    def is_busy(self) -> bool:
        """Whether there is so much to take in already that the client should wait."""
        return self._waiting > 1024 * 1024

    # in a worker's thread

    def _submit(self) -> None:
        if not self._submitted and not self._ended:
            self._submitted = True
            workers.submit(Urgency.COMMAND, self._act)

    def _ring(self) -> None:
        self._submit()

    def _act(self) -> None:
        try:
            visit(self.lab_id, self._go_on)
        except Exception as error:
            if not isinstance(error, NotKept):
                logger.exception("a conversation in lab %s could not go on", self.lab_id)
            words = str(error) if isinstance(error, NotKept) else "nothing was changed"
            self._finish(InternalError(f"Internal error occurred: {words}").status())

    def _go_on(self, act: Act) -> None:
        self._submitted = False
        if self._ended:
            return
        process = act.cluster.api.kubelets.process(self._state)
        try:
            self._done = (act, process, self._resumed(process))
        except StreamError as error:
            self._finish(InternalError(str(error)).status())

    def _resumed(self, process: Process) -> Output:
        text, end, size = self._input()
        output = process.resume(text, end_of_input=end, size=size)
        while self._inputs and process.code is None:
            text, end, size = self._input()
            more = process.resume(text, end_of_input=end, size=size)
            output = Output(output.stdout + more.stdout, output.stderr + more.stderr)
        return output

    def _input(self) -> tuple[str, bool, tuple[int, int] | None]:
        """Take what may be given to the process in one go."""
        data, end, size = bytearray(), False, None
        while self._inputs and not end:
            given = self._inputs.popleft()
            if given.channel == RESIZE:
                size = _size(given.data) or size
                continue
            data += given.data
            end = given.ended
        self._waiting = sum(len(given.data) for given in self._inputs)
        return self._text.decode(bytes(data), end), end, size

    # after an act was committed

    def follow(self, act: Act) -> None:
        """Send what the process wrote in an act of its own; have it go on where another act concerns it."""
        done, self._done = self._done, None
        if done is not None and done[0] is act:
            self._take(*done[1:])
            self._wait(act, done[1])
            return
        if self._ended:
            return
        process = act.cluster.api.kubelets.process(self._state)
        due = process.wake is not None and process.wake <= act.cluster.clock.now
        if due or process.broken or (process.polls and act.changes):
            self._submit()
        else:
            self._wait(act, process)

    def _wait(self, act: Act, process: Process) -> None:
        if process.code is None:
            self.ring_at(act, process.wake)

    def _take(self, process: Process, output: Output) -> None:
        """Send what a process wrote, and how it ended if it has."""
        self._state = process.state
        stdout = output.stdout
        if self._attached and self._streams.tty:
            stdout = BARE_NEWLINE.sub("\r\n", stdout)
        if self._streams.stderr:  # first: kubectl cp looks no further once its archive is whole
            self._say(STDERR, output.stderr)
        if self._streams.stdout:
            self._say(STDOUT, stdout)
        if process.code is not None:
            self._finish(_ended_with(0 if self._attached else process.code))

    def _say(self, channel: int, text: str) -> None:
        if text:
            self.put(bytes([channel]) + text.encode("utf-8", "surrogateescape"))

    def _finish(self, status: Object) -> None:
        if self._structured:
            self.put(bytes([ERROR]) + orjson.dumps(status))
        elif status["status"] != "Success":
            self.put(bytes([ERROR]) + str(status["message"]).encode())
        self.end()


def _ended_with(code: int) -> Object:
    """Return how a process ended as the last word tells it."""
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: command terminated with exit code {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def _size(data: bytes) -> tuple[int, int] | None:
    """Read a terminal's size: {"Width": columns, "Height": rows}."""
    try:
        read = json.loads(data)
        columns, rows = int(read["Width"]), int(read["Height"])
    except (ValueError, KeyError, TypeError):
        return None
    return (columns, rows) if 0 < columns <= LARGEST_SIZE and 0 < rows <= LARGEST_SIZE else None
