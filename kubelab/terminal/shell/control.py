"""Instructions that decide what runs next: jumps, loops, pipelines, subshells, tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.terminal.shell.conditions import NUMERIC, newer, unary
from kubelab.terminal.shell.faults import ShellFault
from kubelab.terminal.shell.patterns import matches

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task


def line(task: Task, number: int) -> None:
    """Notes the line that messages name."""
    task.line = number


def end(task: Task) -> None:
    """The end of a program: of a sourced file, an eval, a function, or of all."""
    task.end_of_unit()


def leave(task: Task) -> None:
    """The end of a subshell's part of the program."""
    task.exit(task.status)


def jump(task: Task, target: int) -> None:
    """Goes on elsewhere."""
    task.pc = target


def jump_if_failed(task: Task, target: int) -> None:
    """Goes on elsewhere when the last command failed."""
    if task.status:
        task.pc = target


def jump_if_ok(task: Task, target: int) -> None:
    """Goes on elsewhere when the last command succeeded."""
    if not task.status:
        task.pc = target


def set_status(task: Task, status: int) -> None:
    """Sets `$?`."""
    task.status = status


def negate(task: Task) -> None:
    """`!`."""
    task.status = 0 if task.status else 1


def quiet(task: Task, step: int) -> None:
    """Enters (1) or leaves (-1) a part in which a failure is no reason to end (set -e)."""
    task.quiet += step


def check(task: Task) -> None:
    """Ends the shell under `set -e` when the last command failed."""
    if task.status and not task.quiet:
        task.failed()


def drop(task: Task) -> None:
    """Takes a value off the stack."""
    task.stack.pop()


def start_timer(task: Task) -> None:
    """Begins `time`."""
    task.stack.append(task.kernel.machine.now())


def stop_timer(task: Task) -> None:
    """Ends `time`; the simulated processor takes no time of its own."""
    real = task.kernel.machine.now() - task.stack.pop()
    minutes, seconds = divmod(real, 60)
    task.stream(2).write(f"\nreal\t{int(minutes)}m{seconds:.3f}s\nuser\t0m0.000s\nsys\t0m0.000s\n")


# loops: [where break goes, where continue goes, and how deep stack, redirections and quiet were, the body's status]


def loop(task: Task, out: int, again: int) -> None:
    """Enters a loop."""
    task.loops.append([out, again, len(task.stack), len(task.saved), task.quiet, 0])


def mark(task: Task) -> None:
    """Remembers the status of a loop's body: the loop ends with that of the last one."""
    task.loops[-1][5] = task.status


def end_loop(task: Task) -> None:
    """Leaves a loop."""
    task.status = task.loops.pop()[5]


def give_up(task: Task, text: str) -> None:
    """The program is wrong from here on."""
    task.give_up(text)


def too_many_words(task: Task, limit: int) -> None:
    """Braces stand for too many words."""
    raise ShellFault(f"brace expansion: more than {limit} words (a limit of KubeLab)", fatal=False)


def bad_name(task: Task, name: str) -> None:
    """A loop's variable has no name."""
    raise ShellFault(f"`{name}': not a valid identifier", fatal=False)


def next_word(task: Task, name: str, source: str, out: int) -> None:
    """Gives a loop's variable its next value."""
    command = task.stack[-1]
    index = command.get("next", 0)
    if index >= len(command["argv"]):
        task.pc = out
        return
    if "x" in task.options:
        task.trace_text(source)
    command["next"] = index + 1
    task.assign(name, command["argv"][index])


def match(task: Task, target: int) -> None:
    """Goes on in a case's body when the pattern on the stack matches the subject below it."""
    pattern = task.stack.pop()
    if matches(pattern, task.stack[-1]):
        task.pc = target


# processes


def pipeline(task: Task, entries: tuple[int, ...], both: tuple[bool, ...], after: int) -> None:
    """Starts a pipeline: each command in a subshell of its own, all at the same time."""
    pids = task.kernel.fork_pipeline(task, entries, both)
    task.pc = after
    task.stack.append(pids)
    task.await_children(pids)


def subshell(task: Task, after: int) -> None:
    """Starts a subshell."""
    pid = task.kernel.fork(task, task.pc)
    task.pc = after
    task.stack.append([pid])
    task.await_children([pid])


def collect(task: Task) -> None:
    """Takes the exit statuses of a pipeline."""
    statuses = [task.kernel.reap(pid) for pid in task.stack.pop()]
    task.pipe_statuses = statuses
    task.status = statuses[-1]
    if "pipefail" in task.options:
        task.status = next((status for status in reversed(statuses) if status), 0)
    task.children_ended(statuses)


def background(task: Task, source: str, after: int) -> None:
    """Starts a job that nobody waits for."""
    task.start_job(source, task.pc)
    task.pc = after
    task.status = 0


def define(task: Task, name: str, source: str, line_number: int) -> None:
    """Defines a function."""
    task.functions = {**task.functions, name: [source, line_number]}
    task.status = 0


# tests


def arithmetic(task: Task, source: str = "") -> None:
    """`(( ))`: succeeds when the expression on the stack is not 0."""
    if source and "x" in task.options:
        task.trace_text(f"(( {source.strip()} ))")
    try:
        task.status = 0 if task.arithmetic(task.stack.pop(), command="((") else 1
    except ShellFault as fault:
        task.say(fault.message)
        task.status = 1


def test_unary(task: Task, operator: str) -> None:
    """`[[ -f x ]]`."""
    task.status = 0 if unary(task, operator, task.stack.pop()) else 1


def test_binary(task: Task, operator: str) -> None:
    """`[[ a == b ]]`."""
    right, left = task.stack.pop(), task.stack.pop()
    if operator in ("=", "=="):
        result = matches(right, left)
    elif operator == "!=":
        result = not matches(right, left)
    elif operator == "=~":
        task.status = task.match_regular(left, right)
        return
    elif operator in ("<", ">"):
        result = left < right if operator == "<" else left > right
    elif operator in NUMERIC:
        result = NUMERIC[operator](task.arithmetic(left, command="[["), task.arithmetic(right, command="[["))
    else:
        result = newer(task, operator, left, right)
    task.status = 0 if result else 1
