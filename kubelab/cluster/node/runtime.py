"""The container runtime: starts processes, tells what has become of them, sends them signals.

Containers run on whether or not a kubelet watches them. What a program does is decided when it starts and when
something reaches it; in between it needs nobody. Commands of the shell language are brought forward by the
interpreter whenever they asked to be woken. Error texts are containerd's and runc's.
"""

from __future__ import annotations

from kubelab.cluster.node import idle, logs
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.image import COMMAND
from kubelab.cluster.node.podwork import NOTICE, SOONEST, PodWork
from kubelab.cluster.node.process import Progress
from kubelab.cluster.node.record import is_running, process_key
from kubelab.cluster.objects import Object

START = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: error during container init: "
)
POLL = 1.0  # seconds between looks of a process that waits for something without a time
QUICK = 0.01  # seconds that a command takes which waits for nothing
UNKNOWN = 255  # of a container whose end nobody saw
KILLED = 137  # 128 + SIGKILL


def launch(work: PodWork, view: Container, container: Object) -> str | None:
    """Starts a container's first process; returns the runtime's error, None when it runs."""
    argv = view.argv
    if not argv:
        return f'failed to generate container "{view.id}" spec: failed to generate spec: no command specified'
    program = view.program
    if program is None:
        return START + view.why_not(argv[0]) + ": unknown"
    life = idle.life_of(argv) if program is COMMAND else program.begin(view)
    if life is None:
        _start_command(work, view, container)
        return None
    if life.seconds is not None:
        container["ends"] = [work.now + life.seconds, life.code, life.reason]
    if program.process and life.seconds is None:
        work.cluster.processes.start(program.process, work.node.name)
    return None


def _start_command(work: PodWork, view: Container, container: Object) -> None:
    interpreter = work.cluster.interpreter
    if interpreter is None:
        return  # a cluster without a shell: the command stays as it is, for ever
    stdin = None if view.plan.spec.get("stdin") else ""
    argv = view.command_line(view.argv) or view.argv
    progress = interpreter.start(view, argv, stdin=stdin, tty=bool(view.plan.spec.get("tty")))
    _take(work, view, container, progress)
    if progress.code is not None:
        container["ends"][0] += QUICK


def _take(work: PodWork, view: Container, container: Object, progress: Progress) -> None:
    """Keeps what a process did: its output in the log, its state in the store, its end in the record."""
    logs.write(view, progress.stdout, "stdout", work.now)
    logs.write(view, progress.stderr, "stderr", work.now)
    key = process_key(view.uid, view.name)
    container.pop("wake", None)
    if progress.code is not None:
        container["ends"] = [work.now, progress.code, ""]
        work.cluster.store.delete(key)
        return
    kept: Object = {"state": progress.state}
    if progress.ports:
        kept["ports"] = list(progress.ports)
    work.cluster.store.put(key, kept)
    if progress.wake is not None:
        container["wake"] = max(progress.wake, work.now)
    elif progress.polls:
        container["wake"] = work.now + POLL


def observe(work: PodWork) -> None:
    """Brings the containers' processes up to now and notes which have ended."""
    now = work.now
    for name, container in work.record["containers"].items():
        if "wake" in container and container["wake"] <= now and "ended" not in container:
            work.dirty = True
            view = Container(work.cluster, work.node, work.pod, work.blueprint.by_name[name], work.record)
            _resume(work, view, container)
        if "ends" in container and container["ends"][0] <= now:
            _note_end(work, name, container)
        if "notice" in container and container["notice"] <= now:
            work.dirty = True
            del container["notice"]
            work.wants_sync = True


def feed(work: PodWork, name: str, text: str, *, end: bool = False) -> None:
    """Writes to the standard input of a container's first process; nothing reads it where no command runs."""
    container = work.record["containers"][name]
    if "ends" in container or "ended" in container:
        return
    work.dirty = True
    view = Container(work.cluster, work.node, work.pod, work.blueprint.by_name[name], work.record)
    _resume(work, view, container, stdin=text, end=end)


def _resume(
    work: PodWork, view: Container, container: Object, signal: str | None = None, stdin: str = "", end: bool = False
) -> None:
    interpreter = work.cluster.interpreter
    kept = work.cluster.store.get(process_key(view.uid, view.name))
    if interpreter is None or kept is None:
        container.pop("wake", None)
        return
    _take(work, view, container, interpreter.resume(view, kept["state"], signal=signal, stdin=stdin, end_of_input=end))


def _note_end(work: PodWork, name: str, container: Object) -> None:
    work.dirty = True
    time, code, reason = container.pop("ends")
    container.pop("wake", None)
    plan = work.blueprint.by_name.get(name)
    message = ""
    if plan is not None:
        view = Container(work.cluster, work.node, work.pod, plan, work.record)
        message = view.termination_message(code)
        if view.program is not None and view.program.process:
            work.cluster.processes.stop(view.program.process, work.node.name)
    erase(work, name)
    container["ended"] = [time, code, reason, message]
    if container.pop("kill", None) is not None:
        work.wants_sync = True
    else:
        container["notice"] = noticed(work, name, time)


def lose_power(work: PodWork) -> None:
    """Ends everything that a Pod has on its machine, which was switched off; nobody notices before it is on again."""
    record = work.record
    for name, container in record["containers"].items():
        if not is_running(container, work.now):
            continue
        plan = work.blueprint.by_name.get(name)
        if plan is not None and plan.program is not None and plan.program.process:
            work.cluster.processes.stop(plan.program.process, work.node.name)
        for field in ("ends", "wake", "kill", "notice", "relist", "doom"):
            container.pop(field, None)
        container["ended"] = [work.now, UNKNOWN, "Unknown", ""]
        erase(work, name)
    if record.pop("sandbox", None) is not None:
        record["lost"] = True
    for field in ("sync", "resync", "probes"):
        record.pop(field, None)
    work.cluster.network.detach(work.uid)
    record["asked"] = True


def noticed(work: PodWork, name: str, time: float) -> float:
    """Returns when the kubelet notices what became of a container at `time`: when it next asks for what changed."""
    asked: float = work.record["containers"][name].get("relist", 0.0)  # it will ask then anyway
    if time <= asked:
        return asked
    return time + work.chance(SOONEST, NOTICE, "notice", name, time)


def stop(work: PodWork, view: Container, container: Object, deadline: float) -> None:
    """Sends the image's stop signal; what still runs at the deadline is killed."""
    if "ends" in container and container["ends"][0] <= work.now:
        return
    program = view.program
    end = max(deadline, work.now)
    killed = [end, KILLED, ""]
    if deadline <= work.now or program is None:
        container["ends"] = killed
        return
    if program is COMMAND and work.cluster.store.get(process_key(view.uid, view.name)) is not None:
        _resume(work, view, container, signal=view.stop_signal)
        container.setdefault("ends", killed)
        return
    answer = program.on_signal(view, view.stop_signal)
    if answer is None or work.now + answer.seconds > end:
        if "ends" not in container or container["ends"][0] > end:
            container["ends"] = killed
        return
    container["ends"] = [work.now + answer.seconds, answer.code, ""]
    for line in answer.lines:
        logs.write(view, line.text + "\n", line.stream, work.now + line.after)


def signal(view: Container, record: Object, name: str) -> bool:
    """Sends a signal to a container's first process from inside (`kill 1`); tells whether it will end by it."""
    container = record["containers"][view.name]
    now = view.now()
    program = view.program
    if program is None or name == "KILL":
        return False  # the kernel shields process 1 of a namespace from signals of its own kind without a handler
    answer = program.on_signal(view, name)
    if answer is None:
        return False
    container["ends"] = [now + answer.seconds, answer.code, ""]
    for line in answer.lines:
        logs.write(view, line.text + "\n", line.stream, now + line.after)
    return True


def erase(work: PodWork, name: str) -> None:
    """Forgets what the processes of a container had in memory."""
    work.cluster.store.delete(process_key(work.uid, name))
    work.cluster.store.delete(f"/machine/memory/{work.uid}/{name}")
