"""Builtins that tell what a name means: type, command -v, hash, alias, unalias, which is a program of its own."""

from __future__ import annotations

from kubelab.terminal.shell.builtin import builtin, find_builtin
from kubelab.terminal.shell.launcher import BUILT_IN
from kubelab.terminal.tool import Context

KEYWORDS = "if then elif else fi do done case esac for while until function in select time { } ! [[ ]] coproc".split()


def program_path(ctx: Context, name: str) -> str | None:
    """Returns where a program lies, as PATH finds it."""
    shell = ctx.shell
    if "/" in name:
        return name if shell.files.may(shell.absolute(name), "execute") or ctx.machine.find(name) else None
    for directory in (shell.lookup("PATH") or "").split(":"):
        path = f"{directory or '.'}/{name}"
        full = shell.absolute(path)
        if shell.files.is_file(full) and shell.files.may(full, "execute"):
            return path
    return f"/usr/bin/{name}" if ctx.machine.find(name) else None


def describe_command(ctx: Context, name: str, *, brief: bool) -> bool:
    """`command -v` and `command -V`; returns whether there is such a command."""
    kind = _kind(ctx, name)
    shell = ctx.shell
    if kind is None:
        if not brief:
            shell.say(f"{ctx.name}: {name}: not found" if shell.flavour.name == "bash" else f"{name}: not found")
        return False
    path = program_path(ctx, name) if kind == "file" else name
    if brief:
        ctx.print(f"alias {name}='{shell.aliases[name]}'" if kind == "alias" else str(path))
        return True
    _describe(ctx, name, kind, str(path))
    return True


def _kind(ctx: Context, name: str) -> str | None:
    shell = ctx.shell
    if name in shell.aliases and (shell.interactive or shell.flavour.name != "bash"):
        return "alias"
    if name in KEYWORDS:
        return "keyword"
    if name in shell.functions:
        return "function"
    if name in BUILT_IN or find_builtin(shell.flavour.name, name):
        return "builtin"
    return "file" if program_path(ctx, name) else None


def _describe(ctx: Context, name: str, kind: str, path: str) -> None:
    bash = ctx.shell.flavour.name == "bash"
    if kind == "alias":
        value = ctx.shell.aliases[name]
        ctx.print(f"{name} is aliased to `{value}'" if bash else f"{name} is an alias for {value}")
    elif kind == "keyword":
        ctx.print(f"{name} is a shell keyword")
    elif kind == "function":
        ctx.print(f"{name} is a function")
        if bash:
            ctx.write(function_text(name, ctx.shell.functions[name][0]))
    elif kind == "builtin":
        ctx.print(f"{name} is a shell builtin")
    else:
        ctx.print(f"{name} is {path}")


def function_text(name: str, source: str) -> str:
    """Returns a function's definition; its body as it was written."""
    return f"{name} () \n{source}\n"


@builtin("type")
def type_(ctx: Context) -> int:
    """type [-t|-p|-a] name ..."""
    shell = ctx.shell
    options = [arg for arg in ctx.args if arg.startswith("-")]
    status = 0
    for name in (arg for arg in ctx.args if not arg.startswith("-")):
        kind = _kind(ctx, name)
        if kind is None:
            status = 1
            if not options:
                message = f"type: {name}: not found" if shell.flavour.name == "bash" else f"{name}: not found"
                if shell.flavour.name == "bash":
                    shell.say(message)
                else:
                    ctx.print(message)
                    status = 127
        elif "-t" in options:
            ctx.print(kind)
        elif "-p" in options or "-P" in options:
            if kind == "file" or "-P" in options:
                ctx.print(program_path(ctx, name) or "")
        else:
            _describe(ctx, name, kind, program_path(ctx, name) or name)
    return status


@builtin("hash")
def hash_(ctx: Context) -> int:
    """hash: programs are found anew each time, there is nothing to remember."""
    if not ctx.args and ctx.shell.flavour.name == "bash":
        ctx.print("hash: hash table empty")
    return 0


@builtin("alias")
def alias(ctx: Context) -> int:
    """alias [name[=value] ...]"""
    shell = ctx.shell
    prefix = "alias " if shell.flavour.name == "bash" else ""
    names = [arg for arg in ctx.args if arg != "-p"]
    if not names:
        for name in sorted(shell.aliases):
            ctx.print(f"{prefix}{name}={_quoted(shell.aliases[name])}")
        return 0
    status = 0
    for arg in names:
        name, equals, value = arg.partition("=")
        if equals:
            shell.aliases = {**shell.aliases, name: value}
        elif name in shell.aliases:
            ctx.print(f"{prefix}{name}={_quoted(shell.aliases[name])}")
        else:
            shell.say(f"alias: {name}: not found")
            status = 1
    return status


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


@builtin("unalias")
def unalias(ctx: Context) -> int:
    """unalias [-a] name ..."""
    shell = ctx.shell
    if not ctx.args:
        shell.stream(2).write("unalias: usage: unalias [-a] name [name ...]\n")
        return 2
    if "-a" in ctx.args:
        shell.aliases = {}
        return 0
    status = 0
    for name in ctx.args:
        if name in shell.aliases:
            shell.aliases = {other: value for other, value in shell.aliases.items() if other != name}
        else:
            shell.say(f"unalias: {name}: not found")
            status = 1
    return status
