"""kubectl's streams into containers: logs, commands, first processes; through the API server, as in life.

A conversation with a process is kept in the command's state, so that it goes on after a restart of KubeLab.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kubelab.cluster.api import kubelets
from kubelab.cluster.api.kubelets import LogPart, Output, Process, StreamError
from kubelab.cluster.api.request import Request
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError, PlainError
from kubelab.terminal.tool import Keys, Poll, Readable, Wait

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

Conversation = Generator[Wait, Any, int]
NOT_A_TTY = "Unable to use a TTY - input is not a terminal or the right kind of file\n"


def _request(call: Call, verb: str, namespace: str, pod: str, subresource: str, options: Mapping[str, str]) -> Request:
    kind = call.kinds.find("pods")
    if kind is None:
        raise CommandError('the server doesn\'t have a resource type "pods"')
    return Request(verb, kind, namespace, pod, subresource, options, user=call.api.user)


def read_log(
    call: Call, namespace: str, pod: str, options: Mapping[str, str], position: Object | None = None
) -> LogPart:
    """Reads a container's log.

    Raises:
        ApiError: the server refuses.
    """
    return kubelets.read_log(call.api.cluster.api, _request(call, "get", namespace, pod, "log", options), position)


def execute(
    call: Call, namespace: str, pod: str, container: str, argv: Sequence[str], *, stdin: bool = False, tty: bool = False
) -> tuple[Process, Output]:
    """Starts a command in a container.

    Raises:
        ApiError: the server refuses.
        CommandError: the command could not be started.
    """
    request = _request(call, "create", namespace, pod, "exec", {"container": container})
    try:
        return kubelets.execute(call.api.cluster.api, request, argv, stdin=stdin, tty=tty, columns=call.ctx.columns)
    except StreamError as error:
        raise CommandError(str(error)) from None


def attach(call: Call, namespace: str, pod: str, container: str) -> Process:
    """Speaks with a container's first process.

    Raises:
        ApiError: the server refuses.
        CommandError: it does not run.
    """
    try:
        request = _request(call, "create", namespace, pod, "attach", {"container": container})
        return kubelets.attach(call.api.cluster.api, request)
    except StreamError as error:
        raise CommandError(str(error)) from None


def forward(call: Call, namespace: str, pod: str) -> Object:
    """Opens a stream to a Pod's ports; returns the Pod.

    Raises:
        ApiError: the server refuses.
        CommandError: the Pod's kubelet cannot be reached.
    """
    try:
        request = _request(call, "create", namespace, pod, "portforward", {})
        return kubelets.forward(call.api.cluster.api, request)
    except StreamError as error:
        raise CommandError(str(error)) from None


def wants_tty(call: Call, tty: bool, stdin: bool, quiet: bool) -> bool:
    """Tells whether keys go to the process as they are; says so where they cannot (StreamOptions.SetupTTY)."""
    if not stdin or not tty:
        return False
    if call.ctx.stdin_tty:
        return True
    if not quiet:
        call.err(NOT_A_TTY)
    return False


def begin(call: Call, process: Process, output: Output, *, tty: bool, stdin: bool) -> Conversation:
    """Begins a conversation with a process and holds it until the process ends; returns its exit status."""
    call.keep("process", process.state)
    call.keep("streams", {"tty": tty, "stdin": stdin})
    _tell(call, output, tty)
    return converse(call)


def converse(call: Call) -> Conversation:
    """Goes on with the conversation that the state tells of."""
    state = call.state
    streams, kubelets_of = state["streams"], call.api.cluster.api.kubelets
    tty = bool(streams["tty"])
    if tty:
        call.ctx.raw = True
    while (process := kubelets_of.process(state["process"])).code is None:
        keys, end = "", False
        if tty:
            keys = call.ctx.keys()
            if not keys and not _is_due(call, process):
                yield Keys(process.wake, polls=True)
                keys = call.ctx.keys()
        elif streams["stdin"] and process.reads:
            keys, end = yield from _input(call, process)
        elif not _is_due(call, process):
            yield Poll(process.wake)
        if keys or end or _is_due(call, process) or process.polls:
            output = process.resume(keys, end_of_input=end)
            state["process"] = process.state
            _tell(call, output, tty)
            if end:
                streams["stdin"] = False
    return int(process.code)


def _is_due(call: Call, process: Process) -> bool:
    return process.broken or (process.wake is not None and process.wake <= call.ctx.now)


def _input(call: Call, process: Process) -> Generator[Wait, Any, tuple[str, bool]]:
    """Takes what there is of standard input, once the process may have it."""
    text = call.ctx.stdin.read()
    if text is None:
        yield Poll(process.wake) if process.wake is not None else Readable(0)
        text = call.ctx.stdin.read()
    return text or "", text == ""


def _tell(call: Call, output: Output, tty: bool) -> None:
    if tty:
        call.out(output.stdout.replace("\r\n", "\n"))
        return
    call.out(output.stdout)
    call.err(output.stderr)


def terminated(code: int) -> None:
    """Tells how a command in a container ended.

    Raises:
        CommandError: it failed.
    """
    if code:
        raise PlainError(f"command terminated with exit code {code}", code)
