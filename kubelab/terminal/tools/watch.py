"""watch: runs a command again and again and shows its output on the whole screen. Source: procps-ng, watch(1)."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kubelab.terminal.shell.screen import visible
from kubelab.terminal.tool import Context, Exit, Keys, Steps, tool

LEAST = 0.1  # seconds between two runs
USAGE = """
Usage:
 watch [options] command

Options:
  -c, --color            interpret ANSI color and style sequences
  -d, --differences      highlight changes between updates
  -e, --errexit          exit if command has a non-zero exit
  -g, --chgexit          exit when output from command changes
  -n, --interval <secs>  seconds to wait between updates
  -t, --no-title         turn off header
  -x, --exec             pass command to exec instead of "sh -c"
"""
FLAGS = {
    "c": "color", "d": "differences", "e": "errexit", "g": "chgexit", "t": "no-title", "x": "exec", "b": "beep",
    "p": "precise",
}  # fmt: skip
REVERSE, PLAIN = "\x1b[7m", "\x1b[m"


@dataclass
class Options:
    """What watch was told."""

    interval: float = 2.0
    flags: set[str] = field(default_factory=set)
    command: list[str] = field(default_factory=list)


def _usage(message: str) -> Exit:
    return Exit(1, f"{message}\n{USAGE}\nFor more details see watch(1).\n" if message else USAGE)


def parse(args: list[str]) -> Options:
    """Reads the command line."""
    options = Options()
    while args and args[0].startswith("-") and len(args[0]) > 1:
        option, args = args[0], args[1:]
        if option == "--":
            break
        if option.startswith("--"):
            name, equals, value = option[2:].partition("=")
            if name == "interval":
                value, args = (value, args) if equals else (args[0] if args else "", args[1:])
                options.interval = _seconds(value)
            elif name in FLAGS.values():
                options.flags.add(name)
            else:
                raise _usage(f"watch: unrecognized option '{option}'")
        else:
            args = _letters(option[1:], args, options)
    options.command = args
    if not args:
        raise _usage("")
    return options


def _letters(letters: str, args: list[str], options: Options) -> list[str]:
    for index, letter in enumerate(letters):
        if letter == "n":
            value = letters[index + 1 :]
            if not value:
                value, args = (args[0] if args else ""), args[1:]
            options.interval = _seconds(value)
            return args
        if letter not in FLAGS:
            raise _usage(f"watch: invalid option -- '{letter}'")
        options.flags.add(FLAGS[letter])
    return args


def _seconds(text: str) -> float:
    try:
        return max(LEAST, float(text.replace(",", ".")))
    except ValueError:
        raise Exit(1, f"watch: failed to parse argument: '{text}': Invalid argument\n") from None


@tool("watch")
def watch(ctx: Context) -> Steps:
    """watch [options] command"""
    options = parse(ctx.args)
    if not ctx.tty:
        raise Exit(1, "Error opening terminal: unknown.\n")
    ctx.full_screen()
    argv = options.command if "exec" in options.flags else ["sh", "-c", " ".join(options.command)]
    before: list[str] | None = ctx.state.get("lines")
    while True:
        if "next" not in ctx.state:
            status, output = yield from ctx.capture(argv)
            lines = output.expandtabs(8).splitlines()
            ctx.state.update(lines=lines[: ctx.rows], next=ctx.now + options.interval)
            _show(ctx, options, lines, before)
            if ("errexit" in options.flags and status) or ("chgexit" in options.flags and before not in (None, lines)):
                break
            before = lines
        if (yield from _is_over(ctx)):
            break
        del ctx.state["next"]
    ctx.full_screen(False)
    return 0


def _is_over(ctx: Context) -> Generator[Any, Any, bool]:
    """Waits for the next run; tells whether a key ended it: q or Ctrl-C."""
    while ctx.now < ctx.state["next"]:
        yield Keys(ctx.state["next"])
        if any(key in "qQ\x03" for key in ctx.keys()):
            return True
    return any(key in "qQ\x03" for key in ctx.keys())


def _show(ctx: Context, options: Options, lines: list[str], before: list[str] | None) -> None:
    """Paints the screen anew."""
    head: list[str] = []
    if "no-title" not in options.flags:
        head = [_title(ctx, options), ""]
    body = [line if "color" in options.flags else visible(line) for line in lines[: ctx.rows - len(head)]]
    if "differences" in options.flags and before is not None:
        body = [_marked(line, before[row] if row < len(before) else "") for row, line in enumerate(body)]
    else:
        body = [line[: ctx.columns] if "color" not in options.flags else line for line in body]
    ctx.write("\x1b[H" + "\n".join(f"{line}\x1b[K" for line in [*head, *body]) + "\x1b[J")


def _title(ctx: Context, options: Options) -> str:
    when = datetime.fromtimestamp(ctx.now, UTC).strftime("%a %b %e %H:%M:%S %Y")
    right = f"{ctx.machine.hostname}: {when}"
    left = f"Every {options.interval:.1f}s: {' '.join(options.command)}"
    room = ctx.columns - len(right) - 1
    if room < 10:
        return left[: ctx.columns]
    if len(left) > room:
        left = left[: room - 3] + "..."
    return f"{left:<{room}} {right}"


def _marked(line: str, before: str) -> str:
    """Returns a line with what is new in it in reverse."""
    out: list[str] = []
    marked = False
    for index, letter in enumerate(line):
        new = before[index : index + 1] != letter
        if new != marked:
            out.append(REVERSE if new else PLAIN)
            marked = new
        out.append(letter)
    return "".join(out) + (PLAIN if marked else "")
