"""`kubectl run` that attaches to its Pod: waits for it, attaches, waits for its end, and deletes it with --rm.

What is under way stands in the call's state, so that it goes on after a restart of KubeLab.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl import streams
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.commands import attach
from kubelab.terminal.kubectl.errors import CommandError, PlainError
from kubelab.terminal.tool import Poll, Steps

if TYPE_CHECKING:
    from kubelab.terminal.tool import Wait

_Waits = Generator["Wait", Any, Object]


def attach_and_wait(call: Call) -> Steps:
    """Attaches to the Pod that was made, and returns its exit status where it ends by itself."""
    state = call.state["attaching"]
    try:
        pod = yield from _attached(call, state)
        code = yield from _end(call, state, pod)
    except CommandError:
        _remove(call, state)
        raise
    _remove(call, state)
    return code


def _attached(call: Call, state: Object) -> _Waits:
    pod = _pod(call, state)
    if "over" in state:
        return pod
    if "process" not in call.state:
        pod = yield from _until(call, state, _runs, "started by")
        if _phase(pod) in ("Succeeded", "Failed"):
            _print_log(call, pod)
            state["over"] = True
            return pod
    inner = Call(call.ctx, attach.COMMAND, attach.COMMAND.flag_set.parse(_attach_flags(call)))
    if "process" in call.state:
        yield from attach.run(inner)
    else:
        if not call.flags.on("tty"):
            _print_log(call, pod)
        yield from attach.attach_to(inner, pod)
    state["over"] = True
    return _pod(call, state)


def _attach_flags(call: Call) -> list[str]:
    words = [f"--{name}" for name in ("stdin", "tty", "quiet") if call.flags.on(name)]
    return [*words, f"--namespace={call.namespace}"]


def _end(call: Call, state: Object, pod: Object) -> Generator[Wait, Any, int]:
    if call.flags.on("leave-stdin-open") or state["restart"] == "Always":
        return 0
    wanted = ("Succeeded",) if state["restart"] == "OnFailure" else ("Succeeded", "Failed")
    pod = yield from _until(call, state, lambda found: _phase(found) in wanted, "ended by")
    if _phase(pod) == "Succeeded":
        return 0
    where = f"pod {pod['metadata']['namespace']}/{pod['metadata']['name']}"
    statuses = (pod.get("status") or {}).get("containerStatuses") or [{}]
    ended = (statuses[0].get("state") or {}).get("terminated") or {}
    if not ended.get("exitCode"):
        raise CommandError(f"{where} failed with unknown exit code")
    raise PlainError(f"{where} terminated ({ended.get('reason', '')})\n{ended.get('message', '')}", ended["exitCode"])


def _until(call: Call, state: Object, holds: Any, name: str) -> _Waits:
    """Waits until something holds for the Pod."""
    deadline = state.setdefault(name, call.ctx.now + call.flags.seconds("pod-running-timeout"))
    while not holds(pod := _pod(call, state)):
        if call.ctx.now >= deadline:
            raise CommandError("timed out waiting for the condition")
        yield Poll(deadline)
    return pod


def _pod(call: Call, state: Object) -> Object:
    return call.api.get(kind_of(call.kinds, "pods"), call.namespace, state["pod"])


def _phase(pod: Object) -> str:
    return str((pod.get("status") or {}).get("phase", ""))


def _runs(pod: Object) -> bool:
    """Tells whether the Pod is ready, or over already."""
    if _phase(pod) in ("Succeeded", "Failed"):
        return True
    conditions = (pod.get("status") or {}).get("conditions") or ()
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return _phase(pod) == "Running" and ready


def _print_log(call: Call, pod: Object) -> None:
    """Shows what the container said so far: the Pod may have been quicker than we."""
    container = pod["spec"]["containers"][0]["name"]
    part = streams.read_log(call, pod["metadata"]["namespace"], pod["metadata"]["name"], {"container": container})
    call.out("".join(line.text for line in part.lines))


def _remove(call: Call, state: Object) -> None:
    """Deletes what was made, with --rm; what is gone already is no error."""
    if not call.flags.on("rm"):
        return
    for type_name, name in state["created"]:
        kind = kind_of(call.kinds, type_name)
        if call.api.find(kind, call.namespace, name) is None:
            continue
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        call.api.call("delete", kind, call.namespace, name, body=body)
        where = f" from {call.namespace} namespace" if call.minor >= 34 else ""
        if not call.flags.on("quiet"):
            call.say(f'{kind.name.lower()} "{name}" deleted{where}')
