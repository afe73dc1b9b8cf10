"""kubectl's place in the shell: reads the command line, runs the command, renders what goes wrong."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.api.errors import ApiError
from kubelab.terminal.inputs import descriptor
from kubelab.terminal.kubectl import help as help_texts
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.client import client_release
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError, Failures, PlainError, UsageError, render
from kubelab.terminal.kubectl.flags import FlagError, Flags, FlagSet, HelpWanted
from kubelab.terminal.kubectl.global_flags import GLOBAL_FLAGS
from kubelab.terminal.kubectl.kuberc import preferring
from kubelab.terminal.kubectl.plugins import of_subcommand, plugin
from kubelab.terminal.kubectl.tree import tree
from kubelab.terminal.shell.escapes import readable
from kubelab.terminal.tool import Context, Steps, tool

_Problem = (ApiError, CommandError, Failures)


@tool("kubectl")
def kubectl(ctx: Context) -> int | Steps:
    """Runs one command line; what is no UTF-8 in it is replaced, as Go does when it makes JSON of it."""
    given = [readable(word) for word in ctx.args]
    try:
        minor = int(client_release(ctx.machine).split(".")[1])
        command, words = preferring(ctx, minor, given, tree().find)
    except PlainError as error:
        return _fail(ctx, error)
    except CommandError as error:
        return _plugin(ctx, given, error)
    called = of_subcommand(ctx, command, given, words) if command is not None else None
    if called is not None:
        return ctx.run(called)
    try:
        flags = (command.flag_set if command is not None else FlagSet(GLOBAL_FLAGS)).parse(words)
    except HelpWanted:
        ctx.write(_help(command))
        return 0
    except FlagError as error:
        path = command.full_path if command is not None else "kubectl"
        if command is not None and command.path == "diff":  # its status 1 means that something differs
            return _fail(ctx, CommandError(UsageError(path, str(error)).message, 2))
        return _fail(ctx, CommandError(f"{error}\nSee '{path} --help' for usage."))
    if command is None:
        ctx.write(_help(None))
        return 0
    return _run(ctx, command, flags)


def _plugin(ctx: Context, words: list[str], unknown: CommandError) -> int | Steps:
    """Runs what is no command of kubectl's own."""
    try:
        called = plugin(ctx, words)
    except CommandError as error:
        return _fail(ctx, error)
    return ctx.run(called) if called is not None else _fail(ctx, unknown)


def _run(ctx: Context, command: Command, flags: Flags) -> int | Steps:
    for warning in flags.warnings:
        ctx.error(warning + "\n")
    call = Call(ctx, command, flags)
    call.commands = {each.name for each in tree().below("")}
    names = flags.items("filename") if "filename" in command.flag_set.by_name else []
    streams = [name for name in names if descriptor(name) is not None]
    if streams:
        return _steps(call, _with_streams(call, streams))
    try:
        result = _begin(call)
    except _Problem as error:
        return _fail(ctx, error)
    if isinstance(result, Generator):
        return _steps(call, result)
    return _end(call, result)


def _begin(call: Call) -> int | Steps | None:
    command = call.command
    missing = [name for name in command.required if not call.flags.changed(name)]
    if missing:
        quoted = ", ".join(f'"{name}"' for name in missing)
        raise CommandError(f"required flag(s) {quoted} not set")
    if command.run is None:
        if call.args and command.help_status:
            raise call.usage(f'unknown command "{" ".join(call.args)}"')
        (call.out if command.help_stream == 1 else call.err)(_help(command))
        return command.help_status
    return command.run(call)


def _with_streams(call: Call, names: list[str]) -> Steps:
    """Reads what -f names and is no file: standard input, and what `<(command)` stands for."""
    read = call.state.setdefault("@streams", {})
    for name in names:
        if name not in read:
            read[name] = yield from call.ctx.read_all(descriptor(name) or 0)
    call.state["@stdin"] = read.get("-", "")
    result = _begin(call)
    if isinstance(result, Generator):
        return (yield from result)
    return result or 0


def _steps(call: Call, steps: Generator[Any, Any, int | None]) -> Steps:
    try:
        result = yield from steps
    except _Problem as error:
        return _fail(call.ctx, error)
    return _end(call, result)


def _end(call: Call, result: int | None) -> int:
    if call.warnings and call.flags.on("warnings-as-errors"):
        plural = "s" if call.warnings > 1 else ""
        call.err(f"error: {call.warnings} warning{plural} received\n")
        return 1
    return result or 0


def _fail(ctx: Context, error: Exception) -> int:
    text, code = render(error)
    ctx.error(text)
    return code


def _help(command: Command | None) -> str:
    below = tree().below(command.path if command is not None else "")
    return help_texts.root_help(below) if command is None else help_texts.command_help(command, below)


# Commands are read together with the terminal's tools, so that the first line that is typed need not wait for them.
tree()
