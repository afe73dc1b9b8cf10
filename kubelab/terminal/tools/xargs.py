"""xargs: runs a command with arguments from standard input. Source: GNU findutils."""

from __future__ import annotations

from kubelab.terminal.inputs import gather
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.running import problem
from kubelab.terminal.shell.streams import packed, unpacked
from kubelab.terminal.tool import Context, Exit, Steps, tool

USAGE = Usage("""
Usage: xargs [OPTION]... COMMAND [INITIAL-ARGS]...
Run COMMAND with INITIAL-ARGS and arguments read from standard input.

  -0, --null                    arguments end with NUL; quotes are plain letters
  -a, --arg-file=FILE           arguments from FILE
  -d, --delimiter=CHARACTER     arguments end with CHARACTER
  -E END                        the argument END ends the input
  -I REPLACE                    a command for each line, which is put in place of REPLACE
  -i, --replace[=R]             as -I R, or -I {}
  -L, --max-lines=MAX-LINES     at most MAX-LINES lines a command
  -l[MAX-LINES]   as -L, or -L 1
  -n, --max-args=MAX-ARGS       at most MAX-ARGS arguments a command
  -o, --open-tty                nothing
  -P, --max-procs=MAX-PROCS     nothing: one command after the other
  -r, --no-run-if-empty         no command where there are no arguments
  -s, --max-chars=MAX-CHARS     command lines of at most MAX-CHARS bytes
  -t, --verbose                 tell what is run
  -x, --exit                    nothing
""", not_simulated="-p --interactive --process-slot-var --show-limits", ordered=True)  # fmt: skip
CHARACTERS = 131_072  # of a command line, as findutils limits it
ESCAPES = {"\\n": "\n", "\\t": "\t", "\\0": "\0", "\\\\": "\\", "\\r": "\r"}


@tool("xargs")
def xargs(ctx: Context) -> Steps:
    """xargs [-0rt] [-n count] [-I string] [-L lines] [-d character] [-P count] [command [argument ...]]"""
    given = USAGE.parse(ctx)
    command = given.operands or ["echo"]
    for letter, what in (("n", "-n"), ("L", "-L"), ("P", "-P"), ("s", "-s")):
        text = given.value(letter, "1")
        if not text.lstrip("-").isdigit():
            USAGE.fail(ctx, f'invalid number "{text}" for {what} option')
        if int(text) < (0 if letter == "P" else 1):
            raise Exit(1, f"xargs: value {text} for {what} option should be >= 1\n")
    if "commands" not in ctx.state:
        texts = yield from gather(ctx, [given.value("a", "-")], lambda path, error: f"Cannot open input file '{path}': "
                                  f"{error.reason}")  # fmt: skip
        if texts[0] is None:
            return 1
        ctx.state["commands"] = [[packed(word) for word in argv] for argv in _commands(given, command, texts[0])]
    for kept in ctx.each(ctx.state["commands"]):
        argv = [unpacked(word) for word in kept]
        if given.has("t") and "@child" not in ctx.state:
            ctx.error(" ".join(argv) + "\n")
        fault = problem(ctx, argv[0])
        if fault is not None:
            raise Exit(fault[0], f"xargs: {argv[0]}: {fault[1]}\n")
        status = yield from ctx.run(argv, stdin="")
        if status == 255:
            raise Exit(124, f"xargs: {argv[0]}: exited with status 255; aborting\n")
        if status >= 126:
            return status if status in (126, 127) else 125
        if status:
            ctx.state["status"] = 123
    return int(ctx.state.get("status", 0))


def _commands(given: Given, command: list[str], text: str) -> list[list[str]]:
    """Returns the command lines."""
    replaced = given.last("I", "i", "n", "L", "l")
    lines = _lines(given, text, whole=replaced in ("I", "i"))
    if replaced in ("I", "i"):
        mark = given.value(replaced) or "{}"
        return [[word.replace(mark, line[0]) for word in command] for line in lines]
    if replaced in ("L", "l"):
        count = int(given.value(replaced) or "1")
        groups = [lines[at : at + count] for at in range(0, len(lines), count)]
        batches = [[word for line in group for word in line] for group in groups]
    else:
        words = [word for line in lines for word in line]
        most = int(given.value("n", str(len(words) or 1)))
        batches = _batches(words, most, int(given.value("s", str(CHARACTERS))) - sum(len(word) + 1 for word in command))
    if not batches and not given.has("r"):
        batches = [[]]
    return [[*command, *batch] for batch in batches]


def _batches(words: list[str], most: int, room: int) -> list[list[str]]:
    batches: list[list[str]] = []
    left = 0
    for word in words:
        if not batches or len(batches[-1]) >= most or len(word) + 1 > left:
            batches.append([])
            left = room
        batches[-1].append(word)
        left -= len(word) + 1
    return batches


def _lines(given: Given, text: str, *, whole: bool) -> list[list[str]]:
    """Returns the arguments of each line; `whole`: a line is one argument."""
    if given.has("0", "d"):
        mark = "\0" if given.last("0", "d") == "0" else ESCAPES.get(given.value("d"), given.value("d")[:1])
        parts = text.split(mark)
        return [[part] for part in (parts if parts[-1] else parts[:-1])]
    lines: list[list[str]] = []
    line: list[str] = []
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "\n":
            if line:
                lines.append(line)
            line, at = [], at + 1
        elif letter in " \t":
            at += 1
        else:
            word, at = _word(text, at, whole=whole)
            if given.has("E") and word == given.value("E"):
                break
            line.append(word)
    return [*lines, line] if line else lines


def _word(text: str, at: int, *, whole: bool) -> tuple[str, int]:
    """Reads an argument with its quotes; returns it and where it ends."""
    word = ""
    while at < len(text) and text[at] != "\n" and (whole or text[at] not in " \t"):
        letter = text[at]
        at += 1
        if letter == "\\" and at < len(text):
            word, at = word + text[at], at + 1
        elif letter in "'\"":
            end = text.find(letter, at)
            if end < 0 or "\n" in text[at:end]:
                kind = "single" if letter == "'" else "double"
                raise Exit(1, f"xargs: unmatched {kind} quote; by default quotes are special to xargs unless you use "
                              "the -0 option\n")  # fmt: skip
            word, at = word + text[at:end], end + 1
        else:
            word += letter
    return word, at
