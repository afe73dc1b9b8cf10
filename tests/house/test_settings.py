"""What the environment says, the site does."""

import stat

import pytest

from kubelab.databases import database_from_url
from kubelab.hosts import hosts_of
from kubelab.secret import secret_key


def test_sqlite_takes_the_write_lock_at_the_start_of_a_transaction(tmp_path):
    database = database_from_url("sqlite:///lab.sqlite3", tmp_path)
    assert database["NAME"] == tmp_path / "lab.sqlite3"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_an_absolute_path_of_sqlite_has_four_slashes(tmp_path):
    assert str(database_from_url("sqlite:////srv/lab.sqlite3", tmp_path)["NAME"]) == "/srv/lab.sqlite3"


def test_postgres_is_taken_apart(tmp_path):
    database = database_from_url("postgres://learner:p%40ss@db.example:5433/labs", tmp_path)
    assert database["ENGINE"] == "django.db.backends.postgresql"
    parts = {key: database[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    assert parts == {"NAME": "labs", "USER": "learner", "PASSWORD": "p@ss", "HOST": "db.example", "PORT": "5433"}


def test_another_database_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="'mysql' is not a database we know"):
        database_from_url("mysql://x/y", tmp_path)


def test_the_secret_is_made_once_and_is_nobody_elses(tmp_path):
    first = secret_key(tmp_path / "data" / "secret-key")
    assert secret_key(tmp_path / "data" / "secret-key") == first
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "data" / "secret-key").stat().st_mode) == 0o600


def test_only_this_machine_may_ask_by_default():
    assert set(hosts_of("127.0.0.1", "", "")) == {"localhost", ".localhost", "127.0.0.1", "[::1]"}


def test_further_names_and_the_public_one_are_answered_too():
    hosts = hosts_of("127.0.0.1", "https://lab.example.org", "a.example, b.example")
    assert {"lab.example.org", "a.example", "b.example"} <= set(hosts)


def test_a_server_for_the_local_network_knows_its_own_name():
    import socket

    assert socket.gethostname().lower() in hosts_of("0.0.0.0", "", "")
