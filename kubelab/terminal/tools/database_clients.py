"""The databases' own clients as far as probes and first looks use them: is the server there, and SELECT 1.

What is asked in SQL or in MongoDB's language beyond that is not simulated. Sources: mysqladmin(1), mysql(1),
pg_isready(1), psql(1), mongosh.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

from kubelab.cluster.network import Walk
from kubelab.cluster.network import walk as ends
from kubelab.terminal.tool import Context, Steps, Wait, tool
from kubelab.terminal.tools.dialing import ERRORS, dial

ONE = re.compile(r"\s*select\s+1\s*;?\s*", re.IGNORECASE)
MYSQL_SOCKET = "/var/run/mysqld/mysqld.sock"
POSTGRES_SOCKET = "/var/run/postgresql"
CONNECT = {ends.REFUSED: "111", ends.TIMEOUT: "110", ends.NO_ROUTE: "113"}


def _value(args: list[str], short: str, long: str, default: str) -> str:
    """Returns an option's argument: `-h HOST`, `-hHOST`, `--host HOST` or `--host=HOST`."""
    for index, word in enumerate(args):
        if word in (short, long) and index + 1 < len(args):
            return args[index + 1]
        if word.startswith(f"{long}="):
            return word.partition("=")[2]
        if word.startswith(short) and len(word) > 2 and not word.startswith("--"):
            return word[2:]
    return default


def _reached(ctx: Context, host: str, port: str, default: int) -> Generator[Wait, Any, Walk]:
    number = int(port) if port.isdigit() else default
    return (yield from dial(ctx, host, number, timeout=10))


@tool("mysqladmin", "mariadb-admin")
def mysqladmin(ctx: Context) -> Steps:
    """mysqladmin [-h HOST] ping"""
    host = _value(ctx.args, "-h", "--host", "localhost")
    walk = yield from _reached(ctx, host, _value(ctx.args, "-P", "--port", "3306"), 3306)
    if not walk.connected:
        ctx.error(f"{ctx.name}: connect to server at '{host}' failed\nerror: '{_mysql_error(host, walk)}'\n")
        return 1
    if "ping" not in ctx.args and "status" not in ctx.args:
        return ctx.complain("only ping is simulated in KubeLab")
    ctx.print("mysqld is alive")
    return 0


def _mysql_error(host: str, walk: Walk) -> str:
    if host == "localhost":
        return f"Can't connect to local MySQL server through socket '{MYSQL_SOCKET}' (2)"
    if walk.outcome in (ends.NXDOMAIN, ends.DNS_TIMEOUT):
        return f"Unknown MySQL server host '{host}' (-2)"
    return f"Can't connect to MySQL server on '{host}:{walk.port}' ({CONNECT.get(walk.outcome, '110')})"


@tool("mysql", "mariadb")
def mysql(ctx: Context) -> Steps:
    """mysql [-h HOST] -e 'SELECT 1'"""
    host = _value(ctx.args, "-h", "--host", "localhost")
    walk = yield from _reached(ctx, host, _value(ctx.args, "-P", "--port", "3306"), 3306)
    if not walk.connected:
        code = 2002 if host == "localhost" else 2005 if not walk.address else 2003
        ctx.error(f"ERROR {code} (HY000): {_mysql_error(host, walk)}\n")
        return 1
    if not ONE.fullmatch(_value(ctx.args, "-e", "--execute", "")):
        return ctx.complain("SQL is not simulated in KubeLab, but for: -e 'SELECT 1'")
    ctx.write("+---+\n| 1 |\n+---+\n| 1 |\n+---+\n" if ctx.tty else "1\n1\n")
    return 0


@tool("pg_isready")
def pg_isready(ctx: Context) -> Steps:
    """pg_isready [-h HOST] [-p PORT]"""
    host, port = _value(ctx.args, "-h", "--host", ""), _value(ctx.args, "-p", "--port", "5432")
    walk = yield from _reached(ctx, host or "localhost", port, 5432)
    ctx.print(f"{host or POSTGRES_SOCKET}:{port} - {'accepting connections' if walk.connected else 'no response'}")
    return 0 if walk.connected else 2


@tool("psql")
def psql(ctx: Context) -> Steps:
    """psql [-h HOST] -c 'SELECT 1'"""
    host, port = _value(ctx.args, "-h", "--host", ""), _value(ctx.args, "-p", "--port", "5432")
    walk = yield from _reached(ctx, host or "localhost", port, 5432)
    if not walk.connected:
        if host and not walk.address:
            why = f'could not translate host name "{host}" to address: Name or service not known'
            ctx.error(f"psql: error: {why}\n")
            return 2
        at = (
            f'server at "{host}" ({walk.address}), port {port}'
            if host
            else f'server on socket "{POSTGRES_SOCKET}/.s.PGSQL.{port}"'
        )
        failed = ERRORS.get(walk.outcome, "") if host else "No such file or directory"
        question = "\tIs the server running on that host and accepting TCP/IP connections?" if host else (
            "\tIs the server running locally and accepting connections on that socket?"
        )  # fmt: skip
        ctx.error(f"psql: error: connection to {at} failed: {failed}\n{question}\n")
        return 2
    if not ONE.fullmatch(_value(ctx.args, "-c", "--command", "")):
        return ctx.complain("SQL is not simulated in KubeLab, but for: -c 'SELECT 1'")
    ctx.write(" ?column? \n----------\n        1\n(1 row)\n\n")
    return 0


@tool("mongosh", "mongo")
def mongosh(ctx: Context) -> Steps:
    """mongosh [--host HOST] --eval 'db.adminCommand("ping")'"""
    host = _value(ctx.args, "-h", "--host", "127.0.0.1")
    walk = yield from _reached(ctx, host, _value(ctx.args, "-p", "--port", "27017"), 27017)
    if not walk.connected:
        why = (
            f"getaddrinfo ENOTFOUND {host}" if not walk.address else f"connect ECONNREFUSED {walk.address}:{walk.port}"
        )
        ctx.error(f"MongoNetworkError: {why}\n")
        return 1
    if "ping" not in _value(ctx.args, "-e", "--eval", ""):
        return ctx.complain("its language is not simulated in KubeLab, but for: --eval \"db.adminCommand('ping')\"")
    ctx.print("{ ok: 1 }")
    return 0
