"""Databases as people meet them in tutorials: they want their password, say when they are ready, and keep tables.

What they keep is in their data directory (sql.py), so that a volume there outlives them.
Source: the entrypoints of the official images (docker-library).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.cluster.node.program import Life, Line, Stop
from kubelab.cluster.node.programs import sqlserver
from kubelab.cluster.node.programs.server import Server
from kubelab.cluster.sockets import Reply, Request, TextReply, TextRequest

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

POSTGRES_REFUSAL = """Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about "trust":
       https://www.postgresql.org/docs/current/auth-trust.html"""

MYSQL_TIME = "%Y-%m-%d %H:%M:%S+00:00"
STOP = Stop(0.6, 0)


def _stamp(seconds: float, form: str) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(form)


class Database(Server):
    """A database that listens when it is set up, and refuses to be set up without a password.

    Args:
        secrets: environment variables of which one has to be set; none: it asks for nothing.
        refusal: what it writes without one.
        lines: what it writes at its start: seconds, text.
        runs_as: the user that its entrypoint, as root, goes on as; "" where it stays.
        dialect: of SQL, "mysql" or "postgres"; "" for another language, which is not simulated.
    """

    def __init__(
        self,
        port: int,
        *,
        secrets: Sequence[str] = (),
        refusal: Callable[[Container], Sequence[str]] = lambda container: (),
        lines: Callable[[Container], Sequence[tuple[float, str]]] = lambda container: (),
        ready: float = 1.0,
        stop: Stop | None = STOP,
        runs_as: str = "",
        dialect: str = "",
    ) -> None:
        super().__init__(None, ports=(port,), ready=ready, stop=stop)
        self._runs_as = runs_as
        self._dialect = dialect
        self._secrets = secrets
        self._refusal = refusal
        self._lines = lines

    def _lacks_secret(self, container: Container) -> bool:
        missing = bool(self._secrets) and not any(container.env.get(name) for name in self._secrets)
        return missing and sqlserver.read(container, self._dialect) is None

    def begin(self, container: Container) -> Life:
        """Ends with an error without a password, or where the port is taken."""
        if self._lacks_secret(container) or self._is_stuck(container):
            return Life(0.4, 1)
        if self._dialect:
            sqlserver.initialize(container, self._dialect)
        return super().begin(container)

    def _is_stuck(self, container: Container) -> bool:
        """Tells whether the entrypoint is root and may not become another user (gosu needs SETUID and SETGID)."""
        return (
            bool(self._runs_as)
            and container.user == "root"
            and not (container.has("SETUID") and container.has("SETGID"))
        )

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the start's lines, or the refusal."""
        if self._is_stuck(container):
            why = f'error: failed switching to "{self._runs_as}": operation not permitted'
            return [Line(0.3, why, "stderr")]
        if self._lacks_secret(container):
            return [Line(0.3, text, "stderr") for text in self._refusal(container)]
        if "clash" in container.state:
            return super().started_log(container)
        return [Line(after, text, "stderr") for after, text in self._lines(container)]

    def speaks(self, port: int) -> str:
        """A protocol of its own."""
        return "text"

    def answer(self, container: Container, port: int, request: Request) -> Reply:
        """Answers what its client asks (sqlserver.py); another language than SQL is not simulated."""
        if self._dialect and isinstance(request, TextRequest) and request.text.startswith("{"):
            return TextReply(sqlserver.answer(container, self._dialect, request.text), closed=False)
        return TextReply("")


def mysql_lines(container: Container) -> list[tuple[float, str]]:
    """Returns what MySQL writes until it is ready."""
    version, start = container.version, container.started
    when = _stamp(start, MYSQL_TIME)

    def at(after: float, code: str, text: str) -> tuple[float, str]:
        stamp = _stamp(start + after, "%Y-%m-%dT%H:%M:%S.%fZ")
        return after, f"{stamp} 0 [{code}] {text}"

    return [
        (0.1, f"{when} [Note] [Entrypoint]: Entrypoint script for MySQL Server {version}-1.el9 started."),
        (0.3, f"{when} [Note] [Entrypoint]: Switching to dedicated user 'mysql'"),
        (0.4, f"{when} [Note] [Entrypoint]: Initializing database files"),
        at(0.6, "System", f"[MY-013169] [Server] /usr/sbin/mysqld (mysqld {version}) initializing of server in "
           "progress as process 80"),
        at(1.2, "System", "[MY-013576] [InnoDB] InnoDB initialization has started."),
        at(4.0, "System", "[MY-013577] [InnoDB] InnoDB initialization has ended."),
        (7.5, f"{_stamp(start + 7.5, MYSQL_TIME)} [Note] [Entrypoint]: Database files initialized"),
        (13.0, f"{_stamp(start + 13, MYSQL_TIME)} [Note] [Entrypoint]: MySQL init process done. "
               "Ready for start up."),
        at(14.5, "System", f"[MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '{version}'  "
           "socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL."),
    ]  # fmt: skip


def mysql_refusal(container: Container) -> list[str]:
    """Returns what MySQL's entrypoint says without a password."""
    when = _stamp(container.started, MYSQL_TIME)
    return [
        f"{when} [Note] [Entrypoint]: Entrypoint script for MySQL Server {container.version}-1.el9 started.",
        f"{when} [Note] [Entrypoint]: Switching to dedicated user 'mysql'",
        f"{when} [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified",
        "    You need to specify one of the following as an environment variable:",
        "    - MYSQL_ROOT_PASSWORD",
        "    - MYSQL_ALLOW_EMPTY_PASSWORD",
        "    - MYSQL_RANDOM_ROOT_PASSWORD",
    ]


def mariadb_refusal(container: Container) -> list[str]:
    """Returns what MariaDB's entrypoint says without a password."""
    when = _stamp(container.started, MYSQL_TIME)
    return [
        f"{when} [Note] [Entrypoint]: Entrypoint script for MariaDB Server 1:{container.version}+maria~ubu2404 "
        "started.",
        f"{when} [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified",
        "\tYou need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ROOT_PASSWORD_HASH, "
        "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD",
    ]


def postgres_lines(container: Container) -> list[tuple[float, str]]:
    """Returns what PostgreSQL writes until it is ready."""

    def at(after: float, text: str) -> tuple[float, str]:
        return after, f"{_stamp(container.started + after, '%Y-%m-%d %H:%M:%S.%f')[:-3]} UTC [1] LOG:  {text}"

    return [
        (0.1, 'The files belonging to this database system will be owned by user "postgres".'),
        (0.1, "This user must also own the server process."),
        (0.1, ""),
        (0.2, "fixing permissions on existing directory /var/lib/postgresql/data ... ok"),
        (1.4, "PostgreSQL init process complete; ready for start up."),
        (1.4, ""),
        at(1.5, f"starting PostgreSQL {container.version} (Debian {container.version}-1.pgdg12+1) on "
           "x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit"),
        at(1.5, 'listening on IPv4 address "0.0.0.0", port 5432'),
        at(1.5, 'listening on Unix socket "/var/run/postgresql/.s.PGSQL.5432"'),
        at(1.6, "database system is ready to accept connections"),
    ]  # fmt: skip


def mongo_lines(container: Container) -> list[tuple[float, str]]:
    """Returns what MongoDB writes until it is ready."""

    def at(after: float, number: int, component: str, text: str, more: str = "{}") -> tuple[float, str]:
        stamp = _stamp(container.started + after, "%Y-%m-%dT%H:%M:%S.%f")[:-3]
        return after, (
            f'{{"t":{{"$date":"{stamp}+00:00"}},"s":"I",  "c":"{component}",'
            f'{" " * (9 - len(component))}"id":{number},   "ctx":"initandlisten","msg":"{text}","attr":{more}}}'
        )

    return [
        at(
            0.1,
            4615611,
            "CONTROL",
            "MongoDB starting",
            '{"pid":1,"port":27017,"dbPath":"/data/db","architecture":"64-bit"}',
        ),
        at(0.2, 23403, "CONTROL", "Build Info", f'{{"buildInfo":{{"version":"{container.version}"}}}}'),
        at(1.6, 23015, "NETWORK", "Listening on", '{"address":"0.0.0.0"}'),
        at(1.6, 23016, "NETWORK", "Waiting for connections", '{"port":27017,"ssl":"off"}'),
    ]
