"""redis-cli: talks to a simulated Redis. Source: redis.io, docs/connect/cli (output formats).

Not simulated: transactions, subscriptions, cluster mode, scripts.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.network import Walk
from kubelab.cluster.network import walk as ends
from kubelab.cluster.sockets import TextReply, TextRequest
from kubelab.terminal.tool import Context, Steps, Wait, tool
from kubelab.terminal.tools.dialing import ERRORS, dial

PORT = 6379
WITH_VALUE = ("-h", "-p", "-a", "-n", "-r", "-i", "-u", "--user", "--pass", "-s", "-t")
FLAGS = ("--raw", "--no-raw", "--no-auth-warning", "--tls", "-c", "-x", "-e")


@tool("redis-cli")
def redis_cli(ctx: Context) -> Steps:
    """redis-cli [-h HOST] [-p PORT] [COMMAND ...]"""
    given, left = {"-h": "127.0.0.1", "-p": str(PORT)}, list(ctx.args)
    flags: list[str] = []
    while left and left[0].startswith("-"):
        word = left.pop(0)
        if word in WITH_VALUE and left:
            given[word] = left.pop(0)
        elif word in ("-v", "--version"):
            ctx.print("redis-cli 8.4.1")
            return 0
        elif word in FLAGS:
            flags.append(word)
        else:
            ctx.error(f"Unrecognized option or bad number of args for: '{word}'\n")
            return 1
    host, port = given["-h"], int(given["-p"]) if given["-p"].isdigit() else PORT
    raw = "--raw" in flags or (not ctx.tty and "--no-raw" not in flags)
    walk = yield from dial(ctx, host, port)
    if not walk.connected:
        unknown = walk.outcome in (ends.NXDOMAIN, ends.DNS_TIMEOUT)
        why = "Name or service not known" if unknown else ERRORS.get(walk.outcome, "")
        ctx.error(f"Could not connect to Redis at {host}:{port}: {why}\n")
        return 1
    ctx.state.setdefault("password", given.get("-a") or given.get("--pass") or ctx.env.get("REDISCLI_AUTH", ""))
    if given.get("-a") and "--no-auth-warning" not in flags and not ctx.state.get("warned"):
        ctx.state["warned"] = True
        ctx.error("Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n")
    if left:
        return _command(ctx, walk, " ".join(_quoted(word) for word in left), raw)
    return (yield from _session(ctx, walk, f"{host}:{port}> ", raw))


def _session(ctx: Context, walk: Walk, prompt: str, raw: bool) -> Generator[Wait, Any, int]:
    """Reads commands from standard input, one a line."""
    while True:
        if ctx.stdin_tty and not ctx.state.get("prompted"):
            ctx.write(prompt)
            ctx.state["prompted"] = True
        line = yield from ctx.line()
        ctx.state["prompted"] = False
        if line is None or line.strip().lower() in ("quit", "exit"):
            return 0
        if line.strip():
            _command(ctx, walk, line.strip(), raw)


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word


def _command(ctx: Context, walk: Walk, line: str, raw: bool) -> int:
    network, target = ctx.machine.cluster.network, walk.target
    listener = network.listener_at(walk)
    if target is None or listener is None:
        ctx.error("Error: Server closed the connection\n")
        return 1
    where = (target.node, target.namespace, target.pod)
    password = ctx.state.get("password", "")
    if line.split()[0].lower() == "auth":  # the connection remembers it
        ctx.state["password"] = password = line.split()[-1]
        before = ""
    else:
        before = f"AUTH {password}\r\n" if password else ""
    reply = network.sockets.answer(*where, listener, TextRequest(f"{before}{line}\r\n", walk.client))
    if not isinstance(reply, TextReply) or reply.text[:1] not in "+-:$*" or not reply.text:
        ctx.error("Error: Protocol error, got a reply that is not Redis's\n")
        return 1
    lines = reply.text.split("\r\n")
    if before and lines[0] != "+OK" and not ctx.state.get("refused"):
        ctx.state["refused"] = True
        ctx.error(f"AUTH failed: {lines[0][1:]}\n")
    text, _ = _shown(lines, 1 if before else 0, raw)
    ctx.write(text)
    return 0


def _shown(lines: list[str], at: int, raw: bool) -> tuple[str, int]:
    """Returns a reply in words, and the place of the next one.

    Raw replies are those that go to a pipe or a file: without quotes, numbers and types.
    """
    kind, rest = lines[at][:1], lines[at][1:]
    if kind == "+":
        return f"{rest}\n", at + 1
    if kind == "-":
        return (f"{rest}\n\n" if raw else f"(error) {rest}\n"), at + 1
    if kind == ":":
        return (f"{rest}\n" if raw else f"(integer) {rest}\n"), at + 1
    if kind == "*":
        return _list(lines, at, int(rest), raw)
    if rest == "-1":
        return ("\n" if raw else "(nil)\n"), at + 1
    size, text, position = int(rest), "", at + 1
    while len(text.encode()) < size and position < len(lines):
        text += ("\r\n" if text else "") + lines[position]
        position += 1
    position = max(position, at + 2)
    return (f"{text}\n" if raw or "\n" in text else f'"{text}"\n'), position


def _list(lines: list[str], at: int, count: int, raw: bool) -> tuple[str, int]:
    if count <= 0:
        return ("\n" if raw else "(empty array)\n"), at + 1
    text, position = "", at + 1
    width = len(str(count))
    for index in range(1, count + 1):
        item, position = _shown(lines, position, raw)
        text += item if raw else f"{index:>{width}}) {item}"
    return text, position


__all__ = ["redis_cli"]
