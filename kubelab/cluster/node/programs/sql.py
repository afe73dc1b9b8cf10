"""What a simulated database does with SQL, in the words of MySQL or PostgreSQL where something is wrong.

SQLite in memory does the work, with everything denied that reaches beyond it; what there is between two statements is
JSON in the server's data directory. It understands what tutorials ask; what it does not it says it does not simulate.
Source: dev.mysql.com/doc/mysql-errors, postgresql.org/docs/current/errcodes-appendix.html; sqlite.org/lang.html.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kubelab.cluster.node.programs.sqlerrors import Refused, refusal
from kubelab.cluster.objects import Object

STEPS = 200_000  # of SQLite's machine, after which a statement is given up
LONGEST = 1_000_000  # bytes of a value or a statement
MOST_ROWS = 10_000
SYSTEM = {"mysql": ("information_schema", "mysql", "performance_schema", "sys"), "postgres": ("template0", "template1")}
DENIED = frozenset("random randomblob zeroblob load_extension date time datetime julianday strftime unixepoch".split())
TYPES = (
    (r"\b(?:BIG|SMALL)?SERIAL\b", "INTEGER"),
    (r"\b(?:BIG|SMALL|TINY|MEDIUM)?INT(?:EGER)?(?:\(\d+\))?(?:\s+UNSIGNED)?(\s+NOT\s+NULL)?\s+AUTO_INCREMENT\b",
     r"INTEGER\1"),
    (r"\bINT(?:EGER)?(?:\(\d+\))?\s+GENERATED\s+(?:ALWAYS|BY\s+DEFAULT)\s+AS\s+IDENTITY\b", "INTEGER"),
    (r"\bAUTO_INCREMENT\b", ""),
    (r"\)\s*ENGINE\s*=.*$", ")"),
)  # fmt: skip


STATEMENTS = frozenset("SELECT INSERT UPDATE DELETE CREATE DROP ALTER TRUNCATE WITH VALUES".split())
FACT = re.compile(r"(?i)@@\w+|[a-z_]+\(\)|\d+|current_(?:user|database)")


class Result(NamedTuple):
    """What a statement comes to.

    Args:
        tag: "SELECT", "INSERT", "USE" ...
        columns, rows: of a query.
        changed: rows that were.
        database: the one that is used from now on.
    """

    tag: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    changed: int = 0
    database: str = ""


def statements(text: str) -> Iterator[str]:
    """Yields the statements of a text, without their semicolons."""
    for part in re.findall(r"(?:'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|[^;'\"-]|-)+", text):
        bare = re.sub(r"--[^\n]*", "", part).strip()
        if bare:
            yield bare


class Engine:
    """The databases of one server while it answers.

    Args:
        kept: {database: [{"name", "sql", "rows"}]}; changed by the statements.
        dialect: "mysql" or "postgres".
        database: the one that is used, "" for none.
        facts: what functions such as VERSION() say, by their names in capitals.
    """

    def __init__(self, kept: Object, dialect: str, database: str, now: float, facts: dict[str, str]) -> None:
        self.kept, self.dialect, self.database = kept, dialect, database
        self.facts = {**facts, "NOW()": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S")}
        self.dirty = False

    def run(self, statement: str) -> Result:
        """Runs one statement.

        Raises:
            Refused: with the server's words.
        """
        words = statement.split()
        first, second = words[0].upper(), (words[1].upper() if len(words) > 1 else "")
        if first == "USE" or (first in ("CREATE", "DROP") and second in ("DATABASE", "SCHEMA")):
            return self._of_databases(first, words)
        if first in ("SHOW", "DESCRIBE", "DESC"):
            return self._show(first, second, words)
        if first == "SELECT" and (found := self._fact(statement)) is not None:
            return found
        if first in ("BEGIN", "COMMIT", "ROLLBACK", "SET", "FLUSH", "GRANT", "START"):
            return Result(first)
        if first not in STATEMENTS:
            raise refusal(self.dialect, f'near "{words[0]}": syntax error', statement, self.database)
        return self._execute(first, second, statement)

    # databases

    def _of_databases(self, first: str, words: list[str]) -> Result:
        quiet = "EXISTS" in (word.upper() for word in words)
        name = (words[-1] if first != "CREATE" or quiet else words[2]).strip('`"')
        known = name in self.kept
        if first == "USE":
            if not known:
                raise Refused.of(self.dialect, "no database", name)
            return Result("USE", database=name)
        if first == "CREATE" and known and not quiet:
            raise Refused.of(self.dialect, "database exists", name)
        if first == "DROP" and not known and not quiet:
            raise Refused.of(self.dialect, "no database to drop", name)
        if first == "CREATE":
            self.kept.setdefault(name, [])
        else:
            self.kept.pop(name, None)
        self.dirty = True
        return Result(f"{first} DATABASE", changed=1 if first == "CREATE" else 0)

    def _show(self, first: str, second: str, words: list[str]) -> Result:
        if first == "SHOW" and second == "DATABASES":
            return Result("SELECT", ("Database",), [[name] for name in sorted({*self.kept, *SYSTEM["mysql"]})])
        if first == "SHOW" and second == "TABLES":
            names = sorted(table["name"] for table in self._tables())
            return Result("SELECT", (f"Tables_in_{self.database}",), [[name] for name in names])
        if first != "SHOW":
            table = next((each for each in self._tables() if each["name"] == words[-1].strip("`")), None)
            if table is None:
                raise refusal(self.dialect, f"no such table: {words[-1]}", " ".join(words), self.database)
            return Result("SELECT", ("Field", "Type", "Null", "Key", "Default", "Extra"), _described(table["sql"]))
        raise Refused("KubeLab does not simulate this statement")

    def _tables(self) -> list[Object]:
        if not self.database:
            raise Refused.of(self.dialect, "none chosen", "")
        found: list[Object] = self.kept.get(self.database, [])
        return found

    def _fact(self, statement: str) -> Result | None:
        """Answers a query of nothing but what the server knows of itself: SELECT VERSION(), NOW()."""
        parts = [part.strip() for part in statement[len("select") :].split(",")]
        if not all(FACT.fullmatch(part) for part in parts):
            return None
        values: list[Any] = [int(part) if part.isdigit() else self._known(part) for part in parts]
        if None in values and not any("DATABASE" in part.upper() for part in parts):
            return None
        shown = parts
        if self.dialect == "postgres":
            shown = ["?column?" if part.isdigit() else part.rstrip("()").lower() for part in parts]
        return Result("SELECT", shown, [values])

    def _known(self, name: str) -> str | None:
        if name.upper() in ("DATABASE()", "CURRENT_DATABASE()"):
            return self.database or None
        return self.facts.get(name.upper())

    # tables

    def _execute(self, first: str, second: str, statement: str) -> Result:
        changes = first not in ("SELECT", "WITH", "VALUES")
        with sqlite3.connect(":memory:", isolation_level=None) as connection:
            self._load(connection)
            try:
                cursor = connection.execute(self._translated(statement))
                rows = cursor.fetchmany(MOST_ROWS)
            except sqlite3.Error as error:
                raise refusal(self.dialect, str(error), statement, self.database) from None
            columns = [each[0] for each in cursor.description or ()]
            if changes:
                self._save(connection)
        if columns:
            return Result("SELECT", columns, [list(row) for row in rows], len(rows))
        tag = first if first in ("INSERT", "UPDATE", "DELETE") else f"{first} {second}"
        return Result(tag, changed=max(cursor.rowcount, 0))

    def _load(self, connection: sqlite3.Connection) -> None:
        for limit in (sqlite3.SQLITE_LIMIT_LENGTH, sqlite3.SQLITE_LIMIT_SQL_LENGTH):
            connection.setlimit(limit, LONGEST)
        for name, tables in self.kept.items():
            schema = "main" if name == self.database else f'"{name}"'
            if schema != "main":
                connection.execute(f"ATTACH ':memory:' AS {schema}")
            for table in tables:
                named = f'CREATE TABLE {schema}."{table["name"]}"'
                made = re.sub(r"(?i)^create table\s+(\"[^\"]+\"|\S+?)(?=[\s(])", named, table["sql"])
                connection.execute(made)
                if table["rows"]:
                    marks = ",".join("?" * len(table["rows"][0]))
                    connection.executemany(f'INSERT INTO {schema}."{table["name"]}" VALUES ({marks})', table["rows"])
        connection.set_progress_handler(lambda: 1, STEPS)
        connection.set_authorizer(_allowed)

    def _save(self, connection: sqlite3.Connection) -> None:
        connection.set_authorizer(None)
        connection.set_progress_handler(None, 0)
        for name in self.kept:
            schema = "main" if name == self.database else f'"{name}"'
            found = connection.execute(f"SELECT name, sql FROM {schema}.sqlite_master WHERE type = 'table'").fetchall()
            self.kept[name] = [
                {"name": table, "sql": sql, "rows": _rows(connection, f'{schema}."{table}"')} for table, sql in found
            ]
        self.dirty = True

    def _translated(self, statement: str) -> str:
        text = statement
        if not self.database and not re.search(r"\w\.\w", text):
            raise Refused.of(self.dialect, "none chosen", "")
        if self.database:
            text = re.sub(rf"(?<![\w']){re.escape(self.database)}\.(?=\w)", "main.", text)
        if re.match(r"(?i)create\s+table", text):
            for pattern, instead in TYPES:
                text = re.sub(pattern, instead, text, flags=re.IGNORECASE | re.DOTALL)
        text = re.sub(r"(?i)^truncate\s+(?:table\s+)?", "DELETE FROM ", text)
        return re.sub(r"(?i)\bnow\(\)|\bcurrent_timestamp\b(?:\(\))?", f"'{self.facts['NOW()']}'", text)


def _allowed(action: int, first: str | None, second: str | None, _database: str | None, _inner: str | None) -> int:
    """Lets SQLite do what stays in its tables."""
    if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_PRAGMA):
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and str(second).lower() in DENIED:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _rows(connection: sqlite3.Connection, table: str) -> list[list[Any]]:
    return [list(row) for row in connection.execute(f"SELECT * FROM {table}")]


def _described(sql: str) -> list[list[Any]]:
    """Returns what DESCRIBE says of the columns of a CREATE TABLE statement."""
    body = sql[sql.index("(") + 1 : sql.rindex(")")]
    rows = []
    for part in re.split(r",(?![^(]*\))", body):
        words = part.split()
        if not words or words[0].upper() in ("PRIMARY", "UNIQUE", "KEY", "CONSTRAINT", "FOREIGN", "CHECK"):
            continue
        rest = " ".join(words[2:]).upper()
        name, kind = words[0].strip('`"'), words[1].lower() if len(words) > 1 else ""
        is_key = "PRIMARY KEY" in rest or bool(re.search(rf"(?i)primary key\s*\(\s*[`\"]?{re.escape(name)}\b", body))
        null = "NO" if is_key or "NOT NULL" in rest else "YES"
        kind = {"integer": "int", "boolean": "tinyint(1)"}.get(kind, kind)
        rows.append([name, kind, null, "PRI" if is_key else "", None, ""])
    return rows
