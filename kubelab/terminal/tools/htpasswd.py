"""htpasswd: users and hashed passwords in a file, as nginx's and Apache's basic authentication read it.

Source: Apache httpd, htpasswd(1). Its hashes are apr1 (MD5) and, with -s, SHA-1; bcrypt (-B) is not simulated.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node.programs.apr1 import DIGITS, apr1, sha
from kubelab.terminal.tool import Context, Steps, Wait, tool

USAGE = """Usage:
	htpasswd [-cimBdpsDv] [-C cost] passwordfile username
	htpasswd -b[cmBdpsDv] [-C cost] passwordfile username password

	htpasswd -n[imBdps] [-C cost] username
	htpasswd -nb[mBdps] [-C cost] username password
"""


@tool("htpasswd")
def htpasswd(ctx: Context) -> Steps:
    """htpasswd [-cbnisD] FILE USER [PASSWORD]"""
    letters = "".join(word[1:] for word in ctx.args if word.startswith("-") and len(word) > 1)
    words = [word for word in ctx.args if not word.startswith("-") or word == "-"]
    if set(letters) & set("BC52"):
        ctx.error("htpasswd: bcrypt and crypt are not simulated in KubeLab: leave -B away for apr1\n")
        return 2
    wanted = 1 + ("n" not in letters) + ("b" in letters)
    if len(words) != wanted or set(letters) - set("cbnimsDpv"):
        ctx.error(USAGE)
        return 2
    user = words[0] if "n" in letters else words[1]
    if "D" in letters:
        return _deleted(ctx, words[0], user)
    if "b" in letters:
        password = words[-1]
    else:
        typed = yield from _typed(ctx, asked="i" not in letters)
        if typed is None:
            ctx.error("htpasswd: password verification error\n")
            return 3
        password = typed
    line = f"{user}:{sha(password) if 's' in letters else apr1(password, _salt(ctx, user))}"
    if "n" in letters:
        ctx.print(f"{line}\n")
        return 0
    return _kept(ctx, words[0], user, line, new="c" in letters)


def _typed(ctx: Context, *, asked: bool) -> Generator[Wait, Any, str | None]:
    """Reads a password, twice where it is asked for; None where the two differ."""
    prompts = ("New password: ", "Re-type new password: ") if asked else ("",)
    typed: list[str] = ctx.state.setdefault("typed", [])
    for number, prompt in enumerate(prompts):
        if number < len(typed):
            continue
        if ctx.state.get("asked", -1) < number:
            ctx.error(prompt)
            ctx.state["asked"] = number
        typed.append((yield from ctx.line()) or "")
        if asked and not ctx.stdin_tty:
            ctx.error("\n")
    return typed[0].rstrip("\n") if len({each.rstrip("\n") for each in typed}) == 1 else None


def _salt(ctx: Context, user: str) -> str:
    cluster = ctx.machine.cluster
    return "".join(DIGITS[cluster.random.index(64, "htpasswd", ctx.now, user, at)] for at in range(8))


def _lines(ctx: Context, path: str) -> list[str]:
    return [line for line in ctx.read_file(path).splitlines() if line]


def _kept(ctx: Context, path: str, user: str, line: str, *, new: bool) -> int:
    try:
        lines = [] if new else _lines(ctx, path)
    except FileError:
        ctx.error(f"htpasswd: cannot modify file {path}; use '-c' to create it\n")
        return 1
    others = [each for each in lines if each.partition(":")[0] != user]
    if len(others) < len(lines):
        ctx.error(f"Updating password for user {user}\n")
        lines = [line if each.partition(":")[0] == user else each for each in lines]
    else:
        ctx.error(f"Adding password for user {user}\n")
        lines.append(line)
    ctx.files.write(ctx.path(path), "".join(f"{each}\n" for each in lines))
    return 0


def _deleted(ctx: Context, path: str, user: str) -> int:
    try:
        lines = _lines(ctx, path)
    except FileError:
        ctx.error(f"htpasswd: cannot open file {path} for read/write access\n")
        return 1
    left = [each for each in lines if each.partition(":")[0] != user]
    if len(left) == len(lines):
        ctx.error(f"User {user} not found\n")
        return 0
    ctx.error(f"Deleting password for user {user}\n")
    ctx.files.write(ctx.path(path), "".join(f"{each}\n" for each in left))
    return 0
