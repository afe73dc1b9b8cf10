"""Databases with the probes that tutorials give them. Sources: kubernetes.io, run-application; the clients' manuals."""

import pytest

from tests.node.lab import Lab


@pytest.mark.parametrize(
    ("image", "env", "probe", "asked", "answer"),
    [
        ("mysql:8.4", "MYSQL_ROOT_PASSWORD", ["mysqladmin", "ping"], "mysqladmin ping", "mysqld is alive\n"),
        ("mysql:8.4", "MYSQL_ALLOW_EMPTY_PASSWORD", ["mysql", "-h", "127.0.0.1", "-e", "SELECT 1"],
         "mysql -e 'SELECT 1'",
         "1\n1\n"),
        ("postgres:17", "POSTGRES_PASSWORD", ["pg_isready", "-U", "postgres"], "pg_isready",
         "/var/run/postgresql:5432 - accepting connections\n"),
        ("mongo:8.0", "NONE", ["mongosh", "--eval", "db.adminCommand('ping')"],
         "mongosh --eval 'db.adminCommand(\"ping\")'", "{ ok: 1 }\n"),
        ("redis:8.2", "NONE", ["redis-cli", "ping"], "redis-cli ping", "PONG\n"),
    ],
)  # fmt: skip
def test_a_database_is_ready_when_its_client_says_so(image, env, probe, asked, answer):
    lab = Lab()
    lab.run("db", image, env=[{"name": env, "value": "secret"}],
            readinessProbe={"exec": {"command": probe}, "periodSeconds": 2})  # fmt: skip
    lab.started("db")
    assert lab.sh("db", asked) == answer


def test_clients_say_that_nobody_is_there():
    lab = Lab()
    lab.run("db", "mysql:8.4", "sleep", "9999")
    lab.run("pg", "postgres:17", "sleep", "9999")
    lab.started("db", "pg")
    assert lab.sh("db", "mysql -h 127.0.0.1 -e 'SELECT 1'") == (
        "ERROR 2003 (HY000): Can't connect to MySQL server on '127.0.0.1:3306' (111)\n"
    )
    assert (
        lab.sh("db", "mysql -h nosuch -e 'SELECT 1'") == "ERROR 2005 (HY000): Unknown MySQL server host 'nosuch' (-2)\n"
    )
    assert lab.sh("pg", "pg_isready -h localhost") == "localhost:5432 - no response\n"


def test_mongos_language_is_not_simulated_and_says_so():
    lab = Lab()
    lab.run("db", "mongo:8.0")
    lab.started("db")
    lab.advance(20)
    assert "not simulated in KubeLab" in lab.sh("db", "mongosh --eval 'db.t.find()'")
