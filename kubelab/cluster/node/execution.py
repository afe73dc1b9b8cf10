"""Commands that the kubelet runs in a container: exec probes and exec hooks, kept as data while they wait."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.node import idle
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.process import Progress
from kubelab.cluster.objects import Object

NEVER = 1e9  # seconds after which a command that waits for nothing is looked at again
OUTPUT = 10_240  # bytes of output that the kubelet reads


def process_id(view: Container) -> int:
    """Returns the number of a process that is started in a container besides the first."""
    return 7 + view.cluster.random.index(60, "pid", view.uid, view.name, view.now())


def begin(view: Container, argv: Sequence[str]) -> Object:
    """Starts a command; `proceed` brings it forward.

    Returns:
        {"output", "code" when it ended, "error" when it could not be started, "state" and "wake" while it waits}.
    """
    command = view.command_line(argv)
    if command is None:
        message = (
            f"OCI runtime exec failed: exec failed: unable to start container process: {view.why_not(argv[0])}: unknown"
        )
        return {"output": "", "code": 127, "error": message}
    life = idle.life_of(argv)
    if life is not None:
        return {"output": "", "wake": view.now() + (NEVER if life.seconds is None else life.seconds)}
    interpreter = view.cluster.interpreter
    if interpreter is None:
        return {"output": "", "code": 0}
    run: Object = {"output": ""}
    _take(view, run, interpreter.start(view, command, stdin="", pid=process_id(view)))
    return run


def proceed(view: Container, run: Object) -> float | None:
    """Goes on with a command; returns when it wants to go on again, None when it has ended."""
    while "code" not in run:
        if run["wake"] > view.now():
            return float(run["wake"])
        interpreter = view.cluster.interpreter
        if interpreter is None or "state" not in run:
            run["code"] = 0
        else:
            _take(view, run, interpreter.resume(view, run["state"]))
    return None


def _take(view: Container, run: Object, progress: Progress) -> None:
    written = (progress.stdout + progress.stderr).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    run["output"] = (run["output"] + written)[:OUTPUT]
    if progress.code is not None:
        run["code"] = progress.code
        run.pop("state", None)
        return
    run["state"] = progress.state
    run["wake"] = progress.wake if progress.wake is not None else view.now() + (1.0 if progress.polls else NEVER)
