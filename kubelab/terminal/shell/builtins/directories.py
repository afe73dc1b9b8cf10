"""Builtins of the working directory: cd, pwd, pushd, popd, dirs, umask."""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.shell.builtin import builtin
from kubelab.terminal.tool import Context


def logical(path: str) -> str:
    """Returns a path without `.`, `..` and doubled slashes, links left as they are."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part and part != ".":
            parts.append(part)
    return "/" + "/".join(parts)


def change_directory(ctx: Context, target: str, shown: str) -> bool:
    """Moves to a directory; complains and returns False when that fails."""
    shell = ctx.shell
    path = logical(shell.absolute(target))
    try:
        if not shell.files.stat(path).is_dir:
            raise FileError("ENOTDIR", path)
        if not shell.files.may(path, "execute"):
            raise FileError("EACCES", path)
    except FileError as error:
        bash = shell.flavour.name == "bash"
        reason = f": {error.reason}" if shell.flavour.name != "dash" else ""
        shell.say(f"{ctx.name}: {shown}: {error.reason}" if bash else f"cd: can't cd to {shown}{reason}")
        return False
    shell.variables.set("OLDPWD", shell.cwd)
    shell.variables.set("PWD", path)
    shell.variables.flag("OLDPWD", "x")
    shell.variables.flag("PWD", "x")
    shell.cwd = path
    return True


@builtin("pwd")
def pwd(ctx: Context) -> int:
    """pwd [-L|-P]"""
    options = [arg for arg in ctx.args if arg.startswith("-") and arg not in ("-", "--")]
    wrong = next((option for option in options if option.strip("-LP")), None)
    if wrong is not None:
        ctx.shell.say(f"pwd: {wrong[:2]}: invalid option")
        ctx.error("pwd: usage: pwd [-LP]\n")
        return 2
    physical = bool(options) and options[-1].endswith("P")
    ctx.print(ctx.files.realpath(ctx.cwd) if physical else ctx.cwd)
    return 0


@builtin("cd")
def cd(ctx: Context) -> int:
    """cd [-L|-P] [directory]"""
    shell = ctx.shell
    args = [arg for arg in ctx.args if arg not in ("-L", "-P", "--")]
    if len(args) > 1:
        shell.say("cd: too many arguments")
        return 1
    target = args[0] if args else shell.lookup("HOME")
    if target is None:
        shell.say("cd: HOME not set")
        return 1
    shown = target
    if target == "-":
        old = shell.lookup("OLDPWD")
        if not old:
            shell.say("cd: OLDPWD not set")
            return 1
        shown = target = old
        if not change_directory(ctx, target, shown):
            return 1
        ctx.print(shell.cwd)
        return 0
    if target == "":
        return 0
    for directory in (shell.lookup("CDPATH") or "").split(":"):
        if directory and not target.startswith(("/", "./", "../")) and target not in (".", ".."):
            path = f"{directory}/{target}"
            if shell.files.is_dir(shell.absolute(path)):
                ok = change_directory(ctx, path, shown)
                ctx.print(shell.cwd)
                return 0 if ok else 1
    if not change_directory(ctx, target, shown):
        return 2 if shell.flavour.name == "dash" else 1
    if "-P" in ctx.args:
        shell.cwd = shell.files.realpath(shell.cwd)
        shell.variables.set("PWD", shell.cwd)
    return 0


def _tilde(ctx: Context, path: str) -> str:
    home = ctx.shell.lookup("HOME") or ""
    return "~" + path[len(home) :] if home and (path == home or path.startswith(home + "/")) else path


def _stack(ctx: Context) -> list[str]:
    return ctx.shell.variables.elements("DIRSTACK")


def _show(ctx: Context) -> None:
    ctx.print(" ".join(_tilde(ctx, path) for path in [ctx.cwd, *_stack(ctx)]))


def _keep(ctx: Context, stack: list[str]) -> None:
    ctx.shell.variables.set_array("DIRSTACK", {str(index): path for index, path in enumerate(stack)})


@builtin("pushd", bash=True)
def pushd(ctx: Context) -> int:
    """pushd [directory]"""
    stack, here = _stack(ctx), ctx.cwd
    if not ctx.args:
        if not stack:
            ctx.shell.say("pushd: no other directory")
            return 1
        target, *rest = stack
    else:
        target, rest = ctx.args[0], stack
    if not change_directory(ctx, target, target):
        return 1
    _keep(ctx, [here, *rest])
    _show(ctx)
    return 0


@builtin("popd", bash=True)
def popd(ctx: Context) -> int:
    """popd"""
    stack = _stack(ctx)
    if not stack:
        ctx.shell.say("popd: directory stack empty")
        return 1
    if not change_directory(ctx, stack[0], stack[0]):
        return 1
    _keep(ctx, stack[1:])
    _show(ctx)
    return 0


@builtin("dirs", bash=True)
def dirs(ctx: Context) -> int:
    """dirs [-c]"""
    if ctx.args == ["-c"]:
        _keep(ctx, [])
    else:
        _show(ctx)
    return 0


@builtin("umask")
def umask(ctx: Context) -> int:
    """umask [-S] [mode]"""
    shell = ctx.shell
    if not ctx.args:
        ctx.print(f"{shell.umask:04o}")
        return 0
    if ctx.args[0] == "-S":
        rights = [(~shell.umask >> shift) & 7 for shift in (6, 3, 0)]
        shown = ["".join(letter for bit, letter in ((4, "r"), (2, "w"), (1, "x")) if right & bit) for right in rights]
        ctx.print("u={},g={},o={}".format(*shown))
        return 0
    try:
        shell.umask = int(ctx.args[0], 8) & 0o777
    except ValueError:
        shell.say(f"umask: {ctx.args[0]}: octal number out of range")
        return 1
    return 0
