"""clear, reset, tput, stty, man: around the terminal. Sources: ncurses, man-db."""

from __future__ import annotations

from kubelab.terminal.options import refuse
from kubelab.terminal.running import problem
from kubelab.terminal.tool import Context, Exit, tool

COLOURS = {
    "bold": "\x1b[1m", "dim": "\x1b[2m", "smul": "\x1b[4m", "rmul": "\x1b[24m", "rev": "\x1b[7m", "smso": "\x1b[7m",
    "rmso": "\x1b[27m", "sgr0": "\x1b(B\x1b[m", "clear": "\x1b[H\x1b[2J\x1b[3J", "bel": "\a", "el": "\x1b[K",
    "ed": "\x1b[J", "civis": "\x1b[?25l", "cnorm": "\x1b[?12l\x1b[?25h", "smcup": "\x1b[?1049h",
    "rmcup": "\x1b[?1049l", "sc": "\x1b7", "rc": "\x1b8", "home": "\x1b[H", "op": "\x1b[39;49m", "cuu1": "\x1b[A",
}  # fmt: skip


@tool("clear", "reset")
def clear(ctx: Context) -> int:
    """clear"""
    ctx.write("\x1b[H\x1b[2J\x1b[3J")
    return 0


@tool("tput")
def tput(ctx: Context) -> int:
    """tput cols | lines | colors | bold | setaf colour | sgr0 | clear | cup row column ..."""
    args = ctx.args
    if not args:
        raise Exit(2, "usage: tput [-V] [-S] [-T term] capname\n")
    name, numbers = args[0], [int(arg) for arg in args[1:] if arg.isdigit()]
    values = {"cols": str(ctx.columns), "lines": str(ctx.rows), "colors": "256"}
    if name in values:
        ctx.print(values[name])
    elif name in COLOURS:
        ctx.write(COLOURS[name])
    elif name in ("setaf", "setab") and numbers:
        base, bright, number = (3, 9, numbers[0]) if name == "setaf" else (4, 10, numbers[0])
        plain = f"{base}{number}" if number < 8 else f"{bright}{number - 8}" if number < 16 else f"{base}8;5;{number}"
        ctx.write(f"\x1b[{plain}m")
    elif name == "cup" and len(numbers) > 1:
        ctx.write(f"\x1b[{numbers[0] + 1};{numbers[1] + 1}H")
    else:
        refuse(ctx, f"the capability '{name}'", 4)
    return 0


@tool("stty")
def stty(ctx: Context) -> int:
    """stty size"""
    if ctx.args == ["size"] and ctx.stdin_tty:
        ctx.print(f"{ctx.rows} {ctx.columns}")
        return 0
    if not ctx.stdin_tty:
        raise Exit(1, "stty: 'standard input': Inappropriate ioctl for device\n")
    if ctx.args in (["sane"], ["echo"], ["-echo"], []):
        return 0
    refuse(ctx, f"stty {' '.join(ctx.args)}")


@tool("man")
def man(ctx: Context) -> int:
    """man name"""
    names = [arg for arg in ctx.args if not arg.startswith("-") and not arg.isdigit()]
    if not names:
        raise Exit(1, "What manual page do you want?\nFor example, try 'man man'.\n")
    if problem(ctx, names[0]) is not None:
        raise Exit(16, f"No manual entry for {names[0]}\n")
    raise Exit(1, f"man: manual pages are not simulated in KubeLab; try '{names[0]} --help'\n")
