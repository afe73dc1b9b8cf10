"""The databases' own clients as far as probes use them: is the server there? SQL is in sql_clients.py.

What is asked in MongoDB's language beyond that is not simulated. Sources: mysqladmin(1), pg_isready(1), mongosh.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.network import Walk
from kubelab.cluster.network import walk as ends
from kubelab.terminal.tool import Context, Steps, Wait, tool
from kubelab.terminal.tools.dialing import dial

MYSQL_SOCKET = "/var/run/mysqld/mysqld.sock"
POSTGRES_SOCKET = "/var/run/postgresql"
CONNECT = {ends.REFUSED: "111", ends.TIMEOUT: "110", ends.NO_ROUTE: "113"}


def value(args: list[str], short: str, long: str, default: str) -> str:
    """Returns an option's argument: `-h HOST`, `-hHOST`, `--host HOST` or `--host=HOST`."""
    for index, word in enumerate(args):
        if word in (short, long) and index + 1 < len(args):
            return args[index + 1]
        if word.startswith(f"{long}="):
            return word.partition("=")[2]
        if word.startswith(short) and len(word) > 2 and not word.startswith("--"):
            return word[2:]
    return default


def reached(ctx: Context, host: str, port: str, default: int) -> Generator[Wait, Any, Walk]:
    """Dials a server; `default` is its port where none is given."""
    number = int(port) if port.isdigit() else default
    return (yield from dial(ctx, host, number, timeout=10))


@tool("mysqladmin", "mariadb-admin")
def mysqladmin(ctx: Context) -> Steps:
    """mysqladmin [-h HOST] ping"""
    host = value(ctx.args, "-h", "--host", "localhost")
    walk = yield from reached(ctx, host, value(ctx.args, "-P", "--port", "3306"), 3306)
    if not walk.connected:
        ctx.error(f"{ctx.name}: connect to server at '{host}' failed\nerror: '{mysql_error(host, walk)}'\n")
        return 1
    if "ping" not in ctx.args and "status" not in ctx.args:
        return ctx.complain("only ping is simulated in KubeLab")
    ctx.print("mysqld is alive")
    return 0


def mysql_error(host: str, walk: Walk) -> str:
    """Returns why MySQL's clients did not reach a server."""
    if host == "localhost":
        return f"Can't connect to local MySQL server through socket '{MYSQL_SOCKET}' (2)"
    if walk.outcome in (ends.NXDOMAIN, ends.DNS_TIMEOUT):
        return f"Unknown MySQL server host '{host}' (-2)"
    return f"Can't connect to MySQL server on '{host}:{walk.port}' ({CONNECT.get(walk.outcome, '110')})"


@tool("pg_isready")
def pg_isready(ctx: Context) -> Steps:
    """pg_isready [-h HOST] [-p PORT]"""
    host, port = value(ctx.args, "-h", "--host", ""), value(ctx.args, "-p", "--port", "5432")
    walk = yield from reached(ctx, host or "localhost", port, 5432)
    ctx.print(f"{host or POSTGRES_SOCKET}:{port} - {'accepting connections' if walk.connected else 'no response'}")
    return 0 if walk.connected else 2


@tool("mongosh", "mongo")
def mongosh(ctx: Context) -> Steps:
    """mongosh [--host HOST] --eval 'db.adminCommand("ping")'"""
    host = value(ctx.args, "-h", "--host", "127.0.0.1")
    walk = yield from reached(ctx, host, value(ctx.args, "-p", "--port", "27017"), 27017)
    if not walk.connected:
        why = (
            f"getaddrinfo ENOTFOUND {host}" if not walk.address else f"connect ECONNREFUSED {walk.address}:{walk.port}"
        )
        ctx.error(f"MongoNetworkError: {why}\n")
        return 1
    if "ping" not in value(ctx.args, "-e", "--eval", ""):
        return ctx.complain("its language is not simulated in KubeLab, but for: --eval \"db.adminCommand('ping')\"")
    ctx.print("{ ok: 1 }")
    return 0
