"""MySQL and PostgreSQL as tutorials use them: tables, rows, passwords, and a volume that outlives the Pod.

Source: kubernetes.io, tasks/run-application/run-single-instance-stateful-application and
run-replicated-stateful-application; mysql(1), psql(1), the servers' error references.
"""

from __future__ import annotations

import pytest

from tests.console import Console

ON_A_VOLUME = """
apiVersion: v1
kind: Pod
metadata: {name: %(name)s}
spec:
  nodeName: worker-1
  containers:
  - name: db
    image: "%(image)s"
    env: [{name: %(variable)s, value: secret}]
    volumeMounts: [{name: data, mountPath: %(at)s}]
  volumes: [{name: data, hostPath: {path: /srv/%(name)s, type: DirectoryOrCreate}}]
"""
MYSQL = ON_A_VOLUME % {
    "name": "mysql", "image": "mysql:8.4", "variable": "MYSQL_ROOT_PASSWORD", "at": "/var/lib/mysql",
}  # fmt: skip
POSTGRES = ON_A_VOLUME % {
    "name": "pg", "image": "postgres:17", "variable": "POSTGRES_PASSWORD", "at": "/var/lib/postgresql/data",
}  # fmt: skip


@pytest.fixture(scope="module")
def console() -> Console:
    console = Console()
    console.apply(MYSQL, POSTGRES)
    console.advance(70)
    return console


def mysql(console: Console, statement: str, options: str = "-psecret") -> tuple[str, str]:
    result = console.run(f'kubectl exec mysql -- mysql {options} -e "{statement}"')
    warning = "mysql: [Warning] Using a password on the command line interface can be insecure.\n"
    return result.stdout, result.stderr.removeprefix(warning).removesuffix("command terminated with exit code 1\n")


def psql(console: Console, statement: str, options: str = "-U postgres") -> tuple[str, str]:
    result = console.run(f'kubectl exec pg -- psql {options} -c "{statement}"')
    return result.stdout, result.stderr.partition("command terminated")[0]


def test_mysql_keeps_what_a_tutorial_writes(console: Console) -> None:
    made = "CREATE DATABASE test; CREATE TABLE test.messages (message VARCHAR(250)); "
    mysql(console, f"{made}INSERT INTO test.messages VALUES ('hello');")
    assert mysql(console, "SELECT * FROM test.messages") == ("message\nhello\n", "")
    assert "test\n" in mysql(console, "SHOW DATABASES")[0]
    assert mysql(console, "SELECT @@server_id, 1")[0] == "@@server_id\t1\n1\t1\n"


def test_mysqls_monitor_frames_its_tables(console: Console) -> None:
    script = "CREATE DATABASE shop; USE shop; CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, name TEXT); "
    mysql(console, f"{script}INSERT INTO t (name) VALUES ('pen'), (NULL);")
    assert mysql(console, "SELECT * FROM t", "-psecret -t shop")[0] == (
        "+----+------+\n| id | name |\n+----+------+\n|  1 | pen  |\n|  2 | NULL |\n+----+------+\n"
    )


DENIED = "ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: {})\n"
SYNTAX = (
    "ERROR 1064 (42000) at line 1: You have an error in your SQL syntax; check the manual that corresponds to your "
    "MySQL server version for the right syntax to use near 'ATTACH 'a' AS b' at line 1\n"
)


@pytest.mark.parametrize(
    "statement, options, error",
    [
        ("SELECT 1", "-pwrong", DENIED.format("YES")),
        ("SELECT 1", "", DENIED.format("NO")),
        ("SELECT 1", "-psecret nope", "ERROR 1049 (42000): Unknown database 'nope'\n"),
        ("SELECT * FROM t", "-psecret", "ERROR 1046 (3D000): No database selected\n"),
        ("SELECT * FROM x", "-psecret mine", "ERROR 1146 (42S02) at line 1: Table 'mine.x' doesn't exist\n"),
        ("INSERT INTO t VALUES (1)", "-psecret mine", "ERROR 1062 (23000) at line 1: Duplicate entry '1' for key "
         "'t.PRIMARY'\n"),
        ("SELECT random()", "-psecret mine",
         "KubeLab does not simulate this statement: not authorized to use function: random\n"),
        ("ATTACH 'a' AS b", "-psecret mine", SYNTAX),
    ],
)  # fmt: skip
def test_mysql_refuses_in_its_words(console: Console, statement: str, options: str, error: str) -> None:
    mysql(console, "CREATE DATABASE IF NOT EXISTS mine")
    mysql(console, "CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)", "-psecret mine")
    assert mysql(console, statement, options) == ("", error)


def test_a_statement_without_an_end_is_given_up(console: Console) -> None:
    endless = "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT count(*) FROM a"
    assert "not simulate" in psql(console, endless)[1]


def test_postgres_keeps_what_a_tutorial_writes(console: Console) -> None:
    assert psql(console, "CREATE DATABASE shop") == ("CREATE DATABASE\n", "")
    made = "CREATE TABLE t (id serial PRIMARY KEY, name text)"
    assert psql(console, made, "-U postgres -d shop") == ("CREATE TABLE\n", "")
    said = psql(console, "INSERT INTO t (name) VALUES ('bob'), ('ann'); SELECT * FROM t", "-U postgres -d shop")
    assert said == ("INSERT 0 2\n id | name \n----+------\n  1 | bob\n  2 | ann\n(2 rows)\n\n", "")


@pytest.mark.parametrize(
    "statement, options, error",
    [
        ("SELECT 1", "", 'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: '
         'FATAL:  role "root" does not exist\n'),
        ("SELECT 1", "-U postgres -d nope", 'psql: error: connection to server on socket '
         '"/var/run/postgresql/.s.PGSQL.5432" failed: FATAL:  database "nope" does not exist\n'),
        ("SELECT * FROM nope", "-U postgres", 'ERROR:  relation "nope" does not exist\nLINE 1: SELECT * FROM nope;\n'
         "                      ^\n"),
    ],
)  # fmt: skip
def test_postgres_refuses_in_its_words(console: Console, statement: str, options: str, error: str) -> None:
    assert psql(console, statement, options) == ("", error)


def test_over_the_network_a_password_is_asked_for(console: Console) -> None:
    console.ok("kubectl run client --image=postgres:17 --env=POSTGRES_PASSWORD=x --env=PGPASSWORD=secret -- sleep 9999")
    console.advance(60)
    address = console.ok("kubectl get pod pg -o jsonpath='{.status.podIP}'")
    line = f"psql -h {address} -U postgres -c 'SELECT 1'"
    assert "(1 row)" in console.ok(f"kubectl exec client -- {line}")
    refused = console.run(f"kubectl exec client -- env PGPASSWORD=wrong {line}").stderr
    assert 'FATAL:  password authentication failed for user "postgres"' in refused


def test_data_on_a_volume_is_there_for_the_next_pod() -> None:
    console = Console()
    console.apply(MYSQL)
    console.advance(70)
    mysql(console, "CREATE DATABASE kept")
    console.ok("kubectl delete pod mysql")
    console.apply(MYSQL.replace("MYSQL_ROOT_PASSWORD", "NOTHING"))  # what is set up asks for no password
    console.advance(40)
    assert "kept\n" in mysql(console, "SHOW DATABASES")[0]
