"""The side of MySQL and PostgreSQL that clients talk to: who may come in, and what becomes of a statement.

A request and its answer are JSON, which stands for the servers' own protocols: {"user", "password", "local",
"database", "sql"}, and {"error"} or {"results", "database"}. All data is one file in the data directory.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node.programs.sql import Engine, Result, statements
from kubelab.cluster.node.programs.sqlerrors import Refused
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

FILES = {"mysql": "/var/lib/mysql/ibdata1", "postgres": "base/1/1259"}
PGDATA = "/var/lib/postgresql/data"


def path_of(container: Container, dialect: str) -> str:
    """Returns where a server keeps its data."""
    if dialect == "mysql":
        return FILES[dialect]
    return f"{container.env.get('PGDATA', PGDATA).rstrip('/')}/{FILES[dialect]}"


def read(container: Container, dialect: str) -> Object | None:
    """Returns what a server has kept, None where its data directory is empty."""
    if not dialect:
        return None
    try:
        kept: Object = json.loads(container.files.read(path_of(container, dialect)))
    except (FileError, ValueError):
        return None
    return kept


def write(container: Container, dialect: str, kept: Object) -> None:
    """Keeps a server's data."""
    path = path_of(container, dialect)
    try:
        container.files.mkdir(path.rpartition("/")[0], parents=True)
        container.files.write(path, json.dumps(kept, sort_keys=True), 0o640)
    except FileError:
        return  # a directory that nobody may write into


def initialize(container: Container, dialect: str) -> None:
    """Makes the data directory of a server that has none yet, as its environment says."""
    if read(container, dialect) is not None:
        return
    env = container.env
    if dialect == "mysql":
        password = env.get("MYSQL_ROOT_PASSWORD") or env.get("MARIADB_ROOT_PASSWORD") or ""
        users = {"root": password}
        name = env.get("MYSQL_USER") or env.get("MARIADB_USER")
        if name:
            users[name] = env.get("MYSQL_PASSWORD") or env.get("MARIADB_PASSWORD") or ""
        database = env.get("MYSQL_DATABASE") or env.get("MARIADB_DATABASE")
        databases: Object = {database: []} if database else {}
    else:
        user = env.get("POSTGRES_USER") or "postgres"
        users = {user: env.get("POSTGRES_PASSWORD", "")}
        databases = {"postgres": [], env.get("POSTGRES_DB") or user: []}
    write(container, dialect, {"users": users, "databases": databases})


def answer(container: Container, dialect: str, text: str) -> str:
    """Answers a client's request."""
    asked: Object = json.loads(text)
    kept = read(container, dialect) or {"users": {}, "databases": {}}
    why = _refused(kept, dialect, asked, container)
    if why:
        return json.dumps({"error": why, "denied": True})
    version = f"{container.version}" if dialect == "mysql" else f"PostgreSQL {container.version}"
    user = asked["user"]
    facts = {"VERSION()": version, "@@VERSION": version, "@@HOSTNAME": container.hostname, "CURRENT_USER": user,
             "USER()": f"{user}@localhost", "CURRENT_USER()": f"{user}@%", "@@SERVER_ID": "1"}  # fmt: skip
    engine = Engine(dict(kept["databases"]), dialect, asked.get("database", ""), container.now(), facts)
    results: list[Object] = []
    error = ""
    for statement in statements(asked["sql"]):
        try:
            found = engine.run(statement)
        except Refused as refused:
            error = str(refused)
            break
        engine.database = found.database or engine.database
        results.append(_told(found))
    if engine.dirty:
        write(container, dialect, {**kept, "databases": engine.kept})
    return json.dumps({"results": results, "error": error, "database": engine.database,
                       "databases": sorted(engine.kept), "tables": _tables(engine)})  # fmt: skip


def _tables(engine: Engine) -> list[str]:
    return sorted(table["name"] for table in engine.kept.get(engine.database, ()))


def _told(result: Result) -> dict[str, Any]:
    return result._asdict()


def _refused(kept: Object, dialect: str, asked: Object, container: Container) -> str:
    """Returns why a client may not come in, "" where it may."""
    user, password, database = asked["user"], asked.get("password") or "", asked.get("database") or ""
    wanted = kept["users"].get(user)
    if dialect == "mysql":
        if wanted is None or password != wanted:
            where = "localhost" if asked.get("local") else asked.get("client") or "localhost"
            return (
                f"ERROR 1045 (28000): Access denied for user '{user}'@'{where}' (using password: "
                f"{'YES' if password else 'NO'})"
            )
        if database and database not in kept["databases"]:
            return f"ERROR 1049 (42000): Unknown database '{database}'"
        return ""
    if wanted is None and asked.get("local"):
        return f'FATAL:  role "{user}" does not exist'
    if not asked.get("local") and container.env.get("POSTGRES_HOST_AUTH_METHOD") != "trust":
        if not password:
            return "fe_sendauth: no password supplied"
        if password != wanted:
            return f'FATAL:  password authentication failed for user "{user}"'
    if database not in kept["databases"]:
        return f'FATAL:  database "{database}" does not exist'
    return ""
