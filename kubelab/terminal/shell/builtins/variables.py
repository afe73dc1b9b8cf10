"""Builtins of variables: export, unset, readonly, local, declare, set, shift, getopts."""

from __future__ import annotations

import re
from typing import Any

from kubelab.terminal.shell.builtin import builtin
from kubelab.terminal.shell.builtins.naming import function_text
from kubelab.terminal.shell.lexer import is_name
from kubelab.terminal.shell.parameters import quoted
from kubelab.terminal.shell.scope import LETTERS
from kubelab.terminal.tool import Context

_SHOWN = re.compile(r"[\w@%+=:,./-]*")


def _split(argument: str) -> tuple[str, str | None, bool]:
    """Splits `name=value` and `name+=value`; the value is None where there is none."""
    name, equals, value = argument.partition("=")
    append = bool(equals) and name.endswith("+")
    return (name[:-1] if append else name), (value if equals else None), append


def _invalid(ctx: Context, argument: str) -> int:
    shell = ctx.shell
    name = _split(argument)[0]
    shown = argument if shell.flavour.name == "bash" else name
    bash = shell.flavour.name == "bash"
    shell.say(f"{ctx.name}: `{shown}': not a valid identifier" if bash else f"{ctx.name}: {shown}: bad variable name")
    return 1


def declaration(ctx: Context, name: str) -> str:
    """Returns a variable as `declare -p` shows it."""
    variables = ctx.shell.variables
    flags = "".join(letter for letter in "aAilrux" if letter in variables.flags.get(name, "")) or "-"
    value = variables.values.get(name)
    if value is None:
        return f"declare -{flags} {name}"
    if isinstance(value, dict):
        items = "".join(f"[{key}]={_double(value[key])} " for key in variables.keys(name))
        return f"declare -{flags} {name}=({items if variables.is_associative(name) else items.rstrip()})"
    return f"declare -{flags} {name}={_double(value)}"


def _double(text: str) -> str:
    if any(ord(letter) < 32 for letter in text):
        return quoted(text)
    return '"' + re.sub(r'([$`"\\])', r"\\\1", text) + '"'


@builtin("export", "readonly")
def export(ctx: Context) -> int:
    """export [-n] [-p] [name[=value] ...]"""
    shell = ctx.shell
    letter = "x" if ctx.name == "export" else "r"
    options = [arg for arg in ctx.args if arg.startswith("-")]
    names = [arg for arg in ctx.args if not arg.startswith("-")]
    if not names:
        for name in sorted(shell.variables.flags):
            if letter in shell.variables.flags[name]:
                _show_export(ctx, name)
        return 0
    status = 0
    for argument in names:
        name, value, append = _split(argument)
        if not is_name(name):
            status = _invalid(ctx, argument)
            continue
        if value is not None:
            shell.assign(name, value, append=append)
        if "-n" in options:
            shell.variables.unflag(name, letter)
        else:
            shell.variables.flag(name, letter)
    return status


def _show_export(ctx: Context, name: str) -> None:
    if ctx.shell.flavour.name == "bash":
        ctx.print(declaration(ctx, name))
        return
    value = ctx.shell.variables.get(name)
    ctx.print(f"{ctx.name} {name}" + (f"={quoted(value)}" if value is not None else ""))


@builtin("unset")
def unset(ctx: Context) -> int:
    """unset [-f|-v] name ..."""
    shell = ctx.shell
    names = [arg for arg in ctx.args if arg not in ("-f", "-v")]
    for name in names:
        base, bracket, index = name.partition("[")
        if "-f" in ctx.args or (base not in shell.variables.values and base in shell.functions):
            shell.functions = {other: body for other, body in shell.functions.items() if other != name}
        elif "r" in shell.variables.flags.get(base, ""):
            shell.say(f"unset: {name}: cannot unset: readonly variable")
            return 1
        elif bracket:
            index = index.removesuffix("]")
            if index in ("@", "*"):
                shell.variables.unset(base)
            else:
                key = index if shell.variables.is_associative(base) else str(shell.arithmetic(index))
                shell.variables.unset(base, key)
        elif not is_name(name):
            return _invalid(ctx, name)
        else:
            shell.variables.unset(name)
    return 0


def _make_local(ctx: Context, name: str) -> None:
    """Notes what a variable was outside of the function."""
    shell = ctx.shell
    for frame in reversed(shell.frames):
        if frame["kind"] == "function":
            kept: dict[str, Any] = frame["locals"]
            if name not in kept:
                kept[name] = shell.variables.keep(name)
                shell.variables.restore(name, [None, None])
            return


@builtin("local")
def local(ctx: Context) -> int:
    """local [option] [name[=value] ...]"""
    inside = ctx.shell.in_function or any(frame["kind"] == "function" for frame in ctx.shell.frames)
    if not inside:
        bash = ctx.shell.flavour.name == "bash"
        ctx.shell.say("local: can only be used in a function" if bash else "local: not in a function")
        return 1
    return _declare(ctx, local=True)


@builtin("declare", "typeset", bash=True)
def declare(ctx: Context) -> int:
    """declare [-aAfFgilprtux] [name[=value] ...]"""
    letters = "".join(arg[1:] for arg in ctx.args if arg.startswith("-"))
    names = [arg for arg in ctx.args if not arg.startswith(("-", "+"))]
    if "f" in letters or "F" in letters:
        return _functions(ctx, names, brief="F" in letters)
    if "p" in letters or not names:
        return _print(ctx, names)
    inside = any(frame["kind"] == "function" for frame in ctx.shell.frames)
    return _declare(ctx, local=inside and "g" not in letters)


def _functions(ctx: Context, names: list[str], *, brief: bool) -> int:
    functions = ctx.shell.functions
    status = 0
    for name in names or sorted(functions):
        if name not in functions:
            status = 1
        elif brief:
            ctx.print(name if names else f"declare -f {name}")
        else:
            ctx.write(function_text(name, functions[name][0]))
    return status


def _print(ctx: Context, names: list[str]) -> int:
    variables = ctx.shell.variables
    status = 0
    for name in names or sorted({**variables.values, **variables.flags}):
        if name in variables.values or name in variables.flags:
            ctx.print(declaration(ctx, name))
        else:
            ctx.shell.say(f"{ctx.name}: {name}: not found")
            status = 1
    return status


def _declare(ctx: Context, *, local: bool) -> int:
    shell = ctx.shell
    on = "".join(arg[1:] for arg in ctx.args if arg.startswith("-")).replace("g", "")
    off = "".join(arg[1:] for arg in ctx.args if arg.startswith("+"))
    status = 0
    for argument in (arg for arg in ctx.args if not arg.startswith(("-", "+"))):
        name, value, append = _split(argument)
        base, bracket, index = name.partition("[")
        if not is_name(base):
            status = _invalid(ctx, argument)
            continue
        if local:
            old = shell.variables.get(base) if append else None
            _make_local(ctx, base)
            value = (old or "") + value if value is not None and append else value
        late = "".join(letter for letter in "rn" if letter in on)  # they hold from the first assignment on
        shell.variables.flag(base, on.translate({ord("r"): None, ord("n"): None}))
        if off:
            shell.variables.unflag(base, off)
        if ("a" in on or "A" in on) and base not in shell.variables.values and value is None:
            shell.variables.values[base] = {}
        if value is not None:
            shell.assign(base, value, index.removesuffix("]") if bracket else None, append=append and not local)
        shell.variables.flag(base, late)
        if not shell.variables.flags.get(base):
            shell.variables.flags.pop(base, None)
    return status


@builtin("set")
def set_(ctx: Context) -> int:
    """set [-aefnuvxC] [-o option] [--] [argument ...]"""
    shell = ctx.shell
    args = ctx.args
    if not args:
        for name in sorted(shell.variables.values):
            value = shell.variables.values[name]
            if isinstance(value, dict):
                ctx.print(declaration(ctx, name).partition(" ")[2].partition(" ")[2])
            else:
                plain = _SHOWN.fullmatch(value) is not None and shell.flavour.name == "bash"
                ctx.print(f"{name}={value if plain else quoted(value)}")
        return 0
    while args and args[0][:1] in ("-", "+") and len(args[0]) > 1:
        option, args = args[0], args[1:]
        if option == "--":
            shell.args = args
            return 0
        for letter in option[1:]:
            if letter == "o":
                if not args:
                    return _show_options(ctx, option[0] == "+")
                name, args = args[0], args[1:]
                if name not in LETTERS and name not in _LONG:
                    shell.say(f"set: {name}: invalid option name")
                    return 2
                shell.set_option(name, option[0] == "-")
            elif letter in "aefhnuvxCBEHPmTbtk":
                shell.set_option(letter, option[0] == "-")
            else:
                shell.say(f"set: {option[0]}{letter}: invalid option")
                if shell.flavour.name == "bash":
                    ctx.error("set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n")
                return 2
    if args:
        shell.args = args[1:] if args[0] in ("-", "--") else args
    return 0


_LONG = ("pipefail", "posix", "emacs", "vi", "history", "monitor", "ignoreeof", "braceexpand", "hashall", "errtrace")


def _show_options(ctx: Context, as_commands: bool) -> int:
    for name in sorted([*LETTERS, "pipefail", "posix", "emacs", "vi"]):
        on = ctx.shell.has_option(name)
        ctx.print(f"set {'-' if on else '+'}o {name}" if as_commands else f"{name:<15}\t{'on' if on else 'off'}")
    return 0


@builtin("shift")
def shift(ctx: Context) -> int:
    """shift [n]"""
    shell = ctx.shell
    text = ctx.args[0] if ctx.args else "1"
    if not text.isdigit():
        shell.say(f"shift: {text}: numeric argument required")
        return 1
    if int(text) > len(shell.args):
        if shell.flavour.name != "bash":
            shell.say("shift: can't shift that many")
            shell.exit(2)
        return 1
    shell.args = shell.args[int(text) :]
    return 0


@builtin("getopts")
def getopts(ctx: Context) -> int:
    """getopts optstring name [argument ...]"""
    shell = ctx.shell
    if len(ctx.args) < 2:
        shell.stream(2).write("getopts: usage: getopts optstring name [arg]\n")
        return 2
    options, name, *words = ctx.args
    words = words or shell.args
    silent = options.startswith(":")
    index = int(shell.lookup("OPTIND") or 1)
    position = int(shell.variables.get("__optpos") or 1) if shell.variables.get("__optind") == str(index) else 1
    if index > len(words) or not words[index - 1].startswith("-") or words[index - 1] == "-":
        return _end_of_options(ctx, name, index)
    word = words[index - 1]
    if word == "--":
        return _end_of_options(ctx, name, index + 1)
    letter = word[position]
    place = options.find(letter) if letter != ":" else -1
    position += 1
    argument: str | None = None
    if place < 0:
        shell.assign("OPTARG", letter) if silent else shell.variables.unset("OPTARG")
        if not silent:
            shell.stream(2).write(f"{shell.name}: illegal option -- {letter}\n")
        found = "?"
    elif options[place + 1 : place + 2] == ":":
        found, argument, index, position = _option_argument(ctx, words, index, position, letter, silent)
    else:
        found = letter
        shell.variables.unset("OPTARG")
    if argument is not None:
        shell.assign("OPTARG", argument)
    if position >= len(word) and argument is None:
        index, position = index + 1, 1
    shell.assign(name, found)
    shell.assign("OPTIND", str(index))
    shell.variables.set("__optpos", str(position))
    shell.variables.set("__optind", str(index))
    return 0


def _end_of_options(ctx: Context, name: str, index: int) -> int:
    ctx.shell.assign(name, "?")
    ctx.shell.assign("OPTIND", str(index))
    return 1


def _option_argument(
    ctx: Context, words: list[str], index: int, position: int, letter: str, silent: bool
) -> tuple[str, str | None, int, int]:
    """Takes an option's argument: the rest of the word, or the next word."""
    word = words[index - 1]
    if position < len(word):
        return letter, word[position:], index + 1, 1
    if index < len(words):
        return letter, words[index], index + 2, 1
    if silent:
        return ":", letter, index + 1, 1
    ctx.shell.stream(2).write(f"{ctx.shell.name}: option requires an argument -- {letter}\n")
    ctx.shell.variables.unset("OPTARG")
    return "?", None, index, position
