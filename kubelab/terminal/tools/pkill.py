"""pgrep, pkill, pidof and killall: processes by their names; and kill for machines whose shell is none.

Source: procps-ng 4.0.4, pgrep(1); psmisc, killall(1); busybox procps.
"""

from __future__ import annotations

import re

from kubelab.terminal.shell.signals import signal_name
from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.processes import Process, own_pid, processes_of, send


def _matching(ctx: Context, pattern: str, letters: str) -> list[Process]:
    """Returns the processes whose name (with -f: command line) a pattern matches, the asking one left out."""
    try:
        expression = re.compile(pattern, re.IGNORECASE if "i" in letters else 0)
    except re.error:
        return []
    found = []
    for each in processes_of(ctx):
        text = each.command if "f" in letters else each.name
        matched = expression.fullmatch(text) if "x" in letters else expression.search(text)
        if each.pid != own_pid(ctx) and bool(matched) != ("v" in letters):
            found.append(each)
    if found and ("n" in letters or "o" in letters):
        found.sort(key=lambda one: (one.started, one.pid))
        found = found[-1:] if "n" in letters else found[:1]
    return found


@tool("pgrep", "pkill")
def pgrep(ctx: Context) -> int:
    """pgrep [-flaxnovic] PATTERN; pkill [-SIGNAL] [-fx] PATTERN"""
    letters, words, name, left = "", [], "TERM", list(ctx.args)
    while left:
        word = left.pop(0)
        if word in ("-u", "-U", "-P", "-d", "-s", "--signal") and left:
            value = left.pop(0)
            name = value if word in ("--signal",) else name
        elif word.startswith("-") and ctx.name == "pkill" and signal_name(word[1:]):
            name = word[1:]
        elif word.startswith("-"):
            letters += word.lstrip("-")
        else:
            words.append(word)
    if len(words) != 1:
        problem = "no matching criteria specified" if not words else "only one pattern can be provided"
        ctx.error(f"{ctx.name}: {problem}\nTry `{ctx.name} --help' for more information.\n")
        return 2
    found = _matching(ctx, words[0], letters)
    if ctx.name == "pkill":
        return 0 if [each for each in found if send(ctx, each.pid, signal_name(name) or "TERM")] else 1
    if "c" in letters:
        ctx.print(str(len(found)))
    else:
        for each in found:
            shown = f" {each.command}" if "a" in letters else f" {each.name}" if "l" in letters else ""
            ctx.print(f"{each.pid}{shown}")
    return 0 if found else 1


@tool("pidof")
def pidof(ctx: Context) -> int:
    """pidof NAME ..."""
    names = [word.rpartition("/")[2] for word in ctx.args if not word.startswith("-")]
    found = [str(each.pid) for each in reversed(processes_of(ctx)) if each.name in names and each.pid != own_pid(ctx)]
    if found:
        ctx.print(" ".join(found[:1] if "-s" in ctx.args else found))
    return 0 if found else 1


@tool("killall")
def killall(ctx: Context) -> int:
    """killall [-SIGNAL] NAME ..."""
    name, words = "TERM", []
    for word in ctx.args:
        if word.startswith("-") and signal_name(word[1:]):
            name = signal_name(word[1:]) or name
        elif not word.startswith("-"):
            words.append(word)
    status = 0
    for word in words:
        found = [each for each in processes_of(ctx) if each.name == word and each.pid != own_pid(ctx)]
        if not found:
            ctx.error(f"{word}: no process found\n" if "-q" not in ctx.args else "")
            status = 1
        for each in found:
            send(ctx, each.pid, name)
    return status


@tool("kill")
def kill(ctx: Context) -> int:
    """kill [-SIGNAL] PID ...: the program; shells have it built in."""
    name = "TERM"
    pids: list[str] = []
    words = list(ctx.args)
    while words:
        word = words.pop(0)
        if word == "-s" and words:
            name = words.pop(0)
        elif word.startswith("-") and len(word) > 1 and not pids:
            name = word[1:]
        else:
            pids.append(word)
    signal = signal_name(name)
    if signal is None or not pids:
        ctx.error(f"kill: bad signal name '{name}'\n" if signal is None else "kill: you need to specify whom to kill\n")
        return 1
    status = 0
    for pid in pids:
        if not pid.isdigit():
            ctx.error(f"kill: invalid number '{pid}'\n")
            status = 1
        elif not send(ctx, int(pid), signal):
            ctx.error(f"kill: can't kill pid {pid}: No such process\n")
            status = 1
    return status
