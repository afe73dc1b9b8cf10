"""What MySQL and PostgreSQL say where a statement is wrong.

Source: dev.mysql.com/doc/mysql-errors/8.4; postgresql.org/docs/17/errcodes-appendix.html.
"""

from __future__ import annotations

import re

NOT_SIMULATED = "KubeLab does not simulate this statement"
MYSQL = {
    "no database": "ERROR 1049 (42000){at}: Unknown database '{0}'",
    "database exists": "ERROR 1007 (HY000){at}: Can't create database '{0}'; database exists",
    "no database to drop": "ERROR 1008 (HY000){at}: Can't drop database '{0}'; database doesn't exist",
    "none chosen": "ERROR 1046 (3D000){at}: No database selected",
    "no table": "ERROR 1146 (42S02){at}: Table '{1}.{0}' doesn't exist",
    "no table to drop": "ERROR 1051 (42S02){at}: Unknown table '{1}.{0}'",
    "table exists": "ERROR 1050 (42S01){at}: Table '{0}' already exists",
    "no column": "ERROR 1054 (42S22){at}: Unknown column '{0}' in 'field list'",
    "duplicate": "ERROR 1062 (23000){at}: Duplicate entry '{3}' for key '{0}.PRIMARY'",
    "null": "ERROR 1048 (23000){at}: Column '{0}' cannot be null",
    "count": "ERROR 1136 (21S01){at}: Column count doesn't match value count at row 1",
    "syntax": "ERROR 1064 (42000){at}: You have an error in your SQL syntax; check the manual that corresponds to your "
    "MySQL server version for the right syntax to use near '{2}' at line 1",
}
POSTGRES = {
    "no database": 'FATAL:  database "{0}" does not exist',
    "database exists": 'ERROR:  database "{0}" already exists',
    "no database to drop": 'ERROR:  database "{0}" does not exist',
    "no table": 'ERROR:  relation "{0}" does not exist',
    "no table to drop": 'ERROR:  table "{0}" does not exist',
    "table exists": 'ERROR:  relation "{0}" already exists',
    "no column": 'ERROR:  column "{0}" does not exist',
    "duplicate": 'ERROR:  duplicate key value violates unique constraint "{0}_pkey"',
    "null": 'ERROR:  null value in column "{0}" violates not-null constraint',
    "count": "ERROR:  INSERT has more expressions than target columns",
    "syntax": 'ERROR:  syntax error at or near "{0}"',
}
POINTED = ("no table", "no column", "syntax")  # where PostgreSQL shows the place
KNOWN = (  # what SQLite says, and which error that is
    (r"no such table: (?:main\.)?(\S+)", "no table"),
    (r"table (?:\S+\.)?\"?(\S+?)\"? already exists", "table exists"),
    (r"no such column: (\S+)", "no column"),
    (r"table (\S+) has no column named (\S+)", "no column"),
    (r"UNIQUE constraint failed: (\w+)\.\w+.*", "duplicate"),
    (r"NOT NULL constraint failed: \w+\.(\w+)", "null"),
    (r"table (\S+) has \d+ columns but \d+ values", "count"),
    (r'near "(.*?)": syntax error', "syntax"),
)


class Refused(Exception):
    """A statement that the server refuses; the text is what its client shows."""

    @classmethod
    def of(cls, dialect: str, kind: str, *values: str, at: str = "") -> Refused:
        """Returns the error of a kind."""
        form = (MYSQL if dialect == "mysql" else POSTGRES).get(kind, NOT_SIMULATED)
        return cls(form.format(*values, at=at))


def refusal(dialect: str, said: str, statement: str, database: str) -> Refused:
    """Returns the server's error for what SQLite says of a statement."""
    for pattern, kind in KNOWN:
        found = re.fullmatch(pattern, said)
        if found is None:
            continue
        name = found[found.lastindex or 1].strip('"`')
        if kind == "no table" and re.match(r"(?i)drop", statement):
            kind = "no table to drop"
        at = statement.find(name)
        first = re.search(r"(?i)values\s*\(\s*'?([^,')]*)", statement)  # mostly the key
        values = (name, database, statement[at:] if at >= 0 else name, first[1] if first else "")
        error = Refused.of(dialect, kind, *values, at=" at line 1")
        if dialect == "postgres" and kind in POINTED and at >= 0:
            error = Refused(f"{error}\nLINE 1: {statement};\n{' ' * (at + len('LINE 1: '))}^")
        return error
    return Refused(f"{NOT_SIMULATED}: {said}")
