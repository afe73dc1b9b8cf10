"""Instructions of simple commands: assignments, arguments, redirections, and the launch itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubelab.terminal.shell.faults import RedirectFault
from kubelab.terminal.shell.variables import ReadOnly

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task


def begin(task: Task, line: int) -> None:
    """Begins a command (or the words of a loop)."""
    if line:
        task.line = line
    task.substituted = None
    task.stack.append({"argv": [], "assign": [], "redirects": []})


def assign(task: Task, name: str, indexed: bool, append: bool) -> None:
    """Takes a value (and a subscript) off the stack as an assignment of the command."""
    value = task.stack.pop()
    index = task.stack.pop() if indexed else None
    task.stack[-1]["assign"].append([name, index, append, value])


def assign_now(task: Task) -> None:
    """Carries out the last assignment at once: no command follows."""
    command = task.stack[-1]
    apply_assignment(task, command["assign"][-1])
    command["applied"] = len(command["assign"])


def open_array(task: Task) -> None:
    """Begins the elements of `a=(...)`."""
    task.stack.append({"argv": [], "keys": {}})


def array_item(task: Task) -> None:
    """Takes `[key]=value` off the stack as an element."""
    value, key = task.stack.pop(), task.stack.pop()
    array = task.stack[-1]
    array["keys"][str(len(array["argv"]))] = key
    array["argv"].append(value)


def assign_array(task: Task, name: str, append: bool) -> None:
    """Takes the elements off the stack as an assignment of the command."""
    array = task.stack.pop()
    task.stack[-1]["assign"].append([name, None, append, array])


def redirect(task: Task, fd: int, operator: str) -> None:
    """Takes a target off the stack as a redirection of the command."""
    target = task.stack.pop()
    task.stack[-1]["redirects"].append([fd, operator, target])


def open_redirects(task: Task) -> None:
    """Begins the redirections of a compound command."""
    begin(task, 0)


def apply_redirects(task: Task, failed: int) -> None:
    """Redirects for the compound command that follows; jumps over it when that fails."""
    command = task.stack.pop()
    try:
        task.saved.append(task.redirect(command["redirects"]))
    except RedirectFault as fault:
        task.say(str(fault))
        task.status = task.flavour.redirect_status
        task.pc = failed
        task.failed_quietly()


def undo_redirects(task: Task) -> None:
    """Ends the redirections of a compound command."""
    task.unredirect(task.saved.pop())


def run(task: Task) -> None:
    """Runs the command on the stack."""
    command = task.stack.pop()
    if "DEBUG" in task.traps and not command.get("debugged") and task.may_trap("DEBUG"):
        command["debugged"] = True
        task.stack.append(command)
        task.pc -= 1
        task.run_trap("DEBUG")
        return
    task.pipe_statuses = []
    if "x" in task.options:
        task.trace(command)
    argv: list[str] = command["argv"]
    if not argv:
        _assign_only(task, command)
        return
    try:
        saved = task.redirect(command["redirects"])
    except RedirectFault as fault:
        task.say(str(fault))
        task.status = task.flavour.redirect_status
        return
    task.launch(argv, command["assign"], saved)


def _assign_only(task: Task, command: dict[str, Any]) -> None:
    """A command without a name: its assignments stay, its redirections only open the files."""
    try:
        task.unredirect(task.redirect(command["redirects"]))
    except RedirectFault as fault:
        task.say(str(fault))
        task.status = task.flavour.redirect_status
        return
    for assignment in command["assign"][command.get("applied", 0) :]:
        apply_assignment(task, assignment)
    task.status = task.substituted or 0


def apply_assignment(task: Task, assignment: list[Any]) -> None:
    """Carries out `name=value`, `name[i]=value`, `name+=value` or `name=(...)`."""
    name, index, append, value = assignment
    try:
        if isinstance(value, dict):
            task.assign_array(name, value, append=append)
        else:
            task.assign(name, value, index, append=append)
    except ReadOnly:
        task.read_only(name)
