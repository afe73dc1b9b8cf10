"""Builtins that move the control of the program: exit, return, break, eval, source, exec, command, trap, wait."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.shell.builtin import builtin, find_builtin
from kubelab.terminal.shell.faults import ShellFault
from kubelab.terminal.shell.programs import compile_text
from kubelab.terminal.shell.scanning import Incomplete, SyntaxFault, unfinished
from kubelab.terminal.tool import Context, Wait


def _number(ctx: Context, default: int) -> int | None:
    """Reads the one number that exit, return, break and shift take; None after a complaint."""
    if not ctx.args:
        return default
    text = ctx.args[0]
    if not text.lstrip("-+").isdigit():
        bash = ctx.shell.flavour.name == "bash"
        problem = f"{text}: numeric argument required" if bash else f"Illegal number: {text}"
        ctx.shell.say(f"{ctx.name}: {problem}")
        return None
    return int(text)


@builtin("exit", "logout")
def exit_(ctx: Context) -> Any:
    """exit [n]"""
    shell = ctx.shell
    status = _number(ctx, shell.status)
    tty = shell.kernel.tty
    if shell.interactive and tty is not None and shell.flavour.name == "bash":
        tty.write("logout\n" if shell.name == "-bash" else "exit\n")
    shell.exit(2 if status is None else status)
    return None


@builtin("return")
def return_(ctx: Context) -> Any:
    """return [n]"""
    shell = ctx.shell
    status = _number(ctx, shell.status)
    if status is None:
        status = 2
    kinds = [frame["kind"] for frame in shell.frames]
    if not any(kind in ("function", "source") for kind in kinds):
        if shell.in_function or shell.flavour.name != "bash":
            shell.exit(status)
            return None
        shell.say("return: can only `return' from a function or sourced script")
        return 2
    shell.finish_tool(status)
    while True:
        frame = shell.pop_frame()
        if frame["kind"] in ("function", "source"):
            return None


@builtin("break")
def break_(ctx: Context) -> Any:
    """break [n]"""
    return _leave_loops(ctx, 0)


@builtin("continue")
def continue_(ctx: Context) -> Any:
    """continue [n]"""
    return _leave_loops(ctx, 1)


def _leave_loops(ctx: Context, where: int) -> Any:
    shell = ctx.shell
    count = _number(ctx, 1)
    if count is None:
        shell.exit(128)
        return None
    if count < 1:
        shell.say(f"{ctx.name}: {count}: loop count out of range")
        return 1
    if not shell.loops:
        if shell.flavour.name == "bash":
            shell.say(f"{ctx.name}: only meaningful in a `for', `while', or `until' loop")
        return 0
    shell.finish_tool(0)
    del shell.loops[max(1, len(shell.loops) - count + 1) :]
    loop = shell.loops[-1]
    _out, _again, stack, saved, quiet, _status = loop
    del shell.stack[stack:]
    while len(shell.saved) > saved:
        shell.unredirect(shell.saved.pop())
    shell.quiet = quiet
    loop[5] = 0
    shell.pc = loop[where]
    return None


@builtin("eval")
def eval_(ctx: Context) -> Any:
    """eval [word ...]"""
    text = " ".join(ctx.args)
    try:
        unit = ctx.shell.compile(text)
    except SyntaxFault as fault:
        ctx.shell.say(f"eval: syntax error near unexpected token `{fault.token}'")
        return 2
    except Incomplete as fault:
        ctx.shell.say("eval: " + unfinished(fault))
        return 2
    shell = ctx.shell
    saved, variables = _keep_redirects(ctx), _keep_variables(ctx)
    shell.finish_tool(0)
    shell.push_unit(unit, "eval", redirects=saved, locals=variables)
    return None


def _keep_redirects(ctx: Context) -> list[list[Any]]:
    """Lets a builtin's redirections hold for the program that it starts."""
    tool = ctx.shell.tool
    if tool is None:
        return []
    saved: list[list[Any]] = tool["saved"]
    tool["saved"] = []
    return saved


def _keep_variables(ctx: Context) -> dict[str, Any]:
    """Lets the assignments before a builtin hold for the program that it starts."""
    tool = ctx.shell.tool
    if tool is None:
        return {}
    kept: dict[str, Any] = tool["variables"]
    tool["variables"] = {}
    return kept


_DESCRIPTOR = re.compile(r"/dev/fd/\d+|/proc/self/fd/\d+")


@builtin(".")
@builtin("source", dash=False)
def source(ctx: Context) -> Any:
    """source file [arguments]"""
    shell = ctx.shell
    if not ctx.args:
        shell.say(f"{ctx.argv[0]}: filename argument required")
        shell.stream(2).write(f"{ctx.argv[0]}: usage: {ctx.argv[0]} filename [arguments]\n")
        return 2
    path = ctx.args[0]
    if path == "/dev/stdin" or _DESCRIPTOR.fullmatch(path):
        return _source_stream(ctx, path)
    try:
        text = ctx.read_file(path)
    except FileError as error:
        bash = shell.flavour.name == "bash"
        reason = error.reason if error.code != "EISDIR" else "is a directory"
        message = f"{ctx.argv[0]}: {path}: {reason}" if error.code == "EISDIR" else f"{path}: {reason}"
        shell.say(message if bash else f"{ctx.argv[0]}: can't open '{path}': {error.reason}")
        if not bash and not shell.interactive:
            shell.exit(2)
            return None
        return 1
    return _run_text(ctx, path, text)


def _source_stream(ctx: Context, path: str) -> Generator[Wait, Any, int | None]:
    """Runs what comes out of `<(command)` when all of it is there."""
    text = yield from ctx.read_all(int(path.rpartition("/")[2]) if path != "/dev/stdin" else 0)
    ctx.shell.generator = None  # it ends here, and cannot be closed from within
    return _run_text(ctx, path, text)


def _run_text(ctx: Context, path: str, text: str) -> int | None:
    """Runs a text in the shell itself."""
    shell = ctx.shell
    try:
        unit = ctx.shell.compile(text)
    except SyntaxFault as fault:
        shell.stream(2).write(f"{path}: line {text.count(chr(10), 0, fault.position) + 1}: ")
        shell.stream(2).write(f"syntax error near unexpected token `{fault.token}'\n")
        return 2
    except Incomplete as fault:
        line = text.count("\n") + 1
        shell.stream(2).write(f"{path}: line {line}: unexpected EOF while looking for `{fault.what}'\n")
        return 2
    facts: dict[str, Any] = {"name": path, "redirects": _keep_redirects(ctx), "locals": _keep_variables(ctx)}
    shell.finish_tool(0)
    if len(ctx.args) > 1:
        facts["args"] = shell.args
    shell.push_unit(unit, "source", **facts)
    shell.base_line = 0
    if len(ctx.args) > 1:
        shell.args = ctx.args[1:]
    return None


@builtin("exec")
def exec_(ctx: Context) -> Any:
    """exec [command [arguments]]: without a command, the redirections stay."""
    from kubelab.terminal.shell.launcher import launch

    shell = ctx.shell
    saved = _keep_redirects(ctx)
    for _fd, before in saved:
        if before is not None:
            shell.kernel.release(before)
    if not ctx.args:
        return 0
    shell.finish_tool(0)
    machine = shell.machine
    name = ctx.args[0]
    if machine.find(name) is None and not ("/" in name and shell.files.exists(shell.absolute(name))):
        shell.say(f"exec: {name}: not found")
        if not shell.interactive:
            shell.exit(127)
        else:
            shell.status = 127
        return None
    shell.traps.pop("EXIT", None)
    shell.interactive = shell.reads_script = False
    shell.frames.clear()
    shell.unit, shell.pc = compile_text("\0run"), 1
    launch(shell, ctx.args, [], [], functions=False)
    return None


@builtin("command", "builtin")
def command(ctx: Context) -> Any:
    """command [-vV] name [arguments]"""
    from kubelab.terminal.shell.builtins.naming import describe_command
    from kubelab.terminal.shell.launcher import BUILT_IN, launch

    args = ctx.args
    shell = ctx.shell
    if args and args[0] in ("-v", "-V"):
        statuses = [describe_command(ctx, name, brief=args[0] == "-v") for name in args[1:]]
        return 0 if any(statuses) else 1
    if args and args[0] in ("-p", "--"):
        args = args[1:]
    if not args:
        return 0
    if ctx.name == "builtin" and args[0] not in BUILT_IN and find_builtin(shell.flavour.name, args[0]) is None:
        shell.say(f"builtin: {args[0]}: not a shell builtin")
        return 1
    saved = _keep_redirects(ctx)
    shell.finish_tool(0)
    launch(shell, args, [], saved, functions=False)
    return None


@builtin("let", bash=True)
def let(ctx: Context) -> int:
    """let expression ..."""
    if not ctx.args:
        ctx.shell.say("let: expression expected")
        return 1
    value = 0
    for source_ in ctx.args:
        try:
            value = ctx.shell.arithmetic(source_, command="let")
        except ShellFault as fault:
            ctx.shell.say(fault.message)
            return 1
    return 0 if value else 1
