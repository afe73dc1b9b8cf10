"""mysql and psql: statements from the command line, a pipe or the keyboard, and results as each client shows them.

Source: mysql(1), psql(1). Of psql's own commands \\l, \\dt, \\c, \\conninfo and \\q are simulated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Sequence
from typing import Any

from kubelab.cluster.network import Walk
from kubelab.cluster.objects import Object
from kubelab.cluster.sockets import TextReply, TextRequest
from kubelab.terminal.tool import Context, Steps, Wait, tool
from kubelab.terminal.tools.database_clients import POSTGRES_SOCKET, mysql_error, reached, value
from kubelab.terminal.tools.dialing import ERRORS

INSECURE = "mysql: [Warning] Using a password on the command line interface can be insecure.\n"
LOCAL = ("localhost", "127.0.0.1", "")
LOST = (
    "ERROR 2013 (HY000): Lost connection to MySQL server at 'reading initial communication packet', system error: 2\n"
)


def _ask(ctx: Context, walk: Walk, asked: Object) -> Object | None:
    """Sends statements to the server that was reached; None where that is no such server."""
    network, target = ctx.machine.cluster.network, walk.target
    listener = network.listener_at(walk)
    if target is None or listener is None:
        return None
    request = TextRequest(json.dumps({**asked, "client": walk.client}), walk.client)
    reply = network.sockets.answer(target.node, target.namespace, target.pod, listener, request)
    if not isinstance(reply, TextReply) or not reply.text.startswith("{"):
        return None
    found: Object = json.loads(reply.text)
    return found


def _operands(args: Sequence[str], with_value: str) -> list[str]:
    """Returns what is no option and no option's argument."""
    found, skip = [], False
    for word in args:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = (len(word) == 2 and word[1] in with_value) or word in ("--host", "--user", "--execute", "--command",
                    "--username", "--dbname", "--port", "--database")  # fmt: skip
        else:
            found.append(word)
    return found


# mysql


@tool("mysql", "mariadb")
def mysql(ctx: Context) -> Steps:
    """mysql [-h HOST] [-u USER] [-pPASSWORD] [-e STATEMENT] [DATABASE]"""
    args = ctx.args
    host = value(args, "-h", "--host", "localhost")
    password = next((word[2:] for word in args if word.startswith("-p") and len(word) > 2), "")
    password = password or next((word.partition("=")[2] for word in args if word.startswith("--password=")), "")
    if password and not ctx.state.get("warned"):
        ctx.state["warned"] = True
        ctx.error(INSECURE)
    walk = yield from reached(ctx, host, value(args, "-P", "--port", "3306"), 3306)
    if not walk.connected:
        code = 2002 if host == "localhost" else 2005 if not walk.address else 2003
        ctx.error(f"ERROR {code} (HY000): {mysql_error(host, walk)}\n")
        return 1
    if "-p" in args and "typed" not in ctx.state:
        ctx.write("Enter password: ")
        ctx.state["typed"] = ((yield from ctx.line()) or "").rstrip("\n")
    database = value(args, "-D", "--database", "") or next(iter(_operands(args, "huePD")), "")
    asked = {
        "user": value(args, "-u", "--user", "root" if ctx.user == "root" else ctx.user),
        "password": password or ctx.state.get("typed") or ctx.env.get("MYSQL_PWD", ""),
        "local": host in LOCAL,
        "database": ctx.state.setdefault("database", database),
    }
    statement = value(args, "-e", "--execute", "")
    if statement:
        return _mysql_said(ctx, walk, asked, statement, table=ctx.tty or "-t" in args)
    return (yield from _mysql_session(ctx, walk, asked))


def _mysql_session(ctx: Context, walk: Walk, asked: Object) -> Generator[Wait, Any, int]:
    typed = ctx.stdin_tty
    if "greeted" not in ctx.state:
        found = _ask(ctx, walk, {**asked, "sql": "SELECT VERSION()"})
        if found is None or found.get("denied"):
            ctx.error(LOST if found is None else f"{found['error']}\n")
            return 1
        ctx.state["greeted"] = True
        if typed:
            version = found["results"][0]["rows"][0][0]
            ctx.write(f"Welcome to the MySQL monitor.  Commands end with ; or \\g.\nServer version: {version} MySQL "
                      "Community Server - GPL\n\nType 'help;' or '\\h' for help.\n\n")  # fmt: skip
    while True:
        if typed and not ctx.state.get("prompted"):
            ctx.write("    -> " if ctx.state.get("begun") else "mysql> ")
            ctx.state["prompted"] = True
        line = yield from ctx.line()
        ctx.state["prompted"] = False
        if line is None or line.strip().rstrip(";").lower() in ("exit", "quit", "\\q"):
            if typed and line is not None:
                ctx.print("Bye")
            return 0
        text = ctx.state.get("begun", "") + line
        if not re.search(r"(;|\\g)\s*$", text) and not re.match(r"(?i)\s*use\s", text) and text.strip():
            ctx.state["begun"] = text
            continue
        ctx.state["begun"] = ""
        asked = {**asked, "database": ctx.state["database"]}
        status = _mysql_said(ctx, walk, asked, text, table=typed) if text.strip() else 0
        if status and not typed:
            return status


def _mysql_said(ctx: Context, walk: Walk, asked: Object, statement: str, *, table: bool) -> int:
    found = _ask(ctx, walk, {**asked, "sql": statement})
    if found is None:
        ctx.error(LOST)
        return 1
    for result in found.get("results", ()):
        ctx.write(_mysql_table(result, ctx.stdin_tty) if table else _mysql_lines(result))
    ctx.state["database"] = found.get("database", asked["database"])
    if found["error"]:
        text = found["error"]
        ctx.error((text if not ctx.stdin_tty else text.replace(" at line 1:", ":", 1)) + "\n")
        return 1
    return 0


def _cell(value_: Any) -> str:
    return "NULL" if value_ is None else f"{value_:g}" if isinstance(value_, float) else str(value_)


def _mysql_lines(result: Object) -> str:
    if not result["columns"] or not result["rows"]:
        return ""
    return "".join("\t".join(map(_cell, row)) + "\n" for row in (result["columns"], *result["rows"]))


def _mysql_table(result: Object, told: bool) -> str:
    """Returns a result in a frame; `told`: with what the monitor says about it."""
    if not result["columns"]:
        if not told:
            return ""
        if result["tag"] == "USE":
            return "Database changed\n"
        count = result["changed"]
        return f"Query OK, {count} row{'' if count == 1 else 's'} affected (0.01 sec)\n\n"
    if not result["rows"]:
        return "Empty set (0.00 sec)\n\n" if told else ""
    rows = [[_cell(each) for each in row] for row in result["rows"]]
    widths = [max(len(name), *(len(row[place]) for row in rows)) for place, name in enumerate(result["columns"])]
    numeric = [all(isinstance(row[place], int | float) or row[place] is None for row in result["rows"])
               for place in range(len(widths))]  # fmt: skip
    frame = "+" + "".join("-" * (width + 2) + "+" for width in widths) + "\n"

    def line(cells: Sequence[str], *, head: bool = False) -> str:
        shown = (cell.rjust(width) if number and not head else cell.ljust(width)
                 for cell, width, number in zip(cells, widths, numeric, strict=True))  # fmt: skip
        return "| " + " | ".join(shown) + " |\n"

    text = frame + line(result["columns"], head=True) + frame + "".join(map(line, rows)) + frame
    return text + (f"{len(rows)} row{'' if len(rows) == 1 else 's'} in set (0.00 sec)\n\n" if told else "")


# psql


@tool("psql")
def psql(ctx: Context) -> Steps:
    """psql [-h HOST] [-U USER] [-d DATABASE] [-c STATEMENT] [DATABASE [USER]]"""
    args, env = ctx.args, ctx.env
    host, port = value(args, "-h", "--host", env.get("PGHOST", "")), value(args, "-p", "--port", "5432")
    walk = yield from reached(ctx, host or "localhost", port, 5432)
    if not walk.connected:
        ctx.error(_not_reached(host, port, walk))
        return 2
    words = _operands(args, "hUdcpfvP")
    user = value(args, "-U", "--username", words[1] if len(words) > 1 else env.get("PGUSER", ctx.user))
    database = value(args, "-d", "--dbname", words[0] if words else env.get("PGDATABASE", user))
    asked = {"user": user, "password": env.get("PGPASSWORD", ""), "local": host in LOCAL,
             "database": ctx.state.setdefault("database", database)}  # fmt: skip
    if "greeted" not in ctx.state:
        found = _ask(ctx, walk, {**asked, "sql": "SELECT VERSION()"})
        if found is None or found.get("denied"):
            why = "server closed the connection unexpectedly" if found is None else found["error"]
            ctx.error(f"psql: error: connection to {_where(host, port, walk)} failed: {why}\n")
            return 2
        ctx.state["greeted"] = found["results"][0]["rows"][0][0].partition(" ")[2]
        if ctx.stdin_tty and not value(args, "-c", "--command", ""):
            ctx.write(f'psql ({ctx.state["greeted"]})\nType "help" for help.\n\n')
    statement = value(args, "-c", "--command", "")
    if statement:
        return _psql_said(ctx, walk, asked, statement)
    return (yield from _psql_session(ctx, walk, asked))


def _where(host: str, port: str, walk: Walk) -> str:
    if host:
        return f'server at "{host}" ({walk.address}), port {port}'
    return f'server on socket "{POSTGRES_SOCKET}/.s.PGSQL.{port}"'


def _not_reached(host: str, port: str, walk: Walk) -> str:
    if host and not walk.address:
        return f'psql: error: could not translate host name "{host}" to address: Name or service not known\n'
    failed = ERRORS.get(walk.outcome, "") if host else "No such file or directory"
    question = "\tIs the server running on that host and accepting TCP/IP connections?" if host else (
        "\tIs the server running locally and accepting connections on that socket?"
    )  # fmt: skip
    return f"psql: error: connection to {_where(host, port, walk)} failed: {failed}\n{question}\n"


def _psql_session(ctx: Context, walk: Walk, asked: Object) -> Generator[Wait, Any, int]:
    while True:
        if ctx.stdin_tty and not ctx.state.get("prompted"):
            ctx.write(f"{ctx.state['database']}{'-' if ctx.state.get('begun') else '='}# ")
            ctx.state["prompted"] = True
        line = yield from ctx.line()
        ctx.state["prompted"] = False
        if line is None or line.strip().lower() in ("exit", "quit", "\\q"):
            return 0
        text = ctx.state.get("begun", "") + line
        if text.strip() and not text.lstrip().startswith("\\") and not re.search(r";\s*$", text):
            ctx.state["begun"] = text
            continue
        ctx.state["begun"] = ""
        if text.strip():
            _psql_said(ctx, walk, {**asked, "database": ctx.state["database"]}, text.strip())


def _psql_said(ctx: Context, walk: Walk, asked: Object, statement: str) -> int:
    command, _, rest = statement.partition(" ")
    meta = command.startswith("\\")
    if command == "\\c":
        asked = {**asked, "database": rest.strip().rstrip(";")}
    found = _ask(ctx, walk, {**asked, "sql": "" if meta else statement})
    if found is None or found.get("denied"):
        why = "server closed the connection unexpectedly" if found is None else found["error"]
        ctx.error(f"connection to {_where('', '5432', walk)} failed: {why}\nPrevious connection kept\n")
        return 1
    if meta:
        return _psql_meta(ctx, command, asked, found)
    for result in found["results"]:
        ctx.write(_psql_table(result["columns"], result["rows"]) if result["columns"] else f"{_tag(result)}\n")
    if found["error"]:
        ctx.error(found["error"] + "\n")
        return 1
    return 0


def _psql_meta(ctx: Context, command: str, asked: Object, found: Object) -> int:
    owner = asked["user"]
    if command == "\\c":
        ctx.state["database"] = asked["database"]
        ctx.print(f'You are now connected to database "{asked["database"]}" as user "{owner}".')
    elif command == "\\conninfo":
        ctx.print(f'You are connected to database "{asked["database"]}" as user "{owner}" via socket in '
                  f'"{POSTGRES_SOCKET}" at port "5432".')  # fmt: skip
    elif command in ("\\l", "\\list"):
        names = sorted({*found["databases"], "template0", "template1"})
        columns = ("Name", "Owner", "Encoding", "Collate", "Ctype")
        rows = [[name, owner, "UTF8", "en_US.utf8", "en_US.utf8"] for name in names]
        ctx.write("List of databases\n".rjust(40) + _psql_table(columns, rows))
    elif command in ("\\dt", "\\d"):
        if not found["tables"]:
            ctx.error("Did not find any relations.\n")
            return 0
        rows = [["public", name, "table", owner] for name in found["tables"]]
        ctx.write("          List of relations\n" + _psql_table(("Schema", "Name", "Type", "Owner"), rows))
    else:
        ctx.error(f"{command}: KubeLab does not simulate this command of psql\n")
        return 1
    return 0


def _tag(result: Object) -> str:
    tag, count = result["tag"], result["changed"]
    return f"INSERT 0 {count}" if tag == "INSERT" else f"{tag} {count}" if tag in ("UPDATE", "DELETE") else tag


def _centred(text: str, width: int) -> str:
    left = (width - len(text)) // 2
    return " " * left + text + " " * (width - len(text) - left)


def _psql_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    cells = [["" if each is None else _cell(each) for each in row] for row in rows]
    widths = [max(len(name), *(len(row[place]) for row in cells)) if cells else len(name)
              for place, name in enumerate(columns)]  # fmt: skip
    head = "|".join(f" {_centred(name, width)} " for name, width in zip(columns, widths, strict=True))
    text = head + "\n" + "+".join("-" * (width + 2) for width in widths) + "\n"
    for row, shown in zip(rows, cells, strict=True):
        parts = [
            f" {cell.rjust(width)} " if isinstance(each, int | float) else f" {cell.ljust(width)} "
            for each, cell, width in zip(row, shown, widths, strict=True)
        ]
        text += "|".join(parts).rstrip() + "\n"
    return text + f"({len(cells)} row{'' if len(cells) == 1 else 's'})\n\n"


__all__ = ["mysql", "psql"]
