"""ssh: a shell or a command on a node. Keys and known hosts are set up already, as in most labs.

Source: ssh(1); OpenSSH 9.6, ssh.c and sshconnect.c for the messages.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.network import walk as ends
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.node.systems import system_of
from kubelab.terminal.machines import is_on, name_at
from kubelab.terminal.shell.logins import log_in
from kubelab.terminal.shell.streams import ReadEnd
from kubelab.terminal.tool import Children, Context, Exit, Steps, Wait, tool
from kubelab.terminal.tools.dialing import ERRORS, dial

FAILED = 255
WITH_VALUE = "BbcDEeFIiJLlmOoPpQRSWw"
USAGE = (
    "usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-l login_name] [-o option] [-p port] destination [command [argument ...]]\n"
)
VERSION = "OpenSSH_9.6p1 Ubuntu-3ubuntu13.14, OpenSSL 3.0.13 30 Jan 2024\n"


@tool("ssh")
def ssh(ctx: Context) -> Steps:
    """ssh [user@]node [command]"""
    user, host, port, command, asked = _read(ctx)
    if "@child" not in ctx.state:
        node = yield from reach(ctx, host, port)
        user = as_whom(ctx, node, user, host)
        terminal = ctx.stdin_tty and (not command or asked)
        typed = not command and _is_given_lines(ctx)
        if terminal and not command:
            ctx.write(system_of(ctx.machine.cluster.store.get(HOSTS + node)).welcome)
        argv = ["bash", "-c", command] if command else ["bash", "-i"] if terminal or typed else ["bash"]
        ctx.state.update({"@child": log_in(ctx.shell, node, user, argv), "terminal": terminal, "node": node})
    pid = ctx.state["@child"]
    yield Children((pid,))
    status = ctx.shell.kernel.reap(pid)
    if not is_on(ctx.machine.cluster, ctx.state["node"]):
        ctx.error(f"Connection to {host} closed by remote host.\n")
        status = FAILED
    if ctx.state["terminal"]:
        ctx.error(f"Connection to {host} closed.\n")
    return status


def _is_given_lines(ctx: Context) -> bool:
    """Tells whether the shell is given whole lines without a terminal (terminal/lines.py), the next ones for ssh."""
    kernel, stream = ctx.shell.kernel, ctx.stdin
    if kernel.lines is None or not ctx.shell.interactive or not isinstance(stream, ReadEnd):
        return False
    return stream.pipe is kernel.input and not stream.pipe.writers and not stream.pipe.buffer.size


def _read(ctx: Context) -> tuple[str, str, int, str, bool]:
    """Reads the command line: user, host, port, the command, and whether a terminal is asked for (-t)."""
    user, port, args, asked = "", 22, list(ctx.args), False
    while args and args[0].startswith("-") and len(args[0]) > 1:
        option = args.pop(0)
        letter = option[1]
        if letter == "V":
            raise Exit(0, VERSION)
        value = ""
        if letter in WITH_VALUE:
            value = option[2:] or (args.pop(0) if args else "")
        elif letter not in "46AaCfGgKkMNnqsTtvXxYy":
            raise Exit(FAILED, f"unknown option -- {letter}\n{USAGE}")
        asked = asked or letter == "t"
        if letter == "l":
            user = value
        if letter == "p" and value.isdigit():
            port = int(value)
    if not args:
        raise Exit(FAILED, USAGE)
    host = args.pop(0).removeprefix("ssh://")
    if "@" in host:
        user, _, host = host.rpartition("@")
    return user, host, port, " ".join(args), asked


def reach(ctx: Context, host: str, port: int = 22) -> Generator[Wait, Any, str]:
    """Connects to a machine's SSH server; returns the node's name.

    Raises:
        Exit: with what ssh says when it cannot.
    """
    walk = yield from dial(ctx, host, port)
    if walk.outcome in (ends.NXDOMAIN, ends.DNS_TIMEOUT):
        why = "Name or service not known" if walk.outcome == ends.NXDOMAIN else "Temporary failure in name resolution"
        raise Exit(FAILED, f"ssh: Could not resolve hostname {host}: {why}\n")
    if not walk.connected:
        raise Exit(
            FAILED, f"ssh: connect to host {host} port {port}: {ERRORS.get(walk.outcome, 'Connection refused')}\n"
        )
    node = name_at(ctx.machine.cluster, walk.address)
    if walk.address.startswith("127."):
        node = ctx.machine.hostname
    if port != 22 or not is_on(ctx.machine.cluster, node):
        raise Exit(FAILED, "kex_exchange_identification: Connection closed by remote host\n"
                           f"Connection closed by {walk.address} port {port}\n")  # fmt: skip
    return node


def as_whom(ctx: Context, node: str, user: str, host: str) -> str:
    """Returns as whom somebody is let in.

    Args:
        user: who was named, "" for nobody.

    Raises:
        Exit: there is nobody of that name who may log in.
    """
    user = user or _login_name(ctx, host)
    _check_user(ctx, node, user, host)
    return user


def _login_name(ctx: Context, host: str) -> str:
    """Returns as whom to log in: what ~/.ssh/config says, else the user's own name."""
    path = f"{ctx.env.get('HOME', '')}/.ssh/config"
    if not ctx.files.is_file(path):
        return ctx.user
    applies = True
    for line in ctx.files.read(path).splitlines():
        words = line.replace("=", " ").split()
        if len(words) < 2 or words[0].startswith("#"):
            continue
        if words[0].lower() == "host":
            applies = any(_matches(pattern, host) for pattern in words[1:])
        elif words[0].lower() == "user" and applies:
            return words[1]
    return ctx.user


def _matches(pattern: str, host: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(host, pattern)


def _check_user(ctx: Context, node: str, user: str, host: str) -> None:
    machine = ctx.shell.kernel.machine_of(node)
    accounts = machine.files.read("/etc/passwd").splitlines()
    shells = {fields[0]: fields[-1] for fields in (line.split(":") for line in accounts)}
    if not shells.get(user, "").endswith("sh"):
        raise Exit(FAILED, f"{user}@{host}: Permission denied (publickey).\n")
